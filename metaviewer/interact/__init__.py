"""From what a person means to what is done: pure steps, and the seat they sit on."""

from metaviewer.interact.camera_moves import between, focused, orbited, panned, zoomed
from metaviewer.interact.keys import BINDINGS, Binding, scene_bounds
from metaviewer.interact.standing import Standing
from metaviewer.interact.step import Lookup, Tools, step

__all__ = [
    "BINDINGS",
    "Binding",
    "Lookup",
    "Standing",
    "Tools",
    "between",
    "focused",
    "orbited",
    "panned",
    "scene_bounds",
    "step",
    "zoomed",
]
