"""Where slices are: checked planes, one affine, and four outcomes for a stack of them.

Positions decide. A stack is accepted as it is, sheared exactly, laid on a regular grid with the
places of missing or uneven slices told, or refused in 3D with the reason; nothing is made up.

References
----------
DICOM PS3.3 C.7.6.2.1.1 (plane equation), 10.7.1.3 (order of the spacing pair).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metaviewer.errors import GeometryError, Refused
from metaviewer.frames import Float64Array, frozen

UNIT_TOLERANCE: Final = 0.02
"""Cosines rounded to two digits are still a unit vector; one of length 2 doubles the spacing."""
ORTHOGONAL_TOLERANCE: Final = 0.01
EXACT: Final = 1e-9
SPACING_MM_MIN: Final = (
    1e-3  # a micrometre: finer than any scanner, coarser than a slip of the unit
)
SPACING_MM_MAX: Final = 1e3
POSITION_MM_MAX: Final = 1e6  # a kilometre from the scanner's own origin
SAME_PLACE_MM: Final = 0.01
RESIDUAL_VOXELS_MAX: Final = 0.1
"""Slicer corrects from 1e-3 mm, highdicom refuses from 1 %, real tables jitter by 1 to 2 %."""
GAP_FACTOR: Final = 3.0
"""Across more than this many usual steps nothing is interpolated: the place stays empty."""
GRID_GROWTH_MAX: Final = 4
"""Resampling makes at most this many slices of one."""

EXPORT_AGAIN: Final = "export the whole series again"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Arrangement:
    """Slices laid on a regular grid.

    Parameters
    ----------
    order : int array of shape (n,)
        The slices by rising distance along row x column.
    lower, upper : int array of shape (slices,)
        The two of `order` between which a slice of the grid lies; -1 where nothing was measured.
    weight : float array of shape (slices,)
        Share of `upper`, 0..1; 0 where a slice of the grid is a slice of the source.
    lps_from_ijk : array of shape (4, 4)
    """

    order: NDArray[np.intp]
    lower: NDArray[np.intp]
    upper: NDArray[np.intp]
    weight: Float64Array
    lps_from_ijk: Float64Array
    badges: tuple[str, ...] = ()
    reason: str = ""


def check_plane(
    position: Sequence[float], orientation: Sequence[float], spacing_rc: Sequence[float]
) -> None:
    """Raise Refused where a stated number describes no plane; what is absent (empty) passes."""
    if spacing_rc and not all(SPACING_MM_MIN <= mm <= SPACING_MM_MAX for mm in spacing_rc):
        raise Refused("", "geometry", "pixel spacing is not between 0.001 and 1000 mm")
    if position and not all(abs(mm) <= POSITION_MM_MAX for mm in position):
        raise Refused("", "geometry", "a slice lies more than a kilometre away")
    if orientation:
        _check_directions(tuple(orientation))


@lru_cache(maxsize=64)  # slices of one stack have one orientation
def _check_directions(orientation: tuple[float, ...]) -> None:
    row, column = orientation[:3], orientation[3:]
    if max(abs(math.hypot(*axis) - 1.0) for axis in (row, column)) > UNIT_TOLERANCE:
        raise Refused("", "geometry", "the direction of rows or columns has not length 1")
    if abs(sum(a * b for a, b in zip(row, column, strict=True))) > ORTHOGONAL_TOLERANCE:
        raise Refused("", "geometry", "rows and columns are not at right angles")


def axes_of(orientation: Sequence[float]) -> tuple[Float64Array, Float64Array]:
    """Row and column direction, unit length and at right angles to the last digit.

    Rounded cosines are turned by the same small angle each, so that neither is preferred.
    """
    row, column = _pair(orientation)
    if max(abs(row @ row - 1.0), abs(column @ column - 1.0), abs(row @ column)) < EXACT:
        return row, column
    row, column = row / np.linalg.norm(row), column / np.linalg.norm(column)
    middle, across = row + column, row - column
    middle /= np.linalg.norm(middle)
    across /= np.linalg.norm(across)
    return (middle + across) / np.sqrt(2.0), (middle - across) / np.sqrt(2.0)


def normal_of(orientation: Sequence[float]) -> Float64Array:
    """Unit vector row x column: slices rise along it, whatever their numbers say."""
    row, column = axes_of(orientation)
    return np.cross(row, column)


def lps_from_ijk(
    *,
    image_position_lps_mm: ArrayLike,
    image_orientation: Sequence[float],
    pixel_spacing_rc_mm: Sequence[float],
    slice_step_lps_mm: ArrayLike,
) -> Float64Array:
    """Affine from voxel centres (i, j, k, 1) to patient LPS in mm; shape (4, 4), read-only.

    Parameters
    ----------
    image_position_lps_mm : array of shape (3,)
        Centre of the first voxel of slice 0.
    image_orientation : six floats
        Direction of a row (towards rising columns), then of a column.
    pixel_spacing_rc_mm : (float, float)
        Distance between *rows*, then between *columns*: DICOM order, the reverse of (i, j).
    slice_step_lps_mm : array of shape (3,)
        From slice k to k + 1, from positions. Under gantry tilt it is not normal to the slice.

    Raises
    ------
    GeometryError
        If the axes span no volume or are mirrored.

    References
    ----------
    DICOM PS3.3 C.7.6.2.1.1 (equation), 10.7.1.3 (order of the spacing pair).
    """
    row, column = axes_of(image_orientation)
    matrix = np.eye(4)
    matrix[:3, 0] = row * pixel_spacing_rc_mm[1]
    matrix[:3, 1] = column * pixel_spacing_rc_mm[0]
    matrix[:3, 2] = slice_step_lps_mm
    matrix[:3, 3] = image_position_lps_mm
    if not np.all(np.isfinite(matrix)) or np.linalg.det(matrix[:3, :3]) <= 0.0:
        raise GeometryError("the axes of the slices span no right-handed volume")
    return frozen(matrix)


def arrange(
    positions_lps_mm_n3: ArrayLike,
    *,
    orientation: Sequence[float],
    spacing_rc_mm: Sequence[float],
    thickness_mm: float | None = None,
) -> Arrangement:
    """Lay slices of one orientation, each at a place of its own, on a regular grid.

    Raises
    ------
    Refused
        If they lie on no straight line, or so far apart that most of the grid would be empty.
    """
    positions = np.asarray(positions_lps_mm_n3, dtype=np.float64)
    normal = normal_of(orientation)
    heights_mm = positions @ normal
    order = np.argsort(heights_mm, kind="stable")
    positions, heights_mm = positions[order], heights_mm[order]
    if len(order) == 1:
        return _single(positions[0], order, orientation, spacing_rc_mm, thickness_mm)
    _check_line(positions, heights_mm, spacing_rc_mm)
    steps_mm = np.diff(heights_mm)
    if steps_mm.min() < SAME_PLACE_MM:
        raise Refused("", "geometry", "two slices lie at one place", remedy=EXPORT_AGAIN)
    if steps_mm.max() > SPACING_MM_MAX:
        apart_m = steps_mm.max() / SPACING_MM_MAX
        reason = f"two slices lie {apart_m:.1f} m apart"
        raise Refused("", "geometry", reason, remedy=EXPORT_AGAIN)
    grid = _even(heights_mm) or _with_gaps(heights_mm) or _resampled(heights_mm)
    slice_count = len(grid.lower)
    step = (positions[-1] - positions[0]) / (slice_count - 1)
    badges, reasons = list(grid.badges), [grid.reason] if grid.reason else []
    lateral = step - (step @ normal) * normal
    if np.linalg.norm(lateral) * (slice_count - 1) > RESIDUAL_VOXELS_MAX * min(spacing_rc_mm):
        degrees = float(np.degrees(np.arctan2(np.linalg.norm(lateral), step @ normal)))
        badges.append("sheared")
        # A tenth of a voxel, at the end of a long stack, may be a hundredth of a degree.
        said = f"{degrees:.1f}" if degrees >= 0.1 else f"{degrees:.1g}"
        reasons.append(f"slices are sheared by {said} degrees and drawn so")
    return Arrangement(
        order=order,
        lower=grid.lower,
        upper=grid.upper,
        weight=grid.weight,
        lps_from_ijk=lps_from_ijk(
            image_position_lps_mm=positions[0],
            image_orientation=orientation,
            pixel_spacing_rc_mm=spacing_rc_mm,
            slice_step_lps_mm=step,
        ),
        badges=tuple(badges),
        reason="; ".join(reasons),
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Grid:
    """Places of the grid's slices between those of the source."""

    lower: NDArray[np.intp]
    upper: NDArray[np.intp]
    weight: Float64Array
    badges: tuple[str, ...] = ()
    reason: str = ""


