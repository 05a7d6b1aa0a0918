"""How a camera moves: pure arithmetic on `Camera`, for mouse, keys and scripts alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from metaviewer.frames import Float64Array
from metaviewer.scene import Camera, vector

TILT_MAX_DEG: Final = 89.0
"""Closer to straight up or down, left and right would flip."""
DISTANCE_M_MIN: Final = 0.002
DISTANCE_M_MAX: Final = 20_000.0


def orbited(camera: Camera, *, turn_deg: float, tilt_deg: float) -> Camera:
    """Camera moved around its target: `turn_deg` about up, `tilt_deg` over it."""
    offset = np.subtract(camera.eye_m, camera.target_m)
    distance_m = float(np.linalg.norm(offset))
    azimuth = np.arctan2(offset[1], offset[0]) + np.radians(turn_deg)
    elevation = np.arcsin(np.clip(offset[2] / distance_m, -1.0, 1.0)) + np.radians(tilt_deg)
    limit = np.radians(TILT_MAX_DEG)
    elevation = np.clip(elevation, -limit, limit)
    around = (
        np.cos(elevation) * np.cos(azimuth),
        np.cos(elevation) * np.sin(azimuth),
        np.sin(elevation),
    )
    eye = np.add(camera.target_m, np.multiply(around, distance_m))
    return replace(camera, eye_m=vector(eye))


def panned(camera: Camera, *, right: float, up: float) -> Camera:
    """Camera slid in its own plane; 1 is the height of what it sees at its target."""
    axes = camera.world_from_camera
    offset_m = (axes[:3, 0] * right + axes[:3, 2] * up) * seen_height_m(camera)
    return _slid(camera, offset_m)


def zoomed(camera: Camera, *, factor: float, about_m: Float64Array | None = None) -> Camera:
    """Camera nearer (`factor` below 1) or farther; the point `about_m` stays where it is seen."""
    center = np.asarray(camera.target_m if about_m is None else about_m, dtype=np.float64)
    distance_m = float(np.linalg.norm(np.subtract(camera.eye_m, camera.target_m)))
    factor = float(
        np.clip(factor, DISTANCE_M_MIN / distance_m, DISTANCE_M_MAX / distance_m),
    )
    eye = center + (np.asarray(camera.eye_m) - center) * factor
    target = center + (np.asarray(camera.target_m) - center) * factor
    height = camera.orthographic_height_m
    return replace(
        camera,
        eye_m=vector(eye),
        target_m=vector(target),
        orthographic_height_m=None if height is None else height * factor,
    )


def flown(camera: Camera, *, right_m: float, forward_m: float, up_m: float) -> Camera:
    """Camera carried along its own right and forward, and straight up."""
    axes = camera.world_from_camera
    offset_m = axes[:3, 0] * right_m + axes[:3, 1] * forward_m
    offset_m[2] += up_m
    return _slid(camera, offset_m)


def turned(camera: Camera, *, turn_deg: float, tilt_deg: float) -> Camera:
    """Camera that stays where it is and looks elsewhere."""
    mirrored = replace(camera, eye_m=camera.target_m, target_m=camera.eye_m)
    moved = orbited(mirrored, turn_deg=turn_deg, tilt_deg=tilt_deg)
    return replace(camera, target_m=moved.eye_m)


def focused(camera: Camera, *, point_m: Float64Array, distance_m: float) -> Camera:
    """Camera that looks at `point_m` from `distance_m`, out of the direction it looked from."""
    away = np.subtract(camera.eye_m, camera.target_m)
    away = away / np.linalg.norm(away)
    return replace(camera, target_m=vector(point_m), eye_m=vector(point_m + away * distance_m))


def between(start: Camera, end: Camera, *, share: float) -> Camera:
    """Camera on the way from `start` to `end`, easing in and out; `share` runs from 0 to 1."""
    eased = share * share * (3.0 - 2.0 * share)

    def mixed(a: tuple[float, ...], b: tuple[float, ...]) -> Float64Array:
        return np.asarray(a) * (1.0 - eased) + np.asarray(b) * eased

    target = mixed(start.target_m, end.target_m)
    away_start = np.subtract(start.eye_m, start.target_m)
    away_end = np.subtract(end.eye_m, end.target_m)
    length_start, length_end = np.linalg.norm(away_start), np.linalg.norm(away_end)
    direction = away_start / length_start * (1.0 - eased) + away_end / length_end * eased
    if np.linalg.norm(direction) < 1e-6:  # opposite directions: go over the top
        direction = np.array([0.0, 0.0, 1.0])
    distance_m = length_start ** (1.0 - eased) * length_end**eased
    eye = target + direction / np.linalg.norm(direction) * distance_m
    return replace(
        end,
        eye_m=vector(eye),
        target_m=vector(target),
        fov_deg=start.fov_deg * (1.0 - eased) + end.fov_deg * eased,
    )


def seen_height_m(camera: Camera) -> float:
    """Height of what the camera sees at the distance of its target."""
    if camera.orthographic_height_m is not None:
        return camera.orthographic_height_m
    distance_m = float(np.linalg.norm(np.subtract(camera.eye_m, camera.target_m)))
    return 2.0 * distance_m * float(np.tan(np.radians(camera.fov_deg) / 2.0))


def _slid(camera: Camera, offset_m: Float64Array) -> Camera:
    return replace(
        camera,
        eye_m=vector(np.add(camera.eye_m, offset_m)),
        target_m=vector(np.add(camera.target_m, offset_m)),
    )
