"""Which files of a place are read: by name, by first bytes, and what is said of all others."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from metaviewer.app.sorting import check_place, names_of_suffixes, sorted_files
from metaviewer.errors import Refused
from tests.building.ifc_made import good_wall, step_text
from tests.medical.series_maker import file_bytes, image

NOBODY = 65534


@contextmanager
def as_somebody_else():
    """Without the rights of root, where the tests have them."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder(tmp_path):
    """A folder that everybody may enter; pytest's own are closed to others."""
    for folder in (tmp_path, *tmp_path.parents):
        with suppress(PermissionError):
            if folder.owner() == Path.home().owner():
                folder.chmod(folder.stat().st_mode | 0o755)
    return tmp_path


def named(files):
    return [file.name for file in files]


def test_a_file_is_known_by_its_first_bytes_whatever_its_name(tmp_path):
    """Bug: images that a mail program renamed .txt or .jpg are passed over without a word."""
    (tmp_path / "scan.txt").write_bytes(file_bytes(image(0)))
    (tmp_path / "IM0001").write_bytes(file_bytes(image(1)))
    (tmp_path / "1.2.840.113").write_bytes(file_bytes(image(2)))
    (tmp_path / "ward.step").write_text("\n" + step_text(good_wall()))
    (tmp_path / "real.pdf").write_bytes(b"%PDF-1.7" + b" " * 400)
    found = sorted_files(tmp_path)
    assert named(found.images) == ["1.2.840.113", "IM0001", "scan.txt"]
    assert named(found.buildings) == ["ward.step"]
    assert named(found.others) == ["real.pdf"]


@pytest.mark.parametrize(
    ("head", "suffix"),
    [
        (b"glTF\2\0\0\0", ".glb"),
        (b"NRRD0004\n", ".nrrd"),
        (b"\x5c\1\0\0" + bytes(340) + b"n+1\0", ".nii"),
        (b"\x1c\2\0\0n+2\0", ".nii"),
        (b"PK\3\4", ".zip"),
    ],
)
def test_what_only_its_bytes_tell_says_how_to_name_it(head, suffix, tmp_path):
    """Bug: "nothing in it that can be opened", of a folder with a head of NIfTI in it."""
    (tmp_path / "data").write_bytes(head)
    found = sorted_files(tmp_path)
    assert [(file.name, right) for file, right in found.misnamed] == [("data", suffix)]
    assert not found.is_empty


def test_what_is_read_with_another_file_is_not_counted_as_unread(tmp_path):
    """Bug: "1 file was not read: .mtl", of the colours that are on the screen."""
    for name in ("skull.obj", "skull.mtl", "scan.mhd", "scan.raw", "lonely.bin"):
        (tmp_path / name).write_bytes(b"#")
    assert named(sorted_files(tmp_path).others) == ["lonely.bin"]


def test_hidden_files_are_left_alone_and_a_hidden_place_is_not(tmp_path):
    """Bug: what a Mac writes beside each image ends in .dcm too; ~/.data/ct is called empty."""
    folder = tmp_path / ".data" / "ct"
    folder.mkdir(parents=True)
    for name in ("0.dcm", "._0.dcm", ".DS_Store"):
        (folder / name).write_bytes(b"x")
    assert named(sorted_files(folder).images) == ["0.dcm"]
    assert named(sorted_files(tmp_path / ".data").images) == ["0.dcm"]


def test_links_to_files_are_read_and_links_to_folders_are_not(tmp_path):
    """Bug: an archive of links is called empty; a link to its own folder is walked without end."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "a").write_bytes(file_bytes(image(0)))
    (tmp_path / "ct").mkdir()
    (tmp_path / "ct" / "0.dcm").symlink_to(tmp_path / "store" / "a")
    (tmp_path / "ct" / "again").symlink_to(tmp_path / "ct")
    found = sorted_files(tmp_path / "ct")
    assert named(found.images) == ["0.dcm"]
    assert not found.is_whole  # the room, given the folder, follows no link


def test_a_folder_is_walked_once(tmp_path, monkeypatch):
    """Bug: a second walk asks whether there is anything but images: 100,000 files twice."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "0.dcm").write_bytes(b"x")
    listed = []
    listing = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: listed.append(folder) or listing(folder))
    assert sorted_files(tmp_path).is_whole
    assert sorted(listed) == [tmp_path, tmp_path / "a", tmp_path / "b"]


def test_closed_files_and_folders_are_told_from_empty_ones(open_folder):
    """Bug: a folder that may not be entered, or holds closed files, is called empty."""
    (open_folder / "locked").mkdir()
    (open_folder / "locked" / "0.dcm").write_bytes(b"x")
    (open_folder / "ct").mkdir()
    (open_folder / "ct" / "1.dcm").write_bytes(b"x")
    (open_folder / "ct" / "1.dcm").chmod(0)
    (open_folder / "locked").chmod(0)
    try:
        with as_somebody_else():
            found = sorted_files(open_folder)
            with pytest.raises(Refused, match="permission denied: ask for the right"):
                check_place(str(open_folder / "locked" / "0.dcm"))
    finally:
        (open_folder / "locked").chmod(0o755)
    assert sorted(named(found.closed)) == ["1.dcm", "locked"]
    assert not found.is_empty
    assert not found.is_whole


@pytest.mark.parametrize("place", ["nowhere", "n" * 300, "a\0b"])
def test_a_place_that_is_none_is_refused(place, tmp_path):
    """Bug: an OSError or a ValueError of the system, for a name that no disk can hold."""
    with pytest.raises(Refused, match="there is nothing here"):
        check_place(str(tmp_path / place))


def test_what_is_neither_file_nor_folder_is_called_so(tmp_path):
    """Bug: a pipe waits for ever, and of a device the disk is said to be at fault."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (os.devnull, str(pipe)):
        with pytest.raises(Refused, match="not a file or folder"):
            check_place(place)


def test_endings_that_may_be_a_name_or_a_date_are_not_said():
    """Bug: a birth date behind a dot is an ending, and stands in a log."""
    files = [
        Path(name) for name in ("a.jpg", "b.JPG", "c.pdf", "scan.19690312", "Muster.Hans Otto")
    ]
    assert names_of_suffixes(files) == ".jpg, .pdf, others"
