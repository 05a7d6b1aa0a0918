"""Storeys of a scene: models that name and number their floors differently are peeled together."""

from __future__ import annotations

from metaviewer.frames import frozen
from metaviewer.scene import (
    BuildingLook,
    Command,
    DataId,
    Item,
    ItemFacts,
    ItemId,
    Peel,
    State,
    apply_all,
    levels_of,
    peel_of,
    peeled,
    storey_at,
)

BOX = frozen([[0.0, 0, 0], [1, 1, 1]])
LOOKUP = {
    ItemId("walls"): ItemFacts(
        bounds_world_m=BOX,
        storeys=("Footing", "First Floor", "Second Floor", "Roof"),
        storey_bases_m=(-1.0, 0.0, 4.57, 9.25),
    ),
    ItemId("lights"): ItemFacts(
        bounds_world_m=BOX, storeys=("Level 2", "Level 1"), storey_bases_m=(4.6, 0.05)
    ),
}
STATE = State(
    items=tuple(
        Item(id=name, kind="building", data_id=DataId(name), look=BuildingLook()) for name in LOOKUP
    )
)


def test_floors_of_the_same_height_are_one_level_whatever_they_are_called():
    """The clinic's electrical model says "Level 1" where the architect's says "First Floor"."""
    names = [level.name for level in levels_of(STATE, LOOKUP)]
    assert names == ["Footing", "First Floor", "Second Floor", "Roof"]


def test_a_storey_is_found_by_height_even_where_the_file_lists_it_last():
    """Taking the index as the order peels the wrong floor (Level 1 stands behind Level 2 here)."""
    assert storey_at(LOOKUP[ItemId("lights")], 0.0) == 1
    assert storey_at(LOOKUP[ItemId("lights")], 4.57) == 0
    assert storey_at(LOOKUP[ItemId("lights")], None) is None


def test_peeling_reaches_every_model_and_reads_back():
    actions = peeled(STATE, LOOKUP, Peel(base_m=0.0, only=True, cut_height_m=1.4))
    after, _, refusals = apply_all(STATE, [Command(action=action) for action in actions])
    assert refusals == ()
    looks = {item.id: item.look for item in after.items}
    assert looks["walls"].storey_top == 1
    assert looks["lights"].storey_top == 1
    peel = peel_of(after, LOOKUP)
    assert (peel.only, peel.cut_height_m) == (True, 1.4)
    assert peel.base_m is not None
    assert abs(peel.base_m) < 0.1


def test_a_model_that_lies_wholly_above_shows_its_lowest_storey():
    facts = ItemFacts(bounds_world_m=BOX, storeys=("Roof",), storey_bases_m=(9.25,))
    assert storey_at(facts, 0.0) == 0
