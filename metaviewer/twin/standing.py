"""How a value stands: what its age and its quality say together, judged by our clock alone.

The viewer judges, not the feed: a feed that died turns everything stale by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array
from metaviewer.twin.columns import Columns, Point, Quality

AGEING_SHARE: Final = 1.0 / 3.0
"""A value ages after one expected period and is stale after three: `Point.limit_s` is three."""

CLOCK_STEP_S: Final = 2.0
"""A value from further ahead than this was stamped by another clock: its age is not known."""

SECONDS_PER_MINUTE: Final = 60.0
MINUTES_SHOWN_UNTIL_S: Final = 2 * 3600.0
HOURS_SHOWN_UNTIL_S: Final = 2 * 86400.0


class Standing(IntEnum):
    """How a value is drawn; a higher one hides a lower one."""

    FRESH = 0
    AGEING = 1
    STALE = 2
    BAD = 3
    OUT_OF_SERVICE = 4
    NO_DATA = 5


FLOOR: Final[NDArray[np.uint8]] = np.zeros(len(Quality), dtype=np.uint8)
"""The best standing that each quality still allows."""
FLOOR[Quality.GOOD] = Standing.FRESH
FLOOR[Quality.UNCERTAIN] = Standing.AGEING
FLOOR[Quality.STALE] = Standing.STALE
FLOOR[Quality.BAD] = Standing.BAD
FLOOR[Quality.OUT_OF_SERVICE] = Standing.OUT_OF_SERVICE
FLOOR[Quality.NO_DATA] = Standing.NO_DATA
FLOOR.setflags(write=False)


def limits_s(points: Sequence[Point]) -> Float64Array:
    """Age limit of each point, seconds; make it once and keep it."""
    limits = np.fromiter((point.limit_s for point in points), dtype=np.float64, count=len(points))
    limits.setflags(write=False)
    return limits


def standings(columns: Columns, *, now_s: float, limit_s: Float64Array) -> NDArray[np.uint8]:
    """`Standing` of every point, uint8, length n.

    Parameters
    ----------
    now_s : float
        The clock of `received_s`, or the time cursor when looking back.
    limit_s : float64 array
        What `limits_s` gives for the points.
    """
    age_s = now_s - columns.received_s
    aged = (age_s > limit_s * AGEING_SHARE).view(np.uint8) + (age_s > limit_s).view(np.uint8)
    stepped = (age_s < -CLOCK_STEP_S).view(np.uint8) * np.uint8(Standing.STALE)
    never = np.isnan(columns.received_s).view(np.uint8) * np.uint8(Standing.NO_DATA)
    floor = np.maximum(FLOOR[columns.quality], never)
    worst: NDArray[np.uint8] = np.maximum(np.maximum(aged, stepped), floor)
    return worst


def age_text(age_s: float) -> str:
    """Age in the largest unit that keeps it meaningful, for example "42 s"; "?" where unknown."""
    if np.isnan(age_s):
        return "?"
    seconds = max(age_s, 0.0)
    if seconds < 2 * SECONDS_PER_MINUTE:
        return f"{seconds:.0f} s"
    if seconds < MINUTES_SHOWN_UNTIL_S:
        return f"{seconds / SECONDS_PER_MINUTE:.0f} min"
    if seconds < HOURS_SHOWN_UNTIL_S:
        return f"{seconds / 3600.0:.0f} h"
    return f"{seconds / 86400.0:.0f} d"
