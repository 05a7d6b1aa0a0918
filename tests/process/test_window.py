"""The window, driven as a person drives it: real keys and a real mouse on an X server.

The screen has no window manager and no graphics card. Where Xvfb or xdotool is missing these tests
fail: `tools/dev.py test` installs both.
"""

from __future__ import annotations

import os
import select
import tomllib
from functools import partial

import numpy as np
import pytest
from PIL import Image

from metaviewer.scene.journal import read_journal
from tests.building.ifc_made import good_wall, write_ifc
from tests.medical.series_maker import image, write
from tests.process.running import family_of
from tests.process.screen import differing, open_screen, open_window, until

SPACE = (0.40, 0.10, 0.72, 0.80)
"""Part of the window that shows the patient: between the dock and the slices."""
AXIAL = (0.84, 0.06, 0.99, 0.30)
DOCK = (0.0, 0.06, 0.33, 1.0)
MIDDLE = (0.55, 0.5)
ON_AXIAL = (0.915, 0.18)


@pytest.fixture(scope="module")
def ct(tmp_path_factory):
    """A bone ball off its middle in soft tissue, and a rod: every direction looks different."""
    shape = (24, 48, 48)
    k, j, i = np.indices(shape)
    values = np.full(shape, -1000)
    values[((i - 24) / 20) ** 2 + ((j - 24) / 16) ** 2 < 1] = 40
    values[(i - 32) ** 2 + (j - 20) ** 2 + (2 * (k - 15)) ** 2 < 64] = 900
    values[(abs(i - 14) < 3) & (abs(j - 30) < 3)] = (
        700 + 10 * k[(abs(i - 14) < 3) & (abs(j - 30) < 3)]
    )
    stored = (values + 1024).astype(np.int16)
    folder = tmp_path_factory.mktemp("ct")
    images = [image(number, pixels=stored[number], PixelSpacing=[2.0, 2.0]) for number in range(24)]
    for number, one in enumerate(images):
        one.ImagePositionPatient = [-48.0, -48.0, 4.0 * number]
    return write(folder, images)


@pytest.fixture(scope="module")
def window(screen, ct, tmp_path_factory):
    """One window on the scan for the tests of what it shows; each leaves it usable for the next."""
    with open_window(screen, tmp_path_factory.mktemp("window"), ct) as window:
        until(lambda: window.part(*SPACE).max() > 150, "the patient appears")
        window.steady(*SPACE)
        yield window


def saved(window, name: str):
    """The newest file of that name, written whole."""

    def newest():
        found = sorted(window.folder.glob(f"{name}-*"), key=os.path.getmtime)
        return found[-1] if found and found[-1].stat().st_size else None

    return until(newest, f"{name} is saved")


def test_dragging_turns_the_patient_and_the_wheel_comes_nearer(window):
    before = window.steady(*SPACE)
    window.drag(MIDDLE, (0.68, 0.5), button=1)
    turned = window.changed(before, *SPACE)
    window.point(*MIDDLE)
    window.screen.do("click", "--repeat", "3", 4)
    nearer = window.changed(turned, *SPACE)
    assert (nearer.max(axis=2) > 100).mean() > (turned.max(axis=2) > 100).mean()


def test_the_wheel_scrolls_a_slice_and_stops_at_the_end_of_the_scan(window):
    """One notch is one slice; beyond the last there is nothing, and back is back at once."""
    window.point(*ON_AXIAL)
    before = window.steady(*AXIAL)
    window.screen.do("click", "--repeat", "3", 4)
    window.changed(before, *AXIAL, share=0.002)
    window.screen.do("click", "--repeat", "60", "--delay", "5", 4)
    last = window.steady(*AXIAL)
    window.screen.do("click", "--repeat", "5", "--delay", "5", 4)
    assert differing(window.steady(*AXIAL), last) == 0.0
    window.screen.do("click", "--repeat", "3", "--delay", "5", 5)
    window.changed(last, *AXIAL, share=0.002)


def test_dragging_with_the_right_button_sets_the_window_of_slices_and_undo_takes_it_back(window):
    window.point(*ON_AXIAL)
    before = window.steady(*AXIAL)
    window.drag(ON_AXIAL, (ON_AXIAL[0] + 0.05, ON_AXIAL[1] + 0.06), button=3)
    window.changed(before, *AXIAL, share=0.1)
    window.press("ctrl+z")
    window.point(*ON_AXIAL)
    until(lambda: differing(window.part(*AXIAL), before) < 0.02, "the window is as before")


