"""Colours of the picture itself; what a *state* looks like stands in `metaviewer.twin.kinds`.

The building is grey, so whatever is saturated means something. Colour is never alone: each alarm
has a glyph of its own, each state a word.
"""

from __future__ import annotations

from typing import Final

Rgb8 = tuple[int, int, int]
"""Display sRGB, 0..255."""

NORMAL: Final[Rgb8] = (0x8F, 0x93, 0x9B)
"""What is as it should be; the same grey as in `metaviewer.twin.kinds`."""

UNFED: Final[Rgb8] = (0xA6, 0xAA, 0xB0)
"""Floor of a room that no sensor watches, among rooms that are: it must not outshine a value."""

SELECTION: Final[Rgb8] = (0x80, 0x40, 0xF0)
"""Violet: no state has it; it differs from each by 27 (CIE76) in all three kinds of sight."""
