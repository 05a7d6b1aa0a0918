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
from metaviewer.errors import GeometryError, Refused
from metaviewer.jail import Workshop
from metaviewer.scene import Datum
from metaviewer.surface import Mesh
from metaviewer.units import LengthUnit

BUILDING_SUFFIXES: Final = frozenset({".ifc", ".ifczip", ".ifcxml"})
MESH_SUFFIXES: Final = frozenset({".stl", ".obj", ".ply", ".glb", ".gltf", ".vtk", ".off"})
SCENE_SUFFIX: Final = ".toml"
NO_DATA_SUFFIXES: Final = frozenset(
    {".txt", ".md", ".json", ".xml", ".csv", ".html", ".pdf", ".mtl", ".bin", ".toml", ".py"}
    | {".jpg", ".jpeg", ".png", ".gif", ".svg", ".mp4", ".yaml", ".yml", ".exe", ".ini", ".inf"}
)
"""What lies beside data in folders and on discs; named alone, it is looked at all the same."""
FILES_MAX: Final = 100_000
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The files of one place by the room that reads them."""

    buildings: tuple[Path, ...]
    meshes: tuple[Path, ...]
    images: tuple[Path, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read."""
        return not (self.buildings or self.meshes or self.images)


def read(doors: Doors, place: str, reading: Reading) -> Iterator[Finding]:
    """Yield everything found at one place, as soon as it is read; a refusal is a finding too."""
    path = Path(place)
    if not is_there(path):
        gone = Refused(place, "path", "there is nothing here", remedy="check the path")
        yield refused_finding(place, "other", gone)
        return
    try:
        files = sorted_files(path)
    except Refused as refused:
        yield refused_finding(place, "other", refused)
        return
    if files.is_empty:
        empty = Refused(
            place, "empty", "nothing in it that can be opened", remedy="choose another folder"
        )
        yield refused_finding(place, "other", empty)
        return
    steps = len(files.buildings) + len(files.meshes) + bool(files.images)
    for number, file in enumerate(files.buildings):
        yield _building(doors, file, _part_of(reading, number, steps))
    for number, file in enumerate(files.meshes, start=len(files.buildings)):
        yield _mesh(doors, file, _part_of(reading, number, steps))
    if files.images:
        yield from _images(doors, place, files.images, _part_of(reading, steps - 1, steps))


def is_there(path: Path) -> bool:
    """Whether a path leads anywhere; one that the system cannot even ask for leads nowhere."""
    # Path.exists raises OSError for a name of more than 255 bytes and for a folder that is closed.
    return os.path.exists(path)


def is_scene_file(place: str) -> bool:
    """Whether a place is a scene file by its name."""
    return place.lower().endswith(SCENE_SUFFIX) and is_there(Path(place)) and Path(place).is_file()


def sorted_files(path: Path) -> Sorted:
    """Files of a file or folder, sorted by room and name.

    Raises
    ------
    Refused
        "size" for a folder of more than `FILES_MAX` files.
    """
    if path.is_file():
        return _by_room([path], is_named=True)
    files: list[Path] = []
    for found in path.rglob("*"):
        if found.is_file() and not any(part.startswith(".") for part in found.parts[-2:]):
            files.append(found)
        if len(files) > FILES_MAX:
            reason = f"more than {FILES_MAX:,} files"
            raise Refused(str(path), "size", reason, remedy="choose a folder inside it")
    return _by_room(sorted(files), is_named=False)


def _by_room(files: Sequence[Path], *, is_named: bool) -> Sorted:
    buildings: list[Path] = []
    meshes: list[Path] = []
    images: list[Path] = []
    for file in files:
        suffix = file.suffix.lower()
        if suffix in BUILDING_SUFFIXES or building.metadata_place(file) is not None:
            buildings.append(file)
        elif suffix in MESH_SUFFIXES:
            meshes.append(file)
        elif is_named or suffix not in NO_DATA_SUFFIXES:
            images.append(file)
    return Sorted(buildings=tuple(buildings), meshes=tuple(meshes), images=tuple(images))


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
    reason = ""
    if "unit_assumed" in badges:
        reason = f"units: {_unit_words(meshes, is_stated=states_unit)}: say it with --unit"
    elif "incomplete" in badges:
        reason = "format: a part of the file was left out: export the mesh again to see it whole"
    return Finding(
        path=path,
        kind="surface",
        status=status_of(badges),
        reason=reason,
        badges=badges,
        facts=surface.file_facts(meshes),
        data=meshes,
        title=title,
    )


def _unit_words(meshes: Sequence[Mesh], *, is_stated: bool) -> str:
    """What is doubtful about the unit: that there is none, or that it makes no sense."""
    unit = meshes[0].unit
    if not is_stated:
        return f"the file states no unit, {unit} is assumed"
    lows_mm, highs_mm = zip(*(mesh.bounds_mm for mesh in meshes), strict=True)
    extent_mm = float(np.ptp([*lows_mm, *highs_mm], axis=0).max())
    return f"the file's unit {unit} makes it {extent_mm:.3g} mm across, which is not plausible"


def _images(
    doors: Doors, place: str, files: tuple[Path, ...], reading: Reading
) -> Iterator[Finding]:
    """Series, single images, regions and whatever else a scanner or a planner wrote.

    A folder without buildings or meshes goes to the room as it is: it knows DICOMDIRs.
    """
    path = Path(place)
    is_pure = path.is_dir() and not any(
        file.suffix.lower() in BUILDING_SUFFIXES | MESH_SUFFIXES for file in path.rglob("*")
    )
    found = medical.scan(
        doors.medical,
        [path] if is_pure else files,
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
    )


def _kind(one: medical.Found) -> Kind:
    return "surface" if one.kind == "mesh" else one.kind


def badges_of(read: Iterable[Datum]) -> tuple[str, ...]:
    """All badges of the data, each once, in the order they came."""
    return tuple(dict.fromkeys(badge for datum in read for badge in datum.badges))
