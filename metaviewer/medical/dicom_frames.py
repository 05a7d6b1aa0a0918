"""Where the slices of one DICOM file are, and how stored values become modality values."""

from __future__ import annotations

from typing import Final

import numpy as np

from metaviewer.errors import Refused
from metaviewer.medical.dicom_facts import FrameFacts, Layout, ObjectFacts, windows_of
from metaviewer.medical.dicom_tags import DOSE_CLASS, GROUP_SEQUENCES, Tag
from metaviewer.medical.dicom_values import decimal, decimals, longs, shorts, text
from metaviewer.medical.dicom_walk import Bytes, Element, Overrun, Walked, elements, items
from metaviewer.medical.geometry import check_plane, normal_of

PET_UNITS: Final = {"BQML": "Bq/ml", "GML": "g/ml", "CNTS": "counts", "PROPCPS": "counts/s"}
"""PS3.3 C.8.9.1.1.3; GML is the body-weight SUV in g/ml."""

# Tags that tell apart slices at one position, in the order in which they are tried.
SPLITTERS: Final = (
    (Tag.STACK, "stack"),
    (Tag.FRAME_TYPE, "frame type"),
    (Tag.TEMPORAL_POSITION, "time point"),
    (Tag.TEMPORAL_INDEX, "time point"),
    (Tag.ACQUISITION_NUMBER, "acquisition"),
    (Tag.FRAME_ACQUISITION_NUMBER, "acquisition"),
    (Tag.TRIGGER_TIME, "trigger time"),
    (Tag.TRIGGER_DELAY, "trigger time"),
    (Tag.ECHO_NUMBER, "echo"),
    (Tag.ECHO_TIME, "echo"),
    (Tag.EFFECTIVE_ECHO_TIME, "echo"),
    (Tag.B_VALUE, "diffusion weight"),
    (Tag.IMAGE_TYPE, "image type"),
    (Tag.CONTENT_TIME, "content time"),
)


def frames_of(
    walked: Walked, octets: Bytes, facts: ObjectFacts, layout: Layout
) -> list[FrameFacts]:
    """One FrameFacts a frame, checked number by number; no geometry where the file states none.

    Raises
    ------
    Refused
        If a number of the geometry or of the rescale is none, or describes no plane.
    """
    if Tag.FRAME_GROUPS in walked.sequences:
        frames = _frames_of_groups(walked, octets, layout)
    elif layout.frame_count == 1:
        frames = [_frame(walked.values, number=0, little=walked.coding.little)]
    else:
        frames = _frames_by_rule(walked, octets, facts, layout)
    for frame in frames:
        check_plane(frame.position, frame.orientation, frame.spacing_rc)
    return frames


def unit_of(walked: Walked, facts: ObjectFacts, octets: Bytes) -> str | None:
    """Unit of the modality values; None where the file leaves it open."""
    values = walked.values
    if Tag.MODALITY_LUT in walked.sequences:
        return None
    if facts.modality == "CT":
        merged = values | _shared_values(walked, octets)
        stated = text(merged.get(Tag.RESCALE_TYPE))
        is_rescaled = _is_rescaled(walked, octets, merged)
        return "HU" if is_rescaled and stated in ("", "HU") else None
    if facts.modality == "PT":
        return PET_UNITS.get(text(values.get(Tag.PET_UNITS)))
    if facts.sop_class == DOSE_CLASS:
        return "Gy" if text(values.get(Tag.DOSE_UNITS)) == "GY" else None
    return None


def windows_of_file(walked: Walked, octets: Bytes) -> tuple[tuple[float, float], ...]:
    """Window presets of the file, or of its first frame."""
    return windows_of(
        walked.values | _shared_values(walked, octets) | _first_values(walked, octets)
    )


def _is_rescaled(walked: Walked, octets: Bytes, merged: dict[int, bytes]) -> bool:
    return Tag.SLOPE in merged or Tag.SLOPE in _first_values(walked, octets)


def _frame(values: dict[int, bytes], *, number: int, little: bool) -> FrameFacts:
    slope = decimal(values.get(Tag.SLOPE), name="RescaleSlope")
    intercept = decimal(values.get(Tag.INTERCEPT), name="RescaleIntercept")
    if slope == 0.0:
        raise Refused("", "numbers", "RescaleSlope is 0: every value would be equal")
    # Compared only, so the bytes will do, whatever type of number they are.
    tags = {name: values[tag].hex() for tag, name in SPLITTERS if tag in values}
    for index, value in enumerate(longs(values.get(Tag.DIMENSION_VALUES), little=little)):
        tags[f"dimension {index}"] = str(value).encode().hex()
    return FrameFacts(
        number=number,
        position=decimals(values.get(Tag.POSITION), name="ImagePositionPatient", count=3),
        orientation=decimals(values.get(Tag.ORIENTATION), name="ImageOrientationPatient", count=6),
        spacing_rc=decimals(values.get(Tag.PIXEL_SPACING), name="PixelSpacing", count=2),
        slope=1.0 if slope is None else slope,
        intercept=intercept or 0.0,
        thickness_mm=decimal(values.get(Tag.THICKNESS), name="SliceThickness"),
        tags=tags,
    )


