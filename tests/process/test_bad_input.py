"""What a person sees who opens what is broken, or stops the program while it reads."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import make_hospital
import pytest

from metaviewer import resources
from tests.building.ifc_made import good_wall, step_text
from tests.faults.said import check_line
from tests.medical.series_maker import image, write
from tests.process.running import ROOT, family_of, run, start

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - looked at, not written
THREE_FAULTS = """
[scene]
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


@pytest.fixture
def broken(tmp_path):
    """An empty folder, a text named .dcm, a model cut short, a scene with three faults."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "ct").mkdir()
    (tmp_path / "note.dcm").write_text("This is not what its name says.\n" * 20)
    text = step_text(good_wall())
    (tmp_path / "cut.ifc").write_text(text[: len(text) * 2 // 3])
    (tmp_path / "ward.toml").write_text(THREE_FAULTS)
    return [tmp_path / name for name in ("empty", "note.dcm", "cut.ifc", "ward.toml")]


def test_each_broken_place_is_a_line_and_the_exit_code_is_2(broken, tmp_path):
    """Bug: a traceback, a library's own words on stderr, or exit 0 with an empty report."""
    ran = run("check", "--json", *broken, cwd=tmp_path)
    assert ran.code == 2
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert [one["status"] for one in found] == ["refused"] * 6
    assert len(ran.errors) == 6
    for line, place in zip(ran.errors, [*broken, broken[-1], broken[-1]], strict=True):
        check_line(line, place)


