"""The furnished clinic: valid, at home in the real one, and made again to the byte."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest
from furniture_plan import CLEARANCE_M, floor_area_m2, obstacles_of, pieces_of
from make_furniture import HOSPITAL, MODELS, TARGET, furnished, rooms_named

THROUGH_M = 0.01
"""Two boxes that overlap by less only touch."""


def text_in(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.namelist()[0]).decode("ascii")


def opened(path):
    import ifcopenshell

    return ifcopenshell.file.from_string(text_in(path))


def room_of(piece):
    return piece.ContainedInStructure[0].RelatingStructure


@pytest.fixture(scope="module")
def model():
    return opened(TARGET)


@pytest.fixture(scope="module")
def obstacles():
    return obstacles_of([HOSPITAL / name for name in MODELS])


@pytest.fixture(scope="module")
def rooms(samples):
    return rooms_named(samples)


def box_of(product):
    from ifcopenshell.util.placement import get_local_placement

    site_from_body = get_local_placement(product.ObjectPlacement)
    corners = []
    for representation in product.Representation.Representations:
        for item in representation.Items:
            mapped = item.is_a("IfcMappedItem")
            parts = item.MappingSource.MappedRepresentation.Items if mapped else [item]
            corners += [np.array(part.Coordinates.CoordList) for part in parts]
    points = np.vstack(corners) @ site_from_body[:3, :3].T + site_from_body[:3, 3]
    return np.array([points.min(axis=0), points.max(axis=0)])


def overlap_m(one, many):
    return (np.minimum(one[1], many[:, 1]) - np.maximum(one[0], many[:, 0])).min(axis=1)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the validator leaves its rules open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_file_is_valid_ifc(model):
    import ifcopenshell.validate

    log = ifcopenshell.validate.json_logger()
    ifcopenshell.validate.validate(model, log, express_rules=True)
    assert log.statements == []


def test_every_global_id_is_there_once(model):
    ids = [root.GlobalId for root in model.by_type("IfcRoot")]
    assert len(ids) == len(set(ids))


@pytest.mark.slow
def test_rooms_are_the_rooms_of_the_clinic(model):
    """A room bound under another id gets no colour and no name."""
    clinic = opened(HOSPITAL / MODELS[0])
    known = {space.GlobalId: space.Name for space in clinic.by_type("IfcSpace")}
    ours = {space.GlobalId: space.Name for space in model.by_type("IfcSpace")}
    assert len(ours) == 268
    assert len(ours.keys() & known.keys()) == 267
    assert all(known[one] == ours[one] for one in ours.keys() & known.keys())


@pytest.mark.slow
def test_furniture_stands_in_its_room_on_its_floor_and_through_nothing(model, obstacles):
    """A yard unit, a swapped axis or a turn the wrong way round puts beds through walls."""
    standing = np.concatenate([obstacles.walls_m, obstacles.doors_m, obstacles.others_m])
    for piece in (*model.by_type("IfcFurniture"), *model.by_type("IfcMedicalDevice")):
        box, room = box_of(piece), box_of(room_of(piece))
        assert box[0, 2] == pytest.approx(room[0, 2], abs=1e-3)
        assert (box[0, :2] >= room[0, :2] + CLEARANCE_M - 0.01).all(), piece.Name
        assert (box[1, :2] <= room[1, :2] - CLEARANCE_M + 0.01).all(), piece.Name
        above = box + np.array([(0, 0, 0.05), (0, 0, 0)])  # floors lie under everything
        assert (overlap_m(above, standing) < THROUGH_M).all(), piece.Name


@pytest.mark.slow
def test_pieces_keep_clear_of_each_other(model):
    pieces = [*model.by_type("IfcFurniture"), *model.by_type("IfcMedicalDevice")]
    boxes = np.array([box_of(piece) for piece in pieces])
    for index, piece in enumerate(pieces):
        others = np.delete(boxes, index, axis=0)
        assert (overlap_m(boxes[index], others) < THROUGH_M).all(), piece.Name


@pytest.mark.slow
def test_sensors_hang_on_a_wall_in_their_room(model, obstacles):
    for sensor in model.by_type("IfcSensor"):
        box, room = box_of(sensor), box_of(room_of(sensor))
        assert 1.4 < box[0, 2] - room[0, 2] < 1.6
        assert (box[0, :2] >= room[0, :2] - 0.002).all()
        assert (box[1, :2] <= room[1, :2] + 0.002).all()
        reach = box + np.array([(-0.02, -0.02, 0), (0.02, 0.02, 0)])
        assert (overlap_m(reach, obstacles.walls_m) > 0).any(), sensor.Name
        assert (overlap_m(box, obstacles.walls_m) < THROUGH_M).all(), sensor.Name


def test_beds_stand_where_patients_are_treated(model):
    beds = [piece for piece in model.by_type("IfcFurniture") if piece.PredefinedType == "BED"]
    assert len(beds) >= 20
    for bed in beds:
        category = room_of(bed).ObjectType
        assert "Corridor" not in category
        assert category.startswith("13-41 41"), category


def test_nobody_is_named(model):
    """The workbook's contact sheet holds people; a whole-workbook reader would bring them along."""
    text = text_in(TARGET)
    assert "@" not in text
    assert not model.by_type("IfcPerson")


def test_smaller_rooms_keep_their_floor(rooms):
    """Whole boxes give one room in twenty 1.39 times its stated area and more."""
    stated = [room for room in rooms if room.net_area_m2 > 0]
    shares = [floor_area_m2(room, rooms) / room.net_area_m2 for room in stated]
    assert np.percentile(shares, 95) < 1.12
    assert 0.9 < np.median(shares) < 1.0


@pytest.mark.slow
def test_the_shipped_file_is_what_the_tool_makes(rooms, obstacles):
    assert furnished(rooms, pieces_of(rooms, obstacles)) == text_in(TARGET)
