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


def test_an_element_without_a_storey_has_no_level():
    lone = model(["a"], (0.0,))
    lone = dataclasses.replace(
        lone, elements=dataclasses.replace(lone.elements, storey=np.array([NO_INDEX], np.int32))
    )
    assert federate([lone]).level_of(0, lone).tolist() == [NO_INDEX]
