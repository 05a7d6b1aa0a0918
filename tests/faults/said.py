"""What `metaviewer` says of places: exit code, findings and lines on standard error."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metaviewer.cli import main


@dataclass(frozen=True)
class Said:
    """One run of a command in this process."""

    code: int
    findings: tuple[dict[str, Any], ...]
    errors: tuple[str, ...]

    def of(self, place: Path) -> tuple[dict[str, Any], ...]:
        """Findings of one of several places; a place in a folder is named by its own path."""
        return tuple(f for f in self.findings if _is_at(f["path"], place))

    def errors_of(self, place: Path) -> tuple[str, ...]:
        return tuple(line for line in self.errors if line.startswith(f"metaviewer: {place}"))


def check(*places: Path, unit: str | None = None) -> Said:
    """`metaviewer check PLACE... --json` without its own process: one set of doors for all."""
    out, err = io.StringIO(), io.StringIO()
    options = [] if unit is None else ["--unit", unit]
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["check", "--json", *options, *map(str, places)])
    findings = tuple(json.loads(line) for line in out.getvalue().splitlines())
    return Said(code=code, findings=findings, errors=tuple(err.getvalue().splitlines()))


def check_line(line: str, place: Path) -> None:
    """Hold one line to `metaviewer: PLACE: what is wrong: what to do`."""
    start = f"metaviewer: {place}"
    assert line.startswith(start), line
    where, reason, *remedy = line.removeprefix("metaviewer: ").split(": ")
    assert where.startswith(str(place))
    assert len(reason) > 4, line
    assert remedy, f"no remedy in: {line}"
    assert len(remedy[-1]) > 4, line
    assert "Traceback" not in line


def _is_at(path: str, place: Path) -> bool:
    return path == str(place) or path.startswith(f"{place}/")
