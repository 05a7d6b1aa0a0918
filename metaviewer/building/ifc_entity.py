"""What the jail's side of the building reader calls an entity: the parser's own object."""

from __future__ import annotations

from typing import Any, TypeAlias

Entity: TypeAlias = Any
"""An instance of the file; attributes by their EXPRESS names. The parser has no types."""

Model: TypeAlias = Any
"""The parsed file: `by_type`, `by_id`, `get_inverse`."""

LOOKUP_ERRORS = (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError)
"""What the parser raises where an entity lacks what its schema promises."""

_FORWARD, _INVERSE = 1, 2


def attribute(entity: Entity, name: str) -> Entity:
    """The attribute `name`, or None where the entity has none or it is damaged."""
    try:
        category = entity.get_attribute_category(name)
        if category == _FORWARD:
            return entity.get_argument(entity.get_argument_index(name))
        # Asked for an attribute that a class lacks, the parser itself imports the rules of the
        # whole schema to look for a derived one: a hundred times slower than saying no.
        return getattr(entity, name) if category == _INVERSE else None
    except LOOKUP_ERRORS:
        return None


def entity_at(entity: Entity, name: str) -> Entity:
    """The entity that `name` refers to; None where a damaged line has a list or a value there."""
    found = attribute(entity, name)
    return found if hasattr(found, "id") else None


def entities(entity: Entity, name: str) -> tuple[Entity, ...]:
    """The aggregate `name` as a tuple, empty where there is none."""
    found = attribute(entity, name)
    return (
        tuple(part for part in found if part is not None) if isinstance(found, tuple | list) else ()
    )


def text(entity: Entity, name: str) -> str:
    """The attribute `name` as text, "" for none; control characters become blanks."""
    found = attribute(entity, name)
    if not isinstance(found, str):
        return ""
    if found.isprintable():
        return found
    return "".join(c if c.isprintable() or "\x80" <= c < "\xa0" else " " for c in found)


def number(entity: Entity, name: str) -> float | None:
    """The attribute `name` as a number, None where it is none."""
    found = attribute(entity, name)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None
