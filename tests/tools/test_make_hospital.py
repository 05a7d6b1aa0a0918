"""The generated hospital is valid, as large as asked, and ordered like one."""

from __future__ import annotations

import numpy as np
import pytest
from hospital_parts import FEATURES, parts
from make_hospital import STOREY_M, Size, hospital, size_for
from solids import volume_m3

from metaviewer.twin import Placed, simulator

TINY = Size(storeys=2, wings=2, bays=2)


@pytest.fixture(scope="module")
def made():
    return hospital(TINY)


@pytest.fixture(scope="module")
def model(made):
    import ifcopenshell

    return ifcopenshell.file.from_string(made[0])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the validator leaves its rules open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_it_is_valid_ifc(model):
    import ifcopenshell.validate

    log = ifcopenshell.validate.json_logger()
    ifcopenshell.validate.validate(model, log, express_rules=True)
    assert log.statements == []


def test_it_is_the_same_text_again(made):
    assert hospital(TINY) == made


def test_the_count_it_states_is_the_count_in_the_file(made, model):
    assert made[1] == len(model.by_type("IfcElement"))
    ids = [root.GlobalId for root in model.by_type("IfcRoot")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("elements", "storeys"), [(4000, 3), (10_000, 8), (60_000, 8), (60_000, 12)]
)
def test_a_wished_count_is_met_within_a_twentieth(elements, storeys):
    """Counted from a bay and a core, which hold the same in every wing of patient rooms."""
    size = size_for(elements, storeys=storeys)
    one, two = (hospital(Size(storeys=1, wings=1, bays=bays))[1] for bays in (1, 2))
    bay, core = two - one, 2 * one - two
    count = size.storeys * size.wings * (size.bays * bay + core)
    assert 0.95 * elements <= count <= elements


def test_every_element_stands_in_a_room_or_on_a_storey(model):
    for element in model.by_type("IfcElement"):
        where = element.ContainedInStructure
        assert len(where) == 1, element.Name
        assert where[0].RelatingStructure.is_a() in {"IfcSpace", "IfcBuildingStorey"}


def test_storeys_rise_and_rooms_lie_on_them(model):
    heights = [storey.Elevation for storey in model.by_type("IfcBuildingStorey")]
    assert heights == [0.0, pytest.approx(STOREY_M)]
    assert len(model.by_type("IfcSpace")) == TINY.storeys * TINY.wings * TINY.bays * 2
    assert any(space.LongName == "THEATRE" for space in model.by_type("IfcSpace"))


def test_things_stand_in_the_box_of_their_room(model):
    """A turn or a side the wrong way round puts the beds of one side into the court."""
    from ifcopenshell.util.placement import get_local_placement

    for space in model.by_type("IfcSpace"):
        body = space.Representation.Representations[0].Items[0].Coordinates.CoordList
        site_from_room = get_local_placement(space.ObjectPlacement)[:3, 3]
        low, high = np.min(body, axis=0) + site_from_room, np.max(body, axis=0) + site_from_room
        inside = space.ContainsElements[0].RelatedElements
        for element in inside:
            at = get_local_placement(element.ObjectPlacement)[:3, 3]
            assert (at[:2] >= low[:2] - 0.25).all(), element.Name
            assert (at[:2] <= high[:2] + 0.25).all(), element.Name


def test_the_simulator_knows_its_beds_and_rooms(model):
    elements = [
        Placed(model_id="h", global_id=one.GlobalId, ifc_class=one.is_a(), name=one.Name)
        for one in (*model.by_type("IfcSpace"), *model.by_type("IfcElement"))
    ]
    kinds = [point.kind for point in simulator(elements, seed=1).points]
    rooms = len(model.by_type("IfcSpace"))
    assert kinds.count("occupancy") == rooms
    assert kinds.count("temperature") == 2 * rooms
    assert kinds.count("bed_state") == rooms - TINY.bays  # one storey has a wing of theatres


def test_every_part_is_solid_and_every_feature_is_a_part():
    known = parts()
    for part in known.values():
        assert all(volume_m3(solid) > 0 for solid in part.solids)
    assert {feature.part for kind in FEATURES.values() for feature in kind} <= set(known)
