"""The GL side of panels: triangles that somebody else described, drawn into a texture.

The texture serves every seat: the window lays it over the picture, a headset hangs it on a wall.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from panda3d.core import (
    Camera,
    ColorBlendAttrib,
    Geom,
    GeomEnums,
    GeomNode,
    GeomTriangles,
    GeomVertexArrayData,
    GeomVertexArrayFormat,
    GeomVertexData,
    GeomVertexFormat,
    GraphicsOutput,
    NodePath,
    OmniBoundingVolume,
    OrthographicLens,
    RenderState,
    SamplerState,
    ScissorAttrib,
    Texture,
    TextureAttrib,
)

from metaviewer.render.context import Context, Size
from metaviewer.render.load_shader import bind, load_shader
from metaviewer.render.passes import Sort, Target, make_picture_target

PANEL_VERTEX_BYTES: Final = 20
"""Two floats of place in pixels, two of texture, four bytes of colour: Dear ImGui's own layout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelCall:
    """One run of triangles with one texture, cut to a rectangle.

    Parameters
    ----------
    clip_px : (float, float, float, float)
        Left, top, right, bottom; y down.
    first, count : int
        Range of the drawing's indices.
    """

    clip_px: tuple[float, float, float, float]
    texture: int
    first: int
    count: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PanelDrawing:
    """Everything panels show in one frame.

    Parameters
    ----------
    vertices : uint8 array of shape (n, PANEL_VERTEX_BYTES)
    indices : uint32 array of shape (m,)
    textures : mapping
        New contents of textures by number, uint8 (height, width, 4) RGBA; only what changed.
    """

    vertices: NDArray[np.uint8]
    indices: NDArray[np.uint32]
    calls: tuple[PanelCall, ...]
    textures: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    gone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelInputs:
    """What `panels/panel.vert` needs."""

    u_size_px: tuple[float, float]


