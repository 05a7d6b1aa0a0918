"""Words and bars as quads at pixels of a view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from metaviewer.render.labels_layout import Glyph

Anchor = Literal["left", "center", "right"]
Rgba8 = tuple[int, int, int, int]

QUAD_DTYPE: Final = np.dtype([("place", "<f4", 3), ("colour", "u1", 4), ("uv", "<f4", 2)])
"""One vertex: pixels, RGBA, and the place in the atlas (below 0: a solid bar)."""

SOLID: Final = (-1.0, -1.0, -1.0, -1.0)
SHADOW_PX: Final = 1.0
SHADOW_ALPHA: Final = 0.65


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One line of text; (0, 0) is the view's lower left corner, y the base line."""

    text: str
    x_px: float
    y_px: float
    anchor: Anchor = "left"
    ink: Rgba8 = (236, 240, 244, 255)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A solid rectangle."""

    left_px: float
    bottom_px: float
    right_px: float
    top_px: float
    ink: Rgba8 = (236, 240, 244, 255)


def overlay_quads(
    words: Sequence[Words], bars: Sequence[Bar], *, glyphs: Mapping[str, Glyph]
) -> NDArray[np.void]:
    """Vertices of `QUAD_DTYPE`, four a quad; a dark shadow under every letter."""
    quads = [
        _quad((bar.left_px, bar.bottom_px, bar.right_px, bar.top_px), SOLID, bar.ink)
        for bar in bars
    ]
    for line in words:
        quads += _letters(line, glyphs)
    return np.concatenate(quads) if quads else np.zeros(0, dtype=QUAD_DTYPE)


def width_px(text: str, *, glyphs: Mapping[str, Glyph]) -> float:
    """Length of a line."""
    return sum(glyphs[letter].advance for letter in text if letter in glyphs)


def _letters(line: Words, glyphs: Mapping[str, Glyph]) -> list[NDArray[np.void]]:
    whole = width_px(line.text, glyphs=glyphs)
    # Whole pixels, or hinted letters blur.
    pen: float = round(
        line.x_px - {"left": 0.0, "center": whole / 2.0, "right": whole}[line.anchor]
    )
    base = round(line.y_px)
    shadow = (0, 0, 0, round(line.ink[3] * SHADOW_ALPHA))
    inked, shadows = [], []
    for letter in line.text:
        glyph = glyphs.get(letter)
        if glyph is None:
            continue
        box = (pen + glyph.left, base + glyph.bottom, pen + glyph.right, base + glyph.top)
        under = (box[0] + SHADOW_PX, box[1] - SHADOW_PX, box[2] + SHADOW_PX, box[3] - SHADOW_PX)
        if not letter.isspace():  # its box is uninitialised memory in Panda3D 1.10 (measured)
            shadows.append(_quad(under, glyph.uv, shadow))
            inked.append(_quad(box, glyph.uv, line.ink))
        pen += glyph.advance
    return [*shadows, *inked]


def _quad(
    box: tuple[float, float, float, float], uv: tuple[float, float, float, float], ink: Rgba8
) -> NDArray[np.void]:
    vertices = np.zeros(4, dtype=QUAD_DTYPE)
    corners = ((0, 1), (2, 1), (2, 3), (0, 3))
    vertices["place"][:, :2] = [(box[x], box[y]) for x, y in corners]
    vertices["uv"] = [(uv[x], uv[y]) for x, y in corners]
    vertices["colour"] = ink
    return vertices
