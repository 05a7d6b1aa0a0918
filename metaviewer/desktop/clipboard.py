"""The desktop's clipboard, read when somebody pastes.

Dear ImGui reads it itself on Windows; on Linux it knows its own only, and Panda3D has none.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import Final

READERS: Final = (
    ("wl-paste", "--no-newline"),
    ("xclip", "-selection", "clipboard", "-out"),
    ("xsel", "--clipboard", "--output"),
)
WAIT_S: Final = 0.5
TEXT_MAX: Final = 4096
"""A path is no longer than this (PATH_MAX of Linux)."""


def clipboard_text() -> str | None:
    """What lies in the clipboard; None where this desktop offers no way to ask."""
    if sys.platform != "linux":
        return None
    for words in READERS:
        program = shutil.which(words[0])
        if program is None:
            continue
        try:
            read = subprocess.run(  # noqa: S603 - a fixed program of the desktop, no shell
                [program, *words[1:]], capture_output=True, timeout=WAIT_S, check=True
            )
        except (OSError, subprocess.SubprocessError):
            continue
        return read.stdout[:TEXT_MAX].decode("utf-8", "replace")
    return None
