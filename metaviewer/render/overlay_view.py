"""The overlay of one view: words and bars over the finished picture, on every seat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from panda3d.core import (
    Camera,
    DisplayRegion,
    Geom,
    GeomEnums,
    GeomNode,
    GeomTriangles,
    GeomVertexData,
    GeomVertexFormat,
    NodePath,
    OmniBoundingVolume,
    OrthographicLens,
    Texture,
    TransparencyAttrib,
)

from metaviewer.render.context import Context
from metaviewer.render.labels_font import LabelFont, load_label_font
from metaviewer.render.load_shader import LoadedShader, bind, load_shader
from metaviewer.render.overlay_quads import (
    QUAD_DTYPE,
    Bar,
    Line,
    Words,
    overlay_quads,
    width_px,
)
from metaviewer.render.overlay_wrap import Measure
from metaviewer.render.targets import Targets
from metaviewer.scene.state import Rect

OVERLAY_SORT: Final = 20
LETTER_SHARE: Final = 1.0 / 44.0
LETTER_PX_MIN: Final = 11
NARROW_LETTER_PX: Final = 34
"""Up to here letters grow with the height alone; larger ones must leave a line its words."""
LETTER_WIDTH_SHARE: Final = 1.0 / 24.0
MEASURED_MAX: Final = 1024
"""Texts whose width is remembered, for each size of letters."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OverlayInputs:
    """Uniforms of ``overlay/overlay.vert`` and ``overlay/overlay.frag``."""

    t_atlas: Texture
    u_view_px: tuple[float, float]


class OverlayShader:
    """The shader and the fonts that all overlays of a stage share."""

    def __init__(self, context: Context) -> None:
        self.shader: LoadedShader = load_shader(
            context,
            vertex="overlay/overlay.vert",
            fragment="overlay/overlay.frag",
            inputs=(OverlayInputs,),
        )
        self._fonts: dict[int, LabelFont] = {}
        self._measures: dict[int, Measure] = {}

    def font(self, size_px: int) -> LabelFont:
        """The font at a whole number of pixels."""
        if size_px not in self._fonts:
            self._fonts[size_px] = load_label_font(float(size_px))
        return self._fonts[size_px]

    def measure(self, size_px: int) -> Measure:
        """What tells how wide a text is at a whole number of pixels."""
        if size_px not in self._measures:
            font = self.font(size_px)
            self._measures[size_px] = lru_cache(maxsize=MEASURED_MAX)(
                lambda text: width_px(text, glyphs=font.glyphs(set(text)))
            )
        return self._measures[size_px]

    def close(self) -> None:
        """Free the letters' pages, which a dropped font keeps (measured)."""
        for font in self._fonts.values():
            if font.font.get_num_pages():
                font.atlas.release_all()
        self._fonts.clear()
        self._measures.clear()


class OverlayView:
    """The overlay's region and node; lives as long as its view."""

    def __init__(self, targets: Targets, shared: OverlayShader, *, rect: Rect) -> None:
        self._shared = shared
        self._root: NodePath[Any] = NodePath("overlay")
        self._root.set_transparency(TransparencyAttrib.M_alpha)
        self._root.set_depth_test(False)
        self._root.set_depth_write(False)
        self._root.set_two_sided(True)
        self._region: DisplayRegion = targets.picture.region(rect)
        self._region.set_sort(OVERLAY_SORT)
        self._camera = self._root.attach_new_node(Camera("overlay", OrthographicLens()))
        self._region.set_camera(self._camera)
        self._node: NodePath[Any] | None = None
        self._shows: tuple[object, ...] = ()

    def show(
        self,
        words: tuple[Words, ...],
        bars: tuple[Bar, ...],
        *,
        size_px: tuple[int, int],
        lines: Sequence[Line] = (),
    ) -> None:
        """Lay these over the picture; nothing is done where they are the same as before."""
        shows = (words, bars, size_px, tuple(lines))
        if shows == self._shows:
            return
        self._shows = shows
        if self._node is not None:
            self._node.remove_node()
            self._node = None
        if not (words or bars or lines):
            return
        font = self._shared.font(letter_px(size_px))
        glyphs = font.glyphs({letter for line in words for letter in line.text})
        quads = overlay_quads(words, bars, glyphs=glyphs, lines=lines)
        self._node = self._root.attach_new_node(_node_of(quads))
        inputs = OverlayInputs(t_atlas=font.atlas, u_view_px=(float(size_px[0]), float(size_px[1])))
        bind(self._node, self._shared.shader, inputs)

    def close(self) -> None:
        """Remove region and node."""
        self._region.get_window().remove_display_region(self._region)
        self._root.remove_node()


def letter_px(size_px: tuple[int, int]) -> int:
    """Size of letters in a view of this width and height: the same share of every picture.

    A poster is looked at whole: letters of a screen's size would be read by nobody on it.
    """
    width_px, height_px = size_px
    widest_px = max(NARROW_LETTER_PX, round(width_px * LETTER_WIDTH_SHARE))
    return int(np.clip(round(height_px * LETTER_SHARE), LETTER_PX_MIN, widest_px))


def _node_of(vertices: np.ndarray[Any, Any]) -> GeomNode:
    layout = GeomVertexFormat.get_v3c4t2()
    assert layout.get_array(0).get_stride() == QUAD_DTYPE.itemsize
    table = GeomVertexData("overlay", layout, GeomEnums.UH_static)
    table.unclean_set_num_rows(len(vertices))
    table.modify_array(0).modify_handle().copy_data_from(vertices.view(np.uint8))
    quads = np.arange(len(vertices) // 4, dtype=np.uint32)[:, None] * 4
    indices = (quads + np.array([0, 1, 2, 0, 2, 3], dtype=np.uint32)).ravel()
    triangles = GeomTriangles(GeomEnums.UH_static)
    triangles.set_index_type(GeomEnums.NT_uint32)
    rows = triangles.modify_vertices()
    rows.unclean_set_num_rows(len(indices))
    rows.modify_handle().copy_data_from(indices.view(np.uint8))
    geom = Geom(table)
    geom.add_primitive(triangles)
    node = GeomNode("overlay")
    node.add_geom(geom)
    node.set_bounds(OmniBoundingVolume())
    node.set_final(True)
    return node
