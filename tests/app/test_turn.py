"""What a person means becomes State: recorded intents, without a window."""

from __future__ import annotations

import pytest

from metaviewer.app.flight import FLIGHT_S
from metaviewer.app.turn import Turn, turned
from metaviewer.scene import (
    Camera,
    Chosen,
    Move,
    Pointer,
    Press,
    Release,
    Scroll,
    SetCamera,
    State,
    View,
    ViewId,
)

HERE = Camera(eye_m=(0.0, -2.0, 0.0), target_m=(0.0, 0.0, 0.0))
THERE = Camera(eye_m=(3.0, 0.0, 1.0), target_m=(0.0, 0.0, 1.0))
SPACE = View(id=ViewId("space"), kind="space", camera=HERE)
START = Turn(state=State(views=(SPACE,)))
GO = Chosen(action=SetCamera(view=ViewId("space"), camera=THERE))


def pointer(x: float) -> Pointer:
    return Pointer(view=ViewId("space"), position=(x, 0.5), height_px=500)


def camera(turn: Turn) -> Camera:
    return turn.state.views[0].camera


def test_a_named_camera_is_flown_to_and_reached_exactly():
    turn = turned(START, (GO,), {}, now_s=10.0)
    assert camera(turn).eye_m == pytest.approx(HERE.eye_m)
    turn = turned(turn, (), {}, now_s=10.0 + FLIGHT_S / 2)
    assert 0.0 < camera(turn).eye_m[0] < 3.0
    turn = turned(turn, (), {}, now_s=10.0 + 1.01 * FLIGHT_S)
    assert camera(turn) == THERE
    assert turn.flight is None


def test_a_hand_on_the_camera_ends_the_flight():
    """Otherwise the flight tears the camera out of the hand."""
    turn = turned(START, (GO,), {}, now_s=0.0)
    turn = turned(turn, (Scroll(pointer=pointer(0.5), notches=1.0),), {}, now_s=0.1)
    now = camera(turn)
    assert turn.flight is None
    assert camera(turned(turn, (), {}, now_s=5.0)) == now


def test_two_notches_within_one_slow_frame_are_two_steps():
    """Each counted from the State before the frame, the second would be lost."""
    notch = Scroll(pointer=pointer(0.5), notches=1.0)
    both = turned(START, (notch, notch), {}, now_s=0.0)
    once = turned(START, (notch,), {}, now_s=0.0)
    twice = turned(once, (notch,), {}, now_s=0.1)
    assert camera(both).eye_m == pytest.approx(camera(twice).eye_m)
    assert camera(once).eye_m != pytest.approx(camera(twice).eye_m)


def test_a_drag_that_was_recorded_turns_the_camera():
    drag = (
        Press(pointer=pointer(0.4), button="primary"),
        Move(pointer=pointer(0.6)),
        Release(pointer=pointer(0.6), button="primary"),
    )
    turn = turned(START, drag, {}, now_s=0.0)
    assert camera(turn).eye_m[0] < 0.0  # the patient follows the hand, the eye goes the other way
    assert turn.tools.drag is None