def test_a_picture_of_something_broken_is_not_made(broken, tmp_path):
    """Bug: a black picture, or one of the rest as if that were all."""
    ran = run("shot", broken[1], "-o", tmp_path / "picture.png", cwd=tmp_path)
    assert ran.code == 2
    (line,) = ran.errors
    check_line(line, broken[1])
    assert not list(tmp_path.glob("*.png"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shot", "x"], "required"),
        (["check"], "required"),
        (["chekc", "x"], "invalid choice"),
        (["shot", "x", "-o", "y.png", "--size", "0x0"], "edges are 1 to"),
        (["check", "--unit", "furlong", "x"], "invalid choice"),
    ],
)
def test_wrong_use_is_one_line_too(words, said, tmp_path):
    """Bug: argparse prints its usage over three lines, and another exit code."""
    ran = run(*words, cwd=tmp_path)
    assert ran.code == 2
    (line,) = ran.errors
    assert line.startswith("metaviewer: ")
    assert said in line
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_during_bake_leaves_the_cache_clean(tmp_path):
    """Bug: a file of half a building that the next start trusts; or exit 0 and nothing kept."""
    place = tmp_path / "ward.ifc"
    size = make_hospital.size_for(200, storeys=1)
    place.write_text(make_hospital.hospital(size)[0], encoding="ascii")
    # The soft limit of this one process stands in for a disk: its children raise their own.
    words = f"ulimit -S -f 8; exec {sys.executable} -m metaviewer bake {place} -o {tmp_path}/baked"
    ran = subprocess.run(
        ["bash", "-c", words],
        capture_output=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ran.returncode == 2, ran.stderr
    (line,) = ran.stderr.decode().splitlines()
    assert line.startswith("metaviewer: ")
    assert "cannot be written" in line
    assert [path for path in (tmp_path / "baked").rglob("*") if path.is_file()] == []


@pytest.fixture
def hospital(tmp_path) -> Path:
    """A model that takes seconds to read."""
    place = tmp_path / "hospital.ifc"
    size = make_hospital.size_for(9000, storeys=4)
    place.write_text(make_hospital.hospital(size)[0], encoding="ascii")
    return place


def started(*arguments, cwd):
    """The program, seen to have a parser at work, and all processes below it by descriptor.

    The zygotes are its children; what they fork for one file comes below them.
    """
    more = {
        resources.CACHE_VARIABLE: str(cwd / "cache"),
        resources.STATE_VARIABLE: str(cwd / "state"),
    }
    program = start(*arguments, cwd=cwd, more=more)
    for _ in range(6000):
        family = family_of(program.pid)
        if any(depth == 2 for depth, _ in family):
            return program, [descriptor for _, descriptor in family]
        for _, descriptor in family:
            os.close(descriptor)
        assert not has_ended(program, 0.01), program.communicate()
    raise AssertionError("it never began to read")


def has_ended(program, within_s) -> bool:
    try:
        program.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def all_end(descriptors, within_s) -> bool:
    """Whether every process ends in time."""
    ended = []
    for descriptor in descriptors:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        ended.append(bool(poll.poll(within_s * 1000)))
        os.close(descriptor)
    return all(ended)


COMMANDS = {
    "check": lambda place, folder: ("check", place),
    "shot": lambda place, folder: ("shot", place, "-o", folder / "picture.png"),
    "bake": lambda place, folder: ("bake", place, place, "-o", folder / "baked"),
}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("whole_group", [False, True], ids=["one process", "as a terminal does"])
def test_ctrl_c_while_reading_ends_at_once(name, whole_group, hospital, tmp_path):
    """Bug: a traceback of each process, exit 1, half a file, or a parser that goes on."""
    before = set(os.listdir(SHARED_MEMORY))
    program, family = started(*COMMANDS[name](hospital, tmp_path), cwd=tmp_path)
    with program:
        if whole_group:
            os.killpg(program.pid, signal.SIGINT)
        else:
            program.send_signal(signal.SIGINT)
        assert all_end(family, 5.0)
        out, err = program.communicate(timeout=5)
    assert (program.returncode, err.decode()) == (130, "metaviewer: interrupted\n")
    assert b"Traceback" not in out
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {hospital.name}
    assert set(os.listdir(SHARED_MEMORY)) <= before


@pytest.mark.parametrize("name", COMMANDS)
def test_f21_kill_while_reading_leaves_no_process_and_no_half_file(name, hospital, tmp_path):
    """Bug: zygote and parser go on with a patient's data; the next start trusts half a file."""
    before = set(os.listdir(SHARED_MEMORY))
    program, family = started(*COMMANDS[name](hospital, tmp_path), cwd=tmp_path)
    with program:
        program.kill()
        assert all_end(family, 5.0)  # promised: 1 s; the machine may be busy
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {hospital.name}
    assert set(os.listdir(SHARED_MEMORY)) <= before


WRITING = """
import sys
import numpy as np
from itertools import count
from pathlib import Path
from metaviewer.app.scene_saving import save_scene
from metaviewer.picture import write_png

picture = np.random.default_rng(1).integers(0, 256, (200, 300, 3), dtype=np.uint8)
for number in count():
    write_png(Path("picture.png"), picture)
    save_scene(Path("ward.toml"), {"scene": {"title": "t" * 100}, "camera": [{"name": "n"}] * 3000})
    if not number:
        print("begun", flush=True)
"""


@pytest.mark.parametrize("after_ms", [1, 7, 23, 61])
def test_f30_kill_while_writing_leaves_whole_files(after_ms, tmp_path):
    """Bug: a file is written in place, and a kill leaves its first half under its name."""
    import tomllib

    from PIL import Image

    program = subprocess.Popen(
        [sys.executable, "-c", WRITING],
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with program:
        assert program.stdout.readline() == b"begun\n"
        has_ended(program, after_ms / 1000)
        program.kill()
    with Image.open(tmp_path / "picture.png") as picture:
        picture.load()
    assert len(tomllib.loads((tmp_path / "ward.toml").read_text())["camera"]) == 3000


def test_one_broken_slice_of_many_is_a_word_and_exit_1(tmp_path):
    """Bug: a degraded series is exit 0, and nobody reads on."""
    (tmp_path / "ct").mkdir()
    write(tmp_path / "ct", [image(k) for k in range(6)])
    whole = (tmp_path / "ct/3.dcm").read_bytes()
    (tmp_path / "ct/3.dcm").write_bytes(whole[:-20])
    ran = run("check", tmp_path / "ct", cwd=tmp_path)
    assert (ran.code, ran.err) == (1, b"")
    assert b"1 of 6" in ran.out