def _single(
    position: Float64Array,
    order: NDArray[np.intp],
    orientation: Sequence[float],
    spacing_rc_mm: Sequence[float],
    thickness_mm: float | None,
) -> Arrangement:
    """One slice: a slab as thick as the scanner says, else as a pixel; no distance is claimed."""
    is_slab = thickness_mm is not None and SPACING_MM_MIN <= thickness_mm <= SPACING_MM_MAX
    slab_mm = thickness_mm if is_slab else None
    step = normal_of(orientation) * (slab_mm or min(spacing_rc_mm))
    zero = np.zeros(1, dtype=np.intp)
    return Arrangement(
        order=order,
        lower=zero,
        upper=zero,
        weight=np.zeros(1),
        lps_from_ijk=lps_from_ijk(
            image_position_lps_mm=position,
            image_orientation=orientation,
            pixel_spacing_rc_mm=spacing_rc_mm,
            slice_step_lps_mm=step,
        ),
        badges=("single_slice",),
    )


def _check_line(
    positions: Float64Array, heights_mm: Float64Array, spacing_rc_mm: Sequence[float]
) -> None:
    shares = (heights_mm - heights_mm[0]) / max(heights_mm[-1] - heights_mm[0], SAME_PLACE_MM)
    wanted = positions[0] + shares[:, None] * (positions[-1] - positions[0])
    off_mm = np.linalg.norm(positions - wanted, axis=1)
    if off_mm.max() > RESIDUAL_VOXELS_MAX * min(spacing_rc_mm):
        raise Refused(
            "",
            "geometry",
            f"slice {int(off_mm.argmax()) + 1} of {len(positions)} lies {off_mm.max():.2f} mm "
            "beside the line of the others",
            remedy=EXPORT_AGAIN,
        )


