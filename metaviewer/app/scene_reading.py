"""From a scene file to parts, cameras and feeds: what it names, read and placed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from metaviewer.app.compose import Part, facts_of
from metaviewer.app.doors import Doors
from metaviewer.app.finding import Finding, refused_finding
from metaviewer.app.reading_together import Wish, read_together
from metaviewer.app.scene_parts import Entry, fits, part_of_entry
from metaviewer.errors import Refused, RefusedTogether
from metaviewer.medical import Volume, preset_names
from metaviewer.scene import (
    BuildingLook,
    Camera,
    ItemId,
    NamedCamera,
    SceneFile,
    SetClip,
    SetOptions,
    SetTime,
    View,
    ViewId,
    read_scene_file,
    storey_at,
)
from metaviewer.scene.scene_file import (
    CameraEntry,
    FeedEntry,
    SceneHead,
    VolumeEntry,
)


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
    first_camera: str | None = None
    views: tuple[View, ...] = ()
    """The layout of the window, each view with the first camera; () for one that suits."""
    settings: tuple[SetOptions | SetClip | SetTime, ...] = ()
    """What else the scene says of the picture."""


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
    head, cameras = scene.scene, tuple(_camera(entry) for entry in scene.camera)
    return ReadScene(
        findings=(*(faults or [own]), *findings),
        parts=parts,
        cameras=cameras,
        views=_views(scene, cameras),
        settings=_settings(head),
        feeds=scene.feed,
        title=head.title,
        first_camera=head.camera,
    )


def _settings(head: SceneHead) -> tuple[SetOptions | SetClip | SetTime, ...]:
    options = SetOptions(
        language=head.language,
        theme=head.theme,
        show_labels=head.show_labels,
        show_legend=head.show_legend,
    )
    clip = (SetClip(planes=head.cut_planes_m),) if head.cut_planes_m else ()
    time = (SetTime(time_s=head.time_s),) if head.time_s is not None else ()
    return (options, *clip, *time)


def _camera(entry: CameraEntry) -> NamedCamera:
    camera = Camera(
        eye_m=entry.eye_m,
        target_m=entry.target_m,
        up=entry.up,
        fov_deg=entry.fov_deg,
        orthographic_height_m=entry.orthographic_height_m,
    )
    return NamedCamera(name=entry.name, camera=camera)


def _views(scene: SceneFile, cameras: Sequence[NamedCamera]) -> tuple[View, ...]:
    wanted = scene.scene.camera
    first = next((one.camera for one in cameras if wanted in (None, one.name)), None)
    if first is None:
        return ()
    return tuple(
        View(
            id=ViewId(entry.id),
            kind=entry.kind,
            camera=first,
            rect=entry.rect,
            slice_volume=None if entry.volume is None else ItemId(entry.volume),
            slice_mm=entry.slice_mm,
            slice_zoom=entry.zoom,
            slice_pan_mm=entry.pan_mm,
        )
        for entry in scene.view
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
    counts: Counter[tuple[str, type, bool]] = Counter()
    named = {os.path.realpath(file) for _, file, _ in files}
    for (entry, file, is_region), found in zip(files, read, strict=True):
        findings.extend(found)
        # What lies in a folder and is named by itself too is shown once, as it is named.
        others = named - {os.path.realpath(file)}
        fitting = [
            (finding, datum)
            for finding in found
            if os.path.realpath(finding.path) not in others
            for datum in finding.data
            if fits(datum, entry)
        ]
        siblings = Counter(finding.path for finding, _ in fitting)
        numbers: Counter[str] = Counter()
        for finding, datum in fitting:
            kind = (entry.id, type(datum), is_region)
            counts[kind] += 1
            numbers[finding.path] += 1
            part = part_of_entry(entry, datum, parts, number=counts[kind], is_region=is_region)
            part = replace(part, source=finding.path, entry=entry.id)
            part = replace(part, unit=getattr(entry, "unit", None))
            number = numbers[finding.path]
            parts.append(replace(part, number=number, siblings=siblings[finding.path]))
    return findings, _with_storeys(parts, scene)


def _files_of(entry: Entry) -> list[tuple[str, bool]]:
    regions = entry.regions if isinstance(entry, VolumeEntry) else ()
    return [(file, False) for file in entry.files] + [(file, True) for file in regions]


def _preset_faults(scene: SceneFile, parts: Sequence[Part]) -> Iterator[Refused]:
    """Yield one fault for each entry whose preset suits none of its volumes."""
    for number, entry in enumerate(scene.volume):
        own = [part for part in parts if part.entry == entry.id]
        volumes = [part.datum for part in own if isinstance(part.datum, Volume)]
        known = list(dict.fromkeys(name for volume in volumes for name in preset_names(volume)))
        named = [("preset", entry.preset)]
        named += [(f"part[{index}].preset", one.preset) for index, one in enumerate(entry.part)]
        for key, preset in named:
            if preset and known and preset not in known:
                yield Refused(
                    "",
                    "format",
                    f"volume[{number}].{key}: there is no {preset!r}",
                    remedy=f"choose one of {', '.join(known)}",
                )


def _with_storeys(parts: Sequence[Part], scene: SceneFile) -> tuple[Part, ...]:
    """Peel the models of each entry to the storey it names, by height: names differ in models."""
    facts = {part.item.id: facts_of(part.item, part.datum) for part in parts}
    tops: dict[str, float | None] = {}
    for entry in scene.building:
        wanted = None if entry.storey is None else entry.storey.casefold()
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
