"""An eye: where it stands, what it sees, and the ray through each of its pixels.

The ray is linear in the normalised picture coordinates (x, y), -1 to 1, for a perspective, an
off-centre and a parallel eye alike, so the shader (``common/ray.glsl``) and `ray_through` share one
formula and no matrix is inverted per pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from panda3d.core import Lens, OrthographicLens, PerspectiveLens

from metaviewer.frames import Float64Array
from metaviewer.scene import Camera, Ray
from metaviewer.scene.camera import vector

NEAR_SHARE: Final = 0.01
NEAR_MIN_M: Final = 0.005
NEAR_MAX_M: Final = 0.3
FAR_SHARE: Final = 30.0
FAR_MIN_M: Final = 3000.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Eye:
    """A perspective or parallel eye.

    Parameters
    ----------
    world_from_camera : array of shape (4, 4)
        Camera frame: x right, y forward, z up (Panda3D's own), metres.
    low, high : (float, float)
        Lower left and upper right of what is seen: tangents for perspective, metres for parallel.
    """

    world_from_camera: Float64Array
    low: tuple[float, float]
    high: tuple[float, float]
    is_parallel: bool
    near_m: float
    far_m: float

    @property
    def position_m(self) -> Float64Array:
        """Where the eye stands, shape (3,)."""
        return self.world_from_camera[:3, 3]

    @property
    def forward(self) -> Float64Array:
        """Where it looks, length 1, shape (3,)."""
        return self.world_from_camera[:3, 1]

    def part(self, rect: tuple[float, float, float, float]) -> Eye:
        """The same eye, seeing only a part (left, bottom, width, height, 0..1): one tile."""
        spans = np.subtract(self.high, self.low)
        low = np.add(self.low, spans * rect[:2])
        high = low + spans * rect[2:]
        return Eye(
            world_from_camera=self.world_from_camera,
            low=(float(low[0]), float(low[1])),
            high=(float(high[0]), float(high[1])),
            is_parallel=self.is_parallel,
            near_m=self.near_m,
            far_m=self.far_m,
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RayInputs:
    """Uniforms of ``common/ray.glsl``."""

    u_ray_origin_world_m: Float64Array
    u_ray_origin_dx: Float64Array
    u_ray_origin_dy: Float64Array
    u_ray_toward: Float64Array
    u_ray_toward_dx: Float64Array
    u_ray_toward_dy: Float64Array


def eye_of(camera: Camera, *, aspect: float) -> Eye:
    """The eye of a scene camera in a picture of `aspect` = width / height."""
    distance_m = float(np.linalg.norm(np.subtract(camera.target_m, camera.eye_m)))
    is_parallel = camera.orthographic_height_m is not None
    half = (
        camera.orthographic_height_m / 2.0
        if camera.orthographic_height_m is not None
        else float(np.tan(np.radians(camera.fov_deg) / 2.0))
    )
    return Eye(
        world_from_camera=camera.world_from_camera,
        low=(-half * aspect, -half),
        high=(half * aspect, half),
        is_parallel=is_parallel,
        near_m=float(np.clip(distance_m * NEAR_SHARE, NEAR_MIN_M, NEAR_MAX_M)),
        far_m=max(FAR_MIN_M, distance_m * FAR_SHARE),
    )


def ray_inputs(eye: Eye) -> RayInputs:
    """Centre and slopes of the eye's rays over the normalised picture coordinates."""
    right, forward, up = (eye.world_from_camera[:3, axis] for axis in range(3))
    middle = np.add(eye.low, eye.high) / 2.0
    half = np.subtract(eye.high, eye.low) / 2.0
    aside = right * middle[0] + up * middle[1]
    nothing = np.zeros(3)
    return RayInputs(
        u_ray_origin_world_m=eye.position_m + (aside if eye.is_parallel else nothing),
        u_ray_origin_dx=right * half[0] if eye.is_parallel else nothing,
        u_ray_origin_dy=up * half[1] if eye.is_parallel else nothing,
        u_ray_toward=forward if eye.is_parallel else forward + aside,
        u_ray_toward_dx=nothing if eye.is_parallel else right * half[0],
        u_ray_toward_dy=nothing if eye.is_parallel else up * half[1],
    )


def ray_through(eye: Eye, *, x: float, y: float) -> Ray:
    """The ray through a point of the picture, (0, 0) lower left to (1, 1) upper right."""
    inputs = ray_inputs(eye)
    u, v = 2.0 * x - 1.0, 2.0 * y - 1.0
    origin = inputs.u_ray_origin_world_m + u * inputs.u_ray_origin_dx + v * inputs.u_ray_origin_dy
    toward = inputs.u_ray_toward + u * inputs.u_ray_toward_dx + v * inputs.u_ray_toward_dy
    return Ray(origin_m=vector(origin), direction=vector(toward / np.linalg.norm(toward)))


def picture_point(eye: Eye, point_world_m: Float64Array) -> tuple[float, float, float]:
    """Where a world point stands in the picture (0..1, 0..1), and its depth along the view in m."""
    camera_from_world = np.linalg.inv(eye.world_from_camera)
    x, depth_m, z = camera_from_world[:3, :3] @ point_world_m + camera_from_world[:3, 3]
    scale = 1.0 if eye.is_parallel else max(depth_m, 1e-9)
    spans = np.subtract(eye.high, eye.low)
    share = (np.array([x, z]) / scale - eye.low) / spans
    return float(share[0]), float(share[1]), float(depth_m)


def lens_of(eye: Eye) -> Lens:
    """Panda3D's lens for the eye; a focal length of 1 makes film sizes tangents."""
    lens: Lens = OrthographicLens() if eye.is_parallel else PerspectiveLens()
    if not eye.is_parallel:
        lens.set_focal_length(1.0)
    spans = np.subtract(eye.high, eye.low)
    middle = np.add(eye.low, eye.high) / 2.0
    lens.set_film_size(float(spans[0]), float(spans[1]))
    lens.set_film_offset(float(middle[0]), float(middle[1]))
    lens.set_near_far(eye.near_m, eye.far_m)
    return lens
