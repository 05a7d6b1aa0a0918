"""Slices of a volume as a radiologist reads them, and the exact value at a place.

An axial or coronal slice has the patient's left on its right side, an axial one the front on top;
a sagittal one is seen from the left, the front on its left side. A volume whose axes are the
patient's is shown voxel by voxel; an oblique one is sampled along the plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array, bounds_of, corners_of, frozen, moved
from metaviewer.medical.volume import Volume

SlicePlane = Literal["axial", "coronal", "sagittal"]

RIGHT_DOWN_LPS: Final[dict[SlicePlane, tuple[tuple[int, ...], tuple[int, ...]]]] = {
    "axial": ((1, 0, 0), (0, 1, 0)),
    "coronal": ((1, 0, 0), (0, 0, -1)),
    "sagittal": ((0, 1, 0), (0, 0, -1)),
}
"""Where the picture's right and down point in the patient (L, P, S)."""

NORMAL_AXIS: Final[dict[SlicePlane, int]] = {"axial": 2, "coronal": 1, "sagittal": 0}
EDGE_LETTERS: Final[dict[SlicePlane, tuple[str, str, str, str]]] = {
    "axial": ("R", "L", "A", "P"),
    "coronal": ("R", "L", "S", "I"),
    "sagittal": ("A", "P", "S", "I"),
}
"""Letters at the left, right, top and bottom edge."""

ALIGNED_TOLERANCE: Final = 1e-3
"""Sine of the angle (0.06 degrees) up to which an axis counts as the patient's own."""

PIXELS_MAX: Final = 2048


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, weakref_slot=True)
class SlicePicture:
    """One slice: values with their place.

    Parameters
    ----------
    values_rc : array (rows, columns), first row on top
        Modality values; the volume's lowest where the plane leaves it.
    lps_from_rc : float64 array (4, 4)
        (column, row, 0, 1) of pixel centres to LPS mm.
    """

    values_rc: NDArray[Any]
    lps_from_rc: Float64Array

    @property
    def pixel_mm(self) -> tuple[float, float]:
        """Width and height of a pixel."""
        width, height = np.linalg.norm(self.lps_from_rc[:3, :2], axis=0)
        return float(width), float(height)


def slice_of(volume: Volume, *, plane: SlicePlane, at_mm: float) -> SlicePicture:
    """The slice whose place along its normal is nearest to `at_mm` (LPS)."""
    axes = aligned_axes(volume)
    if axes is None:
        return _sampled(volume, plane=plane, at_mm=at_mm)
    return _cut(volume, plane=plane, at_mm=at_mm, axes=axes)


def aligned_axes(volume: Volume) -> tuple[int, int, int] | None:
    """Which voxel axis runs along L, P and S each; None where the grid is oblique or sheared."""
    units = volume.lps_from_ijk[:3, :3] / volume.spacing_mm
    axes = tuple(int(axis) for axis in np.abs(units).argmax(axis=1))
    along = np.abs(units[np.arange(3), axes])
    if sorted(axes) != [0, 1, 2] or (1.0 - along**2 > ALIGNED_TOLERANCE**2).any():
        return None
    left, posterior, superior = axes
    return left, posterior, superior


def value_at(volume: Volume, point_lps_mm: Float64Array) -> float | None:
    """Value of the voxel that holds a point; None outside the grid and in padding."""
    ijk = np.linalg.solve(volume.lps_from_ijk, np.append(point_lps_mm, 1.0))[:3]
    index = np.rint(ijk).astype(int)
    if (index < 0).any() or (index >= volume.shape_ijk).any():
        return None
    i, j, k = index
    if volume.padding_kji is not None and volume.padding_kji[k, j, i]:
        return None
    return float(volume.values[k, j, i])


def box_lps_mm(volume: Volume) -> Float64Array:
    """Lowest and highest corner of the voxel centres along the patient's axes, shape (2, 3)."""
    last = np.subtract(volume.shape_ijk, 1)
    corners = corners_of(np.stack([np.zeros(3), last]))
    return bounds_of(moved(corners, target_from_source=volume.lps_from_ijk))


