"""What a headset's eyes see: from the runtime's poses to eyes in the world. Pure.

Nothing that is not known is drawn for: a pose whose valid bits are clear, that holds no number or
whose orientation is no rotation makes no eye at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, pi, sqrt, tan
from typing import Final

import numpy as np

from metaviewer.frames import WORLD_FROM_XR, Float64Array, frozen
from metaviewer.xr.calls import Foreign

ORIENTATION_VALID: Final = 1
POSITION_VALID: Final = 2
ORIENTATION_TRACKED: Final = 4
POSITION_TRACKED: Final = 8
VALID: Final = ORIENTATION_VALID | POSITION_VALID
TRACKED: Final = ORIENTATION_TRACKED | POSITION_TRACKED
UNIT_TOLERANCE: Final = 0.01
"""OpenXR 1.1, section 2.16: a unit quaternion within 1 % of length 1."""
FOV_MAX: Final = 0.49 * pi
"""No flat picture holds a view of half a circle."""
PLACE_MAX_M: Final = 1e5
XR_FROM_WORLD: Final = frozen(WORLD_FROM_XR.T)


@dataclass(frozen=True, slots=True, kw_only=True)
class XrPose:
    """A pose in the runtime's space: metres, and a quaternion x, y, z, w."""

    position_xr_m: tuple[float, float, float]
    orientation: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class XrEye:
    """An eye as the runtime gives it; angles are left, right, up, down in radians."""

    pose: XrPose
    fov: tuple[float, float, float, float]


def pose_of(pose: Foreign) -> XrPose:
    """The numbers of a runtime's `XrPosef`, as they are."""
    at, turn = pose.position, pose.orientation
    return XrPose(position_xr_m=(at.x, at.y, at.z), orientation=(turn.x, turn.y, turn.z, turn.w))


def is_sound_pose(pose: XrPose) -> bool:
    """Whether the pose is one: finite, within 100 km, its orientation a rotation."""
    numbers = (*pose.position_xr_m, *pose.orientation)
    if not all(isfinite(number) for number in numbers):
        return False
    length = sqrt(sum(part * part for part in pose.orientation))
    near = all(abs(part) < PLACE_MAX_M for part in pose.position_xr_m)
    return near and abs(length - 1.0) <= UNIT_TOLERANCE


def is_sound_eye(eye: XrEye) -> bool:
    """Whether something can be drawn for the eye."""
    left, right, up, down = eye.fov
    if not all(isfinite(angle) and abs(angle) < FOV_MAX for angle in eye.fov):
        return False
    return left < right and down < up and is_sound_pose(eye.pose)


def sound_eyes(eyes: Sequence[XrEye], *, flags: int) -> tuple[XrEye, XrEye] | None:
    """Both eyes where the runtime knows where they are, else None."""
    if flags & VALID != VALID or len(eyes) != 2 or not all(is_sound_eye(eye) for eye in eyes):
        return None
    left, right = eyes
    return left, right


def stage_from_pose(pose: XrPose) -> Float64Array:
    """The pose as a transform between frames of the program: x right, y away, z up; metres.

    Both the stage and what is posed change from OpenXR's axes to ours, so that an unturned head
    looks along +y.
    """
    x, y, z, w = np.divide(pose.orientation, np.linalg.norm(pose.orientation))
    turned = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turned
    matrix[:3, 3] = pose.position_xr_m
    return frozen(WORLD_FROM_XR @ matrix @ XR_FROM_WORLD)


def tangents(eye: XrEye) -> tuple[tuple[float, float], tuple[float, float]]:
    """Lower left and upper right of what the eye sees, as tangents: `render.Eye`'s low and high."""
    left, right, up, down = eye.fov
    return (tan(left), tan(down)), (tan(right), tan(up))
