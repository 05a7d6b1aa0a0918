"""How finely to draw now: quick while something moves, fine when it stands, never in silence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from metaviewer.render import INTERACTIVE, MOVING, STILL, Quality

TARGET_S: Final = 1.0 / 20.0
"""While something moves; below this the hand and the picture no longer belong together."""
STILL_S_MAX: Final = 3.0
"""The longest a fine picture may hold up the person who wants to go on."""
STANDS_S: Final = 0.25
"""After this long without anything new the picture stands."""
RUNG: Final = 1.25
RUNG_COUNT: Final = 12
CLIMB_SHARE: Final = 0.7
"""Only a frame this much quicker than it must be makes the next one finer."""
CALM_FRAMES: Final = 3
RISE: Final = 0.5
FALL: Final = 0.25
"""How quickly the learnt cost follows a dearer and a cheaper frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Governor:
    """Immutable memory of what pictures cost here, and of what was drawn last.

    Parameters
    ----------
    unit_s : float
        Seconds for a picture of work 1 (`work_of`), 0 before the first frame.
    rung : int
        Of `ladder`; 0 is the quickest.
    """

    unit_s: float = 0.0
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
    """Work of a picture as pixels times samples, `INTERACTIVE` being 1."""
    dearness = {"half": 1.0, "segments": 1.3, "exact": 2.2}[quality.gradients]
    steps = INTERACTIVE.step_voxels / quality.step_voxels
    return quality.volume_scale**2 * steps * dearness


def choose(governor: Governor, *, now_s: float, is_new: bool) -> tuple[Governor, Quality | None]:
    """The quality of the frame to draw now; None where the last one still holds."""
    if is_new:
        moving = replace(governor, moved_s=now_s, drawn_fine=False)
        return moving, ladder()[governor.rung]
    if governor.drawn_fine or now_s - governor.moved_s < STANDS_S:
        return governor, None
    return replace(governor, drawn_fine=True), finest(governor)


def finest(governor: Governor) -> Quality:
    """The finest picture that does not hold the person up."""
    for quality in (STILL, INTERACTIVE):
        if governor.unit_s * work_of(quality) <= STILL_S_MAX:
            return quality
    affordable = [one for one in ladder() if governor.unit_s * work_of(one) <= STILL_S_MAX]
    return affordable[-1] if affordable else ladder()[0]


def learned(governor: Governor, *, quality: Quality, cost_s: float) -> Governor:
    """Memory after a frame that took `cost_s`: drops at once, climbs slowly."""
    unit_s = cost_s / work_of(quality)
    rate = RISE if unit_s > governor.unit_s else FALL
    known = governor.unit_s
    unit_s = unit_s if known == 0.0 else known + rate * (unit_s - known)
    rungs = ladder()
    fitting = [n for n, one in enumerate(rungs) if unit_s * work_of(one) <= TARGET_S]
    best = fitting[-1] if fitting else 0
    if best < governor.rung:
        return replace(governor, unit_s=unit_s, rung=best, calm=0)
    next_rung = min(governor.rung + 1, len(rungs) - 1)
    is_calm = unit_s * work_of(rungs[next_rung]) <= CLIMB_SHARE * TARGET_S
    calm = governor.calm + 1 if is_calm else 0
    if calm >= CALM_FRAMES:
        return replace(governor, unit_s=unit_s, rung=next_rung, calm=0)
    return replace(governor, unit_s=unit_s, calm=calm)
