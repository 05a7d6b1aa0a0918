"""Several places read at the same time: each waits for a jail, none computes here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from metaviewer.app.doors import Doors
from metaviewer.app.finding import Finding
from metaviewer.app.reading import Reading, read
from metaviewer.units import LengthUnit

READERS_MAX: Final = 4
"""Jails at work at once: a scan, a model and a surface keep two cores busy, more only memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A place to be read, and the unit stated for it."""

    place: str
    unit: LengthUnit | None = None


def read_together(
    doors: Doors,
    wishes: Sequence[Wish],
    *,
    on_progress: Callable[[float], None] = lambda share: None,
) -> tuple[tuple[Finding, ...], ...]:
    """What was found at each place, in the order of the places.

    Parameters
    ----------
    on_progress : callable
        Told the share of all that is done, from one thread at a time; what it raises ends all.
    """
    if len(wishes) == 1:
        reading = Reading(unit=wishes[0].unit, on_progress=on_progress)
        return (tuple(read(doors, wishes[0].place, reading)),)
    progress = _Progress(on_progress=on_progress, shares=[0.0] * len(wishes))

    def found_at(number: int) -> tuple[Finding, ...]:
        reading = Reading(
            unit=wishes[number].unit, on_progress=lambda share: progress.tell(number, share)
        )
        findings = tuple(read(doors, wishes[number].place, reading))
        progress.tell(number, 1.0)
        return findings

    with ThreadPoolExecutor(READERS_MAX, thread_name_prefix="reading") as threads:
        try:
            return tuple(threads.map(found_at, range(len(wishes))))
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class _Progress:
    """The share of all that is done, told as one number."""

    on_progress: Callable[[float], None]
    shares: list[float]
    guard: Lock = field(default_factory=Lock)

    def tell(self, number: int, share: float) -> None:
        with self.guard:
            self.shares[number] = share
            self.on_progress(sum(self.shares) / len(self.shares))
