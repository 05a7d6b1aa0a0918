"""`open --xr` from start to end: a window on a screen and the headset beside it, real loader."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.medical.series_maker import image, write
from tests.process.running import ROOT
from tests.process.screen import SIZE, Screen, Window, differing, open_screen, open_window, until
from tests.xr.scripted import EVENT_STATE

PROGRAM = Path(__file__).with_name("open_in_headset.py")
SESSION_LOST = -17
READY, STOPPING, EXITING = 2, 6, 8
DOCK_PX = 320
MENU_PX = range(16, 40)
"""The height of the menu bar is the font's."""
PICTURE = (DOCK_PX / SIZE[0], MENU_PX[-1] / SIZE[1], 1.0, 1.0)
NOTE = (0.01, 0.90, 0.34, 0.99)
"""Where notes stand, at the foot of the column; nothing else does in an empty window."""
BRIGHT = 110
WORDS_TO_ROW = 60
"""Above it stand the words that both eyes see alike."""

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    with open_screen(tmp_path_factory.mktemp("screen")) as screen:
        yield screen


@pytest.fixture(scope="module")
def ct(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A block of bone, high, to the left and in front, and a rod: a hand that points ahead hits."""
    k, j, i = np.indices((24, 48, 48))
    values = np.where((i > 20) & (j < 30) & (k > 6), 1100, -1000)
    values[(abs(i - 14) < 3) & (abs(j - 34) < 5)] = 900
    stored = (values + 1024).astype(np.int16)
    images = [image(n, pixels=stored[n], PixelSpacing=[4.0, 4.0]) for n in range(24)]
    for number, one in enumerate(images):
        one.ImagePositionPatient = [-96.0, -96.0, 8.0 * number]
    return write(tmp_path_factory.mktemp("ct"), images)


@dataclass
class Worn:
    """The program with its window and its headset."""

    window: Window
    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def ask(self, **wish: object) -> dict[str, np.ndarray]:
        """Let something happen to the headset; what it saw."""
        name = f"{next(self.numbers):03d}"
        written = self.folder / f"ask-{name}.part"
        written.write_text(json.dumps(wish))
        written.rename(self.folder / f"ask-{name}.json")
        answer = self.folder / f"{name}.npz"

        def answered() -> bool:
            assert self.window.program.poll() is None, self.window.ended()
            return answer.exists()

        until(answered, f"the headset does {wish}")
        with np.load(answer) as seen:
            return dict(seen)

    def eyes(self) -> tuple[np.ndarray, np.ndarray]:
        """Left and right eye of a frame from now, red, green and blue."""
        self.ask(frames=2)
        seen = self.ask(look=True)
        return seen["left"][:, :, :3].astype(np.int16), seen["right"][:, :, :3].astype(np.int16)

    def leave(self) -> tuple[int, dict[str, object], list[str]]:
        """Close the window: exit code, what the runtime says, what stands on standard error."""
        self.window.press("ctrl+q")
        out, err = self.window.program.communicate(timeout=60)
        told = json.loads(out.splitlines()[-1])
        return self.window.program.returncode, told, loud_lines(err)


def loud_lines(err: bytes) -> list[str]:
    """What the program wrote on standard error; X11's own library is not the program."""
    return [line for line in err.decode().splitlines() if line and "XFree86-DGA" not in line]


@contextmanager
def worn_on(screen: Screen, folder: Path, *places: object) -> Iterator[Worn]:
    folder.mkdir(exist_ok=True)
    known = screen.windows()
    program = subprocess.Popen(
        [sys.executable, str(PROGRAM), str(folder), *map(str, places)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "DISPLAY": screen.display, "LP_NUM_THREADS": "2"},
    )
    try:
        number = until(lambda: screen.windows() - known, "a window opens").pop()
        screen.do("windowmove", number, 0, 0)
        screen.do("windowsize", number, *SIZE)
        screen.do("windowfocus", number)
        window = Window(screen=screen, program=program, folder=folder, number=number)
        yield Worn(window=window, folder=folder)
    except AssertionError:
        Image.fromarray(screen.pixels()).save(folder / "seen.png")
        raise
    finally:
        program.kill()
        program.communicate(timeout=30)


def is_there(eye: np.ndarray) -> np.ndarray:
    """Where the patient is seen."""
    bright: np.ndarray = eye[WORDS_TO_ROW:].max(axis=2) > BRIGHT
    return bright


def side(eye: np.ndarray) -> float:
    """Where the patient stands on the mean, in pixels from the left."""
    return float(np.nonzero(is_there(eye))[1].mean())


def mirrors(screen: Screen, eye: np.ndarray) -> bool:
    """Whether the window shows the middle of the eye's picture, pixel for pixel."""
    seen = screen.pixels().astype(np.int16)[MENU_PX[-1] :, DOCK_PX:]
    return any(differing(seen, stretched(eye, menu_px)) < 0.002 for menu_px in MENU_PX)


def stretched(eye: np.ndarray, menu_px: int) -> np.ndarray:
    """The middle of a square picture in the shape of the window's picture, enlarged."""
    width, height = SIZE[0] - DOCK_PX, SIZE[1] - menu_px
    wide = len(eye) * width / height
    x = (len(eye) - wide) / 2 + (np.arange(width) + 0.5) * wide / width
    y = (np.arange(height) + 0.5) * len(eye) / height
    large: np.ndarray = eye[y.astype(int)][:, x.astype(int)]
    return large[MENU_PX[-1] - menu_px :]


def test_the_headset_is_entered_lost_entered_again_and_left_with_h(
    screen: Screen, ct: Path, tmp_path: Path
):
    """Eyes swapped, a mirror of the wrong half, a session that stays lost: each fails here."""
    with worn_on(screen, tmp_path, ct) as worn:
        worn.ask(frames=11)
        until(lambda: is_there(worn.eyes()[0]).any(), "the patient appears")
        until(lambda: mirrors(screen, worn.eyes()[0]), "the window mirrors the left eye")
        left, right = worn.eyes()
        assert side(left) > side(right) + 1  # what is near moves to the left for the right eye
        assert not mirrors(screen, right)

        worn.ask(script=hand(0.0, squeeze=0.0, stick=1.0))
        turned, _ = worn.eyes()
        assert side(turned) < side(left) - 20
        worn.ask(fail={"xrWaitFrame": SESSION_LOST})
        worn.ask(frames=3)
        again, _ = worn.eyes()
        assert abs(side(again) - side(turned)) < 1  # where they had turned to

        worn.window.press("h")
        until(lambda: not mirrors(screen, again), "it is left")
        desktop = worn.window.steady(*PICTURE)
        assert (desktop.max(axis=2) > BRIGHT).mean() > 0.01
        code, told, said = worn.leave()
    assert (code, told, said) == (0, {"violations": "", "alive": {}}, [])


def hand(x_m: float, *, squeeze: float, stick: float = 0.0) -> dict[str, object]:
    """The right hand at eye height, pointing ahead."""
    place = [x_m, 1.6, -0.1]
    body = {f"hands.1.{pose}.at_start.position": place for pose in ("grip", "aim")}
    return {**body, "hands.1.squeeze": squeeze, "hands.1.stick": [stick, 0.0]}


def test_a_hand_takes_the_patient_along_undo_brings_it_back_and_a_stick_turns_the_person(
    screen: Screen, ct: Path, tmp_path: Path
):
    with worn_on(screen, tmp_path, ct) as worn:
        until(lambda: is_there(worn.eyes()[0]).any(), "the patient appears")

        def stands(x_m: float, *, squeeze: float, stick: float = 0.0) -> float:
            worn.ask(script=hand(x_m, squeeze=squeeze, stick=stick))
            return side(worn.eyes()[0])

        worn.ask(frames=10)
        at_first = stands(0.0, squeeze=0.0)
        assert abs(stands(0.0, squeeze=1.0) - at_first) < 1
        worn.ask(script=hand(0.1, squeeze=1.0))
        until(lambda: side(worn.eyes()[0]) > at_first + 5, "it comes along")
        worn.ask(frames=4)
        taken = stands(0.1, squeeze=0.0)
        assert abs(stands(-0.3, squeeze=0.0) - taken) < 1

        worn.window.press("ctrl+z")
        until(lambda: abs(side(worn.eyes()[0]) - at_first) < 1, "it is where it was")

        worn.ask(script=hand(0.0, squeeze=0.0, stick=1.0))
        # The person turns to the right, the world to the left.
        until(lambda: side(worn.eyes()[0]) < at_first - 20, "the person turns")
        turned = stands(0.0, squeeze=0.0, stick=1.0)
        assert abs(stands(0.0, squeeze=0.0, stick=1.0) - turned) < 1
        stands(0.0, squeeze=0.0)
        worn.ask(script=hand(0.0, squeeze=0.0, stick=-1.0))
        until(lambda: abs(side(worn.eyes()[0]) - at_first) < 1, "and back again")
        assert worn.leave() == (0, {"violations": "", "alive": {}}, [])


def test_who_takes_the_headset_off_is_at_the_desktop_until_it_is_put_on_again(
    screen: Screen, ct: Path, tmp_path: Path
):
    with worn_on(screen, tmp_path, ct) as worn:
        until(lambda: is_there(worn.eyes()[0]).any(), "the patient appears")
        until(lambda: mirrors(screen, worn.eyes()[0]), "the window mirrors the left eye")
        worn.ask(tell=[[EVENT_STATE, STOPPING]])
        last = worn.ask(look=True)["left"][:, :, :3].astype(np.int16)
        until(lambda: not mirrors(screen, last), "the desktop is back")
        worn.ask(tell=[[EVENT_STATE, READY]])
        until(lambda: mirrors(screen, worn.eyes()[0]), "the headset is back")
        worn.ask(tell=[[EVENT_STATE, STOPPING], [EVENT_STATE, EXITING]])
        until(lambda: not mirrors(screen, last), "the person left from the headset's menu")
        worn.window.press("h")
        until(lambda: mirrors(screen, worn.eyes()[0]), "they enter again")
        assert worn.leave() == (0, {"violations": "", "alive": {}}, [])


def test_a_window_without_the_headset_loads_nothing_of_it():
    """Pyopenxr takes most of a second to load."""
    program = "import sys, metaviewer.app.loop; sys.exit('xr' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0


def test_without_a_runtime_the_reason_stands_in_the_window_and_nothing_is_printed(
    screen: Screen, tmp_path: Path
):
    """The loader alone would print two screens of its own."""
    with open_window(screen, tmp_path, "--xr") as window:
        until(lambda: window.part(0.0, 0.0, 1.0, 0.05).max() > 100, "the menu appears")
        until(lambda: window.part(*NOTE).max() > 150, "the note appears")
        window.press("ctrl+q")
        code, err = window.ended()
    assert (code, loud_lines(err)) == (0, [])
