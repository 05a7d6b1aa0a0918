"""What shaders of world geometry know about the eye and the cut: twin of ``common/view.glsl``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metaviewer.frames import Float64Array, frozen
from metaviewer.render.eye import Eye
from metaviewer.scene import Plane

CLIP_PLANES_MAX: Final = 6
NO_PLANE: Final = (0.0, 0.0, 0.0, 1.0)
"""A plane that cuts nothing."""

KEY_LIGHT_RUF: Final = (-0.45, 0.62, -0.64)
"""Towards the key light as the eye sees it (right, up, forward): over the left shoulder."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ViewInputs:
    """Uniforms of ``common/view.glsl``; given to the cameras, so that no node has to."""

    u_eye_world_m: Float64Array
    u_forward_world: Float64Array
    u_light_world: Float64Array
    u_clip_planes: Float64Array
    u_display_space: float
    u_scene_scale: float


def view_inputs(
    eye: Eye, *, clip: tuple[Plane, ...], is_diagnostic: bool, scene_scale: float = 1.0
) -> ViewInputs:
    """The inputs of one eye; at most `CLIP_PLANES_MAX` planes are taken."""
    planes = [*clip[:CLIP_PLANES_MAX], *[NO_PLANE] * (CLIP_PLANES_MAX - len(clip))]
    return ViewInputs(
        u_eye_world_m=np.append(eye.position_m, 0.0 if eye.is_parallel else 1.0),
        u_forward_world=eye.forward,
        u_light_world=key_light_world(eye),
        u_clip_planes=frozen(planes),
        u_display_space=float(is_diagnostic),
        u_scene_scale=scene_scale,
    )


def key_light_world(eye: Eye) -> Float64Array:
    """Direction towards the key light, length 1: it goes with the viewer."""
    right, up, forward = KEY_LIGHT_RUF
    toward = eye.world_from_camera[:3, :3] @ np.array([right, forward, up])
    return frozen(toward / np.linalg.norm(toward))


def eye_distance_mm(points_world_m_n3: ArrayLike, *, eye: Eye) -> Float64Array:
    """Distance from the eye in mm; for a parallel eye from its plane."""
    away = np.asarray(points_world_m_n3, dtype=np.float64) - eye.position_m
    along = away @ eye.forward if eye.is_parallel else np.linalg.norm(away, axis=-1)
    return np.asarray(1000.0 * along)


def toward_eye(points_world_m_n3: ArrayLike, *, eye: Eye) -> Float64Array:
    """Unit vectors from points towards the eye."""
    points = np.asarray(points_world_m_n3, dtype=np.float64)
    away = (
        np.broadcast_to(-eye.forward, points.shape) if eye.is_parallel else eye.position_m - points
    )
    unit: Float64Array = away / np.linalg.norm(away, axis=-1, keepdims=True)
    return unit


def is_clipped(points_world_m_n3: ArrayLike, *, clip: tuple[Plane, ...]) -> NDArray[np.bool_]:
    """Whether each point lies on the cut-away side of any plane."""
    points = np.asarray(points_world_m_n3, dtype=np.float64)
    planes = np.asarray(clip, dtype=np.float64).reshape(-1, 4)
    return np.asarray((points @ planes[:, :3].T + planes[:, 3] < 0.0).any(axis=-1))
