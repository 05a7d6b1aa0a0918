"""All labels of a stage as one Geom, drawn once for each 3D view with that view's own choice."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from panda3d.core import (
    Geom,
    GeomEnums,
    GeomVertexArrayFormat,
    GeomVertexFormat,
    NodePath,
    Texture,
    TransparencyAttrib,
)

from metaviewer.frames import Float64Array, moved
from metaviewer.render.building_cull import clip_from_world
from metaviewer.render.building_geoms import buffer_texture, fill_texture, make_geom, node_of
from metaviewer.render.labels_font import LabelFont, load_label_font
from metaviewer.render.labels_layout import (
    QUAD_DTYPE,
    LabelQuads,
    LabelStyle,
    Pieces,
    fits_floor,
    label_quads,
    projected_px,
    triangles_of,
    uncluttered,
)
from metaviewer.render.labels_sight import sight_texels, volume_boxes_px
from metaviewer.render.labels_text import Label
from metaviewer.render.load_shader import bind, load_shader
from metaviewer.render.shown import SeenScene, SeenView, StageParts
from metaviewer.render.space_view import GlassInputs
from metaviewer.render.view_inputs import ViewInputs
from metaviewer.scene.state import Theme

LETTER_PX: Final = 13.0
ASCENT_SHARE: Final = 0.82
"""From the top of a line to its base line, as a share of the letter's size."""

