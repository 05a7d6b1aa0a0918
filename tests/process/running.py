"""`python -m metaviewer` as a person runs it: in a session of its own, with its own places."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """One run: exit code and all that was written."""

    code: int
    out: bytes
    err: bytes

    @property
    def errors(self) -> list[str]:
        """Lines on standard error."""
        return self.err.decode("utf-8").splitlines()


def start(*arguments: object, cwd: Path, more: Mapping[str, str] | None = None) -> subprocess.Popen:
    """The program at work; it leads a process group, to which a terminal would send Ctrl-C."""
    return subprocess.Popen(
        [sys.executable, "-m", "metaviewer", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **(more or {})},
        start_new_session=True,
    )


def run(*arguments: object, cwd: Path, more: Mapping[str, str] | None = None) -> Ran:
    """The program from start to end."""
    with start(*arguments, cwd=cwd, more=more) as program:
        out, err = program.communicate(timeout=120)
    return Ran(code=program.returncode, out=out, err=err)


def family_of(pid: int, *, depth: int = 1) -> list[tuple[int, int]]:
    """Depth and descriptor of each process below `pid`; a number may be given to another."""
    found = []
    for child in _children(pid):
        try:
            found.append((depth, os.pidfd_open(child)))
        except ProcessLookupError:
            continue
        found += family_of(child, depth=depth + 1)
    return found


def _children(pid: int) -> list[int]:
    try:
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [int(word) for word in words]
