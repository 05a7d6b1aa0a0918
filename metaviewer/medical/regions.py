"""Regions of a patient from files: segmentations, outlines and label maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import GeometryError
from metaviewer.frames import frozen
from metaviewer.jail import Jail
from metaviewer.medical.segments import (
    Contour,
    ContourRegion,
    Contours,
    Rgb,
    Segment,
    Segments,
)
from metaviewer.medical.tokens import installation_salt
from metaviewer.medical.volume import Identity, Volume

LABEL_COUNT_MAX: Final = 4096


def open_segments(jail: Jail, place: Path, *, fraction_min: float = 0.5) -> Segments:
    """The regions of one DICOM segmentation, each on its own grid; empty ones are left out.

    Parameters
    ----------
    jail : Jail
        Of the room "medical".
    fraction_min : float, 0..1
        Share of full membership from which a voxel of a fractional segment belongs to it.

    Raises
    ------
    Refused
        "format" for another kind of object or a transfer syntax that does not keep masks whole,
        "size" for fewer bytes than its frames need, "geometry" for frames without a place or on
        no even grid, "empty" where no segment has a voxel, "parser" for what is not DICOM.

    References
    ----------
    DICOM PS3.3 C.8.20 (segmentation), C.7.6.16 (functional groups).
    """
    answer = jail.call(
        "metaviewer.medical.read_seg:read_seg",
        [place],
        {"fraction_min": fraction_min, "salt": installation_salt()},
        place=str(place),
    )
    found: Any = answer.header
    segments = [
        Segment(
            number=item["number"],
            name=item["name"],
            colour_rgb=_rgb(item["colour_rgb"]),
            mask_kji=answer.arrays[f"mask_{index}"],
            lps_from_ijk=frozen(np.reshape(item["lps_from_ijk"], (4, 4))),
        )
        for index, item in enumerate(found["segments"])
    ]
    return Segments(
        segments=tuple(segments),
        frame_of_reference=found["frame_of_reference"],
        identity=_identity(found),
        badges=tuple(found["badges"]),
    )


def open_contours(jail: Jail, place: Path) -> Contours:
    """The outlined regions of one RT structure set; a region of points alone has no contour.

    Parameters
    ----------
    jail : Jail
        Of the room "medical".

    Raises
    ------
    Refused
        "format" for another kind of object, "size" where an outline holds fewer numbers than it
        says, "numbers" and "geometry" for points that are no places in one plane or regions in
        several frames of reference, "empty" where nothing is outlined, "parser" for what is not
        DICOM.

    References
    ----------
    DICOM PS3.3 C.8.8.5 (structure set), C.8.8.6 (ROI contour).
    """
    answer = jail.call(
        "metaviewer.medical.read_rtstruct:read_rtstruct",
        [place],
        {"salt": installation_salt()},
        place=str(place),
    )
    found: Any = answer.header
    points = np.split(answer.arrays["points_lps_mm_n3"], answer.arrays["contour_ends"][:-1])
    contours = [Contour(points_lps_mm_n3=part) for part in points]
    ends = answer.arrays["region_ends"].tolist()
    regions = [
        ContourRegion(
            number=item["number"],
            name=item["name"],
            colour_rgb=_rgb(item["colour_rgb"]),
            contours=tuple(contours[start:end]),
        )
        for item, start, end in zip(found["regions"], [0, *ends[:-1]], ends, strict=True)
    ]
    return Contours(
        regions=tuple(regions),
        frame_of_reference=found["frame_of_reference"],
        identity=_identity(found),
        badges=tuple(found["badges"]),
    )


def segments_from_labels(volume: Volume, *, names: Mapping[int, str] | None = None) -> Segments:
    """One segment for each whole number above zero in a label map; may be none.

    Parameters
    ----------
    volume : Volume
        A map whose values are whole numbers; 0 is background.
    names : mapping of label to name, or None
        What the labels mean; a label that is not named is called "Label <number>".

    Raises
    ------
    GeometryError
        If a value is no whole number, or there are more than `LABEL_COUNT_MAX` labels: then the
        volume is a picture.
    """
    from scipy.ndimage import find_objects

    labels_kji = volume.values.astype(np.int32)
    if not np.array_equal(labels_kji, volume.values) or int(labels_kji.min(initial=0)) < 0:
        raise GeometryError("a label map holds whole numbers from 0 up; this is a picture")
    numbers = np.unique(labels_kji)
    numbers = numbers[numbers > 0]
    if len(numbers) > LABEL_COUNT_MAX:
        raise GeometryError(f"{len(numbers)} labels, the limit is {LABEL_COUNT_MAX}")
    # find_objects makes a box for every number up to the largest: count them through first.
    ranks_kji = np.searchsorted(numbers, labels_kji) + 1
    ranks_kji[labels_kji == 0] = 0
    boxes = find_objects(ranks_kji)
    segments = [
        _cut(volume, ranks_kji[box] == rank, box, number=int(number), names=names or {})
        for rank, (number, box) in enumerate(zip(numbers, boxes, strict=True), start=1)
    ]
    return Segments(
        segments=tuple(segments),
        frame_of_reference=volume.frame_of_reference,
        identity=volume.identity,
        badges=volume.badges,
    )


def _cut(
    volume: Volume,
    mask_kji: NDArray[np.bool_],
    box: tuple[slice, ...],
    *,
    number: int,
    names: Mapping[int, str],
) -> Segment:
    """One label on the box that holds it."""
    corner_ijk = (box[2].start, box[1].start, box[0].start, 1.0)
    lps_from_ijk = volume.lps_from_ijk.copy()
    lps_from_ijk[:, 3] = volume.lps_from_ijk @ corner_ijk
    owned = np.ascontiguousarray(mask_kji)
    owned.setflags(write=False)
    return Segment(
        number=number,
        name=names.get(number, f"Label {number}"),
        colour_rgb=None,
        mask_kji=owned,
        lps_from_ijk=frozen(lps_from_ijk),
    )


def _identity(found: Mapping[str, str]) -> Identity:
    return Identity(patient=found["patient"], study=found["study"], series=found["series"])


def _rgb(colour: Sequence[float] | None) -> Rgb | None:
    return None if colour is None else (colour[0], colour[1], colour[2])
