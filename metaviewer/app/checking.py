"""`check`: read everything, draw nothing, say what is there and what is wrong."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from metaviewer.app.doors import Doors, open_doors
from metaviewer.app.finding import Finding
from metaviewer.app.reading import Reading, is_scene_file, read
from metaviewer.app.scene_reading import read_scene
from metaviewer.app.terminal import ProgressLine
from metaviewer.units import LengthUnit

EXIT_OF_STATUS: Final = {"ok": 0, "degraded": 1, "refused": 2}


def check(*places: str, unit: LengthUnit | None = None) -> list[dict[str, Any]]:
    """What is at the places, one dictionary a series, model or mesh (DESIGN.md section 7).

    What is refused is an entry with the status "refused" and its reason; nothing is raised for it.

    Parameters
    ----------
    *places : str
        Files, folders, zips and scene files.
    unit : "mm", "cm", "m", "in", "ft" or None
        Length unit for files that state none.
    """
    with open_doors() as doors:
        return [
            _finite(finding.line())
            for place in places
            for finding in found_at(doors, place, unit=unit)
        ]


def found_at(
    doors: Doors,
    place: str,
    *,
    unit: LengthUnit | None,
    on_progress: Callable[[float], None] = lambda share: None,
) -> Iterator[Finding]:
    """Findings of one place; a scene file yields itself and then all that it names."""
    if is_scene_file(place):
        yield from read_scene(doors, Path(place), on_progress=on_progress).findings
        return
    yield from read(doors, place, Reading(unit=unit, on_progress=on_progress))


def print_check(places: tuple[str, ...], *, unit: LengthUnit | None, as_json: bool) -> int:
    """Print a line for each finding as soon as it is known; return the exit code."""
    worst = 0
    with open_doors() as doors, ProgressLine("reading") as line:
        for number, place in enumerate(places):
            step = _step(line.show, number, len(places))
            for finding in found_at(doors, place, unit=unit, on_progress=step):
                worst = max(worst, EXIT_OF_STATUS[finding.status])
                words = json.dumps(_finite(finding.line())) if as_json else _words(finding)
                line.write(words + "\n", sys.stdout)
                if finding.status == "refused":
                    # On standard error too, as every command does: output may go to a file.
                    line.write(f"metaviewer: {_error_line(finding, place)}\n", sys.stderr)
    return worst


def _step(on_progress: Callable[[float], None], number: int, count: int) -> Callable[[float], None]:
    return lambda share: on_progress((number + share) / count)


def _error_line(finding: Finding, place: str) -> str:
    """The line of DESIGN.md section 7; which file of a folder it is, only the report says."""
    where = "" if finding.path == place else "in one file, "
    return f"{place}: {where}{finding.reason.partition(': ')[2] or finding.reason}"


def _words(finding: Finding) -> str:
    """One line for people."""
    facts = _summary(finding)
    parts = [f"{finding.status:9}", f"{finding.kind:12}", finding.path]
    if facts:
        parts.append(facts)
    if finding.badges:
        parts.append(f"[{', '.join(finding.badges)}]")
    if finding.reason:
        parts.append(f"- {finding.reason}")
    return "  ".join(parts)


def _summary(finding: Finding) -> str:
    facts = finding.facts
    if not facts:
        return finding.title
    if finding.kind == "volume":
        shape = " x ".join(str(edge) for edge in facts["shape_ijk"])
        spacing = " x ".join("?" if mm is None else f"{mm:.4g}" for mm in facts["spacing_mm"])
        return f"{facts['modality'] or 'volume'} {shape}, {spacing} mm"
    if finding.kind == "building":
        return (
            f"{facts['schema']}, {facts['with_geometry']} of {facts['elements']} elements, "
            f"{facts['spaces']} spaces, {len(facts['storeys'])} storeys"
        )
    return f"{facts['triangles']} triangles, {facts['unit']}"


def _finite(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """JSON has no NaN: what is unknown is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return value
