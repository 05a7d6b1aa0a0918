"""What leaves the jail about each series or file: plain values, identities hashed, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from metaviewer.errors import Refused, Word
from metaviewer.jail import Json
from metaviewer.jail.sizes import GIB, check_limit
from metaviewer.medical.dicom_facts import GREY, Layout, ObjectFacts
from metaviewer.medical.dicom_tags import RECOGNISED
from metaviewer.medical.geometry import Arrangement, arrange
from metaviewer.medical.grouping import Stack, series_of, stacks_of
from metaviewer.medical.sources import Source
from metaviewer.medical.tokens import frame_token, identity_token

Record = dict[str, Json]

VOLUME_BYTES_MAX: Final = 4 * GIB
TITLES: Final = {
    "segmentation": "segmentation",
    "contours": "contours",
    "mesh": "mesh in a DICOM file",
    "registration": "a spatial registration",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where one file is, and where its pixels start."""

    source: Source
    size: int
    start: int
    length: int
    syntax: str


def refused_record(source: Source, refusal: Refused) -> Record:
    """One file that was not taken in."""
    return {
        **blank(source),
        "status": "refused",
        "word": refusal.word,
        "reason": refusal.reason,
        "remedy": refusal.remedy,
        "files": 1,
    }


def records_of(
    objects: Sequence[ObjectFacts], kept: Sequence[Kept], places: Sequence[Path], *, salt: str
) -> list[Record]:
    """One record a stack of images, and one for every other object."""
    records = []
    images = [file for file, one in enumerate(objects) if one.kind == "image"]
    folders = [one.source.folder(places) for one in kept]
    for members in series_of(objects, images, folders=folders):
        for stack in stacks_of(objects, members):
            record = _identified(objects, kept, stack.slices[0][0], salt=salt)
            record["files"] = len({file for file, _ in stack.slices})
            record["frames"] = len(stack.slices)
            try:
                record |= _stack_values(objects, kept, stack)
            except Refused as refusal:
                record |= _refused_values(refusal.word, refusal.reason, refusal.remedy)
            records.append(record)
    for file, one in enumerate(objects):
        if one.kind != "image":
            records.append(_identified(objects, kept, file, salt=salt) | _object_values(one))
    return records


def blank(source: Source) -> Record:
    """A record of one file of which nothing is known yet."""
    return {
        "kind": "other",
        "status": "ok",
        "word": "",
        "reason": "",
        "remedy": "",
        "badges": [],
        "title": "",
        "modality": "",
        "unit": None,
        "patient": "",
        "study": "",
        "series": "",
        "frame_of_reference": "",
        "windows": [],
        "source": source.row(),
        "files": 1,
        "frames": 0,
        "syntax": "",
        "reader": "",
        "plan": None,
    }


def _identified(
    objects: Sequence[ObjectFacts], kept: Sequence[Kept], file: int, *, salt: str
) -> Record:
    one = objects[file]
    return {
        **blank(kept[file].source),
        "modality": one.modality,
        "unit": one.unit,
        "patient": identity_token(one.patient, salt=salt),
        "study": identity_token(one.study, salt=salt),
        "series": identity_token(one.series, salt=salt),
        "frame_of_reference": frame_token(one.frame_of_reference),
        "windows": [list(window) for window in one.windows],
        "syntax": kept[file].syntax,
    }


def _object_values(one: ObjectFacts) -> Record:
    if one.kind in ("segmentation", "contours", "mesh"):
        return {"kind": one.kind, "title": TITLES[one.kind], **told(one.warnings)}
    named = RECOGNISED.get(one.sop_class, TITLES.get(one.kind, "an object"))
    if one.warnings:
        return {"title": named, **told(one.warnings)}
    return {"title": named, "word": "format", "reason": f"{named} is sound, and not shown"}


def _refused_values(word: Word, reason: str, remedy: str) -> Record:
    return {
        "kind": "volume",
        "status": "refused",
        "word": word,
        "reason": reason,
        "remedy": remedy,
    }


def told(notes: Sequence[tuple[Word, str]]) -> Record:
    """Status and reason of what is readable, but not as it should be."""
    if not notes:
        return {"status": "ok", "word": "", "reason": ""}
    sentences = dict.fromkeys(sentence for _, sentence in notes)
    return {"status": "degraded", "word": notes[0][0], "reason": "; ".join(sentences)}


