"""The words of a view overlap nothing, are never cut, and are read over anything."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from metaviewer.render.labels_font import load_label_font
from metaviewer.render.overlay_layout import ON_DARK, ON_LIGHT, ViewWords, laid_out
from metaviewer.render.overlay_marks import ScaleBar, SideLetter
from metaviewer.render.overlay_quads import Bar, Line, Words, line_quads, width_px
from metaviewer.render.overlay_view import letter_px
from metaviewer.render.overlay_words import BADGE_WORDS_ZH, NOT_FOR_DIAGNOSIS
from metaviewer.render.overlay_wrap import wrapped
from tests.render.contrast import CONTRAST_MIN, GROUNDS, contrast

WINDOWS = ((400, 300), (640, 480), (900, 640), (1280, 960), (3840, 2160))
SLICES = tuple((round(0.28 * width), height // 3) for width, height in WINDOWS)
LETTERS = {"L": (0.93, 0.5), "R": (0.06, 0.5), "S": (0.9, 0.95), "I": (0.5, 0.05)}
"""S stands where the look is written, I where the warning and the bar may be."""

AROUND_INK_PX = 4.0
"""Empty pixels around a letter in its box of the atlas (measured: an A begins 4 under its line)."""


@cache
def font_of(size_px: int):
    return load_label_font(float(size_px))


def measure_at(size_px: int):
    return lambda text: width_px(text, glyphs=font_of(size_px).glyphs(set(text)))


def said_in_space(width: int, **fields) -> ViewWords:
    return ViewWords(
        warning="Not for diagnostic use",
        heads=("Hospital with a chest CT", "Patient 3b0508f6", "also loaded, hidden: MR 9 x 9 x 9"),
        badges="irregular spacing · resampled · ai not reviewed · reduced",
        look=("bone · lit · table hidden, denoised", "pet · lit"),
        letters=tuple(SideLetter(letter=name, x=x, y=y) for name, (x, y) in LETTERS.items()),
        bar=ScaleBar(length_px=0.24 * width, words="10 cm"),
        **fields,
    )


def said_on_slice(width: int) -> ViewWords:
    return ViewWords(
        warning="Not for diagnostic use",
        heads=("Patient 3b0508f6",),
        badges="made",
        look=("C 40  W 400", "S -1234.5 mm"),
        edges=("R", "L", "A", "P"),
        bar=ScaleBar(length_px=0.24 * width, words="10 cm"),
    )


def laid(said: ViewWords, size_px: tuple[int, int]) -> tuple[tuple[Words, ...], tuple[Bar, ...]]:
    letters = letter_px(size_px)
    return laid_out(said, size_px=size_px, letter_px=letters, measure=measure_at(letters))


def boxes_of(words: tuple[Words, ...], size_px: tuple[int, int]) -> np.ndarray:
    """Inked boxes (n, 4) of the lines, from the font's own letters."""
    font = font_of(letter_px(size_px))
    boxes = []
    for line in words:
        glyphs = font.glyphs(set(line.text))
        wide = width_px(line.text, glyphs=glyphs)
        left = line.x_px - {"left": 0.0, "center": wide / 2, "right": wide}[line.anchor]
        bottom = line.y_px + min(glyph.bottom for glyph in glyphs.values()) + AROUND_INK_PX
        top = line.y_px + max(glyph.top for glyph in glyphs.values()) - AROUND_INK_PX
        boxes.append((left, bottom, left + wide, top))
    return np.array(boxes)


def assert_nothing_overlaps(words: tuple[Words, ...], size_px: tuple[int, int]) -> None:
    boxes = boxes_of(words, size_px)
    assert (boxes[:, :2] >= 0.0).all()
    assert (boxes[:, 2:] <= size_px).all()
    for n, one in enumerate(boxes):
        for m, other in enumerate(boxes[:n]):
            apart = (one[:2] >= other[2:]).any() or (other[:2] >= one[2:]).any()
            assert apart, (words[n].text, words[m].text)


@pytest.mark.parametrize("size_px", WINDOWS)
def test_in_a_3d_view_nothing_overlaps_and_nothing_that_must_be_read_is_missing(size_px):
    """In a small picture the S stood on the look, and the look ran into the badges."""
    said = said_in_space(size_px[0])
    words, _ = laid(said, size_px)
    assert_nothing_overlaps(words, size_px)
    text = " ".join(line.text for line in words)
    for wanted in (*said.heads, *said.badges.split(" · "), said.warning, "table hidden, denoised"):
        assert wanted in text.replace(" · ", " "), wanted
    assert {line.text for line in words if len(line.text) == 1} == set(LETTERS)


