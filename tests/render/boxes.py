"""Buildings of boxes: the smallest scenes that can be wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaviewer.building import Building, ElementTable, Shapes, Storey

CORNERS = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], dtype=np.float32)
OUTWARD = np.array(
    [
        *((0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6), (0, 1, 4), (1, 5, 4)),
        *((2, 6, 3), (3, 6, 7), (0, 4, 2), (2, 4, 6), (1, 3, 5), (3, 7, 5)),
    ],
    dtype=np.int32,
)
GREY = (0.6, 0.6, 0.6, 1.0)


@dataclass(frozen=True, kw_only=True)
class Box:
    """One element: a box from `low` to `high`, metres."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    ifc_class: str = "IfcWall"
    name: str = ""
    long_name: str = ""
    global_id: str = ""
    storey: int = 0
    parent: int = -1
    colour: tuple[float, float, float, float] = GREY


def building_of(*boxes: Box, bases_m: tuple[float, ...] = (0.0, 3.0)) -> Building:
    count = len(boxes)
    lows = np.array([box.low for box in boxes], dtype=np.float64)
    highs = np.array([box.high for box in boxes], dtype=np.float64)
    places = np.tile(np.eye(4), (count, 1, 1))
    places[:, :3, 3] = lows
    points = (CORNERS[None] * (highs - lows)[:, None]).astype(np.float32)
    return Building(
        schema="IFC4",
        length_unit="METRE",
        elements=_elements(boxes, np.stack([lows, highs], axis=1)),
        shapes=Shapes(
            points_m_n3=points.reshape(-1, 3),
            point_start=np.arange(count + 1) * len(CORNERS),
            triangles_n3=np.tile(OUTWARD, (count, 1)),
            triangle_start=np.arange(count + 1) * len(OUTWARD),
            triangle_material=np.repeat(np.arange(count, dtype=np.int32), len(OUTWARD)),
            materials_rgba=np.array([box.colour for box in boxes], dtype=np.float32),
            material_names=("",) * count,
            placed_shape=np.arange(count, dtype=np.int32),
            placed_element=np.arange(count, dtype=np.int32),
            site_from_shape=places,
        ),
        storeys=tuple(
            Storey(name=f"level {n}", global_id="", elevation_m=base, base_m=base)
            for n, base in enumerate(bases_m)
        ),
        origin_site_m=np.zeros(3),
        elements_with_representation=count,
        elements_built=count,
    )


def _elements(boxes: tuple[Box, ...], bounds_m: np.ndarray) -> ElementTable:
    return ElementTable(
        step_ids=np.arange(len(boxes)),
        global_ids=tuple(box.global_id or f"id{n}" for n, box in enumerate(boxes)),
        classes=tuple(box.ifc_class for box in boxes),
        names=tuple(box.name for box in boxes),
        long_names=tuple(box.long_name for box in boxes),
        storey=np.array([box.storey for box in boxes], dtype=np.int32),
        parent=np.array([box.parent for box in boxes], dtype=np.int32),
        is_space=np.array([box.ifc_class == "IfcSpace" for box in boxes]),
        bounds_site_m=bounds_m,
    )
