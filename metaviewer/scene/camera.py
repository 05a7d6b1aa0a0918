"""From where, and through which lens, a view is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from metaviewer.errors import GeometryError
from metaviewer.frames import Float64Array, corners_of, frozen

Vector = tuple[float, float, float]
CameraWord = Literal["front", "back", "left", "right", "top", "iso"]

DEFAULT_FOV_DEG: Final = 35.0
FRAME_MARGIN: Final = 1.12
"""Room left around what is framed, as a factor of its size in the picture."""
NEAREST_M: Final = 1e-3
"""Least distance from the eye to what is framed."""

# World: x right, y away, z up. "front" looks along +y: a patient in LPS faces you.
# A named direction is where the EYE stands, as seen by the thing looked at.
EYE_DIRECTIONS: Final[dict[str, Vector]] = {
    "front": (0.0, -1.0, 0.0),
    "back": (0.0, 1.0, 0.0),
    "left": (1.0, 0.0, 0.0),  # the patient's left is world +x (LPS)
    "right": (-1.0, 0.0, 0.0),
    "top": (0.0, 0.0, 1.0),
    "iso": (0.55, -0.72, 0.42),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera in world metres.

    Parameters
    ----------
    fov_deg : float
        Vertical field of view, 1..120.
    orthographic_height_m : float or None
        Height of what is seen where the view is parallel; None for perspective.
    """

    eye_m: Vector
    target_m: Vector
    up: Vector = (0.0, 0.0, 1.0)
    fov_deg: float = DEFAULT_FOV_DEG
    orthographic_height_m: float | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that would end the render loop (a NaN position does)."""
        numbers = (*self.eye_m, *self.target_m, *self.up, self.fov_deg)
        if not np.all(np.isfinite(numbers)):
            raise GeometryError("a camera has a number that is not finite")
        if not 1.0 <= self.fov_deg <= 120.0:
            raise GeometryError(
                f"a camera's field of view is {self.fov_deg:g} degrees, not 1 to 120"
            )

    @property
    def world_from_camera(self) -> Float64Array:
        """Camera frame: x right, y forward, z up (Panda3D's own), shape (4, 4)."""
        forward = _unit(np.subtract(self.target_m, self.eye_m))
        right = np.cross(forward, self.up)
        if np.linalg.norm(right) < 1e-9:  # looking along "up": any right will do, y is away
            right = np.cross(forward, (0.0, 1.0, 0.0))
        right = _unit(right)
        matrix = np.eye(4)
        matrix[:3, 0] = right
        matrix[:3, 1] = forward
        matrix[:3, 2] = np.cross(right, forward)
        matrix[:3, 3] = self.eye_m
        return frozen(matrix)


def framing(
    bounds_world_m: Float64Array,
    *,
    direction: Vector,
    fov_deg: float = DEFAULT_FOV_DEG,
    aspect: float = 4 / 3,
) -> Camera:
    """Nearest camera from `direction` that sees the whole box (2, 3), with a margin around it."""
    low, high = bounds_world_m
    center = (low + high) / 2.0
    towards = _unit(np.asarray(direction, dtype=np.float64))
    start = Camera(eye_m=vector(center + towards), target_m=vector(center), fov_deg=fov_deg)
    axes = start.world_from_camera[:3, :3]
    right, forward, up = ((corners_of(bounds_world_m) - center) @ axes).T
    half = np.tan(np.radians(fov_deg) / 2.0)
    needed_m = np.maximum(np.abs(up), np.abs(right) / aspect) * FRAME_MARGIN / half - forward
    distance_m = max(float(needed_m.max()), NEAREST_M)
    return Camera(
        eye_m=vector(center + towards * distance_m), target_m=vector(center), fov_deg=fov_deg
    )


def framing_of_points(
    points_world_m_n3: Float64Array,
    *,
    direction: Vector,
    fov_deg: float = DEFAULT_FOV_DEG,
    aspect: float = 4 / 3,
) -> Camera:
    """Nearest camera from `direction` that sees all points, their outline in the middle.

    `framing` keeps the middle of one box in the middle of the picture; here what is seen decides,
    so that a building without a tower at its corner leaves no room for one.
    """
    center = (points_world_m_n3.min(axis=0) + points_world_m_n3.max(axis=0)) / 2.0
    towards = _unit(np.asarray(direction, dtype=np.float64))
    start = Camera(eye_m=vector(center + towards), target_m=vector(center), fov_deg=fov_deg)
    axes = start.world_from_camera[:3, :3]
    right, forward, up = ((points_world_m_n3 - center) @ axes).T
    slope = np.tan(np.radians(fov_deg) / 2.0) / FRAME_MARGIN
    side, side_back_m = _between_sides(right, forward, slope * aspect)
    rise, rise_back_m = _between_sides(up, forward, slope)
    back_m = max(side_back_m, rise_back_m, float(-forward.min()) + NEAREST_M)
    target = center + axes[:, 0] * side + axes[:, 2] * rise
    return Camera(eye_m=vector(target + towards * back_m), target_m=vector(target), fov_deg=fov_deg)


def _between_sides(
    across_m: Float64Array, forward_m: Float64Array, slope: float
) -> tuple[float, float]:
    """Where between two sides of a view of that slope all points lie, and how far back it stands.

    A point is inside where ``|across - side| <= slope * (forward + back)``.
    """
    above = float((across_m - slope * forward_m).max())
    below = float((-across_m - slope * forward_m).max())
    return (above - below) / 2.0, (above + below) / (2.0 * slope)


def vector(numbers: object) -> Vector:
    """Three plain floats of anything array-like."""
    x, y, z = (float(number) for number in np.asarray(numbers, dtype=np.float64))
    return x, y, z


def _unit(direction: Float64Array) -> Float64Array:
    length = float(np.linalg.norm(direction))
    if length < 1e-12:
        raise GeometryError("a camera looks nowhere: eye and target are the same point")
    unit: Float64Array = direction / length
    return unit
