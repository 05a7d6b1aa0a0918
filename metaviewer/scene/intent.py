"""What a person means, before it is known what it does: the same for mouse, pen and hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from metaviewer.scene.command import Action
from metaviewer.scene.ray import Hit, Ray
from metaviewer.scene.state import ViewId

Button = Literal["primary", "middle", "secondary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Where something points.

    Parameters
    ----------
    position : (float, float)
        Place in the view, 0..1 from its left and from its bottom.
    aspect : float
        Width of the view by its height.
    ray : Ray or None
        None in a slice, which has no depth.
    height_px : int
        Height of the view.
    """

    view: ViewId
    position: tuple[float, float]
    ray: Ray | None = None
    aspect: float = 1.0
    height_px: int = 1
    hit: Hit | None = None
    shift: bool = False
    control: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button goes down; `clicks` is 2 for the second press of a double click."""

    pointer: Pointer
    button: Button
    clicks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The pointer is elsewhere now."""

    pointer: Pointer


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A button goes up.

    Parameters
    ----------
    is_click : bool
        False where the gesture was cut short, not ended by the person: it selects nothing.
    """

    pointer: Pointer
    button: Button
    is_click: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Scroll:
    """The wheel turns; one notch away from the person is +1."""

    pointer: Pointer
    notches: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key goes down: "f", "f12", "escape", "page_up", "control-z"."""

    name: str
    view: ViewId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Keys that stay down for a while: flying.

    Parameters
    ----------
    axes : (float, float, float)
        Right, forward, up: -1, 0 or 1 each.
    seconds : float
        How long since the last frame.
    """

    view: ViewId
    axes: tuple[float, float, float]
    seconds: float
    fast: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A panel, menu or dialog was pressed: it carries what it does."""

    action: Action
    gesture: str = ""


Intent = Press | Move | Release | Scroll | Key | Held | Chosen
