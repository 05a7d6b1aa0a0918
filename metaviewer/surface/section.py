"""Where a plane cuts a mesh: the outlines of a region on a slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array, frozen
from metaviewer.surface.mesh import Mesh


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SectionLine:
    """One outline: corners (n, 3) in mm in order; a closed one comes back to its first corner."""

    points_mm_n3: Float64Array
    is_closed: bool


def section(mesh: Mesh, *, point_mm: Float64Array, normal: Float64Array) -> tuple[SectionLine, ...]:
    """Outlines in which the plane through a point cuts a mesh; none where it misses it.

    Corners lie exactly on the mesh's edges. A mesh that is open, or whose triangles share no
    corners, gives open lines.

    Parameters
    ----------
    point_mm : array of shape (3,)
        In the mesh's own frame.
    normal : array of shape (3,)
        Not zero; its length does not matter.
    """
    height = (mesh.points_mm_n3 - point_mm) @ normal
    # A corner on the plane counts as above it, so every cut triangle is cut in two edges.
    is_above = height >= 0.0
    above = is_above[mesh.triangles_n3]
    cut = mesh.triangles_n3[above.any(axis=1) & ~above.all(axis=1)]
    if not len(cut):
        return ()
    corners, after = cut, np.roll(cut, -1, axis=1)
    rises = ~is_above[corners] & is_above[after]
    falls = is_above[corners] & ~is_above[after]
    # Neighbours run along their common edge in opposite ways: where one rises the other falls.
    starts, ends = (_edges(corners[way], after[way]) for way in (rises, falls))
    keys, numbers = np.unique(np.concatenate([starts, ends]), axis=0, return_inverse=True)
    numbers = numbers.reshape(-1)
    low, high = keys[:, 0], keys[:, 1]
    share = (height[low] / (height[low] - height[high]))[:, None]
    points = mesh.points_mm_n3.astype(np.float64)
    places = points[low] + share * (points[high] - points[low])
    return tuple(
        SectionLine(points_mm_n3=frozen(places[line]), is_closed=is_closed)
        for line, is_closed in _chains(numbers[: len(starts)], numbers[len(starts) :])
    )


def _edges(ones: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.int32]:
    """Edges (n, 2) by their corners, the lower number first."""
    return np.sort(np.stack([ones, others], axis=1), axis=1)


def _chains(
    starts: NDArray[np.intp], ends: NDArray[np.intp]
) -> list[tuple[NDArray[np.intp], bool]]:
    """Lines of places from stretches between two, and whether each closes."""
    following = dict(zip(starts.tolist(), ends.tolist(), strict=True))
    first = sorted(set(following) - set(following.values()))  # of open lines: nothing leads there
    chains = []
    for start in (*first, *sorted(following)):
        line, place = [], start
        while place in following:
            line.append(place)
            place = following.pop(place)
        if line:
            is_closed = place == start
            chains.append((np.array(line if is_closed else [*line, place]), is_closed))
    return chains