def slice_range_mm(volume: Volume, *, plane: SlicePlane) -> tuple[float, float]:
    """Lowest and highest place of a slice along the plane's normal, LPS mm."""
    low, high = box_lps_mm(volume)
    axis = NORMAL_AXIS[plane]
    return float(low[axis]), float(high[axis])


def _cut(
    volume: Volume, *, plane: SlicePlane, at_mm: float, axes: tuple[int, int, int]
) -> SlicePicture:
    """Voxels as they are, turned so that right and down are the plane's."""
    normal = axes[NORMAL_AXIS[plane]]
    step_mm = volume.lps_from_ijk[NORMAL_AXIS[plane], normal]
    start_mm = volume.lps_from_ijk[NORMAL_AXIS[plane], 3]
    index = int(np.clip(np.rint((at_mm - start_mm) / step_mm), 0, volume.shape_ijk[normal] - 1))
    origin_ijk = np.zeros(3)
    origin_ijk[normal] = index
    values = np.take(volume.values, index, axis=2 - normal)
    directions = []
    for row_of_picture, toward in enumerate(RIGHT_DOWN_LPS[plane]):
        lps = int(np.abs(toward).argmax())
        voxel = axes[lps]
        step = np.zeros(3)
        step[voxel] = np.sign(volume.lps_from_ijk[lps, voxel]) * toward[lps]
        if step[voxel] < 0.0:
            origin_ijk[voxel] = volume.shape_ijk[voxel] - 1
        directions.append((voxel, step, row_of_picture))
    (right_axis, right, _), (down_axis, down, _) = directions
    # What is left of [k, j, i] without the normal is in falling order of the voxel axis.
    values = values if down_axis > right_axis else values.T
    values = values[:: int(down[down_axis]), :: int(right[right_axis])]
    lps_from_rc = np.eye(4)
    lps_from_rc[:3, 0] = volume.lps_from_ijk[:3, :3] @ right
    lps_from_rc[:3, 1] = volume.lps_from_ijk[:3, :3] @ down
    lps_from_rc[:3, 3] = (volume.lps_from_ijk @ np.append(origin_ijk, 1.0))[:3]
    return SlicePicture(values_rc=np.ascontiguousarray(values), lps_from_rc=frozen(lps_from_rc))


def _sampled(volume: Volume, *, plane: SlicePlane, at_mm: float) -> SlicePicture:
    """Linear samples along the plane, one for each of the volume's shortest voxel edges."""
    from scipy import ndimage

    low, high = box_lps_mm(volume)
    right, down = (np.asarray(toward, dtype=np.float64) for toward in RIGHT_DOWN_LPS[plane])
    spans = np.array([np.abs(right) @ (high - low), np.abs(down) @ (high - low)])
    pixel_mm = max(float(volume.spacing_mm.min()), float(spans.max()) / (PIXELS_MAX - 1))
    columns, rows = (int(span // pixel_mm) + 1 for span in spans)
    origin = np.where(right + down < 0.0, high, low)
    origin[NORMAL_AXIS[plane]] = np.clip(at_mm, low[NORMAL_AXIS[plane]], high[NORMAL_AXIS[plane]])
    lps_from_rc = np.eye(4)
    lps_from_rc[:3, 0], lps_from_rc[:3, 1] = right * pixel_mm, down * pixel_mm
    lps_from_rc[:3, 3] = origin
    ijk_from_rc = np.linalg.inv(volume.lps_from_ijk) @ lps_from_rc
    row, column = np.indices((rows, columns), dtype=np.float64)
    places = [
        ijk_from_rc[axis, 0] * column + ijk_from_rc[axis, 1] * row + ijk_from_rc[axis, 3]
        for axis in (2, 1, 0)
    ]
    values = ndimage.map_coordinates(
        volume.values,
        places,
        order=1,
        mode="constant",
        cval=float(volume.values.min()),
        output=np.float32,
    )
    return SlicePicture(values_rc=np.asarray(values), lps_from_rc=frozen(lps_from_rc))
