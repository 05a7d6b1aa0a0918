"""What `check` says of places that hold several patients, closed files, or files that are none."""

from __future__ import annotations

import json
import zipfile

import pytest

from metaviewer import resources
from metaviewer.app import baking, checking
from metaviewer.app.finding import grouped, refused_finding
from metaviewer.app.picturing import shot
from metaviewer.app.recent import recent_places
from metaviewer.errors import Refused, one_line
from tests.building.ifc_made import good_wall, step_text
from tests.faults.said import check
from tests.medical.series_maker import file_bytes, image, write

pytestmark = pytest.mark.slow

OTHER = {"PatientID": "ID4711", "PatientName": "CANARY^OTHER", "StudyInstanceUID": "1.9"}
TEXT = b"This is not what its name says.\n" * 20


def series(folder, **changes):
    folder.mkdir(parents=True)
    number = changes.get("SeriesInstanceUID", "1.2.3.4")
    return write(folder, [image(k, SOPInstanceUID=f"{number}.{k}", **changes) for k in range(4)])


@pytest.fixture
def two(tmp_path):
    """Two folders in one, each with a series of another patient."""
    series(tmp_path / "archive" / "a")
    series(tmp_path / "archive" / "b", SeriesInstanceUID="1.9.1", **OTHER)
    return tmp_path / "archive"


def identities(said):
    return [one for one in said.findings if one["reason"].startswith("identity: ")]


def test_a_folder_of_two_patients_is_said_once_and_exit_1(two):
    """Bug: `check` is content with what `shot` then refuses."""
    said = check(two)
    (line,) = identities(said)
    assert line == {
        "path": str(two),
        "kind": "other",
        "status": "degraded",
        "reason": "identity: 2 patients are here: open one patient at a time",
        "badges": [],
    }
    assert [one["status"] for one in said.findings] == ["ok", "ok", "degraded"]
    assert said.code == 1
    assert not any(word in str(said) for word in ("CANARY", "ID4711", "ID0815"))


def test_two_places_of_two_patients_are_said_of_the_folder_around_them(two):
    """Bug: each place alone has one patient, and nobody adds them up."""
    said = check(two / "a", two / "b")
    (line,) = identities(said)
    assert (line["path"], line["status"]) == (str(two), "degraded")
    assert said.code == 1
    assert check(two / "a", two / "a").code == 0
    # Where one place has been told of all, there is nothing to add.
    assert len(identities(check(two, two / "b"))) == 1
    assert checking.check(str(two / "a"), str(two / "b"))[-1]["reason"] == line["reason"]


@pytest.mark.parametrize("has_model", [False, True])
def test_a_series_id_that_two_patients_share_is_told_apart_by_folder(has_model, tmp_path):
    """Bug: one folder of two patients under one id, and no other folder of the disc opens; or, of
    files that are named one by one, each is a series.
    """
    series(tmp_path / "disc" / "sound")
    series(tmp_path / "disc" / "mixed")
    (tmp_path / "disc" / "mixed" / "0.dcm").write_bytes(file_bytes(image(0, PatientID="ID4711")))
    if has_model:
        (tmp_path / "disc" / "ward.ifc").write_text(step_text(good_wall()))
    found = {one["path"]: one for one in check(tmp_path / "disc").findings}
    sound = found[str(tmp_path / "disc" / "sound")]
    assert (sound["status"], sound["volume"]["files"]) == ("ok", 4)
    mixed = found[str(tmp_path / "disc" / "mixed")]
    assert mixed["status"] == "refused"
    assert "two patients" in mixed["reason"]


def test_the_sound_series_of_the_broken_ones_are_opened(samples):
    """Bug: refused as a whole for one of its thirteen folders."""
    said = check(samples / "malformed" / "series")
    found = {one["path"].rpartition("/")[2]: one for one in said.findings}
    assert found["control_5"]["status"] == "ok"
    refused = [name for name, one in found.items() if one["status"] == "refused"]
    assert sorted(refused) == ["no_positions", "one_other_patient"]


def test_what_was_not_read_is_counted_in_one_line(tmp_path):
    """Bug: a report in a folder is passed over, and nobody can tell it from one that was read."""
    folder = series(tmp_path / "ct")
    for name in ("a.jpg", "b.jpg", "report.pdf"):
        (folder / name).write_bytes(b"#")
    volume, others = check(folder).findings
    assert (volume["kind"], volume["status"]) == ("volume", "ok")
    assert (others["path"], others["kind"], others["status"]) == (str(folder), "other", "ok")
    assert others["reason"] == "format: 3 files were not read: .jpg, .pdf"
    assert check(folder).code == 0


