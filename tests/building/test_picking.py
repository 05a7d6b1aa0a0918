"""The ray meets what the eye sees first, hidden ones left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.building import element_triangles, pick_element
from tests.building.buildings_made import boxes, placed

ROW = boxes([placed((0, 0, 0)), placed((0, 5, 0)), placed((0, 10, 0), turn_deg=45)])
NONE_HIDDEN = np.zeros(3, dtype=np.bool_)


def pick(origin, direction, hidden=NONE_HIDDEN):
    return pick_element(ROW, origin_site_m=origin, direction_site=direction, hidden_mask=hidden)


def test_the_nearest_is_picked_with_its_distance_in_metres_whatever_the_length_of_the_ray():
    assert pick((0.1, -4, 0.2), (0, 7, 0)) == (0, pytest.approx(3.5))


def test_a_hidden_element_lets_the_ray_through():
    hidden = np.array([True, False, False])
    assert pick((0.1, -4, 0.2), (0, 1, 0), hidden) == (1, pytest.approx(8.5))


def test_a_box_that_is_met_only_by_its_corner_region_is_passed_by():
    """The turned cube's box is 1.41 wide; at 0.65 the ray meets the box and not the cube."""
    assert pick((0.65, 8, 0), (0, 1, 0)) == (2, pytest.approx(2.0 - (np.sqrt(0.5) - 0.65)))
    assert pick((0.70, 9.35, 0), (0, 0, 1)) is None


def test_from_inside_the_far_side_is_met():
    assert pick((0, 0, 0), (1, 0, 0)) == (0, pytest.approx(0.5))


def test_a_ray_behind_or_beside_meets_nothing():
    assert pick((0, -4, 0), (0, -1, 0)) is None
    assert pick((3, -4, 0), (0, 1, 0)) is None


@given(origin=st.tuples(*[st.floats(-20, 20)] * 3), direction=st.tuples(*[st.floats(-1, 1)] * 3))
def test_picking_by_boxes_finds_what_all_triangles_say(origin, direction):
    """The boxes only save work: leaving out one that is met shows here."""
    length = np.linalg.norm(direction)
    if length < 1e-3:
        return
    found = pick(origin, direction)
    corners = np.concatenate([element_triangles(ROW, k) for k in range(3)])
    ahead = np.array(direction) / length
    # A ray along an edge may go either way: it must lie between a narrow and a wide reading.
    wide, narrow = (_nearest(corners, np.array(origin), ahead, seam) for seam in (1e-7, -1e-7))
    distance_m = np.inf if found is None else found[1]
    assert wide - 1e-6 <= distance_m <= narrow + 1e-6


def _nearest(corners, start, ahead, seam):
    """Distance to the nearest triangle, each wider by `seam`, by solving for each one."""
    best = np.inf
    for a, b, c in corners:
        matrix = np.stack([b - a, c - a, -ahead], axis=1)
        if abs(np.linalg.det(matrix)) < 1e-15:
            continue
        u, v, t = np.linalg.solve(matrix, start - a)
        if min(u, v, 1 - u - v) >= -seam and t > 1e-4 - seam:
            best = min(best, t)
    return best
