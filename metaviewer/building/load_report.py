"""What a person must know of a model that was opened: a sentence a finding, plain counts first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from metaviewer.building.ifc_openings import Uncut
from metaviewer.building.model import Building, ElementTable

HEAVIEST_COUNT: Final = 3
NAMED_COUNT: Final = 3
"""Elements that a finding names; the rest it counts."""


def load_report(building: Building, header: Mapping[str, Any]) -> tuple[str, ...]:
    """Counts, heaviest classes, and what was lost, replaced or moved, with elements and reasons.

    Parameters
    ----------
    header : mapping
        The reader's: `uncut_openings`, `cycle_count`.
    """
    return (
        *_counts(building),
        *_not_drawn(building),
        *_boxes(building),
        *_uncut(header["uncut_openings"], building.elements),
        *_cycles(int(header["cycle_count"])),
        *_origin(building),
    )


def _counts(building: Building) -> list[str]:
    shapes, elements = building.shapes, building.elements
    counts = np.diff(shapes.triangle_start)[shapes.placed_shape]
    per_element = np.bincount(shapes.placed_element, weights=counts, minlength=len(elements))
    rooms = int(elements.is_space.sum())
    lines = [
        f"{len(elements)} elements, {rooms} of them {_plural(rooms, 'a room', 'rooms')}",
        f"{int(per_element.sum())} triangles drawn from {len(shapes.triangles_n3)} stored",
    ]
    heavy: Counter[str] = Counter()
    for row in np.flatnonzero(per_element):
        heavy[elements.classes[row]] += int(per_element[row])
    if heavy:
        heaviest = heavy.most_common(HEAVIEST_COUNT)
        lines.append("heaviest: " + ", ".join(f"{name} {n} triangles" for name, n in heaviest))
    return lines


def _not_drawn(building: Building) -> list[str]:
    rows = building.not_drawn
    if not rows:
        return []
    found = f"{len(rows)} {_plural(len(rows), 'body', 'bodies')} could not be built"
    return [f"{found}: {_named(rows, building.elements)}"]


def _boxes(building: Building) -> list[str]:
    rows_of: dict[str, list[int]] = {}
    for found in building.substituted:
        rows_of.setdefault(found.reason, []).append(found.element)
    return [
        f"{len(rows)} {_plural(len(rows), 'stands', 'stand')} as a box: {reason}: "
        f"{_named(rows, building.elements)}"
        for reason, rows in sorted(rows_of.items(), key=lambda found: -len(found[1]))
    ]


def _uncut(uncut: Sequence[Uncut], elements: ElementTable) -> list[str]:
    lines = []
    for row, opening, reason in uncut[:NAMED_COUNT]:
        which = f"opening {opening}" if opening else "an opening"
        lines.append(f"{which} is not cut out of {_name(row, elements)}: {reason}")
    left = len(uncut) - NAMED_COUNT
    if left > 0:
        lines.append(f"{left} more {_plural(left, 'opening is', 'openings are')} not cut")
    return lines


def _cycles(count: int) -> list[str]:
    if not count:
        return []
    verb = _plural(count, "element contains itself", "elements contain themselves")
    return [f"{count} {verb}; each shown once"]


def _origin(building: Building) -> list[str]:
    if not building.origin_site_m.any():
        return []
    east, north, up = (int(value) for value in building.origin_site_m)
    return [f"far from its file's origin: drawn about {east}, {north}, {up} m"]


def _named(rows: Sequence[int], elements: ElementTable) -> str:
    """The first elements by name; how many more there are."""
    names = [_name(row, elements) for row in rows[:NAMED_COUNT]]
    left = len(rows) - len(names)
    return ", ".join([*names, *([f"and {left} more"] if left else [])])


def _name(row: int, elements: ElementTable) -> str:
    words = (elements.classes[row], elements.names[row], f"({elements.global_ids[row]})")
    return " ".join(word for word in words if word)


def _plural(count: int, one: str, several: str) -> str:
    return one if count == 1 else several
