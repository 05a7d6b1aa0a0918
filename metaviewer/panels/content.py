"""What the panels are told: plain values, gathered once a frame by `app`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from metaviewer.scene import Chosen, Item, ItemFacts, ItemId, State, Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A load that is under way."""

    number: int
    title: str
    fraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """What is known of the picked thing: rows of (name, value) under headings."""

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    sets: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendRow:
    """One entry: colour in display sRGB 0..1, hatched where it stands for stale."""

    colour_rgb: tuple[float, float, float]
    words: str
    is_hatched: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Where shipped data comes from."""

    title: str
    licence: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """What lies under the pointer on a slice.

    Parameters
    ----------
    value : float or None
        Modality value of the voxel, exactly; None outside the grid and in padding.
    point_lps_mm : (float, float, float)
        Place in the patient.
    """

    item: ItemId
    value: float | None
    point_lps_mm: Vector


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Content:
    """Everything that panels show of one frame.

    Parameters
    ----------
    presets : tuple of str
        Names of transfer functions that fit the selected volume.
    classes : tuple of str
        IFC classes of the selected building, the most frequent first.
    question : Item or None
        An item of a second patient that waits for an answer.
    keys : tuple of (str, str)
        Names of keys and the phrases of what they do, from the table the keys obey.
    offers_last_session : bool
        Whether the session before this one ended without a goodbye, and nobody has said yet
        whether to go on with it.
    is_in_headset : bool
        Whether somebody is in the headset, or waits for one to answer.
    notes : tuple of str
        What was refused, newest last.
    """

    state: State
    lookup: Mapping[ItemId, ItemFacts] = field(default_factory=dict)
    progress: tuple[Progress, ...] = ()
    properties: Properties | None = None
    presets: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    legend: tuple[LegendRow, ...] = ()
    legend_title: str = ""
    recent: tuple[str, ...] = ()
    credits: tuple[Credit, ...] = ()
    question: Item | None = None
    offers_last_session: bool = False
    is_in_headset: bool = False
    under: Under | None = None
    units: Mapping[ItemId, str] = field(default_factory=dict)
    """Units of the volumes' values ("HU"), "" for none."""
    notes: tuple[str, ...] = ()
    is_making: bool = False
    """Whether the picture of something that is loaded is still being made."""
    version: str = ""
    keys: tuple[tuple[str, str], ...] = ()

    @property
    def selected_item(self) -> Item | None:
        """The item that the look panel shows: what is selected, else the only one there is."""
        state = self.state
        if state.selection is not None:
            return state.item(state.selection.item)
        return state.items[0] if len(state.items) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a panel asks of the program that is no Command: see `kind`.

    Parameters
    ----------
    kind : "dialog_file", "dialog_folder", "full_screen", "cancel", "confirm", "decline", "go_on",
        "let_go", "dismiss", "headset"
    number : int
        Of the load to cancel.
    """

    kind: str
    number: int = 0


@dataclass(slots=True)
class Pressed:
    """What was pressed in this frame, gathered while the panels describe themselves."""

    chosen: list[Chosen] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
