"""Places that hold nothing of use, and scene files that people get wrong: one line each."""

from __future__ import annotations

import pytest

from tests.building.ifc_made import good_wall, step_text
from tests.faults.said import check, check_line

pytestmark = pytest.mark.slow


def make_empty_folder(folder):
    (folder / "empty").mkdir()
    return folder / "empty"


def make_folder_of_texts(folder):
    (folder / "notes").mkdir()
    (folder / "notes/read me.txt").write_text("nothing to see")
    return folder / "notes"


def make_text(folder):
    (folder / "note.dcm").write_text("This is not what its name says.\n" * 20)
    return folder / "note.dcm"


def make_cut_ifc(folder):
    text = step_text(good_wall())
    (folder / "cut.ifc").write_text(text[: len(text) * 2 // 3])
    return folder / "cut.ifc"


def make_absent(folder):
    return folder / "nowhere"


def make_name_too_long(folder):
    return folder / ("n" * 300)


def make_scene_name_too_long(folder):
    return folder / ("n" * 300 + ".toml")


def make_pipe_to_nowhere(folder):
    (folder / "link.dcm").symlink_to(folder / "gone.dcm")
    return folder / "link.dcm"


PLACES = {
    make_empty_folder: "empty",
    make_folder_of_texts: "empty",
    make_text: "format",
    make_cut_ifc: "format",
    make_absent: "path",
    make_name_too_long: "path",
    make_scene_name_too_long: "path",
    make_pipe_to_nowhere: "path",
}


THREE_FAULTS = """
[scene]
title = "Ward"
colour = "blue"
[[volume]]
id = "chest"
files = ["ct"]
scale = -1
[[camera]]
name = "stuck"
eye_m = [0, 0, 1e999]
target_m = [0, 0, 0]
"""

SCENES = {
    "three faults and a file that is missing": (
        THREE_FAULTS,
        ("scene.colour", "volume[0].scale", "camera[0].eye_m[2]", "volume[0].files: ct"),
    ),
    "two files are missing": (
        '[[building]]\nid = "a"\nfiles = ["x.ifc", "y.ifc"]\n',
        ("x.ifc is not there", "y.ifc is not there"),
    ),
    "a name that no disk can hold": (
        f'[[building]]\nid = "a"\nfiles = ["{"漢" * 200}"]\n',
        ("is not there",),
    ),
    "a number of 5000 digits": (f"x = {'9' * 5000}\n", ("not a TOML file",)),
    "a number of 400 digits": (
        f'[[building]]\nid = "a"\nfiles = ["."]\nturn_deg = {"9" * 400}\n',
        ("building[0].turn_deg",),
    ),
    "not a number": (
        '[[building]]\nid = "a"\nfiles = ["."]\ncut_height_m = nan\n',
        ("building[0].cut_height_m",),
    ),
    "brackets without end": ("a = " + "[" * 100_000, ("not a TOML file",)),
    "a zero in a name": ('[[building]]\nid = "a"\nfiles = ["a\\u0000b"]\n', ("is not there",)),
    "one id twice": (
        '[[building]]\nid = "a"\nfiles = ["."]\n[[volume]]\nid = "a"\nfiles = ["."]\n',
        ("the id 'a' stands 2 times",),
    ),
    "more than a megabyte": ("# " + "x" * (1 << 20), ("at most",)),
    "a hundred files are missing": (
        '[[building]]\nid = "a"\nfiles = [' + ", ".join(f'"{n}.ifc"' for n in range(100)) + "]\n",
        (*(f" {n}.ifc is not there" for n in range(50)), "and 50 more faults"),
    ),
    "a hundred wrong keys": (
        "[scene]\n" + "".join(f"key{n} = 1\n" for n in range(100)),
        (*(f"scene.key{n}:" for n in range(50)), "and 50 more faults"),
    ),
    "no words": ("\0\xff\n", ("not a TOML file",)),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """All places by their maker or name, in the order in which they are read."""
    found = {make: make(tmp_path_factory.mktemp("place")) for make in PLACES}
    for number, (name, (text, _)) in enumerate(SCENES.items()):
        found[name] = tmp_path_factory.mktemp("scene") / f"ward {number}.toml"
        found[name].write_text(text, encoding="latin-1" if name == "no words" else "utf-8")
    found["itself"] = tmp_path_factory.mktemp("scene") / "self.toml"
    found["itself"].write_text('[[volume]]\nid = "a"\nfiles = ["self.toml"]\n')
    found["whole"] = tmp_path_factory.mktemp("place") / "whole.ifc"
    found["whole"].write_text(step_text(good_wall()))
    return found


@pytest.fixture(scope="module")
def said(places):
    return check(*places.values())


@pytest.mark.parametrize("make", PLACES, ids=lambda make: make.__name__)
def test_a_place_without_anything_is_one_line(make, said, places):
    """Bug: an empty report and exit 0, or an OSError of the system for a name that is too long."""
    (found,) = said.of(places[make])
    assert found["reason"].startswith(f"{PLACES[make]}: "), found
    (line,) = said.errors_of(places[make])
    check_line(line, places[make])


def test_a_sound_place_after_broken_ones_is_still_read(said, places):
    """Bug: the first refusal ends the command."""
    (found,) = said.of(places["whole"])
    assert (found["status"], found["building"]["elements"]) == ("ok", 1)
    assert said.code == 2


@pytest.mark.parametrize("name", SCENES)
def test_all_faults_of_a_scene_are_told_at_once(name, said, places):
    """Bug: the first fault alone is told, or a fault is the exception of a library."""
    lines = said.errors_of(places[name])
    assert len(lines) == len(SCENES[name][1]), lines
    for part in SCENES[name][1]:
        assert any(part in line for line in lines), (part, lines)
    for line in lines:
        check_line(line, places[name])


def test_a_scene_that_names_itself_ends(said, places):
    """Bug: a scene is read as a part of itself, without end."""
    found = said.of(places["itself"])
    assert [(one["kind"], one["status"]) for one in found] == [
        ("scene", "ok"),
        ("other", "refused"),
    ]
