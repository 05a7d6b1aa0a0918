"""What stands in a file is what stands in the building: units, storeys, rooms, sharing, colours."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.building import NO_INDEX, building_facts, element_triangles, properties
from tests.building.ifc_made import (
    CORNERS,
    FACES,
    FOOT,
    METRE,
    MILLIMETRE,
    NO_UNIT,
    element,
    face_set,
    good_wall,
    solid,
    write_ifc,
)

TURNED = (
    "#201=IFCLOCALPLACEMENT(#11,#240);\n"
    "#240=IFCAXIS2PLACEMENT3D(#241,#242,#243);\n#241=IFCCARTESIANPOINT((10.,20.,30.));\n"
    "#242=IFCDIRECTION((0.,0.,1.));\n#243=IFCDIRECTION((0.,1.,0.));"
)
"""A quarter turn about the vertical: its x axis points along y."""


@pytest.mark.parametrize(
    ("stated", "unit", "metres", "name"),
    [
        (METRE, None, 1.0, "METRE"),
        (MILLIMETRE, None, 0.001, "MILLIMETRE"),
        (FOOT, None, 0.3048, "FOOT"),
        (NO_UNIT, "cm", 0.01, "cm"),
        (METRE, "mm", 1.0, "METRE"),
    ],
)
@pytest.mark.parametrize("way", ["kernel", "direct"])
def test_lengths_become_metres_by_either_way(stated, unit, metres, name, way, opened):
    """A file's own unit wins over the option; either way to triangles must scale alike."""
    direct = [*face_set(110, CORNERS, FACES), *element(100, 110, at=(5, 6, 7), kind="Tessellation")]
    lines = good_wall(100, at=(5, 6, 7)) if way == "kernel" else direct
    building = opened(lines, stated=stated, unit=unit)
    low, high = building.elements.bounds_site_m[0]
    wanted = [(4, 4.5, 7), (6, 7.5, 11)] if way == "kernel" else [(5, 6, 7), (6, 8, 10)]
    np.testing.assert_allclose([low, high], np.array(wanted) * metres, atol=1e-6)
    assert building.length_unit == name
    assert ("unit_assumed" in building.badges) is (stated is NO_UNIT)


def test_triangles_are_taken_as_they_stand_and_turned_where_they_are_placed(opened):
    """Triangle (1,3,2) of a set whose x axis points along y: a swapped axis shows."""
    lines = [*face_set(210, CORNERS, FACES), *element(200, 210, placement=TURNED, kind="T")]
    building = opened(lines)
    corners = element_triangles(building, 0)
    np.testing.assert_allclose(corners[0], [(10, 20, 30), (8, 20, 30), (10, 21, 30)], atol=1e-6)
    assert building_facts(building)["surface_m2"] == pytest.approx(9.0, abs=1e-4)


def test_a_mapped_set_is_kept_once_and_placed_by_its_operator(opened):
    lines = [
        *face_set(210, CORNERS, FACES),
        "#215=IFCREPRESENTATIONMAP(#2,#216);",
        "#216=IFCSHAPEREPRESENTATION(#4,'Body','Tessellation',(#210));",
        "#217=IFCMAPPEDITEM(#215,#218);",
        "#218=IFCCARTESIANTRANSFORMATIONOPERATOR3D(#219,$,#220,2.,$);",
        "#219=IFCDIRECTION((0.,1.,0.));",
        "#220=IFCCARTESIANPOINT((100.,0.,0.));",
        *element(300, 217, at=(0, 0, 1), kind="MappedRepresentation"),
        *element(400, 217, at=(0, 0, 5), kind="MappedRepresentation"),
    ]
    building = opened(lines)
    assert len(building.shapes.triangles_n3) == 4
    assert len(building.shapes.placed_shape) == 2
    # x of the set points along y and all lengths double.
    wanted = [[(96, 0, 1), (100, 2, 7)], [(96, 0, 5), (100, 2, 11)]]
    np.testing.assert_allclose(building.elements.bounds_site_m, wanted, atol=1e-6)
    assert building_facts(building)["surface_m2"] == pytest.approx(2 * 4 * 9.0, rel=1e-6)


def test_equal_solids_of_two_entities_are_one_shape(opened):
    building = opened([*good_wall(100), *good_wall(200, at=(9, 0, 0))])
    assert len(building.shapes.point_start) - 1 == 1
    assert building.elements_built == 2


