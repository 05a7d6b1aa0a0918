"""Which voxels are the patient: the table, the mattress and loose things are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from metaviewer.frames import Float64Array
from metaviewer.medical.calm import calm_and_even, noise_sd_hu, slabs, strips
from metaviewer.medical.reach import distance_mm
from metaviewer.medical.transfer import Region
from metaviewer.medical.volume import Volume

TISSUE_HU: Final = -400.0
"""Between air with foam (-900) and skin with fat (-100)."""

GRID_MM: Final = 3.0
OPENING_MM: Final = 9.0
"""A table's shell and a blanket's folds are thinner than this; a body is not."""

MARGIN_MM: Final = 4.0
SKIN_MM: Final = 5.0
SKIN_BLEND_MM: Final = 2.0
SKIN_HU: Final = 110.0
"""Most that skin may be in the lit look: sharp kernels overshoot at the air beside it, to 440 HU in
one voxel of eight (chest CT), which would sparkle like bone."""

BONE_MEAN_HU: Final = 180.0
"""Mean of 3 x 3 x 3 voxels from which on it is no skin; a bright voxel beside air never has it."""

BONE_BLEND_HU: Final = 80.0
METAL_HU: Final = 700.0
METAL_MM: Final = 9.0
"""A port or a wire under the skin lies deeper by this, so that it is not levelled."""

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

REACH_MM: Final = 12.0
"""How deep under the skin and how far from it anybody asks for: margin, skin, a coarse cell."""

IN_PLANE: Final = np.array([[[0] * 3] * 3, [[0, 1, 0], [1, 1, 1], [0, 1, 0]], [[0] * 3] * 3])
"""Neighbours within a slice."""


def body_mask(volume: Volume) -> NDArray[np.bool_]:
    """True where the patient is, with a margin of air around the skin; shape like `values`.

    The largest component of tissue after a morphological opening, and what is nearly as large;
    holes are filled slice by slice, so lungs and gut belong to it. All true where none is.
    """
    depths = _finer(_under_skin_mm(volume), volume.values.shape)
    return np.stack([under_mm > -MARGIN_MM for under_mm in depths])


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
    shut = _within(air, radius_mm=CLOSING_MM, edges_mm=edges_mm)
    core_mm = CLOSING_MM + AIRWAY_MM
    closed = distance_mm(~shut, edges_kji_mm=edges_mm, reach_mm=core_mm + 1.0)
    core = _large_parts(closed > core_mm, share=LUNG_SHARE)
    if not core.any():
        return np.ones(volume.values.shape, dtype=np.bool_)
    near = _within(core, radius_mm=AIRWAY_MM + edges_mm[1], edges_mm=edges_mm)
    mask = np.zeros(volume.values.shape, dtype=np.bool_)
    depths = _finer(np.where(near, closed - CLOSING_MM, -CLOSING_MM), mask.shape)
    pleuras = _finer(near.astype(np.float32), mask.shape)
    for k, (deep, pleura) in enumerate(zip(depths, pleuras, strict=True)):
        mask[k] = (deep > PLEURA_MM) | ((pleura > 0.5) & (volume.values[k] < LUNG_HU))
    return mask


def drawn_values(
    volume: Volume, *, region: Region, out: NDArray[Any] | None = None
) -> NDArray[np.generic]:
    """Values to draw: the volume's own in the region, its lowest outside. The volume stays.

    In "calm_body" noise is averaged away and the overshoot of skin against air is levelled.

    Parameters
    ----------
    out : array like `values`, or None
        Where they are written, unless they are the volume's own.
    """
    if region == "all":
        return volume.values
    shown = np.zeros_like(volume.values) if out is None else out
    shown[:] = volume.values.min()
    if region == "calm_body":
        _draw_calm_body(volume, shown)
    else:
        mask = lung_mask(volume) if region == "lungs" else body_mask(volume)
        np.copyto(shown, volume.values, where=mask)
    return shown


def _draw_calm_body(volume: Volume, shown: NDArray[Any]) -> None:
    """The body without noise, its skin evened: slices of 2.5 mm show as steps in it otherwise."""
    values = volume.values
    under_coarse_mm, noise_sd = _under_skin_mm(volume), noise_sd_hu(values)
    depths = _finer(under_coarse_mm, values.shape)
    for slices in slabs(len(values)):
        under_mm = np.stack([next(depths) for _ in range(slices.start, slices.stop)])
        is_body = under_mm > -MARGIN_MM
        for rows, columns in strips(is_body):
            box, part = (slices, rows, columns), (slice(None), rows, columns)
            drawn = _calm_skin(values, box, under_mm=under_mm[part], noise_sd=noise_sd)
            np.copyto(shown[box], drawn, where=is_body[part], casting="unsafe")


def _calm_skin(
    values_kji: NDArray[Any],
    box_kji: tuple[slice, slice, slice],
    *,
    under_mm: NDArray[np.float32],
    noise_sd: float,
) -> NDArray[np.float32]:
    """A box of the body without noise, its skin evened; whole numbers where the values are."""
    calm, even = calm_and_even(values_kji, box_kji=box_kji, noise_sd=noise_sd)
    if under_mm.min() < SKIN_MM:
        skin_share = np.clip((SKIN_MM - under_mm) / np.float32(SKIN_BLEND_MM), 0.0, 1.0)
        # Bone lies just under the skin of hands, shins and skulls: its mean is bright and it stays.
        skin_share *= np.clip((BONE_MEAN_HU - even) / np.float32(BONE_BLEND_HU), 0.0, 1.0)
        skin_share *= np.minimum(even, SKIN_HU) - calm
        calm = calm + skin_share
    return np.rint(calm) if values_kji.dtype.kind == "i" else calm


def _under_skin_mm(volume: Volume) -> NDArray[np.float32]:
    """Depth under the patient's skin on the coarse grid, negative in the air, more near metal.

    Depth is measured in the slice: where the scan ends above and below is no skin.
    """
    strides = _strides(volume)
    coarse = volume.values[tuple(slice(None, None, stride) for stride in strides)]
    edges_mm = volume.spacing_mm[::-1] * strides
    trunk = _filled_trunk(coarse > TISSUE_HU, edges_mm=edges_mm)
    if not trunk.any():
        return np.full(coarse.shape, np.float32(SKIN_MM))
    depth_mm = distance_mm(~trunk, edges_kji_mm=_in_plane(edges_mm), reach_mm=REACH_MM)
    metal = trunk & (coarse > METAL_HU)
    if metal.any():
        metal_mm = distance_mm(metal, edges_kji_mm=edges_mm, reach_mm=METAL_MM)
        depth_mm += METAL_MM - metal_mm
    away_mm = distance_mm(trunk, edges_kji_mm=edges_mm, reach_mm=REACH_MM)
    return np.asarray(np.where(trunk, depth_mm, -away_mm), dtype=np.float32)


def _strides(volume: Volume) -> tuple[int, ...]:
    steps = np.maximum(np.rint(GRID_MM / volume.spacing_mm[::-1]), 1.0).astype(int)
    return tuple(int(step) for step in steps)


def _in_plane(edges_mm: Float64Array) -> Float64Array:
    """The edges of a grid along which nobody goes from slice to slice."""
    return np.array([np.inf, *edges_mm[1:]])


def _filled_trunk(tissue: NDArray[np.bool_], *, edges_mm: Float64Array) -> NDArray[np.bool_]:
    """The large parts of tissue, each slice without holes."""
    trunk = _large_parts(_opened(tissue, edges_mm=edges_mm), share=PART_SHARE)
    labels, count = ndimage.label(~trunk, structure=IN_PLANE)
    is_around = np.zeros(count + 1, dtype=np.bool_)
    for border in (labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]):
        is_around[border.ravel()] = True
    is_around[0] = False
    return np.asarray(~is_around[labels])


def _opened(tissue: NDArray[np.bool_], *, edges_mm: Float64Array) -> NDArray[np.bool_]:
    """What is left of a mask when parts thinner than twice the radius are gone.

    In the plane only: the table runs along the slices, and the volume may be one slice thick.
    """
    radius_mm, edges_mm = OPENING_MM / 2.0, _in_plane(edges_mm)
    around = np.pad(~tissue, ((0, 0), (1, 1), (1, 1)), constant_values=True)
    inside_mm = distance_mm(around, edges_kji_mm=edges_mm, reach_mm=1.01 * radius_mm)[:, 1:-1, 1:-1]
    back = _within(inside_mm > radius_mm, radius_mm=radius_mm + edges_mm[1], edges_mm=edges_mm)
    return back & tissue


def _within(
    mask: NDArray[np.bool_], *, radius_mm: float, edges_mm: Float64Array
) -> NDArray[np.bool_]:
    """The mask and everything nearer to it than the radius."""
    away_mm = distance_mm(mask, edges_kji_mm=edges_mm, reach_mm=1.01 * radius_mm)
    return np.asarray(away_mm <= radius_mm)


def _large_parts(mask: NDArray[np.bool_], *, share: float) -> NDArray[np.bool_]:
    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= share * sizes.max())[labels])


def _finer(coarse: NDArray[np.float32], shape: tuple[int, ...]) -> Iterator[NDArray[np.float32]]:
    """Slices of the grid of `shape`, linear between the coarse grid's, which has every stride-th.

    One slice at a time stays in the processor's cache: for a chest CT a tenth of a second, against
    three for whole volumes axis after axis.
    """
    low, high, shares = _between(coarse.shape[0], shape[0])
    near: dict[int, NDArray[np.float32]] = {}
    for below, above, share in zip(low.tolist(), high.tolist(), shares, strict=True):
        near = {k: near[k] if k in near else _finer_plane(coarse[k], shape) for k in (below, above)}
        yield near[below] * (1 - share) + near[above] * share


def _finer_plane(plane: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """One slice of the coarse grid, with the rows and columns of `shape`."""
    low, high, share = _between(plane.shape[0], shape[1])
    plane = plane[low] * (1 - share[:, None]) + plane[high] * share[:, None]
    low, high, share = _between(plane.shape[1], shape[2])
    return np.asarray(plane[:, low] * (1 - share) + plane[:, high] * share)


def _between(
    coarse_edge: int, edge: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """For each place of a fine axis its two coarse neighbours, and the share of the second."""
    place = np.arange(edge) / -(-edge // coarse_edge)
    low = np.minimum(place.astype(np.intp), coarse_edge - 1)
    high = np.minimum(low + 1, coarse_edge - 1)
    return low, high, (place - low).astype(np.float32)
