"""Colours of regions whose file gives none: told apart at a glance, and the finding in green."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import cycle
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

FINDING_SHADES_RGB: Final[tuple[Rgb, ...]] = (
    FINDING_RGB,
    (0.62, 0.86, 0.24),
    (0.16, 0.74, 0.62),
    (0.72, 0.92, 0.62),
    (0.10, 0.55, 0.25),
)
"""Greens for several findings of one object."""

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


def region_colours(
    names: Sequence[str], own_rgb: Sequence[Rgb | None], *, finding_rgb: Rgb | None = None
) -> list[Rgb]:
    """One colour for each region of an object: the file's own, else green for a finding, else ours.

    Parameters
    ----------
    finding_rgb : colour or None
        Colour of the finding even where the file gives another, if it is the only one: several
        outlines of one nodule must stay apart.
    """
    is_only = sum(is_finding(name) for name in names) == 1
    shades, colours = cycle(FINDING_SHADES_RGB), cycle(REGION_RGB)
    chosen: list[Rgb] = []
    for name, own in zip(names, own_rgb, strict=True):
        ours = next(shades) if is_finding(name) else next(colours)
        forced = finding_rgb if is_only and is_finding(name) else None
        chosen.append(forced or own or ours)
    return chosen
