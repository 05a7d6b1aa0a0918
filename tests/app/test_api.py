"""The three verbs of the Python API: what the command line does, as values."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import metaviewer
from metaviewer.errors import Refused
from tests.medical.series_maker import image, write

NO_SCREEN = ":59999"
"""With no name at all, X11 takes the screen :0, which may be there."""
VERBS = ("check", "open", "shot")


@pytest.fixture
def series(tmp_path):
    (tmp_path / "ct").mkdir()
    return write(tmp_path / "ct", [image(k) for k in range(6)])


def test_the_verbs_are_there_with_words_and_their_absence_is_named():
    assert set(VERBS) <= set(dir(metaviewer))
    for name in VERBS:
        words = inspect.getdoc(getattr(metaviewer, name))
        assert "Parameters" in words
        for parameter in inspect.signature(getattr(metaviewer, name)).parameters:
            assert f"{parameter} :" in words, f"{name}: {parameter} is not explained"
    with pytest.raises(AttributeError, match="nosuch"):
        _ = metaviewer.nosuch


def test_importing_the_package_loads_nothing_heavy():
    """Bug: a script that only asks for the version waits for GL, VTK and all parsers."""
    heavy = ["panda3d", "vtkmodules", "ifcopenshell", "pydicom", "scipy", "numpy", "rich"]
    program = f"import sys, metaviewer; print([n for n in {heavy} if n in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == "[]"


def test_check_gives_what_the_command_prints(series, tmp_path):
    """Bug: numpy numbers in the dictionaries, which json refuses; a refusal that is raised."""
    found, gone = metaviewer.check(str(series), str(tmp_path / "gone"))
    json.dumps([found, gone], allow_nan=False)
    assert (found["kind"], found["status"]) == ("volume", "ok")
    assert found["volume"]["shape_ijk"] == [8, 6, 6]
    assert found["volume"]["spacing_mm"] == pytest.approx([1.0, 0.5, 2.0])
    assert (gone["kind"], gone["status"]) == ("other", "refused")
    assert gone["reason"].startswith("path: ")


@pytest.mark.gl
def test_shot_gives_the_picture_that_it_writes(series, tmp_path):
    """Bug: rows and columns change places, or the file is another picture than the array."""
    place = tmp_path / "mip.png"
    picture = metaviewer.shot(str(series), output=place, size=(96, 64), preset="mip")
    assert (picture.shape, picture.dtype) == ((64, 96, 3), np.uint8)
    assert picture.std() > 1
    with Image.open(place) as written:
        np.testing.assert_array_equal(np.asarray(written.convert("RGB")), picture)


def test_shot_of_nothing_is_refused(tmp_path):
    with pytest.raises(Refused) as caught:
        metaviewer.shot(str(tmp_path / "gone"))
    assert (caught.value.place, caught.value.word) == (str(tmp_path / "gone"), "path")


@pytest.mark.process
def test_open_without_a_screen_says_so(tmp_path):
    """Bug: it hangs, or the process dies in a library."""
    program = (
        "import metaviewer; from metaviewer.errors import RenderError\n"
        "try: metaviewer.open()\n"
        "except RenderError as error: print('no window:', error)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "DISPLAY": NO_SCREEN},
    )
    assert ran.stdout.startswith("no window: ")
