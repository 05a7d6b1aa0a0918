"""RT structure sets: named regions given by closed outlines."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError

from metaviewer.errors import Refused
from metaviewer.jail import Arrays, Door, Header, Json
from metaviewer.medical.dicom_bytes import BROKEN_OBJECT_ERRORS, dicom_bytes, stated, stated_whole
from metaviewer.medical.region_colour import rgb_from_bytes
from metaviewer.medical.region_identity import identity_facts
from metaviewer.medical.tokens import frame_token

REGION_COUNT_MAX: Final = 4096
CONTOUR_COUNT_MAX: Final = 1 << 18
POINT_COUNT_MAX: Final = 1 << 24
COORDINATE_MAX_MM: Final = 1e5
FLATNESS_MAX_MM: Final = 0.5
"""How far a point may lie from the plane of its outline: writers round to 0.1 mm."""

STRUCTURE_SET_CLASS: Final = "1.2.840.10008.5.1.4.1.1.481.3"
CLOSED_TYPES: Final = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
CORNER_COUNT_MIN: Final = 3

PARSER_ERRORS: Final = (*BROKEN_OBJECT_ERRORS, BytesLengthException, InvalidDicomError)


def read_rtstruct(
    places: Sequence[Path], arguments: Mapping[str, Json], door: Door
) -> tuple[Header, Arrays]:
    """Outlined regions of the one file in `places`.

    Parameters
    ----------
    arguments : {"salt": str}
        Salt of the installation, "" for no identity.

    Returns
    -------
    header : {"frame_of_reference", "patient", "study", "series", "badges", "regions": [...]}
    arrays : {"points_lps_mm_n3": float64, "contour_ends": int32, "region_ends": int32}
        Points of all outlines in one run; where each outline ends among the points, and where each
        region ends among the outlines.

    Raises
    ------
    Refused
        "format", "size", "numbers", "geometry" or "empty"; see `open_contours`.
    """
    salt = str(arguments.get("salt", ""))
    content = dicom_bytes(places[0])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # A complaint about a value quotes it, and the value may be a name.
            pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
            dataset = pydicom.dcmread(BytesIO(content), force=True)
            return _read(dataset, salt=salt, door=door)
    except PARSER_ERRORS as error:
        raise Refused(
            "",
            "parser",
            f"not a readable structure set ({type(error).__name__})",
            remedy="export the structure set again",
        ) from error


def _read(dataset: Dataset, *, salt: str, door: Door) -> tuple[Header, Arrays]:
    if dataset.get("SOPClassUID") != STRUCTURE_SET_CLASS:
        raise Refused("", "format", "not an RT structure set", remedy="choose an RTSTRUCT object")
    regions = stated(dataset, "StructureSetROISequence")
    described = {stated_whole(item, "ROINumber"): item for item in regions}
    contours = dataset.get("ROIContourSequence") or []
    drawn = {stated_whole(item, "ReferencedROINumber"): item for item in contours}
    if len(described) > REGION_COUNT_MAX:
        raise Refused("", "size", f"{len(described)} regions, the limit is {REGION_COUNT_MAX}")
    outlines: list[NDArray[np.float64]] = []
    headers: list[Json] = []
    region_ends: list[int] = []
    for number, item in sorted(described.items()):
        outlines += _outlines(drawn.get(number))
        region_ends.append(len(outlines))
        colour = rgb_from_bytes([float(v) for v in _get(drawn.get(number), "ROIDisplayColor")])
        headers.append(
            {
                "number": number,
                "name": str(item.get("ROIName", "") or ""),
                "colour_rgb": list(colour) if colour else None,
            }
        )
    if not outlines:
        raise Refused("", "empty", "no region has an outline", remedy="choose another file")
    arrays = _joined(outlines, region_ends, door=door)
    facts = {**identity_facts(dataset, salt=salt), "frame_of_reference": _frame(described.values())}
    return {**facts, "badges": [], "regions": headers}, arrays


def _outlines(item: Dataset | None) -> list[NDArray[np.float64]]:
    """The closed outlines of one region; points and open lines bound nothing and are left out."""
    found = [
        _outline(contour)
        for contour in _get(item, "ContourSequence")
        if str(contour.get("ContourGeometricType", "")) in CLOSED_TYPES
    ]
    if len(found) > CONTOUR_COUNT_MAX:
        raise Refused("", "size", f"{len(found)} outlines, the limit is {CONTOUR_COUNT_MAX}")
    return [points for points in found if len(points) >= CORNER_COUNT_MIN]


def _outline(contour: Dataset) -> NDArray[np.float64]:
    values = np.array(contour.get("ContourData") or [], dtype=np.float64)
    declared = contour.get("NumberOfContourPoints")
    if len(values) % 3 or (declared is not None and int(declared) * 3 != len(values)):
        raise Refused(
            "",
            "size",
            f"an outline of {declared} points holds {len(values)} numbers",
            remedy="export the structure set again",
        )
    points = values.reshape(-1, 3)
    if not np.isfinite(points).all() or np.abs(points).max(initial=0.0) > COORDINATE_MAX_MM:
        raise Refused("", "numbers", "an outline has a point that is no place in a patient")
    if len(points) > CORNER_COUNT_MIN:
        off_mm = _off_plane_mm(points)
        if off_mm > FLATNESS_MAX_MM:
            raise Refused("", "geometry", f"an outline leaves its plane by {off_mm:.2f} mm")
    return points


def _off_plane_mm(points_n3: NDArray[np.float64]) -> float:
    """Largest distance of a point from the plane of its outline (Newell's normal)."""
    around = points_n3 - points_n3.mean(axis=0)
    normal = np.cross(around, np.roll(around, -1, axis=0)).sum(axis=0)
    length = float(np.linalg.norm(normal))
    if length == 0.0:
        return 0.0
    return float(np.abs(around @ (normal / length)).max())


def _joined(outlines: list[NDArray[np.float64]], region_ends: list[int], *, door: Door) -> Arrays:
    contour_ends = np.cumsum([len(points) for points in outlines])
    if contour_ends[-1] > POINT_COUNT_MAX:
        raise Refused("", "size", f"{contour_ends[-1]} points, the limit is {POINT_COUNT_MAX}")
    stored = door.allocate("points_lps_mm_n3", (int(contour_ends[-1]), 3), np.float64)
    np.concatenate(outlines, out=stored)
    return {
        "points_lps_mm_n3": stored,
        "contour_ends": contour_ends.astype(np.int32),
        "region_ends": np.array(region_ends, dtype=np.int32),
    }


def _get(item: Dataset | None, keyword: str) -> Sequence[Any]:
    """A sequence or multi-value of `item`; empty where either is missing."""
    return [] if item is None else item.get(keyword) or []


def _frame(described: Iterable[Dataset]) -> str:
    """The one frame of reference in which all regions are drawn, as a token."""
    frames = {str(item.get("ReferencedFrameOfReferenceUID", "") or "") for item in described}
    if len(frames) > 1:
        raise Refused(
            "",
            "geometry",
            f"its regions lie in {len(frames)} frames of reference",
            remedy="export one structure set for each",
        )
    return frame_token(frames.pop()) if frames else ""
