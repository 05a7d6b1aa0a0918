"""Surfaces of regions that are given by closed outlines in parallel planes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import GeometryError
from metaviewer.frames import Float64Array, frozen
from metaviewer.jail import Workshop
from metaviewer.surface.organs import Naming, Organ, Regions, from_mask
from metaviewer.surface.palette import Rgb, region_colours

PARALLEL_MAX_MM: Final = 0.5
"""How far the points of an outline may lie from its plane: writers round to 0.1 mm."""
SAME_PLANE_MM: Final = 0.05
EVEN_GAP_TOLERANCE: Final = 0.1
BRIDGED_GAPS_MAX: Final = 2.5
"""Gaps up to this many usual ones are one region with a plane left out; wider ones stay open."""
VOXELS_PER_STEP: Final = 4
VOXELS_ACROSS_MAX: Final = 512
VOXEL_MIN_MM: Final = 0.05
VOXEL_COUNT_MAX: Final = 1 << 28


class Outline(Protocol):
    """One closed outline: what `medical.Contour` is."""

    @property
    def points_lps_mm_n3(self) -> Float64Array:
        """Corners in order, LPS in mm; the last joins the first."""


class OutlinedRegion(Protocol):
    """A region as outlines: what `medical.ContourRegion` is."""

    @property
    def number(self) -> int:
        """Number of the region in its file."""

    @property
    def name(self) -> str:
        """What the region is called."""

    @property
    def colour_rgb(self) -> Rgb | None:
        """The region's own colour, display sRGB."""

    @property
    def contours(self) -> Sequence[Outline]:
        """The outlines; one inside another is a hole."""


class OutlinedRegions(Regions, Protocol):
    """Regions of one object: what `medical.Contours` is."""

    @property
    def regions(self) -> Sequence[OutlinedRegion]:
        """The regions; they may overlap."""


class _Stack(NamedTuple):
    """Outlines by plane: axes of the planes, rising heights, corners (x, y) in each plane."""

    lps_from_plane: Float64Array
    heights_mm: Float64Array
    outlines_mm_n2: list[list[Float64Array]]


def from_contours(
    contours: OutlinedRegions, *, finding_rgb: Rgb | None = None, workshop: Workshop | None = None
) -> tuple[Organ, ...]:
    """One organ for each region that is outlined in at least two planes.

    A region in a single plane has no thickness, so no surface; its outline can still be drawn on
    slices. An organ whose planes are not evenly spaced has the badge "irregular_spacing".

    Parameters
    ----------
    finding_rgb : colour or None
        Colour of the finding instead of the file's own, where the object holds just one.
    workshop : Workshop or None
        Where to compute, so that this process goes on drawing; None for here.

    Raises
    ------
    GeometryError
        If the outlines of a region are not parallel.
    Refused
        If the workshop has no memory or time for a region.
    """
    names = [region.name for region in contours.regions]
    own = [region.colour_rgb for region in contours.regions]
    colours = region_colours(names, own, finding_rgb=finding_rgb)
    organs = []
    for region, colour_rgb in zip(contours.regions, colours, strict=True):
        stack = _stack([outline.points_lps_mm_n3 for outline in region.contours])
        if stack is None:
            continue
        mask_kji, lps_from_ijk = _mask(stack)
        if not mask_kji.any():
            continue
        badges = () if _is_even(stack.heights_mm) else ("irregular_spacing",)
        naming = Naming(
            name=region.name,
            colour_rgb=colour_rgb,
            frame_of_reference=contours.frame_of_reference,
            patient=contours.identity.patient,
            badges=(*contours.badges, *badges),
        )
        organs.append(
            from_mask(
                mask_kji,
                lps_from_ijk=lps_from_ijk,
                naming=naming,
                number=region.number,
                workshop=workshop,
            )
        )
    return tuple(organs)


def polygon_mask(
    outlines_mm_n2: Sequence[Float64Array],
    *,
    corner_mm: Float64Array,
    voxel_mm: float,
    shape_ji: tuple[int, int],
) -> NDArray[np.bool_]:
    """Pixels whose centres lie inside an odd number of the outlines, shape (rows, columns).

    Odd and even make holes of inner outlines, and the two runs of a keyhole channel cancel
    (DICOM PS3.3 C.8.8.6.3).

    Parameters
    ----------
    outlines_mm_n2 : sequence of arrays of shape (n, 2)
        Corners (x, y) in order; the last joins the first.
    corner_mm : array of shape (2,)
        Centre of pixel (0, 0).
    """
    rows, columns = shape_ji
    crossings = np.zeros((rows, columns + 1), np.int32)
    for outline_mm in outlines_mm_n2:
        start = (outline_mm - corner_mm) / voxel_mm
        end = np.roll(start, -1, axis=0)
        # A row is crossed where it lies at or above the lower end and below the upper one, so a
        # corner that touches a row counts once or twice, never one and a half times.
        first = np.ceil(np.minimum(start[:, 1], end[:, 1])).astype(np.int64).clip(0, rows)
        stop = np.ceil(np.maximum(start[:, 1], end[:, 1])).astype(np.int64).clip(0, rows)
        counts = stop - first
        edge = np.repeat(np.arange(len(start)), counts)
        row = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
        # The share of the edge first: it lies within 0..1, a slope may overflow.
        share = (row - start[edge, 1]) / (end[edge, 1] - start[edge, 1])
        x = start[edge, 0] + share * (end[edge, 0] - start[edge, 0])
        np.add.at(crossings, (row, np.ceil(x).astype(np.int64).clip(0, columns)), 1)
    inside: NDArray[np.bool_] = (np.cumsum(crossings, axis=1)[:, :columns] & 1).astype(bool)
    return inside


