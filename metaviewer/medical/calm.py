"""Noise of a CT averaged away for the lit look, where it is noise and nothing else.

A Wiener filter with the structure taken from the *mean* of 3 x 3 x 3 voxels: a speck leaves little
in the mean and goes, a vessel of two voxels stays. What stands out by more than noise can, stays
whole. Slices, the diagnostic look, projections and the value under the pointer never see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SOFT_HU: Final = 150.0
"""Between -150 and 150 lie fat, muscle and fluid: even matter, whose roughness is noise."""

SD_LOW_HU: Final = 8.0
"""Below it a picture shows no noise, and the values stay as they are."""

SD_HIGH_HU: Final = 60.0
BLUR_FACTOR: Final = 1.25
"""Neighbours share noise, so second differences see too little of it: chest CT, sharp kernel."""

SLICES_AT_ONCE: Final = 8
ROWS_AT_ONCE: Final = 32
"""So many slices and rows with all that is made of them lie in a processor's own cache: three times
quicker than whole slices."""

SAMPLED_SLICES: Final = 12
MEAN_NOISE_SHARE: Final = 1.0 / 18.0
"""Noise variance that is left in the mean of 27 voxels; 1/27 if they were independent."""

KEPT_SD: Final = (4.0, 6.0)
"""From here on a voxel is no noise: it is kept in part, then whole."""


def noise_sd_hu(values_kji: NDArray[Any]) -> float:
    """Standard deviation of noise in soft matter, HU; 0 where there is none to judge by.

    From second differences along the rows, which a slope of tissue leaves alone, by their median,
    which edges leave alone.
    """
    stride = max(1, len(values_kji) // SAMPLED_SLICES)
    some = values_kji[::stride].astype(np.float32)
    soft = np.abs(some) < SOFT_HU
    inside = soft[..., :-2] & soft[..., 1:-1] & soft[..., 2:]
    bend = some[..., :-2] + some[..., 2:] - 2.0 * some[..., 1:-1]
    if not inside.any():
        return 0.0
    median = float(np.median(np.abs(bend[inside])))
    return BLUR_FACTOR * 1.4826 * median / float(np.sqrt(6.0))


def slabs(count: int) -> Iterator[slice]:
    """Slices to work on at once."""
    for first in range(0, count, SLICES_AT_ONCE):
        yield slice(first, min(first + SLICES_AT_ONCE, count))


def strips(wanted_kji: NDArray[np.bool_]) -> Iterator[tuple[slice, slice]]:
    """Rows and columns to work on at once: strips as wide as what is wanted in them."""
    rows = np.flatnonzero(wanted_kji.any(axis=(0, 2)))
    for first in range(int(rows[0]), int(rows[-1]) + 1, ROWS_AT_ONCE) if len(rows) else ():
        strip = slice(first, min(first + ROWS_AT_ONCE, int(rows[-1]) + 1))
        columns = np.flatnonzero(wanted_kji[:, strip].any(axis=(0, 1)))
        if len(columns):
            yield strip, slice(int(columns[0]), int(columns[-1]) + 1)


def calm_and_even(
    values_kji: NDArray[Any], *, box_kji: tuple[slice, slice, slice], noise_sd: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A box of values without their noise, and evened wholly: means of 27 voxels, twice.

    Parameters
    ----------
    noise_sd : float
        Of `noise_sd_hu`. Where that is little the first answer is the values themselves; what is
        above `SD_HIGH_HU` counts as that.
    """
    around = _with_rim(values_kji, box_kji)
    here = around[2:-2, 2:-2, 2:-2]
    mean = _mean_27(around)
    even = _mean_27(mean)
    if noise_sd < SD_LOW_HU:
        return here, even
    noise_sd = min(noise_sd, SD_HIGH_HU)
    structure = _mean_27(mean * mean)
    structure -= even * even
    structure -= np.float32(noise_sd**2 * MEAN_NOISE_SHARE)
    np.maximum(structure, 0.0, out=structure)
    middle = mean[1:-1, 1:-1, 1:-1]
    calm = here - middle
    low, high = KEPT_SD[0] * noise_sd, KEPT_SD[1] * noise_sd
    kept = np.abs(calm)
    kept -= np.float32(low)
    kept /= np.float32(high - low)
    np.minimum(kept, 1.0, out=kept)
    structure /= structure + np.float32(noise_sd**2 / 4.0)
    calm *= np.maximum(kept, structure, out=kept)
    calm += middle
    return calm, even


def _with_rim(values_kji: NDArray[Any], box_kji: tuple[slice, slice, slice]) -> NDArray[np.float32]:
    """The box and two voxels around it; beyond the volume its last voxels again."""
    edges = values_kji.shape
    missing = [
        (max(2 - part.start, 0), max(part.stop + 2 - edge, 0))
        for part, edge in zip(box_kji, edges, strict=True)
    ]
    there = values_kji[tuple(slice(max(part.start - 2, 0), part.stop + 2) for part in box_kji)]
    planes = np.pad(there, missing, mode="edge") if np.any(missing) else there
    return planes.astype(np.float32)


def _mean_27(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean over each voxel and its 26 neighbours; one voxel less on each side."""
    for axis in range(3):
        planes = np.moveaxis(values, axis, 0)
        total = planes[1:-1] + planes[:-2]
        total += planes[2:]
        values = np.moveaxis(total, 0, axis)
    values *= np.float32(1.0 / 27.0)
    return values
