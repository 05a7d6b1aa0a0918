"""What one item looks like when drawn: the seam between the stage and the kinds of item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from panda3d.core import NodePath

from metaviewer.render.bench import Bench, Here
from metaviewer.render.context import Context, Size
from metaviewer.render.eye import Eye
from metaviewer.render.quality import STILL, Quality
from metaviewer.scene import Hit, Item, Library, Ray, State
from metaviewer.twin.columns import Columns


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StageParts:
    """Where a shown item puts its nodes. Every root is in world metres.

    Parameters
    ----------
    opaque_root : NodePath
        Drawn by the opaque pass: fragment shaders include ``common/opaque_out.glsl``.
    layers_root : NodePath
        Translucent surfaces, peeled twice and inserted into volumes at their distance.
    glass_root : NodePath
        Blended by weight, without order: fragment shaders include ``common/glass_out.glsl``.
    marks_root : NodePath
        World-space marks drawn over everything, after the tone curve, in display sRGB.
    bench : Bench
        Where what takes longer than a frame is made.
    """

    context: Context
    opaque_root: NodePath[Any]
    layers_root: NodePath[Any]
    glass_root: NodePath[Any]
    marks_root: NodePath[Any]
    bench: Bench = field(default_factory=Here)


class Shown(Protocol):
    """One item as it is drawn. Made once, told of changes, closed once."""

    def update(self, before: Item | None, after: Item, *, library: Library) -> None:
        """Make what is drawn agree with `after`; `before` is what it agreed with, None at first.

        Called only when the item or its datum is another object than before.
        """

    def update_live(self, live: Columns | None) -> None:
        """Take the values of this frame; called every frame, does nothing where none are shown."""

    def pick(self, ray: Ray) -> Hit | None:
        """What the ray meets first on this item, None where it meets nothing."""

    def close(self) -> None:
        """Remove all nodes and free all textures; safe to call twice."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SeenView:
    """A 3D view as it is this frame: its eye, its size in pixels, its lower left in the window."""

    eye: Eye
    size_px: Size
    origin_px: Size = (0, 0)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SeenScene:
    """What an item is told of the scene around it.

    Parameters
    ----------
    now_s : float or None
        Moment against which the age of live values counts; None where there is no clock.
    quality : Quality
        How finely this frame is drawn.
    """

    state: State
    views: Sequence[SeenView]
    now_s: float | None
    library: Library = field(default_factory=Library)
    quality: Quality = STILL


@runtime_checkable
class SceneAware(Protocol):
    """An item that also depends on the selection, the cuts, the eyes or the time."""

    def update_scene(self, seen: SeenScene) -> None:
        """Take the scene of this frame; called every frame, after `update_live`."""
