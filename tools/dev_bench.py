"""Run the benchmarks of bench/, show their JSON lines as a table, and put the table in the README.

The lines behind the README's table are kept in `bench/results.jsonl`, with machine and commit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from dev_setup import ROOT, SetupStoppedError, say, venv_tool

CASES: Final = ("series", "ifc", "building", "volume", "headset")
BENCH_DIR: Final = ROOT / "bench"
RESULTS_FILE: Final = BENCH_DIR / "results.jsonl"
README_FILE: Final = ROOT / "README.md"
TABLE_BEGIN: Final = "<!-- bench:begin -->"
TABLE_END: Final = "<!-- bench:end -->"
TABLE_HEAD: Final = (
    "| what | ours | peer | peer / ours (least to most) | to reach | reached |\n"
    "| --- | --- | --- | --- | --- | --- |"
)

Line = Mapping[str, Any]


def bench(case: str | None, *, as_json: bool, in_readme: bool = False) -> int:
    """0 where every benchmark ran; one failure does not keep the others from running."""
    if case is not None and case not in CASES:
        say("bench", f"there is no {case}; there are: {', '.join(CASES)}")
        return 2
    codes = []
    for name in [case] if case else CASES:
        code, lines = run_script(BENCH_DIR / f"{name}.py", as_json=as_json)
        codes.append(code)
        if in_readme and code == 0:
            keep(RESULTS_FILE, name, lines)
    if in_readme:
        write_table(README_FILE, kept_lines(RESULTS_FILE))
    return max(codes)


def run_script(script: Path, *, as_json: bool) -> tuple[int, list[str]]:
    """Exit code of one benchmark and its JSON lines, each shown as soon as it comes."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [*venv_tool("python"), str(script)]
    lines = []
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        for line in process.stdout or ():
            sys.stdout.write(line if as_json else row(line))
            sys.stdout.flush()
            if parsed(line) is not None:
                lines.append(line.rstrip("\n"))
    if process.returncode:
        say("bench", f"{script.stem} ended with {process.returncode}")
    return process.returncode, lines


def keep(file: Path, case: str, lines: Sequence[str]) -> None:
    """Replace the kept lines of one case."""
    others = [line for line in kept_lines(file) if line["case"] != case]
    new = [{"case": case, **json.loads(line)} for line in lines]
    ordered = sorted([*others, *new], key=lambda line: CASES.index(line["case"]))
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in ordered)
    file.write_text(text, encoding="utf-8")


def kept_lines(file: Path) -> list[Line]:
    """The kept lines of all cases, in order; none where no run was kept."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def write_table(readme: Path, lines: Iterable[Line]) -> None:
    """Put the table between the two marks of a README and leave everything else as it is."""
    text = readme.read_text(encoding="utf-8")
    before, begin, rest = text.partition(TABLE_BEGIN)
    _, end, after = rest.partition(TABLE_END)
    if not (begin and end):
        raise SetupStoppedError(f"{readme.name} has no {TABLE_BEGIN} and {TABLE_END}")
    readme.write_text(f"{before}{begin}\n{table(lines)}\n{end}{after}", encoding="utf-8")


def table(lines: Iterable[Line]) -> str:
    """Markdown of some lines; where they were measured stands below."""
    known = list(lines)
    places = dict.fromkeys(f"{line['machine']}, commit {line['commit']}" for line in known)
    rows = [f"| {' | '.join(cells(line))} |" for line in known]
    return "\n".join([TABLE_HEAD, *rows, "", f"Measured on: {'; '.join(places)}."])


def cells(line: Line) -> list[str]:
    """Name, ours, peer, ratio, what is to be reached, and whether it was."""
    unit, ratio = line["unit"], line.get("ratio")
    return [
        line["name"],
        f"{short(line['ours'])} {unit}",
        f"{short(line['peer'])} {unit} ({line['against']})" if "peer" in line else "",
        "" if ratio is None else short(ratio["median"]) + spread(ratio),
        line["target"] or "",
        {True: "yes", False: "**no**", None: ""}[line["held"]],
    ]


def spread(ratio: Mapping[str, float]) -> str:
    """Least and most of a ratio over the rounds; nothing where there was one round."""
    least, most = short(ratio["min"]), short(ratio["max"])
    return "" if least == most else f" ({least} to {most})"


def row(line: str) -> str:
    """One JSON line as a line to read; what is no JSON object passes as it is."""
    facts = parsed(line)
    if facts is None:
        return line
    if "held" in facts:
        name, *rest = cells(facts)
        return f"{name:<64}{'   '.join(cell for cell in rest if cell)}\n"
    name = str(facts.pop("case", ""))
    return f"{name:<30}{'   '.join(f'{key} {short(value)}' for key, value in facts.items())}\n"


def parsed(line: str) -> dict[str, Any] | None:
    """The JSON object of a line; None where it is none."""
    try:
        facts = json.loads(line)
    except json.JSONDecodeError:
        return None
    return facts if isinstance(facts, dict) else None


def short(value: object) -> str:
    """A number to three or four figures, everything else as it is."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
