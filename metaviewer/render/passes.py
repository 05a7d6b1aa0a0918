"""The pass builder: named targets of float textures, drawn in a stated order.

Not FilterManager: it has no float side targets and no camera of its own per pass. Panda3D's
``aux_rgba`` targets are clamped to 8 bits even beside a float colour (measured);
``aux_float`` ones are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from panda3d.core import (
    DisplayRegion,
    DrawableRegion,
    FrameBufferProperties,
    Geom,
    GeomEnums,
    GeomNode,
    GeomTriangles,
    GeomVertexData,
    GeomVertexFormat,
    GeomVertexWriter,
    GraphicsOutput,
    GraphicsPipe,
    NodePath,
    OmniBoundingVolume,
    SamplerState,
    Texture,
    WindowProperties,
)

from metaviewer.errors import RenderError
from metaviewer.render.context import Context, Size
from metaviewer.scene.state import Rect

Plane = Literal[2, 11]
"""``DrawableRegion.RTP_color`` and ``RTP_aux_float_0``."""

NOTHING_MM: Final = 1.0e6
"""Eye distance where nothing was drawn: a kilometre, as in ``common/place.glsl``."""


class Sort(IntEnum):
    """The order in which targets are drawn in a frame."""

    SECTION = -95
    OPAQUE = -90
    LAYER_0 = -80
    LAYER_1 = -70
    GLASS = -60
    OCCLUSION = -55
    SHADE = -50
    VOLUME = -40
    PICTURE = -10
    PANELS = -5
    WINDOW = 10


def scaled(rect: Rect, scale: float) -> Rect:
    """The lower left part of a share of the window that a coarser picture of it fills."""
    left, bottom, width, height = rect
    return left, bottom, width * scale, height * scale


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Target:
    """A buffer and the colour texture it fills: 8 bit display sRGB, or see `FloatTarget`."""

    name: str
    context: Context
    buffer: GraphicsOutput
    colour: Texture

    def region(self, rect: tuple[float, float, float, float]) -> DisplayRegion:
        """A part of the target (left, bottom, width, height as shares) that one camera fills."""
        left, bottom, width, height = rect
        region = self.buffer.make_display_region(left, left + width, bottom, bottom + height)
        region.set_scissor_enabled(True)
        return region

    def pixels(self, texture: Texture | None = None) -> NDArray[Any]:
        """What the target holds: (height, width, channels), RGBA order, top row first."""
        return read_back(self.context, texture or self.colour)

    def close(self) -> None:
        """Free the buffer and its textures."""
        self.context.engine.remove_window(self.buffer)
        self.colour.release_all()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FloatTarget(Target):
    """A target whose colour is half float, linear light, premultiplied.

    Parameters
    ----------
    place : Texture
        Float side target, see ``common/opaque_out.glsl``.
    """

    place: Texture

    def close(self) -> None:
        """Free the buffer and its textures."""
        Target.close(self)
        self.place.release_all()


def make_float_target(
    context: Context,
    name: str,
    *,
    size: Size,
    sort: Sort,
    clear_colour: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0),
    clear_place: tuple[float, float, float, float] = (NOTHING_MM, 0.0, 0.0, 0.0),
) -> FloatTarget:
    """A half-float colour with a float32 side target and a depth buffer."""
    bits = FrameBufferProperties()
    bits.set_float_color(True)
    bits.set_rgba_bits(16, 16, 16, 16)
    bits.set_depth_bits(24)
    bits.set_aux_float(1)
    buffer = _make_buffer(context, name, size=size, sort=sort, bits=bits)
    place = _attach(buffer, f"{name}_place", DrawableRegion.RTP_aux_float_0)
    buffer.set_clear_color(clear_colour)
    buffer.set_clear_color_active(True)
    buffer.set_clear_active(DrawableRegion.RTP_aux_float_0, True)
    buffer.set_clear_value(DrawableRegion.RTP_aux_float_0, clear_place)
    colour = _attach(buffer, f"{name}_colour", DrawableRegion.RTP_color)
    return FloatTarget(name=name, context=context, buffer=buffer, colour=colour, place=place)


def make_picture_target(context: Context, name: str, *, size: Size, sort: Sort) -> Target:
    """An 8 bit target in display sRGB: what a person sees."""
    bits = FrameBufferProperties()
    bits.set_rgba_bits(8, 8, 8, 8)
    bits.set_depth_bits(24)
    buffer = _make_buffer(context, name, size=size, sort=sort, bits=bits)
    buffer.set_clear_color((0.0, 0.0, 0.0, 1.0))
    buffer.set_clear_color_active(True)
    colour = _attach(buffer, f"{name}_colour", DrawableRegion.RTP_color)
    return Target(name=name, context=context, buffer=buffer, colour=colour)


def read_back(context: Context, texture: Texture) -> NDArray[Any]:
    """Texels of a 2D texture: (height, width, channels), RGBA order, top row first.

    Raises
    ------
    RenderError
        Where the texture was never drawn to.
    """
    if not context.engine.extract_texture_data(texture, context.gsg):
        raise RenderError(f"the picture {texture.get_name()} was never drawn")
    kinds = {
        Texture.T_unsigned_byte: np.uint8,
        Texture.T_half_float: np.float16,
        Texture.T_float: np.float32,
    }
    image: Any = texture.get_ram_image()  # a buffer, though its stub does not say so
    flat = np.frombuffer(image, kinds[texture.get_component_type()])
    shape = (texture.get_y_size(), texture.get_x_size(), texture.get_num_components())
    pixels = flat.reshape(shape)[::-1]
    texture.clear_ram_image()
    # Panda3D keeps colours as BGRA in memory; rows run bottom up.
    order = {1: [0], 2: [1, 0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[shape[2]]
    return np.ascontiguousarray(pixels[:, :, order])


def quad_node(name: str) -> NodePath[Any]:
    """One triangle that covers a whole region; for shaders on ``common/fullscreen.vert``."""
    data = GeomVertexData(name, GeomVertexFormat.get_v3(), GeomEnums.UH_static)
    writer = GeomVertexWriter(data, "vertex")
    for x, y in ((-1.0, -1.0), (3.0, -1.0), (-1.0, 3.0)):
        writer.add_data3(x, y, 0.0)
    triangles = GeomTriangles(GeomEnums.UH_static)
    triangles.add_vertices(0, 1, 2)
    geom = Geom(data)
    geom.add_primitive(triangles)
    node = GeomNode(name)
    node.add_geom(geom)
    node.set_bounds(OmniBoundingVolume())
    node.set_final(True)
    path: NodePath[Any] = NodePath(node)
    path.set_depth_test(False)
    path.set_depth_write(False)
    return path


def constant_texture(name: str, rgba: tuple[float, float, float, float]) -> Texture:
    """A texture of one texel: what a pass reads where the real one is not drawn."""
    texture = Texture(name)
    texture.setup_2d_texture(1, 1, Texture.T_float, Texture.F_rgba32)
    red, green, blue, alpha = rgba
    texture.set_ram_image(np.array([blue, green, red, alpha], dtype=np.float32))
    _sample_nearest(texture)
    return texture


def _make_buffer(
    context: Context, name: str, *, size: Size, sort: Sort, bits: FrameBufferProperties
) -> GraphicsOutput:
    buffer = context.engine.make_output(
        context.pipe,
        name,
        int(sort),
        bits,
        WindowProperties(size=size),
        GraphicsPipe.BF_refuse_window,
        context.gsg,
        context.output,
    )
    if buffer is None:
        raise RenderError(
            f"no buffer of {size[0]} x {size[1]} pixels for {name}: choose a smaller picture"
        )
    return buffer


def _attach(buffer: GraphicsOutput, name: str, plane: Plane) -> Texture:
    texture = Texture(name)
    _sample_nearest(texture)
    buffer.add_render_texture(texture, GraphicsOutput.RTM_bind_or_copy, plane)
    return texture


def _sample_nearest(texture: Texture) -> None:
    texture.set_minfilter(SamplerState.FT_nearest)
    texture.set_magfilter(SamplerState.FT_nearest)
    texture.set_wrap_u(SamplerState.WM_clamp)
    texture.set_wrap_v(SamplerState.WM_clamp)
