"""The nodes of one building: a Geom a batch, a Geom a shape with its places, textures for state.

What a person did and what is live changes textures only. Nodes are touched when a batch comes into
view or leaves it, or when the last of its elements is hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from panda3d.core import CullFaceAttrib, Geom, GeomNode, LMatrix4f, NodePath, Texture

from metaviewer.building import Batch, DrawList, InstanceSet
from metaviewer.frames import Float64Array, corners_of, moved, scaling, translation
from metaviewer.render.building_floors import floor_tints
from metaviewer.render.building_geoms import (
    buffer_texture,
    fill_texture,
    make_geom,
    node_of,
    unit_geom,
    vertex_format,
)
from metaviewer.render.building_shaders import (
    NO_CUT,
    BuildingShaders,
    ElementInputs,
    ItemInputs,
    PassShaders,
    PlacementInputs,
    SectionInputs,
    SurfaceInputs,
)
from metaviewer.render.building_vertices import packed_vertices
from metaviewer.render.element_live import ElementBinding, no_binding
from metaviewer.render.element_material import quiet_colours, tones_of
from metaviewer.render.element_state import GHOST, VISIBLE
from metaviewer.render.load_shader import bind
from metaviewer.render.section_fill import DRAWN_AS, SECTION_MASK
from metaviewer.render.section_planes import summed_planes
from metaviewer.render.shown import StageParts

TEXELS_A_PLACE: Final = 4
"""Three rows of a matrix, then the element: the same in ``building/solid.vert``."""


@dataclass(slots=True, eq=False, kw_only=True)
class _Drawn:
    """A batch or a shape with its places: its node in each pass, and whose elements it draws."""

    elements: NDArray[np.int64]
    bounds_site_m: Float64Array
    site_from_node: Float64Array
    main: NodePath[Any]
    veil: NodePath[Any] | None
    """Draws the ghosts of an opaque batch as glass; None where the batch is glass itself."""
    shown: list[bool] = field(default_factory=lambda: [True, True])


class BuildingNodes:
    """Everything Panda3D holds for one building.

    Parameters
    ----------
    classes : sequence of str
        IFC class of each element: it decides the tone of the material.
    item_number : int
        What the place target says where this building is seen.
    """

    def __init__(
        self,
        parts: StageParts,
        draw_list: DrawList,
        shaders: BuildingShaders,
        section_root: NodePath[Any],
        *,
        classes: Sequence[str],
        item_number: int,
    ) -> None:
        self._solid_root = parts.opaque_root.attach_new_node("building")
        self._glass_root = parts.glass_root.attach_new_node("building")
        self._section_copy = self._solid_root.instance_to(section_root)
        self._shaders = shaders
        count = max(draw_list.element_count, 1)
        self._state = buffer_texture("state", np.zeros((count, 4), dtype=np.uint8), changes=True)
        self._live_textures = _live_textures(no_binding(count), point_count=1)
        self._bind_roots(item_number)
        self._tones = tones_of(classes)
        self._format = vertex_format()
        self._drawn = [self._batch(batch) for batch in _tinted(draw_list.batches)]
        self._drawn += [self._instances(places) for places in draw_list.instances]
        self._rows = np.concatenate([d.elements for d in self._drawn] or [np.zeros(0, np.int64)])
        lengths = [len(drawn.elements) for drawn in self._drawn]
        self._starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
        self._has_any = np.ones((len(self._drawn), 2), dtype=np.bool_)
        self._in_view = np.ones(len(self._drawn), dtype=np.bool_)

    @property
    def bounds_world_m(self) -> Float64Array:
        """Box of each batch, (n, 2, 3)."""
        return self._bounds_world_m

    @property
    def bounds_of_all_m(self) -> Float64Array:
        """Box around the whole building in world metres, (2, 3)."""
        boxes = self._bounds_world_m
        if not len(boxes):
            return np.zeros((2, 3))
        return np.array([boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)])

    @property
    def batch_count(self) -> int:
        """How many nodes may be drawn."""
        return len(self._drawn)

    def place(self, world_from_site: Float64Array) -> None:
        """Put the building there: in float64, so that far origins cancel before float32."""
        for drawn in self._drawn:
            matrix = LMatrix4f(*(world_from_site @ drawn.site_from_node).T.ravel())
            for node in (drawn.main, drawn.veil):
                if node is not None:
                    node.set_mat(matrix)
        boxes = [
            _box_of(moved(corners_of(drawn.bounds_site_m), target_from_source=world_from_site))
            for drawn in self._drawn
        ]
        self._bounds_world_m = np.array(boxes).reshape(-1, 2, 3)

    def set_states(self, states: NDArray[np.uint8]) -> None:
        """Take the state texels of all elements; goes to the GPU with the next frame."""
        fill_texture(self._state, states)
        flags = states[self._rows, 3]
        if len(self._drawn):
            visible = (flags & VISIBLE) != 0
            ghost = visible & ((flags & GHOST) != 0)
            self._has_any[:, 0] = np.logical_or.reduceat(visible & ~ghost, self._starts)
            self._has_any[:, 1] = np.logical_or.reduceat(ghost, self._starts)
        self._toggle()

    def set_in_view(self, in_view: NDArray[np.bool_]) -> None:
        """Which batches any view may see; only changes touch a node."""
        if not np.array_equal(in_view, self._in_view):
            self._in_view = in_view
            self._toggle()

    def set_binding(self, binding: ElementBinding, *, point_count: int) -> None:
        """Which points the elements show from now on."""
        self._live_textures = _live_textures(binding, point_count=point_count)
        self._bind_elements()

    def set_points(self, texels: NDArray[np.float32]) -> None:
        """Values and looks of all points, for the next frame."""
        fill_texture(self._live_textures[1], texels)

    def set_cut(self, plane: tuple[float, float, float, float]) -> None:
        """The storey's own cut, in world metres."""
        for root in (self._solid_root, self._glass_root):
            bind(root, None, SurfaceInputs(u_cut_plane=plane))

    def set_sections(self, planes: Float64Array, *, first_id: int) -> None:
        """The planes (4, 4) whose cut faces this building fills."""
        inputs = SectionInputs(u_section_planes=planes, u_first_id=float(first_id))
        bind(self._solid_root, None, inputs)

    def set_visible(self, *, is_visible: bool) -> None:
        """Draw the whole building, or nothing of it."""
        for root in (self._solid_root, self._glass_root):
            root.show() if is_visible else root.hide()

    def close(self) -> None:
        """Remove the nodes and free the textures; safe to call twice."""
        self._section_copy.detach_node()
        self._solid_root.remove_node()
        self._glass_root.remove_node()
        for texture in (self._state, *self._live_textures):
            texture.release_all()
        self._drawn = []

    def _bind_roots(self, item_number: int) -> None:
        nowhere = buffer_texture("nowhere", np.zeros((TEXELS_A_PLACE, 4), dtype=np.float32))
        for root in (self._solid_root, self._glass_root):
            bind(root, None, PlacementInputs(t_placements=nowhere))
            root.set_attrib(CullFaceAttrib.make(CullFaceAttrib.M_cull_none))
        bind(self._solid_root, None, ItemInputs(u_item=float(item_number)))
        self.set_cut(NO_CUT)
        self.set_sections(summed_planes((), ()), first_id=0)
        self._bind_elements()

    def _bind_elements(self) -> None:
        binding, points, scales, colours = self._live_textures
        inputs = ElementInputs(
            t_state=self._state,
            t_binding=binding,
            t_points=points,
            t_scales=scales,
            t_colours=colours,
        )
        for root in (self._solid_root, self._glass_root):
            bind(root, None, inputs)

    def _batch(self, batch: Batch) -> _Drawn:
        colours = self._quiet(batch.colours_rgba, batch.element_ids)
        packed = packed_vertices(batch.positions_m_n3, batch.normals_n3, colours, batch.element_ids)
        geom = unit_geom("batch", packed.vertices, batch.triangles_n3, self._format)
        scale = scaling(packed.reach_m)
        low, high = batch.positions_m_n3.min(axis=0), batch.positions_m_n3.max(axis=0)
        main, veil = self._nodes(node_of(geom, "batch"), geom, is_glass=batch.translucent)
        if batch.is_space:
            main.hide(SECTION_MASK)  # a tint has no inside to fill
        return _Drawn(
            elements=np.unique(batch.element_ids).astype(np.int64),
            bounds_site_m=np.array([low, high]) + batch.origin_site_m,
            site_from_node=translation(batch.origin_site_m + packed.middle_m) @ scale,
            main=main,
            veil=veil,
        )

    def _instances(self, places: InstanceSet) -> _Drawn:
        first_element = np.full(len(places.colours_rgba), places.element_ids[0], dtype=np.uint32)
        colours = self._quiet(places.colours_rgba, first_element)
        packed = packed_vertices(places.positions_m_n3, places.normals_n3, colours, first_element)
        geom = make_geom("shape", packed.vertices, places.triangles_n3, self._format)
        shape_from_unit = translation(packed.middle_m) @ scaling(packed.reach_m)
        origin_from_unit = places.origin_from_shape.astype(np.float64) @ shape_from_unit
        bounds_m = _bounds_of_places(places)
        node = node_of(geom, "places", bounds_m=bounds_m)
        main, veil = self._nodes(node, geom, is_glass=places.translucent, places=places)
        texture = buffer_texture("places", _place_texels(origin_from_unit, places.element_ids))
        for path in (main, veil):
            if path is not None:
                path.set_instance_count(len(places.element_ids))
                bind(path, None, PlacementInputs(t_placements=texture))
        return _Drawn(
            elements=np.unique(places.element_ids).astype(np.int64),
            bounds_site_m=bounds_m + places.origin_site_m,
            site_from_node=translation(places.origin_site_m),
            main=main,
            veil=veil,
        )

    def _nodes(
        self, node: GeomNode, geom: Geom, *, is_glass: bool, places: InstanceSet | None = None
    ) -> tuple[NodePath[Any], NodePath[Any] | None]:
        is_instanced = places is not None
        if is_glass:
            glass = self._glass_root.attach_new_node(node)
            glass.set_shader(_variant(self._shaders.glass, is_instanced=is_instanced))
            return glass, None
        solid = self._solid_root.attach_new_node(node)
        solid.set_shader(_variant(self._shaders.solid, is_instanced=is_instanced))
        solid.set_tag(DRAWN_AS, "places" if is_instanced else "batch")
        bounds_m = None if places is None else _bounds_of_places(places)
        veil = self._glass_root.attach_new_node(node_of(geom, "veil", bounds_m=bounds_m))
        veil.set_shader(_variant(self._shaders.ghost, is_instanced=is_instanced))
        return solid, veil

    def _quiet(
        self, colours_rgba: NDArray[np.uint8], element_ids: NDArray[np.uint32]
    ) -> NDArray[np.uint8]:
        tone_index, tones = self._tones
        return quiet_colours(colours_rgba, tone_index[element_ids.astype(np.int64)], tones)

    def _toggle(self) -> None:
        solid_shown = self._in_view & self._has_any[:, 0]
        veil_shown = self._in_view & self._has_any[:, 1]
        for number, drawn in enumerate(self._drawn):
            is_glass = drawn.veil is None
            main = bool(solid_shown[number] or (is_glass and veil_shown[number]))
            for which, (path, wanted) in enumerate(
                ((drawn.main, main), (drawn.veil, bool(veil_shown[number])))
            ):
                if path is not None and drawn.shown[which] != wanted:
                    drawn.shown[which] = wanted
                    path.show() if wanted else path.hide()


