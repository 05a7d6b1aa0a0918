"""Which elements have an inside: the surface of a solid turns back on itself.

The area vectors of a closed surface sum to nothing, however it is cut into triangles; where a face
is missing or turned round, its vector is left over. (Edges that fit one to one would be too much to
ask: walls whose openings were cut have corners in the middle of edges.)
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.building.model import Building

OPEN_SHARE: Final = 0.01
"""Of the whole area, left over: a missing side is many times this, rounding a thousandth."""


def has_inside(building: Building) -> NDArray[np.bool_]:
    """Whether every shape of an element is closed, length n; without shapes it has none."""
    shapes = building.shapes
    counts = np.diff(shapes.triangle_start)
    corners = shapes.triangles_n3 + np.repeat(shapes.point_start[:-1], counts)[:, None]
    a, b, c = (shapes.points_m_n3[corners[:, k]].astype(np.float64) for k in range(3))
    vectors = np.cross(b - a, c - a)
    areas = np.linalg.norm(vectors, axis=1)
    sums = np.concatenate([np.zeros((1, 4)), np.cumsum(np.c_[vectors, areas], axis=0)])
    total = sums[shapes.triangle_start[1:]] - sums[shapes.triangle_start[:-1]]
    is_closed = np.linalg.norm(total[:, :3], axis=1) <= OPEN_SHARE * total[:, 3]
    inside = np.zeros(len(building.elements), dtype=np.bool_)
    inside[shapes.placed_element] = True
    inside[shapes.placed_element[~is_closed[shapes.placed_shape]]] = False
    return inside
