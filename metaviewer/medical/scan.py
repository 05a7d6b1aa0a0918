"""What is at a place: every series and file that this room knows, readable or refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from metaviewer.errors import Refused
from metaviewer.jail import Jail
from metaviewer.medical.found import Found, found_from
from metaviewer.medical.tokens import installation_salt

READ_SCAN: Final = "metaviewer.medical.read_scan:read_scan"

MEDICAL_SUFFIXES: Final = frozenset(
    (".dcm", ".dicom", ".ima", ".dc3", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd", "")
)
"""Files that may belong to this room by their names; DICOM is often exported without one."""


def is_medical_name(path: Path) -> bool:
    """Whether a file may be one of this room, judged by its name alone."""
    return path.name.lower().endswith(".nii.gz") or path.suffix.lower() in MEDICAL_SUFFIXES


def scan(
    jail: Jail,
    places: Sequence[Path],
    *,
    on_progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Found, ...]:
    """Every series, segmentation, set of contours, mesh and other object at the places.

    Parameters
    ----------
    places : sequence of Path
        Files, folders, zips and DICOMDIRs; slices of one series may be named one by one.

    Raises
    ------
    Cancelled
        If `cancelled` said so. What cannot be read is not raised but returned, with its reason.
    """
    listeners: dict[str, Any] = {"on_progress": on_progress, "cancelled": cancelled}
    try:
        found = _scan_together(jail, list(places), listeners)
    except Refused as refusal:
        # One hostile file among several must not hide the others.
        if len(places) > 1:
            return tuple(one for place in places for one in scan(jail, [place], **listeners))
        return (_nothing(places[0], refusal),)
    if not found:
        empty = Refused("", "empty", "nothing that can be read", remedy="name another folder")
        return tuple(_nothing(place, empty) for place in places)
    return found


def _scan_together(jail: Jail, places: list[Path], listeners: dict[str, Any]) -> tuple[Found, ...]:
    named = str(places[0])
    arguments: dict[str, Any] = {"salt": installation_salt()}
    header = jail.call(READ_SCAN, places, arguments, place=named, **listeners).header
    listed: Any = header["directory"]
    if listed and not header["records"]:
        # Of a DICOMDIR only itself was readable; now its folder is, and in it what it names.
        places = [places[0].parent]
        arguments["only"] = listed
        header = jail.call(READ_SCAN, places, arguments, place=named, **listeners).header
    records: Any = header["records"]
    return tuple(found_from(record, places=places, path=named) for record in records)


def _nothing(place: Path, refusal: Refused) -> Found:
    return Found(
        kind="other",
        status="refused",
        path=str(place),
        places=(place,),
        word=refusal.word,
        reason=refusal.reason,
        remedy=refusal.remedy,
    )
