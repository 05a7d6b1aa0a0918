"""Panda3D and GLSL: arrays and State to pixels."""

from metaviewer.render.bench import Arrays, Bench, Task
from metaviewer.render.context import Context, open_context
from metaviewer.render.element_live import LegendEntry, legend_entries
from metaviewer.render.eye import Eye
from metaviewer.render.eye_target import Gl, GlHandles
from metaviewer.render.open_stage import open_stage
from metaviewer.render.panel_surface import (
    PANEL_VERTEX_BYTES,
    PanelCall,
    PanelDrawing,
    PanelSurface,
)
from metaviewer.render.quality import FINE, INTERACTIVE, MOVING, STILL, Quality
from metaviewer.render.stage import Stage
from metaviewer.render.strips import Strip
from metaviewer.render.window_events import RawEvent, WindowEvents
from metaviewer.render.window_show import WindowShow

__all__ = [
    "FINE",
    "INTERACTIVE",
    "MOVING",
    "PANEL_VERTEX_BYTES",
    "STILL",
    "Arrays",
    "Bench",
    "Context",
    "Eye",
    "Gl",
    "GlHandles",
    "LegendEntry",
    "PanelCall",
    "PanelDrawing",
    "PanelSurface",
    "Quality",
    "RawEvent",
    "Stage",
    "Strip",
    "Task",
    "WindowEvents",
    "WindowShow",
    "legend_entries",
    "open_context",
    "open_stage",
]