def _even(heights_mm: Float64Array) -> _Grid | None:
    """Every slice within a tenth of a step of a regular grid."""
    count = len(heights_mm)
    wanted = np.linspace(heights_mm[0], heights_mm[-1], count)
    step_mm = (heights_mm[-1] - heights_mm[0]) / (count - 1)
    if np.abs(heights_mm - wanted).max() > RESIDUAL_VOXELS_MAX * step_mm:
        return None
    index = np.arange(count, dtype=np.intp)
    return _Grid(lower=index, upper=index, weight=np.zeros(count))


def _with_gaps(heights_mm: Float64Array) -> _Grid | None:
    """A regular grid from which slices are missing: their places stay empty."""
    steps_mm = np.diff(heights_mm)
    multiples = np.round(steps_mm / steps_mm.min()).astype(np.int64)
    total = int(multiples.sum())
    count = len(heights_mm)
    if (multiples == 1).sum() * 2 < len(steps_mm) or total + 1 > 2 * count:
        return None
    step_mm = (heights_mm[-1] - heights_mm[0]) / total
    places = np.concatenate(([0], np.cumsum(multiples)))
    residual_mm = np.abs(heights_mm - heights_mm[0] - places * step_mm).max()
    if residual_mm > RESIDUAL_VOXELS_MAX * step_mm:
        return None
    lower = np.full(total + 1, -1, dtype=np.intp)
    lower[places] = np.arange(count)
    widest = int(steps_mm.argmax())
    return _Grid(
        lower=lower,
        upper=lower.copy(),
        weight=np.zeros(total + 1),
        badges=("gap",),
        reason=f"{total + 1 - count} of {total + 1} slices are missing: {steps_mm[widest]:.2f} mm "
        f"after slice {widest + 1}, the others {step_mm:.2f} mm; the gap is left empty",
    )


def _resampled(heights_mm: Float64Array) -> _Grid:
    """Uneven distances: a regular grid through both ends, linear between neighbouring slices."""
    steps_mm = np.diff(heights_mm)
    extent_mm = heights_mm[-1] - heights_mm[0]
    count = len(heights_mm)
    finest_mm = max(float(steps_mm.min()), extent_mm / (GRID_GROWTH_MAX * (count - 1)))
    intervals = max(int(np.ceil(extent_mm / finest_mm - 1e-6)), 1)
    at_mm = np.linspace(heights_mm[0], heights_mm[-1], intervals + 1)
    lower = np.clip(np.searchsorted(heights_mm, at_mm, side="right") - 1, 0, count - 2)
    weight = np.clip((at_mm - heights_mm[lower]) / steps_mm[lower], 0.0, 1.0)
    upper = lower + 1
    usual_mm = float(np.median(steps_mm))
    step_mm = extent_mm / intervals
    is_void = (
        (steps_mm[lower] > GAP_FACTOR * usual_mm)
        & (weight * steps_mm[lower] > step_mm / 2)
        & ((1.0 - weight) * steps_mm[lower] > step_mm / 2)
    )
    if is_void.sum() * 2 > len(at_mm):
        raise Refused(
            "",
            "geometry",
            f"slices are {steps_mm.min():.2f} to {steps_mm.max():.2f} mm apart: more than half of "
            "the volume is missing",
            remedy=EXPORT_AGAIN,
        )
    lower, upper = np.where(is_void, -1, lower), np.where(is_void, -1, upper)
    badges = ("irregular_spacing", "resampled", *(("gap",) if is_void.any() else ()))
    return _Grid(
        lower=lower,
        upper=upper,
        weight=np.where(is_void, 0.0, weight),
        badges=badges,
        reason=f"slices are {steps_mm.min():.2f} to {steps_mm.max():.2f} mm apart: resampled to "
        f"{step_mm:.2f} mm",
    )


def _pair(orientation: Sequence[float]) -> tuple[Float64Array, Float64Array]:
    cosines = np.asarray(orientation, dtype=np.float64)
    return cosines[:3], cosines[3:]