def test_the_value_under_the_pointer_stands_beside_it(window):
    window.point(*MIDDLE)
    before = window.steady(0.65, 0.06, 1.0, 0.4)
    window.point(*ON_AXIAL)
    window.changed(before, 0.65, 0.06, 1.0, 0.4, share=0.005)


def test_the_language_key_changes_the_panels_and_back(window):
    window.point(*MIDDLE)
    before = window.steady(*DOCK)
    window.press("l")
    window.changed(before, *DOCK, share=0.005)
    window.press("l")
    until(lambda: differing(window.part(*DOCK), before) < 0.001, "the panels are as before")


def test_a_picture_and_a_scene_are_saved_and_the_scene_opens_to_the_same_picture(
    window, screen, tmp_path
):
    """What is lost between saving and opening: the eye, the look, the slices beside it."""
    window.point(*MIDDLE)
    window.steady(*SPACE)
    window.press("F12")
    first = np.asarray(Image.open(saved(window, "picture")).convert("RGB")).astype(np.int16)
    window.press("ctrl+s")
    scene = saved(window, "scene")
    assert tomllib.loads(scene.read_text(encoding="utf-8"))["volume"][0]["preset"]
    window.screen.do("windowunmap", window.number)  # two windows, one screen
    try:
        with open_window(screen, tmp_path / "again", scene) as again:
            again.point(*MIDDLE)
            until(lambda: again.part(*SPACE).max() > 150, "the patient appears")
            again.steady(*SPACE)
            again.press("F12")
            second = np.asarray(Image.open(saved(again, "picture")).convert("RGB"))
    finally:
        window.screen.do("windowmap", window.number)
    assert second.shape == first.shape
    width = first.shape[1]
    space = slice(None), slice(0, int(0.7 * width))
    assert differing(second.astype(np.int16)[space], first[space]) < 0.02


def test_a_click_on_a_wall_shows_what_it_is_and_control_q_leaves_nothing_behind(screen, tmp_path):
    wall = write_ifc(tmp_path, good_wall(), name="wall")
    with open_window(screen, tmp_path / "work", wall) as window:
        until(
            lambda: differing(window.part(*SPACE), np.roll(window.part(*SPACE), 40, 1)) > 0.02,
            "a wall",
        )
        before = window.steady(*DOCK)
        window.click(0.68, 0.5)
        window.changed(before, *DOCK, share=0.01)
        assert_nothing_is_left(window, lambda: window.press("ctrl+q"), codes={0})


def test_the_window_closes_when_its_frame_says_so(screen, tmp_path):
    """A window that ignores the cross can only be killed."""
    with open_window(screen, tmp_path / "work") as window:
        until(lambda: window.part(0.0, 0.0, 1.0, 0.05).max() > 100, "the menu appears")
        assert_nothing_is_left(window, lambda: screen.close(window.number), codes={0})


def test_a_window_that_is_torn_away_leaves_no_process(screen, tmp_path):
    """The X server ends the connection. Bug: Panda3D aborts, and says nothing that helps."""
    with open_window(screen, tmp_path / "work") as window:
        until(lambda: window.part(0.0, 0.0, 1.0, 0.05).max() > 100, "the menu appears")
        err = assert_nothing_is_left(
            window, lambda: screen.do("windowkill", window.number), codes={2}
        )
    assert [line for line in err.splitlines() if line.startswith(b"metaviewer: screen: ")]


def test_a_screen_that_dies_leaves_no_process_and_the_journal(ct, tmp_path, monkeypatch):
    """Bug: the session is lost with the X server, or the program aborts."""
    monkeypatch.setenv("METAVIEWER_STATE", str(tmp_path / "state"))
    (tmp_path / "screen").mkdir()
    with (
        open_screen(tmp_path / "screen") as dying,
        open_window(dying, tmp_path / "work", ct) as window,
    ):
        sessions = tmp_path / "state" / "sessions"
        until(lambda: any(map(read_journal, sessions.glob("*"))), "the journal begins")
        err = assert_nothing_is_left(window, dying.kill, codes={2})
    assert [line for line in err.splitlines() if line.startswith(b"metaviewer: screen: ")]
    (journal,) = sessions.glob("*")
    assert read_journal(journal)[0].action.places == (str(ct),)


def assert_nothing_is_left(window, leave, *, codes: set[int]) -> bytes:
    """Have the program end by `leave`; what it wrote on standard error."""
    family = family_of(window.program.pid)
    assert family
    leave()
    code, err = window.ended()
    assert code in codes
    assert b"Traceback" not in err
    for _, descriptor in family:
        until(partial(has_ended, descriptor), "a process of the program ends")
        os.close(descriptor)
    return err


def has_ended(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])
