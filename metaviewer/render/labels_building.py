"""Which labels a building shows: rooms of the storey that lies open, beds, and standing alarms.

Rooms are named only where one sees into them; under a roof their names would float over nothing.
Alarms are shown wherever they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.building import Building
from metaviewer.render.labels_text import (
    RANK_BED,
    Label,
    LiveTexts,
    alarm_label,
    floor_anchor,
    room_labels,
    with_values,
)
from metaviewer.scene import BuildingLook
from metaviewer.twin import KINDS

KINDS_OF_ROOM: Final = ("temperature",)
KIND_OF_BED: Final = "bed_state"
KIND_OF_ALARM: Final = "alarm"


def building_labels(
    building: Building,
    look: BuildingLook,
    *,
    hidden: NDArray[np.bool_],
    live: LiveTexts | None,
) -> tuple[Label, ...]:
    """Labels of one building, most important first.

    Parameters
    ----------
    hidden : bool array (elements,)
        What the look does not show.
    """
    rows = {} if live is None else rows_of_elements(building, live)
    labels = list(_alarms(building, hidden, rows, live)) if live is not None else []
    if look.storey_top is None:
        return tuple(labels)
    open_here = ~hidden & (building.elements.storey == look.storey_top)
    rooms = [label for label in room_labels(building) if open_here[label.element]]
    if live is not None and look.colour_by == "live":
        labels += _beds(building, open_here, rows, live)
        rooms = list(with_values(rooms, _of_kinds(rows, live, KINDS_OF_ROOM), live))
    return (*labels, *rooms)


def rows_of_elements(building: Building, live: LiveTexts) -> dict[int, tuple[int, ...]]:
    """Points of each element that has any."""
    element_of = {key: row for row, key in enumerate(building.elements.global_ids) if key}
    rows: defaultdict[int, list[int]] = defaultdict(list)
    for row, point in enumerate(live.columns.points):
        element = element_of.get(point.global_id)
        if element is not None:
            rows[element].append(row)
    return {element: tuple(found) for element, found in rows.items()}


def _of_kinds(
    rows: dict[int, tuple[int, ...]], live: LiveTexts, kinds: Sequence[str]
) -> dict[int, tuple[int, ...]]:
    points = live.columns.points
    kept = {
        element: tuple(row for row in found if points[row].kind in kinds)
        for element, found in rows.items()
    }
    return {element: found for element, found in kept.items() if found}


def _alarms(
    building: Building,
    hidden: NDArray[np.bool_],
    rows: dict[int, tuple[int, ...]],
    live: LiveTexts,
) -> list[Label]:
    columns = live.columns
    labels = []
    for element, found in _of_kinds(rows, live, (KIND_OF_ALARM,)).items():
        beside = [row for row in rows[element] if columns.points[row].kind != KIND_OF_ALARM]
        text = "  ".join(live.text(row) for row in beside)
        label = alarm_label(
            building.elements,
            element,
            columns.points[found[0]],
            float(columns.values[found[0]]),
            text,
        )
        if label is not None and not hidden[element]:
            labels.append(label)
    return labels


def _beds(
    building: Building,
    open_here: NDArray[np.bool_],
    rows: dict[int, tuple[int, ...]],
    live: LiveTexts,
) -> list[Label]:
    states = KINDS[KIND_OF_BED].fills
    labels = []
    for element, found in _of_kinds(rows, live, (KIND_OF_BED,)).items():
        value = live.columns.values[found[0]]
        if not open_here[element]:
            continue
        known = np.isfinite(value) and 0 <= value < len(states)
        labels.append(
            Label(
                anchor_site_m=floor_anchor(building.elements, element, share=1.0),
                text=live.text(found[0]),
                rank=RANK_BED,
                element=element,
                badge=states[int(value)] if known else None,
            )
        )
    return labels
