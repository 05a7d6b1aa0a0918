"""What a scan finds: one line a series or file, with all that is needed to read it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

from metaviewer.errors import WORDS, Refused, Word
from metaviewer.jail import Json
from metaviewer.medical.volume import Identity, Volume

FoundKind = Literal["volume", "segmentation", "contours", "mesh", "other"]
Status = Literal["ok", "degraded", "refused"]
KINDS: Final = get_args(FoundKind)
STATUSES: Final = get_args(Status)
READERS: Final = ("read_series", "read_grid", "")
BADGES: Final = frozenset(
    (
        *("lossy", "derived", "single_slice", "sheared", "gap", "irregular_spacing", "resampled"),
        *("incomplete", "unregistered", "unit_assumed"),
    )
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Found:
    """One series, object or file, readable or not.

    Parameters
    ----------
    path : str
        What the user named; the file itself where it is a single one.
    places : tuple of Path
        For the jail: the files and folders that reading it may touch.
    source : (int, str, str)
        Of its first file: index of the place, path below it, member of a zip.
    word, reason, remedy : str
        Why it is not "ok"; of "other" things, why they are not shown.
    title : str
        For people, without an identity: "CT 512 x 512 x 100, time point 1 of 2".
    reader : str
        Name of the reader in this room; "" where the room of its kind knows how.
    plan : mapping
        Arguments of the reader, as the scan made them.
    """

    kind: FoundKind
    status: Status
    path: str
    places: tuple[Path, ...]
    source: tuple[int, str, str] = (0, "", "")
    word: Word | Literal[""] = ""
    reason: str = ""
    remedy: str = ""
    badges: tuple[str, ...] = ()
    title: str = ""
    modality: str = ""
    unit: str | None = None
    identity: Identity = field(default_factory=Identity)
    frame_of_reference: str = ""
    windows: tuple[tuple[float, float], ...] = ()
    files: int = 1
    frames: int = 0
    transfer_syntax: str = ""
    reader: str = ""
    plan: Mapping[str, Json] | None = None

    @property
    def file(self) -> Path:
        """The first file, or the zip that holds it."""
        place, below, _ = self.source
        return self.places[place] / below if below else self.places[place]

    @property
    def line(self) -> str:
        """`word: sentence`, as `check --json` gives it."""
        return f"{self.word}: {self.reason}" if self.word else self.reason


def found_from(record: Mapping[str, Any], *, places: Sequence[Path], path: str) -> Found:
    """Build a Found from a record of the jail, checked field by field.

    Raises
    ------
    Refused
        With the word "answer" for a record that no honest scan makes.
    """
    try:
        return _found_from(record, places=tuple(places), path=path)
    except (LookupError, TypeError, ValueError, AssertionError) as exc:
        raise Refused(path, "answer", "the parser gave an answer that makes no sense") from exc


def after_opening(found: Found, volume: Volume) -> Found:
    """The same, with what only reading the values could tell."""
    new = [badge for badge in volume.badges if badge not in found.badges and badge in BADGES]
    if not new:
        return found
    reason = "; ".join(part for part in (found.reason, "some values are missing") if part)
    return replace(
        found,
        status="degraded",
        word=found.word or "numbers",
        reason=reason,
        badges=(*found.badges, *new),
    )


def _found_from(record: Mapping[str, Any], *, places: tuple[Path, ...], path: str) -> Found:
    place, below, member = record["source"]
    assert 0 <= place < len(places)
    assert ".." not in Path(below).parts
    word = record["word"]
    assert word == "" or word in WORDS
    assert record["kind"] in KINDS
    assert record["status"] in STATUSES
    assert record["reader"] in READERS
    badges = tuple(record["badges"])
    assert set(badges) <= BADGES
    texts = {
        name: str(record[name])[:300]
        for name in ("reason", "remedy", "title", "modality", "frame_of_reference")
    }
    file = places[place] / below if below else places[place]
    return Found(
        kind=record["kind"],
        status=record["status"],
        path=_path_of(file, path, record, places=places),
        places=places,
        source=(place, str(below), str(member)),
        word=word,
        badges=badges,
        unit=None if record["unit"] is None else str(record["unit"])[:16],
        identity=Identity(
            patient=str(record["patient"]), study=str(record["study"]), series=str(record["series"])
        ),
        windows=tuple((float(center), float(width)) for center, width in record["windows"]),
        files=int(record["files"]),
        frames=int(record["frames"]),
        transfer_syntax=str(record["syntax"])[:64],
        reader=record["reader"],
        plan=record["plan"],
        **texts,
    )


def _path_of(file: Path, named: str, record: Mapping[str, Any], *, places: Sequence[Path]) -> str:
    """What a person is told: the file itself, or the innermost folder that holds the series.

    A zip, or a DICOMDIR, is told as it was named.
    """
    if int(record["files"]) == 1:
        return str(file)
    if len(places) == 1 and (named != str(places[0]) or places[0].is_file()):
        return named
    plan = record["plan"] or {}
    rows = plan.get("files", ()) if record["reader"] == "read_series" else ()
    # One file of each folder stands for all of it: a series has hundreds.
    some = {(int(row[0]), os.path.dirname(str(row[1]))): row for row in rows}
    folders = {_file_of(row, places).parent for row in some.values()} or {file.parent}
    return os.path.commonpath(folders) or os.curdir


def _file_of(row: Sequence[Any], places: Sequence[Path]) -> Path:
    place, below = places[int(row[0])], str(row[1])
    return place / below if below else place
