"""From places a person names to findings: which room reads what, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from metaviewer import building, medical, surface
from metaviewer.app.doors import Doors
from metaviewer.app.finding import Finding, Kind, refused_finding, status_of
from metaviewer.app.sorting import (
    Sorted,
    check_place,
    closed_place,
    names_of_suffixes,
    sorted_files,
)
from metaviewer.errors import GeometryError, Refused
from metaviewer.jail import Workshop
from metaviewer.scene import Datum
from metaviewer.surface import Mesh
from metaviewer.units import LengthUnit

SCENE_SUFFIX: Final = ".toml"
SCAN_SHARE: Final = 0.4
"""Of the progress of images: reading 300 headers takes about as long as reading their pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read: what `read` and its callers share.

    Parameters
    ----------
    unit : LengthUnit or None
        Stated by the person, for files that state none.
    on_progress : callable
        Told the share that is done, 0..1.
    """

    unit: LengthUnit | None = None
    on_progress: Callable[[float], None] = field(default=lambda share: None)


def read(doors: Doors, place: str, reading: Reading) -> Iterator[Finding]:
    """Yield everything found at one place, as soon as it is read; a refusal is a finding too."""
    try:
        check_place(place)
        files = sorted_files(Path(place))
    except Refused as refused:
        yield refused_finding(place, "other", refused)
        return
    if files.is_empty:
        yield refused_finding(place, "other", _nothing_in(place, files.others))
        return
    yield from _read_sorted(doors, place, files, reading)
    yield from (
        refused_finding(str(file), "other", closed_place(str(file))) for file in files.closed
    )
    yield from (_misnamed(file, suffix) for file, suffix in files.misnamed)
    if files.others:
        yield _passed_over(place, files.others)


def _read_sorted(doors: Doors, place: str, files: Sorted, reading: Reading) -> Iterator[Finding]:
    steps = len(files.buildings) + len(files.meshes) + bool(files.images)
    for number, file in enumerate(files.buildings):
        yield _building(doors, file, _part_of(reading, number, steps))
    for number, file in enumerate(files.meshes, start=len(files.buildings)):
        yield _mesh(doors, file, _part_of(reading, number, steps))
    if files.images:
        # A folder of images goes to the room as it is: it knows DICOMDIRs.
        places = [Path(place)] if files.is_whole else files.images
        yield from _images(doors, places, _part_of(reading, steps - 1, steps))


def _nothing_in(place: str, others: Sequence[Path]) -> Refused:
    """What is said of a place that holds nothing for us, and of a file that is nothing for us."""
    if Path(place).is_file():
        reason = f"{names_of_suffixes(others)} is no kind of file that is read here"
        return Refused(place, "format", reason, remedy="name scans, models, meshes or scenes")
    held = f": {_count_of(others)} ({names_of_suffixes(others)})" if others else ""
    reason = f"nothing in it that can be opened{held}"
    return Refused(place, "empty", reason, remedy="choose another folder")


def _misnamed(file: Path, suffix: str) -> Finding:
    reason = f"it is a {suffix} file by its first bytes, and its name does not say so"
    remedy = f"let its name end in {suffix}"
    return refused_finding(str(file), "other", Refused(str(file), "format", reason, remedy=remedy))


def _passed_over(place: str, others: Sequence[Path]) -> Finding:
    were = "was" if len(others) == 1 else "were"
    reason = f"format: {_count_of(others)} {were} not read: {names_of_suffixes(others)}"
    return Finding(path=place, kind="other", status="ok", reason=reason)


def _count_of(files: Sequence[Path]) -> str:
    return "1 file" if len(files) == 1 else f"{len(files):,} files"


def is_scene_file(place: str) -> bool:
    """Whether a place is a scene file by its name."""
    # Path.is_file raises for a name of more than 255 bytes.
    return place.lower().endswith(SCENE_SUFFIX) and os.path.isfile(place)


def _part_of(reading: Reading, number: int, steps: int) -> Reading:
    """The same reading, whose progress is one step of many."""
    return Reading(
        unit=reading.unit, on_progress=lambda share: reading.on_progress((number + share) / steps)
    )


def _building(doors: Doors, file: Path, reading: Reading) -> Finding:
    try:
        model = building.open_building(
            doors.building, file, unit=reading.unit, on_progress=reading.on_progress
        )
    except Refused as refused:
        return refused_finding(str(file), "building", refused)
    report = "; ".join(model.report)
    return Finding(
        path=str(file),
        kind="building",
        status=status_of(model.badges),
        reason=f"geometry: {report}" if status_of(model.badges) == "degraded" and report else "",
        badges=model.badges,
        facts=building.building_facts(model),
        data=(model,),
        title=model.model_name or file.stem,
    )


def _mesh(doors: Doors, file: Path, reading: Reading) -> Finding:
    try:
        meshes = surface.open_meshes(doors.surface, file, unit=reading.unit)
    except Refused as refused:
        return refused_finding(str(file), "surface", refused)
    return _surfaces(str(file), meshes, title=file.stem)


def _surfaces(
    path: str, meshes: tuple[Mesh, ...], *, title: str, states_unit: bool = False
) -> Finding:
    badges = badges_of(meshes)
    reasons: list[str] = []
    remedies: list[str] = []
    if "unit_assumed" in badges:
        reasons.append(_unit_words(meshes, is_stated=states_unit))
        remedies.append("say the unit with --unit")
    if "incomplete" in badges:
        reasons.append("a material file is missing, or triangles without an area were left out")
        remedies.append("export the mesh again to see it whole")
    word = "units: " if "unit_assumed" in badges else "format: " if reasons else ""
    return Finding(
        path=path,
        kind="surface",
        status=status_of(badges),
        reason=word + ": ".join(filter(None, ("; ".join(reasons), ", ".join(remedies)))),
        badges=badges,
        facts=surface.file_facts(meshes),
        data=meshes,
        title=title,
        patient=meshes[0].patient if meshes else "",
    )


def _unit_words(meshes: Sequence[Mesh], *, is_stated: bool) -> str:
    """What is doubtful about the unit: that there is none, or that it makes no sense."""
    unit = meshes[0].unit
    if not is_stated:
        return f"the file states no unit, {unit} is assumed"
    lows_mm, highs_mm = zip(*(mesh.bounds_mm for mesh in meshes), strict=True)
    extent_mm = float(np.ptp([*lows_mm, *highs_mm], axis=0).max())
    return f"the file's unit {unit} makes it {extent_mm:.3g} mm across, which is not plausible"


def _images(doors: Doors, places: Sequence[Path], reading: Reading) -> Iterator[Finding]:
    """Series, single images, regions and whatever else a scanner or a planner wrote."""
    found = medical.scan(
        doors.medical,
        places,
        on_progress=lambda share: reading.on_progress(SCAN_SHARE * share),
    )
    for number, one in enumerate(found):
        yield _image(doors, one, _part_of(_after_scan(reading), number, len(found)))
        reading.on_progress(SCAN_SHARE + (1.0 - SCAN_SHARE) * (number + 1) / len(found))


def _after_scan(reading: Reading) -> Reading:
    """The same reading, whose progress is what is left when headers have been read."""
    return Reading(
        unit=reading.unit,
        on_progress=lambda share: reading.on_progress(SCAN_SHARE + (1.0 - SCAN_SHARE) * share),
    )


def _image(doors: Doors, one: medical.Found, reading: Reading) -> Finding:
    if one.status == "refused":
        return _described(one, ())
    try:
        if one.kind == "volume":
            volume = medical.open_volume(doors.medical, one, on_progress=reading.on_progress)
            opened = medical.after_opening(one, volume)
            return _described(opened, (volume,), facts=medical.volume_facts(opened, volume))
        if one.kind == "mesh":
            salt = medical.installation_salt()
            meshes = surface.open_encapsulated(
                doors.surface, one.file, unit=reading.unit, salt=salt
            )
            return _surfaces(one.path, meshes, title=one.title, states_unit=True)
        if one.kind == "segmentation":
            segments = medical.open_segments(doors.medical, one.file)
            return _described(one, region_meshes(segments, workshop=doors.workshop))
        if one.kind == "contours":
            contours = medical.open_contours(doors.medical, one.file)
            return _described(one, region_meshes(contours, workshop=doors.workshop))
    except Refused as refused:
        return refused_finding(one.path, _kind(one), refused)
    except GeometryError as error:
        return refused_finding(one.path, _kind(one), Refused(one.path, "geometry", str(error)))
    return _described(one, ())


def region_meshes(
    regions: medical.Segments | medical.Contours, *, workshop: Workshop
) -> tuple[Mesh, ...]:
    """The surfaces of regions as they are shown, made in the workshop; a finding is green."""
    rgb = surface.FINDING_RGB
    if isinstance(regions, medical.Segments):
        organs = surface.from_segments(regions, finding_rgb=rgb, workshop=workshop)
    else:
        organs = surface.from_contours(regions, finding_rgb=rgb, workshop=workshop)
    return tuple(organ.shown for organ in organs)


def _described(
    one: medical.Found, read: tuple[Datum, ...], *, facts: dict[str, Any] | None = None
) -> Finding:
    badges = tuple(dict.fromkeys((*one.badges, *badges_of(read))))
    sentence = ": ".join(part for part in (one.line, one.remedy) if part)
    return Finding(
        path=one.path,
        kind=_kind(one),
        status=one.status,
        reason=sentence,
        badges=badges,
        facts=facts or {},
        data=read,
        title=one.title,
        patient=one.identity.patient,
    )


def _kind(one: medical.Found) -> Kind:
    return "surface" if one.kind == "mesh" else one.kind


def badges_of(read: Iterable[Datum]) -> tuple[str, ...]:
    """All badges of the data, each once, in the order they came."""
    return tuple(dict.fromkeys(badge for datum in read for badge in datum.badges))
