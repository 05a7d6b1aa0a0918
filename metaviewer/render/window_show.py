"""Puts finished pictures on the window: what the stage drew, and the panels over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from panda3d.core import Camera, ColorBlendAttrib, NodePath, OrthographicLens, Texture

from metaviewer.render.context import Context
from metaviewer.render.load_shader import bind, load_shader
from metaviewer.render.passes import quad_node


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ShowInputs:
    """What `panels/show.frag` needs."""

    t_picture: Texture


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
        self._picture = self._layer("picture", sort=0)
        self._panels = self._layer("panels", sort=1)
        self._panels.set_attrib(
            ColorBlendAttrib.make(
                ColorBlendAttrib.M_add,
                ColorBlendAttrib.O_one,
                ColorBlendAttrib.O_one_minus_incoming_alpha,
            )
        )
        camera = self._root.attach_new_node(Camera("window", OrthographicLens()))
        self._region = context.output.make_display_region()
        self._region.set_camera(camera)

    def show(self, *, picture: Texture, panels: Texture) -> None:
        """Lay these textures over the window from the next frame on."""
        bind(self._picture, self._shader, ShowInputs(t_picture=picture))
        bind(self._panels, self._shader, ShowInputs(t_picture=panels))

    def close(self) -> None:
        """Take the layers off."""
        self._context.output.remove_display_region(self._region)
        self._root.remove_node()

    def _layer(self, name: str, *, sort: int) -> NodePath[Any]:
        layer = quad_node(name)
        layer.reparent_to(self._root)
        layer.set_bin("fixed", sort)
        return layer
