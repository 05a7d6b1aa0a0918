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
    """Slices to work on at once: little memory, and it stays in the processor's cache."""
    for first in range(0, count, SLICES_AT_ONCE):
        yield slice(first, min(first + SLICES_AT_ONCE, count))


def calm_and_even(
    values_kji: NDArray[Any], *, slices: slice, noise_sd: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Some slices without their noise, and evened wholly: means of 27 voxels, twice.

    Parameters
    ----------
    noise_sd : float
        Of `noise_sd_hu`. Where that is little the first answer is the values themselves; what is
        above `SD_HIGH_HU` counts as that.
    """
    around = np.clip(np.arange(slices.start - 2, slices.stop + 2), 0, len(values_kji) - 1)
    planes = np.pad(values_kji[around], ((0, 0), (2, 2), (2, 2)), mode="edge").astype(np.float32)
    here = planes[2:-2, 2:-2, 2:-2]
    mean = _sum_27(planes) / np.float32(27.0)
    even = _sum_27(mean) / np.float32(27.0)
    if noise_sd < SD_LOW_HU:
        return here, even
    noise_sd = min(noise_sd, SD_HIGH_HU)
    spread = _sum_27(mean * mean) / np.float32(27.0) - even * even
    structure = np.maximum(spread - noise_sd**2 * MEAN_NOISE_SHARE, 0.0)
    middle = mean[1:-1, 1:-1, 1:-1]
    low, high = KEPT_SD[0] * noise_sd, KEPT_SD[1] * noise_sd
    kept = np.maximum(
        structure / (structure + np.float32(noise_sd**2 / 4.0)),
        np.clip((np.abs(here - middle) - low) / (high - low), 0.0, 1.0),
    )
    return np.asarray(middle + kept * (here - middle), dtype=np.float32), even


def _sum_27(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum over each voxel and its 26 neighbours; one voxel less on each side."""
    for axis in range(3):
        planes = np.moveaxis(values, axis, 0)
        total = planes[1:-1] + planes[:-2]
        total += planes[2:]
        values = np.moveaxis(total, 0, axis)
    return values
