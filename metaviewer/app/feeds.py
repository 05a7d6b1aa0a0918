"""Feeds that a scene file names, opened for the buildings of the scene."""

from __future__ import annotations

from collections.abc import Sequence

from metaviewer.building import Building
from metaviewer.scene import Datum, ItemId
from metaviewer.scene.scene_file import FeedEntry
from metaviewer.twin import Feed, Placed, simulator


def feeds_of(
    entries: Sequence[FeedEntry], models: Sequence[tuple[ItemId, Datum]]
) -> tuple[Feed, ...]:
    """One feed an entry; the simulator feeds the beds, devices and rooms of the scene."""
    placed = [place for item_id, datum in models for place in _placed(str(item_id), datum)]
    return tuple(simulator(placed, seed=entry.seed) for entry in entries)


def _placed(model_id: str, datum: Datum) -> list[Placed]:
    """Elements of one building that may be fed; a room counts in the model that gives it a body."""
    if not isinstance(datum, Building):
        return []
    table = datum.elements
    has_body = ~(table.bounds_site_m != table.bounds_site_m).any(axis=(1, 2))  # NaN: no body
    return [
        Placed(
            model_id=model_id,
            global_id=table.global_ids[row],
            ifc_class=table.classes[row],
            name=table.names[row],
        )
        for row in range(len(table))
        if has_body[row]
    ]
