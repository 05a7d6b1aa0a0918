"""Where the words of a view stand: in the corners, what is looked at is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from metaviewer.render.overlay_marks import ScaleBar, SideLetter
from metaviewer.render.overlay_quads import Bar, Words

MARGIN_LETTERS: Final = 0.9
LINE_LETTERS: Final = 1.35
LETTER_WIDTH: Final = 0.56
"""Mean width of a letter, as a share of its size; Chinese ones are wider and fewer."""

WARNING_INK: Final = (255, 206, 120, 255)
BADGE_INK: Final = (255, 176, 96, 255)
FAINT_INK: Final = (196, 206, 216, 255)
LETTER_INK: Final = (224, 232, 242)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewWords:
    """What the corners of a view say; empty lines take no room.

    Parameters
    ----------
    heads : lines at the upper left: titles, then patients
    badges : under them, in the colour of a warning
    look : upper right
    warning : lower right, always
    edges : letters at the left, right, top and bottom edge, for slices
    """

    warning: str
    heads: tuple[str, ...] = ()
    badges: str = ""
    look: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    letters: tuple[SideLetter, ...] = ()
    bar: ScaleBar | None = None


def laid_out(
    said: ViewWords, *, size_px: tuple[int, int], letter_px: int
) -> tuple[tuple[Words, ...], tuple[Bar, ...]]:
    """Lines and bars at pixels of the view."""
    width, height = size_px
    margin, line = MARGIN_LETTERS * letter_px, LINE_LETTERS * letter_px
    words = [
        Words(text=said.warning, x_px=width - margin, y_px=margin, anchor="right", ink=WARNING_INK)
    ]
    rows = [(text, FAINT_INK) for text in said.heads if text]
    rows += [(said.badges, BADGE_INK)] if said.badges else []
    for n, (text, ink) in enumerate(rows, start=1):
        words.append(Words(text=text, x_px=margin, y_px=height - margin - n * line + 4, ink=ink))
    for n, text in enumerate((text for text in said.look if text), start=1):
        place = height - margin - n * line + 4
        words.append(
            Words(text=text, x_px=width - margin, y_px=place, anchor="right", ink=FAINT_INK)
        )
    words += _edges(said.edges, size_px=size_px, margin=margin, letter_px=letter_px)
    words += [
        Words(
            text=letter.letter,
            x_px=letter.x * width,
            y_px=letter.y * height - letter_px / 3.0,
            anchor="center",
            ink=(*LETTER_INK, round(255 * letter.strength)),
        )
        for letter in said.letters
    ]
    if said.bar is None:
        return tuple(words), ()
    # In a narrow view the bar stands above the warning, not under it.
    warning_px = len(said.warning) * letter_px * LETTER_WIDTH
    is_narrow = said.bar.length_px + warning_px + 3.0 * margin > width
    base = margin + (line if is_narrow else 0.0)
    words.append(
        Words(text=said.bar.words, x_px=margin, y_px=base + letter_px * 0.75, ink=FAINT_INK)
    )
    return tuple(words), _bar(said.bar, margin=margin, base=base, letter_px=letter_px)


def _edges(
    letters: Sequence[str], *, size_px: tuple[int, int], margin: float, letter_px: int
) -> list[Words]:
    if not letters:
        return []
    width, height = size_px
    left, right, top, bottom = letters
    middle = height / 2.0 - letter_px / 3.0
    ink = (*LETTER_INK, 255)
    return [
        Words(text=left, x_px=margin, y_px=middle, ink=ink),
        Words(text=right, x_px=width - margin, y_px=middle, anchor="right", ink=ink),
        Words(
            text=top, x_px=width / 2.0, y_px=height - margin - letter_px, anchor="center", ink=ink
        ),
        Words(text=bottom, x_px=width / 2.0, y_px=margin, anchor="center", ink=ink),
    ]


def _bar(bar: ScaleBar, *, margin: float, base: float, letter_px: int) -> tuple[Bar, ...]:
    """A line with two ticks."""
    thick = max(1.0, round(letter_px / 9.0))
    left, bottom = round(margin), round(base)
    right, top = left + round(bar.length_px), bottom + thick
    tick = round(letter_px * 0.4)
    return (
        Bar(left_px=left, bottom_px=bottom, right_px=right, top_px=top, ink=FAINT_INK),
        Bar(
            left_px=left, bottom_px=bottom, right_px=left + thick, top_px=top + tick, ink=FAINT_INK
        ),
        Bar(
            left_px=right - thick,
            bottom_px=bottom,
            right_px=right,
            top_px=top + tick,
            ink=FAINT_INK,
        ),
    )
