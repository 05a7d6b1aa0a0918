"""The window seat."""

from metaviewer.desktop.dialogs import (
    OpenDialog,
    has_dialogs,
    open_file_dialog,
    open_folder_dialog,
)
from metaviewer.desktop.screen_loss import when_screen_is_lost
from metaviewer.desktop.window_seat import Polled, WindowSeat

__all__ = [
    "OpenDialog",
    "Polled",
    "WindowSeat",
    "has_dialogs",
    "open_file_dialog",
    "open_folder_dialog",
    "when_screen_is_lost",
]
