"""A building as data: a table of elements, and shapes placed in the site.

Geometry is kept as the source shares it: a *shape* is drawn once and *placed* many times. What is
drawn (batches, instances) is derived from it by `metaviewer.building.batches`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array

NO_INDEX = -1
"""Index of "none": no storey, no parent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storey:
    """One floor of the building; `elevation_m` is None where the source states none."""

    name: str
    global_id: str
    elevation_m: float | None
    base_m: float
    """Where the floor lies: its elevation, or the median bottom of its contents."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ElementTable:
    """One row an element (spaces included, openings left out): a structure of arrays, length n.

    Parameters
    ----------
    storey, parent : int32 arrays
        Index of the storey, and of the element it is part of; `NO_INDEX` for none.
    bounds_site_m : float64 array of shape (n, 2, 3)
        Lowest and highest corner; NaN where nothing was built.
    """

    step_ids: NDArray[np.int64]
    global_ids: tuple[str, ...]
    classes: tuple[str, ...]
    names: tuple[str, ...]
    storey: NDArray[np.int32]
    parent: NDArray[np.int32]
    is_space: NDArray[np.bool_]
    bounds_site_m: Float64Array
    long_names: tuple[str, ...] = ()
    """Room names (IfcSpace.LongName), "" for others; empty tuple where none is known."""
    systems: tuple[str, ...] = ()
    """Ducts, pipes or circuits it belongs to, by name, "" for none; empty tuple as above."""

    def __len__(self) -> int:
        """Count of elements."""
        return len(self.step_ids)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shapes:
    """Shared geometry: all shapes' points and triangles end to end, plus where each one is placed.

    Shape s owns triangles ``triangle_start[s] : triangle_start[s + 1]`` and points
    ``point_start[s] : point_start[s + 1]``; triangle corners count from the shape's first point.

    Parameters
    ----------
    points_m_n3 : float32 array (points, 3)
        In the shape's own frame, near its own origin.
    triangles_n3 : int32 array (triangles, 3)
    triangle_material : int32 array (triangles,)
    materials_rgba : float32 array (materials, 4)
        Display sRGB and opacity, 0..1.
    placed_shape, placed_element : int32 arrays (placements,)
    site_from_shape : float64 array (placements, 4, 4)
    """

    points_m_n3: NDArray[np.float32]
    point_start: NDArray[np.int64]
    triangles_n3: NDArray[np.int32]
    triangle_start: NDArray[np.int64]
    triangle_material: NDArray[np.int32]
    materials_rgba: NDArray[np.float32]
    material_names: tuple[str, ...]
    placed_shape: NDArray[np.int32]
    placed_element: NDArray[np.int32]
    site_from_shape: Float64Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Substituted:
    """An element that stands as a box because its body could not be built."""

    element: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, weakref_slot=True)
class Building:
    """One model: what stands where, and what could not be built.

    Parameters
    ----------
    origin_site_m : float64 array (3,)
        Subtracted from all coordinates here, so that they stay near zero; add it to get the model's
        own metres. `bounds_site_m`, `site_from_shape` and storeys' `base_m` are relative to it.
    elements_with_representation, elements_built : int
        Openings and spaces left out (DESIGN.md section 7).
    """

    schema: str
    length_unit: str
    elements: ElementTable
    shapes: Shapes
    storeys: tuple[Storey, ...]
    origin_site_m: Float64Array
    elements_with_representation: int
    elements_built: int
    map_conversion: bool = False
    substituted: tuple[Substituted, ...] = ()
    not_drawn: tuple[int, ...] = ()
    badges: tuple[str, ...] = ()
    report: tuple[str, ...] = ()
    content_id: str = ""
    model_name: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Batch:
    """Triangles of many elements that share a storey, a tile and a material class.

    Parameters
    ----------
    positions_m_n3 : float32 (n, 3), relative to `origin_site_m`
    normals_n3 : float32 (n, 3), unit length
    element_ids : uint32 (n,), per vertex; rows of the element table
    colours_rgba : uint8 (n, 4), display sRGB and opacity
    triangles_n3 : uint32 (m, 3)
    """

    storey: int
    translucent: bool
    is_space: bool
    origin_site_m: Float64Array
    positions_m_n3: NDArray[np.float32]
    normals_n3: NDArray[np.float32]
    element_ids: NDArray[np.uint32]
    colours_rgba: NDArray[np.uint8]
    triangles_n3: NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class InstanceSet:
    """One shape drawn at many places of one storey.

    Parameters
    ----------
    origin_from_shape : float32 (placements, 4, 4), relative to `origin_site_m`
    element_ids : uint32 (placements,)
    """

    storey: int
    translucent: bool
    origin_site_m: Float64Array
    positions_m_n3: NDArray[np.float32]
    normals_n3: NDArray[np.float32]
    colours_rgba: NDArray[np.uint8]
    triangles_n3: NDArray[np.uint32]
    origin_from_shape: NDArray[np.float32]
    element_ids: NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DrawList:
    """What the renderer draws for one building."""

    batches: tuple[Batch, ...]
    instances: tuple[InstanceSet, ...]
    element_count: int
    bounds_site_m: Float64Array = field(default_factory=lambda: np.zeros((2, 3)))
