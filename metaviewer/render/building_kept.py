"""Which elements each pass has to draw: the others change no pixel and are left out.

An element is hidden by its state, or lies wholly on the side that the storey's cut takes away. The
sums that fill cuts need only what a plane goes through: a closed solid beside the plane is left as
often as it is entered, so it adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array
from metaviewer.render.element_state import GHOST, HOLLOW, VISIBLE

MARGIN_M: Final = 0.01
"""Vertices are rounded to steps of a millimetre or two; what only touches a plane is drawn."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Rows that each pass draws: solid or glass, ghosts of what is solid, sums of cuts."""

    main: Mask
    veil: Mask
    cut: Mask


def kept_rows(flags: NDArray[np.uint8], *, is_glass: Mask, is_away: Mask, is_cut: Mask) -> Kept:
    """What each pass draws of rows (n,) with these flags of `element_state`.

    Parameters
    ----------
    is_away : bool array (n,)
        Of `wholly_away`, for the storey's own cut.
    is_cut : bool array (n,)
        Of `gone_through`.
    """
    visible = ((flags & VISIBLE) != 0) & ~is_away
    ghost = (flags & GHOST) != 0
    solid = visible & ~ghost & ~is_glass
    return Kept(
        main=solid | (visible & is_glass),  # glass draws its ghosts itself
        veil=visible & ghost & ~is_glass,
        cut=solid & is_cut & ((flags & HOLLOW) == 0),
    )


def wholly_away(boxes_m_n23: Float64Array, plane: Float64Array) -> Mask:
    """Which boxes lie wholly where n.p + d < 0; plane (4,) in the frame of the boxes."""
    height, reach = _height_and_reach(boxes_m_n23, plane)
    return height + reach < 0.0


def gone_through(boxes_m_n23: Float64Array, planes_n4: Float64Array) -> Mask:
    """Which boxes any of the planes goes through or touches."""
    through = np.zeros(len(boxes_m_n23), dtype=np.bool_)
    for plane in planes_n4:
        height, reach = _height_and_reach(boxes_m_n23, plane)
        through |= np.abs(height) <= reach
    return through


def _height_and_reach(
    boxes_m_n23: Float64Array, plane: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """How far the middle of each box is from a plane, and how far the box reaches towards it."""
    normal = plane[:3]
    middle = boxes_m_n23.mean(axis=1)
    half = (boxes_m_n23[:, 1] - boxes_m_n23[:, 0]) / 2.0 + MARGIN_M
    return middle @ normal + plane[3], half @ np.abs(normal)
