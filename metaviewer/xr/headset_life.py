"""The headset as the loop sees it: wished for, there or not, and never in the way.

`Entered` owns the one instance and the one session. Nothing that a runtime does comes out of it as
an exception but `XrUnavailable`'s sentence, kept in `says`; the desktop goes on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from metaviewer.errors import RenderError, XrUnavailable
from metaviewer.render import Gl
from metaviewer.xr import results
from metaviewer.xr.events import Events, XrEvent
from metaviewer.xr.life import (
    Deed,
    Life,
    Reason,
    done,
    instance_lost,
    lost,
    next_deed,
    not_done,
    told,
    wished,
)
from metaviewer.xr.results import XrFailed
from metaviewer.xr.runtime import Headset, Runtime, find_headset, open_runtime
from metaviewer.xr.session import Session, XrFrame

DEEDS_MAX: Final = 4
"""Steps of one turn: giving up and making anew takes no more."""
NS_PER_S: Final = 1e9

log = logging.getLogger(__name__)


class Entered:
    """Begins, keeps and gives up the headset's session, by `life`."""

    def __init__(self, gl: Gl) -> None:
        self.life = Life()
        self.says = ""
        """Why the desktop is where the person is, in one sentence; empty in the headset."""
        self.events: tuple[XrEvent, ...] = ()
        """What the runtime told in this turn."""
        self._gl = gl
        self._runtime: Runtime | None = None
        self._session: Session | None = None
        self._told: Events | None = None

    @property
    def session(self) -> Session | None:
        """The session, where there is one."""
        return self._session

    def wish(self, *, is_wished: bool) -> None:
        """Enter the headset, now or as soon as there is one; or leave it."""
        self.life = wished(self.life, is_wished=is_wished)
        self.says = ""

    def turn(self, *, now_s: float) -> None:
        """Hear the runtime and do what follows. Never raises."""
        self.events = ()
        try:
            if self._told is not None:
                self.events = self._told.drain()
        except XrFailed as failure:
            self.failed(failure, now_s=now_s)
        for event in self.events:
            self._hear(event, now_s=now_s)
        for _ in range(DEEDS_MAX):
            deed = next_deed(self.life, now_s=now_s)
            if deed == "nothing" or not self._did(deed, now_s=now_s):
                return

    def begin_frame(self, *, now_s: float) -> XrFrame | None:
        """The next frame, where the session runs; `end_frame` must follow."""
        if self._session is None or not self.life.is_running:
            return None
        try:
            return self._session.begin_frame()
        except XrFailed as failure:
            self.failed(failure, now_s=now_s)
            return None

    def end_frame(
        self, frame: XrFrame, draw: Callable[[int], None] | None, *, now_s: float
    ) -> bool:
        """End a frame: with what `draw` puts into the image it is given, or with nothing.

        Whatever `draw` raises, the frame is ended, with nothing in it, and the error goes on.

        Returns
        -------
        bool
            Whether the eyes were shown a picture.
        """
        session = self._session
        if session is None:
            return False
        is_drawn = False
        try:
            if draw is not None and frame.eyes is not None:
                image = session.acquire()
                try:
                    self._gl.reclaim()
                    draw(image)
                    is_drawn = True
                finally:
                    session.release()
                    self._gl.reclaim()
        except XrFailed as failure:
            is_drawn = False
            self.failed(failure, now_s=now_s)
        finally:
            is_drawn = self._ended(session, frame, is_drawn=is_drawn, now_s=now_s)
        return is_drawn

    def failed(self, failure: XrFailed, *, now_s: float) -> None:
        """After a call failed that must not: the session is given up."""
        log.info("the headset's runtime: %s", failure)
        if failure.result == results.INSTANCE_LOST:
            self.life = instance_lost(self.life, now_s=now_s, until_s=now_s)
        elif failure.result in (results.SESSION_LOST, results.SESSION_LOSS_PENDING):
            self.life = lost(self.life, now_s=now_s)
        else:
            self.life = lost(self.life, now_s=now_s, reason="failed")

    def close(self) -> None:
        """Leave, and give everything back."""
        self.wish(is_wished=False)
        self.turn(now_s=0.0)

    def _ended(self, session: Session, frame: XrFrame, *, is_drawn: bool, now_s: float) -> bool:
        try:
            session.end_frame(frame.display_ns, image=frame.eyes if is_drawn else None)
        except XrFailed as failure:
            self.failed(failure, now_s=now_s)
            return False
        finally:
            self._gl.reclaim()
        return is_drawn

    def _hear(self, event: XrEvent, *, now_s: float) -> None:
        if event.kind == "state":
            log.info("the headset's session is %s", event.state.name)
            self.life = told(self.life, event.state, now_s=now_s)
        elif event.kind == "instance_loss":
            log.info("the headset's runtime is going")
            until_s = now_s + max(event.moment_ns / NS_PER_S - time.monotonic(), 0.0)
            self.life = instance_lost(self.life, now_s=now_s, until_s=until_s)
        elif event.kind == "profile" and self._session is not None:
            self._session.actions.has_new_profiles = True

    def _did(self, deed: Deed, *, now_s: float) -> bool:
        """Whether the deed was done."""
        try:
            self._do(deed)
        except XrUnavailable as reason:
            self._note(str(reason))
            self.life = not_done(self.life, _reason_of(deed), now_s=now_s)
            return False
        except RenderError as reason:
            self._note(str(reason))
            self.life = not_done(self.life, "no_graphics", now_s=now_s)
            return False
        except XrFailed as failure:
            self._note(f"the headset's runtime failed ({failure}): restart it")
            self.failed(failure, now_s=now_s)
            if deed in ("make_instance", "make_session"):
                self.life = not_done(self.life, "failed", now_s=now_s)
            return False
        self.life = done(self.life, deed)
        return True

    def _do(self, deed: Deed) -> None:
        runtime, session = self._runtime, self._session
        match deed:
            case "make_instance":
                self._runtime = open_runtime()
                self._told = Events(self._runtime)
            case "make_session":
                assert runtime is not None
                headset: Headset = find_headset(runtime)
                try:
                    self._session = Session(runtime, headset, self._gl.handles)
                finally:
                    self._gl.reclaim()
                self.says = ""
            case "begin":
                assert session is not None
                session.begin()
            case "end":
                assert session is not None
                session.end()
            case "drop_session":
                assert session is not None
                self._session = None
                session.close()
                self._gl.reclaim()
            case "drop_instance":
                assert runtime is not None
                self._runtime = self._told = None
                runtime.close()
            case _:
                pass

    def _note(self, sentence: str) -> None:
        if sentence != self.says:
            log.info("%s", sentence)
        self.says = sentence


def _reason_of(deed: Deed) -> Reason:
    return "no_runtime" if deed == "make_instance" else "no_headset"
