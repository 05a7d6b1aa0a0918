"""Closed triangle solids for generated buildings: boxes, cylinders, extruded profiles.

Metres, z up, triangles counter-clockwise seen from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rgba = tuple[float, float, float, float]

ROUND: Final = 16
"""Sides of a cylinder."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Solid:
    """A closed surface of one colour.

    Parameters
    ----------
    points_m_n3 : float64 array (n, 3)
    triangles_n3 : int64 array (m, 3), counted from 0
    rgba : display sRGB and opacity, 0..1
    """

    points_m_n3: NDArray[np.float64]
    triangles_n3: NDArray[np.int64]
    rgba: Rgba


def box(low: ArrayLike, high: ArrayLike, rgba: Rgba) -> Solid:
    """A box between two corners."""
    low_m, high_m = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    (x0, y0), (x1, y1) = low_m[:2], high_m[:2]
    return prism([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], low_m[2], high_m[2], rgba)


def soft_box(low: ArrayLike, high: ArrayLike, rgba: Rgba, *, edge_m: float = 0.01) -> Solid:
    """A box whose edges and corners are cut off: they catch the light."""
    low_m, high_m = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    edge = min(edge_m, float((high_m - low_m).min()) / 2.5)
    signs = np.array(
        [(x, y, z) for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)], dtype=np.float64
    )
    corners = (low_m + high_m) / 2 + signs * (high_m - low_m) / 2
    # Each corner becomes three points, one on each of its faces.
    inward = np.stack([-signs * edge * (1 - np.eye(3)[axis]) for axis in range(3)], axis=1)
    return hull((corners[:, None, :] + inward).reshape(-1, 3), rgba)


def hull(points_m_n3: NDArray[np.float64], rgba: Rgba) -> Solid:
    """The convex hull of points, wound outwards."""
    from scipy.spatial import ConvexHull

    found = ConvexHull(points_m_n3)
    triangles = found.simplices.astype(np.int64)
    first, second, third = np.moveaxis(points_m_n3[triangles], 1, 0)
    outward = found.equations[:, :3]
    inside_out = (np.cross(second - first, third - first) * outward).sum(axis=1) < 0
    triangles[inside_out] = triangles[inside_out][:, ::-1]
    used, triangles = np.unique(triangles, return_inverse=True)
    return Solid(points_m_n3=points_m_n3[used], triangles_n3=triangles.reshape(-1, 3), rgba=rgba)


def prism(outline_m: Sequence[tuple[float, float]], z0_m: float, z1_m: float, rgba: Rgba) -> Solid:
    """A convex outline, counter-clockwise, from one height to another."""
    count = len(outline_m)
    ring = np.asarray(outline_m, dtype=np.float64)
    points = np.vstack([np.column_stack([ring, np.full(count, z)]) for z in (z0_m, z1_m)])
    here = np.arange(count)
    there = (here + 1) % count
    fan = np.column_stack([np.zeros(count - 2, dtype=np.int64), here[1:-1], here[2:]])
    triangles = np.vstack(
        [
            fan[:, ::-1],
            fan + count,
            np.column_stack([here, there, there + count]),
            np.column_stack([here, there + count, here + count]),
        ]
    )
    return Solid(points_m_n3=points, triangles_n3=triangles, rgba=rgba)


def cylinder(
    centre_m: tuple[float, float], radius_m: float, z_m: tuple[float, float], rgba: Rgba
) -> Solid:
    """An upright cylinder."""
    angle = 2 * np.pi * np.arange(ROUND) / ROUND
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * radius_m + centre_m
    return prism([(x, y) for x, y in ring.tolist()], *z_m, rgba)


def turned(solid: Solid, *, axis: int, angle_rad: float, about_m: ArrayLike = (0, 0, 0)) -> Solid:
    """The solid turned about an axis (0, 1, 2) through a point, by the right hand."""
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    second, third = (axis + 1) % 3, (axis + 2) % 3
    turn = np.eye(3)
    turn[second, second] = turn[third, third] = cosine
    turn[second, third], turn[third, second] = -sine, sine
    pivot = np.asarray(about_m, dtype=np.float64)
    moved = (solid.points_m_n3 - pivot) @ turn.T + pivot
    return Solid(points_m_n3=moved, triangles_n3=solid.triangles_n3, rgba=solid.rgba)


def moved(solid: Solid, offset_m: ArrayLike) -> Solid:
    """The solid shifted."""
    return Solid(
        points_m_n3=solid.points_m_n3 + np.asarray(offset_m, dtype=np.float64),
        triangles_n3=solid.triangles_n3,
        rgba=solid.rgba,
    )


def cells_prism(
    xs_m: NDArray[np.float64],
    ys_m: NDArray[np.float64],
    filled_ij: NDArray[np.bool_],
    z_m: tuple[float, float],
    rgba: Rgba,
) -> Solid:
    """The filled cells of a grid as one closed solid: faces only where filled meets empty."""
    nx, ny = len(xs_m), len(ys_m)
    points = np.array([(x, y, z) for z in z_m for y in ys_m for x in xs_m])
    padded = np.pad(filled_ij, 1)

    def corner(i: int, j: int, k: int) -> int:
        return (k * ny + j) * nx + i

    quads: list[tuple[int, int, int, int]] = []
    for i, j in np.argwhere(filled_ij).tolist():
        a, b, c, d = ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))
        quads.append((corner(*a, 1), corner(*b, 1), corner(*c, 1), corner(*d, 1)))
        quads.append((corner(*d, 0), corner(*c, 0), corner(*b, 0), corner(*a, 0)))
        for (p, q), (di, dj) in (
            ((a, b), (0, -1)),
            ((b, c), (1, 0)),
            ((c, d), (0, 1)),
            ((d, a), (-1, 0)),
        ):
            if not padded[i + 1 + di, j + 1 + dj]:
                quads.append((corner(*p, 0), corner(*q, 0), corner(*q, 1), corner(*p, 1)))
    corners = np.array(quads, dtype=np.int64)
    triangles = np.vstack([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]])
    used, renumbered = np.unique(triangles, return_inverse=True)
    return Solid(points_m_n3=points[used], triangles_n3=renumbered.reshape(-1, 3), rgba=rgba)


def volume_m3(solid: Solid) -> float:
    """Enclosed volume, positive where the triangles are wound outwards."""
    first, second, third = np.moveaxis(solid.points_m_n3[solid.triangles_n3], 1, 0)
    return float((first * np.cross(second, third)).sum() / 6.0)


def bounds_m(solids: Sequence[Solid]) -> NDArray[np.float64]:
    """Lowest and highest corner of several solids, shape (2, 3)."""
    points = np.vstack([solid.points_m_n3 for solid in solids])
    return np.array([points.min(axis=0), points.max(axis=0)])
