"""Live values with their time and quality."""

from metaviewer.twin.columns import Columns, Point, Quality

__all__ = ["Columns", "Point", "Quality"]
