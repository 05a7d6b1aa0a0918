"""The views of a stage: each a part of the window, drawn through its own cameras and quads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from panda3d.core import DisplayRegion, NodePath

from metaviewer.medical.volume import Volume
from metaviewer.render.context import Context, Size
from metaviewer.render.eye import Eye, eye_of
from metaviewer.render.load_shader import bind
from metaviewer.render.overlay_layout import ViewWords, laid_out
from metaviewer.render.overlay_quads import Line
from metaviewer.render.overlay_view import OverlayShader, OverlayView, letter_px
from metaviewer.render.overlay_words import reading_lines
from metaviewer.render.passes import constant_texture, scaled
from metaviewer.render.quality import Quality
from metaviewer.render.shade import Shade
from metaviewer.render.shown import StageParts
from metaviewer.render.shown_surface import ShownSurface
from metaviewer.render.shown_volume import ShownVolume
from metaviewer.render.slice_outlines import slice_lines
from metaviewer.render.slice_view import SliceView, load_slice_shader
from metaviewer.render.space_view import (
    CompositeInputs,
    SpaceView,
    backdrop,
    load_composite,
    region_pixels,
)
from metaviewer.render.targets import Targets
from metaviewer.render.view_inputs import view_inputs
from metaviewer.render.view_words import slice_words, space_words
from metaviewer.render.volume_pass import VOLUMES_MAX, SpaceFrame, VolumePass
from metaviewer.scene import Item, State, View, ViewId, VolumeLook
from metaviewer.scene.state import Rect


class ViewShaders:
    """Shaders and small textures that outlive a resize."""

    def __init__(self, context: Context) -> None:
        self.composite = load_composite(context)
        self.slice = load_slice_shader(context)
        self.overlay = OverlayShader(context)
        self.volumes = VolumePass(context)
        self.white = constant_texture("white", (1.0, 0.0, 0.0, 1.0))

    def close(self) -> None:
        """Free the textures."""
        self.volumes.close()
        self.overlay.close()
        self.white.release_all()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Placed:
    """One view with its overlay, and what it was last drawn of."""

    rect: Rect
    kind: str
    drawn: SpaceView | SliceView
    overlay: OverlayView

    def close(self) -> None:
        self.drawn.close()
        self.overlay.close()


class StageViews:
    """All views over targets of one size."""

    def __init__(
        self,
        parts: StageParts,
        shaders: ViewShaders,
        targets: Targets,
        *,
        size: Size,
        shade: Shade | None,
    ) -> None:
        self._parts = parts
        self._shaders = shaders
        self._targets = targets
        self._size = size
        self._shade = shade
        self._views: dict[ViewId, _Placed] = {}
        self._made_of: dict[ViewId, tuple[object, ...]] = {}
        self._surfaces: Sequence[ShownSurface] = ()
        self.eyes: Mapping[ViewId, Eye] = {}
        """Eyes that stand in for the cameras of views: those of a headset."""

    def eye(self, view: View) -> Eye:
        """The eye of a view, in the shape the view has now."""
        if view.id in self.eyes:
            return self.eyes[view.id]
        _, _, width, height = self.pixels(view)
        return eye_of(view.camera, aspect=width / height)

    def pixels(self, view: View) -> tuple[int, int, int, int]:
        """Left, bottom, width and height of a view."""
        return region_pixels(view.rect, size=self._size)

    def sync(
        self,
        state: State,
        *,
        volumes: Sequence[ShownVolume],
        surfaces: Sequence[ShownSurface] = (),
        quality: Quality,
    ) -> None:
        """Draw these views from now on; what is the same objects as before is left alone."""
        wanted = {view.id: view for view in state.views}
        for view_id, placed in list(self._views.items()):
            view = wanted.get(view_id)
            if view is None or view.rect != placed.rect or view.kind != placed.kind:
                self._remove(view_id)
        for view in state.views:
            if view.id not in self._views:
                self._views[view.id] = self._made(view)
        self._activate(quality)
        self._surfaces = surfaces
        for view in state.views:
            made_of = self._ingredients(view, state, volumes=volumes, quality=quality)
            if _same(made_of, self._made_of.get(view.id)):
                continue
            self._made_of[view.id] = made_of
            placed = self._views[view.id]
            if isinstance(placed.drawn, SpaceView):
                self._place_space(placed, view, state, volumes=volumes, quality=quality)
            else:
                self._place_slice(placed, view, state, volumes=volumes)

    @property
    def volume_quads(self) -> list[tuple[NodePath[Any], DisplayRegion]]:
        """What the volumes of the 3D views are drawn with, and where."""
        views = (placed.drawn for placed in self._views.values())
        return [
            (view.volume_quad, view.volume_region) for view in views if isinstance(view, SpaceView)
        ]

    def close(self) -> None:
        """Remove every view."""
        for view_id in list(self._views):
            self._remove(view_id)

    @property
    def _has_layers(self) -> bool:
        return self._parts.layers_root.get_num_children() > 2 * self._space_count

    @property
    def _has_glass(self) -> bool:
        return self._parts.glass_root.get_num_children() > self._space_count

    @property
    def _space_count(self) -> int:
        return sum(isinstance(placed.drawn, SpaceView) for placed in self._views.values())

    def _activate(self, quality: Quality) -> None:
        """Passes without anything in them are not drawn; what reads them gets a constant."""
        for target in self._targets.layers:
            target.buffer.set_active(self._has_layers)
        self._targets.glass.buffer.set_active(self._has_glass)
        self._targets.opaque.buffer.set_active(self._space_count > 0)
        if self._shade is not None:
            self._shade.set_active(active=quality.has_shade and self._space_count > 0)

    def _ingredients(
        self, view: View, state: State, *, volumes: Sequence[ShownVolume], quality: Quality
    ) -> tuple[object, ...]:
        shown = tuple(
            part for volume in volumes for part in (volume.item, volume.volume, volume.made)
        )
        head = (state.title, state.language, state.theme, state.items, state.clip)
        meshes = tuple(surface.mesh for surface in self._surfaces)
        eye = self.eyes.get(view.id)
        return (view, eye, *head, *shown, *meshes, quality, self._has_layers, self._has_glass)

    def _made(self, view: View) -> _Placed:
        rect, targets = view.rect, self._targets
        drawn: SpaceView | SliceView = (
            SpaceView(self._parts, targets, rect=rect)
            if view.kind == "space"
            else SliceView(targets, self._shaders.slice, rect=rect)
        )
        overlay = OverlayView(targets, self._shaders.overlay, rect=rect)
        return _Placed(rect=rect, kind=view.kind, drawn=drawn, overlay=overlay)

    def _place_space(
        self,
        placed: _Placed,
        view: View,
        state: State,
        *,
        volumes: Sequence[ShownVolume],
        quality: Quality,
    ) -> None:
        space = placed.drawn
        assert isinstance(space, SpaceView)
        eye, pixels = self.eye(view), self.pixels(view)
        visible = [shown for shown in volumes if shown.is_visible]
        is_diagnostic = any(shown.is_diagnostic for shown in visible)
        inputs = view_inputs(
            eye,
            clip=state.clip,
            is_diagnostic=is_diagnostic,
            scene_scale=quality.scene_scale,
        )
        space.place(eye, inputs)
        has_march = bool(visible) or self._has_layers
        space.set_scales(scene=quality.scene_scale, volume=quality.volume_scale)
        space.volume_region.set_active(has_march)
        if has_march:
            self._shaders.volumes.bind_view(
                space,
                volumes=visible,
                targets=self._targets if self._has_layers else None,
                opaque_place=self._targets.opaque.place,
                frame=SpaceFrame(eye=eye, inputs=inputs, quality=quality, pixels=pixels),
            )
        if self._shade is not None:
            self._shade.place_view(view.id, rect=scaled(view.rect, quality.scene_scale), eye=eye)
        composite = self._composite_inputs(
            state, view, quality=quality, is_diagnostic=is_diagnostic, has_march=has_march
        )
        bind(space.composite_quad, self._shaders.composite, composite)
        is_reduced = quality.scene_scale < 1.0 or (
            any(shown.halvings or shown.is_behind for shown in visible)
            or (quality.volume_scale < 1.0 and bool(visible))
            or len(visible) > VOLUMES_MAX
        )
        badges = ("coarse",) if any(shown.is_coarse for shown in visible) else ()
        words = space_words(
            state,
            view,
            volumes=visible,
            eye=eye,
            size_px=pixels[2:],
            extra_badges=(*badges, "reduced") if is_reduced else badges,
        )
        read = reading_lines(
            [(shown.item, shown.mesh) for shown in self._surfaces if shown.mesh is not None],
            language=state.language,
        )
        self._say(placed, replace(words, heads=(*words.heads, *read)), view)

    def _place_slice(
        self, placed: _Placed, view: View, state: State, *, volumes: Sequence[ShownVolume]
    ) -> None:
        assert isinstance(placed.drawn, SliceView)
        shown = next((shown for shown in volumes if shown.item.id == view.slice_volume), None)
        if shown is None or shown.volume is None:
            placed.drawn.clear()
            return
        item: Item = shown.item
        volume: Volume = shown.volume
        look = item.look if isinstance(item.look, VolumeLook) else VolumeLook()
        size_px = self.pixels(view)[2:]
        placed.drawn.place(view, volume=volume, look=look, size_px=size_px)
        words = slice_words(state, view, volume=volume, item=item, size_px=size_px)
        lines = slice_lines(
            self._surfaces, view, volume=volume, picture=placed.drawn.picture, size_px=size_px
        )
        self._say(placed, words, view, lines)

    def _say(
        self, placed: _Placed, said: ViewWords, view: View, lines: Sequence[Line] = ()
    ) -> None:
        size_px = self.pixels(view)[2:]
        letters = letter_px(size_px)
        measure = self._shaders.overlay.measure(letters)
        words, bars = laid_out(said, size_px=size_px, letter_px=letters, measure=measure)
        placed.overlay.show(words, bars, size_px=size_px, lines=lines)

    def _composite_inputs(
        self,
        state: State,
        view: View,
        *,
        quality: Quality,
        is_diagnostic: bool,
        has_march: bool,
    ) -> CompositeInputs:
        targets, shaders = self._targets, self._shaders
        pixels = self.pixels(view)
        scene_px = region_pixels(scaled(view.rect, quality.scene_scale), size=self._size)
        volume_scale = quality.volume_scale * has_march
        low, high = backdrop(theme=state.theme, is_diagnostic=is_diagnostic)
        return CompositeInputs(
            t_opaque=targets.opaque.colour,
            t_opaque_place=targets.opaque.place,
            t_volume=targets.volume.colour,
            t_volume_place=targets.volume.place,
            t_glass=targets.glass.colour,
            t_glass_sums=targets.glass.place,
            t_shade=shaders.white if self._shade is None else self._shade.texture,
            u_scene_px=tuple(map(float, scene_px)),
            u_is_coarse=float(scene_px != pixels),
            u_volume_scale=(volume_scale, volume_scale),
            u_region_origin_px=(float(pixels[0]), float(pixels[1])),
            u_backdrop_low=tuple(low),
            u_backdrop_high=tuple(high),
            u_has_glass=float(self._has_glass),
            u_has_shade=float(self._shade is not None and quality.has_shade),
            u_display_space=float(is_diagnostic),
        )

    def _remove(self, view_id: ViewId) -> None:
        self._views.pop(view_id).close()
        self._made_of.pop(view_id, None)
        if self._shade is not None:
            self._shade.remove_view(view_id)


def _same(now: tuple[object, ...], before: tuple[object, ...] | None) -> bool:
    """Whether two tuples hold the same objects."""
    return (
        before is not None
        and len(now) == len(before)
        and all(
            a is b or (isinstance(a, str | bool) and a == b)
            for a, b in zip(now, before, strict=True)
        )
    )
