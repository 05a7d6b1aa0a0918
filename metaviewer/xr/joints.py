"""Joints of bare hands (XR_EXT_hand_tracking)."""

from __future__ import annotations

from ctypes import byref, cast
from typing import Final

import numpy as np

from metaviewer.xr.calls import Foreign
from metaviewer.xr.hands import JOINT_COUNT, SeenJoints, sound_joints
from metaviewer.xr.profiles import HANDS, HandName
from metaviewer.xr.results import XrFailed, checked
from metaviewer.xr.runtime import Headset, Runtime

JOINT: Final = np.dtype([("flags", "u8"), ("pose", "f4", 7), ("radius", "f4")])
"""`XrHandJointLocationEXT`."""


class Joints:
    """A tracker for each hand; they go with the session."""

    def __init__(self, runtime: Runtime, session: Foreign, base_space: Foreign) -> None:
        """Begin to track.

        Raises
        ------
        XrFailed
            Where the runtime does not.
        """
        import xr

        calls = runtime.calls
        self._trackers: dict[HandName, Foreign] = {}
        for hand, which in zip(HANDS, (xr.HandEXT.LEFT, xr.HandEXT.RIGHT), strict=True):
            info = xr.HandTrackerCreateInfoEXT(
                hand=which, hand_joint_set=xr.HandJointSetEXT.DEFAULT
            )
            tracker = xr.HandTrackerEXT()
            calls("xrCreateHandTrackerEXT", session, byref(info), byref(tracker))
            self._trackers[hand] = tracker
        self._locate = calls.get("xrLocateHandJointsEXT")
        self._info = xr.HandJointsLocateInfoEXT(base_space=base_space)
        self._each = (xr.HandJointLocationEXT * JOINT_COUNT)()
        self._read = np.frombuffer(self._each, dtype=JOINT)
        # pyopenxr's own call passes no array, and gives no joints (measured).
        self._all = xr.HandJointLocationsEXT()
        self._all.joint_count = JOINT_COUNT
        kind = dict(xr.HandJointLocationsEXT._fields_)["_joint_locations"]
        self._all._joint_locations = cast(self._each, kind)

    def read(self, hand: HandName, display_ns: int) -> SeenJoints | None:
        """The joints of a hand at that moment, where all are known.

        Raises
        ------
        XrFailed
            Where the runtime fails.
        """
        self._info.time = display_ns
        located = self._locate(self._trackers[hand], byref(self._info), byref(self._all))
        checked("xrLocateHandJointsEXT", located)
        if not self._all.is_active:
            return None
        return sound_joints(self._read["flags"], self._read["pose"])


def open_joints(
    runtime: Runtime, headset: Headset, session: Foreign, base_space: Foreign
) -> Joints | None:
    """The joints, where the headset sees hands; without them controllers do."""
    if not headset.has_hands:
        return None
    try:
        return Joints(runtime, session, base_space)
    except XrFailed:
        return None
