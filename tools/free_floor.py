"""Where in a room something can stand: rectangles against walls that meet nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Rect = NDArray[np.float64]
"""Lowest and highest corner in the plan, shape (2, 2), metres."""

STEP_M: Final = 0.05
QUARTER_RAD: Final = np.pi / 2


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Spot:
    """Where something stands: its centre, and how many quarter turns from "back towards +y"."""

    centre_m: NDArray[np.float64]
    quarters: int
    size_m: tuple[float, float]

    @property
    def turn_rad(self) -> float:
        """Turn about the vertical, by the right hand."""
        return self.quarters * QUARTER_RAD

    @property
    def rect(self) -> Rect:
        """What it covers."""
        return rect_of(self.centre_m, self.size_m, self.quarters)

    def near(self, across_m: float, along_m: float, size_m: tuple[float, float]) -> Spot:
        """A spot beside this one, in its own axes, turned alike."""
        return Spot(
            centre_m=self.centre_m + _turned((across_m, along_m), self.quarters),
            quarters=self.quarters,
            size_m=size_m,
        )


def rect_of(centre_m: NDArray[np.float64], size_m: tuple[float, float], quarters: int) -> Rect:
    """The rectangle of that size, turned by quarters about its centre."""
    half = np.array(size_m if quarters % 2 == 0 else size_m[::-1]) / 2
    return np.array([centre_m - half, centre_m + half])


def _turned(offset_m: tuple[float, float], quarters: int) -> NDArray[np.float64]:
    x, y = offset_m
    for _ in range(quarters):
        x, y = -y, x
    return np.array([x, y])


def grown(rect: Rect, by_m: float | tuple[float, float]) -> Rect:
    """The rectangle with a margin."""
    margin = np.broadcast_to(np.asarray(by_m), 2)
    return np.array([rect[0] - margin, rect[1] + margin])


def stacked(rects: Iterable[Rect]) -> NDArray[np.float64]:
    """Rectangles as one array (n, 2, 2)."""
    return np.array([*rects], dtype=np.float64).reshape(-1, 2, 2)


def meeting(rects: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the rectangles (m, 2, 2) overlap any of the others (n, 2, 2)."""
    apart = (others[None, :, 0] >= rects[:, None, 1]) | (others[None, :, 1] <= rects[:, None, 0])
    overlapping: NDArray[np.bool_] = np.any(~np.any(apart, axis=2), axis=1)
    return overlapping


def meets(rect: Rect, others: NDArray[np.float64]) -> bool:
    """Whether the rectangle overlaps any of the others."""
    return bool(meeting(rect[None], others)[0])


def holds(room: Rect, rect: Rect) -> bool:
    """Whether the rectangle lies within the room."""
    return bool((rect[0] >= room[0] - 1e-9).all() and (rect[1] <= room[1] + 1e-9).all())


def against_walls(room: Rect, size_m: tuple[float, float], *, clearance_m: float) -> Iterator[Spot]:
    """Spots with the back to one of the four walls, along each wall in small steps."""
    across, along = size_m
    for quarters in range(4):
        back = _turned((0.0, 1.0), quarters)
        axis = int(abs(back[1]) < 0.5)  # the axis along the wall
        low, high = room[:, axis] + (1, -1) * np.array(clearance_m + across / 2)
        inset = clearance_m + along / 2
        depth = room[1, 1 - axis] - inset if back.sum() > 0 else room[0, 1 - axis] + inset
        for at in np.arange(low, high + 1e-9, STEP_M):
            centre = np.array([at, depth] if axis == 0 else [depth, at])
            yield Spot(centre_m=centre, quarters=quarters, size_m=size_m)


def side_room_m(spot: Spot, room: Rect, blocked: NDArray[np.float64], *, most_m: float) -> float:
    """How far the spot could widen on both sides before it meets something."""
    for widened_m in np.arange(most_m, 0.0, -0.1):
        size = (spot.size_m[0] + 2 * widened_m, spot.size_m[1])
        wide = rect_of(spot.centre_m, size, spot.quarters)
        if holds(room, wide) and not meets(wide, blocked):
            return float(widened_m)
    return 0.0
