"""One OpenGL context: with a screen or without, core profile 3.3."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from panda3d.core import (
    FrameBufferProperties,
    GraphicsEngine,
    GraphicsOutput,
    GraphicsPipe,
    GraphicsPipeSelection,
    GraphicsStateGuardian,
    RenderState,
    TransformState,
    WindowProperties,
    load_prc_file_data,
)

from metaviewer.closing import Closing
from metaviewer.errors import RenderError

Size = tuple[int, int]
"""Width and height in pixels."""

SETTINGS: Final = """
gl-version 3 3
textures-power-2 none
audio-library-name null
sync-video 0
notify-level-egldisplay error
notify-level-device fatal
default-directnotify-level error
garbage-collect-states 1
"""
"""Padded targets (panda3d issue 1227) and a harmless EGL warning are what these turn off."""

HEADLESS_MODULE: Final = "p3headlessgl"
SCREEN_MODULE: Final = "pandagl"
SHADER_CACHE_BYTES_MIN: Final = 16 << 20
"""Mesa maps its cache into memory: on a full disk the write ends the process, SIGBUS (measured)."""
EDGE_MIN_PX: Final = 1
"""A buffer of 0 pixels keeps its old picture for ever (measured)."""


@dataclass(slots=True, eq=False, kw_only=True)
class Context(Closing):
    """A graphics engine with its pipe, and the output that every buffer shares its state with.

    `output` is the window where there is a screen, else a buffer nobody looks at.
    """

    engine: GraphicsEngine
    pipe: GraphicsPipe
    output: GraphicsOutput
    gsg: GraphicsStateGuardian
    on_screen: bool

    @property
    def renderer(self) -> str:
        """Name of what draws, for `doctor` and for tests that hold on software only."""
        return str(self.gsg.get_driver_renderer())

    @property
    def edge_max_px(self) -> int:
        """Longest edge of a picture drawn in one piece."""
        return int(self.gsg.get_max_texture_dimension())

    @property
    def volume_edge_max(self) -> int:
        """Longest edge of a 3D texture; beyond it Panda3D halves it in silence (measured)."""
        return int(self.gsg.get_max_3d_texture_dimension())

    def render_frame(self) -> None:
        """Draw every active output once, and free what no frame needs any more."""
        self.engine.render_frame()
        if self.on_screen:
            self.engine.flip_frame()  # else the frame is shown when the next one is drawn
        RenderState.garbage_collect()
        TransformState.garbage_collect()

    def close(self) -> None:
        """Close the output; safe to call twice."""
        self.engine.remove_window(self.output)
        self.engine.render_frame()


def open_context(size: Size, *, on_screen: bool, title: str = "metaviewer") -> Context:
    """A context that draws; with `on_screen` its output is a window of `size` pixels.

    Raises
    ------
    RenderError
        Where this machine offers no OpenGL 3.3 of the kind that was asked for.
    """
    if not on_screen:
        # VTK's first picture in this process blacks out the default EGL display (measured).
        os.environ.setdefault("EGL_PLATFORM", "surfaceless")
    if not shader_cache_fits(os.environ):
        os.environ.setdefault("MESA_SHADER_CACHE_DISABLE", "true")
    load_prc_file_data("metaviewer", SETTINGS)
    module = SCREEN_MODULE if on_screen else HEADLESS_MODULE
    pipe = _pipe(module)
    if pipe is None:
        raise RenderError(_no_gl(on_screen=on_screen))
    engine = GraphicsEngine.get_global_ptr()
    output = _make_output(engine, pipe, size, on_screen=on_screen, title=title)
    context = Context(
        engine=engine, pipe=pipe, output=output, gsg=output.get_gsg(), on_screen=on_screen
    )
    version = (context.gsg.get_driver_version_major(), context.gsg.get_driver_version_minor())
    if version < (3, 3):
        context.close()
        raise RenderError(
            f"OpenGL {version[0]}.{version[1]} is too old, 3.3 is needed: "
            "update the graphics driver, `metaviewer doctor` names it"
        )
    return context


def shader_cache_fits(environment: Mapping[str, str]) -> bool:
    """Whether the folder in which Mesa keeps its shaders can be written and has room."""
    named = environment.get("MESA_SHADER_CACHE_DIR") or environment.get("XDG_CACHE_HOME")
    folder = Path(named or Path(environment.get("HOME") or "~").expanduser() / ".cache").absolute()
    there = next(one for one in (folder, *folder.parents) if one.exists())
    try:
        return os.access(there, os.W_OK) and shutil.disk_usage(there).free >= SHADER_CACHE_BYTES_MIN
    except OSError:
        return False


def clamped_size(size: Size, *, edge_max_px: int) -> Size:
    """The size with both edges between 1 and `edge_max_px`."""
    width, height = (min(max(edge, EDGE_MIN_PX), edge_max_px) for edge in size)
    return width, height


@cache
def _pipe(module: str) -> GraphicsPipe | None:
    """The way to a screen, or to none: one a process.

    A pipe that goes ends its EGL display, which it shares with every other: contexts that still
    draw on it could not be handed to a headset's runtime any more (measured).
    """
    pipe: GraphicsPipe | None = GraphicsPipeSelection.get_global_ptr().make_module_pipe(module)
    return pipe


def _make_output(
    engine: GraphicsEngine, pipe: GraphicsPipe, size: Size, *, on_screen: bool, title: str
) -> GraphicsOutput:
    properties = WindowProperties(size=clamped_size(size, edge_max_px=16384))
    properties.set_title(title)
    flags = GraphicsPipe.BF_require_window if on_screen else GraphicsPipe.BF_refuse_window
    bits = FrameBufferProperties()
    bits.set_rgba_bits(8, 8, 8, 8)
    if on_screen:
        bits.set_back_buffers(1)  # a single buffer never reaches an X server (measured, llvmpipe)
    output = engine.make_output(pipe, title, 0, bits, properties, flags)
    if output is None:
        raise RenderError(_no_gl(on_screen=on_screen))
    engine.open_windows()
    if not output.is_valid():
        engine.remove_window(output)
        raise RenderError(_no_gl(on_screen=on_screen))
    return output


def _no_gl(*, on_screen: bool) -> str:
    if on_screen:
        return (
            "no window could be opened: start it where a screen is, "
            "or make a picture with `metaviewer shot`"
        )
    return (
        "no OpenGL without a screen: install libegl1, libgl1 and libgl1-mesa-dri, "
        "then run `metaviewer doctor`"
    )
