"""How finely to draw now: quick while something moves, fine when it stands, never in silence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.optimize import nnls

from metaviewer.render import INTERACTIVE, MOVING, STILL, Quality

TARGET_S: Final = 1.0 / 20.0
"""While something moves; below this the hand and the picture no longer belong together."""
STILL_S_MAX: Final = 1.5
"""The longest a fine picture may hold up the person who wants to go on."""
STRIP_S: Final = 0.3
"""What one strip of a fine picture should take: input is heard between two of them."""
STRIPS_MAX: Final = 24
STANDS_S: Final = 0.25
"""After this long without anything new the picture stands."""
BASE_SHARE: Final = 1.5
"""Where no rung reaches the target, because of what no rung changes, this many times that."""
RUNG: Final = 1.25
RUNG_COUNT: Final = 12
CLIMB_SHARE: Final = 0.7
"""Only a frame this much quicker than it must be makes the next one finer."""
CALM_FRAMES: Final = 3
FRAMES_KEPT: Final = 16
FADE: Final = 0.75
"""A frame counts this much of the one after it: what is seen changes."""
PRIOR: Final = 0.05
"""Weight of the guess that a frame costs what its volumes cost; any two frames outweigh it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds a picture takes here: what every one takes, a unit of work (`work_of`), the shade."""

    base_s: float = 0.0
    unit_s: float = 0.0
    shade_s: float = 0.0

    def of(self, quality: Quality) -> float:
        """Seconds for a picture of that quality."""
        return self.of_strip(quality, count=1)

    def of_strip(self, quality: Quality, *, count: int) -> float:
        """Seconds for the dearest of `count` strips of such a picture: the first."""
        work_s = self.unit_s * work_of(quality) / count
        return self.base_s + work_s + self.shade_s * quality.has_shade


@dataclass(frozen=True, slots=True, kw_only=True)
class Governor:
    """Immutable memory of what pictures cost here, and of what was drawn last.

    Parameters
    ----------
    frames : tuple of (work, shade, seconds)
        The last frames, oldest first.
    rung : int
        Of `ladder`; 0 is the quickest.
    """

    cost: Cost = Cost()
    frames: tuple[tuple[float, float, float], ...] = ()
    rung: int = RUNG_COUNT // 2
    calm: int = 0
    moved_s: float = -1.0
    drawn_fine: bool = False


def ladder() -> tuple[Quality, ...]:
    """Qualities from the quickest to `INTERACTIVE`; each costs about `RUNG` times the last."""
    rungs = []
    for number in range(RUNG_COUNT):
        share = RUNG ** -(RUNG_COUNT - 1 - number)
        # Half of the saving comes from fewer pixels, half from longer steps.
        scale = max(share ** (1.0 / 3.0), 0.25)
        step = INTERACTIVE.step_voxels * scale**2 / share
        rungs.append(replace(MOVING, volume_scale=scale, step_voxels=step))
    return tuple(rungs)


def work_of(quality: Quality) -> float:
    """Work of a picture as pixels times samples, `INTERACTIVE` being 1.

    One gradient for four samples is cheaper than a normal looked up for each: measured
    on llvmpipe, a chest CT in the bone look.
    """
    dearness = {"half_segments": 0.8, "half": 1.0, "segments": 0.7, "exact": 1.3}[quality.gradients]
    steps = INTERACTIVE.step_voxels / quality.step_voxels
    return quality.volume_scale**2 * steps * dearness


def choose(governor: Governor, *, now_s: float, is_new: bool) -> tuple[Governor, Quality | None]:
    """The quality of the frame to draw now; None where the last one still holds."""
    if is_new:
        return replace(governor, moved_s=now_s, drawn_fine=False), moving(governor)
    if governor.drawn_fine or now_s - governor.moved_s < STANDS_S:
        return governor, None
    return replace(governor, drawn_fine=True), finest(governor)


def moving(governor: Governor) -> Quality:
    """The quality of a moving picture: of the rung, with its shade where there is time for it."""
    quality = ladder()[governor.rung]
    shaded = replace(quality, has_shade=True)
    return shaded if governor.cost.of(shaded) <= TARGET_S else replace(quality, has_shade=False)


def finest(governor: Governor) -> Quality:
    """The finest picture of whose strips none holds the person up."""
    rungs = [replace(one, has_shade=True) for one in ladder()]
    for quality in (STILL, INTERACTIVE, *reversed(rungs)):
        if governor.cost.of_strip(quality, count=STRIPS_MAX) <= STILL_S_MAX:
            return quality
    return moving(governor)


def strip_count(governor: Governor, quality: Quality) -> int:
    """How many strips a picture that stands is drawn in."""
    work_s = governor.cost.unit_s * work_of(quality)
    return int(np.clip(np.ceil(work_s / STRIP_S), 1, STRIPS_MAX))


def learned(governor: Governor, *, quality: Quality, cost_s: float) -> Governor:
    """Memory after a frame that took `cost_s`: drops at once, climbs slowly."""
    frame = (work_of(quality), float(quality.has_shade), cost_s)
    frames = (*governor.frames, frame)[-FRAMES_KEPT:]
    cost = split(frames)
    governor = replace(governor, cost=cost, frames=frames)
    budget_s = max(TARGET_S, BASE_SHARE * cost.base_s)
    rungs = [replace(one, has_shade=False) for one in ladder()]
    fitting = [number for number, one in enumerate(rungs) if cost.of(one) <= budget_s]
    best = fitting[-1] if fitting else 0
    if best < governor.rung:
        return replace(governor, rung=best, calm=0)
    next_rung = min(governor.rung + 1, len(rungs) - 1)
    is_calm = cost.of(rungs[next_rung]) <= max(CLIMB_SHARE * TARGET_S, budget_s - TARGET_S)
    calm = governor.calm + 1 if is_calm else 0
    if calm >= CALM_FRAMES:
        return replace(governor, rung=next_rung, calm=0)
    return replace(governor, calm=calm)


def split(frames: tuple[tuple[float, float, float], ...]) -> Cost:
    """What of the seconds of these frames is base, work and shade: none below zero."""
    weights = np.sqrt(FADE ** np.arange(len(frames) - 1, -1, -1.0))[:, None]
    rows = np.array([(1.0, work, shade) for work, shade, _ in frames]) * weights
    seconds = np.array([[cost_s] for _, _, cost_s in frames]) * weights
    # Frames that are all alike cannot tell the parts apart: then the work is what costs.
    guess = np.array([(PRIOR, 0.0, 0.0), (0.0, 0.0, PRIOR)])
    found, _ = nnls(np.vstack([rows, guess]), np.append(seconds.ravel(), [0.0, 0.0]))
    base_s, unit_s, shade_s = (float(part) for part in found)
    return Cost(base_s=base_s, unit_s=unit_s, shade_s=shade_s)
