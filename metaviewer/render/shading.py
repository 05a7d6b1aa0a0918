"""Light on a sample: the twin of ``medical/shading.glsl``."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from metaviewer.frames import Float64Array

AMBIENT_RGB: Final = (0.34, 0.36, 0.42)
KEY_RGB: Final = (1.35, 1.28, 1.18)
EVEN_KEY: Final = 0.55
EVEN_HEAD: Final = 0.60
HEAD_SHARE: Final = 0.45
GLOSS: Final = 0.22
GLOSS_POWER: Final = 24.0
SURFACE_KEY_RGB: Final = (1.10, 1.05, 0.98)
SURFACE_GLOSS: Final = 0.25
SURFACE_GLOSS_POWER: Final = 32.0
HEAD_AMBIENT: Final = 0.3
HEAD_DIFFUSE: Final = 0.7


def surface_share(strength: ArrayLike, *, gradient_range: tuple[float, float]) -> Float64Array:
    """0 where a gradient is noise, 1 where it is a surface (GLSL's smoothstep)."""
    low, high = gradient_range
    t = np.clip((np.asarray(strength, dtype=np.float64) - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def lit_colour(
    rgb: ArrayLike,
    normal: ArrayLike,
    *,
    share: float,
    toward: ArrayLike,
    light: ArrayLike,
    open_reach: tuple[float, float],
) -> Float64Array:
    """Linear light from one sample in the lit look.

    Parameters
    ----------
    share : float
        Of `surface_share`.
    toward, light : arrays of shape (3,), length 1
        From the eye, and towards the key light.
    open_reach : (float, float)
        Openness, and the share of the key light that arrives.
    """
    n, d, key_from = (np.asarray(vector, dtype=np.float64) for vector in (normal, toward, light))
    n = -n if n @ d > 0.0 else n
    key = _mix(EVEN_KEY, max(float(n @ key_from), 0.0), share)
    head = _mix(EVEN_HEAD, abs(float(n @ d)), share)
    mirrored = d - 2.0 * (n @ d) * n
    gloss = share * max(float(mirrored @ key_from), 0.0) ** GLOSS_POWER
    ambient = np.array(AMBIENT_RGB) * open_reach[0] * (1.0 - HEAD_SHARE + HEAD_SHARE * head)
    lit = np.asarray(rgb, dtype=np.float64) * (ambient + np.array(KEY_RGB) * key * open_reach[1])
    return np.asarray(lit + GLOSS * gloss * open_reach[1])


def head_lit_colour(rgb: ArrayLike, normal: ArrayLike, *, toward: ArrayLike) -> Float64Array:
    """Light from one sample under a single lamp at the eye, as VTK's head light."""
    facing = abs(float(np.asarray(normal) @ np.asarray(toward)))
    return np.asarray(rgb, dtype=np.float64) * (HEAD_AMBIENT + HEAD_DIFFUSE * facing)


def _mix(a: float, b: float, share: float) -> float:
    return a + (b - a) * share


def surface_light(
    rgb: ArrayLike, normal: ArrayLike, *, eye: ArrayLike, light: ArrayLike
) -> Float64Array:
    """Linear light from an organ's surface; `eye` and `light` point away from it, length 1."""
    n, e, key_from = (np.asarray(vector, dtype=np.float64) for vector in (normal, eye, light))
    key = 0.5 + 0.5 * float(n @ key_from)
    half = (key_from + e) / np.linalg.norm(key_from + e)
    gloss = max(float(n @ half), 0.0) ** SURFACE_GLOSS_POWER
    ambient = np.array(AMBIENT_RGB) * (0.5 + 0.5 * max(float(n @ e), 0.0))
    lit = np.asarray(rgb, dtype=np.float64) * (ambient + np.array(SURFACE_KEY_RGB) * key * key)
    return np.asarray(lit + SURFACE_GLOSS * gloss)


def rim_opacity(opacity: ArrayLike, facing: ArrayLike) -> Float64Array:
    """Opacity of a thin shell by the cosine of the angle it is seen under."""
    path = np.minimum(1.0 / np.maximum(np.asarray(facing, dtype=np.float64), 0.05), 4.0)
    return np.asarray(1.0 - (1.0 - np.minimum(opacity, 0.999)) ** path)
