"""All panels of a seat in one call: what they say now, and what was pressed."""

from __future__ import annotations

from imgui_bundle import imgui

from metaviewer.panels.content import Content, Pressed, Wish
from metaviewer.panels.dialogs import describe_about, describe_help, describe_question
from metaviewer.panels.imgui_frame import ImguiFrame, PanelInput
from metaviewer.panels.look_panel import describe_look
from metaviewer.panels.menu import describe_menu
from metaviewer.panels.phrases import say
from metaviewer.panels.scene_panel import describe_legend, describe_properties, describe_scene
from metaviewer.render import PanelDrawing

MARGIN_PX = 10.0
PANEL_WIDTH_PX = 300.0
NOTES_WIDTH_PX = 620.0


class Panels:
    """The panels of one seat. It remembers only what is no State: open menus, text being typed."""

    def __init__(self, *, size: tuple[int, int], scale: float = 1.0) -> None:
        self.frame = ImguiFrame(size=size, scale=scale)
        self._size = size
        self._scale = scale
        self._about_is_open = False

    def resize(self, size: tuple[int, int]) -> None:
        """Lay out for another size."""
        self._size = size
        self.frame.resize(size)

    def run(self, given: PanelInput, content: Content) -> tuple[PanelDrawing, Pressed]:
        """Show `content`; answer with what to draw and what was pressed."""
        pressed = Pressed()
        drawing = self.frame.run(
            given, content.state.theme, lambda: self._describe(content, pressed)
        )
        return drawing, pressed

    def close(self) -> None:
        """Free ImGui's memory."""
        self.frame.close()

    def _describe(self, content: Content, pressed: Pressed) -> None:
        if describe_menu(content, pressed):
            self._about_is_open = True
        top = imgui.get_frame_height() + MARGIN_PX
        self._at_left(top)
        describe_scene(content, pressed)
        self._at_right(top)
        describe_look(content, pressed)
        if content.properties is not None:
            self._at_left_bottom()
            describe_properties(content)
        if content.legend and content.state.show_legend:
            self._at_right_bottom()
            describe_legend(content)
        if content.state.show_help:
            describe_help(content, pressed)
        if self._about_is_open:
            self._about_is_open = describe_about(content)
        if content.question is not None:
            describe_question(content, pressed)
        _describe_notes(content, pressed)

    def _at_left(self, top: float) -> None:
        _place((MARGIN_PX, top), (0.0, 0.0), self._scale)

    def _at_right(self, top: float) -> None:
        _place((self._size[0] - MARGIN_PX, top), (1.0, 0.0), self._scale)

    def _at_left_bottom(self) -> None:
        _place((MARGIN_PX, self._size[1] - MARGIN_PX), (0.0, 1.0), self._scale)

    def _at_right_bottom(self) -> None:
        place = self._size[0] - MARGIN_PX, self._size[1] - MARGIN_PX
        _place(place, (1.0, 1.0), self._scale)


def _place(at_px: tuple[float, float], pivot: tuple[float, float], scale: float) -> None:
    imgui.set_next_window_pos(imgui.ImVec2(*at_px), imgui.Cond_.appearing, imgui.ImVec2(*pivot))
    width = PANEL_WIDTH_PX * scale
    largest = imgui.ImVec2(width * 1.6, 620.0 * scale)
    imgui.set_next_window_size_constraints(imgui.ImVec2(width, 0.0), largest)


def _describe_notes(content: Content, pressed: Pressed) -> None:
    """What was refused, in one line each, until it is closed."""
    if not content.notes:
        return
    center = imgui.get_main_viewport().get_center()
    imgui.set_next_window_pos(
        imgui.ImVec2(center.x, imgui.get_io().display_size.y - 2 * MARGIN_PX),
        imgui.Cond_.always,
        imgui.ImVec2(0.5, 1.0),
    )
    width = min(NOTES_WIDTH_PX, imgui.get_io().display_size.x - 4 * MARGIN_PX)
    imgui.set_next_window_size(imgui.ImVec2(width, 0.0))
    flags = imgui.WindowFlags_.no_resize | imgui.WindowFlags_.no_collapse
    imgui.begin(say(content.state.language, "refused") + "###notes", None, int(flags))
    for note in content.notes:
        imgui.text_wrapped(note)
    if imgui.button(say(content.state.language, "close")):
        pressed.wishes.append(Wish(kind="dismiss"))
    imgui.end()
