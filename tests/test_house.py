"""The house stands: packages, pins and rooms agree, and `tools/dev.py` does what its words say."""

from __future__ import annotations

import ast
import configparser
import importlib.metadata
import re
import shutil
import subprocess
import sys
from pathlib import Path

import dev
import dev_bench
import dev_pictures
import dev_setup
import pytest

from metaviewer import resources

ROOT = Path(__file__).parents[1]
DECISION_LINES_MAX = 20

# Required, though no line of ours imports them: pydicom finds these decoders by itself, the house
# calls its linters as programs, and types-panda3d is read by mypy.
NEVER_IMPORTED = {
    "import-linter", "mypy", "pyjpegls", "pylibjpeg", "pylibjpeg-openjpeg", "pylibjpeg-rle",
    "python-gdcm", "ruff", "types-panda3d",
}  # fmt: skip


def config() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def plain(name: str) -> str:
    """A distribution name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def lines_of(section: str, key: str) -> list[str]:
    return config()[section][key].split()


def required() -> set[str]:
    names = lines_of("options", "install_requires") + lines_of("options.extras_require", "test")
    return {plain(name) for name in names}


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {plain(name): version for name, version in pairs}


def imported_modules() -> set[str]:
    """Top-level names that our Python files import, the standard library and ourselves left out."""
    files = [
        file for place in ("metaviewer", "tools", "tests", "bench") for file in files_in(place)
    ]
    ours = {file.stem for file in files} | {"metaviewer", "tests", "tools", "bench"}
    names: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - ours


def files_in(place: str) -> list[Path]:
    return sorted((ROOT / place).rglob("*.py"))


def test_every_import_is_required_and_every_requirement_is_imported():
    """An import that only the developer's machine satisfies fails at the user's first start."""
    distributions = importlib.metadata.packages_distributions()
    imported = {
        plain(name) for module in imported_modules() for name in distributions.get(module, [module])
    }
    assert imported - required() == set()
    assert required() - imported - NEVER_IMPORTED == set()


def test_every_requirement_and_all_that_it_needs_is_pinned_as_installed():
    """A package that is not pinned is another one next month."""
    wanted = required() | {"setuptools"}
    seen: set[str] = set()
    while wanted:
        name = wanted.pop()
        seen.add(name)
        wanted |= needs_of(name) - seen
    installed = {name: importlib.metadata.version(name) for name in seen}
    assert pins() == installed


def needs_of(name: str) -> set[str]:
    """Distributions that one needs here, extras left out."""
    from packaging.requirements import Requirement

    needs = [Requirement(line) for line in importlib.metadata.requires(name) or []]
    return {
        plain(need.name) for need in needs if not need.marker or need.marker.evaluate({"extra": ""})
    }


def test_every_room_is_packaged():
    """A room that setup.cfg forgets works here and is missing from the wheel."""
    rooms = {file.parent.name for file in (ROOT / "metaviewer").glob("*/__init__.py")}
    data = {"assets", "scenes", "shaders"}
    wanted = {"metaviewer"} | {f"metaviewer.{name}" for name in rooms | data}
    assert set(lines_of("options", "packages")) == wanted


def test_the_changelog_knows_the_version():
    version = config()["metadata"]["version"]
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{version}]" in text or "## [Unreleased]" in text


def test_decision_records_are_short():
    for record in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        lines = record.read_text(encoding="utf-8").splitlines()
        told = [line for line in lines if line.strip() and not line.startswith("|")]
        assert len(told) <= DECISION_LINES_MAX, record.name


def test_ci_calls_the_one_entry():
    last = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1]
    assert last.removeprefix("exec ") == "python3 tools/dev.py test"


# --- tools/dev.py ---------------------------------------------------------------------------------


def test_the_demo_installs_the_run_part_only():
    """The demo of a bare machine would otherwise install a test screen first."""
    text = "# words\n[run]\nlibgl1  # why\n\n[test]\nxvfb\n"
    assert dev_setup.listed_packages(text, ("run",)) == ["libgl1"]
    assert dev_setup.listed_packages(text, ("run", "test")) == ["libgl1", "xvfb"]


def test_a_set_up_that_is_done_is_not_done_again(monkeypatch, tmp_path):
    """The second demo has to start at once; a new pin has to be installed."""
    called = []
    for name, content in (("CONSTRAINTS_FILE", "a==1"), ("CONFIG_FILE", "[x]")):
        file = tmp_path / name
        file.write_text(content, encoding="utf-8")
        monkeypatch.setattr(dev_setup, name, file)
    monkeypatch.setattr(dev_setup, "STAMP_FILE", tmp_path / "stamp")
    monkeypatch.setattr(dev_setup, "install_system_packages", lambda parts: None)
    monkeypatch.setattr(dev_setup, "make_venv", lambda: None)
    monkeypatch.setattr(dev_setup, "install_python_packages", called.append)

    dev_setup.set_up(("run",))
    dev_setup.set_up(("run",))
    assert called == [[]]
    dev_setup.set_up(("run", "test"))
    dev_setup.set_up(("run",))
    assert called == [[], ["test"]]
    (tmp_path / "CONSTRAINTS_FILE").write_text("a==2", encoding="utf-8")
    dev_setup.set_up(("run",))
    assert len(called) == 3


def test_without_the_right_to_install_the_line_to_run_is_printed(monkeypatch, capsys):
    """A user without root must be told what to ask for, not shown a page of apt."""
    monkeypatch.setattr(dev_setup, "missing_packages", lambda parts: ["libgl1", "libegl1"])
    monkeypatch.setattr(dev_setup, "as_root", lambda command: False)
    monkeypatch.setattr(dev_setup.sys, "platform", "linux")
    monkeypatch.setattr(dev_setup, "APT_GET", sys.executable)
    assert dev.main(["setup"]) == 2
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith("sudo apt-get install -y --no-install-recommends libgl1 libegl1")


@pytest.mark.parametrize("version", [(3, 9), (3, 10)])
def test_an_old_python_is_told_so(monkeypatch, capsys, version):
    monkeypatch.setattr(dev, "PYTHON_VERSION_MIN", (99, 0))
    assert dev.main(["setup"]) == 2
    assert "is needed, this is" in capsys.readouterr().out


def test_a_bench_line_is_readable():
    assert dev_bench.row('{"case": "mip", "ours_ms": 12.3456}').split() == [
        "mip",
        "ours_ms",
        "12.35",
    ]
    assert dev_bench.row("no JSON\n") == "no JSON\n"


def test_readme_commands_are_found():
    block = "```sh\nmetaviewer shot x \\\n  -o a.png  # a\npython3 -V\n```"
    text = f"![a](a.png)\n{block}\nmetaviewer shot y -o b.png\n"
    assert dev_pictures.readme_shots(text) == [["metaviewer", "shot", "x", "-o", "a.png"]]


def test_one_picture_is_accepted_and_only_that(monkeypatch, tmp_path):
    monkeypatch.setattr(dev_pictures, "ROOT", tmp_path)
    monkeypatch.setattr(dev_pictures, "DRAWN_DIR", tmp_path / "drawn")
    monkeypatch.setattr(dev_pictures, "ACCEPTED_DIR", tmp_path / "accepted")
    (tmp_path / "drawn").mkdir()
    for name in ("clinic", "skull"):
        (tmp_path / "drawn" / f"{name}.actual.png").write_bytes(name.encode())
    assert dev_pictures.accept("lung") == 2
    assert dev_pictures.accept("skull") == 0
    assert [file.name for file in (tmp_path / "accepted").iterdir()] == ["skull.png"]
    assert dev_pictures.changed_names(tmp_path / "drawn") == ["clinic"]


# --- import contracts -----------------------------------------------------------------------------


@pytest.mark.process
@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("scene", "import panda3d.core"),
        ("desktop", "import xr"),
        ("medical", "import metaviewer.building"),
        ("building", "import metaviewer.twin"),
        ("render", "import metaviewer.jail"),
        ("picture", "import metaviewer.medical"),
        ("panels", "import metaviewer.interact"),
        ("xr", "import metaviewer.desktop"),
        ("twin", "import metaviewer.surface"),
        ("newroom", "import numpy"),
    ],
)
def test_a_contract_breaks_when_a_room_reaches_up_or_sideways(tmp_path, room, line):
    """The contracts hold something only if each of them can break."""
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    for name in ("cli", "errors"):
        (tmp_path / "metaviewer" / f"{name}.py").parent.mkdir(exist_ok=True)
        (tmp_path / "metaviewer" / f"{name}.py").touch()
    for package in [*lines_of("options", "packages"), f"metaviewer.{room}"]:
        folder = tmp_path.joinpath(*package.split("."))
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    for name in ("assets", "scenes", "shaders"):
        shutil.rmtree(tmp_path / "metaviewer" / name)
    assert contracts_hold(tmp_path) == (room != "newroom")
    (tmp_path / "metaviewer" / room / "__init__.py").write_text(line, encoding="utf-8")
    assert not contracts_hold(tmp_path)


def contracts_hold(folder: Path) -> bool:
    program = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{program}; lint_imports_command(['--no-cache'])"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts:" in done.stdout or "contract" in done.stdout, done.stdout + done.stderr
    return done.returncode == 0


# --- what was skipped -----------------------------------------------------------------------------


def test_nothing_was_skipped_but_for_absent_samples(skipped):
    """A skip that nobody reads is a test that no longer runs; conftest puts this test last."""
    wrong = [
        f"{nodeid}: {reason}"
        for nodeid, reason in skipped
        if not reason.startswith(f"no sample folder {resources.samples_dir()}")
    ]
    assert wrong == []
