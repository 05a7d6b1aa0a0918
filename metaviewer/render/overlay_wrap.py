"""Lines of text that fit a width."""

from __future__ import annotations

from collections.abc import Callable

Measure = Callable[[str], float]
"""Width of a text in pixels."""


def wrapped(text: str, *, joint: str, room_px: float, measure: Measure) -> list[str]:
    """The text in lines that fit, broken at `joint`; a piece that is too long is broken in itself.

    Nothing is left out; only a single letter may be wider than the room.
    """
    lines: list[str] = []
    for piece in text.split(joint) if text else []:
        joined = f"{lines[-1]}{joint}{piece}" if lines else piece
        if lines and measure(joined) <= room_px:
            lines[-1] = joined
        elif measure(piece) <= room_px or len(piece) < 2:
            lines.append(piece)
        elif joint != " " and " " in piece:
            lines += wrapped(piece, joint=" ", room_px=room_px, measure=measure)
        else:
            lines += _in_letters(piece, room_px=room_px, measure=measure)
    return lines


def _in_letters(piece: str, *, room_px: float, measure: Measure) -> list[str]:
    lines = [""]
    for letter in piece:
        if lines[-1] and measure(lines[-1] + letter) > room_px:
            lines.append("")
        lines[-1] += letter
    return lines
