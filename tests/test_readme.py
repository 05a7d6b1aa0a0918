"""What the README says is so: its commands run, its pictures and credits are complete."""

from __future__ import annotations

import re
import shlex
import struct
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import dev
import pytest

from metaviewer import cli, resources
from metaviewer.interact import BINDINGS
from metaviewer.scene.scene_file import SceneFile
from tests.process.running import run

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
PICTURE_BYTES_MAX = 600_000
SMALL = "160x100"
SHARED_DATA_ONLY = ("ct_chest_60", "AC11-Institute", "westriverside", "West Riverside")
"""Data whose licence keeps it out of the project: no page shows or names it."""


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def commands() -> Iterator[pytest.ParameterSet]:
    """Each command line of the `sh` blocks of the README and the pages in docs/, once."""
    found = [block for file in DOCS for block in blocks(text_of(file), "sh")]
    lines = [line for block in found for line in block.replace("\\\n", " ").splitlines()]
    for line in dict.fromkeys(lines):
        yield pytest.param(shlex.split(line), id=line)


def is_of(words: list[str], *verbs: str) -> bool:
    return words[0] == "metaviewer" and words[1] in verbs


ALL = list(commands())
SHOTS = [one for one in ALL if is_of(one.values[0], "shot")]
CHEAP = [one for one in ALL if is_of(one.values[0], "check", "doctor")]


@pytest.mark.parametrize("words", ALL)
def test_every_command_parses_and_what_it_names_is_there(words):
    """A renamed option or scene leaves a command on the page that nobody can run."""
    if words[0] == "metaviewer":
        options = cli._parser().parse_args(words[1:])
        assert all((ROOT / place).exists() for place in getattr(options, "places", []))
    else:
        assert words[:2] == ["python3", "tools/dev.py"]
        dev.parser().parse_args(words[2:])


@pytest.mark.process
@pytest.mark.parametrize("words", SHOTS)
def test_every_picture_can_be_made_again(words, tmp_path):
    """The scene lost the camera that the README names, or a picture comes out in another shape."""
    wanted = words[words.index("-o") + 1]
    assert (ROOT / wanted).is_file(), f"{wanted}: run tools/dev.py readme"
    made = tmp_path / "made.png"
    arguments = [*words[1 : words.index("-o")], "-o", made, *words[words.index("-o") + 2 :]]
    arguments[arguments.index("--size") + 1] = SMALL
    ran = run(*arguments, cwd=ROOT)
    assert (ran.code, ran.errors) == (0, [])
    assert size_of(made) == (160, 100)


@pytest.mark.process
@pytest.mark.parametrize("words", CHEAP)
def test_every_command_that_only_reads_runs(words):
    """`check` of a shipped scene finds something wrong with it."""
    ran = run(*words[1:], cwd=ROOT)
    assert (ran.code, ran.errors) == (0, [])


@pytest.mark.process
def test_the_python_of_the_readme_runs():
    """A key of `check`, or a parameter of `shot`, was renamed."""
    (code,) = blocks(text_of(ROOT / "README.md"), "python")
    shape = "assert picture.shape == (480, 640, 3)\n"
    ran = subprocess.run(
        [sys.executable, "-c", code + shape], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("volume ok [0.8984")


def pictures_of(text: str) -> list[str]:
    return re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)


def size_of(png: Path) -> tuple[int, int]:
    with png.open("rb") as file:
        head = file.read(24)
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:])
    return width, height


def test_every_picture_is_small_described_and_made_by_the_command_below_it():
    """A picture of 3 MB makes every clone slow; one without its command cannot be made again."""
    text = text_of(ROOT / "README.md")
    shown = pictures_of(text)
    assert text.split("\n\n")[1].startswith("!["), "the README opens with a picture"
    assert text.count("![") == len(shown), "a picture without words for those who cannot see it"
    for picture in shown:
        assert (ROOT / picture).stat().st_size < PICTURE_BYTES_MAX, picture
        below = text.split(f"({picture})", 1)[1].split("```sh\n", 1)[1].split("```", 1)[0]
        words = shlex.split(below)
        assert words[words.index("-o") + 1] == picture
        asked = words[words.index("--size") + 1]
        assert "{}x{}".format(*size_of(ROOT / picture)) == asked
    kept = {f"docs/pictures/{file.name}" for file in (ROOT / "docs" / "pictures").iterdir()}
    assert kept == set(shown)


def test_everything_that_ships_is_credited_as_its_licence_asks():
    """CC BY 4.0 wants the makers, the licence and the changes named (section 3(a)(1))."""
    said = " ".join(text_of(ROOT / "README.md").split())
    credits = tomllib.loads(text_of(resources.assets_dir() / "CREDITS.toml"))["credit"]
    for credit in credits:
        for key in ("title", "credit", "licence", "licence_url", "changes"):
            assert " ".join(credit[key].split()).rstrip(".") in said, (credit["id"], key)


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.stem)
def test_every_link_inside_the_project_leads_somewhere(file):
    """A page was renamed, and the others still point to where it was."""
    links = re.findall(r"\]\(([^)#\s]+)\)", text_of(file))
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (file.parent / link).exists()] == []


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.stem)
def test_no_page_shows_data_that_may_not_be_shown(file):
    assert [name for name in SHARED_DATA_ONLY if name in text_of(file)] == []


def test_the_bench_table_has_its_place():
    """The benchmarks write between these two marks; without them the table has nowhere to go."""
    text = text_of(ROOT / "README.md")
    assert re.search(r"^<!-- bench:begin -->\n.+?^<!-- bench:end -->$", text, re.MULTILINE | re.S)


def test_every_command_stands_in_the_table():
    text = text_of(ROOT / "README.md")
    told = set(re.findall(r"^\| `metaviewer (\w+)", text, flags=re.MULTILINE))
    shown = cli._parser().format_help()
    assert told == set(re.findall(r"^    (\w+) ", shown, flags=re.MULTILINE))


def test_every_key_of_the_window_is_told():
    """A key was added to the table that the help reads, and not to the page."""
    told = text_of(ROOT / "docs" / "window.md")
    names = {"page_up": "Page Up", "page_down": "Page Down", "escape": "Esc"}
    wanted = {names.get(key, key.replace("control-", "ctrl+").title()) for key in BINDINGS}
    assert [key for key in sorted(wanted) if f"`{key}`" not in told] == []


def test_every_key_of_a_scene_file_is_told():
    """A key was added to the scene file, and nobody can know of it."""
    parts = text_of(ROOT / "docs" / "scenes.md").split("\n## ")
    for name, field in SceneFile.model_fields.items():
        (part,) = (part for part in parts if part.startswith((f"`[{name}]`", f"`[[{name}]]`")))
        kind = field.annotation
        entry = kind if hasattr(kind, "model_fields") else kind.__args__[0]
        told = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (.+?) \|", part, re.M))))
        assert told == set(entry.model_fields), name


def test_the_example_of_the_scene_page_is_a_scene():
    (example,) = blocks(text_of(ROOT / "docs" / "scenes.md"), "toml")
    scene = SceneFile.model_validate(tomllib.loads(example))
    named = [file for part in (*scene.building, *scene.volume) for file in part.files]
    assert all((ROOT / "scenes" / file).exists() for file in named)
