"""Background work: polled, bounded, cancelled, and never lost."""

from __future__ import annotations

import signal
import sys
import threading

import pytest

from metaviewer import app
from metaviewer.errors import Refused
from metaviewer.jobs import Cancelled, Jobs, interrupts_wait

PATIENCE_S = 20
QUICK_COUNT = 4000


class Gate:
    """Work that waits until it is let go on, and says that it has begun."""

    def __init__(self, result=None):
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.result = result

    def __call__(self, report):
        report.progress(0.25)
        self.begun.set()
        while not self.go_on.wait(0.01):
            if report.cancelled():
                raise Cancelled
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def last_of(jobs, job_id):
    """Poll, as the loop does, until a job is over."""
    pause = threading.Event()
    for _ in range(PATIENCE_S * 200):
        for job in jobs.poll():
            if job.id == job_id and job.is_over:
                return job
        pause.wait(0.005)
    raise AssertionError("the job did not end")


def test_a_job_is_waiting_then_running_then_given_once():
    """Bug: progress is not seen while the work runs, or a finished job is given twice."""
    gate, blocked = Gate(result=7), Gate()
    with Jobs(thread_count=1) as jobs:
        first = jobs.submit("read", gate)
        second = jobs.submit("then", blocked)
        assert gate.begun.wait(PATIENCE_S)
        assert [(job.id, job.state, job.fraction) for job in jobs.poll()] == [
            (first, "running", 0.25),
            (second, "waiting", 0.0),
        ]
        gate.go_on.set()
        done = last_of(jobs, first)
        assert (done.state, done.result, done.fraction, done.title) == ("done", 7, 1.0, "read")
        assert [job.id for job in jobs.poll()] == [second]


def test_cancelled_work_ends_whether_it_runs_or_waits():
    """Bug: cancelling does nothing to work that has not begun, or kills its thread."""
    gate, never = Gate(), Gate()
    with Jobs(thread_count=1) as jobs:
        running, waiting = jobs.submit("a", gate), jobs.submit("b", never)
        assert gate.begun.wait(PATIENCE_S)
        jobs.cancel(waiting)
        jobs.cancel(running)
        jobs.cancel(running)
        assert last_of(jobs, running).state == "cancelled"
        after = jobs.submit("c", lambda report: "still here")
        assert last_of(jobs, after).result == "still here"
        assert not never.begun.is_set()
        jobs.cancel(running)


@pytest.mark.parametrize(
    ("error", "reason"),
    [(Refused("ct", "size", "too large"), "too large"), (KeyError("CANARY"), "KeyError")],
)
def test_an_error_is_a_result_and_its_text_stays_inside(error, reason):
    """Bug: an exception ends the thread in silence, or shows a patient's name."""
    gate = Gate(result=error)
    gate.go_on.set()
    with Jobs(thread_count=1) as jobs:
        job = last_of(jobs, jobs.submit("ct", gate))
        assert job.state == "refused"
        assert reason in str(job.error)
        assert "CANARY" not in str(job.error)
        assert last_of(jobs, jobs.submit("next", lambda report: 1)).result == 1


def test_the_queue_is_bounded_and_empties():
    """Bug: a folder of a million files makes a million jobs; or a full queue stays full."""
    gate = Gate()
    with Jobs(thread_count=1, waiting_max=2) as jobs:
        first = jobs.submit("a", gate)
        jobs.submit("b", lambda report: None)
        with pytest.raises(Refused) as caught:
            jobs.submit("c", lambda report: None)
        assert caught.value.word == "size"
        gate.go_on.set()
        last_of(jobs, first)
        jobs.submit("c", lambda report: None)


def test_progress_never_runs_backwards_or_beyond():
    """Bug: a second pass of a reader makes the bar jump back."""
    seen = []

    def work(report):
        for fraction in (0.5, 0.2, 7.0):
            report.progress(fraction)
            seen.append(report.fraction)

    with Jobs(thread_count=1) as jobs:
        last_of(jobs, jobs.submit("a", work))
    assert seen == [0.5, 0.5, 1.0]


def test_quick_work_is_given_once_however_it_meets_the_poll():
    """Bug: a job that begins and ends between two queues is missed, given twice, or ends the loop.

    Threads take turns every few microseconds, so that all orders come to pass.
    """
    interval_s = sys.getswitchinterval()
    wanted, given = set(), []
    with Jobs() as jobs:
        try:
            sys.setswitchinterval(5e-6)
            while len(given) < QUICK_COUNT:
                if len(wanted) < QUICK_COUNT and len(wanted) - len(given) < 20:
                    wanted.add(jobs.submit("quick", lambda report: None))
                given += [job.id for job in jobs.poll() if job.is_over]
        finally:
            sys.setswitchinterval(interval_s)
    assert len(given) == len(set(given))
    assert set(given) == wanted


def test_closing_ends_the_threads():
    """Bug: threads outlive the loop and hold the program open."""
    gate = Gate()
    before = set(threading.enumerate())
    with Jobs(thread_count=3) as jobs:
        jobs.submit("a", gate)
        assert gate.begun.wait(PATIENCE_S)
        ours = set(threading.enumerate()) - before
        assert len(ours) == 3
    for thread in ours:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def test_an_interrupt_comes_after_the_block_that_holds_it_back():
    came = []

    def block():
        with interrupts_wait():
            signal.raise_signal(signal.SIGINT)
            came.append("the rest of the block")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert came == ["the rest of the block"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_thread_and_a_program_that_ignores_interrupts_are_left_as_they_are():
    """Bug: a handler is set where Python allows none, or in place of what the caller chose."""
    worked = []

    def work():
        with interrupts_wait():
            worked.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(PATIENCE_S)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        work()
    finally:
        signal.signal(signal.SIGINT, before)
    assert worked == [before, signal.SIG_IGN]


def test_rooms_are_imported_whole_before_an_interrupt_is_felt(monkeypatch):
    """Bug: Ctrl-C while Panda3D is imported ends the program with a segmentation fault."""
    whole = []

    def slow_import(name):
        signal.raise_signal(signal.SIGINT)
        whole.append(name)

    monkeypatch.setattr(app, "import_module", slow_import)
    monkeypatch.delitem(vars(app), "shot", raising=False)
    with pytest.raises(KeyboardInterrupt):
        _ = app.shot
    assert whole == ["metaviewer.app.picturing"]
