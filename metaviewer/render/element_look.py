"""The four looks of age: fresh solid, ageing lined, stale grey and hatched, unknown dotted.

Twin of ``building/pattern.glsl`` and of the looks in ``building/live.glsl``.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from metaviewer.frames import Float64Array
from metaviewer.render.element_live import AGEING, STALE, UNKNOWN

SMALLEST_PERIOD_PX: Final = 9.0
PIXEL_MIN_M: Final = 1.0e-6
UNKNOWN_GROUND: Final = np.array([0.70, 0.72, 0.75])
UNKNOWN_DOT: Final = np.array([0.40, 0.43, 0.47])
LUMA: Final = np.array([0.2126, 0.7152, 0.0722])


def pattern_period_m(pixel_m: float) -> float:
    """Period of patterns where a pixel covers `pixel_m` along the pattern: a power of two."""
    return float(np.exp2(np.ceil(np.log2(SMALLEST_PERIOD_PX * max(pixel_m, PIXEL_MIN_M)))))


def face_of(points_m_n3: Float64Array, normals_n3: Float64Array) -> Float64Array:
    """The two model axes of the faces that points lie on, (n, 2)."""
    side = np.abs(normals_n3)
    upward = points_m_n3[:, [0, 1]]
    across = points_m_n3[:, [1, 2]]
    along = points_m_n3[:, [0, 2]]
    standing = np.where((side[:, 0] > side[:, 1])[:, None], across, along)
    return np.where((side[:, 2] > 0.5)[:, None], upward, standing)


def off_line(face_m_n2: Float64Array, period_m: float) -> Float64Array:
    """Distance from a diagonal line in periods, 0..0.5."""
    return np.asarray(np.abs(_fract(face_m_n2.sum(axis=-1) / period_m) - 0.5))


def aged_colour(
    colour: Float64Array, look: float, face_m_n2: Float64Array, *, pixel_m: float
) -> Float64Array:
    """Display sRGB (n, 3) of one value's colour at points of a face, as its age has it drawn."""
    period_m = pattern_period_m(pixel_m)
    period_px = period_m / max(pixel_m, PIXEL_MIN_M)
    off_line_px = off_line(face_m_n2, period_m) * period_px
    if look == AGEING:
        return _mix(colour * 0.5, colour, _smoothstep(0.5, 1.3, off_line_px))
    if look == STALE:
        trace = float(colour @ LUMA) * 0.4 + 0.55 * 0.6
        light = _smoothstep(-0.7, 0.7, off_line_px - 0.27 * period_px)
        return np.repeat((trace * (0.42 + (1.15 - 0.42) * light))[:, None], 3, axis=1)
    if look == UNKNOWN:
        off_dot = np.linalg.norm(_fract(face_m_n2 / period_m) - 0.5, axis=-1) * period_px
        return _mix(UNKNOWN_DOT, UNKNOWN_GROUND, _smoothstep(1.0, 2.0, off_dot))
    return np.broadcast_to(colour, (len(face_m_n2), 3))


def _mix(low: Float64Array, high: Float64Array, share: Float64Array) -> Float64Array:
    return np.asarray(low + (high - low) * share[:, None])


def _smoothstep(low: float, high: float, value: Float64Array) -> Float64Array:
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share))


def _fract(value: Float64Array) -> Float64Array:
    return np.asarray(value - np.floor(value))