def _stack_values(objects: Sequence[ObjectFacts], kept: Sequence[Kept], stack: Stack) -> Record:
    """What a stack is: a volume with its plan, or a picture that has no place in space."""
    if stack.refused is not None:
        return _refused_values(*stack.refused)
    first = objects[stack.slices[0][0]]
    frame = stack.slices[0][1]
    assert first.layout is not None
    size = f"{first.layout.columns} x {first.layout.rows}"
    if first.layout.photometric not in GREY:
        return _picture("a colour picture", size)
    if first.is_mosaic:
        raise Refused(
            "",
            "geometry",
            "all slices lie side by side in one picture (a mosaic)",
            remedy="export the series as one image a slice",
        )
    stated = {
        "position": frame.position,
        "orientation": frame.orientation,
        "pixel spacing": frame.spacing_rc,
    }
    absent = [name for name, numbers in stated.items() if not numbers]
    if absent and first.is_flat:
        return _picture("a flat picture", size)
    if absent:
        raise Refused(
            "",
            "geometry",
            f"the images state no {' and no '.join(absent)}: no place in 3D",
            remedy="export the original images, not copies of the screen",
        )
    return _volume_values(objects, kept, stack)


def _picture(what: str, size: str) -> Record:
    return {
        "title": f"{what} of {size}",
        "word": "format",
        "reason": f"{what} without a place in the patient is not shown in 3D",
    }


def _volume_values(objects: Sequence[ObjectFacts], kept: Sequence[Kept], stack: Stack) -> Record:
    first, frame = objects[stack.slices[0][0]], stack.slices[0][1]
    arrangement = arrange(
        [one.position for _, one in stack.slices],
        orientation=np.mean([one.orientation for _, one in stack.slices], axis=0).tolist(),
        spacing_rc_mm=np.mean([one.spacing_rc for _, one in stack.slices], axis=0).tolist(),
        thickness_mm=frame.thickness_mm,
    )
    plan = series_plan(objects, kept, stack, arrangement)
    owners = [objects[file] for file in dict.fromkeys(file for file, _ in stack.slices)]
    notes = [note for owner in owners for note in owner.warnings] + stack.notes
    badges = dict.fromkeys([*arrangement.badges, *(b for owner in owners for b in owner.badges)])
    if arrangement.reason:
        notes.append(("geometry", arrangement.reason))
    if stack.unreadable:
        badges["incomplete"] = None
        total = stack.unreadable + len(owners)
        are = "is" if stack.unreadable == 1 else "are"
        notes.append(("size", f"{stack.unreadable} of {total} images {are} unreadable"))
    assert first.layout is not None
    size = f"{first.layout.columns} x {first.layout.rows} x {len(arrangement.lower)}"
    lead = f"{first.modality or 'volume'} {size}"
    return {
        "kind": "volume",
        "title": f"{lead}, {stack.label}" if stack.label else lead,
        "badges": list(badges),
        "reader": "read_series",
        "plan": plan,
        **told(notes),
    }


def series_plan(
    objects: Sequence[ObjectFacts], kept: Sequence[Kept], stack: Stack, arrangement: Arrangement
) -> Record:
    """Everything that reading the pixels needs, so that no header is read twice."""
    layouts: dict[Layout, int] = {}
    layout_rows: list[Json] = []
    files: dict[int, int] = {}
    file_rows: list[Json] = []
    slice_rows: list[Json] = []
    is_whole = True
    for index in arrangement.order.tolist():
        file, frame = stack.slices[index]
        layout = objects[file].layout
        assert layout is not None
        if file not in files:
            if layout not in layouts:
                layouts[layout] = len(layouts)
                layout_rows.append(asdict(layout))
            files[file] = len(files)
            k = kept[file]
            file_rows.append([*k.source.row(), k.size, k.start, k.length, layouts[layout]])
        slice_rows.append([files[file], frame.number, frame.slope, frame.intercept])
        is_whole = is_whole and _fits_int16(frame.slope, frame.intercept)
        is_whole = is_whole and layout.number == "int" and layout.bits_allocated <= 16
    some = objects[stack.slices[0][0]].layout
    assert some is not None
    shape = [len(arrangement.lower), some.rows, some.columns]
    check_limit(need_bytes=shape[0] * shape[1] * shape[2] * 2, limit_bytes=VOLUME_BYTES_MAX)
    return {
        "shape": shape,
        "dtype": "int16" if is_whole else "float32",
        "files": file_rows,
        "layouts": layout_rows,
        "slices": slice_rows,
        "lower": arrangement.lower.tolist(),
        "upper": arrangement.upper.tolist(),
        "weight": arrangement.weight.tolist(),
        "lps_from_ijk": arrangement.lps_from_ijk.ravel().tolist(),
    }


def _fits_int16(slope: float, intercept: float) -> bool:
    """Whether whole stored values stay whole; whether they fit is seen while reading."""
    return slope.is_integer() and intercept.is_integer() and max(abs(slope), abs(intercept)) < 32768
