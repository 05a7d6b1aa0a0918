"""Each command of DESIGN.md section 7 as a process: exit code, what is printed, what is left."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import make_hospital
import numpy as np
import pytest
from PIL import Image

from metaviewer import resources
from metaviewer.cli import main
from tests.building.ifc_made import good_wall, write_ifc
from tests.faults.said import check_line
from tests.medical.series_maker import image, write
from tests.process.running import ROOT, run

COMMANDS = ("demo", "open", "shot", "check", "bake", "doctor")
CHEST = ROOT / "assets/patient/chest"
TRIANGLE = b"solid\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 50 0 0\nvertex 0 50 9\n"


@pytest.fixture
def series(tmp_path) -> Path:
    (tmp_path / "ct").mkdir()
    return write(tmp_path / "ct", [image(k) for k in range(6)])


@pytest.fixture
def wall(tmp_path) -> Path:
    return write_ifc(tmp_path, good_wall(), name="wall")


@pytest.fixture
def mesh(tmp_path) -> Path:
    """One triangle, in no unit."""
    place = tmp_path / "tip.stl"
    place.write_bytes(TRIANGLE + b"endloop\nendfacet\nendsolid\n")
    return place


def one_line(ran, place) -> str:
    """The only line on standard error."""
    (line,) = ran.errors
    check_line(line, place)
    return line


@pytest.mark.parametrize("words", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help_is_printed_and_nothing_else_is_done(words, tmp_path):
    """Bug: help opens a window, or a command is missing from it."""
    ran = run(*words, cwd=tmp_path, more={"DISPLAY": ":none"})
    assert (ran.code, ran.err) == (0, b"")
    named = COMMANDS if words == ["--help"] else (words[0],)
    assert all(name in ran.out.decode() for name in named)
    assert list(tmp_path.iterdir()) == []


def test_check_tells_people_what_is_there_and_exits_by_the_worst(series, wall, mesh, tmp_path):
    """Bug: the last status, not the worst, makes the exit code; ok things are said on stderr."""
    ran = run("check", series, wall, cwd=tmp_path)
    assert (ran.code, ran.err) == (0, b"")
    first, second = ran.out.decode().splitlines()
    assert first.split()[:2] == ["ok", "volume"]
    assert "CT 8 x 6 x 6, 1 x 0.5 x 2 mm" in first
    assert second.split()[:2] == ["ok", "building"]
    assert "IFC4, 1 of 1 elements" in second

    ran = run("check", mesh, series, cwd=tmp_path)
    assert (ran.code, ran.err) == (1, b"")
    assert "units: the file states no unit, mm is assumed" in ran.out.decode().splitlines()[0]

    ran = run("check", "nowhere", mesh, cwd=tmp_path)
    assert ran.code == 2
    assert len(ran.out.splitlines()) == 2
    one_line(ran, "nowhere")


def test_check_json_is_one_object_a_line(series, wall, mesh, tmp_path):
    ran = run("check", "--json", "--unit", "cm", series, wall, mesh, cwd=tmp_path)
    assert (ran.code, ran.err) == (0, b"")
    ct, model, tip = (json.loads(line) for line in ran.out.splitlines())
    assert [one["path"] for one in (ct, model, tip)] == [str(series), str(wall), str(mesh)]
    assert ct["volume"]["origin_lps_mm"] == [-30.0, 20.0, 0.0]
    assert (ct["volume"]["min"], ct["volume"]["max"]) == (-1024.0, 557.0 - 1024.0)
    assert model["building"]["storeys"] == [{"name": "Ground", "elevation_m": 0.0}]
    assert (tip["surface"]["unit"], tip["badges"]) == ("cm", [])


def test_shot_writes_a_picture_of_the_size_asked_for(series, tmp_path):
    """Bug: width and height change places; the picture is empty."""
    place = tmp_path / "bone.png"
    ran = run("shot", CHEST, "-o", place, "--size", "200x120", "--preset", "bone", cwd=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, b"", b"")
    with Image.open(place) as picture:
        assert (picture.format, picture.size) == ("PNG", (200, 120))
        assert np.asarray(picture.convert("L"))[30:-30, 40:-40].std() > 10


@pytest.mark.parametrize(
    ("option", "known"),
    [("--preset", ("bone", "lung", "mip")), ("--camera", ("front", "left", "iso"))],
)
def test_an_unknown_look_names_those_that_there_are(option, known, series, tmp_path):
    """Bug: the default is taken in silence: a picture of something else than asked for."""
    ran = run("shot", series, "-o", tmp_path / "a.png", option, "nosuch", cwd=tmp_path)
    assert ran.code == 2
    line = one_line(ran, series)
    assert "nosuch" in line
    assert all(name in line for name in known)
    assert not list(tmp_path.glob("*.png"))


def test_two_patients_are_not_put_into_one_picture(series, tmp_path):
    """Bug: a picture of one patient's chest with another one's finding in it."""
    (tmp_path / "other").mkdir()
    new = {"StudyInstanceUID": "1.9", "SeriesInstanceUID": "1.9.1", "FrameOfReferenceUID": "1.9.2"}
    images = [
        image(k, PatientID="ID4711", PatientName="CANARY^OTHER", SOPInstanceUID=f"1.9.3.{k}", **new)
        for k in range(6)
    ]
    other = write(tmp_path / "other", images)
    ran = run("shot", series, other, "-o", tmp_path / "both.png", cwd=tmp_path)
    assert ran.code == 2
    line = one_line(ran, series)
    assert "two patients" in line
    assert not any(word in line for word in ("CANARY", "ID4711", "ID0815"))
    assert not list(tmp_path.glob("*.png"))


def test_a_picture_that_cannot_be_written_is_a_line(series, tmp_path):
    ran = run("shot", series, "-o", tmp_path / "no/such/folder.png", cwd=tmp_path)
    assert ran.code == 2
    (line,) = ran.errors
    assert line.startswith("metaviewer: ")
    assert "Traceback" not in line


def test_what_is_baked_is_found_there(tmp_path):
    """Bug: baked in one place, looked for in another; or converted anew each time."""
    place = tmp_path / "ward.ifc"
    place.write_text(make_hospital.hospital(make_hospital.size_for(200, storeys=1))[0], "ascii")
    baked, empty = tmp_path / "baked", tmp_path / "empty"
    ran = run("bake", place, "-o", baked, "--workers", "2", cwd=tmp_path)
    assert (ran.code, ran.out.decode(), ran.err) == (0, f"{place}: baked\n", b"")
    written = {file: file.stat().st_mtime_ns for file in baked.rglob("*") if file.is_file()}
    assert written

    assert run("bake", place, "-o", baked, cwd=tmp_path).code == 0
    assert written == {f: f.stat().st_mtime_ns for f in baked.rglob("*") if f.is_file()}

    said = [
        run("check", "--json", place, cwd=tmp_path, more={resources.CACHE_VARIABLE: str(cache)})
        for cache in (baked, empty)
    ]
    assert said[0].out == said[1].out
    assert written == {f: f.stat().st_mtime_ns for f in baked.rglob("*") if f.is_file()}


def test_bake_of_what_holds_no_building_is_refused(series, tmp_path):
    ran = run("bake", series, "-o", tmp_path / "baked", cwd=tmp_path)
    assert ran.code == 2
    one_line(ran, series)


def test_doctor_says_what_this_machine_has(tmp_path):
    """Bug: the tests' machine can draw and decode, and doctor does not know it."""
    ran = run("doctor", "--json", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, b"")
    facts = json.loads(ran.out)
    assert facts["gl"]["volume_edge"] >= 512
    assert facts["fonts"]["present"]
    assert all(facts["decoders"].values())
    assert facts["jail"]
    said = run("doctor", cwd=tmp_path)
    assert said.code == 0
    assert [line.split()[0] for line in said.out.decode().splitlines()] == list(facts)


