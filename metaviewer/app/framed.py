"""What a camera frames: the patient in a scanner's grid, a building without its strays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.building import Building
from metaviewer.frames import Float64Array, corners_of, frozen, moved
from metaviewer.medical import Volume
from metaviewer.scene import Vector

PROFILE_SAMPLES: Final = 100
MATTER_SHARE: Final = 0.15
"""Of the way from the darkest to the brightest value: above air, below tissue (CT and MR)."""
PROFILE_SHARE: Final = 0.06
"""A table is a few voxels of a row, a body much of it."""

LUNG_HU: Final = (-980.0, -400.0)
"""Air in tissue: below it is air alone, above it vessels and flesh."""
LUNG_PART_MIN: Final = 0.2
"""Of the larger one: a lung is never much smaller, a bubble in the bowel is."""
LUNG_SHARE_MIN: Final = 0.02
"""Of the grid: with less there are no lungs in the scan."""

FLAT_SHARE: Final = 0.4
"""A scan thinner than this share of its other sides is seen on its broad side."""
FACING_PATIENT: Final[Vector] = (0.32, -1.0, 0.12)
"""A patient faces you, turned a little so that depth shows."""
FACING_FLAT: Final[tuple[Vector, Vector, Vector]] = (
    (1.0, -0.45, 0.15),
    FACING_PATIENT,
    (0.22, -0.72, -0.9),
)
"""Onto a scan that is thin along L, P or S: from the patient's left, from the front, and from the
feet, where slices are read from, so that the front is up and left is right as on the slice."""

GAP_SHARE: Final = 0.06
"""Of a building's length: what lies beyond an empty gap this wide may be a stray."""
STRAY_SHARE: Final = 0.05
"""A stray is this much smaller than the rest, as summed diagonals: a wing across a yard is none."""
APART_M: Final = 5_000.0
"""Nobody sees both ends of a gap like this; parts of one file lie so far apart where some of them
stand at map coordinates and some at zero."""
ROUNDS_MAX: Final = 4


def patient_bounds_lps_mm(volume: Volume) -> Float64Array:
    """Box around the patient inside the volume, LPS mm, shape (2, 3).

    The rows, columns and slices in which a notable share of the voxels is brighter than air; a
    scanner's grid is much larger than the patient in it.
    """
    coarse, step = _coarse(volume)
    low, high = np.percentile(coarse, (1.0, 99.5))
    matter = coarse > low + MATTER_SHARE * (high - low)
    ranges = []
    for axis in (2, 1, 0):  # i, j, k
        profile = matter.mean(axis=tuple(other for other in range(3) if other != axis))
        inside = np.flatnonzero(profile > PROFILE_SHARE * profile.max())
        ranges.append((inside[0] * step - 0.5, inside[-1] * step + 0.5) if len(inside) else (0, 1))
    return _bounds_lps_mm(volume, np.transpose(ranges))


def seen_bounds_lps_mm(volume: Volume, *, preset: str) -> Float64Array:
    """Box around what a look shows of a volume, LPS mm, shape (2, 3)."""
    lungs = lung_bounds_lps_mm(volume) if preset == "lung" else None
    return patient_bounds_lps_mm(volume) if lungs is None else lungs


def lung_bounds_lps_mm(volume: Volume) -> Float64Array | None:
    """Box around the lungs, LPS mm, shape (2, 3); None where there are none, or not as a whole.

    Air in tissue that does not reach the sides of the scan; above and below a lung may be cut.
    """
    from scipy.ndimage import find_objects, label

    coarse, step = _coarse(volume)
    parts, count = label((coarse > LUNG_HU[0]) & (coarse < LUNG_HU[1]))
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    outer = [parts[:, 0], parts[:, -1], parts[:, :, 0], parts[:, :, -1]]
    sizes[np.unique(np.concatenate([face.ravel() for face in outer]))] = 0
    sizes[0] = 0
    if sizes.max() < LUNG_SHARE_MIN * coarse.size:
        return None
    kept = np.flatnonzero(sizes > LUNG_PART_MIN * sizes.max())
    boxes = [find_objects((parts == number).astype(np.int8))[0] for number in kept]
    ends_kji = np.array([[(side.start, side.stop) for side in box] for box in boxes])
    low_kji, high_kji = ends_kji[:, :, 0].min(axis=0), ends_kji[:, :, 1].max(axis=0)
    return _bounds_lps_mm(volume, np.stack([low_kji[::-1], high_kji[::-1]]) * step - 0.5)


