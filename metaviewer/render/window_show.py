"""Puts finished pictures on the window: what the stage drew, and the panels over it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from panda3d.core import (
    Camera,
    ColorBlendAttrib,
    DisplayRegion,
    GraphicsOutput,
    NodePath,
    OrthographicLens,
    Texture,
)

from metaviewer.render.context import Context
from metaviewer.render.load_shader import bind, load_shader
from metaviewer.render.passes import quad_node
from metaviewer.scene.state import Rect

WHOLE: Final[Rect] = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ShowInputs:
    """What `panels/show.frag` needs."""

    t_picture: Texture
    u_part: Rect = WHOLE


def draw_only(context: Context, drawn: Collection[GraphicsOutput]) -> None:
    """A frame in which only these outputs are drawn; with none, only events are asked for."""
    outputs: list[GraphicsOutput] = list(context.engine.get_windows())
    resting = [one for one in outputs if one.is_active() and one not in drawn]
    for output in resting:
        output.set_active(False)
    try:
        context.render_frame()
    finally:
        for output in resting:
            output.set_active(True)


class WindowShow:
    """Two layers over the whole window."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._shader = load_shader(
            context,
            vertex="common/fullscreen.vert",
            fragment="panels/show.frag",
            inputs=(ShowInputs,),
        )
        self._root: NodePath[Any] = NodePath("window")
        self._pictures: NodePath[Any] = NodePath("picture")
        self._picture = self._layer(self._pictures, "picture")
        self._panels = self._layer(self._root, "panels")
        self._panels.set_attrib(
            ColorBlendAttrib.make(
                ColorBlendAttrib.M_add,
                ColorBlendAttrib.O_one,
                ColorBlendAttrib.O_one_minus_incoming_alpha,
            )
        )
        self._picture_region = self._region(self._pictures, sort=1)
        self._panels_region = self._region(self._root, sort=2)

    def show(self, *, picture: Texture, rect: Rect, panels: Texture, part: Rect = WHOLE) -> None:
        """Lay these textures over the window from the next frame on.

        Parameters
        ----------
        rect : (float, float, float, float)
            Left, bottom, width and height of the picture as shares of the window.
        part : (float, float, float, float)
            What of the picture is shown there.
        """
        left, bottom, width, height = rect
        self._picture_region.set_dimensions(left, left + width, bottom, bottom + height)
        bind(self._picture, self._shader, ShowInputs(t_picture=picture, u_part=part))
        bind(self._panels, self._shader, ShowInputs(t_picture=panels))

    def draw_only(self, *buffers: GraphicsOutput) -> None:
        """Draw these and the window; everything else keeps the picture it has."""
        draw_only(self._context, (*buffers, self._context.output))

    def close(self) -> None:
        """Take the layers off."""
        for region in (self._picture_region, self._panels_region):
            self._context.output.remove_display_region(region)
        self._root.remove_node()
        self._pictures.remove_node()

    def _region(self, root: NodePath[Any], *, sort: int) -> DisplayRegion:
        region = self._context.output.make_display_region()
        region.set_sort(sort)
        region.set_camera(root.attach_new_node(Camera(root.get_name(), OrthographicLens())))
        return region

    @staticmethod
    def _layer(root: NodePath[Any], name: str) -> NodePath[Any]:
        layer = quad_node(name)
        layer.reparent_to(root)
        return layer
