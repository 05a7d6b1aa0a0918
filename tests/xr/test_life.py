"""The table of a session's life, walked row by row and at random."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.xr.life import (
    LOOK_STEP_S,
    LOSS_SPAN_S,
    Life,
    SessionState,
    done,
    instance_lost,
    lost,
    next_deed,
    not_done,
    told,
    wished,
)

WISHED = wished(Life(), is_wished=True)
ENTERED = done(done(WISHED, "make_instance"), "make_session")
RUNNING = done(told(ENTERED, SessionState.READY, now_s=0.0), "begin")


def test_entering_makes_an_instance_then_a_session_then_begins_when_ready():
    assert next_deed(Life(), now_s=0.0) == "nothing"
    assert next_deed(WISHED, now_s=0.0) == "make_instance"
    assert next_deed(done(WISHED, "make_instance"), now_s=0.0) == "make_session"
    assert next_deed(ENTERED, now_s=0.0) == "nothing"
    assert next_deed(told(ENTERED, SessionState.IDLE, now_s=0.0), now_s=0.0) == "nothing"
    assert next_deed(told(ENTERED, SessionState.READY, now_s=0.0), now_s=0.0) == "begin"
    assert next_deed(RUNNING, now_s=0.0) == "nothing"


def test_a_headset_taken_off_ends_the_session_but_keeps_it():
    stopping = told(RUNNING, SessionState.STOPPING, now_s=1.0)
    assert next_deed(stopping, now_s=1.0) == "end"
    ended = done(stopping, "end")
    assert ended.has_session
    assert not ended.is_running
    assert next_deed(ended, now_s=1.0) == "nothing"
    assert next_deed(told(ended, SessionState.READY, now_s=9.0), now_s=9.0) == "begin"


def test_leaving_by_the_menu_gives_all_back_and_does_not_come_again_by_itself():
    left = told(RUNNING, SessionState.EXITING, now_s=1.0)
    assert next_deed(left, now_s=1.0) == "drop_session"
    left = done(left, "drop_session")
    assert next_deed(left, now_s=1.0) == "drop_instance"
    left = done(left, "drop_instance")
    assert next_deed(left, now_s=100.0) == "nothing"
    assert left.reason == "left"
    assert next_deed(wished(left, is_wished=True), now_s=100.0) == "make_instance"


def test_what_is_not_there_is_asked_for_once_a_second():
    waits = not_done(done(WISHED, "make_instance"), "no_headset", now_s=5.0)
    assert next_deed(waits, now_s=5.0 + 0.9 * LOOK_STEP_S) == "nothing"
    assert next_deed(waits, now_s=5.0 + LOOK_STEP_S) == "make_session"
    assert waits.reason == "no_headset"


@pytest.mark.parametrize("how", ["told", "result"])
def test_a_lost_session_is_made_anew_and_a_second_loss_at_once_is_not(how: str):
    def loses(life: Life, now_s: float) -> Life:
        if how == "told":
            return told(life, SessionState.LOSS_PENDING, now_s=now_s)
        return lost(life, now_s=now_s)

    first = loses(RUNNING, 100.0)
    assert next_deed(first, now_s=100.0) == "drop_session"
    again = done(first, "drop_session")
    assert next_deed(again, now_s=100.0) == "make_session"
    again = done(done(told(done(again, "make_session"), SessionState.READY, now_s=1), "begin"), "")
    second = loses(again, 100.0 + 0.9 * LOSS_SPAN_S)
    assert second.reason == "lost_twice"
    assert not second.is_wished
    later = loses(again, 100.0 + 1.1 * LOSS_SPAN_S)
    assert later.is_wished


def test_a_lost_instance_is_not_asked_for_before_the_time_it_named():
    life = instance_lost(RUNNING, now_s=10.0, until_s=13.0)
    assert next_deed(life, now_s=10.0) == "drop_session"
    life = done(life, "drop_session")
    assert next_deed(life, now_s=10.0) == "drop_instance"
    life = done(life, "drop_instance")
    assert next_deed(life, now_s=12.9) == "nothing"
    assert next_deed(life, now_s=13.0) == "make_instance"


def test_one_loss_that_comes_as_event_and_as_results_counts_once():
    life = told(RUNNING, SessionState.LOSS_PENDING, now_s=1.0)
    assert lost(life, now_s=1.0) is life


EVENTS = st.one_of(
    st.tuples(st.just("told"), st.sampled_from(SessionState)),
    st.tuples(st.sampled_from(["lost", "instance_lost", "wish", "unwish", "fails"]), st.none()),
)


@given(st.lists(EVENTS, max_size=40))
def test_whatever_happens_no_deed_is_asked_of_what_is_not_there(happened: list):
    """A deed on a session that does not exist would be a call on a dead handle."""
    life, now_s = WISHED, 0.0
    for kind, state in happened:
        now_s += 0.4
        if kind == "told" and life.has_session:
            life = told(life, state, now_s=now_s)
        elif kind == "lost" and life.has_session:
            life = lost(life, now_s=now_s)
        elif kind == "instance_lost" and life.has_instance:
            life = instance_lost(life, now_s=now_s, until_s=now_s + 1.0)
        elif kind in ("wish", "unwish"):
            life = wished(life, is_wished=kind == "wish")
        deed = next_deed(life, now_s=now_s)
        if deed in ("begin", "end", "drop_session"):
            assert life.has_session
        if deed == "make_session":
            assert life.has_instance
            assert not life.has_session
        if deed == "drop_instance":
            assert life.has_instance
            assert not life.has_session
        if kind == "fails" and deed in ("make_instance", "make_session"):
            life = not_done(life, "no_headset", now_s=now_s)
        else:
            life = done(life, deed)
        assert life.has_session or not life.is_running


@given(st.lists(EVENTS, max_size=40))
def test_who_leaves_is_out_within_three_deeds(happened: list):
    life = RUNNING
    for kind, state in happened:
        life = told(life, state, now_s=1.0) if kind == "told" else lost(life, now_s=1.0)
    life = wished(life, is_wished=False)
    for _ in range(3):
        life = done(life, next_deed(life, now_s=2.0))
    assert not life.has_session
    assert not life.has_instance
    assert next_deed(life, now_s=99.0) == "nothing"
