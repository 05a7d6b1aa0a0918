"""A building as it is drawn: look, selection, live values and cuts, told to its nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from metaviewer.building import Building, draw_list, has_inside, pick_element
from metaviewer.errors import RenderError
from metaviewer.frames import inverse, moved
from metaviewer.render.building_cull import clip_from_world, seen_boxes
from metaviewer.render.building_detail import detail_levels
from metaviewer.render.building_floors import room_on_floor
from metaviewer.render.building_group import BuildingGroup
from metaviewer.render.building_nodes import BuildingNodes
from metaviewer.render.building_shaders import NO_CUT
from metaviewer.render.element_live import NO_POINT, element_binding, point_texels
from metaviewer.render.element_palette import UNFED
from metaviewer.render.element_state import (
    HOLLOW,
    cut_height_site_m,
    element_states,
    hidden_elements,
    painted,
)
from metaviewer.render.labels_building import building_labels
from metaviewer.render.labels_text import Label, LiveTexts
from metaviewer.render.section_fill import NO_SELECTED_ID, CutItem
from metaviewer.render.section_planes import summed_planes
from metaviewer.render.shown import SeenScene, StageParts
from metaviewer.scene import BuildingLook, Hit, Item, ItemId, Library, Ray
from metaviewer.scene.camera import vector
from metaviewer.scene.state import Plane
from metaviewer.twin import Columns, Point, limits_s, standings

ITEM_NUMBERS: Final = 4094
"""Item numbers in the place target: 1 to this; the filled face of a cut has the next."""

LIVE_STEP_S: Final = 0.25
"""Ages are judged anew this often: within a second a value that went stale is seen to be."""


class BuildingMaker:
    """Makes buildings for one stage; give one to each stage."""

    def __init__(self) -> None:
        self._group: BuildingGroup | None = None

    def __call__(self, parts: StageParts, item: Item) -> ShownBuilding:
        """What is shown for a new building item."""
        if self._group is None or self._group.is_closed:
            self._group = BuildingGroup(parts)
        return ShownBuilding(parts, item.id, self._group)


class ShownBuilding:
    """One building item; follows `Shown` and `SceneAware`."""

    def __init__(self, parts: StageParts, item_id: ItemId, group: BuildingGroup) -> None:
        self._parts = parts
        self._id = item_id
        self._group = group
        self._item: Item | None = None
        self._building: Building | None = None
        self._nodes: BuildingNodes | None = None
        self._first_id = 0
        self._hidden: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._hollow: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._knows_hollow = False
        self._cut: Plane | None = None
        self._selected: int | None = None
        self._live: Columns | None = None
        self._live_drawn: tuple[Columns | None, float] = (None, -np.inf)
        self._points: tuple[Point, ...] = ()
        self._standing: NDArray[np.uint8] = np.zeros(0, dtype=np.uint8)
        self._fed: NDArray[np.bool_] | None = None
        self._labels_key: tuple[object, ...] = ()
        self._seen: SeenScene | None = None
        self._rank = group.join(item_id)

    def update(self, before: Item | None, after: Item, *, library: Library) -> None:
        """Make what is drawn agree with the item."""
        building = library[after.data_id]
        if not isinstance(building, Building) or not isinstance(after.look, BuildingLook):
            raise RenderError(f"item {after.id} is called a building, but its data is not one")
        self._item = after
        if building is not self._building:
            self._load(building)
        self._place(after)

    def update_live(self, live: Columns | None) -> None:
        """Take the values of this frame; drawn with the scene, which knows the moment."""
        self._live = live

    def update_scene(self, seen: SeenScene) -> None:
        """Take selection, cuts, eyes and moment of this frame."""
        assert self._item is not None
        assert self._nodes is not None
        picked = seen.state.selection
        selected = picked.element if picked is not None and picked.item == self._id else None
        if selected != self._selected:
            self._selected = selected
            self._tell_states()
        has_new_values = self._tell_live(seen.now_s)
        self._cull(seen)
        self._fill_cuts(seen)
        self._tell_labels(seen, has_new_values=has_new_values)
        self._seen = seen

    def pick(self, ray: Ray) -> Hit | None:
        """The element that the ray meets first; what is hidden or cut away is passed through."""
        if self._building is None or self._item is None or not self._item.visible:
            return None
        start_m, end_m = _kept_stretch(ray, self._planes())
        if start_m >= end_m:
            return None
        site_from_world = inverse(self._item.world_from_item)
        begin_world_m = np.array(ray.origin_m) + start_m * np.array(ray.direction)
        found = pick_element(
            self._building,
            origin_site_m=moved(begin_world_m, target_from_source=site_from_world),
            direction_site=site_from_world[:3, :3] @ np.array(ray.direction),
            hidden_mask=self._hidden | self._building.elements.is_space,
        )
        if found is None or start_m + found[1] > end_m:
            return None
        return self._hit(ray, element=found[0], distance_m=start_m + found[1])

    def close(self) -> None:
        """Remove all nodes and textures; safe to call twice."""
        if self._nodes is not None:
            self._nodes.close()
            self._nodes = None
        self._group.leave(self._id)

    def _planes(self) -> list[Plane]:
        clip = () if self._seen is None else self._seen.state.clip
        return [*clip, *([] if self._cut is None else [self._cut])]

    def _hit(self, ray: Ray, *, element: int, distance_m: float) -> Hit:
        assert self._item is not None
        assert self._building is not None
        point_world_m = np.array(ray.origin_m) + distance_m * np.array(ray.direction)
        site_from_world = inverse(self._item.world_from_item)
        point_site_m = moved(point_world_m, target_from_source=site_from_world)
        room = room_on_floor(self._building.elements, point_site_m, hidden=self._hidden)
        return Hit(
            item=self._id,
            point_world_m=vector(point_world_m),
            distance_m=distance_m,
            element=element if room is None else room,
        )

    def _load(self, building: Building) -> None:
        if self._nodes is not None:
            self._nodes.close()
        self._building = building
        self._hollow, self._knows_hollow = np.zeros(0, dtype=np.int64), False
        self._first_id = self._group.take_ids(len(building.elements))
        self._nodes = BuildingNodes(
            self._parts,
            draw_list(building),
            self._group.shaders,
            self._group.sections.root,
            classes=building.elements.classes,
            item_number=1 + crc32(self._id.encode()) % ITEM_NUMBERS,
        )
        self._nodes.set_rank(self._rank)
        self._points, self._fed = (), None
        self._live_drawn = (None, -np.inf)

    def _place(self, item: Item) -> None:
        assert self._nodes is not None
        assert self._building is not None
        assert isinstance(item.look, BuildingLook)
        self._nodes.place(item.world_from_item)
        self._nodes.set_visible(is_visible=item.visible)
        height_m = cut_height_site_m(self._building, item.look)
        self._cut = None if height_m is None else _level(height_m, item)
        self._nodes.set_cut(self._cut or NO_CUT)
        self._hidden = hidden_elements(self._building, item.look)
        self._tell_states()

    def _tell_states(self) -> None:
        assert self._nodes is not None
        assert self._building is not None
        assert self._item is not None
        assert isinstance(self._item.look, BuildingLook)
        states = element_states(self._building, self._item.look, selected=self._selected)
        states[self._hollow, 3] |= HOLLOW
        if self._item.look.colour_by == "live" and self._fed is not None:
            rooms_unfed = np.flatnonzero(self._building.elements.is_space & ~self._fed)
            states = painted(states, rooms_unfed.tolist(), UNFED)
        self._nodes.set_states(states)

    def _tell_live(self, now_s: float | None) -> bool:
        """Hand on the values of this frame; whether there is anything new to write."""
        assert self._nodes is not None
        assert self._building is not None
        live = self._live
        if live is None or not live.points:
            return False
        moment_s = _latest_s(live) if now_s is None else now_s
        if live is self._live_drawn[0] and abs(moment_s - self._live_drawn[1]) < LIVE_STEP_S:
            return False
        if live.points is not self._points:
            self._points = live.points
            self._limit_s = limits_s(live.points)
            binding = element_binding(live.points, self._building.elements.global_ids)
            self._nodes.set_binding(binding, point_count=len(live.points))
            self._fed = (binding.texels[:, 0] != NO_POINT) | (binding.texels[:, 2] != NO_POINT)
            self._tell_states()
        self._standing = standings(live, now_s=moment_s, limit_s=self._limit_s)
        self._nodes.set_points(point_texels(live, self._standing))
        self._live_drawn = (live, moment_s)
        return True

    def _cull(self, seen: SeenScene) -> None:
        assert self._nodes is not None
        boxes = self._nodes.bounds_world_m
        in_view = np.zeros(len(boxes), dtype=np.bool_)
        for view in seen.views:
            in_view |= seen_boxes(boxes, clip_from_world(view.eye), height_px=view.size_px[1])
        quality = seen.quality
        views = [(view.eye, quality.scene_scale * view.size_px[1]) for view in seen.views]
        levels = detail_levels(boxes, views, detail_px=quality.detail_px)
        self._nodes.set_in_view(in_view, levels)

    def _fill_cuts(self, seen: SeenScene) -> None:
        assert self._nodes is not None
        assert self._building is not None
        selected_id = NO_SELECTED_ID if self._selected is None else self._first_id + self._selected
        item = CutItem(
            bounds_world_m=self._nodes.bounds_of_all_m,
            own_cut=self._cut,
            selected_id=float(selected_id),
        )
        cuts = self._group.fill_cuts(self._id, item, seen)
        if cuts and not self._knows_hollow:
            self._knows_hollow = True
            self._hollow = np.flatnonzero(~has_inside(self._building))
            self._tell_states()
        own = [*seen.state.clip, *([] if self._cut is None else [self._cut])]
        self._nodes.set_sections(summed_planes(cuts, own), first_id=self._first_id)

    def _tell_labels(self, seen: SeenScene, *, has_new_values: bool) -> None:
        assert self._item is not None
        assert self._building is not None
        wants = seen.state.show_labels and self._item.visible
        key = (self._item, wants, has_new_values)
        if key != self._labels_key:
            labels = self._labels() if wants else ()
            self._group.labels.put(self._id, labels, world_from_site=self._item.world_from_item)
            self._labels_key = (self._item, wants, False)
        self._group.place_labels(self._id, seen)

    def _labels(self) -> tuple[Label, ...]:
        assert self._item is not None
        assert self._building is not None
        assert isinstance(self._item.look, BuildingLook)
        live = None
        columns, moment_s = self._live_drawn
        if columns is not None:
            live = LiveTexts(columns=columns, standing=self._standing, now_s=moment_s)
        return building_labels(self._building, self._item.look, hidden=self._hidden, live=live)


def _level(height_site_m: float, item: Item) -> Plane:
    """The plane that keeps what lies below a height of the building, in world metres."""
    down_world = item.world_from_item[:3, :3] @ np.array([0.0, 0.0, -1.0])
    down_world /= np.linalg.norm(down_world)
    point_world_m = moved([0.0, 0.0, height_site_m], target_from_source=item.world_from_item)
    x, y, z = vector(down_world)
    return x, y, z, -float(down_world @ point_world_m)


def _kept_stretch(ray: Ray, planes: Sequence[Plane]) -> tuple[float, float]:
    """From where to where along the ray nothing is cut away, metres."""
    start_m, end_m = 0.0, np.inf
    for *normal, offset in planes:
        height = float(np.dot(normal, ray.origin_m)) + offset
        rise = float(np.dot(normal, ray.direction))
        if rise > 0.0:
            start_m = max(start_m, -height / rise)
        elif rise < 0.0:
            end_m = min(end_m, height / -rise)
        elif height < 0.0:
            return 0.0, 0.0
    return start_m, end_m


def _latest_s(live: Columns) -> float:
    """Without a clock the newest value is now."""
    heard = live.received_s[np.isfinite(live.received_s)]
    return float(heard.max()) if len(heard) else 0.0
