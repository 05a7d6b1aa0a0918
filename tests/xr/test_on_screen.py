"""The headset beside a window on a screen: the GLX binding, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("enter_on_screen.py")


@pytest.mark.process
def test_a_window_on_x11_enters_the_headset_and_its_bytes_arrive():
    """pyopenxr pins PyOpenGL to GLX or EGL by what it sees first; we must not care."""
    done = subprocess.run(
        ["xvfb-run", "-a", "-s", "-screen 0 800x600x24", sys.executable, str(PROGRAM)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["platform"] == "glx"
    assert told["shown"] >= 8, told
    assert told["left"] == told["right"] == [128, 64, 191, 255]
    assert (told["violations"], told["alive"]) == ("", {})
