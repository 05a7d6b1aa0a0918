"""What a person did to each element, as one texel: shown, ghosted, selected, painted.

The numpy array is the truth; it goes to the GPU whole, once a frame at most, and only when it
changed. Red, green and blue are a colour put over the material, alpha holds the flags.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.building import NO_INDEX, Building
from metaviewer.scene import BuildingLook

VISIBLE: Final = 1
GHOST: Final = 2
SELECTED: Final = 4
PAINTED: Final = 8
LIVE: Final = 16
HOLLOW: Final = 32
"""Flags in the alpha byte; `state.glsl` has the same numbers."""
AIR_CLASSES: Final = ("IfcSpatialZone", "IfcExternalSpatialElement")
"""Bodies of air around rooms and elements: they would lie over all of it and take every click."""


def element_states(
    building: Building, look: BuildingLook, *, selected: int | None = None
) -> NDArray[np.uint8]:
    """State texels (elements, 4) of a look and a selection.

    Parameters
    ----------
    selected : int or None
        Row of the selected element. What it is made of (a curtain wall's plates) lights up with it.
    """
    elements = building.elements
    states = np.zeros((len(elements), 4), dtype=np.uint8)
    hidden = hidden_elements(building, look)
    ghost = _rows_of_classes(elements.classes, look.ghost_classes)
    ghost[list(look.ghost_elements)] = True
    flags = states[:, 3]
    flags[~hidden] |= VISIBLE
    flags[ghost & ~hidden] |= GHOST
    if look.colour_by == "live":
        flags |= LIVE
    if selected is not None:
        flags[_with_parts(elements.parent, selected)] |= SELECTED
    return states


def hidden_elements(building: Building, look: BuildingLook) -> NDArray[np.bool_]:
    """Which elements the look does not show, length n: picking leaves out the same ones."""
    elements = building.elements
    hidden = _rows_of_classes(elements.classes, look.hidden_classes)
    hidden[list(look.hidden_elements)] = True
    # Under a roof a plain tint says nothing, and it would show through slabs that were left out.
    hidden |= _rows_of_classes(elements.classes, AIR_CLASSES)
    if not look.show_spaces or (look.storey_top is None and look.colour_by == "material"):
        hidden |= elements.is_space
    if look.storey_top is not None and building.storeys:
        # By height: a file may list its storeys in any order.
        bases_m = np.array([storey.base_m for storey in building.storeys])
        top = min(look.storey_top, len(bases_m) - 1)
        base_m = bases_m[_storeys_by_height(building)]
        hidden |= base_m > bases_m[top]
        if look.storey_only:
            hidden |= base_m < bases_m[top]
    return hidden


def cut_height_site_m(building: Building, look: BuildingLook) -> float | None:
    """Height of the horizontal cut, relative to the building's origin; None for no cut."""
    if look.cut_height_m is None or not building.storeys:
        return None
    if look.storey_top is None:
        return max(storey.base_m for storey in building.storeys) + look.cut_height_m
    top = min(look.storey_top, len(building.storeys) - 1)
    return building.storeys[top].base_m + look.cut_height_m


def painted(
    states: NDArray[np.uint8], rows: Collection[int], colour: tuple[int, int, int]
) -> NDArray[np.uint8]:
    """Return the states with a colour put over some elements."""
    changed = states.copy()
    where = list(rows)
    changed[where, :3] = colour
    changed[where, 3] |= PAINTED
    return changed


def _storeys_by_height(building: Building) -> NDArray[np.int32]:
    """Storey of each element; one that names none belongs to the storey it stands on."""
    storey = building.elements.storey.copy()
    bases = np.array([one.base_m for one in building.storeys])
    stray = np.flatnonzero(storey == NO_INDEX)
    if len(stray) and len(bases):
        bottoms = building.elements.bounds_site_m[stray, 0, 2]
        # Half a metre of grace: what carries a floor hangs a little below it.
        order = np.argsort(bases)
        found = np.searchsorted(bases[order], np.nan_to_num(bottoms, nan=-np.inf) + 0.5) - 1
        storey[stray] = order[np.maximum(found, 0)]
    return storey


def _rows_of_classes(classes: Sequence[str], wanted: Collection[str]) -> NDArray[np.bool_]:
    names = set(wanted)
    return np.fromiter((name in names for name in classes), dtype=np.bool_, count=len(classes))


def _with_parts(parent: NDArray[np.int32], row: int) -> NDArray[np.bool_]:
    """The element and everything below it."""
    found = np.zeros(len(parent), dtype=np.bool_)
    found[row] = True
    while True:
        grown = found | (found[parent] & (parent != NO_INDEX))
        if np.array_equal(grown, found):
            return found
        found = grown
