"""What is framed: the building, not what lies strayed beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaviewer.app.compose import Part, with_building_origins
from metaviewer.app.framed import belonging, corners_of_boxes
from metaviewer.frames import corners_of
from metaviewer.scene import BuildingLook, Item
from tests.render.boxes import Box, building_of


def _boxes(*corners):
    return np.array(corners, dtype=np.float64).reshape(-1, 2, 3)


HOUSE = [[[x, y, 0.0], [x + 5.0, y + 5.0, 3.0]] for x in (0, 5, 10) for y in (0, 5, 10)]


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_small_thing_far_beside_does_not_shrink_the_house(axis):
    """Two terminals without a placement of their own made a house a quarter as large."""
    stray = np.array([[0.0, 0.0, 0.0], [0.3, 0.3, 0.3]])
    stray[:, axis] += 40.0
    kept = belonging(_boxes(*HOUSE, stray))
    assert kept[:-1].all()
    assert not kept[-1]


def test_a_wing_across_a_yard_and_a_lamp_beside_the_door_belong():
    wing = np.array([[60.0, 0.0, 0.0], [75.0, 15.0, 3.0]])
    lamp = np.array([[15.5, 1.0, 2.0], [15.7, 1.2, 2.2]])
    assert belonging(_boxes(*HOUSE, wing, lamp)).all()


def test_of_two_ends_of_a_country_one_is_shown():
    """Part of a railway stands at map coordinates and part at zero."""
    far = np.array([[453_000.0, 0.0, 0.0], [453_020.0, 20.0, 3.0]])
    kept = belonging(_boxes(*HOUSE, far, far + 25.0))
    assert kept[:9].all()
    assert not kept[9:].any()


def test_corners_of_many_boxes_are_those_of_each():
    boxes = _boxes([[1, 2, 3], [4, 5, 6]], [[-1, 0, 2], [7, 8, 9]])
    for box, corners in zip(boxes, corners_of_boxes(boxes), strict=True):
        np.testing.assert_array_equal(corners, corners_of(box))


@pytest.mark.parametrize(("away_m", "is_shown"), [(9_000.0, True), (40_000.0, False)])
def test_a_model_in_another_town_is_hidden_and_says_why(away_m, is_shown):
    """Drawn 40 km away its vertices jitter by millimetres; moved here it would lie."""
    models = [
        replace(building_of(Box(low=(0, 0, 0), high=(1, 1, 1))), origin_site_m=np.array(origin_m))
        for origin_m in ((5_000.0, 0.0, 0.0), (5_000.0, away_m, 0.0))
    ]
    parts = [
        Part(
            item=Item(id=f"{n}", kind="building", data_id=f"{n}", look=BuildingLook()), datum=model
        )
        for n, model in enumerate(models)
    ]
    here, there = (part.item for part in with_building_origins(parts))
    assert here.visible
    assert there.visible == is_shown
    assert ("far_from_origin" in there.badges) == (not is_shown)
    assert there.world_from_item[1, 3] == away_m
