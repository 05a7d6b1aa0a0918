"""The stage: State and arrays in, pictures out. It decides nothing.

`sync` compares objects by identity, so what has not changed costs nothing; `draw` draws one frame;
`picture` is what a person sees. The same stage serves the window, the picture file and the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from panda3d.core import GraphicsOutput, NodePath, Texture

from metaviewer.closing import Closing
from metaviewer.errors import RenderError
from metaviewer.render.bench import Bench, Here
from metaviewer.render.context import Context, Size, clamped_size
from metaviewer.render.eye import Eye, ray_through
from metaviewer.render.passes import Sort
from metaviewer.render.quality import STILL, Quality
from metaviewer.render.shade import Shade, ShadeMaker
from metaviewer.render.shown import SceneAware, SeenScene, SeenView, Shown, StageParts
from metaviewer.render.shown_surface import ShownSurface
from metaviewer.render.shown_volume import ShownVolume
from metaviewer.render.slice_view import SliceValue, slice_value
from metaviewer.render.stage_views import StageViews, ViewShaders
from metaviewer.render.strips import Strip, clear, cut, resting
from metaviewer.render.targets import Targets, make_targets
from metaviewer.scene import Hit, Item, ItemId, Library, Ray, State, View, ViewId
from metaviewer.twin.columns import Columns

NO_EYES: Final[Mapping[ViewId, Eye]] = MappingProxyType({})
ShownMaker = Callable[[StageParts, Item], Shown]
"""Makes what is shown for a new item; the stage calls `update` right after."""


class Stage(Closing):
    """Everything drawn for one window or picture.

    Parameters
    ----------
    makers : mapping of item kind to ShownMaker
        ``default_makers()`` of this room for volumes, surfaces and buildings.
    shade : ShadeMaker or None
        Ambient occlusion and edges; None draws without.
    bench : Bench or None
        Where what takes longer than a frame is made; None: here, and the frame waits for it.
    """

    def __init__(
        self,
        context: Context,
        *,
        size: Size,
        makers: Mapping[str, ShownMaker],
        shade: ShadeMaker | None = None,
        bench: Bench | None = None,
    ) -> None:
        self.context = context
        self.parts = StageParts(
            context=context,
            opaque_root=NodePath("opaque"),
            layers_root=NodePath("layers"),
            glass_root=NodePath("glass"),
            marks_root=NodePath("marks"),
            bench=bench or Here(),
        )
        self._makers = makers
        self._shade_maker = shade
        self._shade: Shade | None = None
        self._shaders = ViewShaders(context)
        self.quality: Quality = STILL
        self._shown: dict[ItemId, Shown] = {}
        self._state = State()
        self._library = Library()
        self.size = clamped_size(size, edge_max_px=context.edge_max_px)
        self._targets: Targets
        self._views: StageViews
        self._open_targets()

    def sync(
        self,
        before: State | None,
        after: State,
        library: Library,
        live: Columns | None,
        *,
        now_s: float | None = None,
        eyes: Mapping[ViewId, Eye] = NO_EYES,
    ) -> None:
        """Make what is drawn agree with `after`; touches only what differs by identity.

        Parameters
        ----------
        now_s : float or None
            Moment against which the age of live values counts, seconds of their clock.
        eyes : mapping of ViewId to Eye
            Of 3D views that are not seen through their camera: a headset's own eyes.
        """
        self._views.eyes = eyes
        self._sync_items(before or State(), after, library)
        seen = SeenScene(
            state=after,
            views=self._seen_views(after),
            now_s=now_s,
            library=library,
            quality=self.quality,
        )
        for shown in self._shown.values():
            shown.update_live(live)
            if isinstance(shown, SceneAware):
                shown.update_scene(seen)
        self._state, self._library = after, library
        self._sync_views()

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

    def draw_strip(self, strip: Strip) -> None:
        """Draw one strip of a picture; `picture` is the last one until the last strip is there.

        Strips are drawn in order, with nothing between them but panels; `draw` begins anew.

        Raises
        ------
        RenderError
            Where Panda3D could not draw it.
        """
        volume, picture = self._targets.volume.buffer, self._targets.picture.buffer
        outputs: list[GraphicsOutput] = list(self.context.engine.get_windows())
        drawn = [output for output in outputs if output.get_sort() < Sort.PANELS]
        idle = resting(drawn, strip, volume=volume, picture=picture)
        quads = self._views.volume_quads
        cut(quads, strip)
        clear(self._targets.volume, clears=strip.number == 0)
        for output in idle:
            output.set_active(False)
        try:
            self.draw()
        finally:
            for output in idle:
                output.set_active(True)
            clear(self._targets.volume, clears=True)
            cut(quads, None)

    def picture(self) -> NDArray[np.uint8]:
        """The last frame: (height, width, 3), display sRGB, top row first."""
        return np.ascontiguousarray(self._targets.picture.pixels()[:, :, :3])

    @property
    def picture_texture(self) -> Texture:
        """The last frame where it lies on the card; another texture after `resize`."""
        return self._targets.picture.colour

    @property
    def picture_buffer(self) -> GraphicsOutput:
        """What puts the passes together, and draws slices; another one after `resize`."""
        return self._targets.picture.buffer

    @property
    def is_settled(self) -> bool:
        """Whether no volume is drawn coarser, or in another look, than it will be."""
        return all(shown.is_settled for shown in self._volumes())

    def resize(self, size: Size) -> None:
        """Draw pictures of another size from now on; edges below 1 count as 1."""
        wanted = clamped_size(size, edge_max_px=self.context.edge_max_px)
        if wanted == self.size:
            return
        self._close_targets()
        self.size = wanted
        self._open_targets()
        self._sync_views()

    def eye(self, view: View) -> Eye:
        """The eye of a view, in the shape the view has now."""
        return self._views.eye(view)

    def ray(self, view: View, *, x: float, y: float) -> Ray:
        """The ray through a point of a 3D view, (0, 0) lower left to (1, 1) upper right of it."""
        return ray_through(self.eye(view), x=x, y=y)

    def value_at(self, view: View, *, x: float, y: float) -> SliceValue | None:
        """The voxel under a point of a slice view, (0, 0) lower left; None where there is none."""
        shown = next(
            (shown for shown in self._volumes() if shown.item.id == view.slice_volume), None
        )
        if view.kind == "space" or shown is None or shown.volume is None:
            return None
        return slice_value(shown.volume, view, size_px=self._views.pixels(view)[2:], x=x, y=y)

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
        self._shaders.close()
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
            SeenView(
                eye=self.eye(view),
                size_px=self._views.pixels(view)[2:],
                origin_px=self._views.pixels(view)[:2],
            )
            for view in state.views
            if view.kind == "space"
        ]

    def _sync_views(self) -> None:
        surfaces = [shown for shown in self._shown.values() if isinstance(shown, ShownSurface)]
        self._views.sync(
            self._state, volumes=self._volumes(), surfaces=surfaces, quality=self.quality
        )

    def _volumes(self) -> list[ShownVolume]:
        return [shown for shown in self._shown.values() if isinstance(shown, ShownVolume)]

    def _open_targets(self) -> None:
        """Targets, shade and views of the present size."""
        self._targets = make_targets(self.context, size=self.size)
        if self._shade_maker is not None:
            self._shade = self._shade_maker(
                self.context, opaque=self._targets.opaque, size=self.size
            )
        self._views = StageViews(
            self.parts, self._shaders, self._targets, size=self.size, shade=self._shade
        )

    def _close_targets(self) -> None:
        self._views.close()
        if self._shade is not None:
            self._shade.close()
            self._shade = None
        self._targets.close()
