"""Placements of IFC as matrices: axes, local placements, mapping operators. Runs in the jail."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from metaviewer.building.ifc_entity import Entity, attribute, number
from metaviewer.frames import IDENTITY, Float64Array

Triple = tuple[float, float, float]

PLACEMENT_DEPTH_MAX: Final = 400
SHORTEST_AXIS: Final = 1e-12
SAME: Final = 1e-9


class Placements:
    """Matrices of local placements, each computed once. Lengths in the file's own unit.

    A broken level (a cycle, a chain too deep, a kind that is not local) ends the chain there:
    `matrix` then answers as far as it goes, and `is_whole` says False.
    """

    def __init__(self, endless_ids: frozenset[int]) -> None:
        self._endless = endless_ids
        self._known: dict[int, tuple[Float64Array, bool]] = {}

    def matrix(self, placement: Entity | None) -> Float64Array:
        """Site from placement; the identity for none."""
        return self._found(placement)[0]

    def is_whole(self, placement: Entity | None) -> bool:
        """Whether every level up to the site could be followed."""
        return self._found(placement)[1]

    def _found(self, placement: Entity | None) -> tuple[Float64Array, bool]:
        chain: list[Entity] = []
        found: tuple[Float64Array, bool] = (np.eye(4), True)
        while placement is not None:
            if placement.id() in self._known:
                found = self._known[placement.id()]
                break
            if (
                not placement.is_a("IfcLocalPlacement")
                or placement.id() in self._endless
                or len(chain) >= PLACEMENT_DEPTH_MAX
            ):
                found = (np.eye(4), False)
                break
            chain.append(placement)
            placement = attribute(placement, "PlacementRelTo")
        for level in reversed(chain):
            relative = axes_matrix(attribute(level, "RelativePlacement"))
            found = (found[0] @ relative, found[1]) if relative is not None else (found[0], False)
            self._known[level.id()] = found
        return found


def axes_matrix(placement: Entity | None) -> Float64Array | None:
    """Matrix of an IfcAxis2Placement (ISO 10303-42 `build_axes`); None where it is broken."""
    if placement is None:
        return np.eye(4)
    origin = _vector(attribute(placement, "Location"), "Coordinates")
    if origin is None:
        return None
    up = _vector(attribute(placement, "Axis"), "DirectionRatios")
    ahead = _vector(attribute(placement, "RefDirection"), "DirectionRatios")
    return _matrix(origin, up, ahead)


def operator_matrix(operator: Entity) -> Float64Array | None:
    """Matrix of an IfcCartesianTransformationOperator3D with scale; None where it is broken."""
    origin = _vector(attribute(operator, "LocalOrigin"), "Coordinates")
    if origin is None or not operator.is_a("IfcCartesianTransformationOperator3D"):
        return None
    up = _vector(attribute(operator, "Axis3"), "DirectionRatios")
    ahead = _vector(attribute(operator, "Axis1"), "DirectionRatios")
    aside = _vector(attribute(operator, "Axis2"), "DirectionRatios")
    matrix = _matrix(origin, up, ahead)
    if matrix is None:
        return None
    if aside is not None and float(np.array(aside) @ matrix[:3, 1]) < 0.0:
        matrix[:3, 1] = -matrix[:3, 1]  # a mirrored copy: Axis2 against the right hand
    scale = number(operator, "Scale")
    scales = [1.0 if scale is None else scale] * 3
    if operator.is_a("IfcCartesianTransformationOperator3DnonUniform"):
        for axis, name in ((1, "Scale2"), (2, "Scale3")):
            value = number(operator, name)
            scales[axis] = scales[0] if value is None else value
    matrix[:3, :3] *= np.array(scales)
    return matrix


def is_identity(matrix: Float64Array | None) -> bool:
    """Whether `matrix` moves nothing."""
    return matrix is not None and bool((np.abs(matrix - IDENTITY) < SAME).all())


def _matrix(origin: Triple, up: Triple | None, ahead: Triple | None) -> Float64Array | None:
    """Axes from up and ahead; plain numbers, because numpy is slow on three."""
    z = _unit((0.0, 0.0, 1.0) if up is None else up)
    if z is None:
        return None
    wanted = (1.0, 0.0, 0.0) if ahead is None else ahead
    if ahead is None and abs(z[0]) > 1.0 - SHORTEST_AXIS:
        wanted = (0.0, 1.0, 0.0)
    along = sum(w * c for w, c in zip(wanted, z, strict=True))
    x = _unit((wanted[0] - along * z[0], wanted[1] - along * z[1], wanted[2] - along * z[2]))
    if x is None:
        return None
    y = (
        z[1] * x[2] - z[2] * x[1],
        z[2] * x[0] - z[0] * x[2],
        z[0] * x[1] - z[1] * x[0],
    )
    if not all(math.isfinite(c) for c in origin):
        return None
    rows = [(x[k], y[k], z[k], origin[k]) for k in range(3)]
    return np.array([*rows, (0.0, 0.0, 0.0, 1.0)])


def _unit(vector: Triple) -> Triple | None:
    length = math.sqrt(sum(c * c for c in vector))
    if not math.isfinite(length) or length <= SHORTEST_AXIS:
        return None
    return vector[0] / length, vector[1] / length, vector[2] / length


def _vector(entity: Entity | None, name: str) -> Triple | None:
    """Three numbers of a point or direction; a flat one gets 0."""
    if entity is None:
        return None
    parts = attribute(entity, name)
    if not isinstance(parts, tuple) or len(parts) not in (2, 3):
        return None
    if not all(isinstance(part, int | float) for part in parts):
        return None
    return float(parts[0]), float(parts[1]), float(parts[2]) if len(parts) == 3 else 0.0
