"""What is framed: the building, not what lies strayed beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaviewer.app.compose import Part, with_building_origins
from metaviewer.app.framed import (
    FACING_PATIENT,
    belonging,
    corners_of_boxes,
    lung_bounds_lps_mm,
    patient_bounds_lps_mm,
    patient_direction,
    seen_bounds_lps_mm,
)
from metaviewer.frames import corners_of
from metaviewer.medical import Volume
from metaviewer.render.eye import eye_of, picture_point
from metaviewer.scene import BuildingLook, Item, framing_of_points
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


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_few_slices_are_seen_on_their_broad_side_and_fill_the_picture(axis):
    """44 slices of a chest seen from the front filled a fifth of the picture's height."""
    size_m = np.full(3, 0.36)
    size_m[axis] = 0.044
    corners = np.indices((2, 2, 2)).reshape(3, -1).T * size_m
    direction = patient_direction(corners)
    camera = framing_of_points(corners, direction=direction, aspect=4 / 3)
    eye = eye_of(camera, aspect=4 / 3)
    seen = np.array([picture_point(eye, corner)[:2] for corner in corners])
    assert (seen.min(axis=0) >= 0.0).all()
    assert (seen.max(axis=0) <= 1.0).all()
    assert np.ptp(seen[:, 1]) > 0.6


def test_a_slab_of_axial_slices_is_seen_as_slices_are_read():
    """From the feet: the patient's left on the right, the front on top."""
    corners = np.indices((2, 2, 2)).reshape(3, -1).T * (0.36, 0.3, 0.044)
    direction = patient_direction(corners)
    eye = eye_of(framing_of_points(corners, direction=direction), aspect=4 / 3)
    middle = corners.mean(axis=0)
    left, front = (
        np.subtract(picture_point(eye, middle + step)[:2], picture_point(eye, middle)[:2])
        for step in ((0.1, 0.0, 0.0), (0.0, -0.1, 0.0))
    )
    assert left[0] > 0.1
    assert front[1] > 0.1


def test_a_whole_patient_faces_you():
    corners = np.indices((2, 2, 2)).reshape(3, -1).T * (0.4, 0.3, 0.3)
    assert patient_direction(corners) == FACING_PATIENT


def chest(*, lung_columns=((10, 25), (35, 50))) -> Volume:
    """Flesh in air, two lungs in it, and a bubble."""
    values = np.full((40, 60, 60), -1000, dtype=np.int16)
    values[:, 5:55, 5:55] = 40
    for low, high in lung_columns:
        values[5:35, 20:40, low:high] = -850
    values[2:4, 45:48, 30:33] = -700
    return Volume(values=values, lps_from_ijk=np.eye(4), modality="CT", unit="HU")


def test_the_lung_look_is_framed_by_the_lungs():
    """A surgeon asks for the lungs; framed by the body they filled two fifths of the picture."""
    bounds = seen_bounds_lps_mm(chest(), preset="lung")
    np.testing.assert_allclose(bounds, [(9.5, 19.5, 4.5), (49.5, 39.5, 34.5)])
    np.testing.assert_array_equal(
        seen_bounds_lps_mm(chest(), preset="bone"), patient_bounds_lps_mm(chest())
    )


@pytest.mark.parametrize("columns", [(), ((0, 25), (35, 60))], ids=["none", "cut"])
def test_without_whole_lungs_the_patient_is_framed(columns):
    scan = chest(lung_columns=columns)
    assert lung_bounds_lps_mm(scan) is None
    np.testing.assert_array_equal(
        seen_bounds_lps_mm(scan, preset="lung"), patient_bounds_lps_mm(scan)
    )
