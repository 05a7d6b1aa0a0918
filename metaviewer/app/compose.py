"""From what was found to a scene: items, views and cameras."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from metaviewer.app.finding import Finding
from metaviewer.app.framed import (
    belonging,
    box_around,
    corners_of_boxes,
    patient_direction,
    seen_bounds_lps_mm,
    solid_boxes_site_m,
)
from metaviewer.app.fused import fused
from metaviewer.building import Building
from metaviewer.frames import (
    SLICE_AXES,
    WORLD_FROM_LPS,
    Float64Array,
    corners_of,
    frozen,
    moved,
    scaling,
    translation,
    turning,
)
from metaviewer.medical import Volume, box_lps_mm, grey_window, opening_preset
from metaviewer.scene import (
    EYE_DIRECTIONS,
    BuildingLook,
    Camera,
    DataId,
    Datum,
    Item,
    ItemFacts,
    ItemId,
    Library,
    PlaceItem,
    SurfaceLook,
    Vector,
    View,
    ViewId,
    VolumeLook,
    framing_of_points,
)
from metaviewer.surface import Mesh
from metaviewer.units import LengthUnit

SLICES_WIDTH: Final = 0.28
"""Share of the window that the three slices take."""


Plane = Literal["axial", "coronal", "sagittal"]
DRAWN_WITHIN_M: Final = 10_000.0
"""Coordinates beyond this lose millimetres in float32 (DESIGN.md section 3)."""
NEAR_ZERO_M: Final = 2000.0
"""A site whose origin is nearer than this is drawn where its own coordinates say."""
SLICE_ROWS: Final[tuple[tuple[Plane, int], ...]] = (("axial", 2), ("coronal", 1), ("sagittal", 0))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Part:
    """One item with its datum, ready to be placed."""

    item: Item
    datum: Datum
    source: str = ""
    """The file or folder it came from: for property sets, and for saving the scene."""
    entry: str = ""
    """Id of the scene file's entry it came of, "" where it came of none."""
    unit: LengthUnit | None = None
    """Length unit that was stated for the file."""
    number: int = 1
    """Which of the things it is that its source holds, and how many those are."""
    siblings: int = 1
    is_left_out: bool = False
    """Whether its scene does not show it: it is known, so that it is left out again when saved."""


def parts_of(findings: Iterable[Finding], *, preset: str | None = None) -> tuple[Part, ...]:
    """Items of everything that can be shown; regions are anchored to the volume they lie in."""
    parts: list[Part] = []
    for finding in findings:
        for datum in finding.data:
            name = f"{finding.kind}-{len(parts) + 1}"
            parts.append(_part(name, datum, finding, parts, preset=preset))
    shown = fused([(part.item, part.datum) for part in parts])
    return numbered(replace(part, item=item) for part, item in zip(parts, shown, strict=True))


