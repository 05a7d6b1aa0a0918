"""Buildings: element tables and shapes."""

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

__all__ = [
    "NO_INDEX",
    "Batch",
    "Building",
    "DrawList",
    "ElementTable",
    "InstanceSet",
    "Shapes",
    "Storey",
    "Substituted",
]
