"""Ambient occlusion and edges of everything opaque: two full-screen passes after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from panda3d.core import Camera, DisplayRegion, NodePath, OrthographicLens, Texture

from metaviewer.render.context import Context, Size
from metaviewer.render.eye import Eye, RayInputs, ray_inputs
from metaviewer.render.load_shader import LoadedShader, bind, load_shader
from metaviewer.render.passes import FloatTarget, Sort, make_float_target, quad_node
from metaviewer.render.space_view import region_pixels
from metaviewer.scene.state import Rect, ViewId

OCCLUSION_SHARE: Final = 2
"""Occlusion is smooth: half the pixels in each direction are enough, at a quarter of the cost."""

Region = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SightInputs:
    """Uniforms of ``building/sight.glsl``, beside those of ``common/ray.glsl``."""

    t_place: Texture
    u_region_px: Region


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ShadeInputs:
    """Uniforms of ``building/shade.frag``."""

    t_occlusion: Texture
    u_occlusion_px: Region


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _View:
    occlusion: NodePath[Any]
    shade: NodePath[Any]
    regions: tuple[DisplayRegion, DisplayRegion]


class EdgesPass:
    """Follows `Shade`: red is the light that reaches a point, green the ink of an edge."""

    def __init__(self, context: Context, *, opaque: FloatTarget, size: Size) -> None:
        self._place = opaque.place
        self._size = size
        width, height = size
        self._half = (max(width // OCCLUSION_SHARE, 1), max(height // OCCLUSION_SHARE, 1))
        self._occlusion = make_float_target(
            context, "occlusion", size=self._half, sort=Sort.OCCLUSION
        )
        self._shade = make_float_target(context, "shade", size=size, sort=Sort.SHADE)
        self.texture: Texture = self._shade.colour
        self._occlusion_shader, self._shade_shader = load_edges_shaders(context)
        self._views: dict[ViewId, _View] = {}

    def place_view(self, view_id: ViewId, *, rect: Rect, eye: Eye) -> None:
        """Draw this part of the window as seen by `eye`."""
        view = self._views.get(view_id) or self._make_view(view_id)
        left, bottom, width, height = rect
        for region in view.regions:
            region.set_dimensions(left, left + width, bottom, bottom + height)
        rays = ray_inputs(eye)
        sight = SightInputs(t_place=self._place, u_region_px=_region(rect, self._size))
        shade = ShadeInputs(
            t_occlusion=self._occlusion.colour, u_occlusion_px=_region(rect, self._half)
        )
        bind(view.occlusion, self._occlusion_shader, rays, sight)
        bind(view.shade, self._shade_shader, rays, sight, shade)

    def remove_view(self, view_id: ViewId) -> None:
        """Draw this view no more; a view never placed is no error."""
        view = self._views.pop(view_id, None)
        if view is None:
            return
        for region in view.regions:
            region.get_window().remove_display_region(region)
        view.occlusion.remove_node()
        view.shade.remove_node()

    def set_active(self, *, active: bool) -> None:
        """Whether the next frames draw both passes."""
        for target in (self._occlusion, self._shade):
            target.buffer.set_active(active)

    def close(self) -> None:
        """Free both passes."""
        for view_id in list(self._views):
            self.remove_view(view_id)
        self._occlusion.close()
        self._shade.close()

    def _make_view(self, view_id: ViewId) -> _View:
        nodes, regions = [], []
        for name, target in (("occlusion", self._occlusion), ("shade", self._shade)):
            node = quad_node(name)
            region = target.region((0.0, 0.0, 1.0, 1.0))
            region.set_camera(node.attach_new_node(Camera(name, OrthographicLens())))
            nodes.append(node)
            regions.append(region)
        view = _View(occlusion=nodes[0], shade=nodes[1], regions=(regions[0], regions[1]))
        self._views[view_id] = view
        return view


def load_edges_shaders(context: Context) -> tuple[LoadedShader, LoadedShader]:
    """Occlusion, then edges."""
    occlusion = load_shader(
        context,
        vertex="common/fullscreen.vert",
        fragment="building/occlusion.frag",
        inputs=(RayInputs, SightInputs),
    )
    shade = load_shader(
        context,
        vertex="common/fullscreen.vert",
        fragment="building/shade.frag",
        inputs=(RayInputs, SightInputs, ShadeInputs),
    )
    return occlusion, shade


def _region(rect: Rect, size: Size) -> Region:
    left, bottom, width, height = region_pixels(rect, size=size)
    return float(left), float(bottom), float(width), float(height)
