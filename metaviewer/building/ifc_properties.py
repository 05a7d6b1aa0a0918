"""Property and quantity sets of one element and of its systems. Runs in the jail."""

from __future__ import annotations

from typing import Final

from metaviewer.building.ifc_entity import Entity, attribute, entities, text
from metaviewer.building.ifc_systems import group_facts, groups_of

PROPERTIES_MAX: Final = 5_000
VALUE_LENGTH_MAX: Final = 400
NESTING_MAX: Final = 4
QUANTITY_VALUES: Final = tuple(
    f"{kind}Value" for kind in ("Length", "Area", "Volume", "Count", "Weight", "Time", "Number")
)


def properties_of(product: Entity) -> list[list[str]]:
    """(set, name, value) of the element, of its type, and of its systems, in the file's order."""
    rows: list[list[str]] = []
    for definition in (*_own(product), *_of_type(product)):
        _append_set(rows, text(definition, "Name"), definition)
    for group in groups_of(product):
        title = f"{group.is_a()} {text(group, 'Name')}".strip()
        rows.extend([title, name, value[:VALUE_LENGTH_MAX]] for name, value in group_facts(group))
        for definition in _own(group):
            _append_set(rows, f"{title} / {text(definition, 'Name')}", definition)
    return rows[:PROPERTIES_MAX]


def _append_set(rows: list[list[str]], name: str, definition: Entity) -> None:
    for part in entities(definition, "HasProperties") or entities(definition, "Quantities"):
        _append(rows, name, part, NESTING_MAX)


def _own(product: Entity) -> list[Entity]:
    found = [
        attribute(relation, "RelatingPropertyDefinition")
        for relation in entities(product, "IsDefinedBy")
    ]
    return [definition for definition in found if definition is not None]


def _of_type(product: Entity) -> list[Entity]:
    """Sets of the element's type: IFC4 by IsTypedBy, IFC2x3 by IsDefinedBy."""
    relations = (*entities(product, "IsTypedBy"), *entities(product, "IsDefinedBy"))
    types = [attribute(relation, "RelatingType") for relation in relations]
    return [
        definition
        for found in types
        if found is not None
        for definition in entities(found, "HasPropertySets")
    ]


def _append(rows: list[list[str]], set_name: str, part: Entity, depth: int) -> None:
    name = text(part, "Name")
    inner = entities(part, "HasProperties")
    if inner and depth:
        for below in inner:
            _append(rows, f"{set_name} / {name}", below, depth - 1)
        return
    value = _value(part)
    if name and len(rows) < PROPERTIES_MAX:
        rows.append([set_name, name, value[:VALUE_LENGTH_MAX]])


def _value(part: Entity) -> str:
    """A single, enumerated, listed or bounded value, or a quantity, as text."""
    single = attribute(part, "NominalValue")
    if single is not None:
        return _shown(single)
    several = entities(part, "EnumerationValues") or entities(part, "ListValues")
    if several:
        return ", ".join(_shown(value) for value in several)
    low, high = attribute(part, "LowerBoundValue"), attribute(part, "UpperBoundValue")
    if low is not None or high is not None:
        return f"{_shown(low)} to {_shown(high)}"
    for name in QUANTITY_VALUES:
        quantity = attribute(part, name)
        if quantity is not None:
            return _shown(quantity)
    return ""


def _shown(value: Entity) -> str:
    """A wrapped or plain value as text, reals without noise."""
    plain = attribute(value, "wrappedValue") if hasattr(value, "wrappedValue") else value
    if isinstance(plain, float):
        return f"{plain:.6g}"
    shown = "" if plain is None else str(plain)
    return "".join(c if c.isprintable() else " " for c in shown)
