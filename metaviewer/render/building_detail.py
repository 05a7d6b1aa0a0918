"""Fewer triangles for a picture that moves: what is smaller than a pixel is drawn as one point.

Corners of an element that fall into one cell of a grid become one corner; triangles that lose
their area are left out. The vertices stay as they are: a level is a list of triangles, no more.

References
----------
J. Rossignac, P. Borrel, "Multi-resolution 3D approximations for rendering complex scenes", 1993:
clustering of vertices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array
from metaviewer.render.eye import Eye

FINEST_CELL_M: Final = 0.02
LEVEL_MAX: Final = 6
"""Level 0 is all triangles; the cells of level n are 2 cm times 2^(n - 1)."""
SIDES: Final = 6
"""Corners that face different ways stay apart, or boxes would be shaded as balls."""

Triangles = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Corners:
    """The vertices of one batch, as far as clustering needs them.

    Parameters
    ----------
    places_m_n3 : float array (n, 3)
        From any origin.
    normals_n3 : float array (n, 3)
    elements : int array (n,)
    """

    places_m_n3: NDArray[np.floating[Any]]
    normals_n3: NDArray[np.floating[Any]]
    elements: NDArray[np.integer[Any]]


def cell_edge_m(level: int) -> float:
    """Edge of the cells of a level; 0 at level 0, where nothing is put together."""
    return FINEST_CELL_M * 2.0 ** (level - 1) if level else 0.0


def coarse_triangles(triangles_n3: Triangles, corners: Corners, *, edge_m: float) -> Triangles:
    """The triangles (m, 3) that are left where each cell of `edge_m` keeps one corner a side."""
    cell = _cell_numbers(corners, edge_m)
    side = 2 * np.abs(corners.normals_n3).argmax(axis=1)
    side += np.take_along_axis(corners.normals_n3, (side // 2)[:, None], axis=1)[:, 0] < 0.0
    groups, first, group_of = np.unique(cell * SIDES + side, return_index=True, return_inverse=True)
    _, cell_of_group = np.unique(groups // SIDES, return_inverse=True)
    kept = first[group_of][triangles_n3]
    cells = np.sort(cell_of_group[group_of][triangles_n3], axis=1)
    has_area = (cells[:, 0] != cells[:, 1]) & (cells[:, 1] != cells[:, 2])
    kept, cells = kept[has_area], cells[has_area]
    # Both sides of what is thinner than a cell are the same triangle: one is enough.
    key = (cells[:, 0] * len(groups) + cells[:, 1]) * len(groups) + cells[:, 2]
    _, once = np.unique(key, return_index=True)
    return np.asarray(kept[np.sort(once)].astype(triangles_n3.dtype))


def detail_levels(
    boxes_world_m: Float64Array, views: Sequence[tuple[Eye, float]], *, detail_px: float
) -> NDArray[np.int64]:
    """Level of each box (n, 2, 3) whose cells are no larger than `detail_px` in any view.

    Parameters
    ----------
    views : sequence of (Eye, float)
        Each eye with the height of its picture in pixels.
    """
    if detail_px <= 0.0 or not views:
        return np.zeros(len(boxes_world_m), dtype=np.int64)
    pixel_m = np.min([_pixel_m(boxes_world_m, eye, height_px) for eye, height_px in views], axis=0)
    with np.errstate(divide="ignore"):
        level = np.floor(np.log2(detail_px * pixel_m / FINEST_CELL_M)) + 1.0
    return np.asarray(np.clip(level, 0, LEVEL_MAX).astype(np.int64))


def _pixel_m(boxes_world_m: Float64Array, eye: Eye, height_px: float) -> Float64Array:
    """Size of a pixel at the nearest point of each box."""
    tall = (eye.high[1] - eye.low[1]) / height_px
    if eye.is_parallel:
        return np.full(len(boxes_world_m), tall)
    nearest = np.clip(eye.position_m, boxes_world_m[:, 0], boxes_world_m[:, 1])
    return np.asarray(np.linalg.norm(nearest - eye.position_m, axis=1) * tall)


def _cell_numbers(corners: Corners, edge_m: float) -> NDArray[np.int64]:
    """One number for each cell of each element."""
    steps = np.floor(corners.places_m_n3 / edge_m).astype(np.int64)
    steps -= steps.min(axis=0)
    across, along = steps[:, 1].max() + 1, steps[:, 2].max() + 1
    number = corners.elements.astype(np.int64) * (steps[:, 0].max() + 1) + steps[:, 0]
    return np.asarray((number * across + steps[:, 1]) * along + steps[:, 2])
