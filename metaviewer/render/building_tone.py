"""Tones of a building's surfaces: twin of ``building/tone.glsl``."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from metaviewer.frames import Float64Array
from metaviewer.render.colour import EXPOSURE, linear_from_srgb

DISPLAY_MAX: Final = 0.97
"""The filmic curve reaches white only at infinity; brighter colours are shown as this."""

KEY_LIGHT: Final = (-0.4533, -0.6044, 0.6548)
LIGHT_ALL, LIGHT_UP, LIGHT_KEY, LIGHT_EYE = 0.69, 0.11, 0.25, 0.08


def filmic_inverse(shown: ArrayLike) -> Float64Array:
    """Linear light that the filmic curve turns into `shown`, both linear, `shown` below 1."""
    y = np.asarray(shown, dtype=np.float64)
    a, b = 2.51 - 2.43 * y, 0.03 - 0.59 * y
    return np.asarray((-b + np.sqrt(b * b + 0.56 * a * y)) / (2.0 * a) / EXPOSURE)


def scene_from_display(colour: ArrayLike) -> Float64Array:
    """Linear light that the composite's curve turns back into display sRGB `colour`, 0..1."""
    return filmic_inverse(linear_from_srgb(np.minimum(colour, DISPLAY_MAX)))


def building_light(normals_n3: Float64Array, toward_eye_n3: Float64Array) -> Float64Array:
    """Light on surfaces, length n: soft sky, a key light fixed to the building, some from us."""
    key = np.maximum(normals_n3 @ np.array(KEY_LIGHT), 0.0)
    facing = np.abs((normals_n3 * toward_eye_n3).sum(axis=-1))
    return np.asarray(
        LIGHT_ALL + LIGHT_UP * normals_n3[..., 2] + LIGHT_KEY * key + LIGHT_EYE * facing
    )
