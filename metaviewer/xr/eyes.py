"""The eyes of a headset in the world, and the two halves of the picture that they see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from metaviewer.frames import Float64Array, frozen
from metaviewer.interact import Standing
from metaviewer.render import Eye
from metaviewer.scene import State, View, ViewId
from metaviewer.xr.views import XrEye, XrSpace, stage_from_pose, tangents

LEFT, RIGHT = ViewId("left eye"), ViewId("right eye")
NEAR_M: Final = 0.05
"""Nearer things cannot be looked at with both eyes."""
FAR_M: Final = 3000.0
HALVES: Final = ((0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 0.5, 1.0))


def eyes_in_world(eyes: Sequence[XrEye], *, standing: Standing, space: XrSpace) -> tuple[Eye, Eye]:
    """Left and right eye where the person stands.

    The person's scale moves the eyes apart with everything else, which is what makes a giant see a
    table model; the frusta stay as the runtime gave them.
    """
    left, right = (_eye_in_world(eye, standing=standing, space=space) for eye in eyes)
    return left, right


def floor_from_space(space: XrSpace) -> Float64Array:
    """From the runtime's space, in our axes, to the stage whose floor lies at height 0."""
    lifted = np.eye(4)
    lifted[2, 3] = -space.floor_xr_m
    return frozen(lifted)


def seen_by_both(state: State, view: View) -> State:
    """The same scene with one 3D view for each eye, side by side."""
    left, right = (
        replace(view, id=name, kind="space", rect=rect)
        for name, rect in zip((LEFT, RIGHT), HALVES, strict=True)
    )
    return replace(state, views=(left, right))


def _eye_in_world(eye: XrEye, *, standing: Standing, space: XrSpace) -> Eye:
    stage_from_eye = floor_from_space(space) @ stage_from_pose(eye.pose)
    scaled = standing.world_from_stage @ stage_from_eye
    camera = scaled.copy()
    camera[:3, :3] /= standing.scale
    low, high = tangents(eye)
    return Eye(
        world_from_camera=frozen(camera),
        low=low,
        high=high,
        is_parallel=False,
        near_m=NEAR_M * standing.scale,
        far_m=FAR_M * max(standing.scale, 1.0),
    )
