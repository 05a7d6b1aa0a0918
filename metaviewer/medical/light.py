"""Light inside a volume, at a quarter of its resolution: how open a place is, what shadow falls.

Made for the current table by pure numpy functions, so that a worker can run them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from metaviewer.frames import Float64Array

CELL_MM: Final = 3.0
"""Wanted edge of a light cell; soft light needs no more."""

COARSE_CELL_MM: Final = 6.0
"""Of a coarse volume, whose light must be there as soon as its voxels."""

OPENNESS_RADII_MM: Final = (4.0, 10.0, 24.0)
OPENNESS_STRENGTH: Final = 0.35
SPREAD: Final = 0.10
"""Share of a shadow that strays to each neighbour per slice: a soft edge."""

OPACITY_MAX: Final = 0.98
DEPTH_MAX: Final = 8.0


def cell_voxels(
    spacing_ijk_mm: Float64Array, shape_ijk: tuple[int, int, int], *, cell_mm: float = CELL_MM
) -> tuple[int, int, int]:
    """Voxels per light cell along i, j, k: about `cell_mm`, at least 1, at most a half axis."""
    steps = np.maximum(np.rint(cell_mm / np.asarray(spacing_ijk_mm)), 1.0).astype(int)
    i, j, k = (
        int(min(step, max(edge // 2, 1))) for step, edge in zip(steps, shape_ijk, strict=True)
    )
    return i, j, k


def light_samples(
    values_kji: NDArray[np.generic], *, cell_ijk: tuple[int, int, int]
) -> NDArray[np.generic]:
    """What `extinction` looks at: two voxels of a cell along each axis, or the one there is."""
    return np.ascontiguousarray(values_kji[tuple(slice(None, None, n) for n in _strides(cell_ijk))])


def extinction(
    samples_kji: NDArray[np.generic],
    *,
    opacities_per_mm: NDArray[np.floating],
    domain: tuple[float, float],
    cell_ijk: tuple[int, int, int],
) -> NDArray[np.float32]:
    """Mean optical thickness per mm of each cell.

    Parameters
    ----------
    samples_kji : array of `light_samples` of the same cells
    opacities_per_mm : array of shape (n,), evenly spaced over `domain`.
    """
    thickness = -np.log1p(-np.minimum(opacities_per_mm, OPACITY_MAX)).astype(np.float32)
    low, high = domain
    scale = np.float32((len(thickness) - 1) / (high - low))
    per_cell = [
        max(cell // stride, 1)
        for cell, stride in zip(cell_ijk[::-1], _strides(cell_ijk), strict=True)
    ]
    rows = []
    for first in range(0, len(samples_kji), per_cell[0]):
        slab = samples_kji[first : first + per_cell[0]].astype(np.float32)
        place = np.clip((slab - np.float32(low)) * scale, 0, len(thickness) - 1)
        row = thickness[place.astype(np.int32)].mean(axis=0)
        rows.append(_means(_means(row, per_cell[1], axis=0), per_cell[2], axis=1))
    return np.stack(rows)


def _means(plane: NDArray[np.float32], count: int, *, axis: int) -> NDArray[np.float32]:
    """Means of so many neighbours along an axis; of fewer at its end."""
    starts = np.arange(0, plane.shape[axis], count)
    counts = np.diff(np.append(starts, plane.shape[axis])).astype(np.float32)
    sums = np.add.reduceat(plane, starts, axis=axis)
    return np.asarray(sums / (counts[:, None] if axis == 0 else counts))


def _strides(cell_ijk: tuple[int, int, int]) -> tuple[int, ...]:
    return tuple(max(cell // 2, 1) for cell in cell_ijk[::-1])


def openness(
    extinction_kji: NDArray[np.float32], *, cell_mm_ijk: Float64Array
) -> NDArray[np.float32]:
    """1 where light comes from all around, towards 0 where a place is buried."""
    total = np.zeros_like(extinction_kji)
    for radius_mm in OPENNESS_RADII_MM:
        sigma = [radius_mm / 2.0 / edge_mm for edge_mm in cell_mm_ijk[::-1]]
        around = ndimage.gaussian_filter(extinction_kji, sigma, mode="constant", truncate=2.5)
        total += np.exp(-OPENNESS_STRENGTH * radius_mm * around)
    return np.asarray(total / len(OPENNESS_RADII_MM), dtype=np.float32)


def shadow(
    extinction_kji: NDArray[np.float32],
    *,
    cell_mm_ijk: Float64Array,
    toward_light_ijk: Float64Array,
) -> NDArray[np.float32]:
    """Share of the key light that reaches each cell, slice by slice away from the light.

    Parameters
    ----------
    toward_light_ijk : array of shape (3,)
        Direction to the light along the axes i, j, k, in mm (an orthogonal grid is assumed: shadows
        of a sheared one lean by the shear, which soft light does not show).
    """
    toward = np.asarray(toward_light_ijk, dtype=np.float64)[::-1]
    edges_mm = np.asarray(cell_mm_ijk, dtype=np.float64)[::-1]
    axis = int(np.argmax(np.abs(toward / edges_mm)))
    cells = np.moveaxis(extinction_kji, axis, 0)
    slope = np.delete(toward, axis) / abs(toward[axis])
    shift = slope * edges_mm[axis] / np.delete(edges_mm, axis)
    path_mm = edges_mm[axis] * float(np.sqrt(1.0 + (slope**2).sum()))
    order = range(len(cells) - 1, -1, -1) if toward[axis] > 0 else range(len(cells))
    lit = np.zeros_like(cells)
    passing = np.ones(cells.shape[1:], dtype=np.float32)
    for n in order:
        passing = ndimage.shift(passing, -shift, order=1, mode="constant", cval=1.0)
        blurred = ndimage.uniform_filter(passing, 3, mode="nearest")
        passing = blurred * (3.0 * SPREAD) + passing * (1.0 - 3.0 * SPREAD)
        lit[n] = passing
        passing = passing * np.exp(-np.minimum(cells[n] * path_mm, DEPTH_MAX))
    return np.moveaxis(lit, 0, axis)


def packed_light(open_kji: NDArray[np.float32], lit_kji: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Openness and shadow as two bytes a cell, shape (k, j, i, 2)."""
    packed = np.zeros((*open_kji.shape, 2), dtype=np.uint8)
    for slab, open_ji, lit_ji in zip(packed, open_kji, lit_kji, strict=True):
        for channel, light in enumerate((open_ji, lit_ji)):
            slab[..., channel] = np.rint(np.clip(light, 0.0, 1.0) * np.float32(255.0))
    return packed
