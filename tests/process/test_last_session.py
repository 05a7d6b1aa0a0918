"""A window that is killed, and the next one that offers to go on: driven under Xvfb."""

from __future__ import annotations

import os
import select
import signal
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from metaviewer.scene import Command, OpenPlaces
from metaviewer.scene.journal import read_journal
from metaviewer.scene.journal_text import line_of
from tests.medical.series_maker import image, write
from tests.process.running import family_of, run
from tests.process.screen import differing, open_window, until

SPACE = (0.40, 0.14, 0.72, 0.80)
AXIAL = (0.84, 0.08, 0.99, 0.30)
DOCK = (0.0, 0.06, 0.33, 1.0)
FOOT = (0.02, 0.86, 0.33, 0.99)
ON_AXIAL = (0.915, 0.18)
MIDDLE = (0.55, 0.5)


@pytest.fixture(scope="module")
def ct(tmp_path_factory):
    """A bone ball off its middle in soft tissue."""
    k, j, i = np.indices((24, 48, 48))
    values = np.full((24, 48, 48), -1000)
    values[((i - 24) / 20) ** 2 + ((j - 24) / 16) ** 2 < 1] = 40
    values[(i - 32) ** 2 + (j - 20) ** 2 + (2 * (k - 15)) ** 2 < 64] = 900
    stored = (values + 1024).astype(np.int16)
    images = [image(number, pixels=stored[number], PixelSpacing=[2.0, 2.0]) for number in range(24)]
    for number, one in enumerate(images):
        one.ImagePositionPatient = [-48.0, -48.0, 4.0 * number]
    return write(tmp_path_factory.mktemp("ct"), images)


@pytest.fixture
def state(tmp_path, monkeypatch):
    """A state folder of this test's own."""
    folder = tmp_path / "state"
    monkeypatch.setenv("METAVIEWER_STATE", str(folder))
    return folder


def journals(state: Path) -> list[Path]:
    return sorted((state / "sessions").glob("*"))


def shown(window) -> np.ndarray:
    until(lambda: window.part(*SPACE).max() > 150, "the patient appears")
    return window.steady(*SPACE)


def kill(window) -> None:
    """As the system does when memory runs out."""
    window.program.send_signal(signal.SIGKILL)
    window.program.communicate(timeout=30)
    gone = window.screen.windows
    until(lambda: window.number not in gone(), "the screen forgets the window")  # or its number


def press_offer(window, *, yes: bool) -> None:
    """Press one of the two buttons at the foot of the column."""
    until(lambda: window.part(*FOOT).max() > 150, "the last session is offered")
    window.steady(*FOOT)
    window.point(*FOOT[:2])
    window.click(0.04 if yes else 0.12, 0.964)


def test_a_killed_session_goes_on_where_it_was_left(screen, ct, tmp_path, state):
    """F21. Bug: nothing is written, or it comes back without the turn and the grey window."""
    with open_window(screen, tmp_path / "first", ct) as window:
        before = shown(window)
        window.drag(MIDDLE, (0.66, 0.45), button=1)
        turned = window.changed(before, *SPACE)
        axial = window.steady(*AXIAL)
        window.drag(ON_AXIAL, (ON_AXIAL[0] + 0.05, ON_AXIAL[1] + 0.06), button=3)
        window.changed(axial, *AXIAL, share=0.1)
        window.point(*MIDDLE)
        dark = window.steady(*AXIAL)
        kill(window)
    assert len(journals(state)) == 1
    assert journals(state)[0].stat().st_mode & 0o777 == 0o600
    with open_window(screen, tmp_path / "second") as window:
        press_offer(window, yes=True)
        window.point(*MIDDLE)
        shown(window)
        # Shadows are those of the first light, so the two pictures are alike, not the same.
        near = differing(turned, before) / 3
        until(lambda: differing(window.part(*SPACE), turned) < near, "the turned patient is back")
        near = differing(dark, axial) / 3
        until(lambda: differing(window.part(*AXIAL), dark) < near, "the grey window is back")
        window.press("ctrl+q")
        assert window.ended()[0] == 0
    assert journals(state) == []


def test_a_window_killed_while_it_reads_leaves_no_process_and_its_journal(
    screen, ct, tmp_path, state
):
    """F21: the readers end with it, and the next start offers what was being opened."""
    many = [ct / name for name in sorted(os.listdir(ct))[:3]]
    with open_window(screen, tmp_path / "first", *many) as window:
        until(lambda: any(read_journal(path) for path in journals(state)), "the journal begins")
        family = family_of(window.program.pid)
        kill(window)
        for _, descriptor in family:
            ended = partial(select.select, [descriptor], [], [], 0)
            until(lambda ended=ended: ended()[0], "a process of the program ends", wait_s=5.0)
            os.close(descriptor)
    with open_window(screen, tmp_path / "second") as window:
        press_offer(window, yes=False)
        until(lambda: len(journals(state)) == 1, "the last session is let go")
        window.press("ctrl+q")
        assert window.ended()[0] == 0
    assert journals(state) == []


def test_a_file_that_is_gone_is_said_and_the_rest_comes_back(screen, ct, tmp_path, state):
    """Bug: the look of what is gone is given to what came after it, or ends the program."""
    sessions = state / "sessions"
    sessions.mkdir(parents=True)
    gone, there = str(tmp_path / "gone"), str(ct)
    told = [
        OpenPlaces(places=(gone,)),
        OpenPlaces(places=(gone,), names=("volume-1",)),
        OpenPlaces(places=(there,)),
        OpenPlaces(places=(there,), names=("volume-1-2",)),
    ]
    (sessions / "a.journal").write_bytes(b"".join(line_of(Command(action=one)) for one in told))
    with open_window(screen, tmp_path / "second") as window:
        press_offer(window, yes=True)
        shown(window)
        until(lambda: window.part(*FOOT).max() > 150, "what is gone is said")
        window.click(0.1, 0.13)
        window.press("ctrl+q")
        assert window.ended()[0] == 0


def test_a_second_window_takes_nothing_from_the_first(screen, ct, tmp_path, state):
    with open_window(screen, tmp_path / "first", ct) as first:
        until(lambda: any(read_journal(path) for path in journals(state)), "the journal begins")
        screen.do("windowunmap", first.number)
        with open_window(screen, tmp_path / "second") as second:
            until(lambda: len(journals(state)) == 2, "the second has its own")
            assert second.steady(*FOOT).max() < 150, "what lives is offered"
            second.press("ctrl+q")
            assert second.ended()[0] == 0
        assert len(journals(state)) == 1
        assert read_journal(journals(state)[0])


def test_a_picture_without_a_window_writes_no_journal(ct, tmp_path, state):
    ran = run("shot", ct, "-o", tmp_path / "a.png", "--size", "64x48", cwd=tmp_path)
    assert ran.code == 0
    assert not (state / "sessions").exists()
