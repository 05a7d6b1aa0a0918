"""The plan of a series: which bytes of which files are its slices, from scan to reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from metaviewer.jail import Json
from metaviewer.medical.dicom_facts import Layout
from metaviewer.medical.sources import Source, source_from


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SliceFile:
    """One file of the plan; `start` and `length` are those of its pixel data element."""

    source: Source
    size: int
    start: int
    length: int
    layout: Layout


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PlannedSlice:
    """One slice of the source: a frame of a file, and its own rescale."""

    file: SliceFile
    frame: int
    slope: float
    intercept: float


def shape_of(value: Json) -> tuple[int, int, int]:
    """Slices, rows, columns."""
    assert isinstance(value, list)
    slices, rows, columns = (int(str(n)) for n in value)
    return slices, rows, columns


def slices_of(plan: Mapping[str, Any]) -> list[PlannedSlice]:
    """The slices of the source, in the order of their places."""
    layouts = [_layout_from(row) for row in plan["layouts"]]
    files = [
        SliceFile(
            source=source_from([place, below, member]),
            size=size,
            start=start,
            length=length,
            layout=layouts[layout],
        )
        for place, below, member, size, start, length, layout in plan["files"]
    ]
    return [
        PlannedSlice(file=files[file], frame=frame, slope=slope, intercept=intercept)
        for file, frame, slope, intercept in plan["slices"]
    ]


def _layout_from(row: Mapping[str, Any]) -> Layout:
    padding = row["padding"]
    return Layout(**{**row, "padding": None if padding is None else tuple(padding)})
