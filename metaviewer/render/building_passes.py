"""Batches and placed shapes of a building, put into the passes that draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from panda3d.core import CullFaceAttrib, Geom, GeomNode, NodePath

from metaviewer.building import Batch, InstanceSet
from metaviewer.frames import Float64Array, corners_of, scaling, translation
from metaviewer.render.building_drawn import Drawn, PassName
from metaviewer.render.building_geoms import (
    buffer_texture,
    make_geom,
    node_of,
    short_indices,
    unit_geom,
    vertex_format,
)
from metaviewer.render.building_shaders import BuildingShaders, PassShaders, PlacementInputs
from metaviewer.render.building_vertices import PackedVertices, packed_vertices
from metaviewer.render.element_material import quiet_colours, tones_of
from metaviewer.render.load_shader import bind
from metaviewer.render.section_fill import DRAWN_AS
from metaviewer.render.shown import StageParts

TEXELS_A_PLACE: Final = 4
"""Three rows of a matrix, then the element: the same in ``building/solid.vert``."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Made:
    """A Geom, before it is put into passes."""

    geom: Geom
    bounds_m: Float64Array | None
    """Where the shader moves the vertices; None where Panda3D's own bounds hold."""
    is_glass: bool
    is_space: bool


class BuildingPasses:
    """The roots of one building in the passes of a stage.

    Parameters
    ----------
    classes : sequence of str
        IFC class of each element: it decides the tone of the material.
    """

    def __init__(
        self,
        parts: StageParts,
        shaders: BuildingShaders,
        section_root: NodePath[Any],
        *,
        classes: Sequence[str],
    ) -> None:
        self.solid = parts.opaque_root.attach_new_node("building")
        self.glass = parts.glass_root.attach_new_node("building")
        self.cut = section_root.attach_new_node("building")
        self._shaders = shaders
        self._tones = tones_of(classes)
        self._format = vertex_format()
        self._tints: list[NodePath[Any]] = []
        nowhere = buffer_texture("nowhere", np.zeros((TEXELS_A_PLACE, 4), dtype=np.float32))
        for root in self.all:
            bind(root, None, PlacementInputs(t_placements=nowhere))
            root.set_attrib(CullFaceAttrib.make(CullFaceAttrib.M_cull_none))

    @property
    def all(self) -> tuple[NodePath[Any], ...]:
        """Every root."""
        return self.solid, self.glass, self.cut

    def batch(self, batch: Batch) -> Drawn:
        """Put a batch into its passes."""
        packed = self._packed(batch, batch.element_ids)
        geom = unit_geom("batch", packed.vertices, batch.triangles_n3, self._format)
        elements, boxes_m = _element_boxes(batch.positions_m_n3, batch.element_ids)
        unit = translation(batch.origin_site_m + packed.middle_m) @ scaling(packed.reach_m)
        drawn = Drawn(
            short_indices(batch.triangles_n3, vertex_count=len(packed.vertices)),
            elements=elements,
            boxes_site_m=boxes_m + batch.origin_site_m,
            site_from_node=unit,
            unit_m=packed.reach_m,
            is_placed=False,
        )
        made = _Made(geom=geom, bounds_m=None, is_glass=batch.translucent, is_space=batch.is_space)
        return self._put(drawn, made, is_placed=False)

    def places(self, places: InstanceSet) -> Drawn:
        """Put a shape with its places into its passes."""
        first_element = np.full(len(places.colours_rgba), places.element_ids[0], dtype=np.uint32)
        packed = self._packed(places, first_element)
        geom = make_geom("shape", packed.vertices, places.triangles_n3, self._format)
        shape_from_unit = translation(packed.middle_m) @ scaling(packed.reach_m)
        origin_from_unit = places.origin_from_shape.astype(np.float64) @ shape_from_unit
        elements, boxes_m = _placed_boxes(places)
        drawn = Drawn(
            short_indices(places.triangles_n3, vertex_count=len(packed.vertices)),
            elements=elements,
            boxes_site_m=boxes_m + places.origin_site_m,
            site_from_node=translation(places.origin_site_m),
            unit_m=packed.reach_m,
            is_placed=True,
        )
        bounds_m = np.array([boxes_m[:, 0].min(axis=0), boxes_m[:, 1].max(axis=0)])
        made = _Made(geom=geom, bounds_m=bounds_m, is_glass=places.translucent, is_space=False)
        self._put(drawn, made, is_placed=True)
        texture = buffer_texture("places", _place_texels(origin_from_unit, places.element_ids))
        for node in drawn.nodes:
            node.set_instance_count(len(places.element_ids))
            bind(node, None, PlacementInputs(t_placements=texture))
        return drawn

    def set_back(self, depth_steps: int) -> None:
        """Draw everything so many steps of depth further away, but for the tints of rooms.

        A tint lies on the floor of whichever model has one: set back, it would sink into that.
        """
        for root in self.all:
            root.set_depth_offset(-depth_steps)
        for tint in self._tints:
            tint.set_depth_offset(depth_steps)  # Panda3D adds it to the root's

    def close(self) -> None:
        """Remove the nodes."""
        for root in self.all:
            root.remove_node()

    def _put(self, drawn: Drawn, made: _Made, *, is_placed: bool) -> Drawn:
        if made.is_glass:
            shader = _variant(self._shaders.glass, is_placed=is_placed)
            drawn.add("main", _node(self.glass, made, "main", shader))
            return drawn
        solid = _variant(self._shaders.solid, is_placed=is_placed)
        veil = _variant(self._shaders.ghost, is_placed=is_placed)
        drawn.add("main", _node(self.solid, made, "main", solid))
        drawn.add("veil", _node(self.glass, made, "veil", veil))
        if made.is_space:  # a tint has no inside to fill
            self._tints.append(drawn.nodes[0])
        else:
            cut = _node(self.cut, made, "cut", None)
            cut.set_tag(DRAWN_AS, "places" if is_placed else "batch")
            drawn.add("cut", cut)
        return drawn

    def _packed(
        self, shape: Batch | InstanceSet, element_ids: NDArray[np.uint32]
    ) -> PackedVertices:
        tone_index, tones = self._tones
        tone = tone_index[element_ids.astype(np.int64)]
        colours = quiet_colours(shape.colours_rgba, tone, tones)
        return packed_vertices(shape.positions_m_n3, shape.normals_n3, colours, element_ids)


