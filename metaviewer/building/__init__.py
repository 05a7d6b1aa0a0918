"""Buildings: element tables and shapes, read from IFC and GLB, drawn in batches, picked by rays."""

from metaviewer.building.batches import draw_list
from metaviewer.building.closed import has_inside
from metaviewer.building.extents import surface_area_m2
from metaviewer.building.facts import building_facts
from metaviewer.building.federation import Federation, StoreyLevel, federate
from metaviewer.building.model import (
    NO_INDEX,
    Batch,
    Building,
    DrawList,
    ElementTable,
    InstanceSet,
    Shapes,
    Storey,
    Substituted,
)
from metaviewer.building.opening import (
    bake_building,
    metadata_place,
    open_building,
    properties,
)
from metaviewer.building.picking import element_triangles, pick_element

__all__ = [
    "NO_INDEX",
    "Batch",
    "Building",
    "DrawList",
    "ElementTable",
    "Federation",
    "InstanceSet",
    "Shapes",
    "Storey",
    "StoreyLevel",
    "Substituted",
    "bake_building",
    "building_facts",
    "draw_list",
    "element_triangles",
    "federate",
    "has_inside",
    "metadata_place",
    "open_building",
    "pick_element",
    "properties",
    "surface_area_m2",
]
