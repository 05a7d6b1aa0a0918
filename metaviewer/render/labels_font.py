"""The letters of labels: one atlas page of the shipped font, at exactly the size that is drawn.

Drawn texel for pixel the hinted letters stay sharp; a size of its own for each display density.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from panda3d.core import DynamicTextFont, DynamicTextGlyph, Filename, SamplerState, Texture

from metaviewer import resources
from metaviewer.errors import RenderError
from metaviewer.render.labels_layout import Glyph

FONT_FILE: Final = "fonts/metaviewer_sans.otf"
PAGE_PX: Final = 1024
"""About 1,500 letters of 16 pixels: every one that one hospital's labels hold."""

PAGE_LETTER_PX: Final = 34
"""The largest letters of such a page: for larger ones the page grows with them."""
PAGE_PX_MAX: Final = 4096
"""Over 300 Chinese letters of 186 pixels, a picture of 8192; no GPU of today takes less."""
MARGIN_PX: Final = 2


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LabelFont:
    """A font at one size."""

    font: DynamicTextFont
    size_px: float

    @property
    def line_px(self) -> float:
        """From one line to the next."""
        return float(self.font.get_line_height() * self.size_px)

    @property
    def atlas(self) -> Texture:
        """The page that all letters asked for so far are on."""
        if not self.font.get_num_pages():
            self.font.get_glyph(ord("0"))  # a page comes into being with its first letter
        return self.font.get_page(0)

    def glyphs(self, letters: set[str]) -> dict[str, Glyph]:
        """Metrics of letters; those that the font, or its page, has no room for are left out."""
        found = {letter: self.font.get_glyph(ord(letter)) for letter in sorted(letters)}
        return {
            letter: _glyph(glyph, self.size_px)
            for letter, glyph in found.items()
            if isinstance(glyph, DynamicTextGlyph)
            and (glyph.get_page() is None or glyph.get_page() == self.font.get_page(0))
        }


def load_label_font(size_px: float) -> LabelFont:
    """The shipped font at `size_px` pixels an em.

    Raises
    ------
    RenderError
        Where the font is not there or is no font.
    """
    place = resources.assets_dir() / FONT_FILE
    font = DynamicTextFont(Filename.from_os_specific(str(place)))
    if not font.is_valid():
        raise RenderError(f"the font {FONT_FILE} cannot be read: install metaviewer again")
    font.set_point_size(10.0)
    font.set_pixels_per_unit(size_px)
    font.set_scale_factor(1.0)
    page_px = page_edge_px(size_px)
    font.set_page_size(page_px, page_px)
    font.set_texture_margin(MARGIN_PX)
    font.set_minfilter(SamplerState.FT_linear)
    font.set_magfilter(SamplerState.FT_linear)
    return LabelFont(font=font, size_px=size_px)


def page_edge_px(size_px: float) -> int:
    """Edge of the page for letters of that size, a power of two."""
    times = int(np.ceil(np.log2(max(size_px / PAGE_LETTER_PX, 1.0))))
    return min(PAGE_PX << times, PAGE_PX_MAX)


def _glyph(glyph: DynamicTextGlyph, size_px: float) -> Glyph:
    advance = glyph.get_advance() * size_px
    if glyph.get_page() is None:
        # A blank: Panda3D 1.10 leaves its box uninitialised, now and then 1e38 wide (measured).
        return Glyph(
            left=0.0, bottom=0.0, right=0.0, top=0.0, uv=(0.0, 0.0, 0.0, 0.0), advance=advance
        )
    return Glyph(
        left=glyph.get_left() * size_px,
        bottom=glyph.get_bottom() * size_px,
        right=glyph.get_right() * size_px,
        top=glyph.get_top() * size_px,
        uv=(
            glyph.get_uv_left(),
            glyph.get_uv_bottom(),
            glyph.get_uv_right(),
            glyph.get_uv_top(),
        ),
        advance=advance,
    )
