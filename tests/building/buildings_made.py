"""Buildings made of boxes in memory, for what needs no file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metaviewer.building import Building, ElementTable, Shapes, Storey
from metaviewer.building.assembly import BOX_TRIANGLES
from metaviewer.building.extents import element_bounds
from metaviewer.frames import frozen

GREY = (0.5, 0.5, 0.5, 1.0)
GLASS = (0.6, 0.8, 0.9, 0.4)
CUBE = np.indices((2, 2, 2)).reshape(3, 8).T - 0.5


def placed(at: Sequence[float], *, turn_deg: float = 0.0, scale: Sequence[float] = (1, 1, 1)):
    """Matrix of a turn about the vertical after a scale, then a move."""
    angle = np.radians(turn_deg)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, :3] *= np.array(scale, dtype=float)
    matrix[:3, 3] = at
    return matrix


def shapes_of(meshes, placements, *, rgba=(GREY,)) -> Shapes:
    """Shapes from (points, triangles, material) and placements from (shape, element, matrix)."""
    counts = [len(points) for points, _, _ in meshes]
    faces = [len(triangles) for _, triangles, _ in meshes]
    return Shapes(
        points_m_n3=np.concatenate([points for points, _, _ in meshes]).astype(np.float32),
        point_start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        triangles_n3=np.concatenate([triangles for _, triangles, _ in meshes]).astype(np.int32),
        triangle_start=np.concatenate([[0], np.cumsum(faces)]).astype(np.int64),
        triangle_material=np.concatenate([np.broadcast_to(m, len(t)) for _, t, m in meshes]).astype(
            np.int32
        ),
        materials_rgba=np.array(rgba, np.float32),
        material_names=("",) * len(rgba),
        placed_shape=np.array([shape for shape, _, _ in placements], np.int32),
        placed_element=np.array([element for _, element, _ in placements], np.int32),
        site_from_shape=np.array([matrix for _, _, matrix in placements], np.float64),
    )


def building_of(
    shapes: Shapes, *, storey: Sequence[int], is_space: Sequence[bool] = (), bases=(0.0,)
) -> Building:
    """A building with one row for each entry of `storey`."""
    count = len(storey)
    return Building(
        schema="IFC4",
        length_unit="METRE",
        elements=ElementTable(
            step_ids=np.arange(count, dtype=np.int64),
            global_ids=tuple(f"{k:022d}" for k in range(count)),
            classes=("IfcWall",) * count,
            names=tuple(f"wall {k}" for k in range(count)),
            storey=np.array(storey, np.int32),
            parent=np.full(count, -1, np.int32),
            is_space=np.array(is_space or [False] * count, dtype=np.bool_),
            bounds_site_m=element_bounds(shapes, count),
            long_names=("",) * count,
            systems=("", "Supply 1") * (count // 2) + ("",) * (count % 2),
        ),
        shapes=shapes,
        storeys=tuple(
            Storey(name=f"floor {k}", global_id=f"s{k}", elevation_m=base, base_m=base)
            for k, base in enumerate(bases)
        ),
        origin_site_m=frozen([0, 0, 0]),
        elements_with_representation=count,
        elements_built=count,
    )


def boxes(placements, *, storey=None, is_space=(), bases=(0.0,), rgba=(GREY,)) -> Building:
    """One unit cube for each matrix."""
    rows = [(0, k, matrix) for k, matrix in enumerate(placements)]
    shapes = shapes_of([(CUBE, BOX_TRIANGLES, 0)], rows, rgba=rgba)
    return building_of(shapes, storey=storey or [0] * len(rows), is_space=is_space, bases=bases)
