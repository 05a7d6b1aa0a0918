"""Where a person in a headset stands: the stage of their own room, placed in the world. Pure.

Turning and walking go about the head, not about the middle of the person's room: whoever has
stepped aside would otherwise be swung round a point beside them.

References
----------
Meta, Locomotion Best Practices (2025-12-17): turns in steps by default, teleporting by default, no
acceleration that the person did not begin, a vignette in degrees of view while moving.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import atan2, cos, dist, hypot, pi, radians, sin
from typing import Final

import numpy as np

from metaviewer.frames import Float64Array, frozen
from metaviewer.scene import Camera

SNAP_TURN_RAD: Final = radians(30.0)
STICK_ON, STICK_OFF = 0.7, 0.4
"""A stick past the first makes a step; it makes the next one after coming back below the second."""
STICK_DEAD: Final = 0.15
WALK_M_PER_S: Final = 1.4
SCALE_MIN, SCALE_MAX = 0.02, 200.0
"""Metres of the world for a metre of the person: a giant over a hospital, an ant in a vessel."""
SNAP_SCALE_SHARE: Final = 0.06
"""As near as this to life size is life size."""
ARC_SPEED_M_PER_S, GRAVITY_M_PER_S2 = 6.0, 9.81
ARC_STEP_S, ARC_S_MAX = 0.02, 2.5
VIGNETTE_OPEN_DEG, VIGNETTE_CLOSED_DEG = 110.0, 50.0
LIFE_SIZE_WITHIN_M: Final = 8.0
"""What is looked at from nearer than this is entered at life size."""
TABLE_M: Final = 1.5
"""What is looked at from afar is entered as a giant, who has it so far away: a model on a table."""
TABLE_BELOW_RAD: Final = radians(25.0)
"""So far below the horizon lies the model: nobody cranes the neck over it, or sees sky alone."""
VIGNETTE_SPEED_M_PER_S: Final = 2.0
"""From this speed on the view is as narrow as it gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The stage in the world: turned about the vertical, scaled, moved.

    Parameters
    ----------
    origin_world_m : (float, float, float)
        Where the middle of the stage's floor lies.
    heading_rad : float
        Turn of the stage to the left.
    scale : float
        Metres of the world for a metre of the stage; 1 is life size.
    """

    origin_world_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    heading_rad: float = 0.0
    scale: float = 1.0

    @property
    def world_from_stage(self) -> Float64Array:
        """Transform, shape (4, 4)."""
        c, s = self.scale * cos(self.heading_rad), self.scale * sin(self.heading_rad)
        x, y, z = self.origin_world_m
        return frozen(
            [(c, -s, 0.0, x), (s, c, 0.0, y), (0.0, 0.0, self.scale, z), (0.0, 0.0, 0.0, 1.0)]
        )

    @property
    def is_life_size(self) -> bool:
        """Whether a metre is a metre."""
        return self.scale == 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StickMemory:
    """Whether a stick's last push was taken already."""

    is_spent: bool = False


def standing_at(camera: Camera, *, stage_from_head: Float64Array) -> Standing:
    """Where somebody comes to stand who enters from the desktop.

    They face the same way over the floor as the desktop's eye; the horizon stays level, whatever
    that looked down upon. To near things the head comes where that eye was; a giant has what is
    far TABLE_M before the eyes and TABLE_BELOW_RAD below the horizon.

    Parameters
    ----------
    stage_from_head : array of shape (4, 4)
        Where the head is in the person's own room.
    """
    away_m = dist(camera.eye_m, camera.target_m)
    is_near = away_m < LIFE_SIZE_WITHIN_M
    scale = 1.0 if is_near else min(away_m / TABLE_M, SCALE_MAX)
    turn_rad = heading_of(camera.world_from_camera) - heading_of(stage_from_head)
    standing = Standing(heading_rad=_wrapped(turn_rad), scale=scale)
    eye_m = camera.eye_m if is_near else _eye_over_table(camera, reach_m=TABLE_M * scale)
    head_world_m = (standing.world_from_stage @ stage_from_head)[:3, 3]
    return _shifted(standing, np.subtract(eye_m, head_world_m))


def turned(standing: Standing, *, head_stage_m: Float64Array, turn_rad: float) -> Standing:
    """The person turned to the left on the spot where their head is."""
    return _about(standing, head_stage_m, heading_rad=standing.heading_rad + turn_rad)


def teleported(
    standing: Standing, *, head_stage_m: Float64Array, floor_world_m: Float64Array
) -> Standing:
    """The person's feet on a point of a floor; the way they look stays."""
    feet = np.array([head_stage_m[0], head_stage_m[1], 0.0, 1.0])
    shift = np.asarray(floor_world_m) - (standing.world_from_stage @ feet)[:3]
    return _shifted(standing, shift)


def walked(
    standing: Standing,
    *,
    stage_from_head: Float64Array,
    move: tuple[float, float],
    seconds: float,
    speed_m_per_s: float = WALK_M_PER_S,
) -> Standing:
    """The person moved evenly over the floor, where the stick points as seen from the head.

    Parameters
    ----------
    move : (float, float)
        Right and away, -1 to 1; within STICK_DEAD of the middle nothing moves.
    """
    if hypot(*move) < STICK_DEAD:
        return standing
    heading = standing.heading_rad + heading_of(stage_from_head)
    right, away = move
    way_m = speed_m_per_s * seconds * standing.scale
    x = way_m * (right * cos(heading) - away * sin(heading))
    y = way_m * (right * sin(heading) + away * cos(heading))
    return _shifted(standing, np.array([x, y, 0.0]))


