"""What a killed program leaves half-written goes with the next write; what is at work stays."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from metaviewer import resources
from metaviewer.building import bake_building, cache
from metaviewer.jail import Jail
from metaviewer.picture import write_png
from tests.building.ifc_made import good_wall, write_ifc
from tests.faults.test_full_disk import noise

WRITING = """
import sys
from pathlib import Path
from metaviewer.resources import whole_file
with whole_file(Path("film.mp4")) as stream:
    stream.write(b"half")
    stream.flush()
    print("begun", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def writer(tmp_path):
    """Another program in the middle of a file."""
    program = subprocess.Popen(
        [sys.executable, "-c", WRITING],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
    )
    with program:
        assert program.stdout.readline() == b"begun\n"
        yield program
        program.kill()


def old(file):
    """A file as if it had been written two minutes ago."""
    now_s = file.stat().st_mtime
    os.utime(file, (now_s - 120, now_s - 120))


def drafts(folder):
    return list(folder.glob(f"{resources.DRAFT_PREFIX}*"))


def test_a_draft_of_a_killed_program_goes_with_the_next_write(writer, tmp_path):
    """Bug: each crash leaves a hidden file, until the disk is full of them."""
    [draft] = drafts(tmp_path)
    writer.kill()
    writer.wait()
    write_png(tmp_path / "a.png", noise(1))
    assert drafts(tmp_path) == [draft]  # too young: another program may be about to lock it
    old(draft)
    write_png(tmp_path / "a.png", noise(1))
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_draft_that_is_being_written_stays(writer, tmp_path):
    """Bug: two programs write into one folder, and one removes the other's file."""
    [draft] = drafts(tmp_path)
    old(draft)
    write_png(tmp_path / "a.png", noise(1))
    assert drafts(tmp_path) == [draft]
    writer.communicate(b"")
    assert writer.returncode == 0
    assert (tmp_path / "film.mp4").read_bytes() == b"half"
    assert drafts(tmp_path) == []


def test_bake_sweeps_though_all_is_baked(tmp_path, monkeypatch):
    """Bug: what is in the cache already is not written, so nobody looks for leftovers."""
    monkeypatch.setenv(resources.CACHE_VARIABLE, str(tmp_path / "cache"))
    place = write_ifc(tmp_path, good_wall())
    with Jail("building") as jail:
        bake_building(jail, place)
        left = cache.cached_place("x").with_name(f"{resources.DRAFT_PREFIX}left")
        left.write_bytes(b"half")
        old(left)
        bake_building(jail, place)
    assert not left.exists()


def test_a_file_has_the_rights_of_any_other(tmp_path):
    """Bug: a picture, a scene or a cache for all that only its maker may read."""
    (tmp_path / "plain").write_bytes(b"")
    with resources.whole_file(tmp_path / "ours") as stream:
        stream.write(b"x")
    with resources.whole_file(tmp_path / "secret", mode=0o600) as stream:
        stream.write(b"x")
    rights = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert rights["ours"] == rights["plain"]
    assert rights["secret"] == 0o600


def test_writing_leaves_the_umask_alone(tmp_path, monkeypatch):
    """Bug: the umask is read by setting it to 0, and two threads that write at once leave it so."""
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("the umask was set"))
    with resources.whole_file(tmp_path / "ours") as stream:
        stream.write(b"x")
    assert (tmp_path / "ours").read_bytes() == b"x"
