"""What must hold of anything that opened, looked up in the bytes it came from by simple means."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from metaviewer.app.finding import Finding
from metaviewer.building import Building
from metaviewer.medical import Volume
from metaviewer.surface import Mesh

NUMBER = rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
NATIVE = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"}
DEFLATED = "1.2.840.10008.1.2.1.99"
SPACING_MM = (0.001, 1000.0)
MOVED_BADGES = {"resampled", "irregular_spacing", "gap", "incomplete"}
OFFSETS = b"\x04\x30\x0c\x00"
"""Tag of GridFrameOffsetVector: frames of a dose state one place and distances from it."""
BYTES_PER_TRIANGLE = {"stl": 12, "obj": 2, "ply": 4}


def check(finding: Finding, name: str, files: Sequence[bytes]) -> None:
    """Hold what opened against the bytes it was read from."""
    assert math.isfinite(sum(_numbers(dict(finding.facts)))), finding.facts
    for datum in finding.data:
        if isinstance(datum, Volume):
            check_volume(datum, finding, name, files)
        elif isinstance(datum, Mesh):
            check_mesh(datum, name, files)
        elif isinstance(datum, Building):
            check_building(datum, files[0])


def check_volume(volume: Volume, finding: Finding, name: str, files: Sequence[bytes]) -> None:
    """No voxel that has no bytes, no spacing and no place that no file states."""
    linear = volume.lps_from_ijk[:3, :3]
    assert np.isfinite(volume.lps_from_ijk).all()
    assert np.linalg.det(linear) > 0, "mirrored"
    spacing_mm = np.linalg.norm(linear, axis=0)
    assert (spacing_mm >= SPACING_MM[0]).all(), spacing_mm
    assert (spacing_mm <= SPACING_MM[1]).all(), spacing_mm
    assert np.isfinite(volume.values).all()
    syntax = finding.facts["transfer_syntax"]
    if name.endswith((".nii", ".nrrd", ".mha")):
        assert volume.values.size <= len(files[0])
        check_grid_spacing(spacing_mm, name, files[0])
    elif syntax != DEFLATED:
        if syntax in NATIVE:
            assert volume.values.size <= sum(map(len, files)), "voxels without bytes"
        stated = list(pairs_at(files, 0x0028, 0x0030))
        assert any(np.allclose(spacing_mm[[1, 0]], pair, rtol=1e-4) for pair in stated), (
            f"spacing {spacing_mm} of {stated}"
        )
        if not MOVED_BADGES & set(volume.badges) and not any(OFFSETS in one for one in files):
            check_places(volume, files)


def check_places(volume: Volume, files: Sequence[bytes]) -> None:
    """Each slice lies where a file says that one lies."""
    stated = np.array(list(numbers_at(files, 0x0020, 0x0032, 3)) or [[np.inf] * 3])
    for k in range(volume.values.shape[0]):
        place = (volume.lps_from_ijk @ (0, 0, k, 1))[:3]
        assert np.abs(stated - place).max(axis=1).min() < 0.05, (place, stated)


def check_grid_spacing(spacing_mm: np.ndarray, name: str, content: bytes) -> None:
    """The distances of the header, not ones made up."""
    if not name.endswith(".nii"):
        words = (b"space directions", b"spacings", b"ElementSpacing", b"ElementSize")
        assert any(word in content for word in words)
        return
    found = [
        factor * np.abs(distances)
        for order in "<>"
        for factor in (1.0, 1000.0, 0.001)
        for distances in nifti_distances(content, order)
    ]
    assert any(np.allclose(spacing_mm, distances, rtol=1e-4) for distances in found), spacing_mm


def nifti_distances(content: bytes, order: str) -> Iterator[np.ndarray]:
    yield np.array(struct.unpack_from(f"{order}3f", content, 80))
    rows = np.array(struct.unpack_from(f"{order}12f", content, 280)).reshape(3, 4)[:, :3]
    with np.errstate(over="ignore"):
        yield np.linalg.norm(rows.astype(np.float64), axis=0)


def check_mesh(mesh: Mesh, name: str, files: Sequence[bytes]) -> None:
    """Finite points that stand in the file, and no more triangles than it has room for."""
    assert len(mesh.triangles_n3) > 0
    assert np.isfinite(mesh.points_mm_n3).all()
    suffix = name.rpartition(".")[2]
    if suffix not in BYTES_PER_TRIANGLE:
        return
    assert len(mesh.triangles_n3) * BYTES_PER_TRIANGLE[suffix] <= len(files[0])
    known = values_in(files[0])
    points = np.abs(np.unique(mesh.points_mm_n3[np.unique(mesh.triangles_n3)]))
    for value in points:
        nearest = known[np.abs(known - value).argmin()]
        assert np.isclose(nearest, value, rtol=1e-5, atol=1e-6), f"{value} is not in the file"


def values_in(content: bytes) -> np.ndarray:
    """Every number that a file could mean: written out, or binary of any type, order and place."""
    with np.errstate(all="ignore"):  # any four bytes are a number, some of them not a finite one
        values = _values_in(content)
    return np.abs(values[np.isfinite(values)])


def _values_in(content: bytes) -> np.ndarray:
    found = [np.array([float(word) for word in re.findall(NUMBER, content)] or [0.0])]
    for order in "<>":
        for kind in ("f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4"):
            size = int(kind[1])
            for start in range(size):
                count = max((len(content) - start) // size, 0)
                found.append(
                    np.frombuffer(content, order + kind, count, min(start, len(content))).astype(
                        np.float64
                    )
                )
    return np.concatenate(found)


def check_building(model: Building, content: bytes) -> None:
    """Finite shapes of elements that the text names, in a unit that it states."""
    text = content.upper()
    assert b"LENGTHUNIT" in text, "metres by silence"
    assert len(model.elements) <= text.count(b"=IFC") + text.count(b"= IFC")
    assert np.isfinite(model.origin_site_m).all()
    bounds = model.elements.bounds_site_m
    assert (np.isnan(bounds).all(axis=(1, 2)) | np.isfinite(bounds).all(axis=(1, 2))).all()
    assert np.isfinite(model.shapes.points_m_n3).all()
    assert np.isfinite(model.shapes.site_from_shape).all()


def numbers_at(
    files: Sequence[bytes], group: int, number: int, count: int
) -> Iterator[list[float]]:
    """Texts of so many numbers behind each place where a tag could stand."""
    for order in "<>":
        tag = struct.pack(f"{order}HH", group, number)
        pattern = rb"\s*(%s)\s*" % NUMBER + rb"\\\s*(%s)\s*" % NUMBER * (count - 1)
        for content in files:
            for place in re.finditer(re.escape(tag), content):
                value = content[place.end() + 4 : place.end() + 84]
                for start in (0, 4):
                    if match := re.match(pattern, value[start:]):
                        yield [float(word) for word in match.groups()]


def pairs_at(files: Sequence[bytes], group: int, number: int) -> Iterator[list[float]]:
    return numbers_at(files, group, number, 2)


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _numbers(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _numbers(part)
    elif isinstance(value, float):
        yield value