def grown(standing: Standing, *, about_stage_m: Float64Array, factor: float) -> Standing:
    """The person `factor` times as large against the world, held at a point of the stage.

    Within SNAP_SCALE_SHARE of life size it snaps to life size.
    """
    scale = float(np.clip(standing.scale * factor, SCALE_MIN, SCALE_MAX))
    if abs(scale - 1.0) < SNAP_SCALE_SHARE:
        scale = 1.0
    return _about(standing, about_stage_m, scale=scale)


def recentred(standing: Standing, *, old_stage_from_new: Float64Array) -> Standing:
    """The same place in the world after the runtime has moved its own middle."""
    world_from_new = standing.world_from_stage @ old_stage_from_new
    heading = atan2(world_from_new[1, 0], world_from_new[0, 0])
    x, y, z = (float(part) for part in world_from_new[:3, 3])
    return replace(standing, origin_world_m=(x, y, z), heading_rad=heading)


def kept_head(
    standing: Standing, *, stage_from_head: Float64Array, new_stage_from_head: Float64Array
) -> Standing:
    """The head where it was in the world, and looking the same way over the floor, in a new stage.

    Parameters
    ----------
    stage_from_head, new_stage_from_head : array of shape (4, 4)
        The same head in the stage as it was, and as it is.
    """
    turn_rad = heading_of(stage_from_head) - heading_of(new_stage_from_head)
    changed = replace(standing, heading_rad=_wrapped(standing.heading_rad + turn_rad))
    was_world_m = (standing.world_from_stage @ stage_from_head)[:3, 3]
    is_world_m = (changed.world_from_stage @ new_stage_from_head)[:3, 3]
    return _shifted(changed, was_world_m - is_world_m)


def heading_of(stage_from_head: Float64Array) -> float:
    """The way a head looks over the floor, as a turn to the left of straight away.

    Who looks straight up or down looks where the top of the head, or the chin, points.
    """
    forward, up = stage_from_head[:3, 1], stage_from_head[:3, 2]
    flat = forward[:2] if hypot(*forward[:2]) > 0.1 else -np.sign(forward[2]) * up[:2]
    return atan2(-flat[0], flat[1])


def stick_step(memory: StickMemory, value: float) -> tuple[StickMemory, int]:
    """One step for each push of a stick: -1, 0 or 1."""
    if memory.is_spent:
        return (memory, 0) if abs(value) > STICK_OFF else (StickMemory(), 0)
    if abs(value) < STICK_ON:
        return memory, 0
    return StickMemory(is_spent=True), 1 if value > 0.0 else -1


def arc(world_from_aim: Float64Array, *, scale: float = 1.0) -> Float64Array:
    """Points of a throw from the hand, (n, 3), world metres: what teleporting is aimed with."""
    times = np.arange(0.0, ARC_S_MAX + ARC_STEP_S, ARC_STEP_S)[:, None]
    forward = world_from_aim[:3, 1] / np.linalg.norm(world_from_aim[:3, 1])
    fall = np.array([0.0, 0.0, -0.5 * GRAVITY_M_PER_S2])
    return frozen(
        world_from_aim[:3, 3] + scale * (ARC_SPEED_M_PER_S * times * forward + times**2 * fall)
    )


def landing(points_world_m: Float64Array, *, floor_z_m: float) -> Float64Array | None:
    """Where a throw comes down onto a floor at a height; None where it does not get there."""
    heights = points_world_m[:, 2] - floor_z_m
    below = np.flatnonzero((heights[:-1] > 0.0) & (heights[1:] <= 0.0))
    if not len(below):
        return None
    first = int(below[0])
    share = heights[first] / (heights[first] - heights[first + 1])
    start, end = points_world_m[first], points_world_m[first + 1]
    return frozen(start + share * (end - start))


def vignette_deg(speed_m_per_s: float) -> float:
    """How wide the view stays while the person is moved, in degrees from edge to edge."""
    share = min(abs(speed_m_per_s) / VIGNETTE_SPEED_M_PER_S, 1.0)
    return VIGNETTE_OPEN_DEG - share * (VIGNETTE_OPEN_DEG - VIGNETTE_CLOSED_DEG)


def _eye_over_table(camera: Camera, *, reach_m: float) -> tuple[float, float, float]:
    """From where the target lies straight ahead over the floor, and below the horizon."""
    heading = heading_of(camera.world_from_camera)
    back_m, up_m = reach_m * cos(TABLE_BELOW_RAD), reach_m * sin(TABLE_BELOW_RAD)
    x, y, z = camera.target_m
    return x + back_m * sin(heading), y - back_m * cos(heading), z + up_m


def _about(
    standing: Standing,
    pivot_stage_m: Float64Array,
    *,
    heading_rad: float | None = None,
    scale: float | None = None,
) -> Standing:
    """Turned or scaled, with a point of the stage staying where it is in the world."""
    pivot = np.append(np.asarray(pivot_stage_m, dtype=np.float64)[:3], 1.0)
    changed = replace(
        standing,
        heading_rad=_wrapped(standing.heading_rad if heading_rad is None else heading_rad),
        scale=standing.scale if scale is None else scale,
    )
    shift = (standing.world_from_stage @ pivot - changed.world_from_stage @ pivot)[:3]
    return _shifted(changed, shift)


def _shifted(standing: Standing, shift_m: Float64Array) -> Standing:
    x, y, z = (float(part) for part in np.add(standing.origin_world_m, shift_m))
    return replace(standing, origin_world_m=(x, y, z))


def _wrapped(angle_rad: float) -> float:
    return (angle_rad + pi) % (2.0 * pi) - pi
