"""What is drawn of a building: batches by storey, tile and material class, and repeated shapes.

A batch is one draw call; the element id in each vertex keeps every element selectable, hideable and
colourable (evidence: 100,000 elements recoloured in 2 ms). Pure numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.building.creases import DrawnShapes, drawn_shapes
from metaviewer.building.extents import placed_bounds
from metaviewer.building.model import Batch, Building, DrawList, InstanceSet
from metaviewer.frames import Float64Array, frozen

TILE_M: Final = 32.0
"""Edge of a tile: positions quantised to 16 bit within it are exact to 0.25 mm (evidence)."""
BATCH_VERTICES_MAX: Final = 65_535  # what 16-bit indices reach
REPEATS_MIN: Final = 8
REPEATED_TRIANGLES_MIN: Final = 100
SAVED_TRIANGLES_MIN: Final = 10_000
"""A draw call of its own must spare at least this many triangles of memory."""
RIGID_TOLERANCE: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Parts:
    """One row a part of a placement: which vertices, where, for whom."""

    part: NDArray[np.int64]
    placement: NDArray[np.int64]
    element: NDArray[np.int64]
    storey: NDArray[np.int64]
    is_space: NDArray[np.bool_]
    vertices: NDArray[np.int64]

    def of(self, picked: NDArray[np.int64] | NDArray[np.bool_]) -> _Parts:
        """The rows `picked`."""
        return _Parts(
            part=self.part[picked],
            placement=self.placement[picked],
            element=self.element[picked],
            storey=self.storey[picked],
            is_space=self.is_space[picked],
            vertices=self.vertices[picked],
        )


def draw_list(building: Building) -> DrawList:
    """Batches and instances of the whole building; positions are relative to its origin."""
    drawn = drawn_shapes(building.shapes)
    parts = _parts(building, drawn)
    sets = _repeated(building, drawn, parts)
    merged = parts.of(sets < 0)
    return DrawList(
        batches=_batches(building, drawn, merged),
        instances=tuple(
            _instances(building, drawn, parts.of(sets == number))
            for number in range(int(sets.max(initial=-1)) + 1)
        ),
        element_count=len(building.elements),
        bounds_site_m=_bounds(building),
    )


def _parts(building: Building, drawn: DrawnShapes) -> _Parts:
    """The parts of all placements that have vertices."""
    shapes, elements = building.shapes, building.elements
    placement = np.repeat(np.arange(len(shapes.placed_shape), dtype=np.int64), 2)
    part = 2 * shapes.placed_shape[placement].astype(np.int64)
    part += np.arange(len(part)) % 2
    vertices = np.diff(drawn.vertex_start)[part]
    element = shapes.placed_element[placement].astype(np.int64)
    rows = _Parts(
        part=part,
        placement=placement,
        element=element,
        storey=elements.storey[element].astype(np.int64),
        is_space=elements.is_space[element],
        vertices=vertices,
    )
    return rows.of(vertices > 0)


def _repeated(building: Building, drawn: DrawnShapes, parts: _Parts) -> NDArray[np.int64]:
    """Number of the instance set of each row, -1 for those that are merged."""
    linear = building.shapes.site_from_shape[:, :3, :3]
    gram = np.einsum("nji,njk->nik", linear, linear)
    rigid = np.abs(gram - np.eye(3)).max(axis=(1, 2), initial=0.0) < RIGID_TOLERANCE
    rigid &= np.linalg.det(linear) > 0.0
    triangles = np.diff(drawn.triangle_start)[parts.part]
    key = parts.part * (len(building.storeys) + 1) + parts.storey + 1
    _, group, count = np.unique(key, return_inverse=True, return_counts=True)
    repeats = count[group]
    wanted = (
        (repeats >= REPEATS_MIN)
        & (triangles >= REPEATED_TRIANGLES_MIN)
        & ((repeats - 1) * triangles >= SAVED_TRIANGLES_MIN)
        & ~parts.is_space
        & rigid[parts.placement]
    )
    sets = np.full(len(group), -1, np.int64)
    _, sets[wanted] = np.unique(group[wanted], return_inverse=True)
    return sets


def _batches(building: Building, drawn: DrawnShapes, parts: _Parts) -> tuple[Batch, ...]:
    """Merged parts in batches that share storey, room or solid, opacity and tile."""
    if not len(parts.part):
        return ()
    middles = placed_bounds(building.shapes)[parts.placement].mean(axis=1)
    tiles = np.floor(middles[:, :2] / TILE_M).astype(np.int64)
    translucent = parts.part % 2
    keys = np.stack([tiles[:, 0], tiles[:, 1], translucent, parts.is_space, parts.storey])
    order = np.lexsort((parts.element, *keys))
    parts, keys = parts.of(order), keys[:, order]
    new_group = np.concatenate([[True], (keys[:, 1:] != keys[:, :-1]).any(axis=0)])
    found: list[Batch] = []
    starts = np.flatnonzero(new_group)
    for first, last in zip(starts, [*starts[1:], len(parts.part)], strict=True):
        for run in _runs(parts.vertices[first:last]):
            rows = parts.of(np.arange(first + run.start, first + run.stop))
            found += _batch(building, drawn, rows)
    return tuple(found)


def _runs(vertices: NDArray[np.int64]) -> list[range]:
    """Consecutive rows that together stay within `BATCH_VERTICES_MAX`, a larger row by itself."""
    runs: list[range] = []
    first, total = 0, 0
    for at, count in enumerate(vertices.tolist()):
        if total + count > BATCH_VERTICES_MAX and at > first:
            runs.append(range(first, at))
            first, total = at, 0
        total += count
    runs.append(range(first, len(vertices)))
    return runs


def _batch(building: Building, drawn: DrawnShapes, rows: _Parts) -> list[Batch]:
    """The batch of these rows; several where one part alone is too large for one."""
    vertex, row_of = _spans(drawn.vertex_start, rows.part)
    matrices = building.shapes.site_from_shape[rows.placement]
    origin = np.round(matrices[:, :3, 3].mean(axis=0))
    moves = matrices[:, :3, 3] - origin
    linear = matrices[:, :3, :3].astype(np.float32)
    positions = np.einsum("nij,nj->ni", linear[row_of], drawn.positions_m_n3[vertex])
    positions += moves.astype(np.float32)[row_of]
    normals = np.einsum("nij,nj->ni", _normals_from(linear)[row_of], drawn.normals_n3[vertex])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    triangle, triangle_row = _spans(drawn.triangle_start, rows.part)
    first_vertex = np.concatenate([[0], np.cumsum(rows.vertices)[:-1]])
    triangles = drawn.triangles_n3[triangle] + first_vertex[triangle_row][:, None]
    mirrored = (np.linalg.det(linear) < 0.0)[triangle_row]
    triangles[mirrored] = triangles[mirrored][:, ::-1]
    whole = Batch(
        storey=int(rows.storey[0]),
        translucent=bool(rows.part[0] % 2),
        is_space=bool(rows.is_space[0]),
        origin_site_m=frozen(origin),
        positions_m_n3=positions.astype(np.float32),
        normals_n3=normals.astype(np.float32),
        element_ids=rows.element[row_of].astype(np.uint32),
        colours_rgba=drawn.colours_rgba[vertex],
        triangles_n3=triangles.astype(np.uint32),
    )
    return [whole] if len(vertex) <= BATCH_VERTICES_MAX else _split(whole)


def _split(batch: Batch) -> list[Batch]:
    """A batch of one huge part, cut into batches that 16-bit indices reach."""
    step = BATCH_VERTICES_MAX // 3
    found = []
    for at in range(0, len(batch.triangles_n3), step):
        used, corners = np.unique(batch.triangles_n3[at : at + step], return_inverse=True)
        found.append(
            Batch(
                storey=batch.storey,
                translucent=batch.translucent,
                is_space=batch.is_space,
                origin_site_m=batch.origin_site_m,
                positions_m_n3=batch.positions_m_n3[used],
                normals_n3=batch.normals_n3[used],
                element_ids=batch.element_ids[used],
                colours_rgba=batch.colours_rgba[used],
                triangles_n3=corners.reshape(-1, 3).astype(np.uint32),
            )
        )
    return found


def _instances(building: Building, drawn: DrawnShapes, rows: _Parts) -> InstanceSet:
    """One part at all its places on one storey."""
    rows = rows.of(np.argsort(rows.element, kind="stable"))
    part = int(rows.part[0])
    vertices = slice(drawn.vertex_start[part], drawn.vertex_start[part + 1])
    triangles = slice(drawn.triangle_start[part], drawn.triangle_start[part + 1])
    matrices = building.shapes.site_from_shape[rows.placement]
    origin = np.round(matrices[:, :3, 3].mean(axis=0))
    origin_from_shape = matrices.copy()
    origin_from_shape[:, :3, 3] -= origin
    return InstanceSet(
        storey=int(rows.storey[0]),
        translucent=bool(part % 2),
        origin_site_m=frozen(origin),
        positions_m_n3=drawn.positions_m_n3[vertices],
        normals_n3=drawn.normals_n3[vertices],
        colours_rgba=drawn.colours_rgba[vertices],
        triangles_n3=drawn.triangles_n3[triangles].astype(np.uint32),
        origin_from_shape=origin_from_shape.astype(np.float32),
        element_ids=rows.element.astype(np.uint32),
    )


def _spans(
    start: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices start[r] .. start[r + 1] for each row r, end to end, and the row each came from."""
    counts = start[rows + 1] - start[rows]
    row_of = np.repeat(np.arange(len(rows)), counts)
    before = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return np.arange(len(row_of)) - before[row_of] + start[rows][row_of], row_of


def _normals_from(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Matrices that carry normals: cofactors, equal to the inverse transpose up to length."""
    rows = linear[:, 0], linear[:, 1], linear[:, 2]
    cofactors = [np.cross(rows[(k + 1) % 3], rows[(k + 2) % 3]) for k in range(3)]
    signs = np.sign(np.linalg.det(linear))[:, None, None]
    return np.asarray(np.stack(cofactors, axis=1) * signs, np.float32)


def _bounds(building: Building) -> Float64Array:
    """Box of all that is drawn, rooms left out where there is anything else."""
    bounds = building.elements.bounds_site_m
    known = np.isfinite(bounds).all(axis=(1, 2))
    solid = known & ~building.elements.is_space
    picked = bounds[solid] if solid.any() else bounds[known]
    if not len(picked):
        return np.zeros((2, 3))
    return np.stack([picked[:, 0].min(axis=0), picked[:, 1].max(axis=0)])
