"""`XrResult` by name, and what a failed call is."""

from __future__ import annotations

from typing import Final

from metaviewer.errors import XrError

SUCCESS: Final = 0
SESSION_LOSS_PENDING: Final = 3
EVENT_UNAVAILABLE: Final = 4
SESSION_NOT_FOCUSED: Final = 8
FRAME_DISCARDED: Final = 9
API_VERSION_UNSUPPORTED: Final = -4
INITIALIZATION_FAILED: Final = -6
FUNCTION_UNSUPPORTED: Final = -7
EXTENSION_NOT_PRESENT: Final = -9
INSTANCE_LOST: Final = -13
SESSION_LOST: Final = -17
PATH_UNSUPPORTED: Final = -22
FORM_FACTOR_UNSUPPORTED: Final = -34
FORM_FACTOR_UNAVAILABLE: Final = -35
GRAPHICS_DEVICE_INVALID: Final = -38
RUNTIME_UNAVAILABLE: Final = -51


class XrFailed(XrError):
    """A call to the runtime failed.

    Parameters
    ----------
    call : str
        As the specification names it.
    result : int
        `XrResult`, below zero but for SESSION_LOSS_PENDING.
    """

    def __init__(self, call: str, result: int) -> None:
        super().__init__(f"{call} gave {result}")
        self.call = call
        self.result = result


def checked(call: str, result: int) -> int:
    """The result, where the call succeeded.

    Raises
    ------
    XrFailed
        Where it did not, and where it says that the session is about to be lost.
    """
    if result < SUCCESS or result == SESSION_LOSS_PENDING:
        raise XrFailed(call, result)
    return result
