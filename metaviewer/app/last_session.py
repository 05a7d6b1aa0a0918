"""What a window writes down of its life, and what one left that ended without a goodbye."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final

from metaviewer import resources
from metaviewer.errors import Refused
from metaviewer.jobs import Jobs, Report
from metaviewer.scene import Command, Journal, OpenPlaces, begin_journal, left_behind, resumed

FOLDER_NAME: Final = "sessions"
"""Below the state folder; one journal a window."""


class Session:
    """The journal of this window; leave its `with` when the window is over.

    One writer: the loop's thread. Nobody waits for the disk but a job.
    """

    def __init__(self, jobs: Jobs) -> None:
        folder = resources.state_dir() / FOLDER_NAME
        self._jobs = jobs
        self._left = left_behind(folder)
        self._own: Journal | None = None
        with suppress(OSError):  # a disk that cannot be written is no reason to stop anybody
            self._own = begin_journal(folder)
        self._has_told = False

    def __enter__(self) -> Session:
        """Return the session itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """After a clean end, and after Ctrl-C, nothing is left of it; a fault leaves it."""
        is_clean = error is None or isinstance(error, KeyboardInterrupt)
        if is_clean and self._own is not None:
            self._own.end()
            self._own = None
        self.leave()

    def leave(self) -> None:
        """Write down what is not written yet, and leave all of it for the next start."""
        for journal in (self._own, self._left):
            if journal is not None:
                journal.leave()

    @property
    def offers_last(self) -> bool:
        """Whether the last session waits for a yes or a no."""
        return self._left is not None

    def go_on(self) -> tuple[Command, ...]:
        """What brings the last session back; its journal is this window's from now on.

        Until all of it has come back, another crash loses nothing either.
        """
        if self._left is None:
            return ()
        if self._own is not None:
            self._own.end()
        self._own, self._left = self._left, None
        return resumed(self._own.commands)

    def let_go(self) -> None:
        """Forget the last session."""
        if self._left is not None:
            self._left.end()
        self._left = None

    def keep(self, commands: Iterable[Command], *, now_s: float) -> None:
        """Write down what was done since the last call; to be called in every turn."""
        own = self._own
        if own is None:
            return
        own.keep(commands, now_s=now_s)
        if own.wants_sync(now_s=now_s):
            with suppress(Refused):  # so much is under way that the next second will do
                self._jobs.submit("journal", lambda report: _synced(own, report))

    def has_news_of_loss(self) -> bool:
        """Whether it cannot be written any more; true once, for the person to be told."""
        is_lost = self._own is None or self._own.is_broken
        is_news, self._has_told = is_lost and not self._has_told, is_lost
        return is_news


def next_steps(
    steps: Sequence[Command], *, is_waiting: bool
) -> tuple[tuple[Command, ...], tuple[Command, ...]]:
    """Commands of the last session to do now, and those to do later.

    After each load there is a pause (`is_waiting`) until its items stand in the scene.
    """
    if is_waiting:
        return (), tuple(steps)
    for number, step in enumerate(steps, start=1):
        if isinstance(step.action, OpenPlaces):
            return tuple(steps[:number]), tuple(steps[number:])
    return tuple(steps), ()


def _synced(journal: Journal, report: Report) -> None:
    del report
    journal.sync()
