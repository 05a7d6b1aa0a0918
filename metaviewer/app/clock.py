"""The program's clock: seconds that go on while the machine sleeps."""

from __future__ import annotations

import time


def now_s() -> float:
    """Seconds of a steady clock that counts suspend where the platform has one.

    `time.monotonic` stands still on Linux and macOS while the lid is shut, so yesterday's value
    would look fresh (cpython issue 106940).
    """
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


def clock_name() -> str:
    """Which clock that is: for `doctor`."""
    return "boottime" if hasattr(time, "CLOCK_BOOTTIME") else "monotonic, stands while suspended"
