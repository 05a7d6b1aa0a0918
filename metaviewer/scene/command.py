"""Everything a person does, as values: small, serialisable, replayable.

A `Command` is who, when and one *action*. `apply` answers with a new State and with *effects*: what
the program must do outside the State (load a file, write a picture), whose results come back as
Commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from metaviewer.frames import Float64Array
from metaviewer.scene.camera import Camera
from metaviewer.scene.look import Look
from metaviewer.scene.state import (
    Item,
    ItemId,
    Language,
    NamedCamera,
    Picked,
    Plane,
    Theme,
    View,
    ViewId,
)
from metaviewer.units import LengthUnit

COMMAND_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceItem:
    """Put an item into the scene; a second patient is asked about unless `confirmed`."""

    item: Item
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveItem:
    """Take an item out, and what is anchored to it."""

    item: ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLook:
    """Change how an item looks."""

    item: ItemId
    look: Look


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVisible:
    """Show or hide an item."""

    item: ItemId
    visible: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MoveItem:
    """Place an item anew; what is anchored to it moves along."""

    item: ItemId
    world_from_item: Float64Array


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBadges:
    """Say what the seat found out about an item while drawing it (for example "reduced")."""

    item: ItemId
    badges: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCamera:
    """Look from elsewhere; never undone."""

    view: ViewId
    camera: Camera


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSlice:
    """Scroll, zoom or pan a slice; never undone. None keeps what is there."""

    view: ViewId
    slice_mm: float | None = None
    zoom: float | None = None
    pan_mm: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetViews:
    """Another layout of views."""

    views: tuple[View, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameCamera:
    """Keep a camera under a name."""

    camera: NamedCamera


@dataclass(frozen=True, slots=True, kw_only=True)
class SetClip:
    """Cut everything by planes; none ends the cut."""

    planes: tuple[Plane, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """Select what was picked, or nothing."""

    picked: Picked | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTool:
    """Take another tool in hand."""

    tool: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTime:
    """Move the time cursor; None is live."""

    time_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOptions:
    """Change how the seat speaks and what it shows; None keeps what is there."""

    title: str | None = None
    language: Language | None = None
    theme: Theme | None = None
    show_labels: bool | None = None
    show_legend: bool | None = None
    show_help: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """Take the last step back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redo:
    """Take the last undone step again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPlaces:
    """Load files, folders or scene files: an effect.

    Parameters
    ----------
    names : tuple of ItemId or None
        Names of the items of an earlier load of the same places, which the new ones take over;
        none in it where that brought nothing. None where there was no earlier one.
    """

    places: tuple[str, ...]
    unit: LengthUnit | None = None
    names: tuple[ItemId, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveScene:
    """Write the scene to a file: an effect."""

    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePicture:
    """Write what is seen to a picture file: an effect."""

    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quit:
    """Leave the program: an effect."""


Action = (
    PlaceItem
    | RemoveItem
    | SetLook
    | SetVisible
    | MoveItem
    | SetBadges
    | SetCamera
    | SetSlice
    | SetViews
    | NameCamera
    | SetClip
    | Select
    | SetTool
    | SetTime
    | SetOptions
    | Undo
    | Redo
    | OpenPlaces
    | SaveScene
    | SavePicture
    | Quit
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Command:
    """One thing somebody did.

    Parameters
    ----------
    who : str
        Seat or role that did it ("window", "script"); never a person's name.
    when_s : float
        Seconds of the program's clock.
    gesture : str
        Commands of one drag share it: they are one undo step. "" stands alone.
    """

    action: Action
    who: str = "program"
    when_s: float = 0.0
    gesture: str = ""
    version: int = COMMAND_VERSION


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AskSecondPatient:
    """Effect: ask before a second patient's item joins the scene; yes is `PlaceItem(confirmed)`."""

    item: Item


Effect = OpenPlaces | SaveScene | SavePicture | Quit | AskSecondPatient