def _coarse(volume: Volume) -> tuple[NDArray[Any], int]:
    """Every n-th voxel along each axis, and that n."""
    step = max(1, min(volume.values.shape) // PROFILE_SAMPLES)
    return volume.values[::step, ::step, ::step], step


def _bounds_lps_mm(volume: Volume, ends_ijk_23: Float64Array) -> Float64Array:
    corners = moved(corners_of(ends_ijk_23), target_from_source=volume.lps_from_ijk)
    return frozen([corners.min(axis=0), corners.max(axis=0)])


def patient_direction(corners_world_m_n3: Float64Array) -> Vector:
    """From where a patient is seen at first: from the front, a few slices on their broad side.

    Seen from its edge a slab fills a tenth of the picture, and shows what the knife did not.
    """
    extent = np.ptp(corners_world_m_n3, axis=0)
    thin = int(np.argmin(extent))
    is_flat = extent[thin] < FLAT_SHARE * np.delete(extent, thin).min()
    return FACING_FLAT[thin] if is_flat else FACING_PATIENT


def solid_boxes_site_m(building: Building) -> Float64Array:
    """Boxes (n, 2, 3) of a building's elements, rooms and strays left out; at least one."""
    boxes = building.elements.bounds_site_m[~building.elements.is_space]
    boxes = boxes[np.isfinite(boxes).all(axis=(1, 2))]
    return boxes[belonging(boxes)] if len(boxes) else np.zeros((1, 2, 3))


def belonging(boxes_n23: Float64Array) -> NDArray[np.bool_]:
    """Which boxes (n, 2, 3) belong to the whole: a few small ones far beside it do not.

    Seen along each axis in turn, what an empty gap parts from the rest is a stray where it is
    small, or where it is so far away that one picture cannot hold both.
    """
    kept = np.ones(len(boxes_n23), dtype=np.bool_)
    for _ in range(ROUNDS_MAX):
        before = int(np.count_nonzero(kept))
        for axis in range(3):
            rows = np.flatnonzero(kept)
            kept[rows[~_main_along(boxes_n23[rows], axis)]] = False
        if np.count_nonzero(kept) == before:
            break
    return kept


def box_around(boxes_n23: Sequence[Float64Array] | Float64Array) -> Float64Array:
    """The box (2, 3) around boxes."""
    corners = np.asarray(boxes_n23)
    return frozen([corners[:, 0].min(axis=0), corners[:, 1].max(axis=0)])


def corners_of_boxes(boxes_n23: Float64Array) -> Float64Array:
    """The eight corners of each box, (n, 8, 3)."""
    picks = np.indices((2, 2, 2)).reshape(3, 8).T
    return boxes_n23[:, picks, np.arange(3)]


def _main_along(boxes_n23: Float64Array, axis: int) -> NDArray[np.bool_]:
    """Which boxes lie in the largest group along an axis, or in one that belongs to it."""
    order = np.argsort(boxes_n23[:, 0, axis], kind="stable")
    lows, highs = boxes_n23[order, 0, axis], boxes_n23[order, 1, axis]
    reach = np.maximum.accumulate(highs)
    gaps_m = np.concatenate([[0.0], lows[1:] - reach[:-1]])
    size_m = np.linalg.norm(boxes_n23[order, 1] - boxes_n23[order, 0], axis=1)
    group = np.cumsum(gaps_m > 0.0)
    weight = np.bincount(group, weights=size_m)
    start = np.flatnonzero(np.diff(group, prepend=-1))
    first, last = lows[start], np.maximum.reduceat(highs, start)
    main = int(np.argmax(weight))
    length_m = last[main] - first[main]
    away_m = np.maximum(first - last[main], first[main] - last)
    is_stray = (away_m > GAP_SHARE * length_m) & (weight < STRAY_SHARE * weight[main])
    is_stray |= away_m > APART_M
    inside = np.zeros(len(boxes_n23), dtype=np.bool_)
    inside[order] = ~is_stray[group]
    return inside
