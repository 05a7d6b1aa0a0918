"""From a State to a scene file: what stands where, with the files it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import tomli_w

from metaviewer.app.compose import shared_origin_m, volume_bounds_lps_mm
from metaviewer.building import Building
from metaviewer.errors import Refused
from metaviewer.frames import WORLD_FROM_LPS, Float64Array, moved
from metaviewer.medical import Volume
from metaviewer.resources import whole_file
from metaviewer.scene import (
    BuildingLook,
    Camera,
    DataId,
    Datum,
    Item,
    Library,
    State,
    SurfaceLook,
    VolumeLook,
)
from metaviewer.scene.scene_file import FeedEntry
from metaviewer.surface import Mesh
from metaviewer.units import LengthUnit

SAVED: Final = "saved"
"""Name of the camera the scene was saved with; it opens with that one."""
MESH_SUFFIXES: Final = (".stl", ".obj", ".ply", ".glb", ".gltf")
"""Files that are surfaces of their own; other meshes are regions of a volume."""

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where one thing came from.

    Parameters
    ----------
    load : int
        Which load brought it: a file that was opened twice stands in the scene twice.
    entry : str
        Which entry of a scene file named it, "" where none did.
    unit : LengthUnit or None
        Stated for the file by the person.
    number, siblings : int
        Which of the things it is that the file holds, from 1, and how many those are.
    """

    place: str
    load: int = 0
    entry: str = ""
    unit: LengthUnit | None = None
    number: int = 1
    siblings: int = 1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Origins:
    """Where a scene's contents came from, and what was removed; feeds as they were named."""

    of: Mapping[DataId, Origin]
    feeds: Sequence[FeedEntry] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Group:
    """What one file or folder gave: data by their numbers, and the items that still show them."""

    origin: Origin
    where: str
    data: Mapping[int, Datum]
    items: Mapping[int, Item]

    @property
    def kind(self) -> type[Datum]:
        return type(next(iter(self.data.values())))

    @property
    def name(self) -> str:
        return str(next(iter(self.items.values())).id)

    @property
    def left_out(self) -> list[Entry]:
        """What was removed: otherwise it would be there again."""
        numbers = range(1, self.origin.siblings + 1)
        return [{"number": one, "leave_out": True} for one in numbers if one not in self.items]


def scene_document(
    state: State, library: Library, origins: Origins, folder: Path
) -> dict[str, Any]:
    """The TOML document of a scene; paths are relative to `folder` where they lie below it."""
    groups = _groups(state, library, origins, folder)
    shown = [group for group in groups if group.items]
    buildings = [group for group in shown if group.kind is Building]
    volumes = [group for group in shown if group.kind is Volume]
    shared_m = shared_origin_m([datum for group in buildings for datum in group.data.values()])
    document: dict[str, Any] = {"scene": _head(state)}
    entries = {
        "building": [_building(group, shared_m=shared_m) for group in buildings],
        "volume": [_whole_or_parts(group, _volume) for group in volumes],
        "surface": [],
    }
    owners = list(zip(volumes, entries["volume"], strict=True))
    counts = dict.fromkeys((group.name for group in volumes), 0)
    for group in groups:
        if group.kind is not Mesh:
            continue
        owner = _owner(group, owners)
        if owner is not None:
            _add_regions(owner[1], group, before=counts[owner[0].name])
            counts[owner[0].name] += group.origin.siblings
        elif group.items:
            entries["surface"].append(_surfaces(group, volumes))
    document |= {key: found for key, found in entries.items() if found}
    if origins.feeds:
        document["feed"] = [{"kind": feed.kind, "seed": feed.seed} for feed in origins.feeds]
    document["camera"] = _cameras(state)
    document["view"] = _views(state, volumes)
    return document


def save_scene(place: Path, document: Mapping[str, Any]) -> None:
    """Write a scene file whole or not at all.

    Raises
    ------
    Refused
        "path" where the place cannot be written; what stood there stands there still.
    """
    try:
        with whole_file(place) as stream:
            tomli_w.dump(document, stream)
    except OSError as error:
        reason = f"the scene cannot be written ({error.strerror or type(error).__name__})"
        remedy = "choose a folder that exists and has room"
        raise Refused(str(place), "path", reason, remedy=remedy) from error


