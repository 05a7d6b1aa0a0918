"""Scene files: what is right is read in place, what is wrong is told at once and with its key."""

from __future__ import annotations

import pytest

from metaviewer.errors import Refused, RefusedTogether
from metaviewer.scene import read_scene_file

GOOD = """
[scene]
title = "Ward 3"
[[building]]
id = "clinic"
files = ["a.ifczip", "b.ifczip"]
[[volume]]
id = "chest"
files = ["ct"]
preset = "lung"
position_m = [2.0, 1.0, 1.2]
[[feed]]
kind = "simulator"
seed = 7
[[camera]]
name = "overview"
eye_m = [30, -40, 25]
target_m = [0, 0, 4]
"""


@pytest.fixture
def folder(tmp_path):
    for name in ("a.ifczip", "b.ifczip"):
        (tmp_path / name).touch()
    (tmp_path / "ct").mkdir()
    return tmp_path


def faults_of(folder, text: str) -> list[str]:
    place = folder / "x.toml"
    place.write_text(text)
    with pytest.raises(RefusedTogether) as caught:
        read_scene_file(place)
    return [fault.reason for fault in caught.value.faults]


def test_the_example_of_the_design_reads(folder):
    place = folder / "x.toml"
    place.write_text(GOOD)
    scene = read_scene_file(place)
    assert scene.building[0].files == (str(folder / "a.ifczip"), str(folder / "b.ifczip"))
    assert scene.volume[0].position_m == (2.0, 1.0, 1.2)
    assert scene.feed[0].seed == 7
    assert scene.camera[0].eye_m == (30.0, -40.0, 25.0)


def test_three_faults_are_told_at_once_each_with_its_key(folder):
    """Telling one fault a run makes a person run it three times."""
    bad = GOOD.replace('preset = "lung"', "presett = 3").replace("seed = 7", 'seed = "x"')
    bad = bad.replace("eye_m = [30, -40, 25]", "eye_m = [nan, -40, 25]")
    reasons = faults_of(folder, bad)
    assert len(reasons) == 3
    keys = {reason.split(":")[0] for reason in reasons}
    assert keys == {"volume[0].presett", "feed[0].seed", "camera[0].eye_m[0]"}


def test_a_slip_in_a_key_keeps_back_no_fault_between_keys(folder):
    """Names that do not fit, files that are missing and wrong keys are one list."""
    bad = GOOD.replace('preset = "lung"', "presett = 3").replace("a.ifczip", "gone.ifczip")
    bad = bad.replace('id = "chest"', 'id = "clinic"').replace(
        "[scene]", '[scene]\ncamera = "nowhere"'
    )
    bad += '[[view]]\nid = "v"\nkind = "axial"\nvolume = "absent"\n'
    bad += '[[surface]]\nid = "s"\nfiles = ["ct"]\nvolume = ["chest"]\n'
    reasons = faults_of(folder, bad)
    assert sorted(reasons) == [
        "building[0].files: gone.ifczip is not there",
        "scene.camera: there is no camera 'nowhere' in the scene",
        "scene: the id 'clinic' stands 2 times",
        "surface[0].volume: it should be a valid string",
        "view[0].volume: names a volume that is not in the scene",
        "volume[0].presett: there is no such key",
    ]


def test_two_cameras_of_one_name_are_a_fault(folder):
    """Bug: a picture takes the first, whichever was meant."""
    camera = '[[camera]]\nname = "twice"\neye_m = [1, 2, 3]\ntarget_m = [0, 0, 0]\n'
    assert faults_of(folder, GOOD + 2 * camera) == ["camera: the name 'twice' stands 2 times"]


def test_what_is_no_table_is_told_by_its_key(folder):
    reasons = faults_of(folder, 'building = 3\nvolume = ["x"]\nscene = "y"\nview = [[1]]\n')
    assert {reason.split(":")[0] for reason in reasons} == {
        "building",
        "volume[0]",
        "scene",
        "view[0]",
    }


def test_files_that_are_not_there_are_told_together(folder):
    bad = GOOD.replace("a.ifczip", "gone.ifczip").replace('"ct"', '"gone"')
    assert len(faults_of(folder, bad)) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "chest"', 'id = "clinic"'),
        ("target_m = [0, 0, 4]", "target_m = [30, -40, 25]"),
        ("eye_m = [30, -40, 25]", "eye_m = [1e30, -40, 25]"),
        ("seed = 7", "seed = -1"),
        ('kind = "simulator"', 'kind = "telepathy"'),
    ],
)
def test_what_cannot_be_meant_is_refused(folder, old, new):
    assert old in GOOD
    assert faults_of(folder, GOOD.replace(old, new))


def test_a_file_that_is_no_toml_says_where(folder):
    place = folder / "x.toml"
    place.write_text("[scene\n")
    with pytest.raises(Refused, match="line 1"):
        read_scene_file(place)


def test_a_scene_of_two_megabytes_is_refused_unread(folder):
    place = folder / "x.toml"
    place.write_bytes(b"#" * 2_000_000)
    with pytest.raises(Refused) as caught:
        read_scene_file(place)
    assert caught.value.word == "size"
