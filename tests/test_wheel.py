"""The wheel is whole: installed in an environment of its own, it works from any folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from metaviewer import resources

ROOT = Path(__file__).parents[1]
BIN = "Scripts" if os.name == "nt" else "bin"
DATA_FOLDERS = ("assets", "scenes", "shaders")

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Path:
    """Environment with our wheel installed, which sees every other package that this one has."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    for name in project_files():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(place), str(source)])
    [wheel] = place.glob("metaviewer-*.whl")

    environment = place / "environment"
    venv.create(environment, with_pip=False)
    python = environment / BIN / "python"
    run([*pip, "--python", str(python), "install", "--no-deps", str(wheel)])
    # A .pth file adds a folder, not the .pth files in it: our editable install is not seen.
    others = sysconfig.get_path("purelib")
    (packages_dir(environment) / "others.pth").write_text(others, encoding="utf-8")
    return environment


def project_files() -> list[str]:
    """Files that git holds or would hold: no leftover of an earlier build gets into the wheel."""
    listed = run(["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"])
    return [name for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()]


def packages_dir(environment: Path) -> Path:
    return Path(sysconfig.get_path("purelib", vars={"base": str(environment)}))


def run(command: list[str], *, folder: Path = ROOT, more: Mapping[str, str] | None = None) -> str:
    environment = {**os.environ, **(more or {})}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_data_file_is_found_from_another_folder(fresh, tmp_path):
    """package_data that forgets a suffix or a subfolder is unseen in an editable install."""
    program = (
        "import json; from metaviewer import resources as r;"
        "print(json.dumps([str(r.assets_dir()), str(r.scenes_dir()), str(r.shaders_dir())]))"
    )
    folders = json.loads(run([str(fresh / BIN / "python"), "-c", program], folder=tmp_path))
    for name, folder in zip(DATA_FOLDERS, map(Path, folders), strict=True):
        assert folder.is_relative_to(packages_dir(fresh)), folder
        wanted = [file for file in project_files() if file.startswith(f"{name}/")]
        assert [file for file in wanted if not (folder.parent / file).is_file()] == []


def ours(folder: Path) -> dict[str, str]:
    """No screen, nothing of the checkout, and no cache that somebody filled before."""
    return {
        "DISPLAY": "",
        "WAYLAND_DISPLAY": "",
        "PYTHONPATH": "",
        resources.CACHE_VARIABLE: str(folder / "cache"),
        resources.STATE_VARIABLE: str(folder / "state"),
    }


def test_the_program_starts_from_another_folder(fresh, tmp_path):
    """A console script that names a module left out of the wheel fails at its first import."""
    told = run([str(fresh / BIN / "metaviewer"), "--help"], folder=tmp_path, more=ours(tmp_path))
    assert "doctor" in told


def test_doctor_knows_the_installed_program(fresh, tmp_path):
    """Bug: a font or a jail reader that is found in the checkout alone."""
    command = [str(fresh / BIN / "metaviewer"), "doctor", "--json"]
    facts = json.loads(run(command, folder=tmp_path, more=ours(tmp_path)))
    assert Path(facts["fonts"]["file"]).is_relative_to(packages_dir(fresh))
    assert facts["fonts"]["present"]
    assert "missing" not in facts["gl"]
    assert facts["jail"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_demonstration_runs_from_any_folder(fresh, tmp_path):
    """Bug: a shader, a scene or a reader of the jail that only the checkout has.

    The whole of it, about a minute, as a person would run it: no shorter one would be the same.
    """
    command = [str(fresh / BIN / "metaviewer"), "demo"]
    told = run(command, folder=tmp_path, more=ours(tmp_path))
    made = tmp_path / "out" / "demo"
    pictures = sorted(made.glob("*.png"))
    assert len(pictures) >= 6
    for place in pictures:
        with Image.open(place) as picture:
            assert np.asarray(picture.convert("L"), dtype=float).std() > 8, place.name
    assert (made / "flight.mp4").stat().st_size > 10_000
    assert "refused" not in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "out", "state"]
