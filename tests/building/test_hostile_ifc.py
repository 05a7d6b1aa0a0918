"""Faults F11 to F17 of the reliability table: one element is lost at most, the rest is exact."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from metaviewer.building import building_facts, conversion
from metaviewer.building import open_building as open_place
from metaviewer.errors import Refused
from metaviewer.jail import Limits
from tests.building.ifc_made import (
    BROKEN_UNIT,
    CORNERS,
    NO_UNIT,
    element,
    face_set,
    good_wall,
    solid,
    step_text,
    write_ifc,
)

GOOD = good_wall(100)
UP = "#212=IFCDIRECTION((0.,0.,1.));"
COPY = "#5000=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#1,1.,$);"
MAP = [
    "#215=IFCREPRESENTATIONMAP(#2,#216);",
    "#216=IFCSHAPEREPRESENTATION(#4,'Body','SweptSolid',(#210));",
]


def wall(placement: str = "", **options):
    """A second wall, entity 200, whose solid is entity 210."""
    return [*solid(210), *element(200, options.pop("item", 210), placement=placement, **options)]


def circle(radius: float):
    return [
        "#210=IFCEXTRUDEDAREASOLID(#211,#2,#212,3.);",
        f"#211=IFCCIRCLEPROFILEDEF(.AREA.,$,$,{radius!r});",
        UP,
        *element(200, 210),
    ]


def deep_placement(levels: int):
    chain = [f"#{k}=IFCLOCALPLACEMENT(#{k + 1},#2);" for k in range(100_000, 100_000 + levels)]
    last = f"#{100_000 + levels}=IFCLOCALPLACEMENT($,#2);"
    return wall("\n".join(["#201=IFCLOCALPLACEMENT(#100000,#2);", *chain, last]))


MAPPED_BOX = [*solid(210), *MAP]


def copies(count: int, *, of=MAPPED_BOX):
    """One element of `count` mapped copies."""
    items = range(100_000, 100_000 + count)
    return [
        *of,
        COPY,
        "#200=IFCWALL('0000000000000000000200',$,'w',$,$,#11,#202,$,$);",
        "#202=IFCPRODUCTDEFINITIONSHAPE($,$,(#203));",
        "#203=IFCSHAPEREPRESENTATION(#4,'Body','MappedRepresentation',("
        + ",".join(f"#{k}" for k in items)
        + "));",
        *(f"#{k}=IFCMAPPEDITEM(#215,#5000);" for k in items),
    ]


def many_triangles(count: int, *, copies_count: int):
    """One element of a few kilobytes that places count * copies_count triangles."""
    face = face_set(210, CORNERS, ",".join(["(1,3,2)"] * count))
    return copies(copies_count, of=[*face, MAP[0], MAP[1].replace("SweptSolid", "Tessellation")])


def nested_maps(levels: int):
    """A file of some kilobytes that asks for 10 ** levels copies."""
    lines = [*wall(item=220, kind="MappedRepresentation"), *MAP, COPY]
    below = 215
    for level in range(levels):
        at = 1000 + 20 * level
        items = ",".join(f"#{at + 2 + k}" for k in range(10))
        lines += [
            f"#{at}=IFCREPRESENTATIONMAP(#2,#{at + 1});",
            f"#{at + 1}=IFCSHAPEREPRESENTATION(#4,'Body','MappedRepresentation',({items}));",
            *(f"#{at + 2 + k}=IFCMAPPEDITEM(#{below},#5000);" for k in range(10)),
        ]
        below = at
    return [*lines, f"#220=IFCMAPPEDITEM(#{below},#5000);"]


HOSTILE = {
    "F12 placement relative to itself": wall("#201=IFCLOCALPLACEMENT(#201,#2);"),
    "F12 two placements in a circle": wall(
        "#201=IFCLOCALPLACEMENT(#230,#2);\n#230=IFCLOCALPLACEMENT(#201,#2);"
    ),
    "F12 20,000 placements deep": deep_placement(20_000),
    "F14 a boolean that contains itself": [
        *wall(item=250, kind="CSG"),
        "#250=IFCBOOLEANRESULT(.UNION.,#250,#210);",
    ],
    "F14 two booleans in a circle": [
        *wall(item=250, kind="CSG"),
        "#250=IFCBOOLEANRESULT(.UNION.,#251,#210);",
        "#251=IFCBOOLEANRESULT(.UNION.,#250,#210);",
    ],
    "F14 10^7 nested copies": nested_maps(7),
    "F14 30,000 copies": copies(30_000),
    "F14 100,000 copies": copies(100_000),
    "F14 a circle of 10^9 m": circle(1e9),
    "F17 placed at 1e300": wall(at=(1e300, 0, 0)),
    "F17 extruded to 1e300": [*solid(210, size=(2, 3, 1e300)), *element(200, 210)],
    "F17 a coordinate that is none": wall(
        "#201=IFCLOCALPLACEMENT(#11,#240);\n#240=IFCAXIS2PLACEMENT3D(#241,$,$);\n"
        "#241=IFCCARTESIANPOINT((NAN,7.,0.));"
    ),
    "a face names a point that is not there": [
        *face_set(210, CORNERS, "(1,3,2),(1,2,2000000000)"),
        *element(200, 210, kind="Tessellation"),
    ],
    "a face names a negative point": [
        *face_set(210, CORNERS, "(1,3,2),(1,2,-5)"),
        *element(200, 210, kind="Tessellation"),
    ],
    "50 km from the rest": [*good_wall(300), *wall(at=(50_000.0, 0, 0))],
    "a face set of 6,000,000 copied triangles": many_triangles(1_000, copies_count=6_000),
}
REASONS = {
    "F12": "its placement leads back to itself or through too many levels",
    "F14 a bool": "its shape contains itself or nests too deep",
    "F14 two": "its shape contains itself or nests too deep",
    "F14 1": "its shape asks for more than 20000 copies of its parts",
    "F14 3": "its shape asks for more than 20000 copies of its parts",
    "F14 a circle": "a number of its shape or placement is none or beyond 10,000 km",
    "F17": "a number of its shape or placement is none or beyond 10,000 km",
    "a face names": "a triangle names a point that is not there",
    "50 km": "it stands more than 10 km from the rest",
    "a face set": "it has 6000000 triangles, the limit is 5000000",
}
"""Why each stands as a box, by how its name begins."""


@pytest.mark.parametrize("name", HOSTILE)
def test_one_hostile_element_becomes_a_box_and_its_neighbour_stays_exact(name, opened):
    """Fails where the graph is not walked first: the kernel then dies, hangs or eats memory."""
    building = opened([*GOOD, *HOSTILE[name]])
    reason = next(reason for start, reason in REASONS.items() if name.startswith(start))
    assert [found.reason for found in building.substituted] == [reason]
    sentence = f"1 stands as a box: {reason}: IfcWall w"
    assert any(line.startswith(sentence) for line in building.report)
    facts = building_facts(building)
    walls = 2 if name.startswith("50 km") else 1
    assert facts["substituted"] == 1
    assert facts["with_geometry"] == walls
    assert facts["elements"] == walls + 1
    assert facts["surface_m2"] == pytest.approx(52.0 * walls, rel=1e-6)
    assert np.abs(facts["bounds_m"]).max() < 10.0


@pytest.mark.parametrize("name", ["F14 10^7 nested copies", "F14 100,000 copies"])
def test_copies_are_refused_before_memory_is_taken(name, opened, monkeypatch):
    """In two gibibytes 10^7 boxes have no room: the reason would be the memory, not the copies."""
    small = Limits(memory_bytes=2 << 30, cpu_s=20, wall_s=120.0)
    monkeypatch.setattr(conversion, "_limits", lambda *_, **__: small)
    building = opened([*GOOD, *HOSTILE[name]])
    assert [found.reason for found in building.substituted] == [REASONS["F14 1"]]
    assert building_facts(building)["with_geometry"] == 1


@pytest.mark.parametrize(
    "relations",
    [
        ["#300=IFCRELAGGREGATES('0000000000000000000300',$,$,$,#200,(#200));"],
        [
            "#300=IFCRELAGGREGATES('0000000000000000000300',$,$,$,#200,(#100));",
            "#301=IFCRELAGGREGATES('0000000000000000000301',$,$,$,#100,(#200));",
        ],
    ],
    ids=["itself", "two in a circle"],
)
def test_f13_elements_that_contain_themselves_are_shown_once(relations, opened):
    building = opened([*GOOD, *wall(at=(5, 0, 0)), *relations])
    assert "decomposition_cycle" in building.badges
    facts = building_facts(building)
    assert (facts["with_geometry"], facts["substituted"]) == (2, 0)
    assert facts["surface_m2"] == pytest.approx(104.0, rel=1e-6)


def test_f14_an_element_over_its_time_becomes_a_box_after_the_file_is_divided(opened, monkeypatch):
    """A wall with 300 round openings is honest and takes seconds: here it may take one."""
    monkeypatch.setattr(conversion, "WHOLE_CPU_S", 1.0)
    monkeypatch.setattr(conversion, "PART_CPU_S", 1.0)
    monkeypatch.setattr(conversion, "ELEMENT_CPU_S", 1.0)
    building = opened([*GOOD, *good_wall(60, at=(0, 9, 0)), *_wall_of_openings(400)])
    assert [found.reason for found in building.substituted] == [
        "it took more than 1 s of processor time"
    ]
    facts = building_facts(building)
    assert facts["with_geometry"] == 2
    assert facts["surface_m2"] == pytest.approx(104.0, rel=1e-6)
    box = building.elements.bounds_site_m[building.substituted[0].element]
    assert (box[1] - box[0]).max() < 60.0


def _wall_of_openings(count: int):
    lines = [
        *solid(210, size=(40, 0.5, 40)),
        *element(200, 210),
        "#9000=IFCDIRECTION((0.,1.,0.));",
        "#9001=IFCDIRECTION((1.,0.,0.));",
        "#9002=IFCCIRCLEPROFILEDEF(.AREA.,$,$,0.3);",
        UP,
    ]
    for k in range(count):
        at = 10_000 + 20 * k
        x, z = -19.0 + (k % 20) * 2.0, 1.0 + (k // 20) * 1.5
        lines += [
            f"#{at}=IFCOPENINGELEMENT('{at:022d}',$,$,$,$,#{at + 1},#{at + 2},$,$);",
            f"#{at + 1}=IFCLOCALPLACEMENT(#11,#{at + 3});",
            f"#{at + 2}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{at + 5}));",
            f"#{at + 3}=IFCAXIS2PLACEMENT3D(#{at + 4},#9000,#9001);",
            f"#{at + 4}=IFCCARTESIANPOINT(({x!r},-1.,{z!r}));",
            f"#{at + 5}=IFCSHAPEREPRESENTATION(#4,'Body','SweptSolid',(#{at + 6}));",
            f"#{at + 6}=IFCEXTRUDEDAREASOLID(#9002,#2,#212,3.);",
            f"#{at + 7}=IFCRELVOIDSELEMENT('{at + 7:022d}',$,$,$,#200,#{at});",
        ]
    return lines


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9, 0.999])
def test_f15_a_file_cut_anywhere_is_refused_by_its_missing_end(part, building_jail, tmp_path):
    """The parser opens it, without the wall and without a word (measured)."""
    text = step_text(GOOD)
    place = tmp_path / "cut.ifc"
    place.write_text(text[: int(len(text) * part)], encoding="ascii")
    with pytest.raises(Refused) as refused:
        open_place(building_jail, place)
    assert refused.value.word == "format"
    assert "end mark" in refused.value.reason


@pytest.mark.parametrize("stated", [NO_UNIT, BROKEN_UNIT], ids=["none", "broken"])
def test_f16_without_a_unit_the_file_is_refused_and_the_option_named(stated, opened):
    with pytest.raises(Refused) as refused:
        opened(GOOD, stated=stated)
    assert refused.value.word == "units"
    assert "--unit" in refused.value.remedy


def test_f11_a_bomb_of_a_thousand_to_one_is_refused_by_its_size(building_jail, tmp_path):
    place = tmp_path / "bomb.ifczip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.ifc", "ISO-10303-21;\n" + " " * (100 << 20))
    with pytest.raises(Refused) as refused:
        open_place(building_jail, place)
    assert refused.value.word == "size"


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("empty.ifc", b"", "empty"),
        ("text.ifc", b"hello", "format"),
        ("xml.ifc", b"<?xml version='1.0'?><ifcXML/>", "format"),
        ("torn.ifczip", b"PK\x03\x04 nothing else", "format"),
        ("brackets.ifc", step_text(["#99=IFCWALL(" + "(" * 100_000]).encode(), "format"),
        ("old.ifc", step_text(GOOD, schema="IFC2X_FINAL").encode(), "format"),
        ("bare.ifc", b"ISO-10303-21;FILE_SCHEMA(('IFC4'));END-ISO-10303-21;", "empty"),
    ],
)
def test_what_is_no_ifc_of_ours_is_refused_in_one_word(
    name, content, word, building_jail, tmp_path
):
    place = tmp_path / name
    place.write_bytes(content)
    with pytest.raises(Refused) as refused:
        open_place(building_jail, place)
    assert refused.value.word == word


def test_a_zip_of_two_models_says_so(building_jail, tmp_path):
    place = tmp_path / "two.ifczip"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("a.ifc", step_text(GOOD))
        archive.writestr("../../b.ifc", step_text(GOOD))
    with pytest.raises(Refused, match="holds 2"):
        open_place(building_jail, place)


def test_names_that_look_like_references_make_no_cycle(opened):
    """`#100` inside a string is no reference: taken as one, the wall would contain itself."""
    lines = [line.replace("'wall 100'", "'see #100 (and #110'") for line in GOOD]
    building = opened(lines)
    assert not building.substituted
    assert building.elements.names == ("see #100 (and #110",)


def test_a_file_is_opened_again_after_a_hostile_one(building_jail, tmp_path, opened):
    opened([*GOOD, *HOSTILE["F12 placement relative to itself"]])
    place = write_ifc(tmp_path, GOOD, name="after")
    assert open_place(building_jail, place).elements_built == 1
