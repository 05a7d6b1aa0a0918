"""What the opaque pass wrote beside its colours: the twin of ``common/place.glsl``."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metaviewer.frames import Float64Array

NORMAL_STEPS: Final = 4095
"""Steps along each side of the octahedral map: 12 bits, so that two of them fit a float32."""


def octahedral(normals_n3: ArrayLike) -> Float64Array:
    """Unit vectors folded onto the square -1..1, shape (n, 2)."""
    n = np.asarray(normals_n3, dtype=np.float64)
    n = n / np.abs(n).sum(axis=-1, keepdims=True)
    sign = np.where(n[..., :2] < 0.0, -1.0, 1.0)
    folded = (1.0 - np.abs(n[..., 1::-1])) * sign
    square: Float64Array = np.where(n[..., 2:] < 0.0, folded, n[..., :2])
    return square


def packed_normal(normals_n3: ArrayLike) -> Float64Array:
    """Unit vectors as whole numbers below 2^24, exact in float32."""
    steps = np.floor((octahedral(normals_n3) * 0.5 + 0.5) * NORMAL_STEPS + 0.5)
    packed: Float64Array = steps[..., 0] * (NORMAL_STEPS + 1) + steps[..., 1]
    return packed


def unpacked_normal(packed: ArrayLike) -> Float64Array:
    """Unit vectors of packed whole numbers, shape (..., 3)."""
    p = np.asarray(packed, dtype=np.float64)
    x = np.floor(p / (NORMAL_STEPS + 1))
    square = np.stack([x, p - x * (NORMAL_STEPS + 1)], axis=-1) / NORMAL_STEPS * 2.0 - 1.0
    z = 1.0 - np.abs(square).sum(axis=-1, keepdims=True)
    fold = np.maximum(-z, 0.0)
    n = np.concatenate([square + np.where(square < 0.0, fold, -fold), z], axis=-1)
    unit: Float64Array = n / np.linalg.norm(n, axis=-1, keepdims=True)
    return unit


def glass_weight(opacity: ArrayLike, eye_mm: ArrayLike) -> Float64Array:
    """Weight of one pane of glass in the blend without order (``common/glass_out.glsl``)."""
    nearness = (10000.0 / np.maximum(np.asarray(eye_mm, dtype=np.float64), 1.0)) ** 3
    return np.asarray(opacity, dtype=np.float64) * np.clip(nearness, 0.01, 3000.0)


def element_rows(place_hw4: NDArray[np.float32]) -> NDArray[np.int64]:
    """Element table row of each pixel of the opaque pass, -1 where no element was drawn."""
    return place_hw4[..., 1].astype(np.int64) - 1
