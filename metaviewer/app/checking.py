"""`check`: read everything, draw nothing, say what is there and what is wrong."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from metaviewer.app.doors import Doors, open_doors
from metaviewer.app.finding import Finding, grouped, sentence_said, two_patients
from metaviewer.app.reading import Reading, is_scene_file, read
from metaviewer.app.scene_reading import read_scene
from metaviewer.app.terminal import ProgressLine
from metaviewer.errors import one_line
from metaviewer.units import LengthUnit

EXIT_OF_STATUS: Final = {"ok": 0, "degraded": 1, "refused": 2}
NAMES_MAX: Final = 5
"""Files named in one line for people; JSON names each."""


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
        patients = _Patients()
        return [
            _finite(finding.line())
            for place in places
            for finding in patients.told(place, found_at(doors, place, unit=unit))
        ] + [_finite(finding.line()) for finding in patients.told_of_all(places)]


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
    """Print a line for each finding as soon as it is known; return the exit code.

    Files that are refused for one reason share a line for people, at the end of their place.
    """
    worst = 0
    with open_doors() as doors, ProgressLine("reading") as line:
        patients = _Patients()

        def print_one(*group: Finding) -> None:
            nonlocal worst
            worst = max(worst, *(EXIT_OF_STATUS[finding.status] for finding in group))
            texts = (
                [json.dumps(_finite(one.line())) for one in group] if as_json else [_words(group)]
            )
            line.write("".join(f"{text}\n" for text in texts), sys.stdout)

        for number, place in enumerate(places):
            step = _step(line.show, number, len(places))
            found = found_at(doors, place, unit=unit, on_progress=step)
            refused: list[Finding] = []
            for finding in patients.told(place, found):
                if finding.status == "refused":
                    refused.append(finding)
                else:
                    print_one(finding)
            for group in grouped(refused):
                print_one(*group)
                # On standard error too, as every command does: output may go to a file.
                sentence = one_line(f"{place}: {sentence_said(group, place)}")
                line.write(f"metaviewer: {sentence}\n", sys.stderr)
        for finding in patients.told_of_all(places):
            print_one(finding)
    return worst


@dataclass(slots=True, eq=False)
class _Patients:
    """Whose data was found so far, by tokens that name nobody."""

    known: set[str] = field(default_factory=set)
    most: int = 1

    def told(self, place: str, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield the findings of a place, and one more where they belong to several patients."""
        here: set[str] = set()
        for finding in findings:
            here |= {finding.patient} - {""}
            yield finding
        self.known |= here
        self.most = max(self.most, len(here))
        if len(here) > 1:
            yield two_patients(place, len(here))

    def told_of_all(self, places: Sequence[str]) -> Iterator[Finding]:
        """Yield a finding where the places hold more patients than any one of them."""
        if len(self.known) > self.most:
            yield two_patients(_folder_around(places), len(self.known))


def _folder_around(places: Sequence[str]) -> str:
    try:
        return os.path.commonpath([os.path.abspath(place) for place in places])
    except ValueError:  # places on two drives
        return places[0]


def _step(on_progress: Callable[[float], None], number: int, count: int) -> Callable[[float], None]:
    return lambda share: on_progress((number + share) / count)


def _words(group: Sequence[Finding]) -> str:
    """One line for people, of a finding or of files of which the same is said."""
    finding = group[0]
    facts = _summary(finding)
    parts = [f"{finding.status:9}", f"{finding.kind:12}", _names(group)]
    if facts:
        parts.append(facts)
    if finding.badges:
        parts.append(f"[{', '.join(finding.badges)}]")
    if finding.reason:
        parts.append(f"- {finding.reason}")
    return one_line("  ".join(parts))


def _names(group: Sequence[Finding]) -> str:
    names = [group[0].path, *(Path(one.path).name for one in group[1:NAMES_MAX])]
    more = f" and {len(group) - NAMES_MAX} more" if len(group) > NAMES_MAX else ""
    return ", ".join(names) + more


def _summary(finding: Finding) -> str:
    facts = finding.facts
    if finding.kind in ("segmentation", "contours"):
        return _count(len(finding.data), "region")
    if not facts:
        return finding.title
    if finding.kind == "volume":
        # The title tells the time points and echoes of one series apart.
        spacing = " x ".join("?" if mm is None else f"{mm:.4g}" for mm in facts["spacing_mm"])
        return f"{finding.title}, {spacing} mm"
    if finding.kind == "building":
        return (
            f"{facts['schema']}, {facts['with_geometry']} of {facts['elements']} elements, "
            f"{facts['spaces']} spaces, {len(facts['storeys'])} storeys"
        )
    return f"{_count(facts['triangles'], 'triangle')}, {facts['unit']}"


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _finite(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """JSON has no NaN: what is unknown is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return value
