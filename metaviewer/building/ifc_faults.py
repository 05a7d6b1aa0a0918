"""What in a parsed file must not be given to a kernel, and taking it out. Runs in the jail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from metaviewer.building.ifc_body import COPIES_MAX, copies_of
from metaviewer.building.ifc_entity import Entity, Model, attribute, entity_at
from metaviewer.building.ifc_tree import Tree, cut_cycles

ENDLESS_PLACEMENT: Final = "its placement leads back to itself or through too many levels"
ENDLESS_SHAPE: Final = "its shape contains itself or nests too deep"
ABSURD_NUMBER: Final = "a number of its shape or placement is none or beyond 10,000 km"
TOO_MANY_COPIES: Final = f"its shape asks for more than {COPIES_MAX} copies of its parts"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Faults:
    """Rows that stand as a box from the start.

    Parameters
    ----------
    reasons : dict of row to sentence
    endless : frozenset of int
        Step ids on a cycle, on a chain too deep, or leaning on one.
    crowded : tuple of int
        Representations of too many copies.
    """

    reasons: dict[int, str]
    endless: frozenset[int]
    crowded: tuple[int, ...]


def find_faults(tree: Tree, *, endless: frozenset[int], absurd: frozenset[int]) -> Faults:
    """Faults of all rows that have a body or a curve.

    Parameters
    ----------
    absurd : frozenset of int
        Step ids that lean on a number beyond all sense.
    """
    copies: dict[int, int] = {}
    reasons: dict[int, str] = {}
    for row, product in enumerate(tree.products):
        placement = entity_at(product, "ObjectPlacement")
        reason = _placement_fault(placement, endless, absurd)
        body = tree.bodies[row]
        if not reason and body is not None:
            reason = _body_fault(body, copies, endless, absurd)
        if reason and (body is not None or attribute(product, "Representation") is not None):
            reasons[row] = reason
    crowded = tuple(step_id for step_id, count in copies.items() if count > COPIES_MAX)
    return Faults(reasons=reasons, endless=endless, crowded=crowded)


def disarm(model: Model, tree: Tree, faults: Faults) -> None:
    """Take out of the model what kernels would follow without end, asked for or not."""
    cut_cycles(model, tree.cycle_ids)
    for row in faults.reasons:
        tree.products[row].Representation = None
    for step_id in faults.crowded:
        # The kernel looks at every representation of the file: 10^5 copies cost it a minute.
        model.by_id(step_id).Items = ()
    for product in model.by_type("IfcProduct") if faults.endless else ():
        placement = entity_at(product, "ObjectPlacement")
        if placement is not None and placement.id() in faults.endless:
            product.ObjectPlacement = None


def _placement_fault(
    placement: Entity | None, endless: frozenset[int], absurd: frozenset[int]
) -> str:
    if placement is None:
        return ""
    if placement.id() in endless:
        return ENDLESS_PLACEMENT
    return ABSURD_NUMBER if placement.id() in absurd else ""


def _body_fault(
    body: Entity, copies: dict[int, int], endless: frozenset[int], absurd: frozenset[int]
) -> str:
    if body.id() in endless:
        return ENDLESS_SHAPE
    if body.id() in absurd:
        return ABSURD_NUMBER
    return TOO_MANY_COPIES if copies_of(body, copies, endless) > COPIES_MAX else ""
