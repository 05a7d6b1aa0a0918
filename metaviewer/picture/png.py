"""Pictures to files: whole or not at all, and without a word about anybody in them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from metaviewer.errors import Refused


def write_png(place: Path, picture_hw3: NDArray[np.uint8]) -> None:
    """Write a picture (height, width, 3), top row first, as PNG.

    The file appears whole or not at all: it is written beside its place and renamed. It carries no
    metadata, so no patient, no path and no time.

    Raises
    ------
    Refused
        "path" where the place cannot be written.
    """
    try:
        descriptor, draft = tempfile.mkstemp(dir=place.parent, prefix=".metaviewer-", suffix=".png")
    except OSError as error:
        raise _cannot_write(place, error) from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            Image.fromarray(np.ascontiguousarray(picture_hw3)).save(stream, format="PNG")
        umask = os.umask(0)
        os.umask(umask)
        Path(draft).chmod(0o666 & ~umask)
        Path(draft).replace(place)
    except BaseException as error:  # Ctrl-C too leaves nothing half-written
        Path(draft).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _cannot_write(place, error) from error
        raise


def _cannot_write(place: Path, error: OSError) -> Refused:
    reason = f"the picture cannot be written ({error.strerror or type(error).__name__})"
    return Refused(str(place), "path", reason, remedy="choose a folder that exists and has room")
