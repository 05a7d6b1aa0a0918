"""The headset seat: OpenXR session, eyes, hands, layers."""

from metaviewer.xr.headset_life import Entered
from metaviewer.xr.life import Life, SessionState
from metaviewer.xr.runtime import Headset, Runtime, find_headset, open_runtime
from metaviewer.xr.session import Session, XrFrame
from metaviewer.xr.views import XrEye, XrPose, XrSpace, stage_from_pose, tangents

__all__ = [
    "Entered",
    "Headset",
    "Life",
    "Runtime",
    "Session",
    "SessionState",
    "XrEye",
    "XrFrame",
    "XrPose",
    "XrSpace",
    "find_headset",
    "open_runtime",
    "stage_from_pose",
    "tangents",
]
