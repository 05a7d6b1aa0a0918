"""Disciplines of one building share floors by height and rooms by number."""

from __future__ import annotations

import dataclasses

import numpy as np

from metaviewer.building import NO_INDEX, Storey, federate
from metaviewer.frames import frozen
from tests.building.buildings_made import boxes, placed


def model(names, bases, *, up=0.0, rooms=()):
    rows = [placed((0, 0, base)) for base in bases]
    building = boxes(rows, storey=list(range(len(bases))), bases=bases)
    elements = building.elements
    elements = dataclasses.replace(
        elements,
        names=tuple(rooms) or elements.names,
        is_space=np.full(len(elements), bool(rooms)),
    )
    storeys = tuple(
        Storey(name=name, global_id="", elevation_m=base, base_m=base)
        for name, base in zip(names, bases, strict=True)
    )
    return dataclasses.replace(
        building, elements=elements, storeys=storeys, origin_site_m=frozen([0, 0, up])
    )


def test_floors_are_joined_by_height_and_named_by_the_first_model():
    """Origins count: the second model keeps its heights 100 m lower."""
    architecture = model(["First Floor", "Second Floor"], (100.0, 104.57))
    electrical = model(["Level 1", "Level 2", "Roof"], (0.0, 4.6, 9.25), up=100.0)
    joined = federate([architecture, electrical])
    assert [level.name for level in joined.levels] == ["First Floor", "Second Floor", "Roof"]
    assert joined.levels[1].members == ((0, 1), (1, 1))
    assert joined.level_of(1, electrical).tolist() == [0, 1, 2]


def test_floors_a_metre_apart_stay_two_and_a_chain_of_near_ones_is_not_swallowed():
    split = model(["a", "b", "c", "d"], (0.0, 0.6, 1.2, 1.8))
    assert [level.members for level in federate([split]).levels] == [
        ((0, 0), (0, 1)),
        ((0, 2), (0, 3)),
    ]


def test_rooms_are_joined_by_number_whatever_its_writing():
    one = model(["a", "b"], (0.0, 3.0), rooms=("1D09", "007"))
    other = model(["a", "b"], (0.0, 3.0), rooms=(" 1d09 ", "7"))
    assert federate([one, other]).rooms == {"1D09": ((0, 0), (1, 0)), "7": ((0, 1), (1, 1))}


def test_a_number_that_every_floor_has_names_as_many_rooms_as_floors():
    """ "Stair" is on all floors: joined by number alone, one room would reach through the house."""
    one = model(["a", "b"], (0.0, 3.0), rooms=("Stair", "stair"))
    other = model(["x", "y"], (0.1, 3.2), rooms=("STAIR", "12"))
    assert federate([one, other]).rooms == {
        "STAIR at 0.00 m": ((0, 0), (1, 0)),
        "STAIR at 3.00 m": ((0, 1),),
        "12": ((1, 1),),
    }


def test_a_room_without_a_storey_joins_the_only_one_of_its_number():
    one = model(["a", "b"], (0.0, 3.0), rooms=("7", "8"))
    other = model(["a"], (0.0,), rooms=("7",))
    stray = dataclasses.replace(other.elements, storey=np.array([NO_INDEX], np.int32))
    joined = federate([one, dataclasses.replace(other, elements=stray)])
    assert joined.rooms == {"7": ((0, 0), (1, 0)), "8": ((0, 1),)}


def test_two_storeys_of_one_height_are_one_level_with_both_as_members():
    twin = model(["East wing", "West wing", "Above"], (0.0, 0.0, 4.0))
    joined = federate([twin])
    assert [(level.name, level.members) for level in joined.levels] == [
        ("East wing", ((0, 0), (0, 1))),
        ("Above", ((0, 2),)),
    ]
    assert joined.level_of(0, twin).tolist() == [0, 0, 1]


def test_a_model_without_storeys_has_no_level_and_hinders_nobody():
    bare = dataclasses.replace(model(["a"], (0.0,), rooms=("7",)), storeys=())
    bare = dataclasses.replace(
        bare, elements=dataclasses.replace(bare.elements, storey=np.array([NO_INDEX], np.int32))
    )
    joined = federate([bare, model(["a"], (0.0,), rooms=("7",))])
    assert len(joined.levels) == 1
    assert joined.level_of(0, bare).tolist() == [NO_INDEX]
    assert joined.rooms == {"7": ((0, 0), (1, 0))}


def test_an_element_without_a_storey_has_no_level():
    lone = model(["a"], (0.0,))
    lone = dataclasses.replace(
        lone, elements=dataclasses.replace(lone.elements, storey=np.array([NO_INDEX], np.int32))
    )
    assert federate([lone]).level_of(0, lone).tolist() == [NO_INDEX]
