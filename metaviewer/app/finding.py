"""What one place turned out to hold: the value that `check`, `shot` and the window share."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from metaviewer.errors import Refused
from metaviewer.scene import Datum

Kind = Literal[
    "volume", "segmentation", "contours", "surface", "building", "scene", "feed", "other"
]
Status = Literal["ok", "degraded", "refused"]

NO_FACTS: Final[Mapping[str, Any]] = MappingProxyType({})

DEGRADING: Final = frozenset(
    {
        "resampled",
        "irregular_spacing",
        "gap",
        "reduced",
        "incomplete",
        "substituted",
        "decomposition_cycle",
        "far_from_origin",
        "unit_assumed",
        "jail_layer_missing",
    }
)
"""Badges that say the picture is not all that the file holds, or not proven."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Finding:
    """One series, model or mesh that was found at a place.

    Parameters
    ----------
    reason : str
        "word: sentence" where something is wrong, "" otherwise.
    facts : mapping
        The "volume", "building" or "surface" object of DESIGN.md section 7.
    data : tuple
        What can be shown; empty where it was refused or holds no picture.
    patient : str
        The token of whom it belongs to, "" where it names nobody.
    """

    path: str
    kind: Kind
    status: Status
    reason: str = ""
    badges: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=lambda: NO_FACTS)
    data: tuple[Datum, ...] = ()
    title: str = ""
    patient: str = ""

    def line(self) -> dict[str, Any]:
        """The object of `check --json`."""
        line: dict[str, Any] = {
            "path": self.path,
            "kind": self.kind,
            "status": self.status,
            "reason": self.reason,
            "badges": list(self.badges),
        }
        if self.kind in ("volume", "building", "surface") and self.facts:
            line[self.kind] = dict(self.facts)
        return line


def refused_finding(path: str, kind: Kind, refused: Refused) -> Finding:
    """A finding of what was not taken in."""
    return Finding(path=path, kind=kind, status="refused", reason=reason_of(refused))


def two_patients(place: str, count: int) -> Finding:
    """A finding of a place, or of the folder around several, that holds more than one patient."""
    reason = f"identity: {count} patients are here: open one patient at a time"
    return Finding(path=place, kind="other", status="degraded", reason=reason)


def grouped(findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], ...]:
    """The same, those together of which the same is said; in the order of the first of each."""
    groups: dict[tuple[Kind, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.kind, finding.reason), []).append(finding)
    return tuple(tuple(group) for group in groups.values())


def place_said(path: str, places: Sequence[str]) -> str:
    """What the person typed and `path` was found by: files in a folder are named after patients."""
    inside = (place for place in places if path == place or Path(place) in Path(path).parents)
    return next(inside, places[0])


def sentence_said(group: Sequence[Finding], place: str) -> str:
    """What is wrong and what to do; which files of a folder it is, only the report says."""
    first = group[0]
    sentence = first.reason.partition(": ")[2] or first.reason
    if len(group) > 1:
        has_folders = any(os.path.isdir(one.path) for one in group)
        return f"{len(group)} files{' and folders' if has_folders else ''}: {sentence}"
    if first.path == place:
        return sentence
    return f"in one {'folder' if os.path.isdir(first.path) else 'file'}, {sentence}"


def reason_of(refused: Refused) -> str:
    """``word: sentence`` of DESIGN.md section 7."""
    words = ": ".join(part for part in (refused.reason, refused.remedy) if part)
    return f"{refused.word}: {words}"


def status_of(badges: tuple[str, ...], reason: str = "") -> Status:
    """Degraded where a badge or a reason says so."""
    return "degraded" if reason or DEGRADING & set(badges) else "ok"
