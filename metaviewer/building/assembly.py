"""From what the jail answered to a `Building`: origin, storeys, rooms, boxes, report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.building.conversion import Raw
from metaviewer.building.extents import element_bounds, placed_bounds
from metaviewer.building.ifc_openings import BESIDE
from metaviewer.building.ifc_rows import BUILT, NOT_DRAWN, SUBSTITUTE
from metaviewer.building.load_report import load_report
from metaviewer.building.model import (
    NO_INDEX,
    Building,
    ElementTable,
    Shapes,
    Substituted,
)
from metaviewer.building.storeys import PARENT_LEVELS_MAX, storeys_by_height
from metaviewer.frames import Float64Array, frozen

ORIGIN_KEPT_M: Final = 2_000.0
"""A model whose middle lies nearer to its origin keeps it; float32 then holds 0.1 mm."""
OUTLIER_M: Final = 10_000.0
"""Nothing is drawn further from its origin (DESIGN.md section 3)."""
BOX_TRIANGLES: Final = np.array(
    [
        [(0, 1, 2), (1, 3, 2), (4, 6, 5), (5, 6, 7), (0, 4, 1), (1, 4, 5)],
        [(2, 3, 6), (3, 7, 6), (0, 2, 4), (2, 6, 4), (1, 5, 3), (3, 5, 7)],
    ],
    dtype=np.int32,
).reshape(-1, 3)
"""Corner numbers of a box whose corner k has x, y, z high where bits 4, 2, 1 of k are set."""


def assembled(raw: Raw, *, model_name: str) -> Building:
    """The building of one file.

    Parameters
    ----------
    model_name : str
        How the person named the file, without folders.
    """
    header, states = raw.header, raw.arrays["states"]
    shapes = _with_boxes(raw)
    origin = _origin_site_m(shapes)
    far = _outliers(shapes, origin)
    shapes = _moved_to(shapes, origin, far)
    for row in np.unique(far):
        states[row] = SUBSTITUTE
        raw.reasons[int(row)] = f"it stands more than {OUTLIER_M / 1000:.0f} km from the rest"
    elements, storeys = _table(raw, shapes, origin)
    substituted = tuple(
        Substituted(element=int(row), reason=raw.reasons.get(int(row), ""))
        for row in np.flatnonzero(states == SUBSTITUTE)
    )
    not_drawn = tuple(int(row) for row in np.flatnonzero(states == NOT_DRAWN))
    counted = ~elements.is_space
    with_body = np.isin(states, (BUILT, SUBSTITUTE)) | (
        (states == NOT_DRAWN) & ~raw.arrays["is_drawing"]
    )
    building = Building(
        schema=str(header["schema"]),
        length_unit=str(header["length_unit"]),
        elements=elements,
        shapes=shapes,
        storeys=storeys,
        origin_site_m=frozen(origin),
        elements_with_representation=int((with_body & counted).sum()),
        elements_built=int(((states == BUILT) & counted).sum()),
        map_conversion=bool(header["map_conversion"]),
        substituted=substituted,
        not_drawn=not_drawn,
        badges=_badges(raw, substituted, not_drawn, far),
        model_name=model_name,
    )
    return replace(building, report=load_report(building, raw.header))


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """The array itself, closed to writing."""
    array.setflags(write=False)
    return array


def _with_boxes(raw: Raw) -> Shapes:
    """All shapes as the file's origin sees them, boxes of substituted elements behind them."""
    arrays = raw.arrays
    rows = sorted(raw.boxes)
    points = np.array([_box_points(raw.boxes[row]) for row in rows], np.float32).reshape(-1, 3)
    matrices = np.tile(np.eye(4), (len(rows), 1, 1))
    matrices[:, :3, 3] = [raw.boxes[row].mean(axis=0) for row in rows] or np.zeros((0, 3))
    shape_count = len(arrays["point_start"]) - 1
    material = len(arrays["materials_rgba"])
    box_count = len(rows)
    faces = np.tile(BOX_TRIANGLES, (box_count, 1))
    steps = np.arange(1, box_count + 1)
    colours = [arrays["materials_rgba"], np.array([raw.box_rgba], np.float32)[: box_count and 1]]
    return Shapes(
        points_m_n3=np.concatenate([arrays["points_m_n3"], points]),
        point_start=np.concatenate(
            [arrays["point_start"], arrays["point_start"][-1] + 8 * steps]
        ).astype(np.int64),
        triangles_n3=np.concatenate([arrays["triangles_n3"], faces]),
        triangle_start=np.concatenate(
            [arrays["triangle_start"], arrays["triangle_start"][-1] + len(BOX_TRIANGLES) * steps]
        ).astype(np.int64),
        triangle_material=np.concatenate(
            [arrays["triangle_material"], np.full(len(faces), material, np.int32)]
        ),
        materials_rgba=np.concatenate(colours),
        material_names=tuple([*raw.material_names, "substituted"][: len(np.concatenate(colours))]),
        placed_shape=np.concatenate(
            [arrays["placed_shape"], shape_count + np.arange(box_count, dtype=np.int32)]
        ),
        placed_element=np.concatenate([arrays["placed_element"], np.array(rows, np.int32)]),
        site_from_shape=np.concatenate([arrays["site_from_shape"], matrices]),
    )


