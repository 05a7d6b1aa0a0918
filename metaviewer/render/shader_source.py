"""GLSL text from its files: includes resolved, defines put in, every line still traceable.

Each file of a shader gets its own block of line numbers (``#line``), because Panda3D replaces
the source string number of a message by a word of its own: line 30012 is line 12 of file 3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from metaviewer.errors import ShaderError

LINES_PER_FILE: Final = 10_000
VERSION_LINE: Final = "#version 330"
INCLUDE: Final = re.compile(r'^\s*#pragma\s+include\s+"([^"]+)"\s*$')
UNIFORM: Final = re.compile(r"^\s*uniform\s+\w+\s+([^;]+);", re.MULTILINE)
VARYING: Final = re.compile(r"^\s*(?:flat\s+)?(?:in|out)\s+\w+\s+(v_\w+)\s*;", re.MULTILINE)
COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
MESSAGE_LINE: Final = re.compile(r"\b(?:[\w-]+:)?(?:\d+:)?(\d{5,})(?=[(:])")
PANDA_PREFIX: Final = "p3d_"

Defines = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShaderSource:
    """Text for the compiler, and the files it came from, in the order of their line blocks."""

    text: str
    files: tuple[str, ...]

    @property
    def uniforms(self) -> frozenset[str]:
        """Names of all uniforms, whichever `#if` they stand under; Panda3D's own left out."""
        declared = UNIFORM.findall(COMMENT.sub("", self.text))
        names = (part.split("[")[0].strip() for line in declared for part in line.split(","))
        return frozenset(name for name in names if not name.startswith(PANDA_PREFIX))

    @property
    def varyings(self) -> frozenset[str]:
        """Names of all `v_` variables that it reads from or writes for the other stage."""
        return frozenset(VARYING.findall(COMMENT.sub("", self.text)))

    def traced(self, message: str) -> str:
        """The compiler's message with ``file:line`` in the place of block line numbers."""
        return MESSAGE_LINE.sub(self._file_and_line, message)

    def _file_and_line(self, match: re.Match[str]) -> str:
        block, line = divmod(int(match.group(1)), LINES_PER_FILE)
        return f"{self.files[block - 1]}:{line}" if 1 <= block <= len(self.files) else match[0]


def read_source(
    name: str, *, folder: Path, defines: Defines | None = None, needs_version: bool = True
) -> ShaderSource:
    """The source of the shader file `name` under `folder`, with its includes.

    Parameters
    ----------
    needs_version : bool
        Off for a shared part (``.glsl``) that is compiled by itself, in a test of its functions.

    Raises
    ------
    ShaderError
        Where a file is missing, or does not begin with the version line.
    """
    files: list[str] = []
    lines = _expanded(name, folder=folder, files=files, includer=name)
    if needs_version and (len(lines) < 2 or lines[1].strip() != VERSION_LINE):
        raise ShaderError(f"{name}:1: the first line must be `{VERSION_LINE}`")
    head = [VERSION_LINE, *(f"#define {key} {value}" for key, value in (defines or {}).items())]
    body = [f"#line {LINES_PER_FILE + 2}", *lines[2:]] if needs_version else lines
    return ShaderSource(text="\n".join([*head, *body, ""]), files=tuple(files))


def _expanded(name: str, *, folder: Path, files: list[str], includer: str) -> list[str]:
    """Lines of a file behind their `#line`; a file is included once."""
    path = folder / name
    if not path.is_file():
        raise ShaderError(f"{includer}: the file {name} is missing: install metaviewer again")
    files.append(name)
    block = len(files) * LINES_PER_FILE
    lines = [f"#line {block + 1}"]
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        included = INCLUDE.match(line)
        if included is None:
            lines.append(line)
        elif included[1] not in files:
            lines += _expanded(included[1], folder=folder, files=files, includer=f"{name}:{number}")
            lines.append(f"#line {block + number + 1}")
        else:
            lines.append("")
    return lines
