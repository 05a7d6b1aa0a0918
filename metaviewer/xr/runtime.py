"""The OpenXR runtime of this machine: one instance, and the headset behind it."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from metaviewer.errors import XrUnavailable
from metaviewer.xr import results
from metaviewer.xr.calls import Calls, Foreign
from metaviewer.xr.results import XrFailed

APPLICATION: Final = b"metaviewer"
GRAPHICS: Final = ("XR_KHR_opengl_enable",)
OPTIONAL: Final = (
    "XR_MNDX_egl_enable",
    "XR_EXT_local_floor",
    "XR_KHR_composition_layer_depth",
    "XR_KHR_visibility_mask",
    "XR_FB_display_refresh_rate",
    "XR_EXT_hand_tracking",
    "XR_EXT_hand_interaction",
    "XR_FB_passthrough",
)
"""What is used where it is offered."""
NO_VERSION: Final = "the headset's runtime speaks no OpenXR 1.0: update it"
UNAVAILABLE: Final = {
    results.RUNTIME_UNAVAILABLE: "no headset runtime is installed or chosen: "
    "start SteamVR, Monado or WiVRn and make it the active OpenXR runtime",
    results.API_VERSION_UNSUPPORTED: NO_VERSION,
    results.INITIALIZATION_FAILED: "the headset's runtime does not start: start its own program",
    results.EXTENSION_NOT_PRESENT: "the headset's runtime offers no OpenGL",
    results.FORM_FACTOR_UNAVAILABLE: "no headset is connected: plug it in and switch it on",
    results.FORM_FACTOR_UNSUPPORTED: "this runtime serves no headset",
}
"""Why not, in one sentence a person can act on."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Runtime:
    """An instance; there can be one in a process.

    Parameters
    ----------
    extensions : frozenset of str
        Those that are switched on.
    """

    instance: Foreign
    calls: Calls
    name: str
    version: str
    extensions: frozenset[str]

    def close(self) -> None:
        """Give the instance back. What the runtime says to that is of no use any more."""
        self.calls.get("xrDestroyInstance")(self.instance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headset:
    """A headset, and how it wants to be drawn for.

    Parameters
    ----------
    eye_size_px : (int, int)
        What the runtime recommends for each eye.
    blend_modes : tuple of int
        `XrEnvironmentBlendMode`, the runtime's favourite first.
    """

    system: int
    name: str
    eye_size_px: tuple[int, int]
    eye_size_max_px: tuple[int, int]
    blend_modes: tuple[int, ...]
    has_hands: bool
    layers_max: int


def open_runtime() -> Runtime:
    """Begin an instance with what this program uses of what is offered.

    Raises
    ------
    XrUnavailable
        With the reason in one sentence.
    """
    loader = Calls()
    try:
        offered = _offered(loader)
        absent = [name for name in GRAPHICS if name not in offered]
        if absent:
            raise XrFailed("xrCreateInstance", results.EXTENSION_NOT_PRESENT)
        wanted = [*GRAPHICS, *(name for name in OPTIONAL if name in offered)]
        instance = _instance(loader, wanted)
    except XrFailed as failure:
        raise unavailable(failure) from failure
    calls = Calls(instance)
    try:
        name, version = _named(calls, instance)
    except XrFailed as failure:
        calls.get("xrDestroyInstance")(instance)  # else the loader refuses every later one
        raise unavailable(failure) from failure
    return Runtime(
        instance=instance,
        calls=calls,
        name=name,
        version=version,
        extensions=frozenset(wanted),
    )


def find_headset(runtime: Runtime) -> Headset:
    """The headset behind a runtime; to be asked again while there is none.

    Raises
    ------
    XrUnavailable
        Where none is connected.
    XrFailed
        Where the runtime fails.
    """
    import xr

    calls, instance = runtime.calls, runtime.instance
    system = ctypes.c_uint64()
    info = xr.SystemGetInfo(xr.FormFactor.HEAD_MOUNTED_DISPLAY)
    try:
        calls("xrGetSystem", instance, ctypes.byref(info), ctypes.byref(system))
    except XrFailed as failure:
        if failure.result in UNAVAILABLE:
            raise unavailable(failure) from failure
        raise
    hands = xr.SystemHandTrackingPropertiesEXT()
    properties = xr.SystemProperties()
    if "XR_EXT_hand_tracking" in runtime.extensions:
        properties.next = ctypes.cast(ctypes.pointer(hands), ctypes.c_void_p)
    calls("xrGetSystemProperties", instance, system, ctypes.byref(properties))
    stereo = ctypes.c_int(xr.ViewConfigurationType.PRIMARY_STEREO.value)
    eyes = calls.listed(
        "xrEnumerateViewConfigurationViews",
        xr.ViewConfigurationView,
        *(instance, system, stereo),
        blank=xr.ViewConfigurationView(),
    )
    modes = calls.listed(
        "xrEnumerateEnvironmentBlendModes", ctypes.c_int, *(instance, system, stereo)
    )
    if len(eyes) != 2:
        raise XrUnavailable(f"this headset has {len(eyes)} views, two are needed")
    return Headset(
        system=system.value,
        name=_text(properties.system_name),
        eye_size_px=(
            max(eye.recommended_image_rect_width for eye in eyes),
            max(eye.recommended_image_rect_height for eye in eyes),
        ),
        eye_size_max_px=(
            min(eye.max_image_rect_width for eye in eyes),
            min(eye.max_image_rect_height for eye in eyes),
        ),
        blend_modes=tuple(int(mode) for mode in modes),
        has_hands=bool(hands.supports_hand_tracking),
        layers_max=int(properties.graphics_properties.max_layer_count),
    )


def unavailable(failure: XrFailed) -> XrUnavailable:
    """The sentence for a failure while a headset is looked for."""
    otherwise = f"the headset's runtime failed ({failure}): restart it"
    return XrUnavailable(UNAVAILABLE.get(failure.result, otherwise))


def _offered(loader: Calls) -> frozenset[str]:
    import xr

    found = loader.listed(
        "xrEnumerateInstanceExtensionProperties",
        xr.ExtensionProperties,
        None,
        blank=xr.ExtensionProperties(),
    )
    return frozenset(_text(one.extension_name) for one in found)


def _instance(loader: Calls, extensions: Sequence[str]) -> Foreign:
    import xr

    info = xr.InstanceCreateInfo(
        application_info=xr.ApplicationInfo(
            application_name=APPLICATION.decode(),
            application_version=xr.Version(0, 1, 0),
            engine_name=APPLICATION.decode(),
            engine_version=xr.Version(0, 1, 0),
            api_version=xr.Version(1, 0, 0),
        ),
        enabled_extension_names=list(extensions),
    )
    instance = xr.Instance()
    loader("xrCreateInstance", ctypes.byref(info), ctypes.byref(instance))
    return instance


def _named(calls: Calls, instance: Foreign) -> tuple[str, str]:
    import xr

    properties = xr.InstanceProperties()
    calls("xrGetInstanceProperties", instance, ctypes.byref(properties))
    number = int(properties.runtime_version)
    version = f"{number >> 48}.{number >> 32 & 0xFFFF}.{number & 0xFFFFFFFF}"
    return _text(properties.runtime_name), version


def _text(value: Foreign) -> str:
    """A name of the runtime's, which may be any bytes, as one short line."""
    octets = bytes(value) if not isinstance(value, str) else value.encode()
    text = octets.split(b"\0")[0].decode("utf-8", errors="replace")
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:128]