class PanelSurface:
    """A texture of `size` pixels that panels are drawn into."""

    def __init__(self, context: Context, *, size: Size) -> None:
        self._context = context
        self._size = size
        self._shader = load_shader(
            context,
            vertex="panels/panel.vert",
            fragment="panels/panel.frag",
            inputs=(PanelInputs,),
        )
        self._format = _vertex_format()
        self._textures: dict[int, Texture] = {}
        self._node = GeomNode("panels")
        self._node.set_bounds(OmniBoundingVolume())
        self._node.set_final(True)
        self._root: NodePath[Any] = NodePath("panels")
        self._path: NodePath[Any] = self._root.attach_new_node(self._node)
        self._path.set_depth_test(False)
        self._path.set_depth_write(False)
        self._path.set_bin("unsorted", 0)
        self._path.set_two_sided(True)
        self._path.set_attrib(
            ColorBlendAttrib.make(
                ColorBlendAttrib.M_add,
                ColorBlendAttrib.O_one,
                ColorBlendAttrib.O_one_minus_incoming_alpha,
            )
        )
        self._target = self._make_target()
        self._drawing: PanelDrawing | None = None

    @property
    def texture(self) -> Texture:
        """The panels, premultiplied display sRGB."""
        return self._target.colour

    def pixels(self) -> NDArray[np.uint8]:
        """The panels as (height, width, 4), top row first: for tests."""
        pixels: NDArray[np.uint8] = self._target.pixels()
        return pixels

    def resize(self, size: Size) -> None:
        """Take another size; nothing is drawn until the next `show`."""
        if size != self._size:
            self._target.close()
            self._size = size
            self._target = self._make_target()
            self._drawing = None

    @property
    def buffer(self) -> GraphicsOutput:
        """What draws the panels; another one after `resize`."""
        return self._target.buffer

    def show(self, drawing: PanelDrawing) -> bool:
        """Replace what the next frame draws; False where it would look the same."""
        if _looks_like(drawing, self._drawing):
            return False
        self._drawing = drawing
        self._put(drawing)
        return True

    def _put(self, drawing: PanelDrawing) -> None:
        for number in drawing.gone:
            self._textures.pop(number, None)
        for number, pixels in drawing.textures.items():
            self._take_texture(number, pixels)
        self._node.remove_all_geoms()
        if not len(drawing.vertices):
            return
        rows = GeomVertexData("panels", self._format, GeomEnums.UH_stream)
        rows.unclean_set_num_rows(len(drawing.vertices))
        _bytes_of(rows.modify_array(0))[:] = drawing.vertices.ravel()
        for call in drawing.calls:
            self._add(rows, drawing.indices[call.first : call.first + call.count], call)

    def close(self) -> None:
        """Free the texture."""
        self._node.remove_all_geoms()
        self._target.close()

    def _add(self, rows: GeomVertexData, indices: NDArray[np.uint32], call: PanelCall) -> None:
        width, height = self._size
        left, top, right, bottom = call.clip_px
        if right <= left or bottom <= top or call.texture not in self._textures:
            return
        triangles = GeomTriangles(GeomEnums.UH_stream)
        triangles.set_index_type(GeomEnums.NT_uint32)
        array = triangles.modify_vertices()
        array.unclean_set_num_rows(len(indices))
        _bytes_of(array).view(np.uint32)[:] = indices
        geom = Geom(rows)
        geom.add_primitive(triangles)
        scissor = ScissorAttrib.make(
            max(left, 0.0) / width,
            min(right, width) / width,
            1.0 - min(bottom, height) / height,
            1.0 - max(top, 0.0) / height,
        )
        texture = TextureAttrib.make(self._textures[call.texture])
        self._node.add_geom(geom, RenderState.make(scissor, texture))

    def _take_texture(self, number: int, pixels: NDArray[np.uint8]) -> None:
        height, width, channels = pixels.shape
        assert channels == 4
        texture = self._textures.get(number)
        if texture is None:
            texture = self._textures[number] = Texture(f"panel_{number}")
        if (texture.get_x_size(), texture.get_y_size()) != (width, height):
            texture.setup_2d_texture(width, height, Texture.T_unsigned_byte, Texture.F_rgba8)
            texture.set_minfilter(SamplerState.FT_linear)
            texture.set_magfilter(SamplerState.FT_linear)
        # Panda3D keeps BGRA; Dear ImGui's v runs down and so do its rows: no flip.
        texture.set_ram_image(np.ascontiguousarray(pixels[..., [2, 1, 0, 3]]))

    def _make_target(self) -> Target:
        target = make_picture_target(self._context, "panels", size=self._size, sort=Sort.PANELS)
        target.buffer.set_clear_color((0.0, 0.0, 0.0, 0.0))
        camera = Camera("panels", OrthographicLens())
        region = target.region((0.0, 0.0, 1.0, 1.0))
        region.set_camera(self._root.attach_new_node(camera))
        width, height = self._size
        bind(self._path, self._shader, PanelInputs(u_size_px=(float(width), float(height))))
        return target


def _looks_like(now: PanelDrawing, before: PanelDrawing | None) -> bool:
    """Whether two drawings are the same triangles of the same textures."""
    return (
        before is not None
        and not now.textures
        and not now.gone
        and now.calls == before.calls
        and np.array_equal(now.indices, before.indices)
        and np.array_equal(now.vertices, before.vertices)
    )


def _bytes_of(array: GeomVertexArrayData) -> NDArray[np.uint8]:
    """Writable bytes of a vertex array; its own format fits no numpy type (panda3d issue 485)."""
    buffer: Any = array  # the stubs do not know that it has the buffer protocol
    return np.frombuffer(memoryview(buffer).cast("B"), np.uint8)


def _vertex_format() -> GeomVertexFormat:
    array = GeomVertexArrayFormat(
        "vertex",
        2,
        GeomEnums.NT_float32,
        GeomEnums.C_other,
        "texcoord",
        2,
        GeomEnums.NT_float32,
        GeomEnums.C_other,
        "color",
        4,
        GeomEnums.NT_uint8,
        GeomEnums.C_color,
    )
    assert array.get_stride() == PANEL_VERTEX_BYTES
    layout = GeomVertexFormat()
    layout.add_array(array)
    return GeomVertexFormat.register_format(layout)
