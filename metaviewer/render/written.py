"""Numbers as people read them: one way for pictures, slices and panels."""

from __future__ import annotations

from typing import Final

import numpy as np

from metaviewer.frames import SLICE_AXES
from metaviewer.scene import Vector

ENDS: Final = (("L", "R"), ("P", "A"), ("S", "I"))
"""Letters of the positive and the negative end of the patient's axes, LPS."""
WINDOW_DIGITS: Final = 4
"""Of a width that is counted in no HU: a grey value's thousandth of the window is not seen."""
PARTS_MAX: Final = 6
"""Digits after the point; a scan of smaller numbers has a rescale of its own."""


def window_parts(width: float, *, unit: str) -> int:
    """Digits after the point of a window's centre and width: none in HU, which are whole."""
    if unit == "HU" or width <= 0.0:
        return 0
    before = int(np.floor(np.log10(width))) + 1
    return int(np.clip(WINDOW_DIGITS - before, 0, PARTS_MAX))


def window_words(center: float, width: float, *, unit: str) -> str:
    """A grey window: "C 40  W 400"; both numbers have as many digits after the point."""
    parts = window_parts(width, unit=unit)
    return f"C {_plain(center, parts)}  W {_plain(width, parts)}"


def along_words(value_mm: float, *, axis: int) -> str:
    """A place along one of the patient's axes, by the letter of the end it lies towards."""
    shown = f"{abs(value_mm):.1f}"
    is_towards_negative = value_mm < 0.0 and float(shown) > 0.0
    return f"{ENDS[axis][is_towards_negative]} {shown}"


def slice_words_mm(value_mm: float, *, plane: str) -> str:
    """Where a slice lies: "I 112.8 mm"."""
    return f"{along_words(value_mm, axis=SLICE_AXES[plane])} mm"


def place_words(point_lps_mm: Vector) -> str:
    """A place in the patient by the letters of its ends: "L 34.2  A 12.0  I 112.8 mm"."""
    parts = [along_words(value, axis=axis) for axis, value in enumerate(point_lps_mm)]
    return "  ".join(parts) + " mm"


def _plain(value: float, parts: int) -> str:
    """The number with a sign that is as wide as a digit, and no minus before a nought."""
    words = f"{value:.{parts}f}"
    return words.removeprefix("-") if float(words) == 0.0 else words.replace("-", "\N{MINUS SIGN}")
