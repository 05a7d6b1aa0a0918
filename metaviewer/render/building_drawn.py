"""One batch, or one shape at its places, as it is drawn: which triangles, in which pass.

A pass draws the triangles of the elements it keeps and no others: what is hidden or cut away costs
nothing. The vertices are shared by all passes and stay where they are; lists of triangles change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from panda3d.core import GeomNode, GeomTriangles, NodePath

from metaviewer.frames import Float64Array
from metaviewer.render.building_detail import (
    Corners,
    Triangles,
    cell_edge_m,
    coarse_triangles,
)
from metaviewer.render.building_geoms import primitive_of, vertices_of
from metaviewer.render.building_vertices import STEPS, direction_of

PassName = Literal["main", "veil", "cut"]
"""Solid or glass; ghosts of what is solid, as glass; the sums that fill cuts."""


@dataclass(slots=True, eq=False, kw_only=True)
class _Pass:
    """The node of one pass, what it keeps, and the lists of it that were made."""

    node: NodePath[Any]
    kept: NDArray[np.bool_] | None = None
    level: int = 0
    made: dict[int, GeomTriangles | None] = field(default_factory=dict)
    """By level; None where nothing is left of it."""


class Drawn:
    """A batch or a shape with its places.

    Parameters
    ----------
    elements : int array (k,)
        Whose triangles these are, ascending.
    boxes_site_m : float64 array (k, 2, 3)
    site_from_node : float64 array (4, 4)
    unit_m : float
        Metres of a step to `STEPS` of the vertices.
    is_placed : bool
        One shape at many places: it is drawn at all of them or at none.
    """

    def __init__(
        self,
        triangles_n3: Triangles,
        *,
        elements: NDArray[np.int64],
        boxes_site_m: Float64Array,
        site_from_node: Float64Array,
        unit_m: float,
        is_placed: bool,
    ) -> None:
        self.elements = elements
        self.boxes_site_m = boxes_site_m
        self.site_from_node = site_from_node
        self._unit_m = unit_m
        self._is_placed = is_placed
        self._levels: dict[int, Triangles] = {0: triangles_n3}
        self._passes: dict[PassName, _Pass] = {}

    @property
    def bounds_site_m(self) -> Float64Array:
        """Box around all of it, (2, 3)."""
        return np.array([self.boxes_site_m[:, 0].min(axis=0), self.boxes_site_m[:, 1].max(axis=0)])

    @property
    def nodes(self) -> list[NodePath[Any]]:
        """The nodes of all its passes."""
        return [one.node for one in self._passes.values()]

    @property
    def vertex_count(self) -> int:
        """How many vertices making a level has to look at."""
        return int(self._geom_node("main").get_geom(0).get_vertex_data().get_num_rows())

    def add(self, name: PassName, node: NodePath[Any]) -> None:
        """Draw it in this pass too, at first all of it."""
        self._passes[name] = _Pass(node=node)

    @property
    def is_glass(self) -> bool:
        """Whether the glass pass draws it, its ghosts too."""
        return "veil" not in self._passes

    def nearest_level(self, level: int) -> int:
        """The coarsest level made that is no coarser."""
        return max(made for made in self._levels if made <= level)

    def has_level(self, level: int) -> bool:
        """Whether drawing that level needs no making."""
        return level in self._levels

    def show(self, name: PassName, kept: NDArray[np.bool_], *, level: int) -> None:
        """Draw the elements `kept` (k,) in this pass; nothing happens where that is drawn already.

        Parameters
        ----------
        level : int
            Of `building_detail`; 0 for all triangles.
        """
        drawn = self._passes.get(name)
        if drawn is None:
            return
        if drawn.kept is None or not np.array_equal(drawn.kept, kept):
            drawn.kept, drawn.level, drawn.made = kept.copy(), -1, {}
        if level not in drawn.made:
            triangles = self._triangles(kept, level)
            drawn.made[level] = primitive_of(triangles) if len(triangles) else None
        made = drawn.made[level]
        if made is None:
            drawn.node.hide()
            return
        if level != drawn.level:
            self._geom_node(name).modify_geom(0).set_primitive(0, made)
            drawn.level = level
        drawn.node.show()

    def hide(self) -> None:
        """Draw nothing."""
        for node in self.nodes:
            node.hide()

    def _triangles(self, kept: NDArray[np.bool_], level: int) -> Triangles:
        if level not in self._levels:
            self._levels[level] = self._coarse(level)
        triangles = self._levels[level]
        if kept.all() or (self._is_placed and kept.any()):
            return triangles
        if self._is_placed:
            return triangles[:0]
        return triangles[kept[self._rows_of_vertices()[triangles[:, 0]]]]

    def _coarse(self, level: int) -> Triangles:
        vertices = self._vertices()
        corners = Corners(
            places_m_n3=vertices["place"] * np.float32(self._unit_m / STEPS),
            normals_n3=direction_of(vertices["normal"]),
            elements=self._rows_of_vertices(),
        )
        return coarse_triangles(self._levels[0], corners, edge_m=cell_edge_m(level))

    def _rows_of_vertices(self) -> NDArray[np.int64]:
        """Row in `elements` of each vertex; vertices of what is placed know no element."""
        vertices = self._vertices()
        if self._is_placed:
            return np.zeros(len(vertices), dtype=np.int64)
        return np.searchsorted(self.elements, vertices["element"])

    def _vertices(self) -> NDArray[np.void]:
        return vertices_of(self._geom_node("main").get_geom(0))

    def _geom_node(self, name: PassName) -> GeomNode:
        node = self._passes[name].node.node()
        assert isinstance(node, GeomNode)
        return node
