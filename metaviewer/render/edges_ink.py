"""The arithmetic of ambient occlusion and edges: twin of ``building/ink.glsl``."""

from __future__ import annotations

import numpy as np

from metaviewer.frames import Float64Array

HORIZON, TALL = 0.12, 3.0
RADIUS_MIN_M, RADIUS_MAX_M, RADIUS_PX = 0.9, 3.5, 14.0
PLANE_INK, TURN_INK, ID_INK = 0.60, 0.34, 0.24
FINE_PIXEL_M, COARSE_PIXEL_M, COARSE_SHARE, OUTER_SHARE = 0.02, 0.12, 0.35, 0.55


def occlusion_radius_m(pixel_m: float) -> float:
    """How far around a point neighbours take light, where a pixel covers `pixel_m`."""
    return float(np.clip(RADIUS_PX * pixel_m, RADIUS_MIN_M, RADIUS_MAX_M))


def occluded(n: Float64Array, toward_m_n3: Float64Array, *, radius_m: float) -> Float64Array:
    """Share of light that neighbours take which lie `toward_m_n3` from a point with normal `n`."""
    away_m = np.linalg.norm(toward_m_n3, axis=-1) + 1e-4
    height_m = toward_m_n3 @ n
    rise = np.maximum(height_m / away_m - HORIZON, 0.0)
    aside_m = np.linalg.norm(toward_m_n3 - height_m[..., None] * n, axis=-1)
    reach_m = np.maximum(aside_m, away_m / TALL)
    return np.asarray(rise * (1.0 - smoothstep(0.6 * radius_m, 1.6 * radius_m, reach_m)))


def inner_share(pixel_m: float) -> float:
    """How strong lines inside a shape are drawn."""
    fade = float(smoothstep(FINE_PIXEL_M, COARSE_PIXEL_M, np.array(pixel_m)))
    return 1.0 + (COARSE_SHARE - 1.0) * fade


def dither(pixels_n2: Float64Array) -> Float64Array:
    """Noise of pixels, -0.5..0.5: interleaved gradient noise."""
    inner = np.modf(pixels_n2 @ np.array([0.06711056, 0.00583715]))[0]
    return np.asarray(np.modf(52.9829189 * inner)[0] - 0.5)


def plane_ink(
    n: Float64Array, toward_m_n3: Float64Array, *, pixel_m: float, facing: float
) -> Float64Array:
    """Ink where neighbours lie off the plane of a point: silhouettes and steps."""
    step_m = max(2.5 * pixel_m, 0.02) * (3.0 + (1.0 - 3.0) * facing)
    fade = float(smoothstep(FINE_PIXEL_M, COARSE_PIXEL_M, np.array(pixel_m)))
    outer = 1.0 + (OUTER_SHARE - 1.0) * fade
    return np.asarray(PLANE_INK * outer * smoothstep(0.6, 2.0, np.abs(toward_m_n3 @ n) / step_m))


def turn_ink(n: Float64Array, others_n3: Float64Array, *, pixel_m: float) -> Float64Array:
    """Ink where the surface turns."""
    turned = smoothstep(0.25, 0.6, 1.0 - others_n3 @ n)
    return np.asarray(TURN_INK * inner_share(pixel_m) * turned)


def id_ink(element: float, others: Float64Array, *, pixel_m: float) -> Float64Array:
    """Ink where one element meets another; 0 is no element."""
    differs = (element > 0.5) & (others > 0.5) & (np.abs(others - element) > 0.5)
    return np.where(differs, ID_INK * inner_share(pixel_m), 0.0)


def smoothstep(low: float, high: float, value: Float64Array) -> Float64Array:
    """GLSL's own."""
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share))
