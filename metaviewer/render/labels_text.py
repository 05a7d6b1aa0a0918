"""What labels say: rooms, beds and live values, each value with its age where it is not fresh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.building import Building, ElementTable
from metaviewer.frames import Float64Array
from metaviewer.render.element_live import GLYPH_OF_ALARM, QUIET_ALARM, SIGN_OF_UNIT
from metaviewer.render.element_palette import Rgb8
from metaviewer.scene.camera import Vector, vector
from metaviewer.twin import KINDS, Columns, Point, Standing, age_text

RANK_ALARM, RANK_BED, RANK_ROOM, RANK_ROOM_BY_CONTENTS = 0, 10, 20, 30
"""Which label stays where two would touch: the lower rank."""

ANCHOR_ABOVE_FLOOR_M: Final = 0.05
NAME_LENGTH_MAX: Final = 22


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Label:
    """A few words at a point of the building.

    Parameters
    ----------
    anchor_site_m : (float, float, float)
        Where the leader ends, relative to the building's origin.
    text : str
        One or two lines.
    rank : int
        Lower ranks are placed first.
    element : int
        Row of the element table: a label hides with its element.
    badge : Rgb8 or None
        Colour of the stripe that says what the value means; None for none.
    floor_site_m : float64 array (4, 3) or None
        Corners of the floor it is written on: there is no leader, and where the text is larger than
        the floor it is left out. None for a plate that stands above its point.
    """

    anchor_site_m: Vector
    text: str
    rank: int
    element: int
    badge: Rgb8 | None = None
    floor_site_m: Float64Array | None = None
    subject: str = ""
    """What it is about where several models speak of it (a room's number): one of them is heard."""


def value_text(point: Point, value: float, standing: int, age_s: float) -> str:
    """A value as a person reads it: '21.4 °C', '21.4 °C  40 s' ageing, '[21.4] 2 min' stale, '?'.

    Brackets say "was": a stale value never looks like one that is.
    """
    if standing > Standing.STALE or np.isnan(value):
        return "?"
    number = _number_text(point, value)
    sign = SIGN_OF_UNIT.get(point.unit, point.unit)
    full = f"{number} {sign}" if sign else number
    if standing == Standing.FRESH:
        return full
    if standing == Standing.AGEING:
        return f"{full}  {age_text(age_s)}"
    return f"[{number}] {age_text(age_s)}"


def room_title(elements: ElementTable, row: int) -> str:
    """Number and name of a room; only what the source says."""
    number = elements.names[row].strip()
    name = elements.long_names[row].strip() if elements.long_names else ""
    lines = [line for line in (number, _shortened(_as_sentence(name))) if line]
    return "\n".join(dict.fromkeys(lines))


def room_labels(building: Building) -> tuple[Label, ...]:
    """Number and name of each room, on its floor; the number alone for small ones.

    Both are given; number and name come first, and where they do not fit the number may. A room
    without a body of its own is named where its contents are, behind models that have the body.
    """
    elements = building.elements
    has_body = np.zeros(len(elements), dtype=np.bool_)
    has_body[building.shapes.placed_element] = True
    rows = np.flatnonzero(elements.is_space & np.isfinite(elements.bounds_site_m).all(axis=(1, 2)))
    size = elements.bounds_site_m[:, 1] - elements.bounds_site_m[:, 0]
    by_area = rows[np.argsort(-(size[rows, 0] * size[rows, 1]), kind="stable")]
    labels = []
    for row in by_area.tolist():
        title = room_title(elements, row)
        number = title.split("\n")[0]
        texts = dict.fromkeys(text for text in (title, number) if text)
        first = RANK_ROOM if has_body[row] else RANK_ROOM_BY_CONTENTS
        labels += [_room_label(elements, row, text, first + n) for n, text in enumerate(texts)]
    return tuple(labels)


def with_values(
    labels: Sequence[Label], rows_of_element: dict[int, tuple[int, ...]], live: LiveTexts
) -> tuple[Label, ...]:
    """Labels with the values of their elements below the title.

    Parameters
    ----------
    rows_of_element : dict
        Points of each element, in the order they are written.
    """
    return tuple(
        _with_value(label, rows_of_element[label.element], live)
        if label.element in rows_of_element
        else label
        for label in labels
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LiveTexts:
    """The values of a moment, with what their age and quality say."""

    columns: Columns
    standing: NDArray[np.uint8]
    now_s: float

    def text(self, row: int) -> str:
        """What is written for a point."""
        columns = self.columns
        return value_text(
            columns.points[row],
            float(columns.values[row]),
            int(self.standing[row]),
            self.now_s - float(columns.received_s[row]),
        )


def alarm_label(
    elements: ElementTable, element: int, point: Point, value: float, text: str
) -> Label | None:
    """A label for a standing alarm, with the glyph of its rank; None where none stands."""
    state = point.states[int(value)] if 0 <= value < len(point.states) else QUIET_ALARM
    if state == QUIET_ALARM or state not in GLYPH_OF_ALARM:
        return None
    kind = KINDS["alarm"]
    urgency = len(kind.states) - kind.states.index(state)
    title = f"{GLYPH_OF_ALARM[state]} {_shortened(elements.names[element])}"
    return Label(
        anchor_site_m=floor_anchor(elements, element, share=1.0),
        text=f"{title}\n{text}".strip(),
        rank=RANK_ALARM + urgency,
        element=element,
        badge=kind.fills[kind.states.index(state)],
    )


def floor_anchor(elements: ElementTable, row: int, *, share: float = 0.0) -> Vector:
    """Middle of the element's box, just above its floor (`share` 0) or its top (1)."""
    low, high = elements.bounds_site_m[row]
    middle = (low + high) / 2.0
    middle[2] = low[2] + share * (high[2] - low[2]) + ANCHOR_ABOVE_FLOOR_M
    return vector(middle)


def _room_label(elements: ElementTable, row: int, text: str, rank: int) -> Label:
    low, high = elements.bounds_site_m[row]
    height_m = low[2] + ANCHOR_ABOVE_FLOOR_M
    corners = [(x, y, height_m) for x in (low[0], high[0]) for y in (low[1], high[1])]
    return Label(
        anchor_site_m=floor_anchor(elements, row),
        text=text,
        rank=rank,
        element=row,
        floor_site_m=np.array(corners),
        subject=f"{RANK_ROOM} {elements.names[row].strip().upper()}",
    )


def _with_value(label: Label, rows: tuple[int, ...], live: LiveTexts) -> Label:
    values = "  ".join(live.text(row) for row in rows)
    title = label.text.split("\n")[0]
    return replace(label, text=f"{title}\n{values}")


def _number_text(point: Point, value: float) -> str:
    if point.states:
        index = round(value)
        return point.states[index] if 0 <= index < len(point.states) else "?"
    return f"{value:.1f}" if abs(value) < 100.0 else f"{value:.0f}"


def _as_sentence(name: str) -> str:
    """CAPITALS of room schedules are shouted: 'EXAM ROOM' reads better as 'Exam room'."""
    return name.capitalize() if name.isupper() and len(name) > 4 else name


def _shortened(text: str) -> str:
    return text if len(text) <= NAME_LENGTH_MAX else text[: NAME_LENGTH_MAX - 1].rstrip() + "…"
