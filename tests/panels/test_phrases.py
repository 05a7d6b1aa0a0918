"""Every phrase stands in both languages, takes the same words, and has its glyphs."""

from __future__ import annotations

import string

import numpy as np
import pytest
from imgui_bundle import imgui

from metaviewer import resources
from metaviewer.interact import BINDINGS
from metaviewer.medical.presets import CT_PRESETS, MR_PRESETS, PET_PRESETS
from metaviewer.panels import PHRASES, say
from metaviewer.panels.dialogs import SEAT_KEYS, key_name
from metaviewer.panels.imgui_frame import FONT_FILE, FONT_PX
from metaviewer.render.overlay_words import look_line


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(PHRASES))
def test_both_languages_are_filled_with_the_same_words(key):
    """A blank that one language lacks drops a patient's token from the question."""
    english, chinese = PHRASES[key]
    assert english
    assert chinese
    assert blanks(english) == blanks(chinese)


def test_every_key_of_the_keyboard_is_explained():
    assert all(binding.words in PHRASES for binding in BINDINGS.values())


def test_words_are_put_in():
    assert say("en", "camera_n", number=3) == "Camera 3"
    assert say("zh", "camera_n", number=3) == "视角 3"


def test_a_key_is_written_as_the_menus_write_it():
    """The help said "Control+Z" in one row and "Ctrl+O" in the next."""
    names = {key_name(binding.key) for binding in BINDINGS.values()}
    assert "Ctrl+Z" in names
    assert not any("Control" in name for name in (*names, *(name for name, _ in SEAT_KEYS)))


def test_every_preset_has_a_name_in_both_languages():
    """A Chinese picture said "bone"."""
    names = {*CT_PRESETS, *MR_PRESETS, *PET_PRESETS}
    assert {f"preset_{name}" for name in names} <= set(PHRASES)
    said = look_line("skeleton", region="all", is_diagnostic=False, language="zh")
    assert said == "骨骼 · 光照"


@pytest.fixture(scope="module")
def font():
    context = imgui.create_context()
    imgui.get_io().set_ini_filename("")
    imgui.get_io().backend_flags |= int(imgui.BackendFlags_.renderer_has_textures)
    path = resources.assets_dir() / FONT_FILE
    yield imgui.get_io().fonts.add_font_from_file_ttf(str(path), FONT_PX)
    imgui.destroy_context(context)


def test_no_phrase_shows_an_empty_box(font):
    """A subset font without one of the characters shows "?" where the word should be."""
    texts = [text for pair in PHRASES.values() for text in pair]
    missing = {
        character
        for text in texts
        for character in text
        if not character.isspace() and not font.is_glyph_in_font(ord(character))
    }
    assert missing == set()


def test_the_font_test_can_fail(font):
    assert not font.is_glyph_in_font(0x1F9A0)
    assert np.isfinite(FONT_PX)
