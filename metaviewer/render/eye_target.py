"""Where a headset's picture leaves Panda3D: bytes of our texture into an image of the runtime.

Panda3D 1.10 cannot wrap a foreign texture, so each frame is copied once. The calls go through
ctypes: on Linux pyopenxr pins PyOpenGL to GLX, which breaks its look-up of EGL contexts (measured).

Runtimes leave another context current, or an error in GL's queue (SteamVR-for-Linux issues 421, 799
and 821): `Gl.reclaim` puts our own back.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from ctypes import c_char_p, c_int, c_uint, c_void_p
from dataclasses import dataclass
from typing import Any, Final, Literal

from panda3d.core import Texture

from metaviewer.errors import RenderError
from metaviewer.render.context import Context, Size

TEXTURE_2D: Final = 0x0DE1
READ_FRAMEBUFFER, DRAW_FRAMEBUFFER = 0x8CA8, 0x8CA9
READ_BINDING, DRAW_BINDING = 0x8CAA, 0x8CA6
COLOUR_ATTACHMENT, COLOUR_BIT = 0x8CE0, 0x4000
SCISSOR_TEST, FRAMEBUFFER_SRGB = 0x0C11, 0x8DB9
NEAREST: Final = 0x2600
EGL_CONFIG_ID, EGL_NONE = 0x3028, 0x3038
EGL_DRAW, EGL_READ = 0x3059, 0x305A
ERRORS_MAX: Final = 64

Platform = Literal["egl", "glx", "wgl"]
GlCall = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GlHandles:
    """The context that draws, as the numbers that a runtime asks for.

    Parameters
    ----------
    display, config, drawable : int
        Of EGL: display and config; of GLX: X display and drawable; of WGL: the device context.
    """

    platform: Platform
    display: int
    context: int
    config: int = 0
    drawable: int = 0
    read_drawable: int = 0
    loader_address: int = 0
    """``eglGetProcAddress``, which XR_MNDX_egl_enable wants."""


class Gl:
    """Plain GL of one context, beside Panda3D."""

    def __init__(self, context: Context) -> None:
        """Take the context that Panda3D has left current; it draws one frame for that.

        Raises
        ------
        RenderError
            Where none is current.
        """
        context.render_frame()
        self._context = context
        self._platform = _platform()
        self._gl = ctypes.CDLL(_gl_library())
        self.handles = self._platform.current()
        self._copy = self._found("glCopyImageSubData")
        self._buffers: Any = None

    def reclaim(self) -> None:
        """Make our context current again where somebody left another one; drop old errors."""
        if self._platform.current_context() != self.handles.context:
            self._platform.make_current(self.handles)
        for _ in range(ERRORS_MAX):
            if not self._gl.glGetError():
                break

    def name_of(self, texture: Texture) -> int:
        """GL's name of a texture that was drawn to."""
        gsg = self._context.gsg
        prepared: Any = texture.prepare_now(0, gsg.get_prepared_objects(), gsg)
        return int(prepared.get_native_id())

    def copy(self, source: int, target: int, *, size: Size) -> None:
        """All texels of one 2D texture into another of the same size: bytes, never re-encoded.

        Raises
        ------
        RenderError
            Where GL refuses it.
        """
        width, height = size
        if self._copy is not None:
            self._copy(
                *(source, TEXTURE_2D, 0, 0, 0, 0),
                *(target, TEXTURE_2D, 0, 0, 0, 0),
                *(width, height, 1),
            )
        else:
            self._blit(source, target, size=size)
        error = self._gl.glGetError()
        if error:
            raise RenderError(f"the eyes' picture could not be handed over (GL error {error:#x})")

    def close(self) -> None:
        """Free what the copies used."""
        if self._buffers is not None:
            self.reclaim()
            self._gl.glDeleteFramebuffers(2, self._buffers)
            self._buffers = None

    def _blit(self, source: int, target: int, *, size: Size) -> None:
        """The copy where GL is older than 4.3. Panda3D leaves the scissor test on; a blit obeys."""
        gl, (width, height) = self._gl, size
        if self._buffers is None:
            self._buffers = (c_uint * 2)()
            gl.glGenFramebuffers(2, self._buffers)
        kept = [c_int(), c_int()]
        for binding, value in zip((READ_BINDING, DRAW_BINDING), kept, strict=True):
            gl.glGetIntegerv(binding, ctypes.byref(value))
        switches = [one for one in (SCISSOR_TEST, FRAMEBUFFER_SRGB) if gl.glIsEnabled(one)]
        for switch in switches:
            gl.glDisable(switch)
        targets = (READ_FRAMEBUFFER, source), (DRAW_FRAMEBUFFER, target)
        for (kind, texture), buffer in zip(targets, self._buffers, strict=True):
            gl.glBindFramebuffer(kind, buffer)
            gl.glFramebufferTexture2D(kind, COLOUR_ATTACHMENT, TEXTURE_2D, texture, 0)
        gl.glBlitFramebuffer(0, 0, width, height, 0, 0, width, height, COLOUR_BIT, NEAREST)
        gl.glBindFramebuffer(READ_FRAMEBUFFER, kept[0])
        gl.glBindFramebuffer(DRAW_FRAMEBUFFER, kept[1])
        for switch in switches:
            gl.glEnable(switch)

    def _found(self, name: str) -> GlCall | None:
        if (self._context.gsg.get_driver_version_major(), self._minor) < (4, 3):
            return None
        return getattr(self._gl, name, None)

    @property
    def _minor(self) -> int:
        return int(self._context.gsg.get_driver_version_minor())