def _box_points(box: Float64Array) -> Float64Array:
    """The eight corners about the middle of the box."""
    picks = np.indices((2, 2, 2)).reshape(3, 8).T
    return np.asarray(np.where(picks == 0, box[0], box[1]) - box.mean(axis=0), np.float64)


def _origin_site_m(shapes: Shapes) -> Float64Array:
    """Zero for a model near its own origin, else the middle of its elements in whole metres."""
    centres = placed_bounds(shapes).mean(axis=1)
    if not len(centres):
        return np.zeros(3)
    middle = np.median(centres, axis=0)
    return np.zeros(3) if float(np.abs(middle).max()) < ORIGIN_KEPT_M else np.floor(middle)


def _outliers(shapes: Shapes, origin_site_m: Float64Array) -> NDArray[np.int32]:
    """Elements with a placement further than `OUTLIER_M` from the origin."""
    reach = np.abs(placed_bounds(shapes) - origin_site_m).max(axis=(1, 2), initial=0.0)
    return np.asarray(shapes.placed_element[reach > OUTLIER_M], np.int32)


def _moved_to(shapes: Shapes, origin_site_m: Float64Array, far: NDArray[np.int32]) -> Shapes:
    """The same shapes about the origin, without the placements of elements far away."""
    kept = ~np.isin(shapes.placed_element, far)
    matrices = shapes.site_from_shape[kept].copy()
    matrices[:, :3, 3] -= origin_site_m
    return Shapes(
        points_m_n3=read_only(shapes.points_m_n3),
        point_start=read_only(shapes.point_start),
        triangles_n3=read_only(shapes.triangles_n3),
        triangle_start=read_only(shapes.triangle_start),
        triangle_material=read_only(shapes.triangle_material),
        materials_rgba=read_only(shapes.materials_rgba),
        material_names=shapes.material_names,
        placed_shape=read_only(shapes.placed_shape[kept]),
        placed_element=read_only(shapes.placed_element[kept]),
        site_from_shape=read_only(matrices),
    )


def _table(
    raw: Raw, shapes: Shapes, origin_site_m: Float64Array
) -> tuple[ElementTable, tuple[Any, ...]]:
    """The element table with bounds and storeys, and the storeys."""
    header, arrays = raw.header, raw.arrays
    bounds = element_bounds(shapes, len(arrays["step_ids"]))
    _fill_rooms(bounds, arrays["is_space"], arrays["parent"])
    storeys, storey = storeys_by_height(
        header["storeys"], arrays["storey"], arrays["parent"], bounds, float(origin_site_m[2])
    )
    table = ElementTable(
        step_ids=read_only(arrays["step_ids"]),
        global_ids=tuple(header["global_ids"]),
        classes=tuple(header["classes"]),
        names=tuple(header["names"]),
        storey=read_only(storey),
        parent=read_only(arrays["parent"]),
        is_space=read_only(arrays["is_space"]),
        bounds_site_m=read_only(bounds),
        long_names=tuple(header["long_names"]),
        systems=tuple(header["systems"]),
    )
    return table, storeys


def _fill_rooms(
    bounds: Float64Array, is_space: NDArray[np.bool_], parent: NDArray[np.int32]
) -> None:
    """A room without a body stands for its contents: their box becomes its box."""
    room = _rooms_above(parent, is_space)
    for _ in range(PARENT_LEVELS_MAX):  # a room may hold rooms that have no body either
        is_known = np.isfinite(bounds.sum(axis=(1, 2)))
        inside = np.flatnonzero(is_known & (room != NO_INDEX))
        inside = inside[~is_known[room[inside]]]
        if not len(inside):
            return
        empty, number = np.unique(room[inside], return_inverse=True)
        low, high = np.full((len(empty), 3), np.inf), np.full((len(empty), 3), -np.inf)
        np.minimum.at(low, number, bounds[inside, 0])
        np.maximum.at(high, number, bounds[inside, 1])
        bounds[empty] = np.stack([low, high], axis=1)


def _rooms_above(parent: NDArray[np.int32], is_space: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The room that each row stands in, through assemblies, `NO_INDEX` for none."""
    room = parent.copy()
    for _ in range(PARENT_LEVELS_MAX):
        rows = np.flatnonzero((room != NO_INDEX) & ~is_space[room])
        if not len(rows):
            break
        room[rows] = parent[room[rows]]
    room[~is_space[room]] = NO_INDEX
    return room


def _badges(
    raw: Raw,
    substituted: tuple[Substituted, ...],
    not_drawn: tuple[int, ...],
    far: NDArray[np.int32],
) -> tuple[str, ...]:
    """Badges of DESIGN.md section 7, in its order."""
    # An opening beside its element leaves that as its author sees it; any other is missed in it.
    has_lost_openings = any(reason != BESIDE for _, _, reason in raw.header["uncut_openings"])
    found = (
        ("unit_assumed", not raw.header["unit_stated"]),
        ("incomplete", bool(not_drawn) or has_lost_openings),
        ("substituted", bool(substituted)),
        ("decomposition_cycle", raw.header["cycle_count"] > 0),
        ("far_from_origin", bool(len(far))),
        ("jail_layer_missing", bool(raw.missing_layers)),
    )
    return tuple(badge for badge, is_on in found if is_on)
