"""Labels hang neither through walls nor over a patient; alarms are always told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaviewer.frames import translation
from metaviewer.render.building_cull import clip_from_world
from metaviewer.render.building_shown import BuildingMaker
from metaviewer.render.eye import eye_of
from metaviewer.render.labels_layout import uncluttered
from metaviewer.render.labels_sight import (
    SIGHTS_A_LABEL,
    WHATEVER_IS_BEFORE,
    in_sight,
    sight_texels,
    volume_boxes_px,
)
from metaviewer.render.labels_text import RANK_ALARM, RANK_BED, RANK_ROOM, Label, room_labels
from metaviewer.render.shown import SeenScene
from metaviewer.render.stage import Stage
from metaviewer.scene import BuildingLook, Camera, Item, Library, State, View
from tests.render.boxes import Box, building_of
from tests.render.gl import ball_volume, volume_item

SIZE = (160, 120)


def label(rank: int, **fields) -> Label:
    return Label(anchor_site_m=(0.0, 0.0, 0.0), text="1D38", rank=rank, element=0, **fields)


def test_a_room_is_looked_for_all_over_its_floor_and_an_alarm_is_not_looked_for():
    corners = np.array([[[-2.0, -1, 0], [-2, 1, 0], [2, -1, 0], [2, 1, 0]]])
    labels = [label(RANK_ROOM, floor_site_m=corners[0]), label(RANK_ALARM)]
    floors = np.concatenate([corners, np.full((1, 4, 3), np.nan)])
    texels = sight_texels(labels, np.zeros((2, 3)), floors).reshape(2, SIGHTS_A_LABEL, 4)
    room, alarm = texels
    assert len(np.unique(room[:, :2].round(3), axis=0)) == SIGHTS_A_LABEL
    assert np.ptp(room[:, 0]) == pytest.approx(2.8)
    assert np.ptp(room[:, 1]) == pytest.approx(1.4)
    assert (alarm[:, 3] == WHATEVER_IS_BEFORE).all()
    assert not alarm[:, :3].any()


def test_over_a_patient_only_an_alarm_has_room():
    places, boxes = np.full((3, 2), 60.0), np.tile([-10.0, -5.0, 10.0, 5.0], (3, 1))
    clear = np.array([[40.0, 40.0, 80.0, 80.0]])
    for ranks, wanted in (([RANK_ROOM, RANK_BED, RANK_ROOM], False), ([20, RANK_ALARM, 20], True)):
        shown = uncluttered(
            places,
            np.ones(3),
            boxes,
            np.array(ranks),
            size_px=SIZE,
            kept_clear_px=clear,
        )
        assert shown.any() == wanted
        assert shown[1] == wanted


def test_a_volume_keeps_clear_what_it_covers_unless_it_is_hidden_or_behind():
    volume = ball_volume()
    camera = Camera(eye_m=(0.0, -1.0, 0.0), target_m=(0.0, 0.0, 0.0))
    clip = clip_from_world(eye_of(camera, aspect=SIZE[0] / SIZE[1]))
    item = volume_item()
    library = Library().with_datum(item.data_id, volume)

    def boxes(shown: Item) -> np.ndarray:
        seen = SeenScene(state=State(items=(shown,)), views=(), now_s=None, library=library)
        return volume_boxes_px(seen, clip, size_px=SIZE)

    ((left, bottom, right, top),) = boxes(item)
    assert left < SIZE[0] / 2 < right
    assert bottom < SIZE[1] / 2 < top
    assert not len(boxes(replace(item, visible=False)))
    behind = translation((0.0, -5.0, 0.0)) @ item.world_from_item
    assert not len(boxes(replace(item, world_from_item=behind)))


def wards(gl_context, *, wall_m: float) -> tuple[np.ndarray, bool]:
    """Pixels of the name of a room behind a wall `wall_m` high; and whether it is in sight."""
    boxes = [
        Box(ifc_class="IfcSpace", low=(0.0, 0.0, 0.0), high=(4.0, 4.0, 2.5), name="7"),
        Box(low=(-4.0, -1.0, 0.0), high=(8.0, -0.8, wall_m)),
    ]
    building = building_of(*boxes)
    item = Item(id="a", kind="building", data_id="a", look=BuildingLook(storey_top=0))
    camera = Camera(eye_m=(2.0, -7.0, 3.0), target_m=(2.0, 2.0, 0.0))
    library = Library().with_datum("a", building)
    pictures = []
    with Stage(gl_context, size=SIZE, makers={"building": BuildingMaker()}) as stage:
        before = None
        for shows in (True, False):
            state = State(
                items=(item,),
                views=(View(id="v", kind="space", camera=camera),),
                show_labels=shows,
            )
            stage.sync(before, state, library, None)
            stage.draw()
            pictures.append(stage.picture().astype(int))
            before = state
        away_mm = stage._targets.opaque.pixels(stage._targets.opaque.place)[:, :, 0]
    eye = eye_of(camera, aspect=SIZE[0] / SIZE[1])
    (name, *_) = room_labels(building)
    texels = sight_texels([name], np.array([name.anchor_site_m]), name.floor_site_m[None])
    (is_seen,) = in_sight(texels, clip_from_world(eye), eye=eye, opaque_mm=away_mm.astype(float))
    return np.abs(pictures[0] - pictures[1]).max(axis=2) > 8, bool(is_seen)


def test_a_name_is_not_written_on_the_wall_that_hides_its_room(gl_context):
    """The shader and its twin agree at every height of the wall."""
    for wall_m, is_seen in ((0.1, True), (0.9, True), (6.0, False)):
        pixels, is_seen_by_twin = wards(gl_context, wall_m=wall_m)
        assert is_seen_by_twin == is_seen
        assert (pixels.sum() > 30) == is_seen
