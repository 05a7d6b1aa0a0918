"""Joins the rooms: loading, effects, the loop, and the Python API.

Names are found when they are first used, so that `metaviewer --help` loads no window and no parser.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from metaviewer.jobs import interrupts_wait

if TYPE_CHECKING:
    from metaviewer.app.baking import bake
    from metaviewer.app.checking import check, print_check
    from metaviewer.app.demonstration import demo
    from metaviewer.app.loop import open, open_window
    from metaviewer.app.machine import doctor, print_doctor
    from metaviewer.app.picturing import shot

__all__ = [
    "bake",
    "check",
    "demo",
    "doctor",
    "open",
    "open_window",
    "print_check",
    "print_doctor",
    "shot",
]

HOMES: Final = {
    "bake": "baking",
    "check": "checking",
    "demo": "demonstration",
    "doctor": "machine",
    "open": "loop",
    "open_window": "loop",
    "print_check": "checking",
    "print_doctor": "machine",
    "shot": "picturing",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562: any public name of the room
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with interrupts_wait():
        home = import_module(f"{__name__}.{HOMES[name]}")
    return getattr(home, name)
