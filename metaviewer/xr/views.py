"""What a headset's eyes see: from the runtime's poses to eyes in the world. Pure.

Nothing that is not known is drawn for: a pose whose valid bits are clear, that holds no number or
whose orientation is no rotation makes no eye at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, pi, sqrt, tan
from typing import Final, Literal

import numpy as np

from metaviewer.frames import Float64Array
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

SpaceName = Literal["stage", "local_floor", "local"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class XrSpace:
    """Where poses count from.

    Parameters
    ----------
    floor_xr_m : float
        Height of the floor in this space.
    """

    name: SpaceName
    floor_xr_m: float = 0.0

    @property
    def is_guessed(self) -> bool:
        """Whether the height of the floor is our guess."""
        return self.name == "local"


def pose_of(pose: Foreign) -> XrPose:
    """The numbers of a runtime's `XrPosef`, as they are."""
    at, turn = pose.position, pose.orientation
    return XrPose(position_xr_m=(at.x, at.y, at.z), orientation=(turn.x, turn.y, turn.z, turn.w))


def is_sound_pose(pose: XrPose) -> bool:
    """Whether the pose is one: finite, within 100 km, its orientation a rotation."""
    right, up, toward = pose.position_xr_m
    x, y, z, w = pose.orientation
    # What is no number is near nothing, and has no length.
    is_near = max(abs(right), abs(up), abs(toward)) < PLACE_MAX_M
    is_finite = isfinite(right + up + toward)
    return (
        is_near and is_finite and abs(sqrt(x * x + y * y + z * z + w * w) - 1.0) <= UNIT_TOLERANCE
    )


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
    x, y, z, w = pose.orientation
    scale = 2.0 / (x * x + y * y + z * z + w * w)
    right, up, toward = pose.position_xr_m
    # Column by column the rotation of the quaternion, rows and columns in the order x, -z, y:
    # WORLD_FROM_XR on both sides, written out because four of these are made in each frame.
    xx, yy, zz = x * x * scale, y * y * scale, z * z * scale
    xy, xz, yz = x * y * scale, x * z * scale, y * z * scale
    wx, wy, wz = w * x * scale, w * y * scale, w * z * scale
    matrix = np.array(
        (
            (1.0 - yy - zz, -(xz + wy), xy - wz, right),
            (-(xz - wy), 1.0 - xx - yy, -(yz + wx), -toward),
            (xy + wz, -(yz - wx), 1.0 - xx - zz, up),
            (0.0, 0.0, 0.0, 1.0),
        )
    )
    matrix.setflags(write=False)
    return matrix


def tangents(eye: XrEye) -> tuple[tuple[float, float], tuple[float, float]]:
    """Lower left and upper right of what the eye sees, as tangents: `render.Eye`'s low and high."""
    left, right, up, down = eye.fov
    return (tan(left), tan(down)), (tan(right), tan(up))
