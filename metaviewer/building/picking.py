"""Which element a ray meets: boxes of all elements first, then triangles of the boxes it meets.

One ray for mouse and hand, without GL.
"""

from __future__ import annotations

from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metaviewer.building.extents import shape_corners
from metaviewer.building.model import Building
from metaviewer.frames import Float64Array

PARALLEL: Final = 1e-15
SEAM: Final = 1e-9
"""Share of a triangle by which it is wider: no ray slips between two that share an edge."""
NEAREST_M: Final = 1e-4
"""A surface nearer than this is the one the hand already touches."""
BESIDE_M: Final = 1e-7
"""A ray along a side of a box, or nearly so, meets it."""

_Pair = tuple[NDArray[np.int64], NDArray[np.int64]]
_ORDERS: Final[WeakKeyDictionary[Building, _Pair]] = WeakKeyDictionary()
_SIDES: Final[WeakKeyDictionary[Building, tuple[Float64Array, Float64Array]]] = WeakKeyDictionary()
"""Kept as long as their buildings, which never change: a closed one leaves nothing behind."""


def pick_element(
    building: Building,
    *,
    origin_site_m: ArrayLike,
    direction_site: ArrayLike,
    hidden_mask: NDArray[np.bool_],
) -> tuple[int, float] | None:
    """Row and distance in metres of the first element that a ray meets; None for none.

    Parameters
    ----------
    origin_site_m, direction_site : array_like of shape (3,)
        Relative to the building's origin, like `bounds_site_m`; the direction has any length.
    hidden_mask : bool array (elements,)
        True for what cannot be picked.
    """
    start = np.asarray(origin_site_m, dtype=np.float64)
    ahead = np.asarray(direction_site, dtype=np.float64)
    ahead = ahead / np.linalg.norm(ahead)
    near = _box_distances_m(*_sides_of(building), start, ahead)
    near[hidden_mask] = np.inf
    candidates = np.flatnonzero(np.isfinite(near))
    best_m, best = np.inf, -1
    for row in candidates[np.argsort(near[candidates], kind="stable")]:
        if near[row] > best_m:
            break
        distance_m = _triangle_distance_m(element_triangles(building, int(row)), start, ahead)
        if distance_m < best_m:
            best_m, best = distance_m, int(row)
    return (best, float(best_m)) if best >= 0 else None


def element_triangles(building: Building, element: int) -> Float64Array:
    """Corners of an element's triangles in metres from the building's origin, shape (n, 3, 3)."""
    shapes = building.shapes
    order, start = _placements_of(building)
    corners = [np.zeros((0, 3, 3))]
    for placement in order[start[element] : start[element + 1]]:
        matrix = shapes.site_from_shape[placement]
        local = shape_corners(shapes, int(shapes.placed_shape[placement]))
        corners.append(local @ matrix[:3, :3].T + matrix[:3, 3])
    return np.concatenate(corners)


def _placements_of(building: Building) -> _Pair:
    """Placements sorted by element, and where each element's begin."""
    found = _ORDERS.get(building)
    if found is None:
        placed = building.shapes.placed_element
        order = np.argsort(placed, kind="stable")
        start = np.searchsorted(placed[order], np.arange(len(building.elements) + 1))
        found = _ORDERS[building] = order.astype(np.int64), start.astype(np.int64)
    return found


def _sides_of(building: Building) -> tuple[Float64Array, Float64Array]:
    """Low and high sides of all boxes by axis, each (3, elements): as the test below reads them."""
    found = _SIDES.get(building)
    if found is None:
        low, high = building.elements.bounds_site_m.transpose(1, 2, 0)
        found = _SIDES[building] = np.array(low, order="C"), np.array(high, order="C")
    return found


def _box_distances_m(
    low_3n: Float64Array, high_3n: Float64Array, start: Float64Array, ahead: Float64Array
) -> Float64Array:
    """Distance at which the ray enters each box, infinite where it misses or the box is unknown."""
    enter = np.zeros(low_3n.shape[1])
    leave = np.full(low_3n.shape[1], np.inf)
    for low, high, at, step in zip(low_3n, high_3n, start, ahead, strict=True):
        if abs(step) < PARALLEL:  # between these two sides for ever, or never
            leave[(at < low - BESIDE_M) | (at > high + BESIDE_M)] = -np.inf
            continue
        one, other = (low - at) / step, (high - at) / step
        np.maximum(enter, np.minimum(one, other), out=enter)
        np.minimum(leave, np.maximum(one, other), out=leave)
    return np.where(enter <= leave, enter, np.inf)  # an unknown box is NaN: never less


def _triangle_distance_m(
    corners_n33: Float64Array, start: Float64Array, ahead: Float64Array
) -> float:
    """Distance to the nearest triangle met from either side (Moeller and Trumbore 1997)."""
    if not len(corners_n33):
        return np.inf
    first = corners_n33[:, 1] - corners_n33[:, 0]
    second = corners_n33[:, 2] - corners_n33[:, 0]
    crossed = np.cross(ahead, second)
    determinant = np.einsum("ij,ij->i", first, crossed)
    usable = np.abs(determinant) > PARALLEL
    inverse = 1.0 / np.where(usable, determinant, 1.0)
    offset = start - corners_n33[:, 0]
    u = np.einsum("ij,ij->i", offset, crossed) * inverse
    turned = np.cross(offset, first)
    v = (turned @ ahead) * inverse
    distance = np.einsum("ij,ij->i", second, turned) * inverse
    inside = (u >= -SEAM) & (v >= -SEAM) & (u + v <= 1.0 + SEAM)
    hit = usable & inside & (distance > NEAREST_M)
    return float(distance[hit].min()) if hit.any() else np.inf
