"""F30: a full disk, a folder that is none, an interrupt: a file is whole, or the one before.

What the cache of buildings does when its disk is full stands in tests/building/test_cache.py.
"""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from PIL import Image

from metaviewer import resources
from metaviewer.app.recent import recent_places, remember
from metaviewer.app.scene_saving import save_scene
from metaviewer.errors import Refused
from metaviewer.medical import installation_salt
from metaviewer.picture import write_film, write_png
from metaviewer.scene import Command, OpenPlaces, begin_journal
from metaviewer.scene.journal_text import line_of

ROOM_BYTES = 4096


def noise(seed, *, height=120, width=160):
    """A picture that no packing makes small."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def write_picture(place, seed):
    write_png(place, noise(seed))


def write_scene(place, seed):
    save_scene(place, {"scene": {"title": str(seed), "notes": "n" * 3 * ROOM_BYTES}})


def write_flight(place, seed):
    frames = [noise(seed + number) for number in range(4)]
    write_film(place, frames, width=160, height=120, rate_hz=25)


WRITERS = {"picture.png": write_picture, "ward.toml": write_scene, "flight.mp4": write_flight}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_the_file_before(name, tmp_path, full_disk):
    """Bug: the old file is cut to nothing first, or a draft is left on the disk that is full."""
    place = tmp_path / name
    WRITERS[name](place, 1)
    before = place.read_bytes()
    assert len(before) > ROOM_BYTES
    with full_disk(ROOM_BYTES), pytest.raises(Refused) as caught:
        WRITERS[name](place, 2)
    assert caught.value.word == "path"
    assert caught.value.place == str(place)
    assert "room" in caught.value.remedy
    assert place.read_bytes() == before
    assert list(tmp_path.iterdir()) == [place]
    WRITERS[name](place, 2)
    assert place.read_bytes() != before


@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_that_is_none_is_refused_in_words(name, tmp_path):
    """Bug: the draft cannot even be removed, and that error is the one that comes out."""
    (tmp_path / "file").write_text("no folder")
    for folder in (tmp_path / "file", tmp_path / "gone"):
        with pytest.raises(Refused) as caught:
            WRITERS[name](folder / name, 1)
        assert caught.value.word == "path"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_film_leaves_nothing(kind, tmp_path):
    """Bug: only errors of the disk remove the draft; Ctrl-C in a long film leaves half of it."""

    def frames():
        yield noise(1)
        raise kind

    with pytest.raises(kind):
        write_film(tmp_path / "flight.mp4", frames(), width=160, height=120, rate_hz=25)
    assert list(tmp_path.iterdir()) == []


class Interrupting(dict):
    """A document whose writing is interrupted after its first table."""

    def items(self):
        yield "scene", {"title": "half"}
        raise KeyboardInterrupt


def test_an_interrupted_scene_leaves_the_one_before(tmp_path):
    """Bug: Ctrl-C while a scene is saved leaves its draft beside it."""
    place = tmp_path / "ward.toml"
    write_scene(place, 1)
    with pytest.raises(KeyboardInterrupt):
        save_scene(place, Interrupting())
    assert tomllib.loads(place.read_text())["scene"]["title"] == "1"
    assert list(tmp_path.iterdir()) == [place]


def test_a_picture_is_whole_and_says_nothing_of_anybody(tmp_path):
    """Bug: PIL copies a text, a time or a path into the file."""
    write_png(tmp_path / "picture.png", noise(5))
    with Image.open(tmp_path / "picture.png") as picture:
        assert picture.info == {}
        np.testing.assert_array_equal(np.asarray(picture), noise(5))


def test_recent_places_are_no_reason_to_stop(tmp_path, monkeypatch, full_disk):
    """Bug: a state folder that is a file, or a full disk, ends the opening of a file."""
    monkeypatch.setenv(resources.STATE_VARIABLE, str(tmp_path / "state"))
    remember(str(tmp_path))
    with full_disk(0):
        remember(str(tmp_path / "other"))
    assert recent_places() == (str(tmp_path),)
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["recent.json"]
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv(resources.STATE_VARIABLE, str(tmp_path / "file/state"))
    remember(str(tmp_path))
    assert recent_places() == ()


def test_a_secret_that_cannot_be_kept_lasts_for_the_run(tmp_path, monkeypatch, full_disk):
    """Bug: on a full disk, or in a home that is closed, no scan opens; or two patients look one."""
    monkeypatch.setenv(resources.STATE_VARIABLE, str(tmp_path / "state"))
    with full_disk(0):
        first, again = installation_salt(), installation_salt()
    assert len(first) == 64
    assert first == again
    assert list((tmp_path / "state").iterdir()) == []
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv(resources.STATE_VARIABLE, str(tmp_path / "file/state"))
    assert installation_salt() == first


@pytest.mark.parametrize("room", [0, 150, 700])
def test_a_full_disk_keeps_the_head_of_the_journal_and_is_said(tmp_path, full_disk, room):
    """F30. Bug: half a line stands in the middle, and all that comes after it is lost."""
    one = Command(action=OpenPlaces(places=("/a",)))
    journal = begin_journal(tmp_path)
    with full_disk(room):
        for _ in range(9):
            journal.keep([one], now_s=0.0)
    assert journal.is_broken
    content = journal.path.read_bytes()
    assert content == line_of(one) * (room // len(line_of(one)))
    journal.end()
