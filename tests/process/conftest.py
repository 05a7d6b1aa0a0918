"""What the tests of the window share: a screen of their own."""

from __future__ import annotations

import shutil

import pytest

from tests.process.screen import open_screen


@pytest.fixture(scope="module")
def screen(tmp_path_factory):
    for name in ("Xvfb", "xdotool"):
        assert shutil.which(name), f"{name} is missing: packages.apt [test] names it"
    with open_screen(tmp_path_factory.mktemp("screen")) as screen:
        yield screen
