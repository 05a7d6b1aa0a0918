"""A session: spaces, the eyes' images, and frames that are always ended.

The calls of a frame work on structures that are made once (48 instead of 141 us a frame, measured)
and that stay alive as long as the session, so no layer can point at what is gone.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from ctypes import byref, c_int, c_int64, c_uint32, c_void_p, cast, pointer
from dataclasses import dataclass
from typing import Final

from metaviewer.errors import XrUnavailable
from metaviewer.render import GlHandles
from metaviewer.xr import results
from metaviewer.xr.actions import Actions
from metaviewer.xr.calls import Calls, Foreign
from metaviewer.xr.hands import NO_HAND, HandInput
from metaviewer.xr.results import XrFailed, checked
from metaviewer.xr.runtime import Headset, Runtime
from metaviewer.xr.views import TRACKED, XrEye, XrPose, XrSpace, pose_of, sound_eyes

SRGB8_ALPHA8: Final = 0x8C43
RGBA8: Final = 0x8058
FORMATS: Final = (SRGB8_ALPHA8, RGBA8)
"""Our bytes are sRGB already: into an sRGB image they go as they are."""
FLOOR_EYES_M: Final = 1.6
"""How high eyes are taken to stand where the runtime knows no floor: see `XrSpace.is_guessed`."""
IMAGE_WAIT_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class XrFrame:
    """A frame that was begun and has to be ended.

    Parameters
    ----------
    eyes : (XrEye, XrEye) or None
        Left and right at `display_ns`; None where nothing is to be drawn, or the head is lost.
    is_tracked : bool
        False where the pose is the runtime's guess.
    """

    display_ns: int
    period_ns: int
    is_shown: bool
    eyes: tuple[XrEye, XrEye] | None
    is_tracked: bool
    hands: tuple[HandInput, HandInput] = (NO_HAND, NO_HAND)


class Session:
    """One session of a headset; `close` gives all of it back."""

    def __init__(self, runtime: Runtime, headset: Headset, gl: GlHandles) -> None:
        """Make it, with its space and the eyes' images.

        Raises
        ------
        XrUnavailable
            Where the runtime cannot work with our graphics, in one sentence.
        XrFailed
            Where the runtime fails; nothing is left of what was made.
        """
        import xr

        self._xr: Foreign = xr
        self._calls: Calls = runtime.calls
        self.headset = headset
        self._handle = _begun(runtime, headset, gl)
        self._actions: Actions | None = None
        try:
            self.space, self._space = self._make_space(runtime)
            self.eye_size_px = headset.eye_size_px
            self._chain, self.images = self._make_chain()
            self._make_structures()
            self._actions = Actions(runtime, headset, self._handle, self._space)
        except BaseException:
            self.close()
            raise

    @property
    def actions(self) -> Actions:
        """What the hands do."""
        assert self._actions is not None
        return self._actions

    def begin(self) -> None:
        """Begin it: the runtime said READY."""
        stereo = self._xr.ViewConfigurationType.PRIMARY_STEREO
        info = self._xr.SessionBeginInfo(primary_view_configuration_type=stereo)
        self._calls("xrBeginSession", self._handle, byref(info))

    def end(self) -> None:
        """End it: the runtime said STOPPING."""
        self._calls("xrEndSession", self._handle)

    def begin_frame(self) -> XrFrame:
        """Wait for the next frame and begin it; `end_frame` must follow, whatever happens.

        Raises
        ------
        XrFailed
            Where no frame is begun.
        """
        checked("xrWaitFrame", self._wait(self._handle, self._r_wait_info, self._r_frame_state))
        # FRAME_DISCARDED is a success: the frame before was never ended, this one is begun.
        checked("xrBeginFrame", self._begin(self._handle, self._r_begin_info))
        state = self._frame_state
        display_ns = int(state.predicted_display_time)
        try:
            eyes, flags = self._located(display_ns) if state.should_render else (None, 0)
            hands = self.actions.read(display_ns)
        except BaseException:
            self._end_begun(display_ns)
            raise
        return XrFrame(
            display_ns=display_ns,
            period_ns=int(state.predicted_display_period),
            is_shown=bool(state.should_render),
            eyes=eyes,
            is_tracked=flags & TRACKED == TRACKED,
            hands=hands,
        )

    def acquire(self) -> int:
        """The image that this frame's picture goes into: its name in GL. `release` must follow."""
        checked("xrAcquireSwapchainImage", self._acquire(self._chain, None, self._r_index))
        try:
            waited = self._wait_image(self._chain, self._r_image_wait)
            checked("xrWaitSwapchainImage", waited)
            if waited != results.SUCCESS:
                raise XrFailed("xrWaitSwapchainImage", waited)
        except XrFailed:
            self._release(self._chain, None)
            raise
        return self.images[self._index.value]

    def release(self) -> None:
        """The image holds the picture."""
        checked("xrReleaseSwapchainImage", self._release(self._chain, None))

    def end_frame(self, display_ns: int, *, image: tuple[XrEye, XrEye] | None) -> None:
        """End a frame; with the released image as seen by these eyes, or with nothing.

        Raises
        ------
        XrFailed
            Where the runtime refuses it.
        """
        info = self._end_info
        info.display_time = display_ns
        info.layer_count = 0
        if image is not None:
            for shown, eye in zip(self._shown, image, strict=True):
                _put_pose(shown.pose, eye.pose)
                fov = shown.fov
                fov.angle_left, fov.angle_right, fov.angle_up, fov.angle_down = eye.fov
            info.layer_count = 1
        checked("xrEndFrame", self._end(self._handle, self._r_end_info))

    def close(self) -> None:
        """Give the session and all that hangs on it back; what the runtime says is passed over."""
        if self._actions is not None:
            self._actions.close()
        self._calls.get("xrDestroySession")(self._handle)

    def _end_begun(self, display_ns: int) -> None:
        """End a frame that came to nothing; what is wrong is said already."""
        with suppress(XrFailed):
            self.end_frame(display_ns, image=None)

    def _located(self, display_ns: int) -> tuple[tuple[XrEye, XrEye] | None, int]:
        self._locate_info.display_time = display_ns
        located = self._locate(
            self._handle,
            self._r_locate_info,
            self._r_view_state,
            self._view_capacity,
            self._r_view_count,
            self._views,
        )
        checked("xrLocateViews", located)
        flags = int(self._view_state._view_state_flags)
        return sound_eyes([_eye(view) for view in self._views], flags=flags), flags

    def _make_space(self, runtime: Runtime) -> tuple[XrSpace, Foreign]:
        """STAGE where it has a size, else LOCAL_FLOOR, else LOCAL with eyes at a guessed height."""
        kinds = self._xr.ReferenceSpaceType
        offered = self._calls.listed("xrEnumerateReferenceSpaces", c_int, self._handle)
        bounds = self._xr.Extent2Df()
        if kinds.STAGE in offered:
            stage = c_int(kinds.STAGE.value)
            self._calls("xrGetReferenceSpaceBoundsRect", self._handle, stage, byref(bounds))
        if bounds.width > 0.0 and bounds.height > 0.0:
            return XrSpace(name="stage"), self._reference(kinds.STAGE)
        if "XR_EXT_local_floor" in runtime.extensions and kinds.LOCAL_FLOOR in offered:
            return XrSpace(name="local_floor"), self._reference(kinds.LOCAL_FLOOR)
        return XrSpace(name="local", floor_xr_m=-FLOOR_EYES_M), self._reference(kinds.LOCAL)

    def _reference(self, kind: Foreign) -> Foreign:
        info = self._xr.ReferenceSpaceCreateInfo(
            reference_space_type=kind, pose_in_reference_space=self._xr.Posef()
        )
        space = self._xr.Space()
        self._calls("xrCreateReferenceSpace", self._handle, byref(info), byref(space))
        return space

    def _make_chain(self) -> tuple[Foreign, list[int]]:
        """One swapchain, both eyes side by side: one acquire and one copy a frame."""
        offered = self._calls.listed("xrEnumerateSwapchainFormats", c_int64, self._handle)
        chosen = next((one for one in FORMATS if one in offered), None)
        if chosen is None:
            raise XrUnavailable("the headset takes no pictures of 8 bits a colour")
        width, height = self.eye_size_px
        flags = self._xr.SwapchainUsageFlags
        info = self._xr.SwapchainCreateInfo(
            usage_flags=flags.COLOR_ATTACHMENT_BIT | flags.TRANSFER_DST_BIT,
            format=chosen,
            sample_count=1,
            width=2 * width,
            height=height,
            face_count=1,
            array_size=1,
            mip_count=1,
        )
        chain = self._xr.Swapchain()
        self._calls("xrCreateSwapchain", self._handle, byref(info), byref(chain))
        kind = self._xr.SwapchainImageOpenGLKHR
        images = self._calls.listed("xrEnumerateSwapchainImages", kind, chain, blank=kind())
        return chain, [int(image.image) for image in images]

    def _make_structures(self) -> None:
        """Everything the calls of a frame read and write, with references to it."""
        xr, get = self._xr, self._calls.get
        self._wait, self._begin, self._end = map(get, ("xrWaitFrame", "xrBeginFrame", "xrEndFrame"))
        self._locate = get("xrLocateViews")
        self._acquire, self._wait_image, self._release = map(
            get, ("xrAcquireSwapchainImage", "xrWaitSwapchainImage", "xrReleaseSwapchainImage")
        )
        self._frame_state, self._view_state = xr.FrameState(), xr.ViewState()
        self._views = (xr.View * 2)(xr.View(), xr.View())
        self._index = c_uint32()
        self._locate_info = xr.ViewLocateInfo(
            view_configuration_type=xr.ViewConfigurationType.PRIMARY_STEREO, space=self._space
        )
        self._wait_info, self._begin_info = xr.FrameWaitInfo(), xr.FrameBeginInfo()
        self._image_wait = xr.SwapchainImageWaitInfo(timeout=IMAGE_WAIT_NS)
        self._make_layer()
        self._r_frame_state, self._r_view_state = byref(self._frame_state), byref(self._view_state)
        self._r_wait_info, self._r_begin_info = byref(self._wait_info), byref(self._begin_info)
        self._r_locate_info, self._r_end_info = byref(self._locate_info), byref(self._end_info)
        self._r_image_wait, self._r_index = byref(self._image_wait), byref(self._index)
        self._view_capacity = c_uint32(2)
        self._r_view_count = byref(c_uint32())

    def _make_layer(self) -> None:
        """One projection layer; each eye sees its half of the image."""
        xr = self._xr
        width, height = self.eye_size_px
        self._shown = (xr.CompositionLayerProjectionView * 2)()
        for eye in range(2):
            self._shown[eye] = xr.CompositionLayerProjectionView(
                pose=xr.Posef(),
                fov=xr.Fovf(),
                sub_image=xr.SwapchainSubImage(
                    swapchain=self._chain,
                    image_rect=xr.Rect2Di(
                        offset=xr.Offset2Di(eye * width, 0), extent=xr.Extent2Di(width, height)
                    ),
                    image_array_index=0,
                ),
            )
        self._layer = xr.CompositionLayerProjection(space=self._space)
        self._layer.view_count = 2
        self._layer._views = cast(self._shown, type(self._layer._views))
        layer = cast(pointer(self._layer), ctypes.POINTER(xr.CompositionLayerBaseHeader))
        self._layers = (type(layer) * 1)(layer)
        self._end_info = xr.FrameEndInfo(
            display_time=0, environment_blend_mode=xr.EnvironmentBlendMode.OPAQUE
        )
        self._end_info._layers = cast(self._layers, type(self._end_info._layers))


