"""Marks of a view: letters on the six sides of the body, and the bar that tells its size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from metaviewer.frames import Float64Array, corners_of, moved
from metaviewer.medical.slices import box_lps_mm
from metaviewer.medical.volume import Volume
from metaviewer.render.eye import Eye, picture_point
from metaviewer.scene import Item

SIDES_LPS: Final[dict[str, tuple[int, int, int]]] = {
    "L": (1, 0, 0),
    "R": (-1, 0, 0),
    "P": (0, 1, 0),
    "A": (0, -1, 0),
    "S": (0, 0, 1),
    "I": (0, 0, -1),
}
LETTER_GAP_SHARE: Final = 0.07
"""Letters stand this share of the body's longest edge outside its box."""

BACK_COS: Final = -0.45
"""Sides turned further away than this are behind the body and have no letter."""

FRONT_COS: Final = 0.9
"""A side that looks straight at the viewer would have its letter over what is looked at, and the
four around it say the same: it has none."""

VIEW_EDGE: Final = 0.05
"""Letters stay this share of the view away from its edges."""

OFF_BODY: Final = 1.08
"""Letters stand this far outside the outline of the body's box, as a share of the way there."""

BODY_PX_MIN: Final = 90.0
"""A body smaller than this in the picture has no room for letters."""

BAR_SHARE_MAX: Final = 0.24
BAR_LENGTHS_MM: Final = tuple(
    float(digit * 10.0**power) for power in range(-1, 7) for digit in (1, 2, 5)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideLetter:
    """A letter at a place of the view, 0..1 from the lower left."""

    letter: str
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleBar:
    """A bar of a round length."""

    length_px: float
    words: str


def side_letters(
    volume: Volume, item: Item, *, eye: Eye, size_px: tuple[int, int]
) -> tuple[SideLetter, ...]:
    """Letters that are seen from here; they turn with the body, because its item turns."""
    low, high = box_lps_mm(volume)
    middle, half = (low + high) / 2.0, (high - low) / 2.0
    if not _is_large(item, middle, half, eye=eye, size_px=size_px):
        return ()
    center = moved(middle, target_from_source=item.world_from_item)
    toward = -eye.forward if eye.is_parallel else eye.position_m - center
    toward = toward / np.linalg.norm(toward)
    center_xy = np.array(picture_point(eye, center)[:2])
    corners = moved(corners_of(np.stack([low, high])), target_from_source=item.world_from_item)
    outline = [picture_point(eye, corner) for corner in corners]
    outline_xy = np.array([(x, y) for x, y, depth_m in outline if depth_m > 0.0])
    letters = []
    for letter, side in SIDES_LPS.items():
        outward = np.asarray(side, dtype=np.float64)
        place = middle + outward * (half + LETTER_GAP_SHARE * 2.0 * half.max())
        world = moved(place, target_from_source=item.world_from_item)
        normal = item.world_from_item[:3, :3] @ outward
        normal /= np.linalg.norm(normal)
        facing = float(normal @ toward)
        x, y, depth_m = picture_point(eye, world)
        if not BACK_COS <= facing <= FRONT_COS or depth_m <= 0.0:
            continue
        away_xy = _off_the_body(np.array([x, y]) - center_xy, outline_xy - center_xy)
        place = _into_view(center_xy + away_xy, center_xy)
        if place is not None:
            letters.append(SideLetter(letter=letter, x=place[0], y=place[1]))
    return tuple(letters)


def scale_bar(mm_per_px: float, *, width_px: int) -> ScaleBar | None:
    """The longest round length that fits; None where nothing reasonable does."""
    room_mm = BAR_SHARE_MAX * width_px * mm_per_px
    fitting = [length for length in BAR_LENGTHS_MM if length <= room_mm]
    if not fitting or not np.isfinite(room_mm):
        return None
    return ScaleBar(length_px=fitting[-1] / mm_per_px, words=length_words(fitting[-1]))


def length_words(length_mm: float) -> str:
    """A round length in the unit that needs no comma."""
    if length_mm >= 1000.0:
        return f"{length_mm / 1000.0:g} m"
    return f"{length_mm / 10.0:g} cm" if length_mm >= 10.0 else f"{length_mm:g} mm"


def _is_large(
    item: Item, middle: Float64Array, half: Float64Array, *, eye: Eye, size_px: tuple[int, int]
) -> bool:
    center = moved(middle, target_from_source=item.world_from_item)
    radius_m = float(np.linalg.norm(item.world_from_item[:3, :3] @ half))
    _, _, depth_m = picture_point(eye, center)
    span = eye.high[1] - eye.low[1]
    seen = span if eye.is_parallel else span * max(depth_m, 1e-6)
    return depth_m > radius_m * 0.5 and 2.0 * radius_m / seen * size_px[1] >= BODY_PX_MIN


def _off_the_body(away_xy: Float64Array, outline_xy_n2: Float64Array) -> Float64Array:
    """The same direction, at least as long as it takes to leave the outline of the box.

    A side that is turned away is farther off, so its letter would stand over the near ones; every
    line between two corners lies in the outline, and the last that is crossed is its edge.
    """
    starts, ends = (outline_xy_n2[index] for index in np.triu_indices(len(outline_xy_n2), 1))
    along = ends - starts
    across = along[:, 0] * away_xy[1] - along[:, 1] * away_xy[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (starts[:, 1] * away_xy[0] - starts[:, 0] * away_xy[1]) / across
        length = (starts[:, 1] * along[:, 0] - starts[:, 0] * along[:, 1]) / across
    crossed = (np.abs(across) > 0.0) & (share >= 0.0) & (share <= 1.0) & (length > 0.0)
    exit_length = float(length[crossed].max(initial=0.0))
    return away_xy * max(1.0, exit_length * OFF_BODY)


def _into_view(place_xy: Float64Array, center_xy: Float64Array) -> tuple[float, float] | None:
    """A place pulled towards the middle of the body into the view; None if that is outside too."""
    low, high = VIEW_EDGE, 1.0 - VIEW_EDGE
    if not ((center_xy > low).all() and (center_xy < high).all()):
        return None
    away = place_xy - center_xy
    with np.errstate(divide="ignore"):
        room = np.where(away > 0.0, high - center_xy, low - center_xy) / np.where(
            away == 0.0, np.inf, away
        )
    share = min([1.0, *room[room > 0.0]])
    x, y = center_xy + away * share
    return float(x), float(y)
