"""Joins the rooms: loading, effects, the loop, and the Python API."""

from metaviewer.app.check import check, print_check
from metaviewer.app.shot import shot

__all__ = ["check", "print_check", "shot"]
