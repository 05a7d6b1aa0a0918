"""The bench of the window under load: whoever asked last gets what they asked for."""

from __future__ import annotations

import random
import time
from threading import Event
from types import SimpleNamespace

import pytest

from metaviewer.app.background import Background
from metaviewer.errors import Refused
from metaviewer.jobs import Cancelled, Jobs
from metaviewer.render import Task

NAMES = ("drawn", "normals", "light", "coarse")
PATIENCE_S = 20.0
PAUSE = Event()


def made_here(arrays, arguments):
    """What the task makes: its own number."""
    return {}, {"made": arguments["number"]}


class Workshop:
    """Follows `metaviewer.jail.Workshop`: late and without room by chance, ended when asked."""

    def __init__(self, seed):
        self._chance = random.Random(seed)  # noqa: S311 - delays, no secrets

    def compute(self, function, arrays, arguments, *, cancelled):
        assert function.endswith(":made_here")
        late_s, is_full = self._chance.choice((0.0, 0.0, 0.001, 0.004)), self._chance.random() < 0.1
        end_s = time.monotonic() + late_s
        while time.monotonic() < end_s:
            if cancelled():
                raise Cancelled
            PAUSE.wait(0.0005)
        if is_full:
            raise Refused("", "memory", "no room")
        return SimpleNamespace(arrays=made_here(arrays, arguments)[1])


def task(name, number):
    return Task(
        name=name,
        made_of=(name, number),
        work=made_here,
        arrays={},
        arguments={"number": number},
    )


class Picture:
    """Asks when something else is wanted and when the bench has news, never otherwise.

    So does the window; and as there, every piece waits for the one before it.
    """

    def __init__(self, jobs, bench):
        self.jobs, self.bench = jobs, bench
        self.wanted = dict.fromkeys(NAMES, 0)
        self.shown = dict.fromkeys(NAMES, -1)

    def turn(self, *, is_new):
        for job in self.jobs.poll():
            self.bench.take(job)
        if self.bench.news() or is_new:
            self.draw()

    def draw(self):
        for name in NAMES:
            if self.shown[name] == self.wanted[name]:
                continue
            made = self.bench.ask(task(name, self.wanted[name]))
            if made is None:
                return
            assert made["made"] == self.wanted[name]
            self.shown[name] = self.wanted[name]


@pytest.mark.parametrize("seed", range(6))
def test_a_picture_that_waits_for_news_gets_what_was_asked_last(seed):
    """Bug: "Making the picture" stands for ever, since what was made woke nobody."""
    chance = random.Random(seed)  # noqa: S311
    with Jobs() as jobs:
        bench = Background(Workshop(seed), jobs)
        picture = Picture(jobs, bench)
        for number in range(1, 400):
            name = chance.choice(NAMES)
            picture.wanted[name] = number
            if chance.random() < 0.1:
                bench.forget(name)
            picture.turn(is_new=True)
            for _ in range(chance.choice((0, 0, 1, 5))):
                picture.turn(is_new=False)
            PAUSE.wait(chance.choice((0.0, 0.0, 0.002)))
        end_s = time.monotonic() + PATIENCE_S
        while picture.shown != picture.wanted and time.monotonic() < end_s:
            picture.turn(is_new=False)
            PAUSE.wait(0.001)
        assert picture.shown == picture.wanted
        assert not bench.is_busy


def test_what_fails_is_begun_once():
    """A look that cannot be made would take a processor for ever, frame after frame."""
    begun = []

    def fails(arrays, arguments):
        begun.append(1)
        raise MemoryError

    with Jobs() as jobs:
        bench = Background(Workshop(0), jobs)
        wanted = Task(name="x", made_of=("a",), work=fails, arrays={}, arguments={}, is_near=True)
        deadline_s = time.monotonic() + 5.0
        while time.monotonic() < deadline_s and (bench.is_busy or not begun):
            assert bench.ask(wanted) is None
            for job in jobs.poll():
                bench.take(job)
        for _ in range(3):
            assert bench.ask(wanted) is None
        assert len(begun) == 1
        assert not bench.is_busy
