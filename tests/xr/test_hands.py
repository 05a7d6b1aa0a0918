"""Hands and controllers, through the real loader: what is pressed, where they are, and lies."""

from __future__ import annotations

import math

import numpy as np
import pytest

from metaviewer.xr import Entered
from metaviewer.xr.hands import NO_HAND, HandInput, share, stick
from metaviewer.xr.life import SessionState
from metaviewer.xr.profiles import ACTIONS, HAND, HANDS, NAMES, TOUCH, suggested
from tests.xr.conftest import Worn
from tests.xr.scripted import EVENT_PROFILE, EVENT_STATE, Runtime
from tests.xr.test_session_life import TURNS, enter

PROFILES = {"simple": 0, "touch": 1, "hand": 2, "index": 3, "vive": 4, "motion": 5}
"""As `runtime/action.c` numbers them."""


def hands_of(worn: Worn) -> tuple[HandInput, HandInput]:
    worn.now_s += 0.01
    worn.entered.turn(now_s=worn.now_s)
    frame = worn.entered.begin_frame(now_s=worn.now_s)
    assert frame is not None
    worn.entered.end_frame(frame, None, now_s=worn.now_s)
    return frame.hands


@pytest.mark.parametrize("profile", PROFILES)
def test_each_controller_grabs_and_points_through_the_same_actions(
    worn: Worn, runtime: Runtime, profile: str
):
    """An action that a profile leaves out is a button that does nothing for half the world."""
    runtime.script.profile = PROFILES[profile]
    enter(worn)
    left, right = runtime.script.hands
    right.trigger, right.squeeze, right.select = 0.75, 0.5, 1
    seen_left, seen_right = hands_of(worn)
    wanted = (1.0, 1.0) if profile == "simple" else (0.5, 0.75)
    assert (seen_right.grab, seen_right.point) == wanted
    assert (seen_left.grab, seen_left.point) == (0.0, 0.0)
    left.is_active = 0
    assert not hands_of(worn)[0].is_there or profile == "hand"
    assert runtime.script.violations == 0, runtime.first_violation


@pytest.mark.parametrize("profile", ["touch", "index", "vive", "motion"])
def test_sticks_move_and_buttons_open_menu_and_plane(worn: Worn, runtime: Runtime, profile: str):
    runtime.script.profile = PROFILES[profile]
    enter(worn)
    hand = runtime.script.hands[0]
    hand.stick[:] = (-0.5, 1.0)
    hand.menu, hand.button = 1, 1
    seen, other = hands_of(worn)
    assert seen.move == (-0.5, 1.0)
    assert seen.menu
    assert seen.clip
    assert (other.move, other.menu, other.clip) == ((0.0, 0.0), False, False)


def test_hands_are_where_the_runtime_will_have_them(worn: Worn, runtime: Runtime):
    """In our axes: 0.2 m right, 1.2 m up, 0.4 m away; a mirrored hand fails here."""
    enter(worn)
    hand = runtime.script.hands[1]
    hand.grip.at_start.position[:] = (0.2, 1.2, -0.4)
    hand.aim.at_start.orientation[:] = (0.0, math.sin(0.25), 0.0, math.cos(0.25))
    _, seen = hands_of(worn)
    assert seen.stage_from_grip is not None
    assert np.allclose(seen.stage_from_grip[:3, 3], (0.2, 0.4, 1.2), atol=1e-6)
    assert seen.stage_from_aim is not None
    # Turned to the left by half a radian: what it points at lies to the left of straight away.
    assert np.allclose(seen.stage_from_aim[:3, 1], (-math.sin(0.5), math.cos(0.5), 0.0), atol=1e-6)


def test_a_profile_that_changes_is_known_by_its_name(worn: Worn, runtime: Runtime):
    enter(worn)
    assert hands_of(worn)[0].profile == TOUCH
    runtime.tell(EVENT_PROFILE, PROFILES["hand"])
    assert hands_of(worn)[1].profile == HAND
    runtime.tell(EVENT_PROFILE, -1)
    assert hands_of(worn)[1].profile == ""


def test_input_is_ours_only_while_the_session_has_focus(worn: Worn, runtime: Runtime):
    """What is held when the headset's menu opens must be let go."""
    enter(worn)
    runtime.script.hands[1].trigger = 1.0
    assert hands_of(worn)[1].point == 1.0
    runtime.tell(EVENT_STATE, SessionState.VISIBLE)
    assert hands_of(worn) == (NO_HAND, NO_HAND)
    runtime.tell(EVENT_STATE, SessionState.FOCUSED)
    assert hands_of(worn)[1].point == 1.0


