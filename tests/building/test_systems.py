"""Ducts, pipes and circuits: whose an element is, and what a click says of them."""

from __future__ import annotations

import pytest

from metaviewer.building import building_facts, open_building, properties
from metaviewer.building.ifc_systems import systems_of
from tests.building.ifc_made import good_wall, step_text

WALL, OTHER = f"{100:022d}", f"{200:022d}"
MEMBERS = [
    "#601=IFCRELASSIGNSTOGROUP('0000000000000000000601',$,$,$,(#100),$,#600);",
    "#603=IFCRELASSIGNSTOGROUP('0000000000000000000603',$,$,$,(#100,#200),$,#602);",
    "#605=IFCRELASSIGNSTOGROUP('0000000000000000000605',$,$,$,(#100,#200),$,#604);",
]
RELATED = {
    "IFC2X3": "#606=IFCRELSERVICESBUILDINGS('0000000000000000000606',$,$,$,#600,(#13,#14));",
    "IFC4": "#606=IFCRELSERVICESBUILDINGS('0000000000000000000606',$,$,$,#600,(#13,#14));",
    "IFC4X3_ADD2": "#606=IFCRELREFERENCEDINSPATIALSTRUCTURE('0000000000000000000606',$,$,$,"
    "(#600),#13);\n#607=IFCRELREFERENCEDINSPATIALSTRUCTURE('0000000000000000000607',$,$,$,"
    "(#600),#14);",
}
OLD = [
    "#600=IFCSYSTEM('0000000000000000000600',$,'Supply 1',$,'air');",
    "#602=IFCSYSTEM('0000000000000000000602',$,$,$,'return');",
    "#604=IFCZONE('0000000000000000000604',$,'Fire zone',$,$);",
]
NEW = [
    "#600=IFCDISTRIBUTIONSYSTEM('0000000000000000000600',$,'Supply 1',$,'air',"
    "'Theatres',.AIRCONDITIONING.);",
    "#602=IFCDISTRIBUTIONSYSTEM('0000000000000000000602',$,$,$,$,'return',$);",
    "#604=IFCZONE('0000000000000000000604',$,'Fire zone',$,$,$);",
]


def write(folder, schema):
    """Wall 100 is in two systems, wall 200 in one without a name, both in a zone."""
    walls = [*good_wall(100), *good_wall(200, at=(5, 0, 0))]
    if schema == "IFC2X3":  # a wall has no predefined type there
        walls = [line[:-5] + "$);" if "IFCWALL(" in line else line for line in walls]
    lines = [*walls, *(OLD if schema == "IFC2X3" else NEW), *MEMBERS, RELATED[schema]]
    place = folder / "systems.ifc"
    place.write_text(step_text(lines, schema=schema), encoding="ascii")
    return place


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("METAVIEWER_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("schema", RELATED)
def test_the_table_names_the_systems_of_an_element_and_no_zone(schema, building_jail, tmp_path):
    """Since IFC4 a zone inherits from the system; opened twice, the cache must say the same."""
    place = write(tmp_path, schema)
    for _ in range(2):
        building = open_building(building_jail, place)
        assert building.schema.startswith(schema)
        assert building.elements.systems == ("Supply 1, return", "return")
        assert building_facts(building)["with_geometry"] == 2


@pytest.mark.parametrize("schema", RELATED)
def test_a_click_says_what_the_system_is_and_what_it_serves(schema, building_jail, tmp_path):
    rows = properties(building_jail, write(tmp_path, schema), WALL)
    kind = "IfcSystem" if schema == "IFC2X3" else "IfcDistributionSystem"
    found = {name: value for title, name, value in rows if title == f"{kind} Supply 1"}
    wanted = {"Name": "Supply 1", "ObjectType": "air", "Serves": "House, Ground"}
    if schema != "IFC2X3":
        wanted |= {"LongName": "Theatres", "PredefinedType": "AIRCONDITIONING"}
    assert found == wanted
    assert ("IfcZone Fire zone", "Name", "Fire zone") in rows
    other = properties(building_jail, write(tmp_path, schema), OTHER)
    assert not any("Supply 1" in title for title, _, _ in other)


def test_property_sets_of_the_system_are_told_with_it(building_jail, tmp_path):
    lines = [
        *good_wall(100),
        *NEW[:1],
        MEMBERS[0],
        "#700=IFCRELDEFINESBYPROPERTIES('0000000000000000000700',$,$,$,(#600),#701);",
        "#701=IFCPROPERTYSET('0000000000000000000701',$,'Pset_Air',$,(#702));",
        "#702=IFCPROPERTYSINGLEVALUE('FlowRate',$,IFCREAL(0.25),$);",
    ]
    place = tmp_path / "sets.ifc"
    place.write_text(step_text(lines), encoding="ascii")
    rows = properties(building_jail, place, WALL)
    assert ("IfcDistributionSystem Supply 1 / Pset_Air", "FlowRate", "0.25") in rows


def test_two_elements_of_one_global_id_keep_their_own_property_sets(building_jail, tmp_path):
    """Real files have such pairs; by GlobalId alone the second would show the first's values."""
    twin = [line.replace(OTHER, WALL) for line in good_wall(200, at=(5, 0, 0))]
    sets = [
        line
        for first, element, value in ((600, 100, "one"), (700, 200, "two"))
        for line in (
            f"#{first}=IFCRELDEFINESBYPROPERTIES('{first:022d}',$,$,$,(#{element}),#{first + 1});",
            f"#{first + 1}=IFCPROPERTYSET('{first + 1:022d}',$,'Pset',$,(#{first + 2}));",
            f"#{first + 2}=IFCPROPERTYSINGLEVALUE('Which',$,IFCLABEL('{value}'),$);",
        )
    ]
    place = tmp_path / "twins.ifc"
    place.write_text(step_text([*good_wall(100), *twin, *sets]), encoding="ascii")
    building = open_building(building_jail, place)
    assert building.elements.global_ids == (WALL, WALL)
    told = [
        properties(building_jail, place, WALL, step_id=int(step_id))
        for step_id in building.elements.step_ids
    ]
    assert told == [(("Pset", "Which", "one"),), (("Pset", "Which", "two"),)]


@pytest.mark.parametrize(
    ("name", "member_count"),
    [("PCERT_Building-Hvac.ifc", 3), ("PCERT_Building-Architecture.ifc", 0)],
)
def test_real_files_say_what_the_parsers_own_search_says(name, member_count, samples):
    """The second file has a zone with members: it is no system."""
    import ifcopenshell
    from ifcopenshell.util.system import get_element_systems

    model = ifcopenshell.open(samples / "ifc" / name)
    found = systems_of(model)
    assert len(found) == member_count
    for product in model.by_type("IfcProduct"):
        wanted = ", ".join(group.Name for group in get_element_systems(product))
        assert found.get(product.id(), "") == wanted
