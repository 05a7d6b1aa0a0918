"""From what a person means to what is done: pure steps, and the seat they sit on."""

from metaviewer.interact.camera_moves import between, focused, orbited, panned, zoomed
from metaviewer.interact.keys import BINDINGS, Binding, scene_bounds
from metaviewer.interact.step import Lookup, Tools, step
from metaviewer.interact.storeys import Level, Peel, levels_of, peel_of, peeled, storey_at

__all__ = [
    "BINDINGS",
    "Binding",
    "Level",
    "Lookup",
    "Peel",
    "Tools",
    "between",
    "focused",
    "levels_of",
    "orbited",
    "panned",
    "peel_of",
    "peeled",
    "scene_bounds",
    "step",
    "storey_at",
    "zoomed",
]
