"""Frames that carry their own positions, put on one even grid: how masks find their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import GeometryError
from metaviewer.frames import Float64Array, frozen

ORTHOGONAL_TOLERANCE: Final = 1e-3
SAME_POSITION_MM: Final = 1e-3
RESIDUAL_MAX_SLICES: Final = 0.1
"""How far a frame may lie from its place on the even grid, in slices."""
SLICE_COUNT_MAX: Final = 1 << 15
COORDINATE_MAX_MM: Final = 1e5
"""100 m: no scanner and no patient is larger."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FrameGrid:
    """An even grid and the slice of it on which each frame lies.

    Parameters
    ----------
    lps_from_ijk : array of shape (4, 4)
        Voxel centres of slice 0, 1, ... to LPS in mm; determinant above zero; sheared where the
        positions are.
    slice_of_frame : int array of shape (frames,)
    slice_count : int
        Slices from the first to the last frame, those without a frame included.
    """

    lps_from_ijk: Float64Array
    slice_of_frame: NDArray[np.int64]
    slice_count: int


def frame_grid(
    *,
    positions_lps_mm_n3: Float64Array,
    orientation: Float64Array,
    pixel_spacing_rc_mm: tuple[float, float],
    declared_step_mm: float | None,
    thickness_mm: float | None = None,
) -> FrameGrid:
    """Grid on which every frame lies by its own position; frames may be missing or come twice.

    Parameters
    ----------
    positions_lps_mm_n3 : float64 array of shape (frames, 3)
        ImagePositionPatient of each frame: the centre of its first voxel.
    orientation : float64 array of shape (6,)
        Row cosines, then column cosines.
    pixel_spacing_rc_mm : (float, float)
        Between rows, then between columns: DICOM order.
    declared_step_mm : float or None
        SpacingBetweenSlices. Used only where the positions are whole multiples of it: positions
        decide, tags only name.
    thickness_mm : float or None
        SliceThickness. Used only for a single position that has no spacing.

    Raises
    ------
    GeometryError
        For numbers that are not finite, axes that are not perpendicular, a single position without
        a thickness, and positions that lie on no even grid.
    """
    _check_numbers(positions_lps_mm_n3, orientation, pixel_spacing_rc_mm)
    row_axis, column_axis = orientation[:3], orientation[3:]
    normal = np.cross(row_axis, column_axis)
    heights_mm = positions_lps_mm_n3 @ normal
    order = np.argsort(heights_mm, kind="stable")
    levels_mm = _distinct(heights_mm[order])
    step_mm = _step_mm(levels_mm, declared_step_mm, thickness_mm)
    lowest_mm = levels_mm[0]
    exact = (heights_mm - lowest_mm) / step_mm
    slice_of_frame = np.rint(exact).astype(np.int64)
    worst = float(np.abs(exact - slice_of_frame).max())
    slice_count = int(slice_of_frame.max()) + 1
    if worst > RESIDUAL_MAX_SLICES or slice_count > SLICE_COUNT_MAX:
        raise GeometryError(
            f"frames {np.diff(levels_mm).min():.3f} to {np.diff(levels_mm).max():.3f} mm apart "
            f"lie on no even grid"
        )
    origin_mm, step_lps_mm = _fitted_line(positions_lps_mm_n3, slice_of_frame, normal * step_mm)
    between_rows_mm, between_columns_mm = pixel_spacing_rc_mm
    lps_from_ijk = np.eye(4)
    lps_from_ijk[:3, 0] = row_axis * between_columns_mm
    lps_from_ijk[:3, 1] = column_axis * between_rows_mm
    lps_from_ijk[:3, 2] = step_lps_mm
    lps_from_ijk[:3, 3] = origin_mm
    return FrameGrid(
        lps_from_ijk=frozen(lps_from_ijk), slice_of_frame=slice_of_frame, slice_count=slice_count
    )


def _check_numbers(
    positions_mm: Float64Array, orientation: Float64Array, spacing_mm: tuple[float, float]
) -> None:
    if not (
        np.isfinite(positions_mm).all()
        and np.abs(positions_mm).max() <= COORDINATE_MAX_MM
        and np.isfinite(orientation).all()
    ):
        raise GeometryError("a frame's position or orientation is not a number or far outside")
    if not all(np.isfinite(value) and 0.0 < value <= COORDINATE_MAX_MM for value in spacing_mm):
        raise GeometryError(f"distance between voxels {spacing_mm[0]:g} by {spacing_mm[1]:g} mm")
    row_axis, column_axis = orientation[:3], orientation[3:]
    off = max(
        abs(float(row_axis @ column_axis)),
        abs(float(np.linalg.norm(row_axis)) - 1.0),
        abs(float(np.linalg.norm(column_axis)) - 1.0),
    )
    if off > ORTHOGONAL_TOLERANCE:
        raise GeometryError(f"row and column directions are {off:.3g} from perpendicular unit axes")


def _distinct(heights_mm: Float64Array) -> Float64Array:
    """Sorted heights, those within `SAME_POSITION_MM` of the one before left out."""
    keep = np.concatenate([[True], np.diff(heights_mm) > SAME_POSITION_MM])
    distinct: Float64Array = heights_mm[keep]
    return distinct


def _step_mm(
    levels_mm: Float64Array, declared_step_mm: float | None, thickness_mm: float | None
) -> float:
    """Distance between neighbouring slices of the grid."""
    declared = _length_mm(declared_step_mm)
    if len(levels_mm) == 1:
        declared = declared or _length_mm(thickness_mm)
        if not declared:
            raise GeometryError("a single slice without a thickness has no place in space")
        return declared
    gaps_mm = np.diff(levels_mm)
    smallest_mm = float(gaps_mm.min())
    if declared and declared < smallest_mm * (1.0 + RESIDUAL_MAX_SLICES):
        multiples = gaps_mm / declared
        if float(np.abs(multiples - np.rint(multiples)).max()) <= RESIDUAL_MAX_SLICES:
            smallest_mm = declared
    # Rounded positions spoil a step taken from one gap: over the whole stack the error divides.
    span_mm = float(levels_mm[-1] - levels_mm[0])
    return span_mm / max(1.0, float(np.rint(span_mm / smallest_mm)))


def _length_mm(stated_mm: float | None) -> float:
    """A stated length without its sign (some writers count downwards); 0 where it is none."""
    length_mm = abs(stated_mm or 0.0)
    return length_mm if SAME_POSITION_MM < length_mm <= COORDINATE_MAX_MM else 0.0


def _fitted_line(
    positions_mm: Float64Array, slice_of_frame: NDArray[np.int64], upright_step_mm: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """Origin of slice 0 and the step to the next: a sheared stack stays sheared."""
    first = int(np.argmin(slice_of_frame))
    if int(slice_of_frame.max()) == int(slice_of_frame.min()):
        return positions_mm[first], upright_step_mm
    offsets = slice_of_frame - slice_of_frame.mean()
    step_mm = offsets @ (positions_mm - positions_mm.mean(axis=0)) / float(offsets @ offsets)
    origin_mm = positions_mm.mean(axis=0) - step_mm * slice_of_frame.mean()
    stray_mm = positions_mm - (origin_mm + slice_of_frame[:, None] * step_mm)
    if float(np.abs(stray_mm).max()) > RESIDUAL_MAX_SLICES * float(np.linalg.norm(step_mm)):
        raise GeometryError(
            f"frames lie up to {float(np.abs(stray_mm).max()):.3f} mm off one straight stack"
        )
    return origin_mm, step_mm
