"""Colours that region files carry, as display sRGB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from metaviewer.frames import frozen
from metaviewer.medical.segments import Rgb

CODE_MAX: Final = 65535.0
WHITE_D50: Final = frozen([0.96422, 1.0, 0.82521])
"""White of the profile connection space (ICC.1:2010 section 6.3.4.3)."""
SRGB_FROM_XYZ_D50: Final = frozen(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)
"""Linear sRGB from XYZ under D50, Bradford adaptation to D65 included."""
LAB_KNEE: Final = 6.0 / 29.0


def rgb_from_dicom_lab(code: Sequence[float]) -> Rgb | None:
    """Display sRGB of a RecommendedDisplayCIELabValue; None where it is not three codes.

    Parameters
    ----------
    code : three numbers, 0..65535
        L* of 0..100, a* and b* of -128..127, each over the whole range.

    References
    ----------
    DICOM PS3.3 C.10.7.1.1; IEC 61966-2-1 (sRGB).
    """
    if len(code) != 3 or not all(0.0 <= value <= CODE_MAX for value in code):
        return None
    lightness, a, b = (value / CODE_MAX for value in code)
    middle = (lightness * 100.0 + 16.0) / 116.0
    steps = np.array(
        [middle + (a * 255.0 - 128.0) / 500.0, middle, middle - (b * 255.0 - 128.0) / 200.0]
    )
    xyz = WHITE_D50 * np.where(steps > LAB_KNEE, steps**3, 3.0 * LAB_KNEE**2 * (steps - 4.0 / 29.0))
    linear = np.clip(SRGB_FROM_XYZ_D50 @ xyz, 0.0, 1.0)
    encoded = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * np.power(linear, 1.0 / 2.4) - 0.055
    )
    red, green, blue = (float(value) for value in np.clip(encoded, 0.0, 1.0))
    return red, green, blue


def rgb_from_bytes(code: Sequence[float]) -> Rgb | None:
    """Display sRGB of a ROIDisplayColor (0..255); None where it is not three codes."""
    if len(code) != 3 or not all(0.0 <= value <= 255.0 for value in code):
        return None
    red, green, blue = (float(value) / 255.0 for value in code)
    return red, green, blue
