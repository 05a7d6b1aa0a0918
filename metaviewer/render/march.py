"""Where a ray meets a volume, and how far it may leap: the twin of ``medical/march.glsl``."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from metaviewer.frames import Float64Array

TINY: Final = 1.0e-9


def box_span(
    origin: ArrayLike, toward: ArrayLike, *, low: ArrayLike, high: ArrayLike
) -> Float64Array:
    """Where rays enter and leave a box, shape (..., 2); empty where the first is larger."""
    along = _not_zero(toward)
    start = np.asarray(origin, dtype=np.float64)
    a = (np.asarray(low, dtype=np.float64) - start) / along
    b = (np.asarray(high, dtype=np.float64) - start) / along
    return np.stack([np.minimum(a, b).max(axis=-1), np.maximum(a, b).min(axis=-1)], axis=-1)


def clip_span(
    span: tuple[float, float], origin: ArrayLike, toward: ArrayLike, *, plane: ArrayLike
) -> tuple[float, float]:
    """The part of a span on the kept side of a plane (n.p + d >= 0)."""
    nx, ny, nz, d = np.asarray(plane, dtype=np.float64)
    normal = np.array([nx, ny, nz])
    approach, height = float(normal @ np.asarray(toward)), float(normal @ np.asarray(origin) + d)
    if abs(approach) < TINY:
        return (1.0, 0.0) if height < 0.0 else span
    meet = -height / approach
    return (max(span[0], meet), span[1]) if approach > 0.0 else (span[0], min(span[1], meet))


def leap_steps(block_place: ArrayLike, block_step: ArrayLike, distance: float) -> float:
    """Whole steps that lead out of the cube of empty blocks around a place; at least 1."""
    place, along = np.asarray(block_place, dtype=np.float64), _not_zero(block_step)
    cell = np.floor(place)
    wall = np.where(along >= 0.0, cell + distance, cell - distance + 1.0)
    return max(1.0, float(np.ceil(((wall - place) / along).min() + 1.0e-4)))


def _not_zero(toward: ArrayLike) -> Float64Array:
    along = np.asarray(toward, dtype=np.float64)
    return np.where(np.abs(along) < TINY, TINY, along)
