"""A ray that points at something, and what it hits."""

from __future__ import annotations

from dataclasses import dataclass

from metaviewer.scene.camera import Vector
from metaviewer.scene.state import ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class Ray:
    """From a point along a unit direction, world metres; the same for mouse and hand."""

    origin_m: Vector
    direction: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What a ray meets first.

    Parameters
    ----------
    element : int or None
        Row of the building's element table.
    value : float or None
        Modality value of the voxel, for volumes.
    """

    item: ItemId
    point_world_m: Vector
    distance_m: float
    element: int | None = None
    value: float | None = None
