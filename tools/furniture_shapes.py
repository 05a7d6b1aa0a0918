"""What stands in the rooms: beds, monitors, pumps, sensors, chairs, as shared shapes.

Each stands on z = 0 about its own centre; a bed's head and the back of what hangs on a wall look
towards +y. Colours are quiet: the live state brings the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from solids import Rgba, Solid, bounds_m, box, cylinder, hull, moved, soft_box, turned

WHITE: Final[Rgba] = (0.93, 0.93, 0.92, 1.0)
LINEN: Final[Rgba] = (0.86, 0.88, 0.89, 1.0)
BLANKET: Final[Rgba] = (0.60, 0.68, 0.74, 1.0)
STEEL: Final[Rgba] = (0.66, 0.68, 0.70, 1.0)
CASE: Final[Rgba] = (0.82, 0.83, 0.83, 1.0)
DARK: Final[Rgba] = (0.17, 0.18, 0.20, 1.0)
SCREEN: Final[Rgba] = (0.06, 0.09, 0.12, 1.0)
TRACE: Final[Rgba] = (0.42, 0.78, 0.60, 1.0)
WOOD: Final[Rgba] = (0.72, 0.60, 0.46, 1.0)
CUSHION: Final[Rgba] = (0.40, 0.52, 0.55, 1.0)
FLUID: Final[Rgba] = (0.80, 0.88, 0.93, 0.55)

BED_SIZE_M: Final = (0.98, 2.14)
"""Across and along, bumpers and rails included."""

STAND_SIZE_M: Final = (0.52, 0.52)
SENSOR_SIZE_M: Final = (0.09, 0.03)
SENSOR_HEIGHT_M: Final = 1.5
CHAIR_SIZE_M: Final = (0.70, 1.75)
SEAT_SIZE_M: Final = (0.56, 0.60)
BACKREST_RAD: Final = np.radians(28.0)
BACKREST_FROM_M: Final = 0.22
MATTRESS_TOP_M: Final = 0.66


def bed() -> list[Solid]:
    """A ward bed with a raised back, rails, boards and four castors."""
    legs = [
        part
        for x in (-0.36, 0.36)
        for y in (-0.78, 0.78)
        for part in (
            _wheel(0.07, 0.05),
            cylinder((0.0, 0.0), 0.022, (0.12, 0.34), STEEL),
        )
        for part in (moved(part, (x, y, 0.0)),)
    ]
    frame = [
        soft_box((-0.42, -0.98, 0.34), (0.42, 0.98, 0.42), STEEL, edge_m=0.015),
        soft_box((-0.20, -0.55, 0.22), (0.20, 0.55, 0.34), CASE, edge_m=0.03),
    ]
    boards = [
        soft_box((-0.46, -1.06, 0.36), (0.46, -1.02, 0.92), WOOD, edge_m=0.015),
        soft_box((-0.46, 1.02, 0.36), (0.46, 1.06, 1.16), WOOD, edge_m=0.015),
    ]
    flat = [
        soft_box((-0.43, -0.98, 0.50), (0.43, BACKREST_FROM_M, MATTRESS_TOP_M), LINEN, edge_m=0.03),
        soft_box((-0.45, -0.93, 0.53), (0.45, 0.02, 0.695), BLANKET, edge_m=0.025),
        soft_box((-0.45, -0.04, 0.55), (0.45, 0.14, 0.715), WHITE, edge_m=0.02),
    ]
    raised = [
        soft_box(
            (-0.43, BACKREST_FROM_M - 0.03, 0.50), (0.43, 0.98, MATTRESS_TOP_M), LINEN, edge_m=0.03
        ),
        soft_box((-0.30, 0.50, MATTRESS_TOP_M), (0.30, 0.92, 0.78), WHITE, edge_m=0.045),
    ]
    hinge = (0.0, BACKREST_FROM_M, 0.52)
    back = [turned(part, axis=0, angle_rad=BACKREST_RAD, about_m=hinge) for part in raised]
    deck = [soft_box((-0.42, -0.97, 0.42), (0.42, 0.97, 0.50), CASE, edge_m=0.02)]
    return [*legs, *frame, *deck, *boards, *flat, *back, *_rails()]


def _centred(solids: list[Solid]) -> list[Solid]:
    """The solids shifted in the plan so that they stand about their middle."""
    low, high = bounds_m(solids)
    return [moved(solid, (*(-(low + high) / 2)[:2], 0.0)) for solid in solids]


def _rails() -> list[Solid]:
    parts = []
    for x in (-0.475, 0.475):
        parts += [
            soft_box((x - 0.012, -0.35, z), (x + 0.012, 0.55, z + 0.025), STEEL)
            for z in (0.66, 0.76, 0.86)
        ]
        parts += [
            soft_box((x - 0.010, y - 0.012, 0.44), (x + 0.010, y + 0.012, 0.87), STEEL)
            for y in (-0.33, 0.10, 0.53)
        ]
    return parts


def _wheel(radius_m: float, width_m: float) -> Solid:
    """A castor that stands on the floor, its axle along x."""
    disc = cylinder((0.0, 0.0), radius_m, (-width_m / 2, width_m / 2), DARK)
    return moved(turned(disc, axis=1, angle_rad=np.pi / 2), (0.0, 0.0, radius_m))


def _stand(height_m: float) -> list[Solid]:
    """Five feet with castors, and a pole."""
    parts = [cylinder((0.0, 0.0), 0.018, (0.09, height_m), STEEL)]
    foot = soft_box((0.0, -0.02, 0.075), (0.22, 0.02, 0.105), DARK)
    castor = moved(_wheel(0.0375, 0.022), (0.21, 0.0, 0.0))
    for index in range(5):
        angle = 2 * np.pi * index / 5
        parts += [turned(part, axis=2, angle_rad=angle) for part in (foot, castor)]
    return parts


def monitor() -> list[Solid]:
    """A patient monitor on a stand: its screen looks towards -y."""
    head = [
        soft_box((-0.20, -0.05, 1.18), (0.20, 0.05, 1.50), CASE, edge_m=0.02),
        box((-0.175, -0.054, 1.215), (0.175, -0.049, 1.475), SCREEN),
        *_trace(z_m=1.42, height_m=0.05, beats=4),
        *_trace(z_m=1.34, height_m=0.03, beats=4),
        *_trace(z_m=1.265, height_m=0.02, beats=3),
        soft_box((-0.06, 0.04, 1.24), (0.06, 0.09, 1.40), DARK, edge_m=0.01),
    ]
    basket = soft_box((-0.14, -0.10, 0.88), (0.14, 0.10, 0.97), STEEL, edge_m=0.01)
    tilt = [turned(part, axis=0, angle_rad=-0.12, about_m=(0.0, 0.0, 1.30)) for part in head]
    return [*_stand(1.30), basket, *tilt]


def _trace(*, z_m: float, height_m: float, beats: int) -> list[Solid]:
    """A curve on the screen, of thin bars."""
    left, right, front, thick = -0.16, 0.06, -0.057, 0.004
    step = (right - left) / (beats * 4)
    heights = (0.0, 0.15, 1.0, -0.35) * beats
    tops = [*(z_m + share * height_m for share in heights), z_m]
    parts = []
    for index, (one, two) in enumerate(pairwise(tops)):
        x0, x1 = left + index * step, left + (index + 1) * step
        corners = [
            (x, y, z + dz)
            for x, z in ((x0, one), (x1, two))
            for y in (front, front + 0.003)
            for dz in (0.0, thick)
        ]
        parts.append(hull(np.array(corners), TRACE))
    return parts


def pump() -> list[Solid]:
    """An infusion pump on a pole, with two bags."""
    body = [
        soft_box((-0.10, -0.13, 1.02), (0.10, 0.02, 1.27), CASE, edge_m=0.02),
        box((-0.07, -0.134, 1.16), (0.07, -0.129, 1.24), SCREEN),
        box((-0.07, -0.134, 1.06), (0.07, -0.129, 1.12), CUSHION),
    ]
    hooks = [
        soft_box((-0.18, -0.008, 1.93), (0.18, 0.008, 1.95), STEEL),
        soft_box((-0.008, -0.18, 1.95), (0.008, 0.18, 1.97), STEEL),
    ]
    bags = [
        soft_box((x - 0.055, -0.02, 1.62), (x + 0.055, 0.02, 1.90), FLUID, edge_m=0.018)
        for x in (-0.14, 0.14)
    ]
    lines = [cylinder((x, 0.0), 0.004, (1.25, 1.62), CASE) for x in (-0.09, 0.09)]
    return [*_stand(1.95), *body, *hooks, *bags, *lines]


def sensor() -> list[Solid]:
    """A room sensor: its back, at y = 0, lies on the wall; the room is towards -y."""
    z = SENSOR_HEIGHT_M
    return [
        soft_box((-0.045, -0.028, z - 0.045), (0.045, 0.0, z + 0.045), WHITE, edge_m=0.010),
        box((-0.025, -0.030, z - 0.005), (0.025, -0.027, z + 0.025), SCREEN),
    ]


def treatment_chair() -> list[Solid]:
    """A dental chair: seat, raised back, leg rest, on a foot; the head is towards +y."""
    seat = soft_box((-0.27, -0.30, 0.46), (0.27, 0.26, 0.58), CUSHION, edge_m=0.04)
    rest = soft_box((-0.25, -0.82, 0.46), (0.25, -0.28, 0.56), CUSHION, edge_m=0.04)
    back = soft_box((-0.26, 0.20, 0.46), (0.26, 0.86, 0.57), CUSHION, edge_m=0.04)
    head = soft_box((-0.13, 0.80, 0.48), (0.13, 1.06, 0.57), CUSHION, edge_m=0.03)
    hinge = (0.0, 0.22, 0.50)
    raised = [turned(part, axis=0, angle_rad=0.62, about_m=hinge) for part in (back, head)]
    arms = [
        soft_box((x - 0.035, -0.22, 0.66), (x + 0.035, 0.26, 0.70), DARK, edge_m=0.015)
        for x in (-0.31, 0.31)
    ]
    posts = [soft_box((x - 0.02, -0.02, 0.5), (x + 0.02, 0.04, 0.67), STEEL) for x in (-0.30, 0.30)]
    foot = [
        soft_box((-0.26, -0.36, 0.0), (0.26, 0.34, 0.06), CASE, edge_m=0.02),
        cylinder((0.0, 0.0), 0.11, (0.06, 0.46), CASE),
    ]
    lowered = turned(rest, axis=0, angle_rad=0.30, about_m=(0.0, -0.29, 0.52))
    return _centred([seat, lowered, *raised, *arms, *posts, *foot])


def seat() -> list[Solid]:
    """A waiting-room seat; its back is towards +y."""
    legs: Sequence[Solid] = [
        soft_box((x - 0.015, y - 0.015, 0.0), (x + 0.015, y + 0.015, 0.40), STEEL)
        for x in (-0.23, 0.23)
        for y in (-0.22, 0.20)
    ]
    back = soft_box((-0.25, 0.20, 0.44), (0.25, 0.27, 0.86), CUSHION, edge_m=0.03)
    parts = [
        *legs,
        soft_box((-0.26, -0.26, 0.38), (0.26, 0.24, 0.47), CUSHION, edge_m=0.03),
        turned(back, axis=0, angle_rad=-0.14, about_m=(0.0, 0.22, 0.44)),
        *(
            soft_box((x - 0.02, -0.22, 0.62), (x + 0.02, 0.22, 0.65), WOOD, edge_m=0.01)
            for x in (-0.255, 0.255)
        ),
        *(
            soft_box((x - 0.012, -0.02, 0.44), (x + 0.012, 0.02, 0.63), STEEL)
            for x in (-0.255, 0.255)
        ),
    ]
    return _centred(parts)
