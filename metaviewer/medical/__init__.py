"""Volumes and regions of a patient: types first, then verbs."""

from metaviewer.medical.found import Found, after_opening
from metaviewer.medical.open_volume import open_volume, volume_facts
from metaviewer.medical.presets import (
    grey_window,
    opening_preset,
    preset_names,
    transfer_function,
)
from metaviewer.medical.regions import open_contours, open_segments, segments_from_labels
from metaviewer.medical.scan import is_medical_name, scan
from metaviewer.medical.segments import Contour, ContourRegion, Contours, Segment, Segments
from metaviewer.medical.slices import box_lps_mm
from metaviewer.medical.sources import is_dicom_head
from metaviewer.medical.tokens import frame_token, identity_token, installation_salt
from metaviewer.medical.transfer import TransferFunction
from metaviewer.medical.volume import GreyWindow, Identity, SeriesKey, Volume

__all__ = [
    "Contour",
    "ContourRegion",
    "Contours",
    "Found",
    "GreyWindow",
    "Identity",
    "Segment",
    "Segments",
    "SeriesKey",
    "TransferFunction",
    "Volume",
    "after_opening",
    "box_lps_mm",
    "frame_token",
    "grey_window",
    "identity_token",
    "installation_salt",
    "is_dicom_head",
    "is_medical_name",
    "open_contours",
    "open_segments",
    "open_volume",
    "opening_preset",
    "preset_names",
    "scan",
    "segments_from_labels",
    "transfer_function",
    "volume_facts",
]