def test_a_bare_hand_pinches_where_the_runtime_has_no_profile_for_it(worn: Worn, runtime: Runtime):
    runtime.script.withheld = 1 << 4  # XR_EXT_hand_interaction
    runtime.script.profile = -1
    enter(worn)
    hand = runtime.script.hands[1]
    hand.pinch_gap = 0.08
    assert hands_of(worn)[1].point == 0.0
    hand.pinch_gap = 0.030
    assert hands_of(worn)[1].point == pytest.approx(0.5, abs=1e-5)
    hand.pinch_gap = 0.01
    seen = hands_of(worn)[1]
    assert seen.point == 1.0
    assert seen.is_there
    assert seen.joints_stage_m is not None
    assert seen.joints_stage_m.shape == (26, 3)
    hand.is_active = 0
    gone = hands_of(worn)[1]
    assert (gone.is_there, gone.point, gone.joints_stage_m) == (False, 0.0, None)


def test_joints_are_asked_for_only_where_no_controller_is_held(worn: Worn, runtime: Runtime):
    """Each ask costs as much as all buttons of the hand together."""
    enter(worn)
    asked = runtime.uses("xrLocateHandJointsEXT")
    left, right = hands_of(worn)
    assert left.is_there
    assert right.is_there
    assert left.joints_stage_m is None
    assert runtime.uses("xrLocateHandJointsEXT") == asked
    runtime.script.hands[1].is_active = 0
    hands_of(worn)
    assert runtime.uses("xrLocateHandJointsEXT") == asked + 1


@pytest.mark.parametrize("lie", ["nan", "half"])
def test_a_hand_of_lies_is_no_hand(worn: Worn, runtime: Runtime, lie: str):
    """Non-finite joints threw meshes across the room in other programs."""
    runtime.script.profile = -1
    enter(worn)
    hand = runtime.script.hands[1]
    hand.joints_are_nan, hand.joints_flags = (1, 15) if lie == "nan" else (0, 1)
    seen = hands_of(worn)[1]
    assert seen.joints_stage_m is None
    assert not seen.is_there


@pytest.mark.parametrize("flags", [0, 1, 2])
def test_a_pose_that_is_not_vouched_for_is_none(worn: Worn, runtime: Runtime, flags: int):
    enter(worn)
    runtime.script.hands[0].grip.flags = flags
    assert hands_of(worn)[0].stage_from_grip is None
    runtime.script.hands[0].grip.flags = 15
    assert hands_of(worn)[0].stage_from_grip is not None


def test_values_beyond_their_range_stay_within_it(worn: Worn, runtime: Runtime):
    enter(worn)
    hand = runtime.script.hands[0]
    for told, read in ((7.0, 1.0), (-3.0, 0.0), (float("nan"), 0.0), (float("inf"), 0.0)):
        hand.trigger = told
        hand.stick[:] = (told, 0.0)
        seen = hands_of(worn)[0]
        assert seen.point == read
        assert -1.0 <= seen.move[0] <= 1.0
    assert share(0.25) == 0.25
    assert stick(0.5, -2.0) == (0.5, -1.0)


def test_a_tick_is_felt(worn: Worn, runtime: Runtime):
    enter(worn)
    assert worn.entered.session is not None
    worn.entered.session.actions.tick("right")
    assert runtime.script.haptics == 1


@pytest.mark.parametrize(
    "call",
    ["xrSyncActions", "xrGetActionStateFloat", "xrGetActionStateBoolean", "xrLocateSpace"],
)
@pytest.mark.parametrize("result", [-1, -2, -13, -17])
def test_any_call_for_the_hands_may_fail_and_the_pictures_come_back(
    worn: Worn, runtime: Runtime, call: str, result: int
):
    enter(worn)
    runtime.fail(call, result, after=runtime.uses(call) + 1)
    worn.turn(1)
    runtime.heal()
    worn.now_s += 1.0
    worn.turn(TURNS)
    assert worn.turn(3) == 3


@pytest.mark.parametrize(
    "call",
    [
        "xrStringToPath",
        "xrCreateActionSet",
        "xrCreateAction",
        "xrSuggestInteractionProfileBindings",
        "xrAttachSessionActionSets",
        "xrCreateActionSpace",
        "xrCreateHandTrackerEXT",
    ],
)
@pytest.mark.parametrize("later", [0, 1])
def test_any_call_that_makes_the_hands_may_fail_and_the_next_try_succeeds(
    worn: Worn, runtime: Runtime, call: str, later: int
):
    runtime.fail(call, -2, after=1 + later)
    worn.entered.wish(is_wished=True)
    worn.turn(TURNS)
    runtime.heal()
    worn.now_s += 1.1
    worn.turn(TURNS)
    assert worn.turn(2) == 2, (worn.entered.life, worn.entered.says)


def test_the_tables_name_each_action_for_each_hand():
    """A path misspelt is refused for its whole profile."""
    for profile in NAMES:
        pairs = suggested(profile)
        assert len(pairs) == len(set(pairs))
        for hand in HANDS:
            bound = {action for action, path in pairs if path.startswith(f"/user/hand/{hand}/")}
            assert {"grip", "aim", "grab", "point"} <= bound
            assert bound <= set(ACTIONS)


def test_nobody_has_to_close_what_was_never_entered(worn: Worn):
    assert isinstance(worn.entered, Entered)
    worn.entered.close()
    worn.entered.close()