def test_each_file_is_named_though_the_reason_is_one(tmp_path, capsys):
    """Bug: "2 files: this is no DICOM file", and nobody knows which."""
    folder = series(tmp_path / "ct")
    for number in range(7):
        (folder / f"note{number}.dcm").write_bytes(TEXT)
    said = check(folder)
    refused = [one["path"] for one in said.findings if one["status"] == "refused"]
    assert refused == [str(folder / f"note{number}.dcm") for number in range(7)]
    (error,) = said.errors
    assert error.startswith(f"metaviewer: {folder}: 7 files: this is no DICOM file: ")
    assert checking.print_check((str(folder),), unit=None, as_json=False) == 2
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("ok         volume")
    assert f"{folder}/note0.dcm, note1.dcm, note2.dcm, note3.dcm, note4.dcm and 2 more" in second


def test_findings_of_one_reason_stand_together():
    """Bug: what is said of a slice is taken for what is said of a model."""
    gone = Refused("", "path", "gone")
    found = [refused_finding(path, kind, gone) for path, kind in (("a", "other"), ("b", "surface"))]
    again = [*found, refused_finding("c", "other", gone)]
    assert [[one.path for one in group] for group in grouped(again)] == [["a", "c"], ["b"]]


MEMBERS = {
    "a zip in a zip": {"inner.zip": b"PK\5\6" + bytes(18)},
    "a model": {"ward.ifc": step_text(good_wall()).encode()},
    "a model and meshes": {"ward.ifc": b"x", "a/skull.stl": b"x", "a/organ.stl": b"x"},
}


@pytest.mark.parametrize("name", MEMBERS)
def test_data_in_a_zip_that_is_not_read_there_is_a_line_with_a_remedy(name, tmp_path):
    """Bug: "nothing that can be read", of a zip with a whole hospital in it."""
    place = tmp_path / "sent.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for member, content in MEMBERS[name].items():
            archive.writestr(member, content)
    said = check(place)
    (found,) = said.findings
    assert (found["path"], found["status"]) == (str(place), "refused")
    assert "cannot be read there: unpack the zip, and open the folder" in found["reason"]
    suffix = max(MEMBERS[name], key=len).rpartition(".")[2]
    assert f".{suffix}" in found["reason"]
    assert len(said.errors) == 1


def test_images_in_a_zip_open_beside_what_is_left_in_it(tmp_path):
    """Bug: one text in the zip hides its series, or a mesh in it is lost without a word."""
    place = tmp_path / "sent.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for k in range(4):
            archive.writestr(f"ct/{k}.dcm", file_bytes(image(k)))
        for name in ("readme.txt", "a.txt", "__MACOSX/._0.dcm", "skull.stl", "Muster.19690312"):
            archive.writestr(name, b"x")
    said = check(place)
    volume, left, rest = said.findings
    assert said.code == 1  # it opens, and not all of it is there
    assert (volume["status"], volume["path"]) == ("ok", str(place))
    assert rest["reason"] == "format: 3 files (.txt, others) inside the zip were not read"
    assert "1 file (.stl) inside the zip cannot be read there: unpack" in left["reason"]
    assert left["status"] == "degraded"


@pytest.mark.parametrize("has_model", [False, True])
def test_a_broken_zip_hides_no_series_beside_it(has_model, tmp_path):
    """Bug: the folder is refused for it; or, file by file, each slice becomes a series."""
    folder = series(tmp_path / "ct")
    (folder / "sent.zip").write_bytes(b"PK\3\4 and no more")
    if has_model:
        (folder / "ward.ifc").write_text(step_text(good_wall()))
    found = {one["kind"]: one for one in check(folder).findings}
    assert (found["volume"]["status"], found["volume"]["volume"]["files"]) == ("ok", 4)
    assert (found["other"]["path"], found["other"]["status"]) == (f"{folder}/sent.zip", "refused")


BENT = "ward\n\x1b[31m\u202e\udcff.dcm"


def test_a_path_is_one_line_whatever_its_name_holds(tmp_path, capsys):
    """Bug: a line break in a name makes two lines of an error; a colour code paints the terminal;
    bytes that are no text end the program at its first print.
    """
    assert one_line(BENT) == r"ward\n\x1b[31m\u202e\udcff.dcm"
    assert one_line("病房 3 — a  b") == "病房 3 — a  b"
    (tmp_path / BENT).write_bytes(TEXT)
    for is_json in (False, True):
        assert checking.print_check((str(tmp_path / BENT),), unit=None, as_json=is_json) == 2
        told = capsys.readouterr()
        for text in (told.out, told.err):
            assert text.isascii()
            assert len(text.splitlines()) == 1
            assert "\x1b" not in text
    assert str(Refused(str(tmp_path / BENT), "path", "gone")).isprintable()


