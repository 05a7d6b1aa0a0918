"""One ImGui context: input in, a `PanelDrawing` out. It knows no window and no GL."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from imgui_bundle import imgui
from numpy.typing import NDArray

from metaviewer import resources
from metaviewer.panels.theme import wear
from metaviewer.render import PANEL_VERTEX_BYTES, PanelCall, PanelDrawing
from metaviewer.scene import Theme

FONT_FILE: Final = "fonts/metaviewer_sans.otf"
FONT_PX: Final = 17.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelInput:
    """What the person did to the panels since the last frame.

    Parameters
    ----------
    pointer_px : (float, float) or None
        y down; None while it points at nothing.
    buttons : tuple of (int, bool)
        Presses and releases: 0 left, 1 right, 2 middle.
    keys : tuple of (str, bool)
        Names of `imgui.Key` without prefix ("enter", "left_arrow"), down or up.
    """

    pointer_px: tuple[float, float] | None
    seconds: float
    buttons: tuple[tuple[int, bool], ...] = ()
    wheel: float = 0.0
    keys: tuple[tuple[str, bool], ...] = ()
    typed: str = ""
    clipboard: str | None = None
    """What is pasted in this frame, where ImGui cannot read the desktop's clipboard itself."""


class ImguiFrame:
    """Runs a describing function once a frame and keeps its atlas."""

    def __init__(self, *, size: tuple[int, int], scale: float = 1.0) -> None:
        self._context = imgui.create_context()
        imgui.set_current_context(self._context)
        io = imgui.get_io()
        io.set_ini_filename("")
        io.display_size = imgui.ImVec2(*(float(edge) for edge in size))
        io.backend_flags |= int(imgui.BackendFlags_.renderer_has_textures)
        io.backend_flags |= int(imgui.BackendFlags_.renderer_has_vtx_offset)
        io.fonts.add_font_from_file_ttf(str(resources.assets_dir() / FONT_FILE), FONT_PX * scale)
        self._theme: Theme | None = None
        self._wishes_texture: dict[int, int] = {}

    def resize(self, size: tuple[int, int]) -> None:
        """Lay out for another size from the next frame on."""
        imgui.set_current_context(self._context)
        imgui.get_io().display_size = imgui.ImVec2(*(float(edge) for edge in size))

    @property
    def wants_pointer(self) -> bool:
        """Whether the pointer is over a panel, or one is being dragged."""
        imgui.set_current_context(self._context)
        return bool(imgui.get_io().want_capture_mouse)

    @property
    def wants_keys(self) -> bool:
        """Whether a text field has the keyboard."""
        imgui.set_current_context(self._context)
        return bool(imgui.get_io().want_text_input)

    def run(self, given: PanelInput, theme: Theme, describe: Callable[[], None]) -> PanelDrawing:
        """Draw what `describe` says with ImGui's calls."""
        imgui.set_current_context(self._context)
        if theme != self._theme:
            wear(theme)
            self._theme = theme
        _feed(given)
        imgui.new_frame()
        describe()
        imgui.render()
        return _drawing(imgui.get_draw_data())

    def close(self) -> None:
        """Free the context; its textures belong to the surface that drew them."""
        imgui.set_current_context(self._context)
        for texture in imgui.get_platform_io().textures:
            texture.set_tex_id(0)
            texture.status = imgui.ImTextureStatus.destroyed
        imgui.destroy_context(self._context)


def _feed(given: PanelInput) -> None:
    io = imgui.get_io()
    io.delta_time = max(given.seconds, 1e-4)
    x, y = given.pointer_px if given.pointer_px is not None else (-1e6, -1e6)
    io.add_mouse_pos_event(x, y)
    for button, is_down in given.buttons:
        io.add_mouse_button_event(button, is_down)
    if given.wheel:
        io.add_mouse_wheel_event(0.0, given.wheel)
    for name, is_down in given.keys:
        io.add_key_event(getattr(imgui.Key, name), is_down)
    if given.clipboard is not None:
        imgui.set_clipboard_text(given.clipboard)
    if given.typed:
        io.add_input_characters_utf8(given.typed)


def _drawing(drawn: Any) -> PanelDrawing:  # noqa: ANN401 - ImDrawData has no public type
    textures, gone = _changed_textures()
    vertices: list[NDArray[np.uint8]] = []
    indices: list[NDArray[np.uint32]] = []
    calls: list[PanelCall] = []
    vertex_count = index_count = 0
    for part in drawn.cmd_lists:
        count, index_total = part.vtx_buffer.size(), part.idx_buffer.size()
        if not count or not index_total:
            continue
        vertices.append(_copied(part.vtx_buffer.data_address(), count * PANEL_VERTEX_BYTES))
        raw = _copied(part.idx_buffer.data_address(), index_total * imgui.INDEX_SIZE)
        numbers = raw.view(np.uint16 if imgui.INDEX_SIZE == 2 else np.uint32).astype(np.uint32)
        for command in part.cmd_buffer:
            if not command.elem_count:
                continue
            chosen = slice(command.idx_offset, command.idx_offset + command.elem_count)
            indices.append(numbers[chosen] + np.uint32(vertex_count + command.vtx_offset))
            clip = command.clip_rect
            calls.append(
                PanelCall(
                    clip_px=(clip.x, clip.y, clip.z, clip.w),
                    texture=int(command.tex_ref.get_tex_id()),
                    first=index_count,
                    count=int(command.elem_count),
                )
            )
            index_count += int(command.elem_count)
        vertex_count += count
    return PanelDrawing(
        vertices=_joined(vertices, np.uint8).reshape(-1, PANEL_VERTEX_BYTES),
        indices=_joined(indices, np.uint32),
        calls=tuple(calls),
        textures=textures,
        gone=gone,
    )


def _changed_textures() -> tuple[dict[int, NDArray[np.uint8]], tuple[int, ...]]:
    """Atlases that ImGui made, changed or dropped; answers what it asked for."""
    wanted = (imgui.ImTextureStatus.want_create, imgui.ImTextureStatus.want_updates)
    changed: dict[int, NDArray[np.uint8]] = {}
    gone: list[int] = []
    for texture in imgui.get_platform_io().textures:
        if texture.status in wanted:
            number = int(texture.unique_id) + 1  # 0 means "none" to ImGui
            pixels = np.asarray(texture.get_pixels_array(), dtype=np.uint8)
            changed[number] = pixels.reshape(texture.height, texture.width, 4).copy()
            texture.tex_id = number
            texture.status = imgui.ImTextureStatus.ok
        elif texture.status == imgui.ImTextureStatus.want_destroy:
            gone.append(int(texture.unique_id) + 1)
            texture.tex_id = 0
            texture.status = imgui.ImTextureStatus.destroyed
    return changed, tuple(gone)


def _copied(address: int, byte_count: int) -> NDArray[np.uint8]:
    return np.frombuffer(ctypes.string_at(address, byte_count), dtype=np.uint8)


def _joined(parts: list[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=dtype)
