"""A volume with fewer voxels, for a first picture while the fine one is being made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array
from metaviewer.medical.volume import Volume

VOXELS_WANTED: Final = 1_600_000
"""All that a picture needs of so many is made in a quarter of a second: a chest at 3.5 mm."""

WORTH_IT: Final = 4
"""A volume with less than this many times the voxels wanted is made as fast as it is."""


def coarse_strides(volume: Volume) -> tuple[int, int, int]:
    """Voxels along k, j, i that become one, nearly as long as wide; 1, 1, 1 where it is small."""
    shape_kji = np.array(volume.values.shape)
    if volume.values.size < WORTH_IT * VOXELS_WANTED:
        return 1, 1, 1
    spacing_kji_mm = volume.spacing_mm[::-1]
    edge_mm = float(np.cbrt(np.prod(shape_kji * spacing_kji_mm) / VOXELS_WANTED))
    k, j, i = np.clip(np.rint(edge_mm / spacing_kji_mm), 1, shape_kji).astype(int).tolist()
    return k, j, i


def block_means(
    values_kji: NDArray[Any],
    *,
    strides_kji: tuple[int, int, int],
    padding_kji: NDArray[np.bool_] | None = None,
) -> NDArray[Any]:
    """Means of blocks of voxels, of the same type; the last block of an axis repeats its end.

    What the scanner did not measure is in no mean: it would pull the tissue beside it down. Blocks
    without anything measured have the lowest value, as padding has.
    """
    ends = [-edge % stride for edge, stride in zip(values_kji.shape, strides_kji, strict=True)]
    shape = (np.array(values_kji.shape) + ends) // strides_kji
    dtype = np.int32 if values_kji.dtype.kind == "i" else np.float32
    means = np.zeros(tuple(shape.tolist()), dtype=values_kji.dtype)
    for number in range(len(means)):
        # The slices of a block stay in the processor's cache.
        slices = np.arange(number * strides_kji[0], (number + 1) * strides_kji[0])
        slices = np.minimum(slices, len(values_kji) - 1)
        planes = [values_kji[k] for k in slices]
        if padding_kji is None:
            mean = _sums(planes, strides_kji, dtype) / float(np.prod(strides_kji))
        else:
            mean = _measured_mean(planes, [padding_kji[k] for k in slices], strides_kji, dtype)
        means[number] = np.rint(mean) if dtype is np.int32 else mean
    return means


def coarse_volume(
    volume: Volume, *, values: NDArray[Any], strides_kji: tuple[int, int, int]
) -> Volume:
    """The volume with those `block_means`, each in the middle of its block."""
    return replace(
        volume,
        values=values,
        lps_from_ijk=volume.lps_from_ijk @ ijk_from_coarse(strides_kji),
        padding_kji=None,
        content_id="",
    )


def ijk_from_coarse(strides_kji: tuple[int, int, int]) -> Float64Array:
    """Place of a coarse voxel's centre among the centres of the fine ones, matrix (4, 4)."""
    strides_ijk = np.array(strides_kji[::-1], dtype=np.float64)
    matrix = np.diag([*strides_ijk, 1.0])
    matrix[:3, 3] = (strides_ijk - 1.0) / 2.0
    return matrix


def _measured_mean(
    planes: list[NDArray[Any]],
    padding: list[NDArray[np.bool_]],
    strides_kji: tuple[int, int, int],
    dtype: type,
) -> NDArray[Any]:
    """Mean over what was measured; where nothing was, over the padding."""
    counts = _sums([~unknown for unknown in padding], strides_kji, dtype)
    known = [np.where(unknown, 0, plane) for plane, unknown in zip(planes, padding, strict=True)]
    sums = _sums(known, strides_kji, dtype)
    if not counts.all():
        whole = _sums(planes, strides_kji, dtype)
        sums = np.where(counts > 0, sums, whole)
        counts = np.where(counts > 0, counts, np.prod(strides_kji))
    return np.asarray(sums / counts)


def _sums(
    planes: list[NDArray[Any]], strides_kji: tuple[int, int, int], dtype: type
) -> NDArray[Any]:
    """Sums over the blocks of some slices, shape (rows, columns) of the coarse grid."""
    total: NDArray[Any] = planes[0].astype(dtype)
    for plane in planes[1:]:
        total += plane
    for axis, stride in enumerate(strides_kji[1:]):
        lines = np.moveaxis(total, axis, 0)
        starts = np.arange(0, len(lines), stride)
        some = lines[starts]
        for offset in range(1, stride):
            some = some + lines[np.minimum(starts + offset, len(lines) - 1)]
        total = np.moveaxis(some, 0, axis)
    return total
