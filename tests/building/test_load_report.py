"""The load report says what is in a made file: counts, heaviest classes, what lies far away."""

from __future__ import annotations

from metaviewer.building import building_facts
from tests.building.ifc_made import CORNERS, FACES, element, face_set, good_wall, solid

ROOM = [
    "#700=IFCSPACE('0000000000000000000700',$,'R1',$,$,#11,$,'Theatre',.ELEMENT.,$,$);",
    "#701=IFCRELAGGREGATES('0000000000000000000701',$,$,$,#14,(#700));",
]


def corner(first: int, kind: str):
    """An element of 4 triangles, of another class."""
    lines = [*face_set(first + 10, CORNERS, FACES), *element(first, first + 10, kind="T")]
    return [line.replace("=IFCWALL(", f"={kind}(") for line in lines]


def test_counts_and_the_three_heaviest_classes_in_their_order(opened):
    """A wall has 12 triangles, a corner cut from a cube 4. Stored once: the walls' box, the glass
    corner of the plates, and the grey one that beams and the column share."""
    lines = [*ROOM, *good_wall(100), *good_wall(200, at=(5, 0, 0))]
    for k in range(5):
        lines += corner(1000 + 20 * k, "IFCPLATE")
    for k in range(2):
        lines += corner(2000 + 20 * k, "IFCBEAM")
    building = opened([*lines, *corner(3000, "IFCCOLUMN")])
    assert building.report == (
        "11 elements, 1 of them a room",
        "56 triangles drawn from 20 stored",
        "heaviest: IfcWall 24 triangles, IfcPlate 20 triangles, IfcBeam 8 triangles",
    )
    assert building_facts(building)["triangles"] == 56


def test_what_lies_far_away_is_named_and_drawn_by_nobody(opened):
    lines = [*good_wall(100), *good_wall(200, at=(5, 0, 0)), *good_wall(300, at=(0, 20_000, 0))]
    building = opened(lines)
    far = f"IfcWall wall 300 ({300:022d})"
    assert building.report[-1] == (
        f"1 stands as a box: it stands more than 10 km from the rest: {far}"
    )
    assert building.badges == ("substituted", "far_from_origin")
    assert building_facts(building)["bounds_m"] == [[-1.0, -1.5, 0.0], [6.0, 1.5, 4.0]]


def test_a_model_far_from_its_zero_says_where_it_is_drawn(opened):
    building = opened(good_wall(100, at=(452_741.25, 4_539_580.5, 5.0)))
    assert building.report[-1] == ("far from its file's origin: drawn about 452741, 4539580, 7 m")
    assert building.badges == ()


def test_bodies_that_could_not_be_built_are_named_and_the_rest_counted(opened):
    lines = list(good_wall(100))
    for k in range(4):
        first = 1000 + 40 * k
        lines += [*solid(first + 10, size=(2, 3, 0)), *element(first, first + 10)]
    report = opened(lines).report
    names = ", ".join(f"IfcWall wall {n} ({n:022d})" for n in (1000, 1040, 1080))
    assert report[-1] == f"4 bodies could not be built: {names}, and 1 more"
