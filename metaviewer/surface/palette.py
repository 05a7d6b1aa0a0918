"""Colours of regions whose file gives none: told apart at a glance, and the finding in green."""

from __future__ import annotations

import re
from typing import Final

Rgb = tuple[float, float, float]
"""Red, green, blue in display sRGB, 0..1."""

FINDING_RGB: Final[Rgb] = (0.20, 0.82, 0.36)
FINDING_WORDS: Final = re.compile(
    r"\b(finding|tumou?rs?|nodules?|mass|neoplasms?|lesions?|carcinoma|metastas[ie]s"
    r"|(gtv|ctv|ptv)[a-z0-9]*)\b",
    re.IGNORECASE,
)
"""What a name says where a region is what the picture was taken for; GTV as in ICRU report 83."""

REGION_RGB: Final[tuple[Rgb, ...]] = (
    (0.34, 0.61, 0.86),
    (0.95, 0.62, 0.26),
    (0.75, 0.47, 0.78),
    (0.93, 0.80, 0.42),
    (0.84, 0.39, 0.37),
    (0.35, 0.72, 0.72),
    (0.89, 0.55, 0.66),
    (0.58, 0.53, 0.82),
    (0.76, 0.60, 0.45),
    (0.62, 0.70, 0.78),
)
"""Calm, of even weight, none of them green: green is the finding's."""


def is_finding(name: str) -> bool:
    """Whether a region's name says that it is what the surgeon came for."""
    return FINDING_WORDS.search(name.replace("_", " ")) is not None


def region_rgb(
    name: str, *, index: int, own_rgb: Rgb | None, finding_rgb: Rgb | None = None
) -> Rgb:
    """The region's own colour, else green for a finding, else a colour by its place in the list.

    Parameters
    ----------
    finding_rgb : colour or None
        Colour of a finding even where the file gives another.
    """
    if is_finding(name):
        return finding_rgb or own_rgb or FINDING_RGB
    return own_rgb or REGION_RGB[index % len(REGION_RGB)]