def _node(root: NodePath[Any], made: _Made, name: PassName, shader: Any) -> NodePath[Any]:  # noqa: ANN401  panda3d.Shader
    node: GeomNode = node_of(made.geom, name, bounds_m=made.bounds_m)
    path = root.attach_new_node(node)
    if shader is not None:
        path.set_shader(shader)
    return path


def _variant(shaders: PassShaders, *, is_placed: bool) -> Any:  # noqa: ANN401  panda3d.Shader
    return (shaders.instanced if is_placed else shaders.batch).shader


def _place_texels(
    origin_from_unit: Float64Array, element_ids: NDArray[np.uint32]
) -> NDArray[np.float32]:
    texels = np.zeros((len(element_ids), TEXELS_A_PLACE, 4), dtype=np.float32)
    texels[:, :3] = origin_from_unit[:, :3]
    texels[:, 3, 0] = element_ids
    return texels.reshape(-1, 4)


def _placed_boxes(places: InstanceSet) -> tuple[NDArray[np.int64], Float64Array]:
    low, high = places.positions_m_n3.min(axis=0), places.positions_m_n3.max(axis=0)
    corners = corners_of([low, high])
    turned = np.einsum("pij,cj->pci", places.origin_from_shape[:, :3, :3], corners)
    points = turned + places.origin_from_shape[:, None, :3, 3]
    return _element_boxes(points.reshape(-1, 3), np.repeat(places.element_ids, len(corners)))


def _element_boxes(
    points_n3: NDArray[np.floating[Any]], element_ids: NDArray[np.uint32]
) -> tuple[NDArray[np.int64], Float64Array]:
    """The elements that own points, ascending, and the box around the points of each."""
    order = np.argsort(element_ids, kind="stable")
    elements, starts = np.unique(element_ids[order], return_index=True)
    points = points_n3[order].astype(np.float64)
    lows, highs = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    return elements.astype(np.int64), np.stack([lows, highs], axis=1)
