"""Vertex normals that are smooth over curved surfaces and sharp over edges."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

CREASE_DEG: Final = 40.0
"""Wider than the facets of an organ's surface, narrower than the edges of a box."""


def smooth_normals(
    points_n3: NDArray[np.float32], triangles_n3: NDArray[np.int32]
) -> NDArray[np.float32]:
    """One outward unit normal for each point, shape (n, 3); zero where no triangle has an area.

    Triangles count by their angle at the point, so that the way a face is cut into triangles does
    not show (Thurmer and Wuthrich 1998).
    """
    face_normals, weights = _face_normals_and_weights(points_n3, triangles_n3)
    sums = np.zeros((len(points_n3), 3))
    for axis in range(3):
        shares = (weights * face_normals[:, None, axis]).ravel()
        sums[:, axis] = np.bincount(triangles_n3.ravel(), shares, len(points_n3))
    return _unit(sums).astype(np.float32)


def creased(
    points_n3: NDArray[np.float32],
    triangles_n3: NDArray[np.int32],
    *,
    crease_deg: float = CREASE_DEG,
) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.float32]]:
    """Points, triangles and normals in which each point is doubled along the creases it lies on.

    Parameters
    ----------
    points_n3, triangles_n3
        Points shared between triangles; corners counter-clockwise seen from outside.
    crease_deg : float
        Two triangles that meet in a point share its normal where theirs differ by less.

    Returns
    -------
    points_n3, triangles_n3, normals_n3
        Float32, int32, float32; the triangles are the same ones in the same order.
    """
    face_normals, weights = _face_normals_and_weights(points_n3, triangles_n3)
    corner_normals = _corner_normals(
        triangles_n3, face_normals, weights, cosine_min=float(np.cos(np.radians(crease_deg)))
    )
    # Corners of one point with one normal are one vertex; rounding lets near ones fall together.
    keys = np.concatenate(
        [triangles_n3.reshape(-1, 1), np.rint(corner_normals * 1024.0).astype(np.int32)], axis=1
    ).astype(np.int32)
    as_bytes = np.ascontiguousarray(keys).view([("", np.int32)] * 4).ravel()
    _, first, place = np.unique(as_bytes, return_index=True, return_inverse=True)
    return (
        points_n3[triangles_n3.ravel()[first]],
        place.reshape(-1, 3).astype(np.int32),
        corner_normals[first].astype(np.float32),
    )


def _corner_normals(
    triangles_n3: NDArray[np.int32],
    face_normals: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    cosine_min: float,
) -> NDArray[np.float64]:
    """Unit normal of each corner, shape (3 m, 3): mean over its point's faces on its side."""
    point_of_corner = triangles_n3.ravel()
    order = np.argsort(point_of_corner, kind="stable")
    counts = np.bincount(point_of_corner)
    starts = np.cumsum(counts) - counts
    face_of = order // 3
    weight_of = weights.ravel()[order]
    sums = np.zeros((len(order), 3))
    # Every corner meets its neighbours around the point one rank at a time: as many rounds as the
    # busiest point has corners, each over all corners that have so many.
    own_count = counts[point_of_corner[order]]
    own_start = starts[point_of_corner[order]]
    rank = np.arange(len(order)) - own_start
    for step in range(int(counts.max(initial=0))):
        rows = np.flatnonzero(own_count > step)
        other = own_start[rows] + (rank[rows] + step) % own_count[rows]
        own_normals, other_normals = face_normals[face_of[rows]], face_normals[face_of[other]]
        is_near = np.einsum("ij,ij->i", own_normals, other_normals) >= cosine_min
        share = np.where(is_near, weight_of[other], 0.0)
        sums[rows] += share[:, None] * other_normals
    normals = np.zeros_like(sums)
    normals[order] = _unit(sums)
    flat = ~normals.any(axis=1)
    normals[flat] = np.repeat(face_normals, 3, axis=0)[flat]
    return normals


def _face_normals_and_weights(
    points_n3: NDArray[np.float32], triangles_n3: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit normal of each triangle (m, 3), zero without area; angle at each corner (m, 3)."""
    corners = points_n3.astype(np.float64)[triangles_n3]
    sides = corners[:, [1, 2, 0]] - corners
    normals = _unit(np.cross(sides[:, 0], sides[:, 1]))
    along = _unit(sides)
    back = -along[:, [2, 0, 1]]
    angles = np.arccos(np.clip(np.einsum("ijk,ijk->ij", along, back), -1.0, 1.0))
    angles[~normals.any(axis=1)] = 0.0
    return normals, angles


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vectors of length one; those of length zero stay."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    units: NDArray[np.float64] = vectors / np.where(lengths > 0.0, lengths, 1.0)
    return units