def numbered(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts, each with its place among those of its source."""
    parts = tuple(parts)
    counts = Counter(part.source for part in parts)
    seen: Counter[str] = Counter()
    told: list[Part] = []
    for part in parts:
        seen[part.source] += 1
        told.append(replace(part, number=seen[part.source], siblings=counts[part.source]))
    return tuple(told)


def _part(
    name: str, datum: Datum, finding: Finding, others: Sequence[Part], *, preset: str | None
) -> Part:
    item_id, data_id = ItemId(name), DataId(name)
    if isinstance(datum, Volume):
        item = Item(
            id=item_id,
            kind="volume",
            data_id=data_id,
            look=VolumeLook(preset=preset or opening_preset(datum)),
            world_from_item=WORLD_FROM_LPS,
            title=finding.title or datum.modality,
            badges=datum.badges,
            patient=datum.identity.patient,
        )
    elif isinstance(datum, Mesh):
        item = Item(
            id=item_id,
            kind="surface",
            data_id=data_id,
            look=SurfaceLook(),
            world_from_item=WORLD_FROM_LPS,
            title=datum.name or finding.title,
            badges=datum.badges,
            patient=datum.patient,
            anchor=_anchor(datum, others),
        )
    else:
        item = Item(
            id=item_id,
            kind="building",
            data_id=data_id,
            look=BuildingLook(),
            world_from_item=translation(datum.origin_site_m),
            title=datum.model_name or finding.title,
            badges=datum.badges,
        )
    return Part(item=item, datum=datum, source=finding.path)


def _anchor(mesh: Mesh, others: Sequence[Part]) -> ItemId | None:
    """The volume in whose frame of reference the mesh lies."""
    if not mesh.frame_of_reference:
        return None
    for part in others:
        if (
            isinstance(part.datum, Volume)
            and part.datum.frame_of_reference == mesh.frame_of_reference
        ):
            return part.item.id
    return None


def with_building_origins(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Place buildings relative to a shared origin, so that disciplines federate.

    A single model far from its zero (map coordinates) comes to stand near the world's own; models
    that share a site keep their distance to each other exactly, in float64. What lies farther away
    than anything is drawn waits hidden, with a badge that says so: moving it nearer would lie.
    """
    shared_m = shared_origin_m([part.datum for part in parts])
    return tuple(
        replace(part, item=_on_site(part.item, part.datum.origin_site_m - shared_m))
        if isinstance(part.datum, Building)
        else part
        for part in parts
    )


def _on_site(item: Item, offset_m: Float64Array) -> Item:
    item = replace(item, world_from_item=translation(offset_m))
    if float(np.abs(offset_m).max()) <= DRAWN_WITHIN_M:
        return item
    badges = tuple(dict.fromkeys((*item.badges, "far_from_origin")))
    return replace(item, visible=False, badges=badges)


def shared_origin_m(shown: Iterable[Datum]) -> Float64Array:
    """True origin that the buildings of a scene are drawn around: the first one's, rounded.

    A model near its own zero keeps its coordinates, so that cameras and positions of scene files
    are the model's own metres.
    """
    origins = [datum.origin_site_m for datum in shown if isinstance(datum, Building)]
    if not origins or float(np.abs(origins[0]).max()) < NEAR_ZERO_M:
        return frozen(np.zeros(3))
    return origins[0]


def patient_placement(
    volume: Volume, *, position_m: Vector | None, turn_deg: float, scale: float
) -> Float64Array:
    """World from LPS so that the volume's middle stands at `position_m`; life size at scale 1."""
    if position_m is None and turn_deg == 0.0 and scale == 1.0:
        return WORLD_FROM_LPS
    bounds = volume_bounds_lps_mm(volume)
    middle = (bounds[0] + bounds[1]) / 2.0
    stand = middle * 0.001 if position_m is None else np.asarray(position_m)
    world_from_lps = WORLD_FROM_LPS @ translation(-middle)
    return frozen(translation(stand) @ turning(turn_deg) @ scaling(scale) @ world_from_lps)


def volume_bounds_lps_mm(volume: Volume) -> Float64Array:
    """Box around the voxels' outer faces, LPS mm, shape (2, 3)."""
    columns, rows, slices = volume.shape_ijk
    corners_ijk = corners_of([[-0.5] * 3, [columns - 0.5, rows - 0.5, slices - 0.5]])
    corners = moved(corners_ijk, target_from_source=volume.lps_from_ijk)
    return frozen([corners.min(axis=0), corners.max(axis=0)])


def facts_of(item: Item, datum: Datum) -> ItemFacts:
    """Size and grain of an item, for tools and cameras."""
    if isinstance(datum, Volume):
        bounds = volume_bounds_lps_mm(datum)
        axes = np.abs(datum.lps_from_ijk[:3, :3])
        steps = axes.max(axis=1)  # scrolling along patient x takes the step of the axis nearest it
        window = grey_window(datum)
        return ItemFacts(
            bounds_world_m=_world_bounds(bounds, item.world_from_item),
            voxel_mm=(float(steps[0]), float(steps[1]), float(steps[2])),
            extent_mm=float((bounds[1] - bounds[0]).max()),
            slice_range_mm=frozen(box_lps_mm(datum).T),
            window=(window.center, window.width),
        )
    if isinstance(datum, Mesh):
        return ItemFacts(bounds_world_m=_world_bounds(datum.bounds_mm, item.world_from_item))
    bounds = box_around(solid_boxes_site_m(datum))
    return ItemFacts(
        bounds_world_m=_world_bounds(bounds, item.world_from_item),
        storeys=tuple(storey.name for storey in datum.storeys),
        storey_bases_m=tuple(
            float(item.world_from_item[2, 3]) + storey.base_m for storey in datum.storeys
        ),
    )


def _world_bounds(bounds_23: Float64Array, world_from_item: Float64Array) -> Float64Array:
    corners = moved(corners_of(bounds_23), target_from_source=world_from_item)
    return frozen([corners.min(axis=0), corners.max(axis=0)])


def lookup_of(items: Iterable[Item], library: Library) -> dict[ItemId, ItemFacts]:
    """Facts of all items whose data is here."""
    known = (item for item in items if item.data_id in library)
    return {item.id: facts_of(item, library[item.data_id]) for item in known}


def camera_for(
    items: Sequence[Item], library: Library, *, word: str | None, aspect: float
) -> Camera:
    """Camera that frames everything: from `word`, else from where such a scene is best seen."""
    shown = [item for item in items if item.visible and item.data_id in library]
    if not shown:
        return Camera(eye_m=(0.0, -2.0, 0.5), target_m=(0.0, 0.0, 0.0))
    corners = np.concatenate([_framed_corners(item, library[item.data_id]) for item in shown])
    has_building = any(item.kind == "building" for item in shown)
    direction = EYE_DIRECTIONS["iso"] if has_building else patient_direction(corners.reshape(-1, 3))
    if word is not None:
        direction = EYE_DIRECTIONS[word]
    if has_building:
        boxes = np.stack([corners.min(axis=1), corners.max(axis=1)], axis=1)
        corners = corners[belonging(boxes)]
    return framing_of_points(corners.reshape(-1, 3), direction=direction, aspect=aspect)


def _framed_corners(item: Item, datum: Datum) -> Float64Array:
    """Corners (n, 8, 3) in world metres of the boxes that a camera must see."""
    if isinstance(datum, Volume):
        preset = item.look.preset if isinstance(item.look, VolumeLook) else ""
        boxes = seen_bounds_lps_mm(datum, preset=preset)[None]
    elif isinstance(datum, Mesh):
        boxes = datum.bounds_mm[None]
    else:
        boxes = solid_boxes_site_m(datum)
    return moved(corners_of_boxes(boxes), target_from_source=item.world_from_item)


def views_for(
    items: Sequence[Item], library: Library, camera: Camera, *, with_slices: bool
) -> tuple[View, ...]:
    """One 3D view; beside it the three slices of the first volume where they are wanted.

    A single image has no third dimension: it is shown as the slice it is.
    """
    volume = next((item for item in items if item.kind == "volume" and item.visible), None)
    datum = library.get(volume.data_id) if volume is not None else None
    if volume is None or not isinstance(datum, Volume):
        return (View(id=ViewId("space"), kind="space", camera=camera),)
    middle = volume_bounds_lps_mm(datum).mean(axis=0)
    if "single_slice" in datum.badges and len(items) == 1:
        return (
            View(
                id=ViewId("slice"),
                kind=plane_of(datum),
                camera=camera,
                slice_volume=volume.id,
                slice_mm=float(middle[SLICE_AXES[plane_of(datum)]]),
            ),
        )
    if not with_slices:
        return (View(id=ViewId("space"), kind="space", camera=camera),)
    space = View(
        id=ViewId("space"), kind="space", camera=camera, rect=(0.0, 0.0, 1.0 - SLICES_WIDTH, 1.0)
    )
    slices = tuple(
        View(
            id=ViewId(kind),
            kind=kind,
            camera=camera,
            rect=(1.0 - SLICES_WIDTH, bottom / 3.0, SLICES_WIDTH, 1.0 / 3.0),
            slice_volume=volume.id,
            slice_mm=float(middle[SLICE_AXES[kind]]),
        )
        for kind, bottom in SLICE_ROWS
    )
    return (space, *slices)


def plane_of(volume: Volume) -> Plane:
    """The plane nearest to the volume's own slices."""
    normal = np.abs(np.linalg.inv(volume.lps_from_ijk[:3, :3])[2])
    planes: tuple[Plane, ...] = ("sagittal", "coronal", "axial")
    return planes[int(np.argmax(normal))]


def placing(parts: Iterable[Part]) -> tuple[PlaceItem, ...]:
    """The actions that put parts into a scene."""
    return tuple(PlaceItem(item=part.item) for part in parts if not part.is_left_out)
