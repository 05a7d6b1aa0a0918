"""What is shown, as one immutable value: it holds ids of data, never data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NewType

from metaviewer.frames import IDENTITY, Float64Array
from metaviewer.scene.camera import Camera
from metaviewer.scene.look import Look

ItemId = NewType("ItemId", str)
DataId = NewType("DataId", str)
ViewId = NewType("ViewId", str)

ItemKind = Literal["volume", "surface", "building"]
ViewKind = Literal["space", "axial", "coronal", "sagittal"]
Language = Literal["en", "zh"]
Theme = Literal["dark", "light"]

Plane = tuple[float, float, float, float]
"""(nx, ny, nz, d) in world metres: a point p with n.p + d < 0 is cut away; n has length 1."""

Rect = tuple[float, float, float, float]
"""Left, bottom, width, height as shares of the window, 0..1."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Item:
    """Something placed in the world.

    Parameters
    ----------
    world_from_item : float64 array (4, 4)
        Volumes and surfaces: from LPS mm. Buildings: from site metres relative to their origin.
    anchor : ItemId or None
        The volume whose patient this surface lies in: they move together.
    """

    id: ItemId
    kind: ItemKind
    data_id: DataId
    look: Look
    world_from_item: Float64Array = field(default_factory=lambda: IDENTITY)
    visible: bool = True
    title: str = ""
    badges: tuple[str, ...] = ()
    patient: str = ""
    """Token of the patient, "" for none."""
    anchor: ItemId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One picture on a seat: a 3D camera, or a slice of a volume.

    Parameters
    ----------
    slice_volume : ItemId or None
        The volume that a slice view cuts; slice views only.
    slice_mm : float
        Place of the slice along its normal, LPS mm.
    """

    id: ViewId
    kind: ViewKind
    camera: Camera
    rect: Rect = (0.0, 0.0, 1.0, 1.0)
    slice_volume: ItemId | None = None
    slice_mm: float = 0.0
    slice_zoom: float = 1.0
    slice_pan_mm: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """What is selected: an item, and a row of its element table where it has one."""

    item: ItemId
    element: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCamera:
    """A camera a person can come back to."""

    name: str
    camera: Camera


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything that decides the picture, except the data itself and the live values.

    Parameters
    ----------
    time_s : float or None
        The time cursor: None is live.
    clip : tuple of Plane
        Planes that cut every item (the section box is six of them).
    past, future : tuple of State
        What undo and redo come back to, oldest first; memories have no past of their own.
    last_gesture : str
        The drag that made the newest memory: its next command adds no other.
    """

    items: tuple[Item, ...] = ()
    views: tuple[View, ...] = ()
    cameras: tuple[NamedCamera, ...] = ()
    clip: tuple[Plane, ...] = ()
    selection: Picked | None = None
    tool: str = "orbit"
    time_s: float | None = None
    title: str = ""
    language: Language = "en"
    theme: Theme = "dark"
    show_labels: bool = True
    show_legend: bool = True
    show_help: bool = False
    past: tuple[State, ...] = ()
    future: tuple[State, ...] = ()
    last_gesture: str = ""

    def item(self, item_id: ItemId) -> Item | None:
        """The item of that id, None where there is none."""
        return next((item for item in self.items if item.id == item_id), None)

    def view(self, view_id: ViewId) -> View | None:
        """The view of that id, None where there is none."""
        return next((view for view in self.views if view.id == view_id), None)