def _stack(outlines_mm_n3: list[Float64Array]) -> _Stack | None:
    """The outlines by plane; None where there are fewer than two planes."""
    if not outlines_mm_n3:
        return None
    lps_from_plane = _plane_axes(outlines_mm_n3)
    flat = [outline @ lps_from_plane for outline in outlines_mm_n3]
    spread_mm = max(float(np.ptp(points[:, 2])) for points in flat)
    if spread_mm > PARALLEL_MAX_MM:
        raise GeometryError(f"the outlines of a region are {spread_mm:.2f} mm from parallel")
    middles_mm = np.array([points[:, 2].mean() for points in flat])
    order = np.argsort(middles_mm, kind="stable")
    rises = np.diff(middles_mm[order], prepend=-np.inf) > SAME_PLANE_MM
    heights_mm = middles_mm[order][rises]
    if len(heights_mm) < 2:
        return None
    planes: list[list[Float64Array]] = [[] for _ in heights_mm]
    for outline, plane in zip(order, np.cumsum(rises) - 1, strict=True):
        planes[plane].append(flat[outline][:, :2])
    return _Stack(lps_from_plane, heights_mm, planes)


def _plane_axes(outlines_mm_n3: list[Float64Array]) -> Float64Array:
    """Columns x, y and normal of the planes in LPS; right-handed, along LPS for axial planes."""
    largest = max((_area_vector(outline) for outline in outlines_mm_n3), key=np.linalg.norm)
    length = float(np.linalg.norm(largest))
    if length == 0.0:
        raise GeometryError("the outlines of a region enclose nothing")
    normal = largest / length
    normal = normal * np.sign(normal[np.argmax(np.abs(normal))])
    # The LPS axis that lies flattest in the plane, x before y before z.
    across = np.eye(3)[int(np.argmin(np.round(np.abs(normal), 6)))]
    x_axis = across - normal * (across @ normal)
    x_axis /= np.linalg.norm(x_axis)
    return np.stack([x_axis, np.cross(normal, x_axis), normal], axis=1)


def _area_vector(outline_mm_n3: Float64Array) -> Float64Array:
    """Normal of an outline as long as twice its area (Newell)."""
    around = outline_mm_n3 - outline_mm_n3.mean(axis=0)
    area: Float64Array = np.cross(around, np.roll(around, -1, axis=0)).sum(axis=0)
    return area


def _mask(stack: _Stack) -> tuple[NDArray[np.bool_], Float64Array]:
    """Voxels inside the stack: each slice holds the outlines of the nearest plane."""
    gaps_mm = np.diff(stack.heights_mm)
    step_mm = float(gaps_mm.min())
    every = np.concatenate([outline for plane in stack.outlines_mm_n2 for outline in plane])
    low_mm, size_mm = every.min(axis=0), np.ptp(every, axis=0)
    voxel_mm = max(
        step_mm / VOXELS_PER_STEP, float(size_mm.max()) / VOXELS_ACROSS_MAX, VOXEL_MIN_MM
    )
    counts = np.maximum(np.ceil(size_mm / voxel_mm), 1.0)
    columns, rows = (int(count) for count in counts)
    # Pixels centred over the outlines: an edge that ran through pixel centres would be counted in
    # on one side and out on the other, half a pixel off.
    corner_mm = low_mm + (size_mm - (counts - 1.0) * voxel_mm) / 2.0
    slice_of_plane, plane_of_slice = _slices(stack.heights_mm, step_mm)
    if rows * columns * len(plane_of_slice) > VOXEL_COUNT_MAX:
        raise GeometryError("the outlines of a region span more than can be filled")
    planes = [
        polygon_mask(outlines, corner_mm=corner_mm, voxel_mm=voxel_mm, shape_ji=(rows, columns))
        for outlines in stack.outlines_mm_n2
    ]
    empty = np.zeros((rows, columns), bool)
    mask_kji = np.stack([empty if plane < 0 else planes[plane] for plane in plane_of_slice])
    plane_from_ijk = np.diag([voxel_mm, voxel_mm, step_mm])
    lps_from_ijk = np.eye(4)
    lps_from_ijk[:3, :3] = stack.lps_from_plane @ plane_from_ijk
    height_mm = stack.heights_mm[0] - slice_of_plane[0] * step_mm
    lps_from_ijk[:3, 3] = stack.lps_from_plane @ (*corner_mm, height_mm)
    return mask_kji, frozen(lps_from_ijk)


def _slices(heights_mm: Float64Array, step_mm: float) -> tuple[NDArray[np.int64], list[int]]:
    """Slice of each plane, and for each slice the plane that fills it; -1 in an open gap."""
    slice_of_plane = np.rint((heights_mm - heights_mm[0]) / step_mm).astype(np.int64)
    usual = float(np.median(np.diff(slice_of_plane)))
    plane_of_slice = []
    for index in range(int(slice_of_plane[-1]) + 1):
        above = int(np.searchsorted(slice_of_plane, index))
        below = max(above - 1, 0)
        gap = slice_of_plane[above] - slice_of_plane[below]
        nearest = above if slice_of_plane[above] - index <= index - slice_of_plane[below] else below
        is_open = gap > BRIDGED_GAPS_MAX * usual and slice_of_plane[nearest] != index
        plane_of_slice.append(-1 if is_open else nearest)
    return slice_of_plane, plane_of_slice


def _is_even(heights_mm: Float64Array) -> bool:
    gaps_mm = np.diff(heights_mm)
    return bool(np.ptp(gaps_mm) <= EVEN_GAP_TOLERANCE * np.median(gaps_mm))
