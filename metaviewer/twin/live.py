"""What the frame asks for: all live values at the time cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from metaviewer.twin.columns import Columns, Point
from metaviewer.twin.update import joined


class Feed(Protocol):
    """A source of live values: the simulator, later a process that listens, or a recording."""

    @property
    def points(self) -> tuple[Point, ...]:
        """What its rows are; they do not change while it runs."""
        ...

    def columns_at(self, *, at_s: float) -> Columns:
        """What was known at that moment; the same object while nothing has changed."""
        ...


def read(feeds: Sequence[Feed], *, at: float | None, now_s: float) -> Columns:
    """All live values at the time cursor; once a frame.

    With one feed the same object comes back until a value arrives, so that what is drawn from it
    can be left as it is.

    Parameters
    ----------
    at : float or None
        The time cursor, seconds of the same clock as `now_s`; None is live.
    """
    return joined([feed.columns_at(at_s=now_s if at is None else at) for feed in feeds])
