"""Arithmetic of closed triangle meshes: volume, area, seams."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32] | NDArray[np.float64]
Triangles = NDArray[np.int32] | NDArray[np.int64]


def volume_of(points_n3: Points, triangles_n3: Triangles) -> float:
    """Signed volume inside a closed mesh; above zero where corners run counter-clockwise outside.

    Sums the tetrahedra over a point in the middle of the mesh: far from the origin the terms
    would cancel in the last digits.
    """
    corners = _corners(points_n3, triangles_n3)
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)


def area_of(points_n3: Points, triangles_n3: Triangles) -> float:
    """Total area of the triangles."""
    corners = _corners(points_n3, triangles_n3)
    sides = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(sides, axis=1).sum() / 2.0)


def welded(
    points_n3: NDArray[Any], triangles_n3: Triangles
) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """The same triangles with equal points joined into one; points no triangle uses are left out.

    Equal means equal in every bit but the sign of zero: nothing is snapped together.
    """
    used = points_n3[triangles_n3.ravel()] + points_n3.dtype.type(0.0)
    as_bytes = np.ascontiguousarray(used).view([("", used.dtype)] * 3).ravel()
    _, first, place = np.unique(as_bytes, return_index=True, return_inverse=True)
    return used[first], place.reshape(-1, 3).astype(np.int32)


def collapsed_count(triangles_n3: Triangles) -> int:
    """Triangles of which two corners are one point."""
    return len(triangles_n3) - len(_proper(triangles_n3))


def open_edge_count(triangles_n3: Triangles) -> int:
    """Edges that do not join exactly two triangles running opposite ways; 0 where watertight.

    Triangles of which two corners are one point close nothing and open nothing.
    """
    corners = _proper(triangles_n3).astype(np.int64)
    if not len(corners):
        return 0
    tails = corners.ravel()
    heads = corners[:, [1, 2, 0]].ravel()
    low, high = np.minimum(tails, heads), np.maximum(tails, heads)
    _, place = np.unique(low << 32 | high, return_inverse=True)
    uses = np.bincount(place)
    balance = np.bincount(place, weights=np.sign(heads - tails))
    return int(np.count_nonzero((uses != 2) | (balance != 0.0)))


def _proper(triangles_n3: Triangles) -> Triangles:
    a, b, c = triangles_n3[:, 0], triangles_n3[:, 1], triangles_n3[:, 2]
    proper: Triangles = triangles_n3[(a != b) & (b != c) & (c != a)]
    return proper


def _corners(points_n3: Points, triangles_n3: Triangles) -> NDArray[np.float64]:
    """Corners of each triangle about the middle of the mesh, shape (m, 3, 3)."""
    if not len(triangles_n3):
        return np.zeros((0, 3, 3))
    points = points_n3.astype(np.float64)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2.0
    corners: NDArray[np.float64] = (points - middle)[triangles_n3]
    return corners
