"""Poses of the runtime in the program's axes, against arithmetic that shares no code with them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.render.eye import Eye, picture_point
from metaviewer.xr.views import XrEye, XrPose, sound_eyes, stage_from_pose, tangents

unit = st.floats(-1.0, 1.0)
NEVER = float("nan"), float("inf"), -float("inf")
STILL = XrPose(position_xr_m=(0.0, 1.6, 0.0), orientation=(0.0, 0.0, 0.0, 1.0))
EYE = XrEye(pose=STILL, fov=(-0.8, 0.7, 0.75, -0.75))


def turned(q: tuple[float, ...], v: tuple[float, ...]) -> np.ndarray:
    """v turned by the quaternion x, y, z, w: Hamilton's product, written out."""
    axis, w, v = np.array(q[:3]), q[3], np.array(v)
    return v + 2.0 * w * np.cross(axis, v) + 2.0 * np.cross(axis, np.cross(axis, v))


@given(st.tuples(unit, unit, unit, unit).filter(lambda q: sum(p * p for p in q) > 0.2))
def test_a_pose_turns_and_moves_as_hamiltons_product_says(q: tuple[float, ...]):
    """A hand mirrored left to right looks right until the person turns it."""
    length = math.sqrt(sum(part * part for part in q))
    q = tuple(part / length for part in q)
    pose = XrPose(position_xr_m=(1.0, 2.0, 3.0), orientation=q)
    point_xr = np.array([1.0, 2.0, 3.0]) + turned(q, (0.1, 0.2, -0.7))
    expected_world = point_xr[0], -point_xr[2], point_xr[1]
    # The same point of the hand, told in our axes: right, away, up.
    given_world = stage_from_pose(pose) @ (0.1, 0.7, 0.2, 1.0)
    assert np.allclose(given_world[:3], expected_world, atol=1e-12)


def test_an_unturned_head_at_eye_height_looks_along_y():
    stage = stage_from_pose(STILL)
    assert np.allclose(stage[:3, 3], (0.0, 0.0, 1.6))
    assert np.allclose(stage[:3, :3], np.eye(3))


@given(unit, unit, st.floats(0.3, 9.0))
def test_a_point_lands_where_its_angles_lie_in_the_asymmetric_view(x: float, z: float, y: float):
    """Left and right angle swapped shift every picture towards the nose."""
    low, high = tangents(EYE)
    eye = Eye(
        world_from_camera=stage_from_pose(STILL),
        low=low,
        high=high,
        is_parallel=False,
        near_m=0.05,
        far_m=100.0,
    )
    across, up, depth = picture_point(eye, np.array([x, y, 1.6 + z]))
    left, right, top, bottom = EYE.fov
    assert depth == pytest.approx(y)
    wanted = (x / y - math.tan(left)) / (math.tan(right) - math.tan(left))
    assert across == pytest.approx(wanted, abs=1e-9)
    wanted = (z / y - math.tan(bottom)) / (math.tan(top) - math.tan(bottom))
    assert up == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("flags", [0, 1, 2, 12])
def test_no_eye_stands_where_the_runtime_does_not_vouch_for_it(flags: int):
    assert sound_eyes([EYE, EYE], flags=flags) is None
    assert sound_eyes([EYE, EYE], flags=flags | 3) == (EYE, EYE)


@pytest.mark.parametrize("number", NEVER)
@pytest.mark.parametrize("place", range(11))
def test_no_eye_is_made_of_what_is_no_number(number: float, place: int):
    numbers = [*STILL.position_xr_m, *STILL.orientation, *EYE.fov]
    numbers[place] = number
    pose = XrPose(position_xr_m=tuple(numbers[:3]), orientation=tuple(numbers[3:7]))
    bent = XrEye(pose=pose, fov=tuple(numbers[7:]))
    assert sound_eyes([EYE, bent], flags=15) is None


@pytest.mark.parametrize(
    "fov", [(0.7, -0.8, 0.75, -0.75), (-0.8, 0.7, -0.75, 0.75), (-1.6, 0.7, 0.7, -0.7), (0,) * 4]
)
def test_no_eye_has_a_view_that_is_none(fov: tuple[float, ...]):
    assert sound_eyes([EYE, XrEye(pose=STILL, fov=fov)], flags=15) is None


@pytest.mark.parametrize("orientation", [(0, 0, 0, 0), (0, 0, 0, 1.05), (0, 0, 0, 0.9)])
def test_an_orientation_off_the_unit_sphere_is_none(orientation: tuple[float, ...]):
    pose = XrPose(position_xr_m=(0.0, 0.0, 0.0), orientation=orientation)
    assert sound_eyes([EYE, XrEye(pose=pose, fov=EYE.fov)], flags=15) is None
