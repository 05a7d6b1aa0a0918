"""Live values with their time and quality."""

from metaviewer.twin.columns import Columns, Point, Quality
from metaviewer.twin.kinds import KINDS, Kind
from metaviewer.twin.live import Feed, read
from metaviewer.twin.simulator import Placed, Simulator, simulator
from metaviewer.twin.standing import Standing, age_text, limits_s, standings
from metaviewer.twin.update import Update, empty_columns, joined, written

__all__ = [
    "KINDS",
    "Columns",
    "Feed",
    "Kind",
    "Placed",
    "Point",
    "Quality",
    "Simulator",
    "Standing",
    "Update",
    "age_text",
    "empty_columns",
    "joined",
    "limits_s",
    "read",
    "simulator",
    "standings",
    "written",
]
