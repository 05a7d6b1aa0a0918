"""From one entry of a scene file, and what its file held, to a thing that stands in the scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from metaviewer.app.compose import Part, patient_placement, shared_origin_m
from metaviewer.building import Building
from metaviewer.frames import IDENTITY, Float64Array, frozen, translation, turning
from metaviewer.medical import Volume, preset_names
from metaviewer.scene import (
    BuildingLook,
    DataId,
    Datum,
    Item,
    ItemId,
    SurfaceLook,
    VolumeLook,
)
from metaviewer.scene.scene_file import BuildingEntry, RegionPart, SurfaceEntry, VolumeEntry
from metaviewer.surface import Mesh

Entry = BuildingEntry | VolumeEntry | SurfaceEntry


def fits(datum: Datum, entry: Entry) -> bool:
    """Whether an entry shows data of that kind: a folder of scans may hold a model too."""
    if isinstance(datum, Mesh):
        return not isinstance(entry, BuildingEntry)
    return isinstance(entry, VolumeEntry if isinstance(datum, Volume) else BuildingEntry)


def part_of_entry(
    entry: Entry,
    datum: Datum,
    parts: Sequence[Part],
    *,
    number: int,
    is_region: bool,
) -> Part:
    """The thing of that number among an entry's files."""
    if isinstance(datum, Building):
        assert isinstance(entry, BuildingEntry)
        return _building_part(entry, datum, parts)
    assert not isinstance(entry, BuildingEntry)
    if isinstance(datum, Mesh) and isinstance(entry, VolumeEntry):
        region = next((one for one in entry.region if one.number == number), None)
        region = region if is_region else None
        part = _region_part(entry, region, datum, parts, number=number, is_region=is_region)
        return replace(part, is_left_out=region is not None and region.leave_out)
    own = next((one for one in entry.part if one.number == number), None)
    is_left_out = own is not None and own.leave_out
    if is_left_out:
        entry = entry.model_copy(update={"id": f"{entry.id}-left-out-{number}"})
    elif own is not None:
        given = {
            name: getattr(own, name) for name in own.model_fields_set - {"number", "leave_out"}
        }
        entry = entry.model_copy(update=given)
    if isinstance(datum, Volume):
        assert isinstance(entry, VolumeEntry)
        return replace(_volume_part(entry, datum, parts), is_left_out=is_left_out)
    assert isinstance(entry, SurfaceEntry)
    return replace(_surface_part(entry, datum, parts), is_left_out=is_left_out)


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
        visible=entry.visible,
        title=volume.modality or entry.id,
        badges=volume.badges,
        patient=volume.identity.patient,
    )
    return Part(item=item, datum=volume)


def _region_part(
    entry: VolumeEntry,
    region: RegionPart | None,
    mesh: Mesh,
    parts: Sequence[Part],
    *,
    number: int,
    is_region: bool,
) -> Part:
    """A region stands where its volume stands; its name is its number, for it may name anybody."""
    volumes = [
        one
        for one in parts
        if one.entry == entry.id and isinstance(one.datum, Volume) and not one.is_left_out
    ]
    volumes.sort(key=lambda one: not _share_frame(one.datum, mesh))
    anchor = volumes[0].item if volumes else None
    part = _mesh_part(ItemId(f"{entry.id}-region-{number}"), mesh, parts, anchor=anchor)
    added = entry.region_badges if is_region else ()
    badges = tuple(dict.fromkeys((*part.item.badges, *added)))
    look, visible = SurfaceLook(), True
    if region is not None:
        look = SurfaceLook(colour_rgb=region.colour_rgb, opacity=region.opacity)
        visible = region.visible
    return replace(part, item=replace(part.item, look=look, visible=visible, badges=badges))


def _share_frame(datum: Datum, mesh: Mesh) -> bool:
    """Whether a volume and a region lie in one frame of reference, and say so."""
    frame = mesh.frame_of_reference
    return isinstance(datum, Volume) and bool(frame) and datum.frame_of_reference == frame


def _surface_part(entry: SurfaceEntry, mesh: Mesh, parts: Sequence[Part]) -> Part:
    """A mesh stands where its volume stands; on its own it stands at its own position."""
    anchor = next((part.item for part in parts if part.item.id == entry.volume), None)
    part = _mesh_part(ItemId(entry.id), mesh, parts, anchor=anchor)
    look = SurfaceLook(colour_rgb=entry.colour_rgb, opacity=entry.opacity)
    placed = _free_placement(entry, mesh) if anchor is None else anchor.world_from_item
    item = replace(part.item, look=look, visible=entry.visible, world_from_item=placed)
    return replace(part, item=item)


def _mesh_part(name: ItemId, mesh: Mesh, parts: Sequence[Part], *, anchor: Item | None) -> Part:
    free = _free_id(name, parts)
    return Part(
        item=Item(
            id=free,
            kind="surface",
            data_id=DataId(free),
            look=SurfaceLook(),
            world_from_item=IDENTITY if anchor is None else anchor.world_from_item,
            title=mesh.name or name,
            badges=mesh.badges,
            patient=mesh.patient,
            anchor=None if anchor is None else anchor.id,
        ),
        datum=mesh,
    )


def _free_placement(entry: SurfaceEntry, mesh: Mesh) -> Float64Array:
    """World from mm so that the mesh's middle stands at the entry's position."""
    matrix = turning(entry.turn_deg) @ np.diag([0.001 * entry.scale] * 3 + [1.0])
    if entry.position_m is not None:
        middle_m = matrix[:3, :3] @ mesh.bounds_mm.mean(axis=0)
        matrix[:3, 3] = np.asarray(entry.position_m) - middle_m
    return frozen(matrix)


def _building_part(entry: BuildingEntry, model: Building, parts: Sequence[Part]) -> Part:
    origin_m = shared_origin_m([*(part.datum for part in parts), model])
    turn = turning(entry.turn_deg)
    placement = translation(entry.position_m) @ turn @ translation(model.origin_site_m - origin_m)
    return Part(
        item=Item(
            id=_free_id(entry.id, parts),
            kind="building",
            data_id=DataId(_free_id(entry.id, parts)),
            look=BuildingLook(
                hidden_classes=entry.hidden_classes,
                ghost_classes=entry.ghost_classes,
                hidden_elements=_rows(model, entry.hidden_elements),
                ghost_elements=_rows(model, entry.ghost_elements),
                storey_only=entry.storey_only,
                cut_height_m=entry.cut_height_m,
                show_spaces=entry.show_spaces,
                colour_by=entry.colour_by,
            ),
            world_from_item=frozen(placement),
            visible=entry.visible,
            title=model.model_name or entry.id,
            badges=model.badges,
        ),
        datum=model,
    )


def _rows(model: Building, global_ids: Sequence[str]) -> tuple[int, ...]:
    """Rows of the elements of those GlobalIds."""
    wanted = frozenset(global_ids)
    if not wanted:
        return ()
    return tuple(row for row, name in enumerate(model.elements.global_ids) if name in wanted)


def _free_id(name: str, parts: Sequence[Part]) -> ItemId:
    """`name`, or with a number where it is taken: one entry may hold several files."""
    taken = {part.item.id for part in parts}
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return ItemId(free)
