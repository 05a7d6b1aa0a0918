"""Storeys of a whole scene: one slider for models whose floors have different names and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from metaviewer.scene.command import SetLook
from metaviewer.scene.item_facts import ItemFacts
from metaviewer.scene.look import BuildingLook
from metaviewer.scene.state import Item, ItemId, State

SAME_FLOOR_M: Final = 0.7
"""Floors closer than this are one: structural models set theirs to the top of the steel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One floor of the scene: its lowest base, and the first model's name for it."""

    name: str
    base_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Peel:
    """Down to which floor a scene is peeled; `base_m` None shows all of it."""

    base_m: float | None = None
    only: bool = False
    cut_height_m: float | None = None


def levels_of(state: State, lookup: Mapping[ItemId, ItemFacts]) -> tuple[Level, ...]:
    """Floors of all buildings of the scene, from the lowest."""
    floors = sorted(
        (base_m, name)
        for item in _buildings(state, lookup)
        for name, base_m in zip(
            lookup[item.id].storeys, lookup[item.id].storey_bases_m, strict=True
        )
    )
    levels: list[Level] = []
    for base_m, name in floors:
        if not levels or base_m - levels[-1].base_m > SAME_FLOOR_M:
            levels.append(Level(name=name, base_m=base_m))
    return tuple(levels)


def peel_of(state: State, lookup: Mapping[ItemId, ItemFacts]) -> Peel:
    """How the scene is peeled now: what the most peeled building shows."""
    peels = [
        Peel(
            base_m=lookup[item.id].storey_bases_m[item.look.storey_top],
            only=item.look.storey_only,
            cut_height_m=item.look.cut_height_m,
        )
        for item in _buildings(state, lookup)
        if isinstance(item.look, BuildingLook)
        and item.look.storey_top is not None
        and item.look.storey_top < len(lookup[item.id].storey_bases_m)
    ]
    return min(peels, key=lambda peel: peel.base_m or 0.0, default=Peel())


def level_at(levels: Sequence[Level], base_m: float) -> int:
    """Index of the floor nearest to a height: models disagree by centimetres."""
    return min(range(len(levels)), key=lambda index: abs(levels[index].base_m - base_m))


def peeled(state: State, lookup: Mapping[ItemId, ItemFacts], peel: Peel) -> tuple[SetLook, ...]:
    """Actions that peel every building of the scene to the same floor."""
    actions = []
    for item in _buildings(state, lookup):
        if not isinstance(item.look, BuildingLook):
            continue
        look = replace(
            item.look,
            storey_top=storey_at(lookup[item.id], peel.base_m),
            storey_only=peel.only and peel.base_m is not None,
            cut_height_m=peel.cut_height_m if peel.base_m is not None else None,
        )
        if look != item.look:
            actions.append(SetLook(item=item.id, look=look))
    return tuple(actions)


def storey_at(facts: ItemFacts, base_m: float | None) -> int | None:
    """The storey of a building that belongs to a floor of the scene; None shows all of it.

    The highest storey not above the floor; a building that lies wholly above shows its lowest.
    """
    if base_m is None or not facts.storey_bases_m:
        return None
    bases_m = facts.storey_bases_m  # in the file's order, which need not rise
    below = [index for index, own_m in enumerate(bases_m) if own_m <= base_m + SAME_FLOOR_M]
    if below:
        return max(below, key=lambda index: bases_m[index])
    return min(range(len(bases_m)), key=lambda index: bases_m[index])


def _buildings(state: State, lookup: Mapping[ItemId, ItemFacts]) -> list[Item]:
    return [
        item
        for item in state.items
        if isinstance(item.look, BuildingLook) and item.id in lookup and lookup[item.id].storeys
    ]
