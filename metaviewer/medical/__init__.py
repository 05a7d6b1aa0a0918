"""Volumes and regions of a patient: types first, then verbs."""

from metaviewer.medical.regions import open_contours, open_segments, segments_from_labels
from metaviewer.medical.segments import Contour, ContourRegion, Contours, Segment, Segments
from metaviewer.medical.transfer import TransferFunction
from metaviewer.medical.volume import GreyWindow, Identity, SeriesKey, Volume

__all__ = [
    "Contour",
    "ContourRegion",
    "Contours",
    "GreyWindow",
    "Identity",
    "Segment",
    "Segments",
    "SeriesKey",
    "TransferFunction",
    "Volume",
    "open_contours",
    "open_segments",
    "segments_from_labels",
]
