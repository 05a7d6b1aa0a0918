"""One IFC file through the jail: all at once where it is honest, in ever smaller parts where not.

A kernel that dies or never comes back takes its whole call with it. So what was not built is asked
for again in parts, each part that fails is divided, and a part of one element that fails becomes a
box (reliability, F12 to F14). An honest file costs one call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from metaviewer.building.answer_form import check_boxes, check_part, check_whole
from metaviewer.building.ifc_rows import SUBSTITUTE, UNFINISHED
from metaviewer.errors import Refused
from metaviewer.jail import Answer, AnyArray, Json, Limits

READER: Final = "metaviewer.building.read_ifc"
GLB_READER: Final = "metaviewer.building.read_glb_building:read_glb_building"
WHOLE_CPU_S: Final = 60.0
"""Processor seconds of the first call; the heaviest sample needs 6."""
PART_CPU_S: Final = 10.0
ELEMENT_CPU_S: Final = 6.0
"""Processor seconds of one element; the slowest honest one of the samples needs 1."""
FILE_CPU_S: Final = 240.0
"""Processor seconds spent on parts of one file before the rest stands as boxes."""
DIVISION: Final = 8
RETRIED_WORDS: Final = frozenset(("time", "crash", "memory"))
WALL_FACTOR: Final = 8.0
"""Wall seconds allowed for a processor second: machines are shared."""

Progress = Callable[[float], None]


class Caller(Protocol):
    """What this module needs of the jail; see `metaviewer.jail.Jail.call`."""

    def __call__(
        self,
        reader: str,
        places: Sequence[Path],
        arguments: Mapping[str, Json] | None = None,
        *,
        limits: Limits | None = None,
        on_progress: Progress | None = None,
    ) -> Answer:
        """Header and arrays of the files, or Refused."""


@dataclass(slots=True)
class Raw:
    """What the jail answered, put together from its parts."""

    header: dict[str, Any]
    arrays: dict[str, AnyArray]
    reasons: dict[int, str]
    material_names: list[str]
    boxes: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    box_rgba: tuple[float, ...] = (0.72, 0.62, 0.50, 0.5)
    missing_layers: tuple[str, ...] = ()


def read_raw(
    call: Caller, place: Path, *, unit: str | None, on_progress: Progress | None = None
) -> Raw:
    """Table, triangles and boxes of one file, nothing left unfinished.

    Raises
    ------
    Refused
        Where the file as a whole cannot be taken in.
    """
    raw, was_killed = _whole(call, place, unit, on_progress)
    pending = [int(row) for row in np.flatnonzero(raw.arrays["states"] == UNFINISHED)]
    waiting = _divided(pending) if was_killed else [pending] if pending else []
    spent_s = 0.0
    while waiting:
        rows = waiting.pop(0)
        if spent_s > FILE_CPU_S:
            _substitute(raw, rows, f"the file took more than {FILE_CPU_S:.0f} s of processor time")
            continue
        again, cost_s = _part(call, place, unit, raw, rows)
        spent_s += cost_s
        waiting[:0] = again
    _fetch_boxes(call, place, unit, raw)
    return raw


def _whole(
    call: Caller, place: Path, unit: str | None, on_progress: Progress | None
) -> tuple[Raw, bool]:
    """The first call, and whether it had to be made again without kernels."""
    arguments: dict[str, Json] = {"unit": unit, "cpu_s": WHOLE_CPU_S, "kernels": True}
    limits = _limits(WHOLE_CPU_S + ELEMENT_CPU_S, memory_gib=6)
    was_killed = False
    try:
        answer = call(
            f"{READER}:read_ifc", [place], arguments, limits=limits, on_progress=on_progress
        )
    except Refused as refused:
        if refused.word not in RETRIED_WORDS:
            raise
        was_killed = True
        arguments["kernels"] = False
        answer = call(f"{READER}:read_ifc", [place], arguments, limits=limits)
    return _raw(answer, str(place)), was_killed


def read_glb_raw(
    call: Caller, places: tuple[Path, Path], *, on_progress: Progress | None = None
) -> Raw:
    """Table and triangles of a GLB and its metadata file.

    Raises
    ------
    Refused
        Where the files cannot be taken in.
    """
    return _raw(call(GLB_READER, places, {}, on_progress=on_progress), str(places[0]))


def _raw(answer: Answer, place: str) -> Raw:
    check_whole(answer, place)
    header: dict[str, Any] = dict(answer.header)
    return Raw(
        header=header,
        arrays={name: np.array(array) for name, array in answer.arrays.items()},
        reasons={int(row): str(reason) for row, reason in header["reasons"]},
        material_names=[str(name) for name in header["material_names"]],
        missing_layers=answer.missing_layers,
    )


def _part(
    call: Caller, place: Path, unit: str | None, raw: Raw, rows: list[int]
) -> tuple[list[list[int]], float]:
    """Ask for some rows; return the parts to ask for again, and the processor seconds it cost."""
    open_s = float(raw.header["open_cpu_s"])
    arguments: dict[str, Json] = {"unit": unit, "cpu_s": PART_CPU_S, "rows": rows}
    limit_s = (
        open_s * 2 + PART_CPU_S + ELEMENT_CPU_S if len(rows) > 1 else open_s * 2 + ELEMENT_CPU_S
    )
    try:
        answer = call(
            f"{READER}:read_shapes", [place], arguments, limits=_limits(limit_s, memory_gib=4)
        )
    except Refused as refused:
        if refused.word not in RETRIED_WORDS:
            raise
        cost_s = limit_s if refused.word == "time" else open_s
        if len(rows) > 1:
            return _divided(rows), cost_s
        _substitute(raw, rows, _reason(refused.word))
        return [], cost_s
    check_part(answer, str(place), row_count=len(raw.arrays["states"]))
    left = [row for row in rows if answer.arrays["states"][row] == UNFINISHED]
    if len(left) == len(rows):
        if len(rows) > 1:
            return _divided(rows), PART_CPU_S
        _substitute(raw, rows, _reason("time"))
        left = []
    _merge(raw, answer, [row for row in rows if row not in set(left)])
    cost = answer.header["cpu_s"]
    assert isinstance(cost, int | float)
    return [left] if left else [], open_s + float(cost)


def _merge(raw: Raw, answer: Answer, rows: list[int]) -> None:
    """Put the shapes of a part behind those that are there already."""
    ours, theirs = raw.arrays, answer.arrays
    first_shape = len(ours["point_start"]) - 1
    first_material = len(ours["materials_rgba"])
    kept = ours["states"][rows] == UNFINISHED
    ours["states"][np.array(rows, np.int64)[kept]] = theirs["states"][np.array(rows)[kept]]
    for name in ("point_start", "triangle_start"):
        ours[name] = np.concatenate([ours[name], ours[name][-1] + theirs[name][1:]])
    ours["placed_shape"] = np.concatenate(
        [ours["placed_shape"], theirs["placed_shape"] + np.int32(first_shape)]
    )
    ours["triangle_material"] = np.concatenate(
        [ours["triangle_material"], theirs["triangle_material"] + np.int32(first_material)]
    )
    for name in ("points_m_n3", "triangles_n3", "placed_element", "site_from_shape"):
        ours[name] = np.concatenate([ours[name], theirs[name]])
    ours["materials_rgba"] = np.concatenate([ours["materials_rgba"], theirs["materials_rgba"]])
    header: dict[str, Any] = dict(answer.header)
    raw.header["uncut_openings"] += header["uncut_openings"]
    raw.material_names += [str(name) for name in header["material_names"]]
    raw.reasons.update({int(row): str(reason) for row, reason in header["reasons"]})


def _fetch_boxes(call: Caller, place: Path, unit: str | None, raw: Raw) -> None:
    """Boxes of the rows that need one; a file that will not even give these has none."""
    rows = [int(row) for row in np.flatnonzero(raw.arrays["states"] == SUBSTITUTE)]
    if not rows:
        return
    arguments: dict[str, Json] = {"unit": unit, "rows": rows}
    limits = _limits(float(raw.header["open_cpu_s"]) * 2 + PART_CPU_S, memory_gib=4)
    try:
        answer = call(f"{READER}:read_boxes", [place], arguments, limits=limits)
    except Refused as refused:
        if refused.word not in RETRIED_WORDS:
            raise
        return
    check_boxes(answer, str(place), row_count=len(raw.arrays["states"]))
    found = zip(answer.arrays["rows"], answer.arrays["bounds_site_m"], strict=True)
    raw.boxes = {int(row): np.array(box) for row, box in found}
    raw.box_rgba = tuple(float(value) for value in answer.arrays["rgba"])


def _substitute(raw: Raw, rows: list[int], reason: str) -> None:
    raw.arrays["states"][rows] = SUBSTITUTE
    raw.reasons.update(dict.fromkeys(rows, reason))


def _divided(rows: list[int]) -> list[list[int]]:
    """About `DIVISION` parts; neighbours stay together, for they share shapes."""
    size = max(1, math.ceil(len(rows) / DIVISION))
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def _reason(word: str) -> str:
    if word == "time":
        return f"it took more than {ELEMENT_CPU_S:.0f} s of processor time"
    return "the geometry kernel died on it" if word == "crash" else "it needs too much memory"


def _limits(cpu_s: float, *, memory_gib: int) -> Limits:
    whole_s = math.ceil(cpu_s)
    return Limits(
        memory_bytes=memory_gib << 30, cpu_s=whole_s, wall_s=max(60.0, whole_s * WALL_FACTOR)
    )