def test_a_bar_on_the_terminal_leaves_standard_output_alone(series, tmp_path):
    """Bug: the bar goes into the file that holds the results, or stays on the screen."""
    terminal, end = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "metaviewer", "check", "--json", str(series)],
        stdout=subprocess.PIPE,
        stderr=end,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"},
    ) as program:
        os.close(end)
        shown = b"".join(iter(lambda: _read(terminal), b""))
        out = program.stdout.read()
    os.close(terminal)
    assert json.loads(out)["status"] == "ok"
    assert b"reading" in shown
    assert shown.endswith((b"\x1b[2K", b"\x1b[?25h", b"\r"))


def _read(terminal: int) -> bytes:
    """What is written to a terminal; nothing once its other end is closed."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def into(target, *words, cwd) -> tuple[int, bytes]:
    """Exit code and standard error of a program whose output goes to `target`."""
    ran = subprocess.run(
        [sys.executable, "-m", "metaviewer", *map(str, words)],
        stdout=target,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
        check=False,
    )
    return ran.returncode, ran.stderr


def test_output_that_nobody_reads_ends_it_without_a_word(mesh, tmp_path):
    """Bug: `check ... | head -1` is told as a fault of the program, or again at its very end."""
    read, write = os.pipe()
    os.close(read)
    try:
        assert into(write, "check", mesh, "--unit", "mm", cwd=tmp_path) == (141, b"")
    finally:
        os.close(write)


@pytest.mark.parametrize("command", ["check", "doctor"])
def test_output_that_cannot_be_written_is_one_line(command, mesh, tmp_path):
    """Bug: a full disk is told as a fault of the program."""
    words = ("check", mesh, "--unit", "mm") if command == "check" else ("doctor",)
    with Path("/dev/full").open("w") as full:
        code, said = into(full, *words, "--json", cwd=tmp_path)
    assert code == 2
    assert said.startswith(b"metaviewer: the output cannot be written: No space left on device")
    assert said.count(b"\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("check", ""),
        ("shot", "a.stl", "-o", ""),
        ("bake", "a.ifc", "-o", ""),
        ("shot", "a.stl", "-o", "a.png", "--size", "\uff11\uff10x10"),
    ],
)
def test_a_name_or_size_that_is_none_is_one_line(words, capsys):
    """Bug: an empty name is the current folder; digits of another script make a picture."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "the name is empty" in line or "is not WIDTHxHEIGHT" in line
