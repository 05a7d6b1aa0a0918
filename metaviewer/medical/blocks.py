"""Blocks of 8 voxels: what values they hold, and how far a ray may leap over empty ones."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

BLOCK_EDGE: Final = 8
"""Voxels; 4 and 16 cost 3 % more on software GL at 256 voxels, 16 costs 13 % at 512 (measured)."""

DISTANCE_MAX: Final = 255


def block_bounds(
    values_kji: NDArray[np.generic],
) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
    """Lowest and highest value of each block and of one voxel around it.

    The apron makes it safe: a linear sample anywhere in the block lies between the two.

    Returns
    -------
    Two arrays like `values_kji`, each axis divided by 8 and rounded up.
    """
    return _reduced(values_kji, np.minimum), _reduced(values_kji, np.maximum)


def leap_map(
    low: NDArray[np.generic],
    high: NDArray[np.generic],
    *,
    opacities: NDArray[np.floating],
    domain: tuple[float, float],
) -> NDArray[np.uint8]:
    """Chessboard distance in blocks to the nearest block that is not empty; 0 is not empty.

    Parameters
    ----------
    low, high : arrays of shape (k, j, i)
        Of `block_bounds`.
    opacities : array of shape (n,)
        Evenly spaced over `domain`; what lies outside takes the nearest end.
    """
    count = len(opacities)
    notable = np.concatenate([[0], np.cumsum(opacities > 0.0)])
    first = np.floor(_table_place(low, domain=domain, count=count)).astype(np.int64)
    last = np.ceil(_table_place(high, domain=domain, count=count)).astype(np.int64)
    empty = notable[last + 1] == notable[first]
    if not empty.any():
        return np.zeros(low.shape, dtype=np.uint8)
    if empty.all():
        return np.full(low.shape, DISTANCE_MAX, dtype=np.uint8)
    distance = np.asarray(ndimage.distance_transform_cdt(empty, metric="chessboard"))
    return np.asarray(np.minimum(distance, DISTANCE_MAX), dtype=np.uint8)


def _table_place(
    values: NDArray[np.generic], *, domain: tuple[float, float], count: int
) -> NDArray[np.float64]:
    """Place among the table's entries: a sample reads the entries below and above it."""
    low, high = domain
    place = (values.astype(np.float64) - low) / (high - low) * (count - 1)
    return np.asarray(np.clip(place, 0, count - 1))


def _reduced(values_kji: NDArray[np.generic], reduce: np.ufunc) -> NDArray[np.generic]:
    # Slices first: whole planes are compared at a time, which is eight times faster than rows, and
    # a block of them stays in the processor's cache.
    starts = range(0, len(values_kji), BLOCK_EDGE)
    slabs = [values_kji[max(first - 1, 0) : first + BLOCK_EDGE + 1] for first in starts]
    reduced = np.stack([reduce.reduce(slab, axis=0) for slab in slabs])
    for axis in (1, 2):
        edges = np.arange(0, reduced.shape[axis], BLOCK_EDGE)
        blocks = np.moveaxis(reduce.reduceat(reduced, edges, axis=axis), axis, 0)
        planes = np.moveaxis(reduced, axis, 0)
        blocks[1:] = reduce(blocks[1:], planes[edges[1:] - 1])
        blocks[:-1] = reduce(blocks[:-1], planes[edges[1:]])
        reduced = np.moveaxis(blocks, 0, axis)
    return np.ascontiguousarray(reduced)
