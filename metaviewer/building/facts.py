"""What `check --json` says of a building (DESIGN.md section 7)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from metaviewer.building.extents import surface_area_m2
from metaviewer.building.model import Building
from metaviewer.frames import SITE_FROM_GLTF, bounds_of, corners_of, inverse, moved

GLTF: Final = "glTF"
DIGITS: Final = 4
"""Of lengths in metres: tenths of a millimetre."""


def building_facts(building: Building) -> dict[str, Any]:
    """The object `building` of one line of `check --json`."""
    shapes, elements = building.shapes, building.elements
    counts = np.diff(shapes.triangle_start)[shapes.placed_shape]
    counted = ~elements.is_space[shapes.placed_element]
    return {
        "schema": building.schema,
        "length_unit": building.length_unit,
        "elements": building.elements_with_representation,
        "with_geometry": building.elements_built,
        "not_drawn": len(building.not_drawn),
        "substituted": len(building.substituted),
        "surface_m2": round(surface_area_m2(building), DIGITS),
        "triangles": int(counts[counted].sum()),
        "spaces": int(elements.is_space.sum()),
        "storeys": [
            {
                "name": storey.name,
                "elevation_m": (
                    None if storey.elevation_m is None else round(storey.elevation_m, DIGITS)
                ),
            }
            for storey in building.storeys
        ],
        "bounds_m": _bounds_m(building),
        "map_conversion": building.map_conversion,
    }


def _bounds_m(building: Building) -> list[list[float]] | None:
    """Lowest and highest corner in the model's own axes, rooms left out; None for nothing drawn."""
    bounds = building.elements.bounds_site_m[~building.elements.is_space]
    bounds = bounds[np.isfinite(bounds).all(axis=(1, 2))]
    if not len(bounds):
        return None
    low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
    box = np.stack([low, high]) + building.origin_site_m
    if building.schema.startswith(GLTF):  # a GLB has Y up; its own axes are asked for
        box = bounds_of(moved(corners_of(box), target_from_source=inverse(SITE_FROM_GLTF)))
    return [[round(float(value), DIGITS) for value in corner] for corner in box]
