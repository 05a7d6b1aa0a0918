"""Storeys and rooms as files really have them: equal heights, feet, none at all, empty rooms."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.building import NO_INDEX, building_facts, draw_list
from metaviewer.render.element_state import cut_height_site_m, hidden_elements
from metaviewer.scene import BuildingLook
from tests.building.ifc_made import FOOT, element, good_wall, solid


def storey(first: int, name: str, height: float) -> list[str]:
    """A storey, entity `first`, of the house."""
    return [
        f"#{first}=IFCBUILDINGSTOREY('{first:022d}',$,'{name}',$,$,#{first + 1},$,$,.ELEMENT.,"
        f"{height!r});",
        f"#{first + 1}=IFCLOCALPLACEMENT(#11,#{first + 2});",
        f"#{first + 2}=IFCAXIS2PLACEMENT3D(#{first + 3},$,$);",
        f"#{first + 3}=IFCCARTESIANPOINT((0.,0.,{height!r}));",
        f"#{first + 4}=IFCRELAGGREGATES('{first + 4:022d}',$,$,$,#13,(#{first}));",
    ]


def wall_in(first: int, storey_id: int, *, at) -> list[str]:
    lines = [*solid(first + 10), *element(first, first + 10, at=at, contained=False)]
    guid = f"{first + 6:022d}"
    relation = "IFCRELCONTAINEDINSPATIALSTRUCTURE"
    return [*lines, f"#{first + 6}={relation}('{guid}',$,$,$,(#{first}),#{storey_id});"]


def room(first: int, name: str, above: int = 14) -> list[str]:
    """A room without a body, in the storey or room `above`."""
    return [
        f"#{first}=IFCSPACE('{first:022d}',$,'{name}',$,$,#11,$,$,.ELEMENT.,$,$);",
        f"#{first + 1}=IFCRELAGGREGATES('{first + 1:022d}',$,$,$,#{above},(#{first}));",
    ]


def test_two_storeys_of_one_height_are_shown_and_peeled_together(opened):
    """Each wall keeps the storey that contains it. Told apart by their order, one wing would
    vanish when the other is asked for."""
    lines = [
        *storey(20, "East", 0.0),
        *storey(40, "Upper", 3.0),
        *wall_in(100, 14, at=(0, 0, 0)),
        *wall_in(200, 20, at=(9, 0, 0)),
        *wall_in(300, 40, at=(0, 0, 3)),
    ]
    building = opened(lines)
    names = [building.storeys[k].name for k in building.elements.storey]
    assert names == ["Ground", "East", "Upper"]
    for top in (0, 1):
        look = BuildingLook(storey_top=top, storey_only=True)
        assert hidden_elements(building, look).tolist() == [False, False, True]
        assert cut_height_site_m(building, BuildingLook(storey_top=top, cut_height_m=1.2)) == 1.2


def test_storeys_in_feet_lie_in_metres(opened):
    """Ten feet are 3.048 m: a wall that no storey contains must find the upper floor there."""
    stray = [*solid(310), *element(300, 310, at=(5, 0, 10.0), contained=False)]
    building = opened([*storey(20, "Upper", 10.0), *good_wall(100), *stray], stated=FOOT)
    assert [one.base_m for one in building.storeys] == pytest.approx([0.0, 3.048])
    assert building_facts(building)["storeys"][1]["elevation_m"] == pytest.approx(3.048)
    assert [building.storeys[k].name for k in building.elements.storey] == ["Ground", "Upper"]


def test_a_building_without_storeys_is_drawn_whole_whatever_is_peeled(opened):
    bare = {"#14=": "", "#17=": ""}
    lines = [*solid(110), *element(100, 110, contained=False)]
    building = opened(lines, frame=bare)
    assert building.storeys == ()
    assert building.elements.storey.tolist() == [NO_INDEX]
    look = BuildingLook(storey_top=2, storey_only=True, cut_height_m=1.0)
    assert not hidden_elements(building, look).any()
    assert cut_height_site_m(building, look) is None
    assert len(draw_list(building).batches) == 1
    assert building_facts(building)["storeys"] == []


def test_a_room_stands_for_what_stands_in_it_through_assemblies_and_inner_rooms(opened):
    """A front has no body, its plates have; a suite has no body, its rooms have none either."""
    lines = [
        *room(700, "Suite"),
        *room(720, "Bath", above=700),
        "#740=IFCCURTAINWALL('0000000000000000000740',$,'front',$,$,#11,$,$,$);",
        "#741=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000741',$,$,$,(#740),#720);",
        *solid(210),
        *element(200, 210, at=(5, 0, 0), contained=False),
        *solid(310),
        *element(300, 310, at=(9, 0, 1), contained=False),
        "#742=IFCRELAGGREGATES('0000000000000000000742',$,$,$,#740,(#200,#300));",
    ]
    building = opened(lines)
    names = building.elements.names
    wanted = [(4, -1.5, 0), (10, 1.5, 5)]
    for name in ("Suite", "Bath"):
        np.testing.assert_allclose(building.elements.bounds_site_m[names.index(name)], wanted)


def test_a_room_with_nothing_in_it_has_no_place_and_harms_nothing(opened):
    building = opened([*room(700, "Empty"), *good_wall(100)])
    row = building.elements.names.index("Empty")
    assert np.isnan(building.elements.bounds_site_m[row]).all()
    assert building_facts(building)["spaces"] == 1
    assert building_facts(building)["bounds_m"] == [[-1.0, -1.5, 0.0], [1.0, 1.5, 4.0]]


def test_rooms_of_one_number_on_two_floors_keep_their_own_contents(opened):
    lines = [
        *storey(20, "Upper", 3.0),
        *room(700, "1"),
        *room(720, "1", above=20),
        *wall_in(100, 700, at=(0, 0, 0)),
        *wall_in(200, 720, at=(9, 0, 3)),
    ]
    building = opened(lines)
    table = building.elements
    rooms = np.flatnonzero(table.is_space)
    assert table.bounds_site_m[rooms, 0, 2].tolist() == [0.0, 3.0]
    assert [building.storeys[k].name for k in table.storey[rooms]] == ["Ground", "Upper"]