def test_a_baked_file_is_one_line_too(tmp_path, monkeypatch, capsys):
    """Bug: only errors are kept to one line."""
    monkeypatch.setenv("METAVIEWER_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "ward\nnew.ifc"
    place.write_text(step_text(good_wall()))
    assert baking.bake((str(place),), output=tmp_path / "baked") == 0
    assert capsys.readouterr().out == f"{tmp_path}/ward\\nnew.ifc: baked\n"


@pytest.mark.parametrize("name", ["report.pdf", "photo.jpg"])
def test_a_file_that_is_none_of_ours_is_not_called_a_broken_dicom(name, tmp_path):
    """Bug: "this is no DICOM file: open the exported series", of a picture of a cat."""
    (tmp_path / name).write_bytes(b"\xff\xd8\xff" + bytes(400))
    (found,) = check(tmp_path / name).findings
    assert found["status"] == "refused"
    assert f"{name[-4:]} is no kind of file that is read here" in found["reason"]


def test_all_that_is_doubtful_about_a_mesh_is_said(tmp_path):
    """Bug: a missing unit hides that the colours are missing too."""
    corners = "v 0 0 0\nv 9 0 0\nv 0 9 0\nv 0 0 9\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"
    (tmp_path / "a.obj").write_text(f"mtllib gone.mtl\n{corners}")
    (found,) = check(tmp_path / "a.obj").findings
    assert found["badges"] == ["unit_assumed", "incomplete"]
    assert found["reason"].startswith("units: the file states no unit, mm is assumed; a material")
    assert found["reason"].endswith(
        ": say the unit with --unit, export the mesh again to see it whole"
    )
    (found,) = check(tmp_path / "a.obj", unit="mm").findings
    assert found["reason"].startswith("format: a material file is missing")


def test_what_may_not_be_read_is_baked_by_nobody_and_said(tmp_path, monkeypatch):
    """Bug: "no building in it", of a folder of models that this user may not read."""
    monkeypatch.setattr("os.access", lambda *_, **__: False)
    (tmp_path / "ward.ifc").write_text(step_text(good_wall()))
    with pytest.raises(Refused, match=r"ward\.ifc: cannot be read: permission denied: ask for"):
        baking.bake((str(tmp_path),), output=tmp_path / "baked")
    said = check(tmp_path)
    assert [one["path"] for one in said.findings] == [str(tmp_path / "ward.ifc")]
    assert "in one file, cannot be read: permission denied" in said.errors[0]


def test_names_that_no_disk_can_hold_are_refused_in_words_everywhere(tmp_path, monkeypatch):
    """Bug: an OSError of the system, for a picture's name or a place that was opened lately."""
    for name in ("n" * 300, f"{'n' * 300}/a"):
        with pytest.raises(Refused):
            shot(str(tmp_path), output=tmp_path / f"{name}.png")
        with pytest.raises(Refused, match="there is nothing here"):
            shot(str(tmp_path / name))
    monkeypatch.setenv(resources.STATE_VARIABLE, str(tmp_path))
    (tmp_path / "recent.json").write_text(json.dumps([str(tmp_path), "n" * 300]))
    assert recent_places() == (str(tmp_path),)


def test_time_points_of_a_series_are_told_apart_for_people(tmp_path, capsys):
    """Bug: four lines that are the same to the letter, for the four echoes of one series."""
    folder = series(tmp_path / "ct")
    twice = [image(k, SOPInstanceUID=f"1.7.{k}", InstanceNumber=k + 10) for k in range(4)]
    write(folder, twice, names=[f"again{k}.dcm" for k in range(4)])
    assert checking.print_check((str(folder),), unit=None, as_json=False) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "CT 8 x 6 x 4, repeat 1 of 2, 1 x 0.5 x 2 mm" in first
    assert "CT 8 x 6 x 4, repeat 2 of 2, 1 x 0.5 x 2 mm" in second


def test_one_is_not_many(tmp_path, capsys):
    """Bug: "1 triangles"."""
    (tmp_path / "a.obj").write_text("v 0 0 0\nv 9 0 0\nv 0 9 0\nf 1 2 3\n")
    assert checking.print_check((str(tmp_path / "a.obj"),), unit="mm", as_json=False) == 0
    assert "  1 triangle, mm" in capsys.readouterr().out


def test_a_series_in_two_folders_of_this_one_has_a_path(tmp_path, monkeypatch):
    """Bug: what a/ and b/ have in common is an empty text, and nobody is told where it lies."""
    (tmp_path / "ward.ifc").write_text(step_text(good_wall()))
    for k in range(4):
        folder = tmp_path / "ab"[k % 2]
        folder.mkdir(exist_ok=True)
        one = image(k, SOPInstanceUID=f"1.2.3.4.{k}")
        (folder / f"{k}.dcm").write_bytes(file_bytes(one))
    monkeypatch.chdir(tmp_path)
    (volume,) = [one for one in checking.check(".") if one["kind"] == "volume"]
    assert volume["path"] == "."