def test_no_width_makes_the_two_columns_touch():
    """A left column that ended where the right one's plate begins lost lines of the look."""
    for width in range(290, 420, 10):
        said = replace(said_in_space(width), heads=("i " * 150,))  # its lines fill their column
        words, _ = laid(said, (width, 300))
        assert_nothing_overlaps(words, (width, 300))
        look = [line.text for line in words if line.anchor == "right" and line.ink == ON_DARK.faint]
        assert " · ".join(look) == " · ".join(said.look), width


@pytest.mark.parametrize("size_px", SLICES)
def test_on_a_slice_nothing_overlaps_and_all_four_letters_stand(size_px):
    """The slices of a window of 900 x 640 are 252 pixels wide: the I stood in the warning."""
    said = said_on_slice(size_px[0])
    words, _ = laid(said, size_px)
    assert_nothing_overlaps(words, size_px)
    assert {line.text for line in words if len(line.text) == 1} == set(said.edges)
    text = " ".join(line.text for line in words)
    for wanted in (*said.heads, said.badges):
        assert wanted in text
    warned = [line.text for line in words if line.ink == ON_DARK.warning]
    assert " ".join(reversed(warned)) == said.warning


def test_a_long_line_is_broken_at_its_joints_and_loses_nothing():
    lines = wrapped("one · two three · four", joint=" · ", room_px=9.0, measure=len)
    assert lines == ["one", "two three", "four"]
    assert wrapped("abcdef", joint=" ", room_px=3.0, measure=len) == ["abc", "def"]
    assert wrapped("", joint=" ", room_px=3.0, measure=len) == []


@pytest.mark.parametrize("is_on_light", [False, True])
@pytest.mark.parametrize("ground", GROUNDS)
def test_every_text_is_read_over_bone_walls_and_black(is_on_light, ground):
    """Each word over its own plate, blended over the brightest and the darkest there is."""
    words, bars = laid(said_in_space(640, is_on_light=is_on_light), (640, 480))
    inks = ON_LIGHT if is_on_light else ON_DARK
    boxes = boxes_of(words, (640, 480))
    for line, box in zip(words, boxes, strict=True):
        plates = [
            bar
            for bar in bars
            if bar.left_px <= box[0] and bar.right_px >= box[2]
            if bar.bottom_px <= box[1] + 1.0 and bar.top_px >= box[3] - 1.0
        ]
        assert plates, line.text
        assert line.ink[3] == 255
        assert contrast(line.ink, inks.plate, ground) >= CONTRAST_MIN, line.text


def test_the_stretches_of_a_line_meet_and_do_not_overlap():
    """Overlapping ends of half-covered pixels add up: a knot at every corner."""
    square = np.array([[10.0, 10.0], [20.0, 10.0], [20.0, 20.0], [10.0, 20.0]])
    line = Line(points_px_n2=square, width_px=2.0, ink=(0, 255, 0, 255))
    quads = line_quads(line)["place"][:, :2].reshape(4, 4, 2)
    np.testing.assert_allclose(quads[:, 1], np.roll(quads[:, 0], -1, axis=0))
    np.testing.assert_allclose(quads[:, 2], np.roll(quads[:, 3], -1, axis=0))
    assert sorted(np.abs(quads - 15.0).max(axis=(1, 2))) == pytest.approx([7.0] * 4)
    opened = Line(points_px_n2=square, width_px=2.0, ink=(0, 255, 0, 255), is_closed=False)
    assert len(line_quads(opened)) == 3 * 4


@pytest.mark.parametrize("edge_px", [480, 1024, 4096, 8192])
def test_the_warning_is_read_on_a_poster_as_on_a_screen(edge_px):
    """Letters stopped growing at 34 pixels: on 4096 the warning was a hair line."""
    letters = letter_px((edge_px, edge_px))
    font = load_label_font(float(letters))
    glyphs = font.glyphs(set(NOT_FOR_DIAGNOSIS["en"] + NOT_FOR_DIAGNOSIS["zh"]))
    assert glyphs["N"].top >= edge_px / 90  # over the base line
    assert set(NOT_FOR_DIAGNOSIS["zh"]) <= set(glyphs)


def test_a_page_holds_the_letters_of_a_crowded_picture_at_every_size():
    """A letter that finds no room on the page is left out of the word."""
    letters = {chr(number) for number in range(0x20, 0x7F)}
    letters |= set("".join(BADGE_WORDS_ZH.values()))
    glyphs = load_label_font(float(letter_px((8192, 8192)))).glyphs(letters)
    assert set(glyphs) == letters


def test_in_a_tall_narrow_picture_a_line_still_holds_a_word():
    assert letter_px((700, 8192)) * 12 < 700
