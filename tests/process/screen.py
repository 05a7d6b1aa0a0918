"""A screen without a monitor, a program on it, and a person made of xdotool."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from tests.process.running import start

SIZE = (900, 640)
WAIT_S = 40.0
"""Wall time on a busy machine; nothing waits longer than it must."""
LOOK_S = 0.1

T = TypeVar("T")


def until(question: Callable[[], T | None], what: str, *, wait_s: float = WAIT_S) -> T:
    """The first answer that is not false; fails, naming what was waited for."""
    end_s = time.monotonic() + wait_s
    while time.monotonic() < end_s:
        if answer := question():
            return answer
        time.sleep(LOOK_S)
    raise AssertionError(f"{what}: not within {wait_s:g} s")


class _ClientMessage(ctypes.Structure):
    """XClientMessageEvent, padded to the size of an XEvent."""

    _fields_ = (
        ("kind", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("is_sent", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("subject", ctypes.c_ulong),
        ("bits", ctypes.c_int),
        ("words", ctypes.c_long * 5),
        ("rest", ctypes.c_long * 12),
    )


@dataclass(frozen=True)
class Screen:
    """An Xvfb whose memory is a file that can be looked at."""

    display: str
    memory: Path
    kill: Callable[[], None]
    """Ends the server without a word."""

    def pixels(self) -> np.ndarray:
        """What is on the screen: (height, width, 3). The file is an XWD (X11/XWDFile.h)."""
        content = self.memory.read_bytes()
        head = np.frombuffer(content, ">u4", 25)
        width, height, line_bytes = int(head[4]), int(head[5]), int(head[12])
        start_byte = int(head[0]) + 12 * int(head[19])
        rows = np.frombuffer(content, np.uint8, line_bytes * height, start_byte)
        bgr = rows.reshape(height, line_bytes)[:, : 4 * width].reshape(height, width, 4)
        return bgr[:, :, 2::-1].copy()

    def do(self, *words: object) -> str:
        """One call of xdotool."""
        done = subprocess.run(
            ["xdotool", *map(str, words)],
            env={**os.environ, "DISPLAY": self.display},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return done.stdout

    def close(self, window: str) -> None:
        """What a click on the cross of a window's frame does (ICCCM 4.2.8.1, WM_DELETE_WINDOW)."""
        x11 = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        display = ctypes.c_void_p(x11.XOpenDisplay(self.display.encode()))
        message = _ClientMessage(
            kind=33,  # ClientMessage
            window=int(window),
            subject=x11.XInternAtom(display, b"WM_PROTOCOLS", 0),
            bits=32,
        )
        message.words[0] = x11.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
        x11.XSendEvent(display, ctypes.c_ulong(int(window)), 0, 0, ctypes.byref(message))
        x11.XCloseDisplay(display)

    def windows(self) -> set[str]:
        """The program's windows on this screen."""
        return set(self.do("search", "--name", "^metaviewer$").split())


@contextmanager
def open_screen(folder: Path) -> Iterator[Screen]:
    """A screen of `SIZE` on a display that is free."""
    reading, writing = os.pipe()
    size = f"{SIZE[0]}x{SIZE[1]}x24"
    words = ["-displayfd", str(writing), "-screen", "0", size, "-fbdir", str(folder)]
    server = subprocess.Popen(
        ["Xvfb", *words, "-nolisten", "tcp"], pass_fds=[writing], stderr=subprocess.DEVNULL
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb did not start"
        memory = folder / "Xvfb_screen0"
        yield Screen(display=f":{number}", memory=memory, kill=server.kill)
    finally:
        server.terminate()
        server.wait(timeout=20)


@dataclass(frozen=True)
class Window:
    """The program's window, as large as the screen."""

    screen: Screen
    program: subprocess.Popen
    folder: Path
    number: str

    def at(self, x: float, y: float) -> tuple[int, int]:
        """A place in the window, shares from its upper left, in pixels of the screen."""
        return round(x * SIZE[0]), round(y * SIZE[1])

    def point(self, x: float, y: float) -> None:
        """Move the mouse there."""
        self.screen.do("mousemove", *self.at(x, y))

    def click(self, x: float, y: float, *, button: int = 1) -> None:
        """Press and let go at one place."""
        self.point(x, y)
        self.screen.do("click", button)

    def drag(self, start: tuple[float, float], end: tuple[float, float], *, button: int) -> None:
        """Press at one place, move, let go at another."""
        self.point(*start)
        self.screen.do("mousedown", button, "sleep", "0.2")
        middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        for place in (middle, end):
            self.point(*place)
            self.screen.do("sleep", "0.2")
        self.screen.do("mouseup", button)

    def press(self, key: str) -> None:
        """Press and let go a key."""
        self.screen.do("key", key)

    def part(self, x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
        """Pixels of a part of the window."""
        (left, top), (right, bottom) = self.at(x0, y0), self.at(x1, y1)
        return self.screen.pixels()[top:bottom, left:right].astype(np.int16)

    def steady(self, *place: float) -> np.ndarray:
        """A part of the window once it has stood still for a second."""
        seen = self.part(*place)
        since_s = time.monotonic()

        def stands() -> bool:
            nonlocal seen, since_s
            now = self.part(*place)
            if not np.array_equal(now, seen):
                seen, since_s = now, time.monotonic()
            return time.monotonic() - since_s > 1.0

        until(stands, "the window stands still")
        return seen

    def changed(self, before: np.ndarray, *place: float, share: float = 0.01) -> np.ndarray:
        """A part of the window once more than `share` of it differs clearly from `before`."""

        def differs() -> bool:
            return differing(self.part(*place), before) > share

        until(differs, "the window shows something else")
        return self.steady(*place)

    def ended(self) -> tuple[int, bytes]:
        """Exit code and what was written on standard error."""
        _, err = self.program.communicate(timeout=30)
        return self.program.returncode, err


def differing(a: np.ndarray, b: np.ndarray) -> float:
    """Share of pixels that differ by more than 8 of 255."""
    return float((np.abs(a - b).max(axis=2) > 8).mean())


@contextmanager
def open_window(screen: Screen, folder: Path, *places: object) -> Iterator[Window]:
    """`metaviewer open PLACES` on the screen, in a folder of its own; ended at the end."""
    folder.mkdir(exist_ok=True)
    more = {"DISPLAY": screen.display, "LP_NUM_THREADS": "2"}
    known = screen.windows()
    program = start("open", *places, cwd=folder, more=more)
    try:
        number = until(lambda: screen.windows() - known, "a window opens").pop()
        screen.do("windowmove", number, 0, 0)
        screen.do("windowsize", number, *SIZE)
        screen.do("windowfocus", number)
        yield Window(screen=screen, program=program, folder=folder, number=number)
    except AssertionError:
        Image.fromarray(screen.pixels()).save(folder / "seen.png")  # what a person would have seen
        raise
    finally:
        with suppress(ProcessLookupError):
            program.kill()
        program.communicate(timeout=30)
