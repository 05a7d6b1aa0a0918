"""Corners of triangles that share a normal: smooth over soft edges, split at hard ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from metaviewer.building.model import Shapes

HARD_EDGE_DEG: Final = 40.0
"""Faces that meet at more are separated by an edge: pipes of 10 sides are round, boxes are not."""
FLAT_M2: Final = 1e-14
"""Twice the area under which a triangle covers no pixel and has no normal."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DrawnShapes:
    """All shapes as they are drawn: vertices with normals, split by opacity into parts.

    Part p = 2 * shape + (1 where translucent) owns vertices
    ``vertex_start[p] : vertex_start[p + 1]`` and triangles ``triangle_start[p] : ...``; triangle
    corners count from the part's first vertex.
    """

    positions_m_n3: NDArray[np.float32]
    normals_n3: NDArray[np.float32]
    colours_rgba: NDArray[np.uint8]
    vertex_start: NDArray[np.int64]
    triangles_n3: NDArray[np.int32]
    triangle_start: NDArray[np.int64]


def drawn_shapes(shapes: Shapes) -> DrawnShapes:
    """Vertices and triangles of every shape once, degenerate triangles left out."""
    counts = np.diff(shapes.triangle_start)
    shape_of = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    corners = shapes.triangles_n3 + shapes.point_start[:-1][shape_of][:, None]
    a, b, c = (shapes.points_m_n3[corners[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    lengths = np.linalg.norm(normals, axis=1)
    kept = lengths > FLAT_M2
    corners, normals, lengths = corners[kept], normals[kept], lengths[kept]
    material = shapes.triangle_material[kept]
    translucent = shapes.materials_rgba[material, 3] < 1.0
    part = 2 * shape_of[kept].astype(np.int64) + translucent
    order = np.argsort(part, kind="stable")
    corners, normals, lengths = corners[order], normals[order], lengths[order]
    material, part = material[order], part[order]
    vertex = _vertices(_welded(shapes, corners), normals / lengths[:, None], material)
    return _gathered(shapes, corners, normals, material, part, vertex)


def _corner_angles(points_n33: NDArray[np.float32]) -> NDArray[np.float32]:
    """Angle of each triangle at each corner, shape (n, 3), in radians."""
    ahead = np.roll(points_n33, -1, axis=1) - points_n33
    behind = np.roll(points_n33, 1, axis=1) - points_n33
    crossed = np.linalg.norm(np.cross(ahead, behind), axis=2)
    along = np.einsum("nij,nij->ni", ahead, behind)
    return np.asarray(np.arctan2(crossed, along), np.float32)


def _gathered(
    shapes: Shapes,
    corners: NDArray[np.int64],
    normals: NDArray[np.float32],
    material: NDArray[np.int32],
    part: NDArray[np.int64],
    vertex: NDArray[np.int64],
) -> DrawnShapes:
    """Vertex arrays from the vertex number of each corner; numbers rise from part to part."""
    vertex_count = int(vertex.max()) + 1 if len(vertex) else 0
    first = np.zeros(vertex_count, np.int64)
    first[vertex[::-1]] = np.arange(len(vertex) - 1, -1, -1)  # any corner of the vertex will do
    triangle = first // 3
    # Weighted by angle: how a flat side happens to be cut into triangles must not tilt its normals.
    units = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    angles = _corner_angles(shapes.points_m_n3[corners])
    summed = np.stack(
        [
            np.bincount(
                vertex, weights=(units[:, k : k + 1] * angles).ravel(), minlength=vertex_count
            )
            for k in range(3)
        ],
        axis=1,
    )
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    summed = np.where(length > FLAT_M2, summed / np.maximum(length, FLAT_M2), (0.0, 0.0, 1.0))
    part_count = 2 * (len(shapes.triangle_start) - 1)
    rgba = np.round(shapes.materials_rgba * 255.0).astype(np.uint8)
    part_of_vertex = part[triangle]
    vertex_start = np.searchsorted(part_of_vertex, np.arange(part_count + 1))
    local = vertex.reshape(-1, 3) - vertex_start[part][:, None]
    return DrawnShapes(
        positions_m_n3=shapes.points_m_n3[corners.reshape(-1)[first]],
        normals_n3=summed.astype(np.float32),
        colours_rgba=rgba[material[triangle]],
        vertex_start=vertex_start.astype(np.int64),
        triangles_n3=local.astype(np.int32),
        triangle_start=np.searchsorted(part, np.arange(part_count + 1)).astype(np.int64),
    )


def _welded(shapes: Shapes, corners: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the place of each corner: points of one shape with equal coordinates are one."""
    bits = (shapes.points_m_n3 + np.float32(0.0)).view(np.uint32).astype(np.uint64)
    shape_of = np.repeat(
        np.arange(len(shapes.point_start) - 1, dtype=np.uint64), np.diff(shapes.point_start)
    )
    key = shape_of * np.uint64(0x9E3779B97F4A7C15)
    for axis in range(3):
        # Mixing as in splitmix64: two places of a model of 10^6 points meet once in 10^7 models.
        key = (key ^ bits[:, axis]) * np.uint64(0xBF58476D1CE4E5B9)
        key ^= key >> np.uint64(29)
    _, place = np.unique(key, return_inverse=True)
    return np.asarray(place[corners], np.int64)


def _vertices(
    place: NDArray[np.int64], unit_normals: NDArray[np.float32], material: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Vertex number of each corner, length 3 * triangles, in the order of first appearance."""
    count = len(place)
    if not count:
        return np.zeros(0, np.int64)
    start, end = place.reshape(-1), np.roll(place, -1, axis=1).reshape(-1)
    low, high = np.minimum(start, end), np.maximum(start, end)
    edge = low * (int(place.max()) + 1) + high
    order = np.argsort(edge, kind="stable")
    same = edge[order[1:]] == edge[order[:-1]]
    left, right = order[:-1][same], order[1:][same]
    one, other = left // 3, right // 3
    soft = np.einsum("ij,ij->i", unit_normals[one], unit_normals[other]) > np.cos(
        np.radians(HARD_EDGE_DEG)
    )
    soft &= material[one] == material[other]
    left, right = left[soft], right[soft]
    # Corner k of a triangle starts its edge k; its other end is corner k + 1.
    left_end, right_end = _next_corner(left), _next_corner(right)
    turned = start[left] != start[right]
    right_start = np.where(turned, right_end, right)
    right_stop = np.where(turned, right, right_end)
    rows = np.concatenate([left, left_end])
    columns = np.concatenate([right_start, right_stop])
    links = coo_array((np.ones(len(rows), np.bool_), (rows, columns)), shape=(3 * count, 3 * count))
    _, label = connected_components(links, directed=False)
    return _by_appearance(label.astype(np.int64))


def _by_appearance(label: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same groups, numbered in the order in which they first appear."""
    groups, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.zeros(len(groups), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(groups))
    return rank[inverse]


def _next_corner(corner: NDArray[np.int64]) -> NDArray[np.int64]:
    return corner - corner % 3 + (corner % 3 + 1) % 3
