"""Several models of one building: storeys by height, rooms by number.

GlobalIds differ between disciplines even for the same room and the same floor (measured in the
clinic), so heights and room numbers join them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.building.model import NO_INDEX, Building

SAME_FLOOR_M: Final = 0.7
"""Floors closer than this are one: structural models set theirs to the top of the steel."""

RoomKey = str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreyLevel:
    """One floor of the building, whatever its models call it.

    Parameters
    ----------
    base_m : float
        Height of the floor in the site, true origin included.
    members : tuple of (int, int)
        Model and storey of each model that has this floor.
    """

    name: str
    base_m: float
    members: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Federation:
    """What several models have in common.

    Parameters
    ----------
    levels : tuple of StoreyLevel
        From the lowest to the highest.
    rooms : mapping of room number to (model, element) pairs
        A room of three disciplines has three members. A number that several floors have is followed
        by the height of the floor, as in "12 at 4.57 m".
    """

    levels: tuple[StoreyLevel, ...]
    rooms: dict[RoomKey, tuple[tuple[int, int], ...]]

    def level_of(self, model: int, building: Building) -> NDArray[np.int32]:
        """Level of each element of a model, `NO_INDEX` for those without a storey."""
        index = np.full(len(building.storeys) + 1, NO_INDEX, np.int32)
        for number, level in enumerate(self.levels):
            for owner, storey in level.members:
                if owner == model:
                    index[storey] = number
        return index[building.elements.storey]


def federate(buildings: Sequence[Building]) -> Federation:
    """Common floors and rooms of models that share a site."""
    joined = Federation(levels=_levels(buildings), rooms={})
    return replace(joined, rooms=_rooms(buildings, joined))


def room_number(name: str) -> RoomKey:
    """Key of a room across models: its number without blanks, capitals and leading zeros."""
    return name.strip().upper().lstrip("0") or name.strip()


def _levels(buildings: Sequence[Building]) -> tuple[StoreyLevel, ...]:
    floors = sorted(
        (storey.base_m + float(building.origin_site_m[2]), model, number, storey.name)
        for model, building in enumerate(buildings)
        for number, storey in enumerate(building.storeys)
    )
    groups: list[list[tuple[float, int, int, str]]] = []
    for floor in floors:
        if groups and floor[0] - groups[-1][0][0] < SAME_FLOOR_M:
            groups[-1].append(floor)
        else:
            groups.append([floor])
    return tuple(_level(group) for group in groups)


def _level(group: Sequence[tuple[float, int, int, str]]) -> StoreyLevel:
    """Height and name of the first model that has the floor: people list architecture first."""
    first = min(group, key=lambda floor: (floor[1], floor[2]))
    members = tuple(sorted((model, storey) for _, model, storey, _ in group))
    return StoreyLevel(name=first[3], base_m=first[0], members=members)


def _rooms(
    buildings: Sequence[Building], federation: Federation
) -> dict[RoomKey, tuple[tuple[int, int], ...]]:
    """Rooms of one number and one floor; where floors repeat a number, the height tells them."""
    found: dict[RoomKey, dict[int, list[tuple[int, int]]]] = {}
    for model, building in enumerate(buildings):
        levels = federation.level_of(model, building)
        for row in np.flatnonzero(building.elements.is_space).tolist():
            number = room_number(building.elements.names[row])
            if number:
                by_level = found.setdefault(number, {})
                by_level.setdefault(int(levels[row]), []).append((model, row))
    rooms: dict[RoomKey, tuple[tuple[int, int], ...]] = {}
    for number, by_level in found.items():
        if len(by_level.keys() - {NO_INDEX}) <= 1:
            rooms[number] = tuple(sorted(room for group in by_level.values() for room in group))
            continue
        for level, members in by_level.items():
            base = "" if level == NO_INDEX else f" at {federation.levels[level].base_m:.2f} m"
            rooms[f"{number}{base}"] = tuple(sorted(members))
    return rooms