def _begun(runtime: Runtime, headset: Headset, gl: GlHandles) -> Foreign:
    """The session's handle; the runtime must be asked for what it needs of OpenGL first."""
    import xr

    calls, instance = runtime.calls, runtime.instance
    system = ctypes.c_uint64(headset.system)
    needed = xr.GraphicsRequirementsOpenGLKHR()
    calls("xrGetOpenGLGraphicsRequirementsKHR", instance, system, byref(needed))
    binding = graphics_binding(runtime, gl)
    info = xr.SessionCreateInfo(
        next=cast(pointer(binding), c_void_p), create_flags=0, system_id=headset.system
    )
    session = xr.Session()
    try:
        calls("xrCreateSession", instance, byref(info), byref(session))
    except XrFailed as failure:
        if failure.result == results.GRAPHICS_DEVICE_INVALID:
            raise XrUnavailable(
                "the headset is driven by another graphics card than the window: "
                "start metaviewer on that card"
            ) from failure
        raise
    return session


def graphics_binding(runtime: Runtime, gl: GlHandles) -> Foreign:
    """Our context in the runtime's words.

    Raises
    ------
    XrUnavailable
        Where the runtime knows nothing of such contexts.
    """
    import xr

    if gl.platform == "wgl":
        binding: Foreign = xr.GraphicsBindingOpenGLWin32KHR()
        _put(binding, h_dc=gl.display, h_glrc=gl.context)
        return binding
    if gl.platform == "glx":
        binding = xr.GraphicsBindingOpenGLXlibKHR()
        _put(binding, x_display=gl.display, glx_drawable=gl.drawable, glx_context=gl.context)
        return binding
    if "XR_MNDX_egl_enable" not in runtime.extensions:
        raise XrUnavailable("this headset needs a screen: its runtime offers no EGL")
    binding = xr.GraphicsBindingEGLMNDX()
    binding.get_proc_address = cast(c_void_p(gl.loader_address), xr.PFN_xrEglGetProcAddressMNDX)
    _put(binding, display=gl.display, config=gl.config, context=gl.context)
    return binding


def _put(binding: Foreign, **handles: int) -> None:
    """Numbers into fields that PyOpenGL types as pointers of its own, or as plain numbers."""
    kinds = dict(type(binding)._fields_)
    for name, handle in handles.items():
        kind = kinds[name]
        is_number = issubclass(kind, ctypes._SimpleCData) and kind is not c_void_p
        setattr(binding, name, handle if is_number else cast(c_void_p(handle), kind))


def _eye(view: Foreign) -> XrEye:
    fov = view.fov
    return XrEye(
        pose=pose_of(view.pose),
        fov=(fov.angle_left, fov.angle_right, fov.angle_up, fov.angle_down),
    )


def _put_pose(into: Foreign, pose: XrPose) -> None:
    at, turn = into.position, into.orientation
    at.x, at.y, at.z = pose.position_xr_m
    turn.x, turn.y, turn.z, turn.w = pose.orientation
