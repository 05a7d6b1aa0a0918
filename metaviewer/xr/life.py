"""A headset session's life: what to do next, from what happened. Pure; `session` does it.

========================  =========================================================================
what happens              what follows
========================  =========================================================================
no runtime, no headset    the reason is said once, and asked again each second while it is wished
READY                     the session begins
STOPPING                  it ends and waits: the headset was taken off, its menu was opened
EXITING                   it is given up; the person left from the headset's menu
LOSS_PENDING, lost        it is given up and made anew when a headset answers again
instance lost             the instance is given up too, until the time that the runtime named
a second loss in 10 s     the person stays at the desktop, with the reason
========================  =========================================================================

References
----------
OpenXR 1.1, section 9.3 (Session Lifecycle) and 4.2 (Instance Lifecycle).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, Literal

LOOK_STEP_S: Final = 1.0
"""How often a headset is asked for that was not there; an ask costs 4 us (measured)."""
LOSS_SPAN_S: Final = 10.0
"""Two losses within this are no accident."""


class SessionState(IntEnum):
    """`XrSessionState`."""

    UNKNOWN = 0
    IDLE = 1
    READY = 2
    SYNCHRONIZED = 3
    VISIBLE = 4
    FOCUSED = 5
    STOPPING = 6
    LOSS_PENDING = 7
    EXITING = 8


Deed = Literal[
    "make_instance", "make_session", "begin", "end", "drop_session", "drop_instance", "nothing"
]

Reason = Literal[
    "",
    "no_runtime",
    "no_headset",
    "no_graphics",
    "old_graphics",
    "wrong_version",
    "left",
    "session_lost",
    "instance_lost",
    "lost_twice",
    "failed",
]
"""Why the desktop is where the person is; `panels` says it in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Where a session stands.

    Parameters
    ----------
    is_wished : bool
        Whether the person wants the headset.
    state : SessionState
        The last that the runtime told.
    look_again_s : float
        Before this moment nothing is asked or made.
    lost_s : float or None
        When a session was last lost.
    is_doomed : bool
        Whether what exists must be given up, the instance too where `instance_is_doomed`.
    """

    is_wished: bool = False
    has_instance: bool = False
    has_session: bool = False
    is_running: bool = False
    state: SessionState = SessionState.UNKNOWN
    look_again_s: float = 0.0
    lost_s: float | None = None
    is_doomed: bool = False
    instance_is_doomed: bool = False
    reason: Reason = ""

    @property
    def is_seen(self) -> bool:
        """Whether the person sees our picture."""
        return self.is_running and self.state in (SessionState.VISIBLE, SessionState.FOCUSED)

    @property
    def has_input(self) -> bool:
        """Whether hands and buttons are ours."""
        return self.is_running and self.state is SessionState.FOCUSED


def wished(life: Life, *, is_wished: bool) -> Life:
    """After the person asked for the headset, or had enough of it."""
    return replace(life, is_wished=is_wished, look_again_s=0.0, lost_s=None, reason="")


def next_deed(life: Life, *, now_s: float) -> Deed:
    """What is to be done now."""
    gives_up = life.is_doomed or not life.is_wished
    if life.has_session and gives_up:
        return "drop_session"
    if life.has_instance and (life.instance_is_doomed or not life.is_wished):
        return "drop_instance"
    if not life.is_wished:
        return "nothing"
    if not life.has_instance:
        return "make_instance" if now_s >= life.look_again_s else "nothing"
    if not life.has_session:
        return "make_session" if now_s >= life.look_again_s else "nothing"
    if life.state is SessionState.READY and not life.is_running:
        return "begin"
    if life.state is SessionState.STOPPING and life.is_running:
        return "end"
    return "nothing"


def done(life: Life, deed: Deed) -> Life:
    """After a deed succeeded."""
    match deed:
        case "make_instance":
            return replace(life, has_instance=True, instance_is_doomed=False)
        case "make_session":
            return replace(
                life, has_session=True, is_doomed=False, state=SessionState.UNKNOWN, reason=""
            )
        case "begin":
            return replace(life, is_running=True)
        case "end":
            return replace(life, is_running=False)
        case "drop_session":
            return replace(
                life,
                has_session=False,
                is_running=False,
                is_doomed=False,
                state=SessionState.UNKNOWN,
            )
        case "drop_instance":
            return replace(life, has_instance=False, instance_is_doomed=False)
        case _:
            return life


def not_done(life: Life, reason: Reason, *, now_s: float) -> Life:
    """After an instance or a session could not be made: it is tried again in a while."""
    return replace(life, reason=reason, look_again_s=now_s + LOOK_STEP_S)


def told(life: Life, state: SessionState, *, now_s: float) -> Life:
    """After the runtime told a state."""
    life = replace(life, state=state)
    if state is SessionState.EXITING:
        return replace(life, is_doomed=True, is_wished=False, reason="left")
    if state is SessionState.LOSS_PENDING:
        return lost(life, now_s=now_s)
    return life


def lost(life: Life, *, now_s: float, reason: Reason = "session_lost") -> Life:
    """After the session was lost, or something failed that must not fail."""
    if life.is_doomed:
        return life
    is_second = life.lost_s is not None and now_s - life.lost_s < LOSS_SPAN_S
    if is_second:
        return replace(life, is_doomed=True, is_wished=False, reason="lost_twice", lost_s=now_s)
    return replace(life, is_doomed=True, reason=reason, lost_s=now_s, look_again_s=now_s)


def instance_lost(life: Life, *, now_s: float, until_s: float) -> Life:
    """After the runtime went, or said that it will: nothing is asked before `until_s`."""
    life = lost(life, now_s=now_s, reason="instance_lost")
    return replace(life, is_doomed=True, instance_is_doomed=True, look_again_s=max(until_s, now_s))
