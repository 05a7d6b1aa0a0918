"""From a scene file to parts, cameras and feeds: what it names, read and placed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from metaviewer.app.compose import Part, facts_of, patient_placement, shared_origin_m
from metaviewer.app.doors import Doors
from metaviewer.app.finding import Finding, refused_finding
from metaviewer.app.reading_together import Wish, read_together
from metaviewer.building import Building
from metaviewer.errors import Refused, RefusedTogether
from metaviewer.frames import IDENTITY, Float64Array, frozen, translation
from metaviewer.medical import Volume, preset_names
from metaviewer.scene import (
    BuildingLook,
    Camera,
    DataId,
    Item,
    ItemId,
    Language,
    NamedCamera,
    SceneFile,
    SurfaceLook,
    Theme,
    VolumeLook,
    read_scene_file,
    storey_at,
)
from metaviewer.scene.scene_file import BuildingEntry, FeedEntry, SurfaceEntry, VolumeEntry
from metaviewer.surface import Mesh


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReadScene:
    """What came of a scene file.

    Parameters
    ----------
    findings : tuple of Finding
        The scene itself first, then everything it names.
    feeds : tuple of FeedEntry
        Where its live values come from; `app.feeds` opens them.
    """

    findings: tuple[Finding, ...]
    parts: tuple[Part, ...] = ()
    cameras: tuple[NamedCamera, ...] = ()
    feeds: tuple[FeedEntry, ...] = ()
    title: str = ""
    language: Language = "en"
    theme: Theme = "dark"
    first_camera: str | None = None


def read_scene(
    doors: Doors, place: Path, *, on_progress: Callable[[float], None] = lambda share: None
) -> ReadScene:
    """Read a scene file and all it names; what is refused stands among the findings."""
    try:
        scene = read_scene_file(place)
    except RefusedTogether as refused:
        return ReadScene(
            findings=tuple(refused_finding(str(place), "scene", one) for one in refused.faults)
        )
    except Refused as refused:
        return ReadScene(findings=(refused_finding(str(place), "scene", refused),))
    own = Finding(path=str(place), kind="scene", status="ok", title=scene.scene.title)
    findings, parts = _contents(doors, scene, on_progress)
    faults = [refused_finding(str(place), "scene", one) for one in _preset_faults(scene, parts)]
    return ReadScene(
        findings=(*(faults or [own]), *findings),
        parts=parts,
        cameras=tuple(
            NamedCamera(
                name=entry.name,
                camera=Camera(
                    eye_m=entry.eye_m,
                    target_m=entry.target_m,
                    fov_deg=entry.fov_deg,
                    orthographic_height_m=entry.orthographic_height_m,
                ),
            )
            for entry in scene.camera
        ),
        feeds=scene.feed,
        title=scene.scene.title,
        language=scene.scene.language,
        theme=scene.scene.theme,
        first_camera=scene.scene.camera,
    )


def _contents(
    doors: Doors, scene: SceneFile, on_progress: Callable[[float], None]
) -> tuple[list[Finding], tuple[Part, ...]]:
    findings: list[Finding] = []
    parts: list[Part] = []
    files = [
        (entry, file, is_region)
        for entries in (scene.building, scene.volume, scene.surface)
        for entry in entries
        for file, is_region in _files_of(entry)
    ]
    wishes = [Wish(place=file, unit=getattr(entry, "unit", None)) for entry, file, _ in files]
    read = read_together(doors, wishes, on_progress=on_progress)
    for (entry, _, is_region), found in zip(files, read, strict=True):
        for finding in found:
            findings.append(finding)
            for datum in finding.data:
                if isinstance(datum, Volume) and isinstance(entry, VolumeEntry):
                    part = _volume_part(entry, datum, parts)
                elif isinstance(datum, Mesh) and not isinstance(entry, BuildingEntry):
                    part = _surface_part(entry, datum, parts, is_region=is_region)
                elif isinstance(datum, Building) and isinstance(entry, BuildingEntry):
                    part = _building_part(entry, datum, parts)
                else:
                    continue
                parts.append(replace(part, source=finding.path, entry=entry.id))
    return findings, _with_storeys(parts, scene)


def _files_of(entry: BuildingEntry | VolumeEntry | SurfaceEntry) -> list[tuple[str, bool]]:
    regions = entry.regions if isinstance(entry, VolumeEntry) else ()
    return [(file, False) for file in entry.files] + [(file, True) for file in regions]


def _preset_faults(scene: SceneFile, parts: Sequence[Part]) -> Iterator[Refused]:
    """Yield one fault for each entry whose preset suits none of its volumes."""
    for number, entry in enumerate(scene.volume):
        own = [part for part in parts if part.entry == entry.id]
        volumes = [part.datum for part in own if isinstance(part.datum, Volume)]
        known = list(dict.fromkeys(name for volume in volumes for name in preset_names(volume)))
        if entry.preset and known and entry.preset not in known:
            yield Refused(
                "",
                "format",
                f"volume[{number}].preset: there is no {entry.preset!r}",
                remedy=f"choose one of {', '.join(known)}",
            )


def _volume_part(entry: VolumeEntry, volume: Volume, parts: Sequence[Part]) -> Part:
    """An entry's volume in the entry's look; of PET on CT one takes "bone", the other its own."""
    known = preset_names(volume)
    item = Item(
        id=_free_id(entry.id, parts),
        kind="volume",
        data_id=DataId(_free_id(entry.id, parts)),
        look=VolumeLook(
            preset=entry.preset if entry.preset in known else known[0],
            opacity=entry.opacity,
            shading=entry.shading,
            window_center=entry.window_center,
            window_width=entry.window_width,
            value_shift=entry.value_shift,
        ),
        world_from_item=patient_placement(
            volume,
            position_m=entry.position_m,
            turn_deg=entry.turn_deg,
            scale=entry.scale,
        ),
        title=volume.modality or entry.id,
        badges=volume.badges,
        patient=volume.identity.patient,
    )
    return Part(item=item, datum=volume)


def _surface_part(
    entry: VolumeEntry | SurfaceEntry,
    mesh: Mesh,
    parts: Sequence[Part],
    *,
    is_region: bool,
) -> Part:
    """A mesh stands where its volume stands; on its own it stands at its own position."""
    anchor_name = entry.id if isinstance(entry, VolumeEntry) else entry.volume
    anchor = next((part.item for part in parts if part.item.id == anchor_name), None)
    badges = mesh.badges
    look = SurfaceLook()
    placement: Float64Array = IDENTITY
    if isinstance(entry, VolumeEntry):
        badges = tuple(dict.fromkeys((*badges, *entry.region_badges)))
    else:
        look = SurfaceLook(colour_rgb=entry.colour_rgb, opacity=entry.opacity)
        placement = _free_placement(entry, mesh)
    return Part(
        item=Item(
            id=_free_id(f"{entry.id}-{mesh.name}" if is_region else entry.id, parts),
            kind="surface",
            data_id=DataId(_free_id(f"{entry.id}-{mesh.name}" if is_region else entry.id, parts)),
            look=look,
            world_from_item=placement if anchor is None else anchor.world_from_item,
            title=mesh.name or entry.id,
            badges=badges,
            patient=mesh.patient,
            anchor=None if anchor is None else anchor.id,
        ),
        datum=mesh,
    )


def _free_placement(entry: SurfaceEntry, mesh: Mesh) -> Float64Array:
    """World from mm so that the mesh's middle stands at the entry's position."""
    matrix = np.diag([0.001 * entry.scale] * 3 + [1.0])
    if entry.position_m is not None:
        middle_m = matrix[:3, :3] @ mesh.bounds_mm.mean(axis=0)
        matrix[:3, 3] = np.asarray(entry.position_m) - middle_m
    return frozen(matrix)


def _building_part(entry: BuildingEntry, model: Building, parts: Sequence[Part]) -> Part:
    origin_m = shared_origin_m([*(part.datum for part in parts), model])
    angle = np.radians(entry.turn_deg)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    placement = translation(entry.position_m) @ turn @ translation(model.origin_site_m - origin_m)
    return Part(
        item=Item(
            id=_free_id(entry.id, parts),
            kind="building",
            data_id=DataId(_free_id(entry.id, parts)),
            look=BuildingLook(
                hidden_classes=entry.hidden_classes,
                ghost_classes=entry.ghost_classes,
                storey_only=entry.storey_only,
                cut_height_m=entry.cut_height_m,
                show_spaces=entry.show_spaces,
                colour_by=entry.colour_by,
            ),
            world_from_item=frozen(placement),
            title=model.model_name or entry.id,
            badges=model.badges,
        ),
        datum=model,
    )


def _with_storeys(parts: Sequence[Part], scene: SceneFile) -> tuple[Part, ...]:
    """Peel the models of each entry to the storey it names, by height: names differ in models."""
    facts = {part.item.id: facts_of(part.item, part.datum) for part in parts}
    tops: dict[str, float | None] = {}
    for entry in scene.building:
        wanted = (entry.storey or "").casefold()
        tops[entry.id] = next(
            (
                base_m
                for part in parts
                if part.entry == entry.id
                for name, base_m in zip(
                    facts[part.item.id].storeys, facts[part.item.id].storey_bases_m, strict=True
                )
                if name.casefold() == wanted
            ),
            None,
        )
    return tuple(
        replace(part, item=replace(part.item, look=replace(part.item.look, storey_top=top)))
        if isinstance(part.item.look, BuildingLook)
        and (top := storey_at(facts[part.item.id], tops.get(part.entry))) is not None
        else part
        for part in parts
    )


def _free_id(name: str, parts: Sequence[Part]) -> ItemId:
    """`name`, or with a number where it is taken: one entry may hold several files."""
    taken = {part.item.id for part in parts}
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return ItemId(free)
