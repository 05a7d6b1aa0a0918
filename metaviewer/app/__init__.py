"""Joins the rooms: loading, effects, the loop, and the Python API."""

from metaviewer.app.check import check, print_check
from metaviewer.app.loop import open_window
from metaviewer.app.shot import shot

__all__ = ["check", "open_window", "print_check", "shot"]
