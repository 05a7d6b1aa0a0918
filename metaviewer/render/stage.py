"""The stage: State and arrays in, pictures out. It decides nothing.

`sync` compares objects by identity, so what has not changed costs nothing; `draw` draws one frame;
`picture` is what a person sees. The same stage serves the window, the picture file and the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from panda3d.core import NodePath, Texture

from metaviewer.errors import RenderError
from metaviewer.render.context import Context, Size, clamped_size
from metaviewer.render.eye import Eye, eye_of, ray_through
from metaviewer.render.load_shader import bind
from metaviewer.render.passes import constant_texture
from metaviewer.render.quality import STILL, Quality
from metaviewer.render.shade import Shade, ShadeMaker
from metaviewer.render.shown import SceneAware, SeenScene, SeenView, Shown, StageParts
from metaviewer.render.shown_volume import ShownVolume
from metaviewer.render.space_view import (
    CompositeInputs,
    SpaceView,
    backdrop,
    load_composite,
    region_pixels,
)
from metaviewer.render.targets import Targets, make_targets
from metaviewer.render.view_inputs import view_inputs
from metaviewer.render.volume_pass import SpaceFrame, VolumePass
from metaviewer.scene import Hit, Item, ItemId, Library, Ray, State, View, ViewId
from metaviewer.twin.columns import Columns

ShownMaker = Callable[[StageParts, Item], Shown]
"""Makes what is shown for a new item; the stage calls `update` right after."""


class Stage:
    """Everything drawn for one window or picture.

    Parameters
    ----------
    makers : mapping of item kind to ShownMaker
        ``default_makers()`` of this room for volumes, surfaces and buildings.
    shade : ShadeMaker or None
        Ambient occlusion and edges; None draws without.
    """

    def __init__(
        self,
        context: Context,
        *,
        size: Size,
        makers: Mapping[str, ShownMaker],
        shade: ShadeMaker | None = None,
    ) -> None:
        self.context = context
        self.parts = StageParts(
            context=context,
            opaque_root=NodePath("opaque"),
            layers_root=NodePath("layers"),
            glass_root=NodePath("glass"),
            marks_root=NodePath("marks"),
        )
        self._makers = makers
        self._shade_maker = shade
        self._shade: Shade | None = None
        self._white = constant_texture("white", (1.0, 0.0, 0.0, 1.0))
        self._composite = load_composite(context)
        self._volume_pass = VolumePass(context)
        self.quality: Quality = STILL
        self._shown: dict[ItemId, Shown] = {}
        self._views: dict[ViewId, SpaceView] = {}
        self._state = State()
        self._library = Library()
        self.size = clamped_size(size, edge_max_px=context.edge_max_px)
        self._targets: Targets = make_targets(context, size=self.size)
        self._make_shade()

    def __enter__(self) -> Stage:
        """Return the stage itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def sync(
        self,
        before: State | None,
        after: State,
        library: Library,
        live: Columns | None,
        *,
        now_s: float | None = None,
    ) -> None:
        """Make what is drawn agree with `after`; touches only what differs by identity.

        Parameters
        ----------
        now_s : float or None
            Moment against which the age of live values counts, seconds of their clock.
        """
        self._sync_items(before or State(), after, library)
        seen = SeenScene(state=after, views=self._seen_views(after), now_s=now_s)
        for shown in self._shown.values():
            shown.update_live(live)
            if isinstance(shown, SceneAware):
                shown.update_scene(seen)
        self._state, self._library = after, library
        self._sync_views(after)

    def draw(self) -> None:
        """Draw one frame.

        Raises
        ------
        RenderError
            Where Panda3D could not draw it; the State is untouched and the next frame may succeed.
        """
        try:
            self.context.render_frame()
        except AssertionError as error:
            raise RenderError(f"a frame could not be drawn ({error})") from error

    def picture(self) -> NDArray[np.uint8]:
        """The last frame: (height, width, 3), display sRGB, top row first."""
        return np.ascontiguousarray(self._targets.picture.pixels()[:, :, :3])

    @property
    def picture_texture(self) -> Texture:
        """The last frame where it lies on the card; another texture after `resize`."""
        return self._targets.picture.colour

    def resize(self, size: Size) -> None:
        """Draw pictures of another size from now on; edges below 1 count as 1."""
        wanted = clamped_size(size, edge_max_px=self.context.edge_max_px)
        if wanted == self.size:
            return
        self._close_targets()
        self.size = wanted
        self._targets = make_targets(self.context, size=wanted)
        self._make_shade()
        self._sync_views(self._state)

    def eye(self, view: View) -> Eye:
        """The eye of a view, in the shape the view has now."""
        _, _, width, height = region_pixels(view.rect, size=self.size)
        return eye_of(view.camera, aspect=width / height)

    def ray(self, view: View, *, x: float, y: float) -> Ray:
        """The ray through a point of a 3D view, (0, 0) lower left to (1, 1) upper right of it."""
        return ray_through(self.eye(view), x=x, y=y)

    def pick(self, ray: Ray) -> Hit | None:
        """What the ray meets first, None where it meets nothing."""
        hits = [shown.pick(ray) for shown in self._shown.values()]
        return min(
            (hit for hit in hits if hit is not None), key=lambda hit: hit.distance_m, default=None
        )

    def close(self) -> None:
        """Free everything; safe to call twice."""
        for shown in self._shown.values():
            shown.close()
        self._shown.clear()
        self._close_targets()
        self.context.render_frame()

    def _sync_items(self, before: State, after: State, library: Library) -> None:
        old = {item.id: item for item in before.items if item.id in self._shown}
        kept = {item.id for item in after.items}
        for item_id in [item_id for item_id in self._shown if item_id not in kept]:
            self._shown.pop(item_id).close()
        for item in after.items:
            was = old.get(item.id)
            same_datum = self._library.get(item.data_id) is library.get(item.data_id)
            if was is item and same_datum:
                continue
            if item.id not in self._shown:
                self._shown[item.id] = self._makers[item.kind](self.parts, item)
                was = None
            self._shown[item.id].update(was, item, library=library)

    def _seen_views(self, state: State) -> list[SeenView]:
        return [
            SeenView(eye=self.eye(view), size_px=region_pixels(view.rect, size=self.size)[2:])
            for view in state.views
            if view.kind == "space"
        ]

    def _sync_views(self, state: State) -> None:
        spaces = {view.id: view for view in state.views if view.kind == "space"}
        for view_id in [key for key in self._views if key not in spaces]:
            self._remove_view(view_id)
        for view in spaces.values():
            known = self._views.get(view.id)
            if known is not None and known.rect != view.rect:
                self._remove_view(view.id)
                known = None
            if known is None:
                self._views[view.id] = SpaceView(self.parts, self._targets, rect=view.rect)
            self._place_view(self._views[view.id], view, state)

    def _place_view(self, space: SpaceView, view: View, state: State) -> None:
        eye = self.eye(view)
        volumes = [shown for shown in self._volumes() if shown.is_visible]
        is_diagnostic = any(shown.is_diagnostic for shown in volumes)
        inputs = view_inputs(eye, clip=state.clip, is_diagnostic=is_diagnostic)
        space.place(eye, inputs)
        self._volume_pass.bind_view(
            space,
            volumes=volumes,
            targets=self._targets,
            frame=SpaceFrame(
                eye=eye,
                inputs=inputs,
                quality=self.quality,
                pixels=region_pixels(view.rect, size=self.size),
            ),
        )
        if self._shade is not None:
            self._shade.place_view(view.id, rect=view.rect, eye=eye)
        bind(
            space.composite_quad,
            self._composite,
            self._composite_inputs(view, state, is_diagnostic=is_diagnostic),
        )

    def _composite_inputs(
        self, view: View, state: State, *, is_diagnostic: bool
    ) -> CompositeInputs:
        targets = self._targets
        low, high = backdrop(theme=state.theme, is_diagnostic=is_diagnostic)
        left, bottom, _, _ = region_pixels(view.rect, size=self.size)
        return CompositeInputs(
            t_opaque=targets.opaque.colour,
            t_opaque_place=targets.opaque.place,
            t_volume=targets.volume.colour,
            t_volume_place=targets.volume.place,
            t_glass=targets.glass.colour,
            t_glass_sums=targets.glass.place,
            t_shade=self._white if self._shade is None else self._shade.texture,
            u_volume_scale=(self.quality.volume_scale, self.quality.volume_scale),
            u_region_origin_px=(float(left), float(bottom)),
            u_backdrop_low=tuple(low),
            u_backdrop_high=tuple(high),
            u_has_glass=float(self.parts.glass_root.get_num_children() > len(self._views)),
            u_has_shade=float(self._shade is not None),
            u_display_space=float(is_diagnostic),
        )

    def _volumes(self) -> list[ShownVolume]:
        return [shown for shown in self._shown.values() if isinstance(shown, ShownVolume)]

    def _make_shade(self) -> None:
        if self._shade_maker is not None:
            self._shade = self._shade_maker(
                self.context, opaque=self._targets.opaque, size=self.size
            )

    def _remove_view(self, view_id: ViewId) -> None:
        self._views.pop(view_id).close()
        if self._shade is not None:
            self._shade.remove_view(view_id)

    def _close_targets(self) -> None:
        for view_id in list(self._views):
            self._remove_view(view_id)
        if self._shade is not None:
            self._shade.close()
            self._shade = None
        self._targets.close()
