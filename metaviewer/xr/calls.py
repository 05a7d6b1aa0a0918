"""OpenXR's entry points as plain functions: structures in, a result out.

pyopenxr gives the structures and the loader. Its functions raise for successes such as
FRAME_DISCARDED, choke on numbers no enumeration holds, and cost three times as much (measured: 141
against 48 us a frame), so the calls are our own.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from ctypes import c_char_p, c_int, c_uint32, c_void_p
from typing import Any, Final

from metaviewer.errors import XrUnavailable
from metaviewer.xr.results import FUNCTION_UNSUPPORTED, XrFailed, checked

LISTED_MAX: Final = 4096
"""No list of a runtime is longer: a count beyond it is a lie, and nothing is allocated for it."""

Call = Callable[..., int]
Foreign = Any
"""A structure, handle or kind of pyopenxr, which says nothing of its types."""


class Calls:
    """Entry points of one instance, or of the loader where there is none yet."""

    def __init__(self, instance: Foreign = None) -> None:
        self._instance = instance
        self._get = _loader()
        self._known: dict[str, Call] = {}

    def __call__(self, name: str, *arguments: object) -> int:
        """Call it; the result is checked.

        Raises
        ------
        XrFailed
            Where it fails, or where the runtime has no such call.
        """
        return checked(name, self.get(name)(*arguments))

    def get(self, name: str) -> Call:
        """The entry point itself: it gives `XrResult` as a number.

        Raises
        ------
        XrFailed
            Where the runtime has none of that name.
        """
        known = self._known.get(name)
        if known is None:
            address = c_void_p()
            checked(name, self._get(self._instance, name.encode(), ctypes.byref(address)))
            if not address.value:
                raise XrFailed(name, FUNCTION_UNSUPPORTED)
            known = self._known[name] = ctypes.CFUNCTYPE(c_int)(address.value)
        return known

    def listed(
        self, name: str, kind: Foreign, *arguments: object, blank: Foreign = None
    ) -> list[Foreign]:
        """What a call lists, by the idiom of two calls: how many, then which.

        Parameters
        ----------
        kind : ctypes type
            Of the things listed.
        blank : kind or None
            What each is before it is filled: structures must carry their type.
        """
        count = c_uint32()
        self(name, *arguments, c_uint32(0), ctypes.byref(count), None)
        if not 0 < count.value <= LISTED_MAX:
            return []
        things = (kind * count.value)()
        for k in range(count.value if blank is not None else 0):
            things[k] = blank
        self(name, *arguments, c_uint32(count.value), ctypes.byref(count), things)
        return list(things)[: count.value]


def _loader() -> Call:
    """``xrGetInstanceProcAddr`` of the loader that comes with pyopenxr.

    Raises
    ------
    XrUnavailable
        Where it cannot be loaded here.
    """
    # What the loader finds wrong it would print itself; we say it in a sentence of our own.
    os.environ.setdefault("XR_LOADER_DEBUG", "none")
    try:
        from xr.library import openxr_loader_library
    except (ImportError, OSError) as exc:
        raise XrUnavailable(
            "no OpenXR loader on this machine: install pyopenxr for a headset"
        ) from exc
    address = ctypes.cast(openxr_loader_library.xrGetInstanceProcAddr, c_void_p).value
    kind = ctypes.CFUNCTYPE(c_int, c_void_p, c_char_p, ctypes.POINTER(c_void_p))
    return kind(address or 0)
