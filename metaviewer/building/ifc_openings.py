"""Openings that were not cut out of their elements, and why. Runs in the jail.

A kernel that cannot make an opening draws the wall without its hole and raises nothing. The file
tells which openings have no solid; the rest stands in the kernel's log alone, and of its text
nothing but the meaning goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.building.ifc_body import NO_BODY_TYPES, body_of
from metaviewer.building.ifc_entity import Entity, entities, entity_at, text
from metaviewer.building.ifc_rows import BUILT

NO_SOLID: Final = "the opening has no solid"
NO_SHAPE: Final = "the shape of the opening cannot be built"
BESIDE: Final = "the opening lies beside the element"
FAILED_ID: Final = re.compile(r"Failed to convert:\s*#(\d+)=")
OF_HOST: Final = re.compile(r"\{([^{}]{22})\} ([^\n]*)")
"""GlobalId of the element at work, and what the kernel says: "{2O2Fr$t4X7Zf8NOew3FLOH} ..."."""
SAYINGS: Final = (
    ("disjoint operand", BESIDE),
    ("narrow operand", "the opening is flat"),
    ("Opening subtraction failed", "the kernel could not subtract it"),
    ("Error processing openings", "the kernel could not subtract it"),
    ("more openings than the maximum", "the element has more openings than the kernel takes"),
)
"""What ifcopenshell 0.9.0 logs, found in its libraries and by openings made to fail."""

Uncut = tuple[int, str, str]
"""Row of the element, GlobalId of the opening ("" where the log does not tell), reason."""


def uncut_openings(
    products: Sequence[Entity], states: NDArray[np.int8], log: str
) -> list[list[int | str]]:
    """Row, opening and reason of each opening that is missing in an element that was built."""
    failed = {int(step_id) for step_id in FAILED_ID.findall(log)}
    said = _said_of_hosts(log)
    found: list[Uncut] = []
    for row in np.flatnonzero(states == BUILT).tolist():
        product = products[row]
        relations = entities(product, "HasOpenings")
        if relations:
            found.extend((row, *fault) for fault in _faults(relations, failed))
            reasons = said.get(text(product, "GlobalId"), {})
            found.extend((row, "", reason) for reason in reasons)
    return [list(fault) for fault in found]


def _faults(relations: Sequence[Entity], failed: set[int]) -> Iterator[tuple[str, str]]:
    for relation in relations:
        opening = entity_at(relation, "RelatedOpeningElement")
        if opening is None:
            continue
        body = body_of(opening)
        if body is None or text(body, "RepresentationType") in NO_BODY_TYPES:
            yield text(opening, "GlobalId"), NO_SOLID
        elif not failed.isdisjoint((body.id(), *(item.id() for item in entities(body, "Items")))):
            yield text(opening, "GlobalId"), NO_SHAPE


def _said_of_hosts(log: str) -> dict[str, dict[str, None]]:
    """Reasons by the GlobalId of the element, each once."""
    found: dict[str, dict[str, None]] = {}
    for global_id, words in OF_HOST.findall(log):
        for phrase, reason in SAYINGS:
            if phrase in words:
                found.setdefault(global_id, {})[reason] = None
    return found
