"""A smooth shape through thick slices: what lies between two outlines is between their shapes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array
from metaviewer.surface.marching import Surface, level_surface

THICK_RATIO_MIN: Final = 1.5
"""Slices are thick where they are this many times farther apart than their voxels are wide."""
SUBDIVISION_MIN: Final = 2
SUBDIVISION_MAX: Final = 8
BLUR_STEPS: Final = 0.35
"""Width of the blur in slice distances: rounds the ridge that each outline leaves."""
REACH_STEPS: Final = 4.0
"""Distances beyond so many slice distances count alike, so that a far branch pulls no nearer."""
VOXEL_COUNT_MAX: Final = 1 << 25
"""About 5 s of one core. A larger region is subdivided less, or its mesh is smoothed instead."""
AGREEMENT_MIN: Final = 0.9
"""Share of voxels (Dice) of the mask's own slices that must stay on their side."""


def surface_between_slices(
    mask_kji: NDArray[np.bool_], *, lps_from_ijk: Float64Array, volume_mm3: float
) -> Surface | None:
    """Points in ijk of the mask's grid and triangles of a smooth surface of the given volume.

    In each slice the signed distance to the outline is taken, between slices it is interpolated,
    the whole is blurred a little, and the level is chosen at which the volume is the measured one.

    Returns
    -------
    Surface or None
        None where slices are not thick, the region is too large, thin parts would be lost, or the
        surface would not close.

    References
    ----------
    Raya and Udupa, Shape-based interpolation of multidimensional objects, IEEE TMI 9 (1990).
    """
    spacing_mm = np.linalg.norm(lps_from_ijk[:3, :3], axis=0)[::-1]
    thick = int(np.argmax(spacing_mm))
    others_mm = np.delete(spacing_mm, thick)
    step_mm = float(spacing_mm[thick])
    margin = int(np.ceil(BLUR_STEPS * step_mm / others_mm.min())) + 2
    if step_mm < THICK_RATIO_MIN * others_mm.max():
        return None
    slices = np.pad(np.moveaxis(mask_kji, thick, 0), ((1, 1), (margin, margin), (margin, margin)))
    wanted = min(SUBDIVISION_MAX, int(np.rint(step_mm / others_mm.max())))
    subdivision = min(wanted, VOXEL_COUNT_MAX // slices.size)
    if subdivision < SUBDIVISION_MIN:
        return None
    field = _field(slices, pixel_mm=others_mm, step_mm=step_mm, subdivision=subdivision)
    fine_mm3 = abs(float(np.linalg.det(lps_from_ijk[:3, :3]))) / subdivision
    level = _level(field, round(volume_mm3 / fine_mm3))
    kept = field[::subdivision] > level
    if 2.0 * (kept & slices).sum() < AGREEMENT_MIN * (kept.sum() + slices.sum()):
        return None
    if _border_max(field) >= level:
        return None
    points_ijk, triangles = level_surface(np.moveaxis(field, 0, thick), level)
    axis = 2 - thick
    points_ijk -= margin
    points_ijk[:, axis] = (points_ijk[:, axis] + margin) / subdivision - 1.0
    return points_ijk, triangles


def _field(
    slices: NDArray[np.bool_], *, pixel_mm: Float64Array, step_mm: float, subdivision: int
) -> NDArray[np.float32]:
    """Blurred distance to the outline, above zero inside, on a grid subdivided across slices."""
    from scipy.ndimage import gaussian_filter

    distances_mm = np.stack([_distance_mm(part, pixel_mm, step_mm) for part in slices])
    ends = np.flatnonzero(slices.any(axis=(1, 2)))
    for index in np.flatnonzero(~slices.any(axis=(1, 2))):
        # An empty slice lies as deep outside as the nearest outline reaches inside: a round cap.
        nearest = ends[np.argmin(np.abs(ends - index))]
        distances_mm[index] = -distances_mm[nearest].max()
    count = (len(slices) - 1) * subdivision + 1
    place = np.arange(count) / subdivision
    below = np.minimum(place.astype(np.int64), len(slices) - 2)
    share = (place - below).astype(np.float32)[:, None, None]
    field = distances_mm[below] * (1.0 - share) + distances_mm[below + 1] * share
    blur_mm = BLUR_STEPS * step_mm
    widths = (blur_mm / step_mm * subdivision, *(blur_mm / pixel_mm))
    blurred: NDArray[np.float32] = gaussian_filter(field, widths, mode="nearest", truncate=3.0)
    return blurred


def _distance_mm(
    part: NDArray[np.bool_], pixel_mm: Float64Array, step_mm: float
) -> NDArray[np.float32]:
    from scipy.ndimage import distance_transform_edt

    reach_mm = REACH_STEPS * step_mm
    if not part.any():
        return np.full(part.shape, -reach_mm, np.float32)
    inside = distance_transform_edt(part, sampling=pixel_mm)
    outside = distance_transform_edt(~part, sampling=pixel_mm)
    distance_mm: NDArray[np.float32] = np.clip(inside - outside, -reach_mm, reach_mm).astype("f4")
    return distance_mm


def _level(field: NDArray[np.float32], voxel_count: int) -> float:
    """The level that `voxel_count` voxels exceed."""
    count = min(max(voxel_count, 1), field.size - 1)
    return float(np.partition(field.ravel(), field.size - count)[field.size - count])


def _border_max(field: NDArray[np.float32]) -> float:
    """Highest value on the six faces: at or above the level, the surface would stay open there."""
    faces = (np.take(field, (0, -1), axis=axis) for axis in range(3))
    return max(float(face.max()) for face in faces)