PIECES_MAX: Final = 4000
"""Texts kept laid out; a clinic writes some hundred in an hour."""
EVERYWHERE_M: Final = np.array([[-1e6] * 3, [1e6] * 3])
"""Labels are never culled: their pixels are not where their vertices are."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LabelInputs:
    """Uniforms of ``labels/label.vert`` and ``labels/label.frag``."""

    t_shown: Texture
    t_atlas: Texture
    t_sights: Texture
    u_view_rect_px: tuple[float, float, float, float]
    u_label_eye_world_m: Float64Array
    u_label_forward: Float64Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Placed:
    """Labels of one item, in the world."""

    labels: tuple[Label, ...]
    anchors_world_m: Float64Array
    floors_world_m: Float64Array


class LabelLayer:
    """Labels of all items of a stage."""

    def __init__(self, parts: StageParts) -> None:
        self._root: NodePath[Any] = parts.marks_root.attach_new_node("labels")
        self._root.set_transparency(TransparencyAttrib.M_alpha)
        self._root.set_depth_test(False)
        self._root.set_depth_write(False)
        self._root.set_two_sided(True)
        self._shader = load_shader(
            parts.context,
            vertex="labels/label.vert",
            fragment="labels/label.frag",
            inputs=(LabelInputs, ViewInputs, GlassInputs),
        )
        self._font: LabelFont = load_label_font(LETTER_PX)
        self._format = _quad_format()
        self._labels: dict[Hashable, _Placed] = {}
        self._geom: Geom | None = None
        self._quads: LabelQuads | None = None
        self._anchors = np.zeros((0, 3))
        self._floors = np.zeros((0, 4, 3))
        self._ranks = np.zeros(0, dtype=np.int64)
        self._pieces: Pieces = {}
        self._theme: Theme | None = None
        self._placed: tuple[object, ...] = ()

    def put(
        self, owner: Hashable, labels: Sequence[Label], *, world_from_site: Float64Array
    ) -> None:
        """Labels of one item from now on."""
        anchors = np.array([label.anchor_site_m for label in labels]).reshape(-1, 3)
        nowhere = np.full((4, 3), np.nan)
        floors = np.array(
            [nowhere if label.floor_site_m is None else label.floor_site_m for label in labels]
        ).reshape(-1, 4, 3)
        self._labels[owner] = _Placed(
            labels=tuple(labels),
            anchors_world_m=moved(anchors, target_from_source=world_from_site),
            floors_world_m=moved(floors, target_from_source=world_from_site),
        )
        self._quads = None

    def remove(self, owner: Hashable) -> None:
        """Forget an item's labels."""
        if self._labels.pop(owner, None) is not None:
            self._quads = None

    def place(self, seen: SeenScene) -> None:
        """Choose the labels that each view has room for; nothing is done where nothing moved."""
        placed = (
            id(seen.state.views),
            id(seen.state.items),
            tuple((view.size_px, view.origin_px) for view in seen.views),
        )
        is_laid_out = self._quads is not None and self._theme == seen.state.theme
        if is_laid_out and placed == self._placed:
            return
        if not is_laid_out:
            self._lay_out(seen.state.theme)
        self._placed, self._of = placed, (seen.state.views, seen.state.items)
        self._root.get_children().detach()
        for view in seen.views:
            self._draw_in(view, seen)

    def close(self) -> None:
        """Remove the nodes; safe to call twice."""
        self._root.remove_node()
        self._labels.clear()

    def _lay_out(self, theme: Theme) -> None:
        placed = _without_echoes(self._labels)
        labels = [label for one in placed for label in one.labels]
        self._anchors = np.concatenate([np.zeros((0, 3)), *(one.anchors_world_m for one in placed)])
        self._floors = np.concatenate(
            [np.zeros((0, 4, 3)), *(one.floors_world_m for one in placed)]
        )
        self._ranks = np.array([label.rank for label in labels], dtype=np.int64)
        glyphs = self._font.glyphs({letter for label in labels for letter in label.text})
        style = label_style(theme, self._font)
        if theme != self._theme or len(self._pieces) > PIECES_MAX:
            self._pieces.clear()
        self._quads = label_quads(
            labels, self._anchors, glyphs=glyphs, style=style, known=self._pieces
        )
        self._theme = theme
        self._geom = None
        sights = sight_texels(labels, self._anchors, self._floors)
        self._sights = buffer_texture("sights", sights)
        if len(self._quads.vertices):
            triangles = triangles_of(len(self._quads.vertices) // 4).reshape(-1, 3)
            self._geom = make_geom("labels", self._quads.vertices, triangles, self._format)

    def _draw_in(self, view: SeenView, seen: SeenScene) -> None:
        if self._geom is None or self._quads is None:
            return
        clip = clip_from_world(view.eye)
        places, depth = projected_px(self._anchors, clip, size_px=view.size_px)
        corners, corner_depth = projected_px(
            self._floors.reshape(-1, 3), clip, size_px=view.size_px
        )
        fits = fits_floor(
            self._quads.boxes_px, corners.reshape(-1, 4, 2), corner_depth.reshape(-1, 4)
        )
        depth = np.where(fits, depth, -1.0)
        shown = uncluttered(
            places,
            depth,
            self._quads.boxes_px,
            self._ranks,
            size_px=view.size_px,
            kept_clear_px=volume_boxes_px(seen, clip, size_px=view.size_px),
        )
        texels = np.zeros((len(shown), 4), dtype=np.uint8)
        texels[:, 3] = np.where(shown, 255, 0)
        texture = buffer_texture("shown", texels, changes=True)
        fill_texture(texture, texels)
        inputs = LabelInputs(
            t_shown=texture,
            t_atlas=self._font.atlas,
            t_sights=self._sights,
            u_view_rect_px=(
                float(view.origin_px[0]),
                float(view.origin_px[1]),
                float(view.size_px[0]),
                float(view.size_px[1]),
            ),
            u_label_eye_world_m=np.append(
                view.eye.position_m, 0.0 if view.eye.is_parallel else 1.0
            ),
            u_label_forward=view.eye.forward,
        )
        node = self._root.attach_new_node(node_of(self._geom, "labels", bounds_m=EVERYWHERE_M))
        bind(node, self._shader, inputs)


def _without_echoes(placed: Mapping[Hashable, _Placed]) -> list[_Placed]:
    """Leave out what one item says of a subject that another knows better, or just as well."""
    best: dict[str, tuple[int, int]] = {}
    for order, one in enumerate(placed.values()):
        for label in one.labels:
            known = best.get(label.subject)
            best[label.subject] = min(known or (label.rank, order), (label.rank, order))
    heard = []
    for order, one in enumerate(placed.values()):
        kept = [not label.subject or best[label.subject][1] == order for label in one.labels]
        heard.append(
            _Placed(
                labels=tuple(label for label, keep in zip(one.labels, kept, strict=True) if keep),
                anchors_world_m=one.anchors_world_m[kept],
                floors_world_m=one.floors_world_m[kept],
            )
        )
    return heard


def label_style(theme: Theme, font: LabelFont) -> LabelStyle:
    """Quiet plates: dark on a dark picture, white on a light one."""
    is_dark = theme == "dark"
    return LabelStyle(
        ink=(240, 243, 246, 255) if is_dark else (28, 33, 39, 255),
        faint_ink=(186, 194, 203, 255) if is_dark else (84, 93, 104, 255),
        plate=(22, 27, 33, 214) if is_dark else (255, 255, 255, 224),
        floor_plate=(255, 255, 255, 150),
        floor_inks=((22, 27, 33, 255), (38, 44, 52, 255)),
        leader=(232, 236, 240, 255) if is_dark else (40, 46, 54, 255),
        line_px=font.line_px,
        ascent_px=font.size_px * ASCENT_SHARE,
    )


def _quad_format() -> GeomVertexFormat:
    array = GeomVertexArrayFormat()
    array.add_column("vertex", 3, GeomEnums.NT_float32, GeomEnums.C_point)
    array.add_column("offset_px", 2, GeomEnums.NT_float32, GeomEnums.C_other)
    array.add_column("uv", 2, GeomEnums.NT_float32, GeomEnums.C_other)
    array.add_column("half_px", 2, GeomEnums.NT_float32, GeomEnums.C_other)
    array.add_column("colour_steps", 4, GeomEnums.NT_uint8, GeomEnums.C_other)
    array.add_column("label", 1, GeomEnums.NT_uint32, GeomEnums.C_other)
    assert array.get_stride() == QUAD_DTYPE.itemsize
    made = GeomVertexFormat()
    made.add_array(array)
    return GeomVertexFormat.register_format(made)
