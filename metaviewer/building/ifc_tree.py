"""The element table of an IFC file: who is there, where, part of what. Runs in the jail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.building.ifc_body import body_of
from metaviewer.building.ifc_entity import (
    Entity,
    Model,
    attribute,
    entities,
    entity_at,
    number,
    text,
)
from metaviewer.building.ifc_placement import Placements
from metaviewer.building.model import NO_INDEX

PRODUCTS_MAX: Final = 2_000_000
CHAIN_MAX: Final = 64
"""Levels from an element up to its storey; real models need about 4."""
ROOM_CLASS: Final = "IfcSpace"
DECOMPOSING: Final = ("IfcRelAggregates", "IfcRelNests")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tree:
    """Rows of the element table with the entities behind them.

    Parameters
    ----------
    parents : int32 array
        Row of the assembly or room that a row is part of.
    storeys : int32 array
        Index into `storey_entities`, as contained; the rest is told by height later.
    cycle_ids : frozenset of int
        Step ids of products that contain themselves.
    """

    products: tuple[Entity, ...]
    bodies: tuple[Entity | None, ...]
    is_space: NDArray[np.bool_]
    parents: NDArray[np.int32]
    storeys: NDArray[np.int32]
    storey_entities: tuple[Entity, ...]
    cycle_ids: frozenset[int]


def read_tree(model: Model) -> Tree:
    """Elements and rooms in the order of the file; openings and ports left out."""
    parent_of, cycle_ids = _decomposition(model)
    container_of = _containment(model)
    products, bodies = _rows(model)
    storey_entities = tuple(sorted(model.by_type("IfcBuildingStorey"), key=lambda s: s.id()))
    storey_index = {storey.id(): k for k, storey in enumerate(storey_entities)}
    row_of = {product.id(): row for row, product in enumerate(products)}
    parents = np.full(len(products), NO_INDEX, np.int32)
    storeys = np.full(len(products), NO_INDEX, np.int32)
    for row, product in enumerate(products):
        step_id = product.id()
        above = parent_of.get(step_id, container_of.get(step_id))
        parents[row] = row_of.get(above, NO_INDEX) if above is not None else NO_INDEX
        storeys[row] = _storey_of(step_id, parent_of, container_of, storey_index)
    return Tree(
        products=products,
        bodies=bodies,
        is_space=np.array([p.is_a(ROOM_CLASS) for p in products], dtype=np.bool_),
        parents=parents,
        storeys=storeys,
        storey_entities=storey_entities,
        cycle_ids=cycle_ids,
    )


def cut_cycles(model: Model, cycle_ids: frozenset[int]) -> None:
    """Take out relations that let a product contain itself: a kernel follows them for ever."""
    for relation in _decomposing(model):
        whole = entity_at(relation, "RelatingObject")
        parts = entities(relation, "RelatedObjects")
        if (
            whole is not None
            and whole.id() in cycle_ids
            and any(p.id() in cycle_ids for p in parts)
        ):
            model.remove(relation)


def storey_facts(
    tree: Tree, placements: Placements, metres_per_unit: float
) -> list[dict[str, str | float | None]]:
    """Name, GlobalId, stated elevation and placed height (metres) of each storey."""
    facts: list[dict[str, str | float | None]] = []
    for storey in tree.storey_entities:
        elevation = number(storey, "Elevation")
        placement = entity_at(storey, "ObjectPlacement")
        height = float(placements.matrix(placement)[2, 3]) if placement is not None else None
        facts.append(
            {
                "name": text(storey, "Name"),
                "global_id": text(storey, "GlobalId"),
                "elevation_m": None if elevation is None else elevation * metres_per_unit,
                "placed_m": None if height is None else height * metres_per_unit,
            }
        )
    return facts


def is_linear(product: Entity) -> bool:
    """Whether a product is part of an alignment: a curve without faces."""
    return str(product.is_a()).startswith("IfcAlignment")


def _rows(model: Model) -> tuple[tuple[Entity, ...], tuple[Entity | None, ...]]:
    """Products that are elements, rooms, or have a body, and these bodies."""
    products: list[Entity] = []
    bodies: list[Entity | None] = []
    found = model.by_type("IfcProduct")
    for product in sorted(found[:PRODUCTS_MAX], key=lambda p: p.id()):
        if _is_any(product, ("IfcFeatureElementSubtraction", "IfcPort", "IfcVirtualElement")):
            continue
        body = body_of(product)
        drawn = body is not None or (is_linear(product) and attribute(product, "Representation"))
        if drawn or _is_any(product, ("IfcElement", ROOM_CLASS)):
            products.append(product)
            bodies.append(body)
    return tuple(products), tuple(bodies)


def _is_any(entity: Entity, classes: Iterable[str]) -> bool:
    for name in classes:
        try:
            if entity.is_a(name):
                return True
        except RuntimeError:  # a class that this schema does not have
            continue
    return False


def _decomposing(model: Model) -> list[Entity]:
    return [relation for name in DECOMPOSING for relation in model.by_type(name)]


def _decomposition(model: Model) -> tuple[dict[int, int], frozenset[int]]:
    """Whole of each part, cycles opened, and the ids that were on a cycle."""
    whole_of: dict[int, int] = {}
    for relation in _decomposing(model):
        whole = entity_at(relation, "RelatingObject")
        for part in entities(relation, "RelatedObjects"):
            if whole is not None:
                whole_of.setdefault(part.id(), whole.id())
    on_cycle: set[int] = set()
    finished: set[int] = set()
    for start in whole_of:
        path: dict[int, None] = {}
        at: int | None = start
        while at is not None and at not in finished and at not in path:
            path[at] = None
            at = whole_of.get(at)
        if at is not None and at in path:
            trail = list(path)
            on_cycle.update(trail[trail.index(at) :])
        finished.update(path)
    for step_id in on_cycle:
        whole_of.pop(step_id, None)
    return whole_of, frozenset(on_cycle)


def _containment(model: Model) -> dict[int, int]:
    container_of: dict[int, int] = {}
    for relation in model.by_type("IfcRelContainedInSpatialStructure"):
        structure = entity_at(relation, "RelatingStructure")
        for element in entities(relation, "RelatedElements"):
            if structure is not None:
                container_of.setdefault(element.id(), structure.id())
    return container_of


def _storey_of(
    step_id: int,
    parent_of: dict[int, int],
    container_of: dict[int, int],
    storey_index: dict[int, int],
) -> int:
    at: int | None = step_id
    for _ in range(CHAIN_MAX):
        if at is None:
            return NO_INDEX
        if at in storey_index:
            return storey_index[at]
        at = container_of.get(at, parent_of.get(at))
    return NO_INDEX
