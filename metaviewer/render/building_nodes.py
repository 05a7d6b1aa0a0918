"""The nodes of one building: batches, shapes with their places, textures for state.

What a person did and what is live changes textures, and which triangles a batch draws. Nodes are
touched when a batch comes into view or leaves it, when an element in it is hidden, and when it is
far enough away for a coarser level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from panda3d.core import LMatrix4f, NodePath, Texture

from metaviewer.building import Batch, DrawList
from metaviewer.frames import Float64Array, corners_of, moved
from metaviewer.render.building_drawn import Drawn
from metaviewer.render.building_floors import floor_tints
from metaviewer.render.building_geoms import buffer_texture, fill_texture
from metaviewer.render.building_kept import gone_through, kept_rows, wholly_away
from metaviewer.render.building_passes import BuildingPasses
from metaviewer.render.building_shaders import (
    NO_CUT,
    BuildingShaders,
    ElementInputs,
    ItemInputs,
    SectionInputs,
    SurfaceInputs,
)
from metaviewer.render.element_live import ElementBinding, no_binding
from metaviewer.render.element_state import VISIBLE
from metaviewer.render.load_shader import bind
from metaviewer.render.section_planes import summed_planes
from metaviewer.render.shown import StageParts
from metaviewer.scene.state import Plane

RANK_MAX: Final = 30
"""Steps of depth that a model may lie behind another."""
VERTICES_MADE_A_FRAME: Final = 65_536
"""Coarser levels are made as they are needed, so many vertices a frame: some 15 ms."""


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
        self._passes = BuildingPasses(parts, shaders, section_root, classes=classes)
        count = max(draw_list.element_count, 1)
        self._state = buffer_texture("state", np.zeros((count, 4), dtype=np.uint8), changes=True)
        self._live_textures = _live_textures(no_binding(count), point_count=1)
        self._bind_elements()
        bind(self._passes.solid, None, ItemInputs(u_item=float(item_number)))
        self._drawn = [self._passes.batch(batch) for batch in _tinted(draw_list.batches)]
        self._drawn += [self._passes.places(places) for places in draw_list.instances]
        self._rows = _rows_of(self._drawn)
        self._flags = np.full(len(self._rows.elements), VISIBLE, dtype=np.uint8)
        self._is_away = np.zeros(len(self._flags), dtype=np.bool_)
        self._is_cut = np.zeros(len(self._flags), dtype=np.bool_)
        self._in_view = np.ones(len(self._drawn), dtype=np.bool_)
        self._levels = np.zeros(len(self._drawn), dtype=np.int64)
        self._lacks_levels = False
        self._world_from_site = np.eye(4)
        self._planes: tuple[Float64Array, int] | None = None
        self.set_cut(NO_CUT)
        self.set_sections(summed_planes((), ()), first_id=0)

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

    def place(self, world_from_site: Float64Array) -> None:
        """Put the building there: in float64, so that far origins cancel before float32."""
        for drawn in self._drawn:
            matrix = LMatrix4f(*(world_from_site @ drawn.site_from_node).T.ravel())
            for node in drawn.nodes:
                node.set_mat(matrix)
        boxes = [
            _box_of(moved(corners_of(drawn.bounds_site_m), target_from_source=world_from_site))
            for drawn in self._drawn
        ]
        self._bounds_world_m = np.array(boxes).reshape(-1, 2, 3)
        self._world_from_site = world_from_site
        self._planes = None

    def set_states(self, states: NDArray[np.uint8]) -> None:
        """Take the state texels of all elements; goes to the GPU with the next frame."""
        fill_texture(self._state, states)
        self._flags = states[self._rows.elements, 3]
        self._show()

    def set_in_view(self, in_view: NDArray[np.bool_], levels: NDArray[np.int64]) -> None:
        """Which batches any view may see, and how finely; only changes touch a node.

        Parameters
        ----------
        levels : int array, one for each batch
            Of `building_detail`, 0 for all triangles.
        """
        same = np.array_equal(in_view, self._in_view) and np.array_equal(levels, self._levels)
        if not same or self._lacks_levels:
            self._in_view, self._levels = in_view, levels
            self._show()

    def set_binding(self, binding: ElementBinding, *, point_count: int) -> None:
        """Which points the elements show from now on."""
        self._live_textures = _live_textures(binding, point_count=point_count)
        self._bind_elements()

    def set_points(self, texels: NDArray[np.float32]) -> None:
        """Values and looks of all points, for the next frame."""
        fill_texture(self._live_textures[1], texels)

    def set_cut(self, plane: Plane) -> None:
        """The storey's own cut, in world metres; what it takes away wholly is not drawn."""
        for root in (self._passes.solid, self._passes.glass):
            bind(root, None, SurfaceInputs(u_cut_plane=plane))
        plane_site = np.array(plane) @ self._world_from_site
        self._is_away = wholly_away(self._rows.boxes_site_m, plane_site)

    def set_sections(self, planes: Float64Array, *, first_id: int) -> None:
        """The planes (4, 4) whose cut faces this building fills."""
        told = self._planes
        if told is not None and told[1] == first_id and np.array_equal(told[0], planes):
            return
        self._planes = planes, first_id
        inputs = SectionInputs(u_section_planes=planes, u_first_id=float(first_id))
        bind(self._passes.cut, None, inputs)
        planes_site = planes @ self._world_from_site
        self._is_cut = gone_through(self._rows.boxes_site_m, planes_site)
        self._show()

    def set_rank(self, rank: int) -> None:
        """Let models of lower rank win where surfaces of several coincide; else they flicker.

        Disciplines repeat each other's walls, and people list architecture first.
        """
        self._passes.set_back(min(rank, RANK_MAX))

    def set_visible(self, *, is_visible: bool) -> None:
        """Draw the whole building, or nothing of it."""
        for root in self._passes.all:
            root.show() if is_visible else root.hide()

    def close(self) -> None:
        """Remove the nodes and free the textures; safe to call twice."""
        self._passes.close()
        for texture in (self._state, *self._live_textures):
            texture.release_all()
        self._drawn = []

    def _bind_elements(self) -> None:
        binding, points, scales, colours = self._live_textures
        inputs = ElementInputs(
            t_state=self._state,
            t_binding=binding,
            t_points=points,
            t_scales=scales,
            t_colours=colours,
        )
        for root in self._passes.all:
            bind(root, None, inputs)

    def _show(self) -> None:
        """Draw what is kept and in view; levels that are not made yet come in the next frames."""
        rows = self._rows
        kept = kept_rows(
            self._flags, is_glass=rows.is_glass, is_away=self._is_away, is_cut=self._is_cut
        )
        left = VERTICES_MADE_A_FRAME
        self._lacks_levels = False
        for number, drawn in enumerate(self._drawn):
            if not self._in_view[number]:
                drawn.hide()
                continue
            level = int(self._levels[number])
            if not drawn.has_level(level):
                left -= drawn.vertex_count
                if left < 0 and drawn.vertex_count < VERTICES_MADE_A_FRAME:
                    level, self._lacks_levels = drawn.nearest_level(level), True
            own = rows.of(number)
            drawn.show("main", kept.main[own], level=level)
            drawn.show("veil", kept.veil[own], level=level)
            drawn.show("cut", kept.cut[own], level=0)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Rows:
    """One row for each element of each batch, batch after batch.

    Parameters
    ----------
    starts : tuple of int
        First row of each batch, and the number of rows.
    """

    elements: NDArray[np.int64]
    boxes_site_m: Float64Array
    is_glass: NDArray[np.bool_]
    starts: tuple[int, ...]

    def of(self, number: int) -> slice:
        """The rows of a batch."""
        return slice(self.starts[number], self.starts[number + 1])


def _rows_of(drawn: Sequence[Drawn]) -> _Rows:
    counts = [len(one.elements) for one in drawn]
    return _Rows(
        elements=np.concatenate([one.elements for one in drawn] or [np.zeros(0, np.int64)]),
        boxes_site_m=np.concatenate([one.boxes_site_m for one in drawn] or [np.zeros((0, 2, 3))]),
        is_glass=np.repeat(np.array([one.is_glass for one in drawn], dtype=np.bool_), counts),
        starts=tuple(int(start) for start in np.cumsum([0, *counts])),
    )


def _tinted(batches: Sequence[Batch]) -> list[Batch]:
    """The batches, those of rooms as tints of their floors."""
    tinted = (floor_tints(batch) if batch.is_space else batch for batch in batches)
    return [batch for batch in tinted if batch is not None and len(batch.triangles_n3)]


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


def _box_of(points_n3: NDArray[np.floating[Any]]) -> Float64Array:
    points = points_n3.astype(np.float64)
    return np.array([points.min(axis=0), points.max(axis=0)])
