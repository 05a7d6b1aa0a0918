"""Where files are: shipped with the program, the user's own, and the sample data of tests."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path, user_state_path

APP_NAME: Final = "metaviewer"
CACHE_VARIABLE: Final = "METAVIEWER_CACHE"
STATE_VARIABLE: Final = "METAVIEWER_STATE"
SAMPLES_VARIABLE: Final = "METAVIEWER_SAMPLES"


def shaders_dir() -> Path:
    """Folder of the GLSL files."""
    return Path(str(files("metaviewer.shaders")))


def assets_dir() -> Path:
    """Folder of fonts, demonstration data and credits."""
    return Path(str(files("metaviewer.assets")))


def scenes_dir() -> Path:
    """Folder of the shipped scene files."""
    return Path(str(files("metaviewer.scenes")))


def cache_dir() -> Path:
    """Folder for what can be made again; `METAVIEWER_CACHE` moves it. Not created here."""
    return _moved_by(CACHE_VARIABLE) or user_cache_path(APP_NAME)


def state_dir() -> Path:
    """Folder for the journal, the salt and recent places; `METAVIEWER_STATE` moves it."""
    return _moved_by(STATE_VARIABLE) or user_state_path(APP_NAME)


def samples_dir() -> Path:
    """Folder of real sample files for tests: beside the checkout, or `METAVIEWER_SAMPLES`."""
    return _moved_by(SAMPLES_VARIABLE) or Path(__file__).parents[1].parent / "shared" / "data"


def _moved_by(variable: str) -> Path | None:
    value = os.environ.get(variable, "")
    return Path(value) if value else None
