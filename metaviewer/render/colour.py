"""Display sRGB, linear light and the filmic curve: the twin of ``common/colour.glsl``."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from metaviewer.frames import Float64Array

EXPOSURE = 0.72
"""Keeps 18 % grey where it was under the curve below; the same in ``common/colour.glsl``."""


def linear_from_srgb(colour: ArrayLike) -> Float64Array:
    """Linear light of display sRGB, 0..1 (IEC 61966-2-1)."""
    c = np.asarray(colour, dtype=np.float64)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(light: ArrayLike) -> Float64Array:
    """Display sRGB of linear light; what is outside 0..1 is clamped."""
    c = np.clip(np.asarray(light, dtype=np.float64), 0.0, 1.0)
    return np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1.0 / 2.4) - 0.055)


def filmic(light: ArrayLike) -> Float64Array:
    """Linear light after the filmic curve (Narkowicz 2015, a fit of the ACES curve), 0..1."""
    c = np.asarray(light, dtype=np.float64) * EXPOSURE
    return np.clip((c * (2.51 * c + 0.03)) / (c * (2.43 * c + 0.59) + 0.14), 0.0, 1.0)
