"""Storeys: where each lies, and which elements stand on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.building.model import NO_INDEX, Storey
from metaviewer.frames import Float64Array

SINK_M: Final = 0.6
"""What lies less than this under a floor still belongs to it: slabs, footings of walls."""
PARENT_LEVELS_MAX: Final = 16

StoreyFacts = Mapping[str, str | float | None]


def storeys_by_height(
    facts: Sequence[StoreyFacts],
    contained: NDArray[np.int32],
    parent: NDArray[np.int32],
    bounds_site_m: Float64Array,
    origin_up_m: float,
) -> tuple[tuple[Storey, ...], NDArray[np.int32]]:
    """Storeys in the order of the file, and the storey of each element.

    An element stands where the file contains it; without that where its assembly or room stands;
    without that on the highest floor under its bottom.
    """
    storey = _through_parents(contained, parent)
    bottoms = bounds_site_m[:, 0, 2]
    storeys = tuple(
        _storey(fact, bottoms[(storey == k) & np.isfinite(bottoms)], origin_up_m)
        for k, fact in enumerate(facts)
    )
    return storeys, _by_height(storey, bottoms, storeys)


def floor_order(storeys: Sequence[Storey]) -> tuple[int, ...]:
    """Indices of the storeys from the lowest to the highest."""
    return tuple(sorted(range(len(storeys)), key=lambda k: (storeys[k].base_m, k)))


def _storey(fact: StoreyFacts, bottoms_m: Float64Array, origin_up_m: float) -> Storey:
    elevation, placed = fact["elevation_m"], fact["placed_m"]
    stated = [float(h) - origin_up_m for h in (placed, elevation) if isinstance(h, int | float)]
    return Storey(
        name=str(fact["name"]),
        global_id=str(fact["global_id"]),
        elevation_m=float(elevation) if isinstance(elevation, int | float) else None,
        base_m=_base_m(stated, bottoms_m, has_elevation=elevation is not None),
    )


def _base_m(stated_m: list[float], bottoms_m: Float64Array, *, has_elevation: bool) -> float:
    """Height of the floor.

    Placement and stated elevation differ in some files by the height of the site: the one nearer to
    the contents counts. Without an elevation a placement at 0 says nothing: the contents decide.
    """
    middle = float(np.median(bottoms_m)) if len(bottoms_m) else None
    if has_elevation and stated_m:
        return stated_m[0] if middle is None else min(stated_m, key=lambda h: abs(h - middle))
    if middle is not None:
        return middle
    return stated_m[0] if stated_m else 0.0


def _through_parents(contained: NDArray[np.int32], parent: NDArray[np.int32]) -> NDArray[np.int32]:
    storey = contained.copy()
    for _ in range(PARENT_LEVELS_MAX):
        open_rows = np.flatnonzero((storey == NO_INDEX) & (parent != NO_INDEX))
        found = storey[parent[open_rows]]
        if not (found != NO_INDEX).any():
            break
        storey[open_rows] = found
    return storey


def _by_height(
    storey: NDArray[np.int32], bottoms_m: Float64Array, storeys: Sequence[Storey]
) -> NDArray[np.int32]:
    if not storeys:
        return storey
    order = np.array(floor_order(storeys))
    bases = np.array([storeys[k].base_m for k in order])
    rows = np.flatnonzero((storey == NO_INDEX) & np.isfinite(bottoms_m))
    floor = np.searchsorted(bases, bottoms_m[rows] + SINK_M, side="right") - 1
    result = storey.copy()
    result[rows] = order[np.maximum(floor, 0)]
    return result
