"""The grey window of slices: the twin of ``medical/window.glsl``."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from metaviewer.frames import Float64Array


def voi_window_linear(values: ArrayLike, *, center: float, width: float) -> Float64Array:
    """Grey 0..1 of modality values by the DICOM VOI LUT function LINEAR.

    Parameters
    ----------
    width : float
        At least 1; at exactly 1 the window is a threshold at ``center - 0.5``.

    References
    ----------
    DICOM PS3.3 C.11.2.1.2.1.
    """
    v = np.asarray(values, dtype=np.float64)
    return np.clip(
        np.where(
            v <= center - 0.5 - (width - 1.0) / 2.0,
            0.0,
            np.where(
                v > center - 0.5 + (width - 1.0) / 2.0,
                1.0,
                (v - (center - 0.5)) / max(width - 1.0, 1e-9) + 0.5,
            ),
        ),
        0.0,
        1.0,
    )
