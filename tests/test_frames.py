"""Frames: no conversion mirrors, swaps or loses a unit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer import frames
from metaviewer.errors import GeometryError

numbers = st.floats(-1e4, 1e4)
points = st.tuples(numbers, numbers, numbers)


@pytest.mark.parametrize(
    "transform",
    [frames.WORLD_FROM_LPS, frames.LPS_FROM_RAS, frames.WORLD_FROM_XR, frames.SITE_FROM_GLTF],
)
def test_every_conversion_keeps_left_and_right_apart(transform):
    """A flipped sign in one axis turns the determinant negative."""
    assert frames.is_right_handed(transform)


def test_a_patient_in_front_of_you_has_the_left_hand_on_your_right():
    """LPS +x is the patient's left; world +x is the picture's right; millimetres become metres."""
    np.testing.assert_allclose(
        frames.moved((100.0, 200.0, 300.0), target_from_source=frames.WORLD_FROM_LPS),
        (0.1, 0.2, 0.3),
    )


def test_the_headset_looks_along_its_minus_z_which_is_away_in_the_world():
    """An axis swap would send (1, 2, 3) elsewhere (OpenXR 1.1 section 2.16)."""
    moved = frames.moved((1.0, 2.0, 3.0), target_from_source=frames.WORLD_FROM_XR)
    np.testing.assert_allclose(moved, (1.0, -3.0, 2.0))


@given(point=points, offset=points)
def test_a_transform_and_its_inverse_give_the_point_back(point, offset):
    """An inverse that forgets the translation misses by the offset."""
    transform = frames.translation(offset) @ frames.WORLD_FROM_XR @ frames.scaling(0.001)
    there = frames.moved(point, target_from_source=transform)
    back = frames.moved(there, target_from_source=frames.inverse(transform))
    np.testing.assert_allclose(back, point, atol=1e-6)


def test_a_flat_transform_has_no_inverse_and_says_so():
    with pytest.raises(GeometryError, match="inverse"):
        frames.inverse(frames.frozen(np.diag([1.0, 1.0, 0.0, 1.0])))


def test_shared_transforms_cannot_be_written():
    """A caller that scales `WORLD_FROM_LPS` in place would scale every patient."""
    with pytest.raises(ValueError, match="read-only"):
        frames.WORLD_FROM_LPS[0, 0] = 5.0


def test_the_corners_of_a_box_are_its_eight_corners():
    corners = frames.corners_of([[0, 1, 2], [10, 11, 12]])
    assert {tuple(corner) for corner in corners} == {
        (x, y, z) for x in (0, 10) for y in (1, 11) for z in (2, 12)
    }


def test_a_turn_goes_from_the_first_axis_towards_the_second():
    """The sine's sign swapped, a patient at a bedside faces the wall."""
    turned = frames.moved((1.0, 2.0, 3.0), target_from_source=frames.turning(90.0))
    np.testing.assert_allclose(turned, (-2.0, 1.0, 3.0), atol=1e-12)
