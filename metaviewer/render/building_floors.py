"""Rooms as tints of their floors: a room's body hides what stands in it, its floor does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.building import Batch, ElementTable
from metaviewer.frames import Float64Array

FLAT: Final = 0.9
"""Least vertical share of a floor's normal."""

FLOOR_HEIGHT_M: Final = 0.10
"""Corners within this of the room's lowest point belong to its floor."""

LIFT_M: Final = 0.012
LIFT_STEP_M: Final = 0.002
LIFT_STEPS: Final = 8
"""Tints lie just above the slab, each of eight a little higher: overlapping ones stay still."""


def floor_tints(batch: Batch) -> Batch | None:
    """Return only the floors of the rooms of a batch, lifted and facing up; None without any."""
    floor = _floor_triangles(batch)
    if not floor.any():
        return None
    corners = batch.triangles_n3[floor]
    used, corner_rows = np.unique(corners, return_inverse=True)
    positions = batch.positions_m_n3[used].copy()
    ids = batch.element_ids[used]
    positions[:, 2] = _lowest(batch)[used] + LIFT_M + LIFT_STEP_M * (ids % LIFT_STEPS)
    up = np.zeros_like(positions)
    up[:, 2] = 1.0
    return replace(
        batch,
        positions_m_n3=positions,
        normals_n3=up,
        element_ids=ids,
        colours_rgba=_opaque(batch.colours_rgba[used]),
        triangles_n3=corner_rows.reshape(-1, 3).astype(np.uint32),
        translucent=False,
    )


def room_on_floor(
    elements: ElementTable, point_site_m: Float64Array, *, hidden: NDArray[np.bool_]
) -> int | None:
    """The smallest room on whose shown floor a point lies; None where it lies on none.

    A ray passes through the body of a room, which is not drawn, and meets the slab under its tint.
    """
    low, high = elements.bounds_site_m[:, 0], elements.bounds_site_m[:, 1]
    with np.errstate(invalid="ignore"):
        inside = ((low[:, :2] <= point_site_m[:2]) & (point_site_m[:2] <= high[:, :2])).all(axis=1)
        on_floor = np.abs(low[:, 2] - point_site_m[2]) < FLOOR_HEIGHT_M
    rooms = np.flatnonzero(elements.is_space & ~hidden & inside & on_floor)
    if not len(rooms):
        return None
    area = np.prod(high[rooms, :2] - low[rooms, :2], axis=1)
    return int(rooms[np.argmin(area)])


def _floor_triangles(batch: Batch) -> NDArray[np.bool_]:
    points = batch.positions_m_n3[batch.triangles_n3]
    normal = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    length = np.maximum(np.linalg.norm(normal, axis=1), 1e-12)
    near_floor = points[:, :, 2] < _lowest(batch)[batch.triangles_n3] + FLOOR_HEIGHT_M
    return np.asarray((np.abs(normal[:, 2]) > FLAT * length) & near_floor.all(axis=1))


def _lowest(batch: Batch) -> NDArray[np.float32]:
    """Lowest height of each vertex's room."""
    rooms, row_of = np.unique(batch.element_ids, return_inverse=True)
    lowest = np.full(len(rooms), np.inf, dtype=np.float32)
    np.minimum.at(lowest, row_of, batch.positions_m_n3[:, 2])
    return lowest[row_of]


def _opaque(colours_rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    solid = colours_rgba.copy()
    solid[:, 3] = 255
    return solid