def _gl_library() -> str:
    return "opengl32" if sys.platform == "win32" else "libGL.so.1"


def _platform() -> _Egl | _Glx | _Wgl:
    """Whose context is current.

    Raises
    ------
    RenderError
        Where none is.
    """
    if sys.platform == "win32":
        return _Wgl()
    kinds: tuple[type[_Egl | _Glx], ...] = (_Egl, _Glx)
    for kind in kinds:
        try:
            platform = kind()
        except OSError:
            continue
        if platform.current_context():
            return platform
    raise RenderError("no graphics context is current: a headset needs a window, or EGL")


class _Egl:
    """EGL: `p3headlessgl`."""

    def __init__(self) -> None:
        self._egl = ctypes.CDLL("libEGL.so.1")
        for name in ("eglGetCurrentContext", "eglGetCurrentDisplay", "eglGetCurrentSurface"):
            getattr(self._egl, name).restype = c_void_p

    def current_context(self) -> int:
        return int(self._egl.eglGetCurrentContext() or 0)

    def current(self) -> GlHandles:
        display = int(self._egl.eglGetCurrentDisplay() or 0)
        context = self.current_context()
        number, count, config = c_int(), c_int(), c_void_p()
        self._egl.eglQueryContext(
            c_void_p(display), c_void_p(context), EGL_CONFIG_ID, ctypes.byref(number)
        )
        wanted = (c_int * 3)(EGL_CONFIG_ID, number.value, EGL_NONE)
        self._egl.eglChooseConfig(
            c_void_p(display), wanted, ctypes.byref(config), 1, ctypes.byref(count)
        )
        return GlHandles(
            platform="egl",
            display=display,
            context=context,
            config=config.value or 0,
            drawable=int(self._egl.eglGetCurrentSurface(EGL_DRAW) or 0),
            read_drawable=int(self._egl.eglGetCurrentSurface(EGL_READ) or 0),
            loader_address=ctypes.cast(self._egl.eglGetProcAddress, c_void_p).value or 0,
        )

    def make_current(self, handles: GlHandles) -> None:
        self._egl.eglMakeCurrent(
            c_void_p(handles.display),
            c_void_p(handles.drawable),
            c_void_p(handles.read_drawable),
            c_void_p(handles.context),
        )


class _Glx:
    """GLX: `pandagl` on X11."""

    def __init__(self) -> None:
        self._glx = ctypes.CDLL("libGL.so.1")
        for name in ("glXGetCurrentContext", "glXGetCurrentDisplay", "glXGetCurrentDrawable"):
            getattr(self._glx, name).restype = c_void_p

    def current_context(self) -> int:
        return int(self._glx.glXGetCurrentContext() or 0)

    def current(self) -> GlHandles:
        return GlHandles(
            platform="glx",
            display=int(self._glx.glXGetCurrentDisplay() or 0),
            context=self.current_context(),
            drawable=int(self._glx.glXGetCurrentDrawable() or 0),
        )

    def make_current(self, handles: GlHandles) -> None:
        self._glx.glXMakeCurrent(
            c_void_p(handles.display), ctypes.c_ulong(handles.drawable), c_void_p(handles.context)
        )


class _Wgl:
    """WGL: `pandagl` on Windows. Untried: no Windows machine was at hand."""

    def __init__(self) -> None:
        self._wgl = ctypes.CDLL("opengl32")
        for name in ("wglGetCurrentContext", "wglGetCurrentDC", "wglGetProcAddress"):
            getattr(self._wgl, name).restype = c_void_p
        self._wgl.wglGetProcAddress.argtypes = (c_char_p,)

    def current_context(self) -> int:
        return int(self._wgl.wglGetCurrentContext() or 0)

    def current(self) -> GlHandles:
        display = int(self._wgl.wglGetCurrentDC() or 0)
        return GlHandles(platform="wgl", display=display, context=self.current_context())

    def make_current(self, handles: GlHandles) -> None:
        self._wgl.wglMakeCurrent(c_void_p(handles.display), c_void_p(handles.context))
