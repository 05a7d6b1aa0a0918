"""Gradients of a volume at half its resolution, for shading while things move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array
from metaviewer.medical.volume import Volume


def gradient_lps_from_tex(volume: Volume) -> Float64Array:
    """Matrix (3, 3) from a gradient per texture unit to one per mm along L, P, S.

    A gradient is a covector: it goes by the inverse transpose, so a sheared grid stays right.
    """
    tex_from_ijk = np.diag(1.0 / np.asarray(volume.shape_ijk, dtype=np.float64))
    lps_from_tex = volume.lps_from_ijk[:3, :3] @ np.linalg.inv(tex_from_ijk)
    matrix: Float64Array = np.linalg.inv(lps_from_tex).T
    return matrix


def half_normals(
    values_kji: NDArray[np.generic], *, lps_from_ijk: Float64Array, gradient_full: float
) -> NDArray[np.uint8]:
    """Direction and strength of the gradient of 2 x 2 x 2 means.

    Parameters
    ----------
    gradient_full : float
        Gradient in values per mm that is stored as 255.

    Returns
    -------
    uint8 array (k, j, i, 4): x, y, z of the unit gradient along L, P, S from -1..1 to 0..255, then
    strength. Each axis is half as long, rounded up (the last voxel is doubled).
    """
    means = _halved(values_kji)
    gradient_kji = [_slope(means, axis) / 2.0 for axis in range(3)]
    per_ijk = np.stack(gradient_kji[::-1], axis=-1)
    lps = per_ijk @ np.linalg.inv(lps_from_ijk[:3, :3]).astype(np.float32)
    strength = np.linalg.norm(lps, axis=-1, keepdims=True)
    unit = lps / np.maximum(strength, 1e-6)
    packed = np.concatenate(
        [unit * 127.5 + 127.5, np.minimum(strength / gradient_full, 1.0) * 255.0], axis=-1
    )
    return np.asarray(np.rint(packed), dtype=np.uint8)


def _halved(values_kji: NDArray[np.generic]) -> NDArray[np.float32]:
    odd = [(0, edge % 2) for edge in values_kji.shape]
    even = np.pad(values_kji, odd, mode="edge") if any(end for _, end in odd) else values_kji
    total = np.zeros(tuple(edge // 2 for edge in even.shape), dtype=np.float32)
    for k, j, i in np.ndindex(2, 2, 2):
        total += even[k::2, j::2, i::2]
    return np.asarray(total / np.float32(8.0), dtype=np.float32)


def _slope(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Central difference per voxel, with the edge voxel doubled as the texture does."""
    if values.shape[axis] == 1:
        return np.zeros_like(values)
    ahead = np.take(
        values, np.minimum(np.arange(values.shape[axis]) + 1, values.shape[axis] - 1), axis
    )
    behind = np.take(values, np.maximum(np.arange(values.shape[axis]) - 1, 0), axis)
    return np.asarray((ahead - behind) / np.float32(2.0), dtype=np.float32)
