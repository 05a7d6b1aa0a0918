"""Which cuts are filled, and how a fill is told from a hole: the arithmetic of section caps.

A ray from the eye crosses the cutting plane once. Behind the plane it leaves each solid once more
than it enters it exactly where it crossed the plane inside that solid. So the faces behind the
plane, counted +1 seen from behind and -1 seen from the front, sum to the number of solids cut at
that pixel; the same sum of ids names the solid where it is one. No order, no stencil, no mesh
boolean. What is no closed solid would be filled where nothing is cut: it is left out of the sums
(`building.has_inside`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array
from metaviewer.render.eye import Eye
from metaviewer.scene.state import Plane

PLANES_MAX: Final = 4
"""Counts of as many planes fit one target: three faces of a section box are seen at once, and the
storey's own cut."""

NOTHING_KEPT: Final[Plane] = (0.0, 0.0, 0.0, -1.0)
"""A plane that keeps nothing: what it cuts adds nothing to the sum."""


def seen_cuts(planes: Sequence[Plane], eyes: Sequence[Eye]) -> tuple[Plane, ...]:
    """The different planes whose cut face an eye may see: the eye is on the side cut away."""
    seen = [plane for plane in dict.fromkeys(planes) if any(_faces(plane, eye) for eye in eyes)]
    return tuple(seen[:PLANES_MAX])


def summed_planes(cuts: Sequence[Plane], own: Sequence[Plane]) -> Float64Array:
    """Planes (4, 4) that one item is summed over: the cuts that are its own, in their places."""
    mine = set(own)
    rows = [cut if cut in mine else NOTHING_KEPT for cut in cuts]
    return np.array([*rows, *[NOTHING_KEPT] * (PLANES_MAX - len(rows))])


def cap_corners_m(plane: Plane, bounds_world_m: Float64Array) -> Float64Array:
    """Four corners (4, 3) on the plane, around everything inside the box (2, 3)."""
    normal = np.array(plane[:3])
    middle = bounds_world_m.mean(axis=0)
    middle = middle - normal * (normal @ middle + plane[3])
    radius_m = np.linalg.norm(bounds_world_m[1] - bounds_world_m[0]) / 2.0
    aside = np.eye(3)[np.argmin(np.abs(normal))]
    along = np.cross(normal, aside)
    along /= np.linalg.norm(along)
    across = np.cross(normal, along)
    signs = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
    return np.asarray(middle + radius_m * (signs @ np.array([along, across])))


def cut_solids(
    crossings: Sequence[float], is_entry: Sequence[bool], *, plane_at: float
) -> NDArray[np.float64]:
    """Sum of one ray, for tests: what ``building/section_sum.frag`` adds up at a pixel.

    Parameters
    ----------
    crossings : sequence of float
        Distances at which the ray meets faces.
    is_entry : sequence of bool
        Whether it meets the front of the face there.
    plane_at : float
        Distance at which it meets the cutting plane.
    """
    kept = np.asarray(crossings) > plane_at
    return np.asarray(np.where(is_entry, -1.0, 1.0)[kept].sum())


def _faces(plane: Plane, eye: Eye) -> bool:
    normal = np.array(plane[:3])
    if eye.is_parallel:
        return bool(normal @ eye.forward > 0.0)
    return bool(normal @ eye.position_m + plane[3] < 0.0)
