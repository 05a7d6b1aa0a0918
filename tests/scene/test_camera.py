"""Cameras see what they are asked to see, the right way up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.errors import GeometryError
from metaviewer.frames import corners_of
from metaviewer.scene import EYE_DIRECTIONS, Camera, framing, framing_of_points

coordinate = st.floats(-50.0, 50.0)
edge = st.floats(0.01, 60.0)
away = st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1)).filter(
    lambda direction: np.linalg.norm(direction) > 0.1
)


@given(
    low=st.tuples(coordinate, coordinate, coordinate),
    size=st.tuples(edge, edge, edge),
    direction=away,
    aspect=st.floats(0.4, 3.0),
)
def test_all_eight_corners_are_in_the_picture_and_one_nearly_touches_its_edge(
    low, size, direction, aspect
):
    """A framing that forgets the aspect or the depth cuts a corner off, or leaves it tiny."""
    bounds = np.array([low, np.add(low, size)])
    camera = framing(bounds, direction=direction, aspect=aspect)
    local = np.linalg.inv(camera.world_from_camera) @ np.c_[corners_of(bounds), np.ones(8)].T
    half = np.tan(np.radians(camera.fov_deg) / 2.0)
    assert local[1].min() > 0.0
    seen = np.maximum(np.abs(local[2]), np.abs(local[0]) / aspect) / local[1] / half
    assert 0.85 < seen.max() < 1.0


@given(
    points=st.lists(st.tuples(coordinate, coordinate, coordinate), min_size=2, max_size=30),
    direction=away,
    aspect=st.floats(0.4, 3.0),
)
def test_an_outline_stands_in_the_middle_and_touches_the_margin_on_both_sides(
    points, direction, aspect
):
    """The middle of a box is not the middle of what is seen: a wing at one side left it askew."""
    camera = framing_of_points(np.array(points), direction=direction, aspect=aspect)
    local = np.linalg.inv(camera.world_from_camera) @ np.c_[points, np.ones(len(points))].T
    assert local[1].min() > 0.0
    half = np.tan(np.radians(camera.fov_deg) / 2.0)
    across = local[0] / local[1] / half / aspect
    along = local[2] / local[1] / half
    wide, high = np.ptp(across) / 2.0, np.ptp(along) / 2.0
    assert max(np.abs(across).max(), np.abs(along).max()) < 0.9
    if np.ptp(points, axis=0).max() > 1.0 and camera_is_bound_by_sides(local):
        assert max(wide, high) > 0.89


def camera_is_bound_by_sides(local):
    """Not merely kept in front of the nearest point."""
    return local[1].min() > 0.01


@pytest.mark.parametrize(("word", "axis"), [("front", 0), ("back", 0), ("left", 1), ("right", 1)])
def test_named_views_are_level_and_head_up(word, axis):
    camera = framing(np.array([[-1.0, -1, -1], [1, 1, 1]]), direction=EYE_DIRECTIONS[word])
    np.testing.assert_allclose(camera.world_from_camera[:3, 2], (0, 0, 1), atol=1e-9)
    assert abs(camera.world_from_camera[axis, 0]) == pytest.approx(1.0)


def test_from_the_front_the_patient_s_left_is_on_the_picture_s_right():
    """Radiological convention: LPS +x (left) to the right of the picture."""
    camera = framing(np.array([[-1.0, -1, -1], [1, 1, 1]]), direction=EYE_DIRECTIONS["front"])
    np.testing.assert_allclose(camera.world_from_camera[:3, 0], (1, 0, 0), atol=1e-9)


def test_a_camera_that_looks_straight_down_has_the_world_s_y_up_in_the_picture():
    camera = Camera(eye_m=(0.0, 0.0, 10.0), target_m=(0.0, 0.0, 0.0))
    np.testing.assert_allclose(camera.world_from_camera[:3, 2], (0, 1, 0), atol=1e-9)


@pytest.mark.parametrize("eye", [(np.nan, 0, 0), (np.inf, 0, 0)])
def test_a_place_that_is_no_number_is_refused_before_it_ends_the_loop(eye):
    with pytest.raises(GeometryError):
        Camera(eye_m=eye, target_m=(0.0, 0.0, 0.0))
