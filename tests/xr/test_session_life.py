"""A session from putting the headset on to every way of losing it, through the real loader."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from metaviewer.xr.life import LOSS_SPAN_S, SessionState
from tests.xr.conftest import Worn
from tests.xr.scripted import (
    EVENT_EVENTS_LOST,
    EVENT_INSTANCE_LOSS,
    EVENT_RECENTRE,
    EVENT_STATE,
    Runtime,
)

TURNS = 6
"""From wishing for the headset to pictures in it."""
FRAME_CALLS = (
    "xrPollEvent",
    "xrWaitFrame",
    "xrBeginFrame",
    "xrLocateViews",
    "xrAcquireSwapchainImage",
    "xrWaitSwapchainImage",
    "xrReleaseSwapchainImage",
    "xrEndFrame",
)
SET_UP_CALLS = (
    "xrCreateInstance",
    "xrGetInstanceProperties",
    "xrGetSystem",
    "xrGetSystemProperties",
    "xrEnumerateViewConfigurationViews",
    "xrEnumerateEnvironmentBlendModes",
    "xrGetOpenGLGraphicsRequirementsKHR",
    "xrCreateSession",
    "xrEnumerateReferenceSpaces",
    "xrGetReferenceSpaceBoundsRect",
    "xrCreateReferenceSpace",
    "xrEnumerateSwapchainFormats",
    "xrCreateSwapchain",
    "xrEnumerateSwapchainImages",
    "xrBeginSession",
)
FAILURES = (-1, -2, -3, -12, -13, -17)
SESSION_LOSS_PENDING = 3


def enter(worn: Worn) -> None:
    worn.entered.wish(is_wished=True)
    worn.turn(TURNS)
    assert worn.entered.life.state is SessionState.FOCUSED, worn.entered.says


def assert_fair(runtime: Runtime) -> None:
    """No rule was broken, and each frame that was begun was ended."""
    assert runtime.script.violations == 0, runtime.first_violation
    assert runtime.script.begins == runtime.script.ends


def test_who_enters_sees_the_pictures_bytes_in_both_eyes(worn: Worn, runtime: Runtime):
    """A grey of 128 that comes out as 188 is the field's commonest fault: sRGB encoded twice."""
    runtime.script.captures = 1
    enter(worn)
    assert worn.turn(4) == 4
    for view in range(2):
        assert np.all(runtime.pixels(view=view) == (128, 64, 191, 255))
    assert_fair(runtime)


@pytest.mark.usefixtures("runtime")
def test_the_validation_layer_has_nothing_to_say(worn: Worn, validated: Path):
    enter(worn)
    worn.turn(5)
    worn.entered.close()
    lines = validated.read_text().splitlines() if validated.exists() else []
    assert [line for line in lines if "VALID_ERROR" in line or "VALID_WARNING" in line] == []
    assert any("Core Validation Layer is initialized" in line for line in lines)


def test_each_picture_is_shown_from_where_the_runtime_will_have_the_eyes(
    worn: Worn, runtime: Runtime
):
    """A pose one frame old swims before the person's eyes."""
    runtime.script.head.velocity[:] = (0.3, 0.05, -0.2)
    runtime.script.head.angular_velocity[:] = (0.2, 1.1, 0.1)
    enter(worn)
    for _ in range(20):
        assert worn.turn() == 1
        layer = runtime.script.layers[0]
        for submitted, predicted in zip(layer.pose, layer.predicted, strict=True):
            assert list(submitted.position) == list(predicted.position)
            assert list(submitted.orientation) == list(predicted.orientation)
    assert_fair(runtime)


def test_nothing_is_drawn_on_a_pose_that_is_not_known(worn: Worn, runtime: Runtime):
    enter(worn)
    runtime.script.head.flags = 0
    assert worn.turn(3) == 0
    assert runtime.script.layer_count == 0
    runtime.script.head.flags = 15
    assert worn.turn(3) == 3
    runtime.script.head.at_start.orientation[:] = (0.0, 0.0, 0.0, 2.0)
    assert worn.turn(2) == 0
    runtime.script.head.at_start.orientation[:] = (0.0, 0.0, 0.0, float("nan"))
    assert worn.turn(2) == 0
    runtime.script.head.at_start.orientation[:] = (0.0, 0.0, 0.0, 1.0)
    assert worn.turn(2) == 2
    assert_fair(runtime)


def test_a_headset_taken_off_stops_the_pictures_and_put_on_again_goes_on(
    worn: Worn, runtime: Runtime
):
    enter(worn)
    runtime.tell(EVENT_STATE, SessionState.STOPPING)
    assert worn.turn(5) == 0
    assert runtime.script.is_running == 0
    assert runtime.alive()["session"] == 1
    runtime.tell(EVENT_STATE, SessionState.READY)
    assert worn.turn(TURNS) > 0
    assert runtime.uses("xrCreateSession") == 1
    assert_fair(runtime)


