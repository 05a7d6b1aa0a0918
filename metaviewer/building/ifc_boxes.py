"""Boxes in place of bodies that could not be built. Runs in the jail."""

from __future__ import annotations

from typing import Final

import numpy as np

from metaviewer.building.ifc_entity import LOOKUP_ERRORS, Entity, attribute
from metaviewer.building.ifc_placement import Placements
from metaviewer.building.ifc_shapes import FAR_M
from metaviewer.frames import Float64Array, bounds_of, corners_of, moved

ENTITIES_MAX: Final = 20_000
"""Entities looked at for one box; more would not make it better."""
EXTENT_MAX_M: Final = 200.0
"""A box larger than this tells less than a small one at the element's place."""
PLAIN_HALF_M: Final = 0.25
"""Half the edge of the box where the shape names no usable points."""


def box_of(
    body: Entity | None, product: Entity, placements: Placements, metres_per_unit: float
) -> Float64Array | None:
    """Box (2, 3) of an element in metres from the file's origin; None where its place is absurd.

    Where its own placement is absurd it stands where the placement above it says.
    """
    placement = attribute(product, "ObjectPlacement")
    matrix = _placed(placements, placement, metres_per_unit)
    if matrix is None and placement is not None:
        matrix = _placed(placements, attribute(placement, "PlacementRelTo"), metres_per_unit)
    if matrix is None:
        return None
    local = _extent(body, metres_per_unit) if body is not None else None
    if local is None:
        half = np.full(3, PLAIN_HALF_M)
        local = np.array([-half, half])
    box = bounds_of(moved(corners_of(local), target_from_source=matrix))
    return box if float(np.abs(box).max()) <= FAR_M else None


def _placed(
    placements: Placements, placement: Entity | None, metres_per_unit: float
) -> Float64Array | None:
    matrix = np.array(placements.matrix(placement))
    matrix[:3, 3] *= metres_per_unit
    sane = np.isfinite(matrix).all() and float(np.abs(matrix[:3, 3]).max()) <= FAR_M
    return matrix if sane else None


def _extent(body: Entity, metres_per_unit: float) -> Float64Array | None:
    """Lowest and highest of the points that a shape names, where they make a sensible box."""
    points: list[tuple[float, ...]] = []
    waiting, seen = [body], {body.id()}
    while waiting and len(seen) < ENTITIES_MAX:
        entity = waiting.pop()
        if entity.is_a("IfcCartesianPoint"):
            points.append(_three(entity))
            continue
        for part in _parts(entity):
            if part.id() not in seen:
                seen.add(part.id())
                waiting.append(part)
    found = np.array(points, np.float64).reshape(-1, 3) * metres_per_unit
    found = found[np.isfinite(found).all(axis=1) & (np.abs(found).max(axis=1, initial=0) <= FAR_M)]
    if len(found) < 2 or float(np.ptp(found, axis=0).max()) > EXTENT_MAX_M:
        return None
    return bounds_of(found)


def _three(point: Entity) -> tuple[float, ...]:
    parts = attribute(point, "Coordinates") or ()
    numbers = [float(part) for part in parts if isinstance(part, int | float)]
    return tuple((*numbers, 0.0, 0.0, 0.0)[:3])


def _parts(entity: Entity) -> list[Entity]:
    """Entities that `entity` refers to, in lists too; its context and its styles left out."""
    found: list[Entity] = []
    try:
        values = list(entity)
    except LOOKUP_ERRORS:
        return found
    while values:
        value = values.pop()
        if isinstance(value, tuple):
            values.extend(value)
        elif hasattr(value, "is_a") and value.id() and not value.is_a("IfcRepresentationContext"):
            found.append(value)
    return found
