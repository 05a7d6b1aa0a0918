"""All panels of a seat in one call: what they say now, and what was pressed."""

from __future__ import annotations

from typing import Final

from imgui_bundle import imgui

from metaviewer.panels.content import Content, Pressed
from metaviewer.panels.dialogs import (
    describe_about,
    describe_foot,
    describe_help,
    describe_question,
)
from metaviewer.panels.imgui_frame import ImguiFrame, PanelInput
from metaviewer.panels.look_panel import describe_look
from metaviewer.panels.menu import Typed, describe_menu
from metaviewer.panels.pointer_note import describe_pointer
from metaviewer.panels.scene_panel import describe_legend, describe_properties, describe_scene
from metaviewer.render import PanelDrawing

DOCK_PX: Final = 320
DOCK_SHARE_MAX: Final = 0.4
"""Of a narrow window the picture keeps the larger part."""
DOCK_FLAGS: Final = int(
    imgui.WindowFlags_.no_title_bar
    | imgui.WindowFlags_.no_resize
    | imgui.WindowFlags_.no_move
    | imgui.WindowFlags_.no_bring_to_front_on_focus
)


class Panels:
    """The panels of one seat. It remembers only what is no State: open menus, text being typed."""

    def __init__(self, *, size: tuple[int, int], scale: float = 1.0) -> None:
        self.frame = ImguiFrame(size=size, scale=scale)
        self._size = size
        self._scale = scale
        self._about_is_open = False
        self._typed = Typed()
        self._menu_px = 0

    def resize(self, size: tuple[int, int]) -> None:
        """Lay out for another size."""
        self._size = size
        self.frame.resize(size)

    @property
    def dock_px(self) -> int:
        """Width of the column at the left."""
        return int(min(DOCK_PX * self._scale, DOCK_SHARE_MAX * self._size[0]))

    @property
    def menu_px(self) -> int:
        """Height of the menu bar at the top; 0 before the first frame."""
        return self._menu_px

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
        self._menu_px = int(imgui.get_frame_height())
        if describe_menu(content, pressed, self._typed):
            self._about_is_open = True
        width_px, height_px = float(self.dock_px), self._size[1]
        foot_px = describe_foot(content, pressed, width_px=width_px, height_px=height_px)
        _describe_dock(content, pressed, width_px=width_px, height_px=height_px - foot_px)
        if content.state.show_help:
            describe_help(content, pressed)
        if self._about_is_open:
            self._about_is_open = describe_about(content)
        if content.question is not None:
            describe_question(content, pressed)
        describe_pointer(content)


def _describe_dock(
    content: Content, pressed: Pressed, *, width_px: float, height_px: float
) -> None:
    """One column at the left: it never covers the picture, so nothing said there is hidden."""
    top = imgui.get_frame_height()
    imgui.set_next_window_pos(imgui.ImVec2(0.0, top))
    imgui.set_next_window_size(imgui.ImVec2(width_px, height_px - top))
    imgui.push_style_var(imgui.StyleVar_.window_rounding, 0.0)
    imgui.begin("###dock", None, DOCK_FLAGS)
    describe_scene(content, pressed)
    describe_look(content, pressed)
    describe_properties(content)
    if content.state.show_legend:
        describe_legend(content)
    imgui.end()
    imgui.pop_style_var()
