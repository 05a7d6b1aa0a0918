"""How finely to draw now: quick while something moves, fine when it stands, never in silence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.optimize import nnls

from metaviewer.render import FINE, INTERACTIVE, MOVING, STILL, Quality

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
"""Weight of what is known already; any two frames that differ outweigh it."""
SCENE_SCALE_MIN: Final = 0.5
"""Below half the pixels along each edge, what a room holds is no longer told apart."""

Parts = tuple[float, float, float]
"""Work on volumes, pixels of the scene, pixels of the shade: see `parts_of`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds a picture takes here: what every one takes, and what its parts take.

    Parameters
    ----------
    unit_s : float
        Of a unit of work on volumes, see `work_of`.
    scene_s, shade_s : float
        Of what is no volume, and of its shade, where every pixel is drawn.
    """

    base_s: float = 0.0
    unit_s: float = 0.0
    scene_s: float = 0.0
    shade_s: float = 0.0

    def of(self, quality: Quality) -> float:
        """Seconds for a picture of that quality."""
        return self.of_strip(quality, count=1)

    def of_strip(self, quality: Quality, *, count: int) -> float:
        """Seconds for the dearest of `count` strips of such a picture: the first."""
        work, scene, shade = parts_of(quality)
        work_s = self.unit_s * work / count
        return self.base_s + work_s + self.scene_s * scene + self.shade_s * shade


@dataclass(frozen=True, slots=True, kw_only=True)
class Governor:
    """Immutable memory of what pictures cost here, and of what was drawn last.

    Parameters
    ----------
    frames : tuple of (parts, seconds)
        The last frames and their `parts_of`, oldest first.
    rung : int
        Of `ladder`; 0 is the quickest.
    """

    cost: Cost = Cost()
    frames: tuple[tuple[Parts, float], ...] = ()
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
        scene = max(scale, SCENE_SCALE_MIN)
        rungs.append(replace(MOVING, scene_scale=scene, volume_scale=scale, step_voxels=step))
    return tuple(rungs)


def work_of(quality: Quality) -> float:
    """Work of a picture as pixels times samples, `INTERACTIVE` being 1.

    What a sample costs by its gradient was measured on llvmpipe: a chest CT, bone and soft.
    """
    dearness = {"half": 1.0, "segments": 1.4, "exact": 2.8}[quality.gradients]
    steps = INTERACTIVE.step_voxels / quality.step_voxels
    return quality.volume_scale**2 * steps * dearness


def parts_of(quality: Quality) -> Parts:
    """How much of each part of a picture there is, which `Cost` gives a price."""
    scene = quality.scene_scale**2
    return work_of(quality), scene, scene * quality.has_shade


def choose(governor: Governor, *, now_s: float, is_new: bool) -> tuple[Governor, Quality | None]:
    """The quality of the frame to draw now; None where the last one still holds."""
    if is_new:
        return replace(governor, moved_s=now_s, drawn_fine=False), moving(governor)
    if governor.drawn_fine or now_s - governor.moved_s < STANDS_S:
        return governor, None
    return replace(governor, drawn_fine=True), finest(governor)


def moving(governor: Governor, *, target_s: float = TARGET_S) -> Quality:
    """The quality of a moving picture: of the rung, with its shade where there is time for it."""
    quality = ladder()[governor.rung]
    shaded = replace(quality, has_shade=True)
    return shaded if governor.cost.of(shaded) <= target_s else replace(quality, has_shade=False)


def finest(governor: Governor) -> Quality:
    """The finest picture of whose strips none holds the person up."""
    rungs = [replace(one, has_shade=True) for one in ladder()]
    for quality in (STILL, FINE, INTERACTIVE, *reversed(rungs)):
        if governor.cost.of_strip(quality, count=STRIPS_MAX) <= STILL_S_MAX:
            return quality
    return moving(governor)


def strip_count(governor: Governor, quality: Quality) -> int:
    """How many strips a picture that stands is drawn in."""
    work_s = governor.cost.unit_s * work_of(quality)
    return int(np.clip(np.ceil(work_s / STRIP_S), 1, STRIPS_MAX))


def learned(
    governor: Governor, *, quality: Quality, cost_s: float, target_s: float = TARGET_S
) -> Governor:
    """Memory after a frame that took `cost_s`: drops at once, climbs slowly."""
    frames = (*governor.frames, (parts_of(quality), cost_s))[-FRAMES_KEPT:]
    cost = split(frames, governor.cost)
    governor = replace(governor, cost=cost, frames=frames)
    budget_s = max(target_s, BASE_SHARE * cost.base_s)
    rungs = [replace(one, has_shade=False) for one in ladder()]
    fitting = [number for number, one in enumerate(rungs) if cost.of(one) <= budget_s]
    best = fitting[-1] if fitting else 0
    if best < governor.rung:
        return replace(governor, rung=best, calm=0)
    next_rung = min(governor.rung + 1, len(rungs) - 1)
    is_calm = cost.of(rungs[next_rung]) <= max(CLIMB_SHARE * target_s, budget_s - target_s)
    calm = governor.calm + 1 if is_calm else 0
    if calm >= CALM_FRAMES:
        return replace(governor, rung=next_rung, calm=0)
    return replace(governor, calm=calm)


def split(frames: tuple[tuple[Parts, float], ...], known: Cost) -> Cost:
    """What of the seconds of these frames is base, work, scene and shade: none below zero.

    Frames that are all alike cannot tell the parts apart: they stay in the ratio that is known, and
    what is not known is the work.
    """
    weights = np.sqrt(FADE ** np.arange(len(frames) - 1, -1, -1.0))[:, None]
    rows = np.array([(1.0, *parts) for parts, _ in frames]) * weights
    seconds = np.array([[cost_s] for _, cost_s in frames]) * weights
    before = np.array([known.base_s, known.unit_s, known.scene_s, known.shade_s])
    firm = PRIOR * np.array([1.0, float(before.any()), 1.0, 1.0])
    guessed = np.vstack([rows, np.diag(firm)])
    found, _ = nnls(guessed, np.append(seconds.ravel(), firm * before))
    base_s, unit_s, scene_s, shade_s = (float(part) for part in found)
    return Cost(base_s=base_s, unit_s=unit_s, scene_s=scene_s, shade_s=shade_s)