def _groups(state: State, library: Library, origins: Origins, folder: Path) -> list[_Group]:
    """What came of one file in one load, in the order of the loads."""
    shown = {item.data_id: item for item in state.items}
    found: dict[tuple[int, str, str], list[DataId]] = {}
    for data_id, origin in origins.of.items():
        if data_id in library:
            found.setdefault((origin.load, origin.entry, origin.place), []).append(data_id)
    return [
        _Group(
            origin=origins.of[ids[0]],
            where=_relative(Path(origins.of[ids[0]].place), folder),
            data={origins.of[one].number: library[one] for one in ids},
            items={origins.of[one].number: shown[one] for one in ids if one in shown},
        )
        for ids in found.values()
    ]


def _owner(group: _Group, owners: Sequence[tuple[_Group, Entry]]) -> tuple[_Group, Entry] | None:
    """The volume whose regions these are, and its entry; None for surfaces of their own.

    Of regions that were all removed, the volume in whose folder they lie: it would bring them back.
    """
    if Path(group.where).suffix.lower() in MESH_SUFFIXES:
        return None
    anchors = {item.anchor for item in group.items.values()}
    place = Path(group.origin.place).resolve()
    for owner in owners:
        if group.items and anchors & {item.id for item in owner[0].items.values()}:
            return owner
        if not group.items and Path(owner[0].origin.place).resolve() in place.parents:
            return owner
    return None


def _whole_or_parts(group: _Group, entry_of: Callable[[Item, Datum], Entry]) -> Entry:
    """The entry of a file: as a whole where it gave one thing, else each thing for itself."""
    entry: Entry = {"id": group.name, "files": [group.where]}
    if group.origin.unit is not None and group.kind is not Volume:
        entry["unit"] = group.origin.unit
    if group.origin.siblings == 1:
        return entry | {
            key: value
            for number, item in group.items.items()
            for key, value in entry_of(item, group.data[number]).items()
        }
    parts = [
        {"number": number, "id": item.id, **entry_of(item, group.data[number])}
        for number, item in group.items.items()
    ]
    return entry | {"part": parts + group.left_out}


def _add_regions(owner: Entry, group: _Group, *, before: int) -> None:
    """Write the regions of a file into the entry of their volume, `before` of which it has."""
    owner.setdefault("regions", []).append(group.where)
    looks = [
        {"number": number, **look}
        for number, item in group.items.items()
        if (look := _region(item))
    ]
    regions = [{**one, "number": one["number"] + before} for one in looks + group.left_out]
    if regions:
        owner["region"] = [*owner.get("region", []), *regions]
    added = owner.get("region_badges", [])
    for number, item in group.items.items():
        datum = group.data[number]
        added += [one for one in item.badges if one not in datum.badges and one not in added]
    if added:
        owner["region_badges"] = added


def _head(state: State) -> Entry:
    head: Entry = {
        "title": state.title,
        "language": state.language,
        "theme": state.theme,
        "show_labels": state.show_labels,
        "show_legend": state.show_legend,
    }
    if state.time_s is not None:
        head["time_s"] = state.time_s
    if state.clip:
        head["cut_planes_m"] = [list(plane) for plane in state.clip]
    return head


def _building(group: _Group, *, shared_m: Float64Array) -> Entry:
    def entry_of(item: Item, model: Datum) -> Entry:
        assert isinstance(model, Building)
        assert isinstance(item.look, BuildingLook)
        look, placement = item.look, item.world_from_item
        offset_m = placement[:3, :3] @ (model.origin_site_m - shared_m)
        entry = _visible(item) | {
            "position_m": _point(placement[:3, 3] - offset_m),
            "turn_deg": _turn_deg(placement),
            "hidden_classes": list(look.hidden_classes),
            "ghost_classes": list(look.ghost_classes),
            "storey_only": look.storey_only,
            "show_spaces": look.show_spaces,
            "colour_by": look.colour_by,
        }
        for key in ("hidden_elements", "ghost_elements"):
            if rows := getattr(look, key):
                names = model.elements.global_ids
                entry[key] = list(dict.fromkeys(str(names[row]) for row in rows))
        if look.storey_top is not None and look.storey_top < len(model.storeys):
            entry["storey"] = model.storeys[look.storey_top].name
        if look.cut_height_m is not None:
            entry["cut_height_m"] = look.cut_height_m
        return entry

    return _whole_or_parts(group, entry_of)


