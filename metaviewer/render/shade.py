"""The seam for what is computed from the opaque pass: ambient occlusion and edges."""

from __future__ import annotations

from typing import Protocol

from panda3d.core import Texture

from metaviewer.render.context import Context, Size
from metaviewer.render.eye import Eye
from metaviewer.render.passes import FloatTarget
from metaviewer.scene.state import Rect, ViewId


class Shade(Protocol):
    """A pass after the opaque one. Red: light that reaches the point (1 open); green: edge ink."""

    texture: Texture

    def place_view(self, view_id: ViewId, *, rect: Rect, eye: Eye) -> None:
        """Draw this part of the window as seen by `eye`; called when rect or eye changed."""

    def remove_view(self, view_id: ViewId) -> None:
        """Draw this view no more; a view never placed is no error."""

    def set_active(self, *, active: bool) -> None:
        """Whether the next frames draw it; what it drew before stays in its texture."""

    def close(self) -> None:
        """Free the pass."""


class ShadeMaker(Protocol):
    """Makes the pass for targets of one size; called again after a resize."""

    def __call__(self, context: Context, *, opaque: FloatTarget, size: Size) -> Shade:
        """The pass, reading `opaque.colour` and `opaque.place`, at `Sort.SHADE`."""
