"""What a hand does, as numbers that can be trusted. Pure.

A runtime may give values beyond their range, NaN, poses without valid bits, joints of a hand that
is out of sight: none of it gets further than here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import dist, isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import WORLD_FROM_XR, Float64Array, moved
from metaviewer.xr.views import VALID, XrPose, is_sound_pose, stage_from_pose

JOINT_COUNT: Final = 26
PALM, WRIST = 0, 1
THUMB_TIP, INDEX_TIP, MIDDLE_TIP, RING_TIP, LITTLE_TIP = 5, 10, 15, 20, 25
"""`XrHandJointEXT`."""
PINCH_CLOSED_M, PINCH_OPEN_M = 0.015, 0.045
"""Between the tips of thumb and index finger."""
JOINT_REACH_M: Final = 1e4
"""No joint is farther from where the person began, and no number that is none is nearer."""
GRASP_CLOSED_M, GRASP_OPEN_M = 0.045, 0.090
"""From the palm to the tips of the other fingers, on the mean."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HandInput:
    """One hand in one frame.

    Parameters
    ----------
    is_there : bool
        False while it is switched off or out of sight: then nothing is pressed.
    profile : str
        Interaction profile, "" where none is bound.
    stage_from_grip, stage_from_aim : array of shape (4, 4) or None
        Where the palm is; where it points from, along +y. None where that is not known.
    grab, point : float
        0 to 1.
    move : (float, float)
        A stick or pad, right and away, -1 to 1.
    joints_stage_m : array of shape (26, 3) or None
        Of a bare hand, for drawing it; None round a controller.
    """

    is_there: bool = False
    profile: str = ""
    stage_from_grip: Float64Array | None = None
    stage_from_aim: Float64Array | None = None
    grab: float = 0.0
    point: float = 0.0
    menu: bool = False
    clip: bool = False
    move: tuple[float, float] = (0.0, 0.0)
    joints_stage_m: Float64Array | None = None


NO_HAND: Final = HandInput()


def share(value: float) -> float:
    """A trigger's value within 0 to 1; what is no number is not pressed."""
    return min(max(value, 0.0), 1.0) if isfinite(value) else 0.0


def stick(x: float, y: float) -> tuple[float, float]:
    """A stick's place within -1 to 1; what is no number is the middle."""
    if not (isfinite(x) and isfinite(y)):
        return 0.0, 0.0
    return min(max(x, -1.0), 1.0), min(max(y, -1.0), 1.0)


def placed(pose: XrPose, *, flags: int) -> Float64Array | None:
    """A pose where the runtime vouches for it and it is one, else None."""
    if flags & VALID != VALID or not is_sound_pose(pose):
        return None
    return stage_from_pose(pose)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SeenJoints:
    """The 26 joints of a bare hand, each of them known.

    Parameters
    ----------
    points_xr_m : array of shape (26, 3)
    palm : XrPose
    """

    points_xr_m: Float64Array
    palm: XrPose


def sound_joints(flags: NDArray[np.uint64], poses: NDArray[np.float32]) -> SeenJoints | None:
    """The joints, where every one is known; half a hand is none.

    Parameters
    ----------
    flags : array of shape (26,)
        `XrSpaceLocationFlags`.
    poses : array of shape (26, 7)
        Orientation x, y, z, w, then place, as `XrPosef` has them.
    """
    if not np.all(flags & VALID == VALID) or not np.all(np.abs(poses) < JOINT_REACH_M):
        return None
    points = poses[:, 4:].astype(np.float64)
    turn, place = poses[PALM, :4].tolist(), points[PALM].tolist()
    palm = XrPose(position_xr_m=tuple(place), orientation=tuple(turn))
    return SeenJoints(points_xr_m=points, palm=palm) if is_sound_pose(palm) else None


def with_joints(read: HandInput, seen: SeenJoints | None) -> HandInput:
    """With the joints of the bare hand; they act where no controller does."""
    if seen is None:
        return read
    points = seen.points_xr_m
    read = replace(read, joints_stage_m=moved(points, target_from_source=WORLD_FROM_XR))
    if read.is_there:
        return read
    palm = stage_from_pose(seen.palm)
    return replace(
        read,
        is_there=True,
        stage_from_grip=palm,
        stage_from_aim=palm,
        grab=grasp(points.tolist()),
        point=pinch(points.tolist()),
    )


def pinch(joints_m: Sequence[Sequence[float]]) -> float:
    """How far thumb and index finger are closed, 0 to 1."""
    return _closed(dist(joints_m[THUMB_TIP], joints_m[INDEX_TIP]), PINCH_CLOSED_M, PINCH_OPEN_M)


def grasp(joints_m: Sequence[Sequence[float]]) -> float:
    """How far the other fingers are closed round something, 0 to 1."""
    tips = (MIDDLE_TIP, RING_TIP, LITTLE_TIP)
    mean_m = sum(dist(joints_m[PALM], joints_m[tip]) for tip in tips) / len(tips)
    return _closed(mean_m, GRASP_CLOSED_M, GRASP_OPEN_M)


def _closed(gap_m: float, closed_m: float, open_m: float) -> float:
    return share((open_m - gap_m) / (open_m - closed_m))