def test_who_leaves_by_the_menu_is_at_the_desktop_until_asked_again(worn: Worn, runtime: Runtime):
    enter(worn)
    runtime.tell(EVENT_STATE, SessionState.STOPPING)
    runtime.tell(EVENT_STATE, SessionState.EXITING)
    assert worn.turn(3) == 0
    assert runtime.alive() == {}
    assert worn.entered.life.reason == "left"
    enter(worn)
    assert_fair(runtime)


def test_a_session_about_to_be_lost_is_made_anew(worn: Worn, runtime: Runtime):
    enter(worn)
    runtime.tell(EVENT_STATE, SessionState.LOSS_PENDING)
    worn.turn(TURNS)
    assert worn.turn(2) == 2
    assert runtime.uses("xrCreateSession") == 2
    assert_fair(runtime)


def test_an_instance_about_to_be_lost_is_made_anew_after_the_time_it_names(
    worn: Worn, runtime: Runtime
):
    enter(worn)
    runtime.tell(EVENT_INSTANCE_LOSS, 200)
    assert worn.turn(10) == 0
    assert runtime.alive() == {}
    worn.now_s += 0.3
    worn.turn(TURNS)
    assert worn.turn(2) == 2
    assert_fair(runtime)


def test_a_headset_switched_on_late_is_entered_by_itself(worn: Worn, runtime: Runtime):
    runtime.script.has_headset = 0
    worn.entered.wish(is_wished=True)
    assert worn.turn(5) == 0
    assert "plug it in" in worn.entered.says
    assert runtime.uses("xrGetSystem") == 1
    runtime.script.has_headset = 1
    worn.now_s += 1.0
    worn.turn(TURNS)
    assert worn.turn(2) == 2
    assert worn.entered.says == ""
    assert runtime.uses("xrCreateInstance") == 1


@pytest.mark.parametrize("manifest", ["absent.json", "broken.json", "no_library.json"])
def test_without_a_runtime_one_sentence_says_what_to_do(
    worn: Worn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, manifest: str, capfd
):
    good = os.environ["XR_RUNTIME_JSON"]
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "no_library.json").write_text(
        '{"file_format_version": "1.0.0", "runtime": {"library_path": "/nowhere/at/all.so"}}'
    )
    monkeypatch.setenv("XR_RUNTIME_JSON", str(tmp_path / manifest))
    worn.entered.wish(is_wished=True)
    assert worn.turn(3) == 0
    assert "no headset runtime" in worn.entered.says
    assert worn.entered.life.reason == "no_runtime"
    assert capfd.readouterr() == ("", "")
    monkeypatch.setenv("XR_RUNTIME_JSON", good)
    worn.now_s += 1.0
    worn.turn(TURNS)
    assert worn.turn(2) == 2


def test_a_runtime_without_opengl_is_named_as_such(worn: Worn, runtime: Runtime):
    runtime.script.withheld = 1
    worn.entered.wish(is_wished=True)
    worn.turn(2)
    assert "no OpenGL" in worn.entered.says
    runtime.script.withheld = 0
    for _ in range(2):  # the loader remembers what was offered until a call of it has failed
        worn.now_s += 1.1
        worn.turn(TURNS)
    assert worn.turn(2) == 2


def test_what_is_only_nice_to_have_may_be_absent(worn: Worn, runtime: Runtime):
    runtime.script.withheld = 0b111111100
    enter(worn)
    assert worn.turn(2) == 2


@pytest.mark.parametrize(
    ("has_stage", "withheld", "name"),
    [(1, 0, "stage"), (0, 0, "local_floor"), (0, 1 << 5, "local")],
)
def test_the_floor_is_the_stages_else_the_local_one_else_a_guess_that_is_said(
    worn: Worn, runtime: Runtime, has_stage: int, withheld: int, name: str
):
    runtime.script.has_stage, runtime.script.withheld = has_stage, withheld
    enter(worn)
    assert worn.entered.session is not None
    assert worn.entered.session.space.name == name
    assert worn.entered.session.space.is_guessed == (name == "local")


@pytest.mark.parametrize("call", FRAME_CALLS)
@pytest.mark.parametrize("result", [*FAILURES, SESSION_LOSS_PENDING])
@pytest.mark.parametrize("later", [0, 3])
def test_any_call_of_a_frame_may_fail_and_the_pictures_come_back(
    worn: Worn, runtime: Runtime, call: str, result: int, later: int
):
    """48 of 48 such faults killed or stuck the loops of other programs somewhere."""
    enter(worn)
    runtime.fail(call, result, after=runtime.uses(call) + 1 + later)
    worn.turn(1 + later)
    runtime.heal()
    worn.now_s += 1.0
    worn.turn(TURNS)
    assert worn.turn(3) == 3, worn.entered.life
    assert runtime.script.begins - runtime.script.ends <= 1