def _volume(item: Item, volume: Datum) -> Entry:
    look = item.look
    assert isinstance(look, VolumeLook)
    assert isinstance(volume, Volume)
    entry = _visible(item) | {
        "preset": look.preset,
        "opacity": look.opacity,
        "shading": look.shading,
        "value_shift": look.value_shift,
    }
    if look.window_center is not None and look.window_width is not None:
        entry |= {"window_center": look.window_center, "window_width": look.window_width}
    return entry | _placed(item, volume_bounds_lps_mm(volume).mean(axis=0))


def _surfaces(group: _Group, volumes: Sequence[_Group]) -> Entry:
    """Meshes of a file, on their own or in the patient of a volume."""
    anchors = {item.anchor for item in group.items.values()}
    known = {item.id for volume in volumes for item in volume.items.values()}
    anchor = next(iter(anchors & known), None)

    def entry_of(item: Item, mesh: Datum) -> Entry:
        assert isinstance(mesh, Mesh)
        assert isinstance(item.look, SurfaceLook)
        entry = _visible(item) | {"opacity": item.look.opacity}
        if item.look.colour_rgb is not None:
            entry["colour_rgb"] = list(item.look.colour_rgb)
        return entry if anchor else entry | _placed(item, mesh.bounds_mm.mean(axis=0))

    entry = _whole_or_parts(group, entry_of)
    return entry | {"volume": anchor} if anchor else entry


def _region(item: Item) -> Entry:
    """What of a region a person set; {} where it looks as it is read."""
    look = item.look
    assert isinstance(look, SurfaceLook)
    entry = _visible(item)
    if look.opacity != 1.0:
        entry["opacity"] = look.opacity
    if look.colour_rgb is not None:
        entry["colour_rgb"] = list(look.colour_rgb)
    return entry


def _visible(item: Item) -> Entry:
    return {} if item.visible else {"visible": False}


def _placed(item: Item, middle_mm: Float64Array) -> Entry:
    """Place, turn and size; {} where it stands in the patient's own coordinates."""
    placement = item.world_from_item
    if np.array_equal(placement, WORLD_FROM_LPS):
        return {}
    return {
        "position_m": _point(moved(middle_mm, target_from_source=placement)),
        "turn_deg": _turn_deg(placement),
        "scale": _scale(placement) * 1000.0,
    }


def _scale(placement: Float64Array) -> float:
    return float(np.cbrt(np.linalg.det(placement[:3, :3])))


def _turn_deg(placement: Float64Array) -> float:
    return float(np.degrees(np.arctan2(placement[1, 0], placement[0, 0])))


def _point(numbers: Float64Array) -> list[float]:
    return [float(number) for number in numbers]


def _cameras(state: State) -> list[Entry]:
    named = [(one.name, one.camera) for one in state.cameras if one.name != SAVED]
    seen = sorted(state.views, key=lambda view: view.kind != "space")
    if seen:
        named.insert(0, (SAVED, seen[0].camera))
    return [{"name": name, **_camera(camera)} for name, camera in named]


def _camera(camera: Camera) -> Entry:
    entry: Entry = {
        "eye_m": list(camera.eye_m),
        "target_m": list(camera.target_m),
        "fov_deg": camera.fov_deg,
    }
    if camera.up != Camera(eye_m=camera.eye_m, target_m=camera.target_m).up:
        entry["up"] = list(camera.up)
    if camera.orthographic_height_m is not None:
        entry["orthographic_height_m"] = camera.orthographic_height_m
    return entry


def _views(state: State, volumes: Sequence[_Group]) -> list[Entry]:
    """The layout; none where it shows a slice of what is not saved."""
    known = {item.id for volume in volumes for item in volume.items.values()}
    entries: list[Entry] = []
    for view in state.views:
        entry: Entry = {"id": view.id, "kind": view.kind, "rect": list(view.rect)}
        if view.kind != "space":
            if view.slice_volume not in known:
                return []
            entry |= {"volume": view.slice_volume, "slice_mm": view.slice_mm}
            entry |= {"zoom": view.slice_zoom, "pan_mm": list(view.slice_pan_mm)}
        entries.append(entry)
    return entries


def _relative(path: Path, folder: Path) -> str:
    path = path.resolve()
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
