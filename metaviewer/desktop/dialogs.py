"""The system's own file dialogs; where there are none, the person types the path."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from typing import Any

from imgui_bundle import portable_file_dialogs


@dataclass(slots=True, eq=False)
class OpenDialog:
    """A dialog that is open: ask it once a frame, it blocks nothing."""

    _dialog: Any
    _is_folder: bool

    def answer(self) -> tuple[str, ...] | None:
        """Chosen places, () where the person cancelled, None while it is still open."""
        if not self._dialog.ready(0):
            return None
        chosen = self._dialog.result()
        places = (chosen,) if self._is_folder else tuple(chosen)
        return tuple(place for place in places if place)


def has_dialogs() -> bool:
    """Whether this desktop has file dialogs (on Linux they come from zenity or kdialog)."""
    if sys.platform != "linux":
        return True
    return any(shutil.which(name) for name in ("zenity", "kdialog", "matedialog", "qarma"))


def open_file_dialog(title: str) -> OpenDialog:
    """Ask for files."""
    options = portable_file_dialogs.opt.multiselect
    return OpenDialog(portable_file_dialogs.open_file(title, "", None, options), _is_folder=False)


def open_folder_dialog(title: str) -> OpenDialog:
    """Ask for a folder."""
    return OpenDialog(portable_file_dialogs.select_folder(title), _is_folder=True)
