"""Accept test pictures one by one, and make the pictures of the README again.

A picture test that fails leaves `NAME.actual.png`, `NAME.wanted.png`, `NAME.difference.png` and the
three side by side as `NAME.png` in out/pictures. Accepted ones lie in tests/picture/accepted.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

from dev_setup import ROOT, say, venv_tool

DRAWN_DIR = ROOT / "out" / "pictures"
ACCEPTED_DIR = ROOT / "tests" / "picture" / "accepted"
README_FILE = ROOT / "README.md"
PARTS = (".actual", ".wanted", ".difference", "")


def list_changed() -> int:
    """0 where every drawn picture is as accepted; each changed one is named with its file."""
    names = changed_names(DRAWN_DIR)
    for name in names:
        say("pictures", f"{name} changed, look at {shown_path(DRAWN_DIR / f'{name}.png')}")
    if not names:
        say("pictures", "nothing changed")
    return 1 if names else 0


def changed_names(folder: Path) -> list[str]:
    """Names of the pictures that were drawn and differ from the accepted ones."""
    return sorted(file.name.removesuffix(".actual.png") for file in folder.glob("*.actual.png"))


def accept(name: str) -> int:
    """Take one changed picture as the accepted one; 2 where there is none of this name."""
    drawn = DRAWN_DIR / f"{name}.actual.png"
    if name not in changed_names(DRAWN_DIR):
        there = ", ".join(changed_names(DRAWN_DIR)) or "none"
        say("pictures", f"no changed picture {name}; there are: {there}")
        return 2
    ACCEPTED_DIR.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(drawn, ACCEPTED_DIR / f"{name}.png")
    for part in PARTS:
        (DRAWN_DIR / f"{name}{part}.png").unlink(missing_ok=True)
    say("pictures", f"{name} accepted as {shown_path(ACCEPTED_DIR / f'{name}.png')}")
    return 0


def make_readme_pictures() -> int:
    """Run every `metaviewer shot` that the README prints; 0 where all of them ran."""
    commands = readme_shots(README_FILE.read_text(encoding="utf-8"))
    results = []
    for words in commands:
        say("readme", shlex.join(words))
        made = subprocess.run([*venv_tool("python"), "-m", *words], cwd=ROOT, check=False)
        results.append(made.returncode)
    return max(results, default=0)


def readme_shots(text: str) -> list[list[str]]:
    """The `metaviewer shot` command lines in the fenced blocks of a Markdown text, as words."""
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    commands = [shlex.split(line, comments=True) for line in lines]
    return [words for words in commands if words[:2] == ["metaviewer", "shot"]]


def shown_path(file: Path) -> str:
    """A path as the person at the root of the project types it."""
    return file.relative_to(ROOT).as_posix()