def test_styles_give_colour_and_glass_is_never_more_than_70_percent_clear(opened):
    styled = [
        "#500=IFCSTYLEDITEM(#210,(#501),$);",
        "#501=IFCSURFACESTYLE('Glazing',.BOTH.,(#502));",
        "#502=IFCSURFACESTYLESHADING(#503,0.95);",
        "#503=IFCCOLOURRGB($,0.2,0.4,0.6);",
    ]
    lines = [*face_set(210, CORNERS, FACES), *element(200, 210, kind="T"), *styled]
    building = opened(lines)
    np.testing.assert_allclose(building.shapes.materials_rgba, [(0.2, 0.4, 0.6, 0.3)], atol=0.01)
    assert building.shapes.material_names == ("Glazing",)


STOREYS = [
    "#20=IFCBUILDINGSTOREY('0000000000000000000020',$,'First',$,$,#21,$,$,.ELEMENT.,3.);",
    "#21=IFCLOCALPLACEMENT(#11,#22);",
    "#22=IFCAXIS2PLACEMENT3D(#23,$,$);",
    "#23=IFCCARTESIANPOINT((0.,0.,3.));",
    "#24=IFCRELAGGREGATES('0000000000000000000024',$,$,$,#13,(#20));",
]


def test_storeys_are_told_by_containment_then_by_the_assembly_then_by_height(opened):
    lines = [
        *STOREYS,
        # Contained in Ground although it stands 3.5 m up: containment wins.
        *good_wall(100, at=(0, 0, 3.5)),
        # A part of that wall, contained nowhere: as its assembly.
        *solid(210),
        *element(200, 210, at=(4, 0, 3.5), contained=False),
        "#260=IFCRELAGGREGATES('0000000000000000000260',$,$,$,#100,(#200));",
        # Alone: by height, a little sunk into its floor.
        *solid(310),
        *element(300, 310, at=(8, 0, 2.7), contained=False),
        *solid(410),
        *element(400, 410, at=(12, 0, 0), contained=False),
    ]
    building = opened(lines)
    names = [building.storeys[k].name for k in building.elements.storey]
    assert names == ["Ground", "Ground", "First", "Ground"]
    assert [storey.base_m for storey in building.storeys] == [0.0, 3.0]


def test_without_elevations_the_contents_say_where_a_floor_lies(opened):
    floor = "#14=IFCBUILDINGSTOREY('0000000000000000000014',$,'Ground',$,$,#11,$,$,.ELEMENT.,$);"
    lines = [*good_wall(100, at=(0, 0, 158.5)), *good_wall(200, at=(5, 0, 158.7))]
    building = opened([*lines, *good_wall(300, at=(9, 0, 170.0))], frame={"#14=": floor})
    assert building.storeys[0].elevation_m is None
    assert building.storeys[0].base_m == pytest.approx(158.7)


ROOM = [
    "#700=IFCSPACE('0000000000000000000700',$,'R1',$,$,#11,{shape},'Theatre',.ELEMENT.,$,$);",
    "#701=IFCRELAGGREGATES('0000000000000000000701',$,$,$,#14,(#700));",
]


def test_a_room_without_a_body_stands_for_its_contents(opened):
    inside = [
        *solid(210),
        *element(200, 210, at=(5, 0, 0), contained=False),
        "#260=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000260',$,$,$,(#200),#700);",
    ]
    building = opened([ROOM[0].format(shape="$"), ROOM[1], *inside])
    room, wall = (building.elements.classes.index(name) for name in ("IfcSpace", "IfcWall"))
    assert building.elements.long_names[room] == "Theatre"
    assert building.elements.parent[wall] == room
    assert building.elements.storey[wall] == building.elements.storey[room] == 0
    np.testing.assert_allclose(
        building.elements.bounds_site_m[room], building.elements.bounds_site_m[wall]
    )


def test_rooms_are_tinted_air_and_count_neither_as_elements_nor_as_surface(opened):
    body = [
        *solid(810, size=(9, 9, 3)),
        "#800=IFCPRODUCTDEFINITIONSHAPE($,$,(#801));",
        "#801=IFCSHAPEREPRESENTATION(#4,'Body','SweptSolid',(#810));",
    ]
    building = opened([ROOM[0].format(shape="#800"), ROOM[1], *body, *good_wall(100)])
    facts = building_facts(building)
    assert (facts["elements"], facts["spaces"]) == (1, 1)
    assert facts["surface_m2"] == pytest.approx(52.0)
    assert facts["bounds_m"] == [[-1.0, -1.5, 0.0], [1.0, 1.5, 4.0]]
    room = building.elements.classes.index("IfcSpace")
    assert len(element_triangles(building, room)) == 12
    material = building.shapes.triangle_material[
        building.shapes.triangle_start[
            building.shapes.placed_shape[building.shapes.placed_element == room][0]
        ]
    ]
    assert building.shapes.materials_rgba[material, 3] < 0.5


