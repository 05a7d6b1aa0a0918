"""Which systems an element belongs to, and what the file says of them. Runs in the jail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from metaviewer.building.ifc_entity import Entity, Model, entities, entity_at, text

SYSTEM_CLASS: Final = "IfcSystem"
NO_SYSTEMS: Final = frozenset(("IfcStructuralAnalysisModel", "IfcZone"))
"""Systems by inheritance alone: since IFC4 a zone, which is a group of rooms, is one."""
BETWEEN_NAMES: Final = ", "
PLAIN_FACTS: Final = ("LongName", "Description", "ObjectType", "PredefinedType")
SERVED: Final = (
    ("ServicesBuildings", "RelatedBuildings"),
    ("ServicesFacilities", "RelatingStructure"),
)
"""Inverse of a system and what its relation names: IFC2x3 to IFC4x3, and IFC4x3 alone."""


def systems_of(model: Model) -> dict[int, str]:
    """Names of the systems of each element, by step id; several are parted by commas.

    References
    ----------
    IFC4 IfcRelAssignsToGroup: RelatedObjects are members of RelatingGroup.
    """
    found: dict[int, dict[str, None]] = {}
    for relation in model.by_type("IfcRelAssignsToGroup"):
        group = entity_at(relation, "RelatingGroup")
        if group is None or not is_system(group):
            continue
        name = system_name(group)
        for member in entities(relation, "RelatedObjects"):
            if name and hasattr(member, "id"):
                found.setdefault(member.id(), {})[name] = None
    return {step_id: BETWEEN_NAMES.join(names) for step_id, names in found.items()}


def is_system(group: Entity) -> bool:
    """Whether a group is a system of a building: ducts, pipes, cables, not a zone of rooms."""
    return bool(group.is_a(SYSTEM_CLASS)) and group.is_a() not in NO_SYSTEMS


def system_name(group: Entity) -> str:
    """The name of a system, for one without any what else tells it from others."""
    names = (text(group, key) for key in ("Name", "LongName", "ObjectType", "PredefinedType"))
    return next((name for name in names if name), "")


def groups_of(product: Entity) -> Iterator[Entity]:
    """Systems, zones and other groups that an element is a member of, each once."""
    seen: set[int] = set()
    for relation in entities(product, "HasAssignments"):
        group = entity_at(relation, "RelatingGroup")
        if group is not None and group.id() not in seen:
            seen.add(group.id())
            yield group


def group_facts(group: Entity) -> Iterator[tuple[str, str]]:
    """Name and value of what a group says of itself, and which parts of the building it serves."""
    yield "Name", text(group, "Name")
    for key in PLAIN_FACTS:
        if text(group, key):
            yield key, text(group, key)
    served = {
        text(part, "Name") or str(part.is_a()): None
        for inverse, forward in SERVED
        for relation in entities(group, inverse)
        for part in (*entities(relation, forward), entity_at(relation, forward))
        if part is not None and hasattr(part, "is_a")
    }
    if served:
        yield "Serves", BETWEEN_NAMES.join(served)