@pytest.mark.parametrize("call", SET_UP_CALLS)
@pytest.mark.parametrize("result", FAILURES)
def test_any_call_of_entering_may_fail_and_the_next_try_succeeds(
    worn: Worn, runtime: Runtime, call: str, result: int
):
    """A half-made session leaves an instance, and the loader refuses every later one."""
    runtime.fail(call, result)
    worn.entered.wish(is_wished=True)
    worn.turn(3)
    runtime.heal()
    worn.now_s += 1.1
    worn.turn(TURNS)
    assert worn.turn(2) == 2, (worn.entered.life, worn.entered.says)


@pytest.mark.parametrize("call", ["xrSyncActions", "xrEndSession", "xrDestroySession"])
def test_leaving_succeeds_whatever_the_runtime_says(worn: Worn, runtime: Runtime, call: str):
    enter(worn)
    runtime.fail(call, -2, count=100)
    worn.entered.wish(is_wished=False)
    worn.turn(2)
    assert worn.entered.session is None


def test_a_second_loss_at_once_leaves_the_person_at_the_desktop(worn: Worn, runtime: Runtime):
    """A session that dies and comes back for ever is a strobe in front of somebody's eyes."""
    enter(worn)
    runtime.tell(EVENT_STATE, SessionState.LOSS_PENDING)
    worn.turn(TURNS)
    worn.now_s += 0.5 * LOSS_SPAN_S
    runtime.tell(EVENT_STATE, SessionState.LOSS_PENDING)
    assert worn.turn(TURNS) == 0
    assert worn.entered.life.reason == "lost_twice"
    enter(worn)


def test_an_error_of_our_own_ends_the_frame_with_nothing_in_it(worn: Worn, runtime: Runtime):
    enter(worn)
    frame = worn.entered.begin_frame(now_s=worn.now_s)
    assert frame is not None

    def breaks(image: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        worn.entered.end_frame(frame, breaks, now_s=worn.now_s)
    assert runtime.script.layer_count == 0
    assert worn.turn(2) == 2
    assert_fair(runtime)


def test_an_error_of_our_own_before_drawing_ends_the_frame_that_was_begun(
    worn: Worn, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
):
    """Left begun, it makes the runtime discard the next one."""
    enter(worn)

    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    assert worn.entered.session is not None
    with monkeypatch.context() as broken:
        broken.setattr(worn.entered.session.actions, "read", breaks)
        with pytest.raises(ZeroDivisionError):
            worn.entered.begin_frame(now_s=worn.now_s)
    assert_fair(runtime)
    assert worn.turn(2) == 2
    assert runtime.script.discarded == 0


def test_a_frame_that_is_discarded_is_begun_and_ended(worn: Worn, runtime: Runtime):
    """Taken for an error, it leaves every later frame discarded for ever."""
    enter(worn)
    runtime.fail("xrBeginFrame", 9, after=runtime.uses("xrBeginFrame") + 1)
    assert worn.turn(3) == 3
    assert_fair(runtime)


def test_a_runtime_that_leaves_its_own_context_and_errors_changes_no_picture(
    worn: Worn, runtime: Runtime
):
    runtime.script.fouls_context = runtime.script.fouls_error = runtime.script.captures = 1
    enter(worn)
    assert worn.turn(3) == 3
    assert np.all(runtime.pixels() == (128, 64, 191, 255))
    assert_fair(runtime)


def test_events_that_mean_nothing_to_us_are_passed_over(worn: Worn, runtime: Runtime):
    enter(worn)
    runtime.tell(EVENT_EVENTS_LOST)
    runtime.tell(EVENT_RECENTRE, 0)
    runtime.tell(EVENT_STATE, 77)
    runtime.tell(EVENT_STATE, SessionState.FOCUSED)
    worn.turn(1)
    kinds = [event.kind for event in worn.entered.events]
    assert kinds == ["events_lost", "recentre", "recentre", "state", "state"]
    assert worn.turn(2) == 2


def test_five_hundred_sessions_leave_nothing_behind(worn: Worn, runtime: Runtime):
    """Handles, file descriptors, textures and memory: what is lost each time is lost 500 times."""

    def once() -> None:
        worn.entered.wish(is_wished=True)
        worn.turn(3)
        worn.entered.wish(is_wished=False)
        worn.turn(1)

    for _ in range(20):
        once()
    files, memory_kb = len(os.listdir("/proc/self/fd")), resident_kb()
    for _ in range(480):
        once()
    assert runtime.alive() == {}
    assert len(os.listdir("/proc/self/fd")) == files
    assert resident_kb() - memory_kb < 4_000
    assert_fair(runtime)


def resident_kb() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")
