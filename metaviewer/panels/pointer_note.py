"""What a slice says under the pointer: the exact value, and where it lies in the patient."""

from __future__ import annotations

from imgui_bundle import imgui

from metaviewer.panels.content import Content
from metaviewer.panels.phrases import say
from metaviewer.render.written import place_words
from metaviewer.scene import Language


def describe_pointer(content: Content) -> None:
    """A small note beside the pointer; nothing where it is not over a slice."""
    under = content.under
    if under is None:
        return
    unit = content.units.get(under.item, "")
    imgui.begin_tooltip()
    imgui.text(value_words(under.value, unit=unit, language=content.state.language))
    imgui.text_disabled(place_words(under.point_lps_mm))
    imgui.end_tooltip()


def value_words(value: float | None, *, unit: str, language: Language) -> str:
    """The value with its unit, all its digits; in words where nothing was measured."""
    if value is None:
        return say(language, "no_value")
    digits = str(int(value)) if value.is_integer() else f"{value:.7g}"
    return f"{digits} {unit}".rstrip().replace("-", "\N{MINUS SIGN}")
