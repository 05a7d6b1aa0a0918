"""Which representation of a product is its body, and what must not be given to a kernel."""

from __future__ import annotations

from typing import Final

from metaviewer.building.ifc_entity import Entity, attribute, entities, text

NO_BODY_IDENTIFIERS: Final = frozenset(
    [
        "Axis",
        "Box",
        "FootPrint",
        "Annotation",
        "Profile",
        "Clearance",
        "Lighting",
        "CoG",
        "Plan",
        "Reference",
        "Survey",
    ]
)
NO_BODY_TYPES: Final = frozenset(
    [
        "BoundingBox",
        "Curve",
        "Curve2D",
        "Curve3D",
        "GeometricCurveSet",
        "Annotation2D",
        "Point",
        "PointCloud",
        "Segment",
    ]
)
COPIES_MAX: Final = 20_000
"""Placed copies of mapped items in one element; a stadium's seating has about 1,000."""


def body_of(product: Entity) -> Entity | None:
    """The representation that is the product's solid or surface; None where it has none."""
    candidates = [
        found
        for found in entities(attribute(product, "Representation"), "Representations")
        if _may_be_body(found)
    ]
    named = [found for found in candidates if text(found, "RepresentationIdentifier") == "Body"]
    return (named or candidates or [None])[0]


def copies_of(representation: Entity, known: dict[int, int], endless: frozenset[int]) -> int:
    """How many items are drawn when every mapped item is carried out; stops above `COPIES_MAX`."""
    key = representation.id()
    if key in known:
        return known[key]
    count = 0
    for item in entities(representation, "Items"):
        mapped = _mapped(item)
        if item.id() in endless or mapped is None:
            count += 1
        else:
            count += copies_of(mapped, known, endless)
        if count > COPIES_MAX:
            break
    known[key] = count
    return count


def _mapped(item: Entity) -> Entity | None:
    """The representation that a mapped item copies; None for any other item."""
    if not item.is_a("IfcMappedItem"):
        return None
    return attribute(attribute(item, "MappingSource"), "MappedRepresentation")


def _may_be_body(representation: Entity) -> bool:
    identifier = text(representation, "RepresentationIdentifier")
    if identifier != "Body":
        if identifier in NO_BODY_IDENTIFIERS:
            return False
        if text(representation, "RepresentationType") in NO_BODY_TYPES:
            return False
        if text(attribute(representation, "ContextOfItems"), "ContextType") == "Plan":
            return False
    return bool(entities(representation, "Items"))
