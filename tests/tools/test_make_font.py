"""The shipped font shows every character the program writes, in both of its text engines."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont
from imgui_bundle import imgui
from make_font import FAMILY, TARGET, characters
from panda3d.core import DynamicTextFont, DynamicTextGlyph, Filename

REPOSITORY = Path(__file__).parents[2]
BLANK = frozenset("\n\r\t \u00a0\u00ad\u3000")
IN_BOTH_ENGINES = "Aa肺°"
SPOKEN = (
    "病房手术室床位占用空闲清洁报警温度失效肺结节肝胆胰脾肾颅腔不作诊断用途 °C µm ² ³ ← → ▲ ● ✓ ⚠ …"
)


@pytest.fixture(scope="module")
def font():
    with TTFont(TARGET) as opened:
        yield opened


def empty_glyphs(font: TTFont, text: str | frozenset[str]) -> str:
    """The characters of `text` that the font does not have or draws as nothing."""
    glyphs, names, empty = font.getGlyphSet(), font.getBestCmap(), []
    for character in sorted(set(text) - BLANK):
        pen = BoundsPen(glyphs)
        if ord(character) in names:
            glyphs[names[ord(character)]].draw(pen)
        if pen.bounds is None:
            empty.append(character)
    return "".join(empty)


def test_no_glyph_of_the_list_is_empty(font):
    """A subset of the Japanese face, or a dropped subroutine, leaves holes."""
    assert empty_glyphs(font, characters()) == ""


def test_the_words_of_both_languages_are_drawn(font):
    assert empty_glyphs(font, SPOKEN) == ""


def test_every_character_in_the_words_of_the_program_has_a_glyph(font):
    """A new word in a panel with a character outside the subset would show as an empty box."""
    written: set[str] = set()
    for module in (REPOSITORY / "metaviewer").rglob("*.py"):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                written.update(node.value)
    for table in (*(REPOSITORY / "scenes").glob("*.toml"), REPOSITORY / "assets" / "CREDITS.toml"):
        written.update(table.read_text(encoding="utf-8"))
    written = {character for character in written if character.isprintable()}
    drawn_by_docstrings_only = set("├└│─")  # trees in comments, never on screen
    assert empty_glyphs(font, frozenset(written - drawn_by_docstrings_only)) == ""


def test_the_derivative_carries_its_own_name_and_its_licence(font):
    """SIL OFL 1.1 conditions 2 and 3."""
    assert font["name"].getDebugName(1) == FAMILY
    assert "SIL Open Font License" in font["name"].getDebugName(13)
    licence = (TARGET.parent / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Adobe" in licence
    assert "PERMISSION & CONDITIONS" in licence


def test_dear_imgui_draws_it():
    """stb_truetype reads CFF outlines, but not every CFF table."""
    context = imgui.create_context()
    try:
        baked = imgui.get_io().fonts.add_font_from_file_ttf(str(TARGET), 24.0).get_font_baked(24.0)
        for character in IN_BOTH_ENGINES:
            glyph = baked.find_glyph_no_fallback(ord(character))
            assert glyph is not None
            assert glyph.x1 - glyph.x0 > 1
            assert glyph.y1 - glyph.y0 > 1
    finally:
        imgui.destroy_context(context)


def test_freetype_draws_it():
    """Panda3D gives a plain glyph, not a dynamic one, where FreeType found no outline."""
    face = DynamicTextFont(Filename.from_os_specific(str(TARGET)))
    assert face.is_valid()
    for character in IN_BOTH_ENGINES:
        glyph = face.get_glyph(ord(character))
        assert isinstance(glyph, DynamicTextGlyph)
        assert glyph.get_right() > glyph.get_left()
