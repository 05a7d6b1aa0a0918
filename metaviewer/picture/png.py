"""Pictures to files: whole or not at all, and without a word about anybody in them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from metaviewer.errors import Refused
from metaviewer.resources import whole_file


def check_png_place(place: Path) -> None:
    """Refuse a place that no PNG can be written to, before a picture is made for it.

    Raises
    ------
    Refused
        "format" for another kind of file, "path" where there is no such folder.
    """
    if place.suffix.lower() != ".png":
        raise Refused(str(place), "format", "pictures are PNG files", remedy="name it FILE.png")
    # Path.is_dir raises for a folder that is closed, and for a name of more than 255 bytes.
    if os.path.isdir(place) or not os.path.isdir(place.absolute().parent):
        reason = "no picture can be written there"
        raise Refused(str(place), "path", reason, remedy="name a file in a folder that exists")


def write_png(place: Path, picture_hw3: NDArray[np.uint8]) -> None:
    """Write a picture (height, width, 3), top row first, as PNG.

    The file appears whole or not at all. It carries no metadata: no patient, no path, no time.

    Raises
    ------
    Refused
        "path" where the place cannot be written.
    """
    try:
        with whole_file(place) as stream:
            Image.fromarray(np.ascontiguousarray(picture_hw3)).save(stream, format="PNG")
    except OSError as error:
        reason = f"the picture cannot be written ({error.strerror or type(error).__name__})"
        remedy = "choose a folder that exists and has room"
        raise Refused(str(place), "path", reason, remedy=remedy) from error
