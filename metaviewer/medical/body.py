"""Which voxels are the patient: the table, the mattress and loose things are not."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from metaviewer.medical.transfer import Region
from metaviewer.medical.volume import Volume

TISSUE_HU: Final = -400.0
"""Between air with foam (-900) and skin with fat (-100)."""

GRID_MM: Final = 3.0
OPENING_MM: Final = 9.0
"""A table's shell and a blanket's folds are thinner than this; a body is not."""

MARGIN_MM: Final = 4.0
LUNG_HU: Final = -600.0
"""Between inflated lung (-850) and the walls and vessels in it."""

LUNG_SHARE: Final = 0.15
"""Of the larger lung: the other lung stays, gas in the gut and in the throat goes."""

CLOSING_MM: Final = 9.0
"""Vessels and airways thinner than twice this are taken into the lung."""

AIRWAY_MM: Final = 10.0
"""The windpipe and the main bronchi are thinner than twice this, a lung is not."""

PLEURA_MM: Final = 1.5
"""Left out at the chest wall, whose blurred edge looks like a vessel; air there stays."""
PART_SHARE: Final = 0.02
"""A component of at least this share of the largest stays: an arm beside the trunk."""


def body_mask(volume: Volume) -> NDArray[np.bool_]:
    """True where the patient is, with a margin of air around the skin; shape like `values`.

    The largest component of tissue after a morphological opening, and what is nearly as large;
    holes are filled slice by slice, so lungs and gut belong to it. All true where none is.
    """
    strides = _strides(volume)
    coarse = volume.values[tuple(slice(None, None, stride) for stride in strides)]
    edges_mm = volume.spacing_mm[::-1] * strides
    tissue = coarse > TISSUE_HU
    filled = _filled_trunk(tissue, edges_mm=edges_mm)
    if not filled.any():
        return np.ones(volume.values.shape, dtype=np.bool_)
    grown = _within(filled, radius_mm=MARGIN_MM, edges_mm=edges_mm)
    return _finer(grown.astype(np.float32), volume.values.shape) > 0.5


def lung_mask(volume: Volume) -> NDArray[np.bool_]:
    """True inside the lungs, vessels and airways closed in, the chest wall left out.

    Air inside the body that does not reach the skin, closed over what runs through it. All true
    where no lung is found.
    """
    strides = _strides(volume)
    coarse = volume.values[tuple(slice(None, None, stride) for stride in strides)]
    edges_mm = volume.spacing_mm[::-1] * strides
    inside = _filled_trunk(coarse > TISSUE_HU, edges_mm=edges_mm)
    air = _large_parts(inside & (coarse < LUNG_HU), share=LUNG_SHARE)
    closed = _deep_mm(_within(air, radius_mm=CLOSING_MM, edges_mm=edges_mm), edges_mm=edges_mm)
    core = _large_parts(closed > CLOSING_MM + AIRWAY_MM, share=LUNG_SHARE)
    if not core.any():
        return np.ones(volume.values.shape, dtype=np.bool_)
    near = _within(core, radius_mm=AIRWAY_MM + edges_mm[1], edges_mm=edges_mm)
    deep = _finer(np.where(near, closed - CLOSING_MM, -CLOSING_MM), volume.values.shape)
    pleura = _finer(near.astype(np.float32), volume.values.shape) > 0.5
    return (deep > PLEURA_MM) | (pleura & (volume.values < LUNG_HU))


def drawn_values(volume: Volume, *, region: Region) -> NDArray[np.generic]:
    """Values to draw: the volume's own in the region, its lowest outside. The volume stays."""
    if region == "all":
        return volume.values
    mask = body_mask(volume) if region == "body" else lung_mask(volume)
    shown = volume.values.copy()
    shown[~mask] = volume.values.min()
    return shown


def _strides(volume: Volume) -> tuple[int, ...]:
    steps = np.maximum(np.rint(GRID_MM / volume.spacing_mm[::-1]), 1.0).astype(int)
    return tuple(int(step) for step in steps)


def _filled_trunk(tissue: NDArray[np.bool_], *, edges_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The large parts of tissue, each slice without holes."""
    trunk = _large_parts(_opened(tissue, edges_mm=edges_mm), share=PART_SHARE)
    return np.stack([ndimage.binary_fill_holes(plane) for plane in trunk])


def _opened(mask: NDArray[np.bool_], *, edges_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
    """What is left of a mask when parts thinner than twice the radius are gone.

    In the plane only: the table runs along the slices, and the volume may be one slice thick.
    """
    radius_mm = OPENING_MM / 2.0
    core = np.zeros_like(mask)
    for k, plane in enumerate(mask):
        padded = np.pad(plane, 1)
        inside_mm = ndimage.distance_transform_edt(padded, sampling=edges_mm[1:])[1:-1, 1:-1]
        core[k] = inside_mm > radius_mm
    back = _within(core, radius_mm=radius_mm + edges_mm[1], edges_mm=np.array([1e6, *edges_mm[1:]]))
    return back & mask


def _within(
    mask: NDArray[np.bool_], *, radius_mm: float, edges_mm: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """The mask and everything nearer to it than the radius."""
    if not mask.any():
        return mask
    away_mm = ndimage.distance_transform_edt(~mask, sampling=edges_mm)
    return np.asarray(away_mm <= radius_mm)


def _large_parts(mask: NDArray[np.bool_], *, share: float) -> NDArray[np.bool_]:
    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= share * sizes.max())[labels])


def _deep_mm(mask: NDArray[np.bool_], *, edges_mm: NDArray[np.float64]) -> NDArray[np.float32]:
    """Depth of each place under the surface of the mask, 0 outside."""
    depth = ndimage.distance_transform_edt(mask, sampling=edges_mm)
    return np.asarray(depth, dtype=np.float32)


def _finer(coarse: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The coarse grid, every stride-th voxel, linear between, on the grid of `shape`.

    One axis after the other: a third of a second for a chest CT, against four for all at once.
    """
    for axis, edge in enumerate(shape):
        stride = -(-edge // coarse.shape[axis])
        place = np.arange(edge) / stride
        low = np.minimum(place.astype(int), coarse.shape[axis] - 1)
        high = np.minimum(low + 1, coarse.shape[axis] - 1)
        along = [1, 1, 1]
        along[axis] = -1
        share = (place - low).astype(np.float32).reshape(along)
        coarse = np.take(coarse, low, axis) * (1 - share) + np.take(coarse, high, axis) * share
    return coarse
