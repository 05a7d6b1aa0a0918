"""A camera on its way: named cameras and keys are flown to, so that nobody loses their bearings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from metaviewer.interact import between
from metaviewer.scene import Camera, SetCamera, State, ViewId

FLIGHT_S: Final = 0.7
"""Long enough to see where it goes, short enough not to wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """One view's way from a camera to another."""

    view: ViewId
    start: Camera
    goal: Camera
    began_s: float


def begun(state: State, action: SetCamera, *, now_s: float) -> Flight | None:
    """The flight to the camera of `action`; None where its view is gone or there already."""
    view = state.view(action.view)
    if view is None or view.camera == action.camera:
        return None
    return Flight(view=view.id, start=view.camera, goal=action.camera, began_s=now_s)


def flown(flight: Flight, *, now_s: float) -> tuple[Flight | None, SetCamera]:
    """The camera of this moment; the flight is None once it is over."""
    share = (now_s - flight.began_s) / FLIGHT_S
    if share >= 1.0:
        return None, SetCamera(view=flight.view, camera=flight.goal)
    camera = between(flight.start, flight.goal, share=max(share, 0.0))
    return flight, SetCamera(view=flight.view, camera=camera)
