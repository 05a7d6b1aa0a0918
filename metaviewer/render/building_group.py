"""What the buildings of one stage share: shaders, the section pass, the labels.

Federated disciplines are several buildings that stand in one another: their cuts are filled in one
pass, and their labels make room for one another.
"""

from __future__ import annotations

from collections.abc import Mapping

from metaviewer.render.building_shaders import load_building_shaders
from metaviewer.render.labels_shown import LabelLayer
from metaviewer.render.section_fill import CutItem, SectionFill
from metaviewer.render.shown import SeenScene, StageParts
from metaviewer.scene import ItemId, View
from metaviewer.scene.state import Plane


class BuildingGroup:
    """Shared by the buildings of one stage; closed with the last of them."""

    def __init__(self, parts: StageParts) -> None:
        self.shaders = load_building_shaders(parts.context)
        self.sections = SectionFill(parts, self.shaders)
        self.labels = LabelLayer(parts)
        self.is_closed = False
        self._members: set[ItemId] = set()
        self._joined_count = 0
        self._told: set[ItemId] = set()
        self._items: dict[ItemId, CutItem] = {}
        self._first_free_id = 0
        self._filled: tuple[object, ...] = ()
        self._cuts: tuple[Plane, ...] = ()

    def join(self, item_id: ItemId) -> int:
        """Count a building in; how many joined before it."""
        self._members.add(item_id)
        self._joined_count += 1
        return self._joined_count - 1

    def leave(self, item_id: ItemId) -> None:
        """Count a building out; the last one closes the group."""
        self._members.discard(item_id)
        self._told.discard(item_id)
        self._items.pop(item_id, None)
        self.labels.remove(item_id)
        if not self._members and not self.is_closed:
            self.is_closed = True
            self.sections.close()
            self.labels.close()

    def take_ids(self, count: int) -> int:
        """First of `count` ids that no other building has in the section pass."""
        first = self._first_free_id
        self._first_free_id += count
        return first

    def place_labels(self, item_id: ItemId, seen: SeenScene) -> None:
        """Place the labels of all buildings, once all of them have told theirs in this frame."""
        self._told.add(item_id)
        if self._told >= self._members:
            self._told.clear()
            self.labels.place(seen)

    def fill_cuts(self, item_id: ItemId, item: CutItem, seen: SeenScene) -> tuple[Plane, ...]:
        """Fill the cuts with this building as it is now; the planes that are summed."""
        self._items[item_id] = item
        filled = _key(self._items, seen)
        if filled != self._filled:
            self._cuts = self.sections.place(seen, self._items)
            self._filled = filled
        return self._cuts


def _key(items: Mapping[ItemId, CutItem], seen: SeenScene) -> tuple[object, ...]:
    """What the filled cuts depend on; views are compared as objects, they are immutable."""
    return (
        seen.state.clip,
        seen.quality.scene_scale,
        tuple(
            (id(view), seen.size_px) for view, seen in zip(_spaces(seen), seen.views, strict=True)
        ),
        tuple((key, item.own_cut, item.selected_id) for key, item in items.items()),
    )


def _spaces(seen: SeenScene) -> list[View]:
    return [view for view in seen.state.views if view.kind == "space"]
