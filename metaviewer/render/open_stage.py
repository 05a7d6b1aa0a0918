"""A stage that knows every kind of item."""

from __future__ import annotations

from metaviewer.render.bench import Bench
from metaviewer.render.building_shown import BuildingMaker
from metaviewer.render.context import Context, Size
from metaviewer.render.edges_pass import EdgesPass
from metaviewer.render.shown_surface import ShownSurface
from metaviewer.render.shown_volume import ShownVolume
from metaviewer.render.stage import Stage


def open_stage(context: Context, *, size: Size, bench: Bench | None = None) -> Stage:
    """The stage for volumes, surfaces and buildings, with edges and ambient occlusion."""
    return Stage(
        context,
        size=size,
        makers={"volume": ShownVolume, "surface": ShownSurface, "building": BuildingMaker()},
        shade=EdgesPass,
        bench=bench,
    )
