"""Filled cuts: one pass of sums over all buildings, and a rectangle on each cutting plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from panda3d.core import (
    Camera,
    ColorBlendAttrib,
    DisplayRegion,
    Geom,
    GeomEnums,
    GeomNode,
    GeomTriangles,
    GeomVertexData,
    GeomVertexFormat,
    GeomVertexWriter,
    LMatrix4f,
    NodePath,
    Texture,
)

from metaviewer.frames import Float64Array
from metaviewer.render.building_shaders import SELECTION_RGB, BuildingShaders, PassShaders
from metaviewer.render.context import Context, Size
from metaviewer.render.eye import Eye, lens_of
from metaviewer.render.load_shader import LoadedShader, bind, load_shader
from metaviewer.render.passes import FloatTarget, Sort, make_float_target, scaled
from metaviewer.render.section_planes import PLANES_MAX, cap_corners_m, seen_cuts
from metaviewer.render.shown import SeenScene, StageParts
from metaviewer.render.view_inputs import ViewInputs, view_inputs
from metaviewer.scene import ItemId
from metaviewer.scene.state import Plane, Rect

DRAWN_AS: Final = "drawn_as"
"""Tag of every node of the section pass: "batch" or "places" picks its shader."""

NO_SELECTED_ID: Final = -1.0
CUTS_NOTHING: Final[Plane] = (0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CapInputs:
    """Uniforms of ``building/cap.frag``."""

    t_section_count: Texture
    t_section_ids: Texture
    u_cap_plane: Plane
    u_other_planes: Float64Array
    u_slot: tuple[float, ...]
    u_selected_id: float
    u_selection_rgb: tuple[float, ...] = SELECTION_RGB


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CutItem:
    """What the fill has to know of a building.

    Parameters
    ----------
    own_cut : Plane or None
        The storey's cut, which cuts this building only.
    selected_id : float
        Id of the selected element in the sums, `NO_SELECTED_ID` for none.
    """

    bounds_world_m: Float64Array
    own_cut: Plane | None
    selected_id: float


class SectionFill:
    """The section pass of one stage; all buildings share it."""

    def __init__(self, parts: StageParts, shaders: BuildingShaders) -> None:
        self.root: NodePath[Any] = NodePath("section")
        """Buildings put here what is cut."""
        self._parts = parts
        self._shaders = shaders.section
        self._cap_shader = load_cap_shader(parts.context)
        self._caps: NodePath[Any] = parts.opaque_root.attach_new_node("caps")
        self._target: FloatTarget | None = None
        self._size: Size = (0, 0)
        self._views: list[tuple[DisplayRegion, NodePath[Any]]] = []

    def place(self, seen: SeenScene, items: Mapping[ItemId, CutItem]) -> tuple[Plane, ...]:
        """Fill the cuts of this frame; returns the planes that are summed, in their places."""
        own = [item.own_cut for item in items.values() if item.own_cut is not None]
        cuts = seen_cuts([*seen.state.clip, *own], [view.eye for view in seen.views])
        self._caps.node().remove_all_children()
        if not cuts:
            self._close_target()
            return cuts
        self._place_views(seen)
        bounds_world_m = _around([item.bounds_world_m for item in items.values()])
        selected = [item.selected_id for item in items.values()]
        for slot, plane in enumerate(cuts):
            self._add_cap(slot, plane, own, bounds_world_m, max(selected, default=NO_SELECTED_ID))
        return cuts

    def close(self) -> None:
        """Free the pass; safe to call twice."""
        self._close_target()
        self._caps.remove_node()
        self.root.remove_node()

    def _place_views(self, seen: SeenScene) -> None:
        rects = [view.rect for view in seen.state.views if view.kind == "space"]
        target = self._target_for(_window_size(seen, rects), len(rects))
        for rect, view, (region, camera) in zip(rects, seen.views, self._views, strict=True):
            left, bottom, width, height = scaled(rect, seen.quality.scene_scale)
            region.set_dimensions(left, left + width, bottom, bottom + height)
            inputs = view_inputs(view.eye, clip=seen.state.clip, is_diagnostic=False)
            _place_camera(camera, view.eye, self._shaders, inputs)
        target.buffer.set_active(True)

    def _target_for(self, size: Size, view_count: int) -> FloatTarget:
        if self._target is None or self._size != size or len(self._views) != view_count:
            self._close_target()
            nothing = (0.0, 0.0, 0.0, 0.0)
            self._target = make_float_target(
                self._parts.context, "section", size=size, sort=Sort.SECTION, clear_place=nothing
            )
            self._size = size
            for _ in range(view_count):
                region = self._target.region((0.0, 0.0, 1.0, 1.0))
                camera: NodePath[Any] = self.root.attach_new_node(Camera("section"))
                region.set_camera(camera)
                self._views.append((region, camera))
        return self._target

    def _close_target(self) -> None:
        for _, camera in self._views:
            camera.remove_node()
        self._views = []
        if self._target is not None:
            self._target.close()
            self._target = None

    def _add_cap(
        self,
        slot: int,
        plane: Plane,
        own: Sequence[Plane],
        bounds_world_m: Float64Array,
        selected_id: float,
    ) -> None:
        assert self._target is not None
        others = [other for other in dict.fromkeys(own) if other != plane][:PLANES_MAX]
        inputs = CapInputs(
            t_section_count=self._target.colour,
            t_section_ids=self._target.place,
            u_cap_plane=plane,
            u_other_planes=np.array([*others, *[CUTS_NOTHING] * (PLANES_MAX - len(others))]),
            u_slot=tuple(float(slot == place) for place in range(PLANES_MAX)),
            u_selected_id=selected_id,
        )
        cap = self._caps.attach_new_node(_rectangle(cap_corners_m(plane, bounds_world_m)))
        cap.set_two_sided(True)
        bind(cap, self._cap_shader, inputs)


def load_cap_shader(context: Context) -> LoadedShader:
    """The shader of the filled faces."""
    return load_shader(
        context,
        vertex="building/cap.vert",
        fragment="building/cap.frag",
        inputs=(CapInputs, ViewInputs),
    )


def _window_size(seen: SeenScene, rects: Sequence[Rect]) -> Size:
    """Pixels of the whole window, of which each view is a share."""
    (width, height), rect = seen.views[0].size_px, rects[0]
    return max(round(width / rect[2]), 1), max(round(height / rect[3]), 1)


def _place_camera(
    camera: NodePath[Any], eye: Eye, shaders: PassShaders, inputs: ViewInputs
) -> None:
    camera.set_mat(LMatrix4f(*eye.world_from_camera.T.ravel()))
    node = camera.node()
    node.set_lens(lens_of(eye))
    node.set_tag_state_key(DRAWN_AS)
    for word, shader in (("batch", shaders.batch), ("places", shaders.instanced)):
        state: NodePath[Any] = NodePath("state")
        state.set_shader(shader.shader, 10)
        bind(state, None, inputs)
        add = ColorBlendAttrib.make(
            ColorBlendAttrib.M_add, ColorBlendAttrib.O_one, ColorBlendAttrib.O_one
        )
        state.set_attrib(add, 10)
        state.set_depth_test(False, 10)
        state.set_depth_write(False, 10)
        node.set_tag_state(word, state.get_state())


def _rectangle(corners_m: Float64Array) -> GeomNode:
    data = GeomVertexData("cap", GeomVertexFormat.get_v3(), GeomEnums.UH_static)
    writer = GeomVertexWriter(data, "vertex")
    for x, y, z in corners_m:
        writer.add_data3(float(x), float(y), float(z))
    triangles = GeomTriangles(GeomEnums.UH_static)
    triangles.add_vertices(0, 1, 2)
    triangles.add_vertices(0, 2, 3)
    geom = Geom(data)
    geom.add_primitive(triangles)
    node = GeomNode("cap")
    node.add_geom(geom)
    return node


def _around(bounds: Sequence[Float64Array]) -> Float64Array:
    boxes = np.array(bounds)
    return np.array([boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)])