def _tinted(batches: Sequence[Batch]) -> list[Batch]:
    """The batches, those of rooms as tints of their floors."""
    tinted = (floor_tints(batch) if batch.is_space else batch for batch in batches)
    return [batch for batch in tinted if batch is not None and len(batch.triangles_n3)]


def _variant(shaders: PassShaders, *, is_instanced: bool) -> Any:  # noqa: ANN401  panda3d.Shader
    return (shaders.instanced if is_instanced else shaders.batch).shader


def _live_textures(
    binding: ElementBinding, *, point_count: int
) -> tuple[Texture, Texture, Texture, Texture]:
    points = np.zeros((max(point_count, 1), 2), dtype=np.float32)
    return (
        buffer_texture("binding", binding.texels),
        buffer_texture("points", points, changes=True),
        buffer_texture("scales", binding.scale_texels),
        buffer_texture("colours", binding.colour_texels),
    )


def _place_texels(
    origin_from_unit: Float64Array, element_ids: NDArray[np.uint32]
) -> NDArray[np.float32]:
    texels = np.zeros((len(element_ids), TEXELS_A_PLACE, 4), dtype=np.float32)
    texels[:, :3] = origin_from_unit[:, :3]
    texels[:, 3, 0] = element_ids
    return texels.reshape(-1, 4)


def _bounds_of_places(places: InstanceSet) -> Float64Array:
    low, high = places.positions_m_n3.min(axis=0), places.positions_m_n3.max(axis=0)
    corners = corners_of([low, high])
    turned = np.einsum("pij,cj->pci", places.origin_from_shape[:, :3, :3], corners)
    return _box_of((turned + places.origin_from_shape[:, None, :3, 3]).reshape(-1, 3))


def _box_of(points_n3: NDArray[np.floating[Any]]) -> Float64Array:
    points = points_n3.astype(np.float64)
    return np.array([points.min(axis=0), points.max(axis=0)])
