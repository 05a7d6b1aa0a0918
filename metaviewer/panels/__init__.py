"""What a person reads and presses, on any seat."""

from metaviewer.panels.content import (
    Content,
    Credit,
    LegendRow,
    Pressed,
    Progress,
    Properties,
    Under,
    Wish,
)
from metaviewer.panels.imgui_frame import PanelInput
from metaviewer.panels.panels import Panels
from metaviewer.panels.phrases import PHRASES, Phrase, said, say

__all__ = [
    "PHRASES",
    "Content",
    "Credit",
    "LegendRow",
    "PanelInput",
    "Panels",
    "Phrase",
    "Pressed",
    "Progress",
    "Properties",
    "Under",
    "Wish",
    "said",
    "say",
]
