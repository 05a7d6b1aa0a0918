"""How panels look: quiet, high in contrast, and the same on a wall and in a headset."""

from __future__ import annotations

from typing import Final

from imgui_bundle import imgui

from metaviewer.scene import Theme

Rgba = tuple[float, float, float, float]

ACCENT: Final[Rgba] = (0.36, 0.62, 0.90, 1.0)

DARK: Final[dict[str, Rgba]] = {
    "text": (0.92, 0.93, 0.94, 1.0),
    "text_disabled": (0.60, 0.63, 0.67, 1.0),
    "window_bg": (0.085, 0.100, 0.125, 0.92),
    "popup_bg": (0.085, 0.100, 0.125, 0.98),
    "border": (1.0, 1.0, 1.0, 0.08),
    "frame_bg": (1.0, 1.0, 1.0, 0.07),
    "frame_bg_hovered": (1.0, 1.0, 1.0, 0.12),
    "frame_bg_active": (1.0, 1.0, 1.0, 0.16),
    "title_bg": (0.085, 0.100, 0.125, 0.92),
    "title_bg_active": (0.110, 0.130, 0.160, 0.96),
    "menu_bar_bg": (0.070, 0.083, 0.105, 0.98),
    "button": (1.0, 1.0, 1.0, 0.09),
    "button_hovered": (1.0, 1.0, 1.0, 0.16),
    "button_active": ACCENT,
    "header": (0.36, 0.62, 0.90, 0.30),
    "header_hovered": (0.36, 0.62, 0.90, 0.42),
    "header_active": (0.36, 0.62, 0.90, 0.55),
    "check_mark": ACCENT,
    "slider_grab": ACCENT,
    "slider_grab_active": (0.55, 0.76, 0.98, 1.0),
    "separator": (1.0, 1.0, 1.0, 0.10),
    "plot_histogram": ACCENT,
}
LIGHT: Final[dict[str, Rgba]] = {
    "text": (0.11, 0.13, 0.16, 1.0),
    "text_disabled": (0.40, 0.43, 0.47, 1.0),
    "window_bg": (0.975, 0.977, 0.980, 0.95),
    "popup_bg": (0.985, 0.987, 0.990, 0.99),
    "border": (0.0, 0.0, 0.0, 0.12),
    "frame_bg": (0.0, 0.0, 0.0, 0.06),
    "frame_bg_hovered": (0.0, 0.0, 0.0, 0.10),
    "frame_bg_active": (0.0, 0.0, 0.0, 0.14),
    "title_bg": (0.940, 0.945, 0.950, 0.97),
    "title_bg_active": (0.900, 0.910, 0.920, 0.98),
    "menu_bar_bg": (0.940, 0.945, 0.950, 0.99),
    "button": (0.0, 0.0, 0.0, 0.07),
    "button_hovered": (0.0, 0.0, 0.0, 0.13),
    "button_active": (0.16, 0.42, 0.72, 1.0),
    "header": (0.16, 0.42, 0.72, 0.20),
    "header_hovered": (0.16, 0.42, 0.72, 0.30),
    "header_active": (0.16, 0.42, 0.72, 0.40),
    "check_mark": (0.12, 0.36, 0.64, 1.0),
    "slider_grab": (0.16, 0.42, 0.72, 1.0),
    "slider_grab_active": (0.12, 0.36, 0.64, 1.0),
    "separator": (0.0, 0.0, 0.0, 0.12),
    "plot_histogram": (0.16, 0.42, 0.72, 1.0),
}
THEMES: Final[dict[Theme, dict[str, Rgba]]] = {"dark": DARK, "light": LIGHT}


def wear(theme: Theme) -> None:
    """Give the current ImGui context the colours and measures of a theme."""
    style = imgui.get_style()
    (imgui.style_colors_dark if theme == "dark" else imgui.style_colors_light)()
    for name, rgba in THEMES[theme].items():
        style.set_color_(int(getattr(imgui.Col_, name)), imgui.ImVec4(*rgba))
    style.window_rounding = 8.0
    style.frame_rounding = 5.0
    style.popup_rounding = 6.0
    style.grab_rounding = 5.0
    style.window_border_size = 1.0
    style.frame_border_size = 0.0
    style.window_padding = imgui.ImVec2(12.0, 10.0)
    style.frame_padding = imgui.ImVec2(8.0, 5.0)
    style.item_spacing = imgui.ImVec2(8.0, 7.0)
    style.window_title_align = imgui.ImVec2(0.02, 0.5)
