"""Words, bars and lines as quads at pixels of a view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array
from metaviewer.render.labels_layout import Glyph

Anchor = Literal["left", "center", "right"]
Rgba8 = tuple[int, int, int, int]

QUAD_DTYPE: Final = np.dtype([("place", "<f4", 3), ("colour", "u1", 4), ("uv", "<f4", 2)])
"""One vertex: pixels, RGBA, and the place in the atlas; lines have minus half their width in x,
and in y how many pixels it lies off their middle."""

SOLID: Final = (-1e6, 0.0, -1e6, 0.0)
FEATHER_PX: Final = 1.0
"""Beyond a line's edge, for the pixels that it covers in part."""
MITRE_MAX: Final = 2.0
"""Corners reach this many times half the width: sharper ones are cut off."""


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


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Line:
    """A line through corners (n, 2) in pixels; a closed one comes back to its first corner."""

    points_px_n2: Float64Array
    width_px: float
    ink: Rgba8
    is_closed: bool = True


def overlay_quads(
    words: Sequence[Words],
    bars: Sequence[Bar],
    *,
    glyphs: Mapping[str, Glyph],
    lines: Sequence[Line] = (),
) -> NDArray[np.void]:
    """Vertices of `QUAD_DTYPE`, four a quad: lines, bars over them, words on top."""
    quads = [line_quads(line) for line in lines]
    quads += [
        _quad((bar.left_px, bar.bottom_px, bar.right_px, bar.top_px), SOLID, bar.ink)
        for bar in bars
    ]
    for text in words:
        quads += _letters(text, glyphs)
    return np.concatenate(quads) if quads else np.zeros(0, dtype=QUAD_DTYPE)


def width_px(text: str, *, glyphs: Mapping[str, Glyph]) -> float:
    """Length of a line of text."""
    return sum(glyphs[letter].advance for letter in text if letter in glyphs)


def line_quads(line: Line) -> NDArray[np.void]:
    """Four vertices for each stretch of a line, mitred: stretches share their ends, none overlap.

    Overlapping ends would add up to more than the line's colour at every corner.
    """
    points = line.points_px_n2
    if len(points) < 2:
        return np.zeros(0, dtype=QUAD_DTYPE)
    half = line.width_px / 2.0
    outward = _mitres(points, is_closed=line.is_closed) * (half + FEATHER_PX)
    start = np.arange(len(points) if line.is_closed else len(points) - 1)
    end = (start + 1) % len(points)
    vertices = np.zeros((len(start), 4), dtype=QUAD_DTYPE)
    sides = ((start, -1.0), (end, -1.0), (end, 1.0), (start, 1.0))
    for n, (corner, side) in enumerate(sides):
        vertices["place"][:, n, :2] = points[corner] + side * outward[corner]
        vertices["uv"][:, n] = (-half, side * (half + FEATHER_PX))
    vertices["colour"] = line.ink
    return vertices.ravel()


def _mitres(points_n2: Float64Array, *, is_closed: bool) -> Float64Array:
    """At each corner, the way to the line's edge; its length is 1 where the line is straight."""
    along = np.roll(points_n2, -1, axis=0) - points_n2
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    after = np.stack([-along[:, 1], along[:, 0]], axis=1)
    before = np.roll(after, 1, axis=0)
    if not is_closed:
        before[0], after[-1] = after[0], after[-2]
    middle = before + after
    # |middle| is twice the cosine of half the turn; a full turn back leaves none.
    cosine = np.linalg.norm(middle, axis=1, keepdims=True) / 2.0
    unit = np.where(cosine > 1e-6, middle / np.maximum(2.0 * cosine, 1e-9), after)
    return np.asarray(unit * np.minimum(1.0 / np.maximum(cosine, 1e-6), MITRE_MAX))


def _letters(line: Words, glyphs: Mapping[str, Glyph]) -> list[NDArray[np.void]]:
    whole = width_px(line.text, glyphs=glyphs)
    # Whole pixels, or hinted letters blur.
    pen: float = round(
        line.x_px - {"left": 0.0, "center": whole / 2.0, "right": whole}[line.anchor]
    )
    base = round(line.y_px)
    inked = []
    for letter in line.text:
        glyph = glyphs.get(letter)
        if glyph is None:
            continue
        box = (pen + glyph.left, base + glyph.bottom, pen + glyph.right, base + glyph.top)
        if not letter.isspace():  # its box is uninitialised memory in Panda3D 1.10 (measured)
            inked.append(_quad(box, glyph.uv, line.ink))
        pen += glyph.advance
    return inked


def _quad(
    box: tuple[float, float, float, float], uv: tuple[float, float, float, float], ink: Rgba8
) -> NDArray[np.void]:
    vertices = np.zeros(4, dtype=QUAD_DTYPE)
    corners = ((0, 1), (2, 1), (2, 3), (0, 3))
    vertices["place"][:, :2] = [(box[x], box[y]) for x, y in corners]
    vertices["uv"] = [(uv[x], uv[y]) for x, y in corners]
    vertices["colour"] = ink
    return vertices
