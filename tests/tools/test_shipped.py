"""What ships is complete, credited, small enough, and named without a person."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

from metaviewer.scene.scene_file import read_scene_file

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "assets"
SCENES = sorted((ROOT / "scenes").glob("*.toml"))
FILE_BYTES_MAX = 5_000_000
CLINIC_SITE_M = np.array([(-53.0, -20.0, -2.3), (3.0, 57.2, 13.9)])


def shipped():
    return [path.relative_to(ASSETS).as_posix() for path in ASSETS.rglob("*") if path.is_file()]


def credits():
    return tomllib.loads((ASSETS / "CREDITS.toml").read_text(encoding="utf-8"))["credit"]


def test_every_file_has_exactly_one_credit():
    """A file without a credit breaks CC BY; a credit without a file praises nothing."""
    patterns = [pattern for credit in credits() for pattern in credit["files"]]
    ours = {"__init__.py", "CREDITS.toml"}
    for name in shipped():
        if "__pycache__" not in name and name not in ours:
            assert sum(fnmatch(name, pattern) for pattern in patterns) == 1, name
    for pattern in patterns:
        assert any(fnmatch(name, pattern) for name in shipped()), pattern


def test_every_credit_says_who_under_what_from_where_and_what_was_changed():
    for credit in credits():
        assert {"id", "title", "credit", "licence", "licence_url", "source", "changes"} <= set(
            credit
        )
        assert credit["licence"] in {"CC BY 4.0", "SIL Open Font License 1.1"}


def test_files_are_small_enough_to_be_cloned():
    for name in shipped():
        assert (ASSETS / name).stat().st_size < FILE_BYTES_MAX, name


def test_the_patients_series_is_whole():
    slices = sorted((ASSETS / "patient" / "chest").glob("slice_*.dcm"))
    assert [path.name for path in slices] == [f"slice_{n:03d}.dcm" for n in range(1, 101)]


def test_there_is_a_demo_and_one_scene_per_kind():
    assert [path.stem for path in SCENES] == ["building", "demo", "live", "lung", "patient"]


@pytest.mark.parametrize("place", SCENES, ids=lambda path: path.stem)
def test_scene_reads_and_names_files_that_ship(place):
    """A path that works in the checkout alone is missing in the wheel."""
    scene = read_scene_file(place)
    assert scene.scene.camera is not None
    for entry in (*scene.building, *scene.volume):
        for name in entry.files:
            assert Path(name).resolve().is_relative_to(ASSETS)


@pytest.mark.parametrize("place", SCENES, ids=lambda path: path.stem)
def test_cameras_look_at_what_is_there(place):
    """A camera in millimetres, or with y and z swapped, looks into the void."""
    scene = read_scene_file(place)
    alone = np.array([(-0.23, -0.22, -0.24), (0.24, 0.24, 0.02)])
    low, high = CLINIC_SITE_M if scene.building else alone
    for camera in scene.camera:
        assert (np.array(camera.target_m) >= low).all(), camera.name
        assert (np.array(camera.target_m) <= high).all(), camera.name
