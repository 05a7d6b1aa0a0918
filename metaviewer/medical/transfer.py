"""What a grey value looks like: colour and opacity over modality values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Projection = Literal["composite", "maximum"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TransferFunction:
    """Piecewise linear colour and opacity.

    Parameters
    ----------
    values : float64 array of shape (n,), strictly rising
        Modality values of the control points.
    colours_rgb_n3 : float64 array of shape (n, 3)
        Display sRGB, 0..1.
    opacities_per_mm : float64 array of shape (n,)
        Share of light lost over one millimetre, 0..1.
    projection : "composite" or "maximum"
        Light through matter, or the highest value along the ray (MIP).
    """

    name: str
    values: NDArray[np.float64]
    colours_rgb_n3: NDArray[np.float64]
    opacities_per_mm: NDArray[np.float64]
    projection: Projection = "composite"
    shaded: bool = True
