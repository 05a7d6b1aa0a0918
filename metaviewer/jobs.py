"""Background work of the program: a few threads that wait for other processes, asked once a frame.

Threads here wait; they compute nothing, because a thread that computes holds the interpreter and
with it the picture. What computes runs in another process and is waited for here. Nothing calls
back: the loop polls, and finished work comes back as values.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from queue import Empty, SimpleQueue
from threading import Event, Thread, current_thread, main_thread
from typing import Any, Final, Literal, NewType, TypeVar

from metaviewer.closing import Closing
from metaviewer.errors import MetaviewerError, Refused

JobId = NewType("JobId", int)
JobState = Literal["waiting", "running", "done", "refused", "cancelled"]

T = TypeVar("T")

THREAD_COUNT: Final = 4
WAITING_MAX: Final = 256


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Hold Ctrl-C back until the block ends.

    For imports of compiled packages: what interrupts their initialisers ends the process by a
    failed assertion. Threads beside the main one are never interrupted, nothing is held there.
    """
    before = signal.getsignal(signal.SIGINT)
    if current_thread() is not main_thread() or not callable(before):
        yield
        return
    held: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held:
            signal.raise_signal(signal.SIGINT)


class Cancelled(MetaviewerError):
    """Nobody wants the result any more."""


class Report:
    """What running work gets: a place for its progress, and whether it should stop."""

    def __init__(self) -> None:
        self.fraction = 0.0
        self._stop = Event()

    def progress(self, fraction: float) -> None:
        """Say how far the work is, 0 to 1; it never runs backwards."""
        self.fraction = min(1.0, max(self.fraction, fraction))

    def cancelled(self) -> bool:
        """Whether the work should end now."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Ask the work to end."""
        self._stop.set()


Work = Callable[[Report], Any]
"""Runs in a thread; gives its result, or raises one of our errors."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Job:
    """One piece of background work as it is now.

    Parameters
    ----------
    title : str
        What the person reads; shown, never logged.
    fraction : float
        How far it is, 0 to 1.
    result : object
        What the work gave, once `state` is "done".
    error : MetaviewerError or None
        Why there is no result, once `state` is "refused".
    """

    id: JobId
    title: str
    fraction: float = 0.0
    state: JobState = "waiting"
    result: Any = None
    error: MetaviewerError | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in ("done", "refused", "cancelled")


class Jobs(Closing):
    """Background work: a few threads, a bounded queue, and what came of it.

    Give it work from the thread of the loop only; close it, or leave its `with`, at the end.
    """

    def __init__(self, *, thread_count: int = THREAD_COUNT, waiting_max: int = WAITING_MAX) -> None:
        self._jobs: dict[JobId, Job] = {}
        self._reports: dict[JobId, Report] = {}
        self._numbers = count(1)
        self._todo: SimpleQueue[tuple[JobId, Work] | None] = SimpleQueue()
        self._ended: SimpleQueue[Job] = SimpleQueue()
        self._started: SimpleQueue[JobId] = SimpleQueue()
        self._waiting_max = waiting_max
        self._threads = [Thread(target=self._serve, daemon=True) for _ in range(thread_count)]
        for thread in self._threads:
            thread.start()

    def submit(self, title: str, work: Work) -> JobId:
        """Queue `work`; its job is in the next `poll`.

        Raises
        ------
        Refused
            With the word "size", if `waiting_max` jobs are under way already.
        """
        if len(self._jobs) >= self._waiting_max:
            raise Refused(
                title, "size", f"{len(self._jobs)} pieces of work are under way", remedy="wait"
            )
        job_id = JobId(next(self._numbers))
        self._jobs[job_id] = Job(id=job_id, title=title)
        self._reports[job_id] = Report()
        self._todo.put((job_id, work))
        return job_id

    def poll(self) -> tuple[Job, ...]:
        """Every job as it is now, oldest first; one that has ended is given once and forgotten."""
        for job_id in _drained(self._started):
            # Work that is quick may have been given out in the last poll, between these two queues.
            if job_id in self._jobs:
                self._jobs[job_id] = replace(self._jobs[job_id], state="running")
        for job in _drained(self._ended):
            self._jobs[job.id] = job
        now = tuple(self._now(job) for job in self._jobs.values())
        for job in now:
            if job.is_over:
                del self._jobs[job.id], self._reports[job.id]
        return now

    def cancel(self, job_id: JobId) -> None:
        """Ask a job to end; one that is over stays as it is."""
        if job_id in self._reports:
            self._reports[job_id].cancel()

    def close(self) -> None:
        """Cancel all jobs and let the threads end; waits for none of them."""
        for report in self._reports.values():
            report.cancel()
        for _ in self._threads:
            self._todo.put(None)

    def _now(self, job: Job) -> Job:
        return job if job.is_over else replace(job, fraction=self._reports[job.id].fraction)

    def _serve(self) -> None:
        """What one thread does: take work, wait for it, hand in what came of it."""
        while (item := self._todo.get()) is not None:
            job_id, work = item
            job, report = self._jobs[job_id], self._reports[job_id]
            self._started.put(job_id)
            self._ended.put(_finished(job, work, report))


def _finished(job: Job, work: Work, report: Report) -> Job:
    """The job after its work."""
    try:
        if report.cancelled():
            raise Cancelled
        result = work(report)
    except Cancelled:
        return replace(job, fraction=report.fraction, state="cancelled")
    except MetaviewerError as error:
        return replace(job, fraction=report.fraction, state="refused", error=error)
    except Exception as error:  # noqa: BLE001 - worker boundary: a thread must not die in silence
        fault = Refused(job.title, "crash", f"this program made a mistake ({type(error).__name__})")
        return replace(job, fraction=report.fraction, state="refused", error=fault)
    return replace(job, fraction=1.0, state="done", result=result)


def _drained(queue: SimpleQueue[T]) -> list[T]:
    """What lies in the queue now."""
    found = []
    while True:
        try:
            found.append(queue.get_nowait())
        except Empty:
            return found
