"""Where the words of a view stand: in the corners, what is looked at is free, nothing overlaps.

Every line stands on a plate, so that it is read over bone and over black, in both themes. What must
be read (the warning, patients, badges, the letters of the sides) is placed first and never cut;
what finds no room beside it (look, bar) is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from metaviewer.render.overlay_marks import ScaleBar, SideLetter
from metaviewer.render.overlay_quads import Anchor, Bar, Rgba8, Words
from metaviewer.render.overlay_wrap import Measure, wrapped

MARGIN_LETTERS: Final = 0.9
LINE_LETTERS: Final = 1.35
UNDER_LETTERS, OVER_LETTERS, BESIDE_LETTERS = 0.36, 0.99, 0.32
"""How far a plate reaches under the base line, over it, and beside the text."""
NARROW_LETTERS: Final = 24.0
"""A view narrower than this has one column at its top, not two."""
STEPS_MAX: Final = 40
"""Places that a mark tries, half a line apart."""

BADGE_JOINT: Final = " · "

WARNING_INK: Final = (255, 206, 120, 255)
BADGE_INK: Final = (255, 176, 96, 255)
FAINT_INK: Final = (196, 206, 216, 255)
LETTER_INK: Final = (224, 232, 242, 255)

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inks:
    """Colours of one theme: each at least 4.5 times as bright as its plate over anything."""

    warning: Rgba8 = WARNING_INK
    badge: Rgba8 = BADGE_INK
    faint: Rgba8 = FAINT_INK
    letter: Rgba8 = LETTER_INK
    plate: Rgba8 = (8, 12, 20, 190)


ON_DARK: Final = Inks()
ON_LIGHT: Final = Inks(
    warning=(122, 66, 0, 255),
    badge=(140, 50, 10, 255),
    faint=(48, 58, 70, 255),
    letter=(20, 28, 38, 255),
    plate=(246, 248, 250, 205),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewWords:
    """What the corners of a view say; empty lines take no room.

    Parameters
    ----------
    heads : lines at the upper left: titles, then patients, then what is not seen
    badges : under them, in the colour of a warning
    look : upper right
    warning : lower right, always
    edges : letters at the left, right, top and bottom edge, for slices
    is_on_light : whether the backdrop is light
    """

    warning: str
    heads: tuple[str, ...] = ()
    badges: str = ""
    look: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    letters: tuple[SideLetter, ...] = ()
    bar: ScaleBar | None = None
    is_on_light: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Page:
    """What has been placed on a view so far."""

    size_px: tuple[int, int]
    letter_px: int
    measure: Measure
    inks: Inks
    words: list[Words] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    taken: list[Box] = field(default_factory=list)

    @property
    def margin(self) -> float:
        return MARGIN_LETTERS * self.letter_px

    @property
    def line(self) -> float:
        return LINE_LETTERS * self.letter_px

    def box(self, words: Words) -> Box:
        """The plate of a line of text."""
        wide, beside = self.measure(words.text), BESIDE_LETTERS * self.letter_px
        left = words.x_px - {"left": 0.0, "center": wide / 2.0, "right": wide}[words.anchor]
        return (
            left - beside,
            words.y_px - UNDER_LETTERS * self.letter_px,
            left + wide + beside,
            words.y_px + OVER_LETTERS * self.letter_px,
        )

    def is_free(self, box: Box) -> bool:
        """Whether a box lies in the view and on nothing."""
        width, height = self.size_px
        is_inside = box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height
        return is_inside and not any(_overlap(box, other) for other in self.taken)

    def write(self, words: Words) -> None:
        """Put a line of text down, with its plate."""
        box = self.box(words)
        self.taken.append(box)
        self.bars.append(_bar(box, self.inks.plate))
        self.words.append(words)

    def write_first_free(self, places: Iterable[Words]) -> None:
        """Put a text down at the first place that is free; nowhere where none is."""
        found = next((words for words in places if self.is_free(self.box(words))), None)
        if found is not None:
            self.write(found)


def laid_out(
    said: ViewWords, *, size_px: tuple[int, int], letter_px: int, measure: Measure
) -> tuple[tuple[Words, ...], tuple[Bar, ...]]:
    """Lines of text and bars at pixels of the view; plates come before what stands on them.

    Parameters
    ----------
    measure : callable
        Width of a text in pixels.
    """
    page = _Page(
        size_px=size_px,
        letter_px=letter_px,
        measure=measure,
        inks=ON_LIGHT if said.is_on_light else ON_DARK,
    )
    _warning(page, said.warning)
    is_narrow = size_px[0] < NARROW_LETTERS * letter_px
    look = _look_lines(page, said.look, is_narrow=is_narrow)
    # Two plates end between the columns.
    gap = 2.0 * BESIDE_LETTERS * letter_px
    beside = 0.0 if is_narrow else max((measure(text) + gap for text in look), default=0.0)
    bottom = _heads(page, said, room=size_px[0] - 2.0 * page.margin - beside)
    if not is_narrow:
        _look(page, look, top=size_px[1] - page.margin, anchor="right")
    _edges(page, said.edges)
    if is_narrow:
        _look(page, look, top=bottom, anchor="left")
    for letter in said.letters:
        page.write_first_free(_letter_places(page, letter))
    if said.bar is not None:
        _scale_bar(page, said.bar)
    return tuple(page.words), tuple(page.bars)


def _warning(page: _Page, text: str) -> None:
    """Lower right, in as many lines as it needs."""
    x_px = page.size_px[0] - page.margin
    rows = wrapped(text, joint=" ", room_px=x_px - page.margin, measure=page.measure)
    for n, row in enumerate(reversed(rows)):
        y_px = page.margin + n * page.line
        page.write(Words(text=row, x_px=x_px, y_px=y_px, anchor="right", ink=page.inks.warning))


def _heads(page: _Page, said: ViewWords, *, room: float) -> float:
    """Upper left: titles and patients, then every badge, in as many lines as they need."""
    said_rows = [(text, " ", page.inks.faint) for text in said.heads]
    said_rows.append((said.badges, BADGE_JOINT, page.inks.badge))
    rows = [
        (row, ink)
        for text, joint, ink in said_rows
        for row in wrapped(text, joint=joint, room_px=room, measure=page.measure)
    ]
    top = page.size_px[1] - page.margin
    for text, ink in rows:
        page.write(Words(text=text, x_px=page.margin, y_px=_base(page, top), ink=ink))
        top -= page.line
    return top


def _look_lines(page: _Page, look: Sequence[str], *, is_narrow: bool) -> list[str]:
    """Lines of the look, each within its column."""
    share = 1.0 if is_narrow else 0.5
    room = share * page.size_px[0] - 2.0 * page.margin
    return [
        row
        for text in look
        if text
        for row in wrapped(text, joint=BADGE_JOINT, room_px=room, measure=page.measure)
    ]


def _look(page: _Page, rows: Sequence[str], *, top: float, anchor: Anchor) -> None:
    """What the picture is made with: left out, from the last line on, where it finds no room."""
    x_px = page.margin if anchor == "left" else page.size_px[0] - page.margin
    for row in rows:
        words = Words(
            text=row, x_px=x_px, y_px=_base(page, top), anchor=anchor, ink=page.inks.faint
        )
        if not page.is_free(page.box(words)):
            return
        page.write(words)
        top -= page.line


def _base(page: _Page, top: float) -> float:
    return top - 0.8 * page.letter_px


def _edges(page: _Page, letters: Sequence[str]) -> None:
    """A letter at each edge of a slice, moved along or off the edge where words stand there."""
    if not letters:
        return
    width, height = page.size_px
    left, right, top, bottom = letters
    middle, center = height / 2.0 - page.letter_px / 3.0, width / 2.0
    top_base = _base(page, height - page.margin)
    step, ink = page.line / 2.0, page.inks.letter

    def put(text: str, anchor: Anchor, places: Iterator[tuple[float, float]]) -> None:
        page.write_first_free(
            Words(text=text, x_px=x, y_px=y, anchor=anchor, ink=ink) for x, y in places
        )

    put(top, "center", ((center, top_base - n * step) for n in range(STEPS_MAX)))
    put(bottom, "center", ((center, page.margin + n * step) for n in range(STEPS_MAX)))
    put(left, "left", ((page.margin, middle + step * off) for off in _around()))
    put(right, "right", ((width - page.margin, middle + step * off) for off in _around()))


def _around() -> Iterator[int]:
    """Yield 0, -1, 1, -2, 2, ..."""
    yield 0
    for off in range(1, STEPS_MAX):
        yield -off
        yield off


def _letter_places(page: _Page, letter: SideLetter) -> Iterator[Words]:
    """Yield places of a side's letter: its own, then towards the middle of the view."""
    width, height = page.size_px
    x, y = letter.x * width, letter.y * height - page.letter_px / 3.0
    for n in range(STEPS_MAX):
        share = 1.0 - n / STEPS_MAX
        yield Words(
            text=letter.letter,
            x_px=width / 2.0 + (x - width / 2.0) * share,
            y_px=height / 2.0 + (y - height / 2.0) * share,
            anchor="center",
            ink=page.inks.letter,
        )


