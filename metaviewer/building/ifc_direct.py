"""Triangles that stand in the file as triangles: taken as they are, without a geometry kernel.

For a real ventilation model (234,516 triangles) this takes 0.14 s where kernels take 2 to 46 s.
Runs in the jail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.building.ifc_body import COPIES_MAX
from metaviewer.building.ifc_colours import ROOM_CLASSES, SPACE, class_colour, item_colour
from metaviewer.building.ifc_entity import Entity, attribute, entities, number
from metaviewer.building.ifc_placement import axes_matrix, is_identity, operator_matrix
from metaviewer.building.ifc_shapes import Palette, Rgba, ShapeStack
from metaviewer.frames import Float64Array

MAP_DEPTH_MAX: Final = 8
ELEMENT_TRIANGLES_MAX: Final = 5_000_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Piece:
    """One face set of an element and where it stands in it (file's unit)."""

    face_set: Entity
    element_from_piece: Float64Array


class DirectShapes:
    """Puts face sets on a stack; each is read once, however often it is mapped."""

    def __init__(self, stack: ShapeStack, palette: Palette, metres_per_unit: float) -> None:
        self._stack = stack
        self._palette = palette
        self._metres = metres_per_unit
        self._shapes: dict[tuple[int, Rgba], int] = {}
        self._pieces: dict[int, list[Piece] | None] = {}
        self._counts: dict[int, int] = {}
        self._plain_maps: dict[int, bool] = {}
        self._styles: dict[int, tuple[Rgba, str] | None] = {}

    def pieces(self, product: Entity, body: Entity) -> list[Piece] | None:
        """Face sets that make up the whole body; None where a kernel is needed."""
        if entities(product, "HasOpenings"):
            return None
        return self._pieces_of(body, MAP_DEPTH_MAX)

    def build(
        self, row: int, pieces: list[Piece], site_from_element: Float64Array, class_name: str
    ) -> None:
        """Place the pieces of one element.

        Raises
        ------
        ValueError
            With a sentence about what is wrong in it.
        """
        shapes = [self._shape(piece.face_set, class_name) for piece in pieces]
        total = sum(self._counts[shape] for shape in shapes)
        if total > ELEMENT_TRIANGLES_MAX:
            raise ValueError(f"it has {total} triangles, the limit is {ELEMENT_TRIANGLES_MAX}")
        for shape, piece in zip(shapes, pieces, strict=True):
            matrix = site_from_element @ piece.element_from_piece
            matrix[:3, 3] *= self._metres
            self._stack.place(shape, row, matrix)

    def _pieces_of(self, representation: Entity, depth: int) -> list[Piece] | None:
        key = representation.id()
        if key not in self._pieces:
            self._pieces[key] = self._found(representation, depth)
        return self._pieces[key]

    def _found(self, representation: Entity, depth: int) -> list[Piece] | None:
        found: list[Piece] = []
        for item in entities(representation, "Items"):
            if item.is_a("IfcTriangulatedFaceSet"):
                found.append(Piece(face_set=item, element_from_piece=np.eye(4)))
                continue
            inner = self._mapped(item, depth) if item.is_a("IfcMappedItem") and depth else None
            if inner is None or len(found) + len(inner) > COPIES_MAX:
                return None
            found.extend(inner)
        return found or None

    def _mapped(self, item: Entity, depth: int) -> list[Piece] | None:
        source = attribute(item, "MappingSource")
        mapped = attribute(source, "MappedRepresentation")
        target = attribute(item, "MappingTarget")
        if mapped is None or target is None:
            return None
        # A map about another origin than its own is rare; the kernel knows its conventions.
        if not self._maps_about_origin(source):
            return None
        inner = self._pieces_of(mapped, depth - 1)
        matrix = operator_matrix(target)
        if inner is None or matrix is None:
            return None
        return [
            Piece(face_set=part.face_set, element_from_piece=matrix @ part.element_from_piece)
            for part in inner
        ]

    def _maps_about_origin(self, source: Entity) -> bool:
        key = source.id()
        if key not in self._plain_maps:
            origin = axes_matrix(attribute(source, "MappingOrigin"))
            self._plain_maps[key] = is_identity(origin)
        return self._plain_maps[key]

    def _shape(self, face_set: Entity, class_name: str) -> int:
        step_id = face_set.id()
        if step_id not in self._styles:
            self._styles[step_id] = item_colour(face_set)
        styled = self._styles[step_id] if class_name not in ROOM_CLASSES else (SPACE, "")
        rgba, name = styled if styled is not None else (class_colour(class_name), "")
        key = (step_id, rgba)
        if key not in self._shapes:
            points = _coordinates(face_set)
            triangles = _corners(face_set)
            index = self._palette.index(rgba, name)
            materials = np.full(len(triangles), index, np.int32)
            for at, colour in _triangle_colours(face_set, len(triangles), rgba[3]):
                materials[at] = self._palette.index(colour, name)
            shape = self._stack.add(points * self._metres, triangles, materials)
            self._shapes[key] = shape
            self._counts[shape] = len(triangles)
        return self._shapes[key]


def _coordinates(face_set: Entity) -> Float64Array:
    points = np.array(attribute(attribute(face_set, "Coordinates"), "CoordList"), dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 3:
        raise ValueError("its points do not have three coordinates")
    return points


def _corners(face_set: Entity) -> NDArray[np.int32]:
    """Corners from 0; through `PnIndex` where the face set has one."""
    corners = np.array(attribute(face_set, "CoordIndex"), dtype=np.int64)
    if corners.ndim != 2 or corners.shape[1] != 3:
        raise ValueError("its faces are no triangles")
    renamed = attribute(face_set, "PnIndex")
    if renamed:
        if corners.min() < 1 or corners.max() > len(renamed):
            raise ValueError("a triangle names a point that is not there")
        corners = np.array(renamed, dtype=np.int64)[corners - 1]
    if corners.size and (corners.min() < 1 or corners.max() > np.iinfo(np.int32).max):
        raise ValueError("a triangle names a point that is not there")
    return (corners - 1).astype(np.int32)


def _triangle_colours(
    face_set: Entity, triangle_count: int, opacity: float
) -> list[tuple[NDArray[np.int64], Rgba]]:
    """Triangles by colour, from IfcIndexedColourMap; none where the face set has one colour."""
    for colour_map in entities(face_set, "HasColours"):
        colours = entities(attribute(colour_map, "Colours"), "ColourList")
        numbers = np.array(attribute(colour_map, "ColourIndex") or (), dtype=np.int64)
        if len(numbers) != triangle_count or not colours:
            continue
        stated = number(colour_map, "Opacity")
        alpha = opacity if stated is None else stated
        return [
            (np.flatnonzero(numbers == k + 1), (float(c[0]), float(c[1]), float(c[2]), alpha))
            for k, c in enumerate(colours)
        ]
    return []
