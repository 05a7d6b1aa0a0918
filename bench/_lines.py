"""What the benchmarks share: lines of one form, processes by turns, processor time of a family.

Wall time means nothing where processors are shared, so everything here is processor time.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OUT = ROOT / "out" / "bench"
ANSWER_LIMIT_S = 1800.0

sys.path[:0] = [folder for folder in (str(ROOT), str(ROOT / "tools")) if folder not in sys.path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be reached: the ratio (or the value, where there is no peer), and which way."""

    value: float
    is_least: bool = True

    @property
    def text(self) -> str:
        """As a table shows it."""
        return f"{'>=' if self.is_least else '<='} {self.value:g}"

    def holds(self, reached: float) -> bool:
        """Whether a measured number reaches it."""
        return reached >= self.value if self.is_least else reached <= self.value


def compared(
    name: str,
    ours: Sequence[float],
    peer: Sequence[float],
    *,
    unit: str,
    target: Target | None,
    **more: object,
) -> dict[str, object]:
    """The line of a comparison: medians of both, and the ratio peer / ours of every round."""
    ratios = [theirs / mine for mine, theirs in zip(ours, peer, strict=True)]
    # Noise only ever adds to a time, and adds to either side: the line gives the spread with it.
    ratio = statistics.median(ratios)
    return {
        **_measured(name, ours, unit=unit),
        "peer": figures(statistics.median(peer)),
        "ratio": {
            "median": figures(ratio),
            "min": figures(min(ratios)),
            "max": figures(max(ratios)),
        },
        **_judged(ratio, target),
        **more,
        **_where(),
    }


def alone(
    name: str, values: Sequence[float], *, unit: str, target: Target | None, **more: object
) -> dict[str, object]:
    """The line of a number without a peer, held against its target."""
    return {
        **_measured(name, values, unit=unit),
        **_judged(statistics.median(values), target),
        **more,
        **_where(),
    }


def say(line: Mapping[str, object]) -> None:
    """Print a line at once."""
    print(json.dumps(line, ensure_ascii=False), flush=True)


def figures(value: float) -> float:
    """Four figures: more would be noise."""
    return float(f"{value:.4g}")


def in_process(
    script: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> dict[str, Any] | None:
    """What a fresh process of `script` answers to `--one ...`; None where it gives up.

    The answer goes through a file: parsers print debugging text of their own.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, script, "--answer", str(answer), "--one", *arguments]
        try:
            done = subprocess.run(
                command,
                env={**os.environ, **(environment or {})},
                stdout=subprocess.DEVNULL,
                timeout=ANSWER_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
        if done.returncode or not answer.exists():
            return None
        found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return found


def family_cpu_s() -> float:
    """Processor seconds of this process and of every child that has ended and was waited for."""
    mine, theirs = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def running_cpu_s(pid: int) -> float:
    """Processor seconds so far of the first thread of a running process (Linux only)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def _measured(name: str, values: Sequence[float], *, unit: str) -> dict[str, object]:
    return {
        "name": name,
        "unit": unit,
        "rounds": len(values),
        "ours": figures(statistics.median(values)),
    }


def _judged(reached: float, target: Target | None) -> dict[str, object]:
    if target is None:
        return {"target": None, "held": None}
    return {"target": target.text, "held": target.holds(reached)}


@cache
def _where() -> dict[str, object]:
    return {
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
        "commit": _commit(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _commit() -> str:
    """Short name of the commit, with a + where the program's own files differ from it."""
    done = [
        subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607
        for words in (
            ("rev-parse", "--short=10", "HEAD"),
            ("status", "--porcelain", "-uno", "--", "metaviewer", "shaders", "bench"),
        )
    ]
    if done[0].returncode:
        return ""
    return done[0].stdout.strip() + ("+" if done[1].stdout.strip() else "")