def _scale_bar(page: _Page, bar: ScaleBar) -> None:
    """A line with two ticks and its length over it, lower left, above what stands there."""
    thick, tick = max(1.0, round(page.letter_px / 9.0)), round(page.letter_px * 0.4)
    beside = BESIDE_LETTERS * page.letter_px
    left, right = round(page.margin), round(page.margin) + round(bar.length_px)
    for n in range(STEPS_MAX):
        base = round(page.margin + n * page.line / 2.0)
        words = Words(
            text=bar.words,
            x_px=page.margin,
            y_px=base + page.letter_px * 0.75,
            ink=page.inks.faint,
        )
        over = page.box(words)
        under = (left - beside, base - beside, max(right + beside, over[2]), over[3])
        if not page.is_free(under):
            continue
        ink = page.inks.faint
        page.taken.append(under)
        page.bars.extend(
            _bar(box, colour)
            for box, colour in (
                (under, page.inks.plate),
                ((left, base, right, base + thick), ink),
                ((left, base, left + thick, base + tick), ink),
                ((right - thick, base, right, base + tick), ink),
            )
        )
        page.words.append(words)
        return


def _bar(box: Box, ink: Rgba8) -> Bar:
    left, bottom, right, top = (float(round(side)) for side in box)
    return Bar(left_px=left, bottom_px=bottom, right_px=right, top_px=top, ink=ink)


def _overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share more than an edge."""
    slack = 0.01  # of a pixel: plates of lines one under another touch
    return (
        one[0] < other[2] - slack
        and other[0] < one[2] - slack
        and one[1] < other[3] - slack
        and other[1] < one[3] - slack
    )