def test_map_coordinates_stay_exact_about_an_origin_of_their_own(opened):
    """At 4,500 km float32 has steps of half a metre; the wall is 2 m wide."""
    far = (452_741.125, 4_539_580.25, 5.0)
    building = opened(good_wall(100, at=far))
    low, high = building.elements.bounds_site_m[0] + building.origin_site_m
    np.testing.assert_allclose(low, np.subtract(far, (1.0, 1.5, 0.0)), atol=1e-6)
    np.testing.assert_allclose(high, np.add(far, (1.0, 1.5, 4.0)), atol=1e-6)
    assert np.abs(building.elements.bounds_site_m).max() < 10.0
    assert not building.badges


def test_coordinates_baked_into_a_shape_stay_exact(opened):
    x, y, z = 452_741.1, 4_539_580.2, 5.0
    points = f"({x},{y},{z}),({x + 1},{y},{z}),({x},{y + 2},{z}),({x},{y},{z + 3})"
    building = opened([*face_set(210, points, FACES), *element(200, 210, kind="T")])
    low, high = building.elements.bounds_site_m[0]
    np.testing.assert_allclose(high - low, (1.0, 2.0, 3.0), atol=1e-5)
    assert building_facts(building)["surface_m2"] == pytest.approx(9.0, rel=1e-5)


def test_openings_are_cut_and_not_drawn(opened):
    """A hole of 1 x 1 through a wall of 2 x 3 x 4: 52 - 2 + 4 * 3."""
    hole = [
        *solid(810, size=(1, 9, 1)),
        "#800=IFCPRODUCTDEFINITIONSHAPE($,$,(#801));",
        "#801=IFCSHAPEREPRESENTATION(#4,'Body','SweptSolid',(#810));",
        "#802=IFCOPENINGELEMENT('0000000000000000000802',$,$,$,$,#803,#800,$,$);",
        "#803=IFCLOCALPLACEMENT(#11,#804);",
        "#804=IFCAXIS2PLACEMENT3D(#805,$,$);",
        "#805=IFCCARTESIANPOINT((0.,0.,1.));",
        "#806=IFCRELVOIDSELEMENT('0000000000000000000806',$,$,$,#100,#802);",
    ]
    building = opened([*good_wall(100), *hole])
    assert building.elements.classes == ("IfcWall",)
    assert building_facts(building)["surface_m2"] == pytest.approx(62.0, rel=1e-5)


def test_what_has_no_body_is_a_row_but_no_element_of_the_facts(opened):
    bare = "#900=IFCCURTAINWALL('0000000000000000000900',$,'front',$,$,#11,$,$,$);"
    building = opened([*good_wall(100), bare])
    assert building.elements.classes == ("IfcWall", "IfcCurtainWall")
    assert building_facts(building)["elements"] == 1
    assert building.elements.storey[1] == NO_INDEX


def test_an_empty_body_is_counted_as_not_drawn(opened):
    building = opened([*good_wall(100), *solid(210, size=(2, 3, 0)), *element(200, 210)])
    facts = building_facts(building)
    assert (facts["elements"], facts["with_geometry"], facts["not_drawn"]) == (2, 1, 1)
    assert "incomplete" in building.badges


def test_properties_of_an_element_are_read_when_asked_for(building_jail, tmp_path):
    sets = [
        "#600=IFCRELDEFINESBYPROPERTIES('0000000000000000000600',$,$,$,(#100),#601);",
        "#601=IFCPROPERTYSET('0000000000000000000601',$,'Pset_WallCommon',$,(#602,#603));",
        "#602=IFCPROPERTYSINGLEVALUE('FireRating',$,IFCLABEL('EI 90'),$);",
        "#603=IFCPROPERTYSINGLEVALUE('ThermalTransmittance',$,IFCREAL(0.25),$);",
    ]
    place = write_ifc(tmp_path, [*good_wall(100), *sets])
    assert properties(building_jail, place, f"{100:022d}") == (
        ("Pset_WallCommon", "FireRating", "EI 90"),
        ("Pset_WallCommon", "ThermalTransmittance", "0.25"),
    )
