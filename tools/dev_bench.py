"""Run the benchmarks of bench/ one after the other, and show their JSON lines as tables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from dev_setup import ROOT, say, venv_tool

BENCH_DIR = ROOT / "bench"


def bench(case: str | None, *, as_json: bool) -> int:
    """0 where every benchmark ran; one failure does not keep the others from running."""
    scripts = bench_scripts()
    if case is not None and case not in scripts:
        say("bench", f"there is no {case}; there are: {', '.join(scripts)}")
        return 2
    results = [run_script(scripts[name], as_json=as_json) for name in ([case] if case else scripts)]
    return max(results, default=0)


def bench_scripts() -> dict[str, Path]:
    """Benchmarks by name: every script of bench/ that does not start with an underscore."""
    files = sorted(BENCH_DIR.glob("*.py"))
    return {file.stem: file for file in files if not file.stem.startswith("_")}


def run_script(script: Path, *, as_json: bool) -> int:
    """Exit code of one benchmark, its lines shown as soon as they come."""
    command = [*venv_tool("python"), str(script)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        for line in process.stdout or ():
            sys.stdout.write(line if as_json else row(line))
            sys.stdout.flush()
    if process.returncode:
        say("bench", f"{script.stem} ended with {process.returncode}")
    return process.returncode


def row(line: str) -> str:
    """One JSON line as a line to read; what is no JSON object passes as it is."""
    try:
        facts = json.loads(line)
    except json.JSONDecodeError:
        return line
    if not isinstance(facts, dict):
        return line
    name = str(facts.pop("case", ""))
    return f"{name:<30}{'   '.join(f'{key} {short(value)}' for key, value in facts.items())}\n"


def short(value: object) -> str:
    """A number to four figures, everything else as it is."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
