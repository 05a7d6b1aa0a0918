"""Places read at the same time come back in their order, and one progress tells of all."""

from __future__ import annotations

from threading import Barrier

import pytest

from metaviewer.app import reading_together
from metaviewer.app.finding import Finding
from metaviewer.app.reading_together import READERS_MAX, Wish, read_together
from metaviewer.jobs import Cancelled


def wishes(count: int) -> list[Wish]:
    return [Wish(place=f"place {n}") for n in range(count)]


def finding(place: str) -> Finding:
    return Finding(path=place, kind="other", status="ok")


def test_what_is_found_stands_in_the_order_of_the_places_and_is_read_together(monkeypatch):
    """All wait for each other: read one after the other, none would ever come back."""
    together = Barrier(READERS_MAX, timeout=5.0)

    def read(doors, place, reading):
        together.wait()
        reading.on_progress(0.5)
        yield finding(place)

    monkeypatch.setattr(reading_together, "read", read)
    told: list[float] = []
    found = read_together(None, wishes(READERS_MAX), on_progress=told.append)
    assert [one.path for (one,) in found] == [wish.place for wish in wishes(READERS_MAX)]
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("count", [1, 9])
def test_a_cancel_ends_all_and_starts_no_other(monkeypatch, count):
    begun: list[str] = []

    def read(doors, place, reading):
        begun.append(place)
        reading.on_progress(1.0)
        yield finding(place)

    def stop(share: float) -> None:
        raise Cancelled

    monkeypatch.setattr(reading_together, "read", read)
    with pytest.raises(Cancelled):
        read_together(None, wishes(count), on_progress=stop)
    assert len(begun) <= 2 * READERS_MAX
