"""The headset beside the window: entered where there is one, and never in the way of the desktop.

Where the person stands is no part of the State, as the size of the window is none: leaving the
headset, or losing it, leaves everything as it was done there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import numpy as np

from metaviewer.app.drawing import Drawn, EyesFrame, Frame, drawn_for_eyes, drawn_next
from metaviewer.app.effects import Effects
from metaviewer.app.governor import TARGET_S, Governor
from metaviewer.app.turn import Turn
from metaviewer.closing import Closing
from metaviewer.desktop import WindowSeat
from metaviewer.errors import RenderError
from metaviewer.frames import Float64Array
from metaviewer.interact import Standing
from metaviewer.interact.hold import HandInWorld, Hold, hold_step
from metaviewer.interact.standing import (
    SNAP_TURN_RAD,
    StickMemory,
    standing_at,
    stick_step,
    turned,
    walked,
)
from metaviewer.panels import say
from metaviewer.render import Context, Gl, Stage
from metaviewer.scene import Camera, Intent, State, View
from metaviewer.xr import Entered, Session, XrEye, XrFrame, XrSpace, stage_from_pose
from metaviewer.xr.events import XrEvent
from metaviewer.xr.eyes import HALVES, LEFT, RIGHT, eyes_in_world, floor_from_space, seen_by_both
from metaviewer.xr.hands import HandInput
from metaviewer.xr.recentring import changes_of, followed

SWITCH_S: Final = 0.0005
"""How long another thread may keep the interpreter: 60 to 90 frames a second instead of 20 to 60
beside one that computes (measured)."""
FRAME_S_MIN: Final = 1.0 / 144.0
"""No headset asks for more frames, whatever period its runtime tells."""
STEP_S_MAX: Final = 0.1
"""A frame that took longer moves nobody farther than this one would."""


class Headset(Closing):
    """The person in the headset: their frames, hands and place; one writer, the loop's thread."""

    def __init__(self, context: Context, *, is_wished: bool = False) -> None:
        self._context = context
        self._gl: Gl | None = None
        self._entered: Entered | None = None
        self._wishes = is_wished
        self._said = ""
        self._frame: XrFrame | None = None
        self._is_in = False
        self._switch_s = sys.getswitchinterval()
        self._standing = Standing()
        self._camera: Camera | None = None
        self._stage_from_head: Float64Array | None = None
        self._changes: tuple[XrEvent, ...] = ()
        self._hold = Hold()
        self._stick = StickMemory()
        self._governor = Governor()

    @property
    def is_wished(self) -> bool:
        """Whether the person is in the headset, or will be as soon as one answers."""
        return self._wishes

    def toggle(self) -> None:
        """Enter, or leave."""
        self._wish(is_wished=not self._wishes)

    def turn(self, effects: Effects, state: State, *, now_s: float) -> None:
        """Hear the runtime; what keeps the person at the desktop is said once."""
        if self._entered is None:
            if not self._wishes:
                return
            try:
                self._gl = Gl(self._context)
            except RenderError as error:
                self._wishes = False
                effects.note(str(error))
                return
            self._entered = Entered(self._gl)
            self._entered.wish(is_wished=True)
        entered = self._entered
        entered.turn(now_s=now_s)
        if self._session is None:
            self._changes, self._stage_from_head = (), None
        else:
            self._changes += changes_of(entered.events, self._session.space)
        if entered.says and entered.says != self._said:
            effects.note(entered.says)
        self._said = entered.says
        if self._wishes and not entered.life.is_wished:
            self._wishes = False
            if entered.life.reason == "lost_twice":
                effects.note(say(state.language, "headset_lost"))

    @contextmanager
    def frame(self, *, now_s: float) -> Iterator[None]:
        """One frame of the headset, where it runs: begun before, and ended after, always."""
        if self._entered is not None:
            self._frame = self._entered.begin_frame(now_s=now_s)
        try:
            yield
        finally:
            frame, self._frame = self._frame, None
            if frame is not None and self._entered is not None:
                self._entered.end_frame(frame, None, now_s=now_s)

    def intents(self, turn: Turn, stage: Stage, *, seconds: float) -> tuple[Intent, ...]:
        """Where the person stands now, and what their hands mean."""
        frame, session = self._frame, self._session
        if frame is None or frame.eyes is None or session is None:
            self._hold = Hold(count=self._hold.count)
            return ()
        floor = floor_from_space(session.space)
        stage_from_head = floor @ _head(frame.eyes)
        self._keep_place(frame.display_ns, session.space, stage_from_head)
        view = _space(turn.state)
        if turn.flight is None and view.camera != self._camera:
            self._standing = standing_at(view.camera, stage_from_head=stage_from_head)
            self._camera = view.camera
        left, right = frame.hands
        self._standing = walked(
            self._standing,
            stage_from_head=stage_from_head,
            move=left.move,
            seconds=min(seconds, STEP_S_MAX),
        )
        self._stick, steps = stick_step(self._stick, right.move[0])
        if steps:
            self._standing = turned(
                self._standing,
                head_stage_m=stage_from_head[:3, 3],
                turn_rad=-steps * SNAP_TURN_RAD,
            )
        world_from_space = self._standing.world_from_stage @ floor
        hands = [_in_world(hand, world_from_space) for hand in (left, right)]
        self._hold, moves = hold_step(self._hold, hands, turn.state, stage.pick)
        return moves

    def draw(
        self, seat: WindowSeat, stage: Stage, effects: Effects, frame: Frame, drawn: Drawn
    ) -> Drawn:
        """Draw for the eyes and mirror the left one; where nobody is in, for the window."""
        entered, begun = self._entered, self._frame
        is_seen = entered is not None and begun is not None and entered.life.is_seen
        if self._is_in and not is_seen:
            self._come_back(seat, stage)
            frame = replace(frame, polled=replace(frame.polled, has_new_size=True))
        if is_seen and begun is not None and begun.eyes is not None:
            try:
                return self._drawn_for_eyes(seat, stage, effects, frame, drawn)
            except RenderError as error:
                effects.note(str(error))
                self._wish(is_wished=False)
                return drawn
        if not self._is_in:
            return drawn_next(seat, stage, effects, frame, drawn)
        if frame.polled.has_new_panels:  # where the head is is not known: the last picture stays
            seat.draw_panels(stage)
        return drawn

    def close(self) -> None:
        """Leave, and give everything back; safe to call twice."""
        sys.setswitchinterval(self._switch_s)
        if self._entered is not None:
            self._entered.close()
            self._entered = None
        if self._gl is not None:
            self._gl.close()
            self._gl = None

    @property
    def _session(self) -> Session | None:
        return None if self._entered is None else self._entered.session

    def _keep_place(self, display_ns: int, space: XrSpace, stage_from_head: Float64Array) -> None:
        """Stay in the same place in the world where the runtime's middle has moved by now."""
        due = tuple(change for change in self._changes if change.moment_ns <= display_ns)
        before = self._stage_from_head
        if due and before is not None:
            self._standing = followed(
                self._standing, due, space=space, head_before=before, head_now=stage_from_head
            )
        self._changes = tuple(change for change in self._changes if change not in due)
        self._stage_from_head = stage_from_head

    def _wish(self, *, is_wished: bool) -> None:
        self._wishes = is_wished
        self._said = ""
        self._camera = (
            None  # who enters anew comes from the desktop; who was lost, to where they were
        )
        if self._entered is not None:
            self._entered.wish(is_wished=is_wished)

    def _drawn_for_eyes(
        self, seat: WindowSeat, stage: Stage, effects: Effects, frame: Frame, drawn: Drawn
    ) -> Drawn:
        """With the eyes' picture drawn, handed over and mirrored."""
        entered, gl, session, begun = self._entered, self._gl, self._session, self._frame
        assert entered is not None
        assert gl is not None
        assert session is not None
        assert begun is not None
        assert begun.eyes is not None
        self._go_in(seat, stage, session)
        eyes = eyes_in_world(begun.eyes, standing=self._standing, space=session.space)
        shown = EyesFrame(
            state=seen_by_both(frame.state, _space(frame.state)),
            eyes=dict(zip((LEFT, RIGHT), eyes, strict=True)),
            now_s=frame.now_s,
            target_s=min(max(begun.period_ns * 1e-9, FRAME_S_MIN), TARGET_S),
        )
        # What a picture costs at the size of the window is remembered for when that is drawn again.
        seen = drawn_for_eyes(seat, stage, effects, shown, replace(drawn, governor=self._governor))
        self._governor = seen.governor
        picture, size = gl.name_of(stage.picture_texture), stage.size
        self._frame = None
        entered.end_frame(
            begun, lambda image: gl.copy(picture, image, size=size), now_s=frame.now_s
        )
        return replace(seen, governor=drawn.governor)

    def _go_in(self, seat: WindowSeat, stage: Stage, session: Session) -> None:
        """The stage gets the size of both eyes, the window the picture of the left one."""
        width, height = session.eye_size_px
        if not self._is_in:
            self._is_in = True
            seat.mirror(stage, HALVES[0])
            sys.setswitchinterval(SWITCH_S)
        stage.resize((2 * width, height))
        if stage.size != (2 * width, height):
            raise RenderError(f"this machine draws no eyes of {width} x {height} pixels")

    def _come_back(self, seat: WindowSeat, stage: Stage) -> None:
        self._is_in = False
        seat.mirror(stage, None)
        sys.setswitchinterval(self._switch_s)


def _space(state: State) -> View:
    """The view whose place in the window the eyes take."""
    return next((view for view in state.views if view.kind == "space"), state.views[0])


def _head(eyes: tuple[XrEye, XrEye]) -> Float64Array:
    """Between the eyes: where the head is, and which way it looks."""
    left, right = (stage_from_pose(eye.pose) for eye in eyes)
    middle: Float64Array = np.add(left, right) / 2.0
    return middle


def _in_world(hand: HandInput, world_from_space: Float64Array) -> HandInWorld:
    grip, aim = hand.stage_from_grip, hand.stage_from_aim
    return HandInWorld(
        world_from_grip=None if grip is None else world_from_space @ grip,
        world_from_aim=None if aim is None else world_from_space @ aim,
        grab=hand.grab if hand.is_there else 0.0,
    )
