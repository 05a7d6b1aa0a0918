"""What the runtime tells, drained once a frame."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from metaviewer.xr import results
from metaviewer.xr.calls import Foreign
from metaviewer.xr.life import SessionState
from metaviewer.xr.results import checked
from metaviewer.xr.runtime import Runtime
from metaviewer.xr.views import SpaceName, XrPose, is_sound_pose, pose_of

EVENTS_MAX: Final = 64
"""More than these wait for the next frame: a runtime that never ends tells nothing new."""

HEADER_BYTES: Final = 16
"""Type and next pointer: what a runtime must find set, and leaves changed."""
NOTHING: Final = results.EVENT_UNAVAILABLE
SPACES: Final[Mapping[int, SpaceName]] = {2: "local", 3: "stage", 1000426000: "local_floor"}
"""`XrReferenceSpaceType`."""

EventKind = Literal[
    "state", "instance_loss", "recentre", "profile", "mask", "rate", "events_lost", "other"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class XrEvent:
    """One event.

    Parameters
    ----------
    state : SessionState
        Of the session, where `kind` is "state".
    moment_ns : int
        From when it holds, by the runtime's clock: a loss, a recentring.
    space : SpaceName or ""
        Of which the middle moves, where `kind` is "recentre"; "" where poses never count from it.
    old_from_new : XrPose or None
        Its new middle in the space as it was; None where the runtime does not know.
    """

    kind: EventKind
    state: SessionState = SessionState.UNKNOWN
    moment_ns: int = 0
    space: SpaceName | Literal[""] = ""
    old_from_new: XrPose | None = None


class Events:
    """The runtime's queue."""

    def __init__(self, runtime: Runtime) -> None:
        import xr

        self._instance = runtime.instance
        self._poll = runtime.calls.get("xrPollEvent")
        self._blank = bytes(xr.EventDataBuffer())
        self._buffer = xr.EventDataBuffer()
        self._r_buffer = ctypes.byref(self._buffer)
        kinds = xr.StructureType
        self._kinds: Mapping[int, tuple[EventKind, Foreign]] = {
            kinds.EVENT_DATA_SESSION_STATE_CHANGED: ("state", xr.EventDataSessionStateChanged),
            kinds.EVENT_DATA_INSTANCE_LOSS_PENDING: (
                "instance_loss",
                xr.EventDataInstanceLossPending,
            ),
            kinds.EVENT_DATA_REFERENCE_SPACE_CHANGE_PENDING: (
                "recentre",
                xr.EventDataReferenceSpaceChangePending,
            ),
            kinds.EVENT_DATA_INTERACTION_PROFILE_CHANGED: ("profile", None),
            kinds.EVENT_DATA_VISIBILITY_MASK_CHANGED_KHR: ("mask", None),
            kinds.EVENT_DATA_DISPLAY_REFRESH_RATE_CHANGED_FB: ("rate", None),
            kinds.EVENT_DATA_EVENTS_LOST: ("events_lost", None),
        }

    def drain(self) -> tuple[XrEvent, ...]:
        """What was told since the last time, oldest first.

        Raises
        ------
        XrFailed
            Where the runtime fails.
        """
        events: list[XrEvent] = []
        while len(events) < EVENTS_MAX:
            ctypes.memmove(self._r_buffer, self._blank, HEADER_BYTES)
            if checked("xrPollEvent", self._poll(self._instance, self._r_buffer)) == NOTHING:
                break
            events.append(self._event())
        return tuple(events)

    def _event(self) -> XrEvent:
        kind, structure = self._kinds.get(int(self._buffer._type), ("other", None))
        if structure is None:
            return XrEvent(kind=kind)
        pointer: Foreign = ctypes.cast(self._r_buffer, ctypes.POINTER(structure))
        told = pointer.contents
        if kind == "state":
            return XrEvent(kind=kind, state=_state(told), moment_ns=int(told.time))
        if kind == "instance_loss":
            return XrEvent(kind=kind, moment_ns=int(told.loss_time))
        pose = pose_of(told.pose_in_previous_space)
        return XrEvent(
            kind=kind,
            moment_ns=int(told.change_time),
            space=SPACES.get(int(told._reference_space_type), ""),
            old_from_new=pose if told.pose_valid and is_sound_pose(pose) else None,
        )


def _state(told: Foreign) -> SessionState:
    number = int(told._state)
    return (
        SessionState(number) if number in SessionState._value2member_map_ else SessionState.UNKNOWN
    )
