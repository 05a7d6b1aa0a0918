"""Wavefront OBJ: polygons by object and material, colours from a material file beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import Refused
from metaviewer.surface.parts import (
    AGAIN,
    TEXT_BYTES_MAX,
    MeshFile,
    Part,
    Rgb,
    check_counts,
    checked_part,
    fans,
    plain_name,
)

CORNER_COUNT_MAX: Final = 100_000
REMARK_BYTES: Final = 1 << 12

Look = tuple[Rgb | None, float]
"""Colour and opacity of a material."""
NO_LOOK: Final[Look] = (None, 1.0)


@dataclass(slots=True)
class _Group:
    """Faces of one object and one material, as they come."""

    corners: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)


def obj_parts(content: bytes, *, companions: Mapping[str, bytes]) -> MeshFile:
    """Parts of an OBJ file, one for each object and material.

    Parameters
    ----------
    companions : mapping of bare name to bytes
        Files that lie beside it. A material file is taken from here or not at all: a name with a
        folder or an address in it is never followed.

    Raises
    ------
    Refused
        "numbers" for coordinates that are none and corners that are not there, "size" for a face
        of more than `CORNER_COUNT_MAX` corners, "empty" where there is no face.
    """
    if len(content) > TEXT_BYTES_MAX:
        raise Refused("", "size", f"{len(content)} bytes of text, the limit is {TEXT_BYTES_MAX}")
    # A backslash at the end of a line continues it.
    lines = content.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").splitlines()
    points: list[bytes] = []
    groups: dict[tuple[str, str], _Group] = {}
    looks: dict[str, Look] = {}
    name, material, is_whole = "", "", True
    for line in lines:
        keyword, _, rest = line.strip().partition(b" ")
        if keyword == b"v":
            points.extend(_coordinates(rest))
        elif keyword == b"f":
            _add_face(groups.setdefault((name, material), _Group()), rest, len(points) // 3)
        elif keyword == b"o" or (keyword == b"g" and not groups):
            # Groups only name faces of one body: cutting there would open it along the seam.
            name = plain_name(rest.decode("utf-8", "replace"))
        elif keyword == b"usemtl":
            material = rest.strip().decode("utf-8", "replace")
        elif keyword == b"mtllib":
            found = _materials(rest.strip().decode("utf-8", "replace"), companions)
            looks |= found or {}
            is_whole = is_whole and found is not None
    if not groups:
        raise Refused("", "empty", "holds no face", remedy=AGAIN)
    parts = _parts(_numbers(points), groups, looks)
    return MeshFile(parts=parts, remark=content[:REMARK_BYTES].decode("latin-1"), is_whole=is_whole)


def _coordinates(rest: bytes) -> list[bytes]:
    """The first three numbers of a point; colours and weights behind them are left out."""
    words = rest.split(None, 3)[:3]
    if len(words) < 3:
        raise Refused("", "format", "a point of fewer than three coordinates", remedy=AGAIN)
    return words


def _numbers(points: list[bytes]) -> NDArray[np.float64]:
    try:
        return np.array(points, dtype=np.float64).reshape(-1, 3)
    except ValueError as error:
        raise Refused("", "numbers", "a coordinate is no number", remedy=AGAIN) from error


def _add_face(group: _Group, rest: bytes, point_count: int) -> None:
    """Corners counted from 1, or back from the last point so far where below zero."""
    words = rest.split()
    if len(words) > CORNER_COUNT_MAX:
        raise Refused("", "size", f"a face of {len(words)} corners", remedy=AGAIN)
    if len(words) < 3:
        raise Refused("", "geometry", f"a face of {len(words)} corners", remedy=AGAIN)
    try:
        stated = [int(word.partition(b"/")[0]) for word in words]
    except ValueError as error:
        raise Refused("", "numbers", "a face names no point", remedy=AGAIN) from error
    for number in stated:
        if not (number >= 1 or -point_count <= number <= -1):
            raise Refused("", "numbers", f"a face names point {number}", remedy=AGAIN)
    group.corners.extend(n - 1 if n > 0 else point_count + n for n in stated)
    group.counts.append(len(words))


def _parts(
    points_n3: NDArray[np.float64],
    groups: Mapping[tuple[str, str], _Group],
    looks: Mapping[str, Look],
) -> tuple[Part, ...]:
    """One part for each group, with only the points it uses."""
    triangle_count = sum(len(group.corners) - 2 * len(group.counts) for group in groups.values())
    check_counts(triangle_count=triangle_count, part_count=len(groups))
    parts = []
    for (name, material), group in groups.items():
        corners = _integers(group.corners)
        if corners.max() >= len(points_n3):
            raise Refused(
                "",
                "numbers",
                f"a face names point {int(corners.max()) + 1} of {len(points_n3)}",
                remedy=AGAIN,
            )
        used, place = np.unique(corners, return_inverse=True)
        colour_rgb, opacity = looks.get(material, NO_LOOK)
        parts.append(
            checked_part(
                name=name,
                points_n3=points_n3[used],
                triangles_n3=fans(place.astype(np.int64), np.array(group.counts, np.int64)),
                colour_rgb=colour_rgb,
                opacity=opacity,
            )
        )
    return tuple(parts)


def _integers(values: list[int]) -> NDArray[Any]:
    try:
        return np.array(values, dtype=np.int64)
    except OverflowError as error:
        raise Refused("", "numbers", "a face names a point far beyond the last") from error


def _materials(name: str, companions: Mapping[str, bytes]) -> dict[str, Look] | None:
    """Colours of a material file; None where it does not lie beside the mesh."""
    if PurePosixPath(name).name != name or name not in companions:
        return None
    looks: dict[str, Look] = {}
    material = ""
    for line in companions[name].decode("utf-8", "replace").splitlines():
        words = line.split()
        match words:
            case ["newmtl", *rest]:
                material = " ".join(rest)
                looks[material] = NO_LOOK
            case ["Kd", *rest] if len(rest) == 3 and (rgb := _shares(rest)):
                looks[material] = ((rgb[0], rgb[1], rgb[2]), looks.get(material, NO_LOOK)[1])
            case ["d", str(share)] if opacity := _shares([share]):
                looks[material] = (looks.get(material, NO_LOOK)[0], opacity[0])
            case ["Tr", str(share)] if glass := _shares([share]):
                looks[material] = (looks.get(material, NO_LOOK)[0], 1.0 - glass[0])
            case _:
                pass
    return looks


def _shares(words: list[str]) -> list[float] | None:
    """Numbers from 0 to 1, or None."""
    try:
        values = [float(word) for word in words]
    except ValueError:
        return None
    return values if all(0.0 <= value <= 1.0 for value in values) else None