def _frames_of_groups(walked: Walked, octets: Bytes, layout: Layout) -> list[FrameFacts]:
    """Per frame before shared before top level (PS3.3 C.7.6.16)."""
    common = walked.values | _shared_values(walked, octets)
    # The top level of an enhanced object names its acquisition, which is that of no frame.
    per_frame = items(
        octets, walked.sequences[Tag.FRAME_GROUPS], coding=walked.coding, stop=len(octets)
    )
    frames = [
        _frame(
            common | _group_values(walked, octets, item), number=number, little=walked.coding.little
        )
        for number, item in enumerate(per_frame)
    ]
    if len(frames) != layout.frame_count:
        raise Refused(
            "", "numbers", f"{layout.frame_count} frames, but {len(frames)} are described"
        )
    return frames


def _frames_by_rule(
    walked: Walked, octets: Bytes, facts: ObjectFacts, layout: Layout
) -> list[FrameFacts]:
    """Frames of an object that states one plane and a rule: dose grids, reconstructed NM."""
    values = dict(walked.values)
    if facts.modality == "NM":
        values |= _detector_values(walked, octets)
    if facts.sop_class == DOSE_CLASS:
        scaling = decimal(values.get(Tag.DOSE_SCALING), name="DoseGridScaling")
        if not scaling or scaling < 0:
            raise Refused("", "numbers", "DoseGridScaling is absent or not above zero")
        values[Tag.SLOPE], values[Tag.INTERCEPT] = repr(scaling).encode(), b"0"
    first = _frame(values, number=0, little=walked.coding.little)
    frames = [
        FrameFacts(
            number=number,
            orientation=first.orientation,
            spacing_rc=first.spacing_rc,
            slope=first.slope,
            intercept=first.intercept,
        )
        for number in range(layout.frame_count)
    ]
    offsets_mm = _offsets_mm(walked, facts, layout, first)
    if offsets_mm and first.position and first.orientation:
        check_plane(first.position, first.orientation, first.spacing_rc)
        normal = normal_of(first.orientation)
        for frame, offset_mm in zip(frames, offsets_mm, strict=True):
            frame.position = tuple((np.array(first.position) + offset_mm * normal).tolist())
    return frames


def _offsets_mm(
    walked: Walked, facts: ObjectFacts, layout: Layout, first: FrameFacts
) -> tuple[float, ...]:
    """Distances of the frames from the first along the normal; () where no rule is stated."""
    if facts.sop_class == DOSE_CLASS:
        offsets = decimals(
            walked.values.get(Tag.FRAME_OFFSETS),
            name="GridFrameOffsetVector",
            count=layout.frame_count,
        )
        # PS3.3 C.8.8.3.2: either relative to the first frame, or z coordinates of the patient.
        return tuple(offset - offsets[0] for offset in offsets)
    if facts.modality == "NM" and "TOMO" in " ".join(facts.image_type):
        order = shorts(walked.values.get(Tag.SLICE_VECTOR), little=walked.coding.little)
        step_mm = decimal(walked.values.get(Tag.SPACING_BETWEEN_SLICES), name="slice spacing")
        if step_mm and len(order) == layout.frame_count:
            return tuple((number - 1) * step_mm for number in order)
    return ()


def _shared_values(walked: Walked, octets: Bytes) -> dict[int, bytes]:
    return _first_item_values(walked, octets, Tag.SHARED_GROUPS)


def _first_values(walked: Walked, octets: Bytes) -> dict[int, bytes]:
    return _first_item_values(walked, octets, Tag.FRAME_GROUPS)


def _first_item_values(walked: Walked, octets: Bytes, tag: Tag) -> dict[int, bytes]:
    if tag not in walked.sequences:
        return {}
    found = items(octets, walked.sequences[tag], coding=walked.coding, stop=len(octets))
    first = next(found, None)
    return {} if first is None else _group_values(walked, octets, first)


def _detector_values(walked: Walked, octets: Bytes) -> dict[int, bytes]:
    """Position and orientation of an NM image stand in its first detector (PS3.3 C.8.4.11)."""
    if Tag.DETECTORS not in walked.sequences:
        return {}
    sequence = walked.sequences[Tag.DETECTORS]
    first = next(items(octets, sequence, coding=walked.coding, stop=len(octets)), None)
    return {} if first is None else _leaf_values(walked, octets, first)


def _group_values(walked: Walked, octets: Bytes, item: Element) -> dict[int, bytes]:
    """Elements of the wanted functional groups of one item, laid side by side."""
    values: dict[int, bytes] = {}
    stop = item.start + item.length
    for element in elements(octets, coding=walked.coding, start=item.start, stop=stop):
        if element.tag in GROUP_SEQUENCES:
            first = next(items(octets, element, coding=walked.coding, stop=stop), None)
            if first is not None:
                values |= _leaf_values(walked, octets, first)
    return values


def _leaf_values(walked: Walked, octets: Bytes, item: Element) -> dict[int, bytes]:
    stop = item.start + item.length
    if stop > len(octets):
        raise Overrun
    return {
        tag: bytes(octets[start : start + length])
        for tag, _, start, length in elements(
            octets, coding=walked.coding, start=item.start, stop=stop
        )
        if tag in _LEAVES and length < stop
    }


_LEAVES: Final = frozenset(int(tag) for tag in Tag) - {Tag.CONTENT_TIME}
