"""One 3D view: its cameras in every pass, and the quads that march and compose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from panda3d.core import (
    Camera as PandaCamera,
)
from panda3d.core import (
    ColorBlendAttrib,
    DisplayRegion,
    LMatrix4f,
    NodePath,
    OrthographicLens,
    RenderState,
    Texture,
)

from metaviewer.frames import Float64Array, frozen
from metaviewer.render.context import Context
from metaviewer.render.eye import Eye, lens_of
from metaviewer.render.load_shader import LoadedShader, bind, load_shader
from metaviewer.render.passes import constant_texture, quad_node, scaled
from metaviewer.render.shown import StageParts
from metaviewer.render.targets import Targets
from metaviewer.render.view_inputs import ViewInputs
from metaviewer.scene.state import Rect

# Deep blue-black, so that bone and live colours both stand out; linear light.
BACKDROP_LOW: Final = (0.0055, 0.0075, 0.0120)
BACKDROP_HIGH: Final = (0.0230, 0.0330, 0.0520)
BACKDROP_LOW_LIGHT: Final = (0.55, 0.57, 0.59)
BACKDROP_HIGH_LIGHT: Final = (0.80, 0.84, 0.88)
BACKDROP_DIAGNOSTIC: Final = (0.0, 0.0, 0.0)

GLASS_BLEND: Final = ColorBlendAttrib.make(
    ColorBlendAttrib.M_add,
    ColorBlendAttrib.O_one,
    ColorBlendAttrib.O_one,
    ColorBlendAttrib.M_add,
    ColorBlendAttrib.O_zero,
    ColorBlendAttrib.O_one_minus_incoming_alpha,
)
"""Adds colours and multiplies transparencies; per-target blending is not in Panda3D 1.10."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LayerInputs:
    """Uniforms of the peeling: which layer, and where the one before it lies."""

    t_layer_before: Texture
    u_layer: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GlassInputs:
    """Uniform of ``common/glass_out.glsl``: the eye distances of the opaque pass."""

    t_opaque_before: Texture


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CompositeInputs:
    """Uniforms of ``common/composite.frag``."""

    t_opaque: Texture
    t_opaque_place: Texture
    t_volume: Texture
    t_volume_place: Texture
    t_glass: Texture
    t_glass_sums: Texture
    t_shade: Texture
    u_scene_px: tuple[float, ...]
    u_is_coarse: float
    u_volume_scale: tuple[float, float]
    u_region_origin_px: tuple[float, float]
    u_backdrop_low: tuple[float, float, float]
    u_backdrop_high: tuple[float, float, float]
    u_has_glass: float
    u_has_shade: float
    u_display_space: float


def load_composite(context: Context) -> LoadedShader:
    """The shader of the last pass."""
    return load_shader(
        context,
        vertex="common/fullscreen.vert",
        fragment="common/composite.frag",
        inputs=(CompositeInputs,),
    )


class SpaceView:
    """The cameras and quads of one 3D view; lives until `close` or a resize."""

    def __init__(self, parts: StageParts, targets: Targets, *, rect: Rect) -> None:
        self.rect = rect
        self._nothing = constant_texture("nothing", (0.0, 0.0, 0.0, 0.0))
        self._regions: list[DisplayRegion] = []
        self._targets = targets
        self.opaque = self._world_camera(targets.opaque.region(rect), parts.opaque_root)
        self.layers = [
            self._world_camera(target.region(rect), parts.layers_root) for target in targets.layers
        ]
        self.glass = self._world_camera(targets.glass.region(rect), parts.glass_root)
        self._scene_regions = list(self._regions)
        self.volume_quad, self.volume_region = self._quad(targets.volume.region(rect), "volume")
        self.composite_quad, _ = self._quad(targets.picture.region(rect), "composite")
        self.marks = self._world_camera(targets.picture.region(rect), parts.marks_root)
        self.marks_region = self._regions[-1]
        self.marks_region.set_sort(10)

    def place(self, eye: Eye, inputs: ViewInputs) -> None:
        """Look through `eye`: every camera moves, every shader of the world is told."""
        lens = lens_of(eye)
        world = LMatrix4f(*eye.world_from_camera.T.ravel())
        for camera in (self.opaque, *self.layers, self.glass, self.marks):
            camera.set_mat(world)
            camera.node().set_lens(lens)
        self.opaque.node().set_initial_state(_state(inputs))
        glass = GlassInputs(t_opaque_before=self._targets.opaque.place)
        self.marks.node().set_initial_state(_state(inputs, glass))
        self.glass.node().set_initial_state(_glass_state(inputs, glass))
        for number, camera in enumerate(self.layers):
            place = self._targets.layers[0].place if number else None
            layer = LayerInputs(t_layer_before=place or self._nothing, u_layer=number)
            camera.node().set_initial_state(_state(inputs, layer))

    def set_scales(self, *, scene: float, volume: float) -> None:
        """Draw these shares of the view's pixels along each edge; nothing is re-allocated."""
        for region in self._scene_regions:
            _fill(region, scaled(self.rect, scene))
        _fill(self.volume_region, scaled(self.rect, volume))

    def close(self) -> None:
        """Remove cameras, quads and regions."""
        for camera in (self.opaque, *self.layers, self.glass, self.marks):
            camera.remove_node()
        for quad in (self.volume_quad, self.composite_quad):
            quad.remove_node()
        for region in self._regions:
            region.get_window().remove_display_region(region)
        self._regions.clear()
        self._nothing.release_all()

    def _world_camera(self, region: DisplayRegion, root: NodePath[Any]) -> NodePath[PandaCamera]:
        camera: NodePath[PandaCamera] = root.attach_new_node(PandaCamera("eye"))
        region.set_camera(camera)
        self._regions.append(region)
        return camera

    def _quad(self, region: DisplayRegion, name: str) -> tuple[NodePath[Any], DisplayRegion]:
        quad = quad_node(name)
        camera = quad.attach_new_node(PandaCamera(name, OrthographicLens()))
        region.set_camera(camera)
        self._regions.append(region)
        return quad, region


def _fill(region: DisplayRegion, rect: Rect) -> None:
    left, bottom, width, height = rect
    region.set_dimensions(left, left + width, bottom, bottom + height)


def backdrop(*, theme: str, is_diagnostic: bool) -> tuple[Float64Array, Float64Array]:
    """Lower and upper colour behind everything."""
    if is_diagnostic:
        return frozen(BACKDROP_DIAGNOSTIC), frozen(BACKDROP_DIAGNOSTIC)
    if theme == "light":
        return frozen(BACKDROP_LOW_LIGHT), frozen(BACKDROP_HIGH_LIGHT)
    return frozen(BACKDROP_LOW), frozen(BACKDROP_HIGH)


def _state(*inputs: object) -> RenderState:
    holder: NodePath[Any] = NodePath("state")
    bind(holder, None, *inputs)
    return holder.get_state()


def _glass_state(*inputs: object) -> RenderState:
    holder: NodePath[Any] = NodePath("state")
    bind(holder, None, *inputs)
    holder.set_attrib(GLASS_BLEND, 10)
    holder.set_depth_write(False, 10)
    return holder.get_state()


def region_pixels(rect: Rect, *, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, bottom, width and height of a share of the window, in pixels."""
    left, bottom = round(rect[0] * size[0]), round(rect[1] * size[1])
    right, top = round((rect[0] + rect[2]) * size[0]), round((rect[1] + rect[3]) * size[1])
    width, height = np.maximum((right - left, top - bottom), 1)
    return left, bottom, int(width), int(height)
