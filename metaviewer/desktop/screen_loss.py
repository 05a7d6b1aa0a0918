"""The end of the screen: its server ends, or throws this program out.

Xlib gives no way back: once its handler of such errors returns, it ends the process. Panda3D's own
handler aborts on the way (an assertion in a mutex, measured), so ours goes in its place.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

STANDARD_ERROR: Final = 2
EXIT_CODE: Final = 2  # DESIGN.md section 7
WORDS: Final = (
    b"metaviewer: screen: its server has ended or closed the window: "
    b"start metaviewer again, it offers to go on where this session was\n"
)

_installed: list[Any] = []
"""The handler that Xlib holds: collected by Python, it would be called all the same."""


def when_screen_is_lost(leave: Callable[[], None]) -> None:
    """Have `leave` called, one line said and the process ended; where there is X11, from now on.

    To be called after the window is open: Panda3D sets its own handler when it opens the first one.
    Readers and workers end by themselves when this process does.
    """
    if sys.platform != "linux":
        return
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return

    def lost(display: object) -> int:
        del display
        with suppress(Exception):  # nobody is left who could be told
            leave()
        with suppress(OSError):
            os.write(STANDARD_ERROR, WORDS)
        os._exit(EXIT_CODE)

    handler = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(lost)
    _installed[:] = [handler]
    x11.XSetIOErrorHandler(handler)
