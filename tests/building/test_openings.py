"""An opening that cannot be cut is named with its element and the reason; the wall stands whole."""

from __future__ import annotations

import pytest

from metaviewer.building import building_facts, conversion
from tests.building.ifc_made import element, face_set, good_wall, solid

WALL = f"IfcWall wall 100 ({100:022d})"
OPENING = f"opening {802:022d}"
POLYGON = [
    "#810=IFCEXTRUDEDAREASOLID(#811,#2,#812,2.);",
    "#811=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#813);",
    "#812=IFCDIRECTION((0.,0.,1.));",
    "#813=IFCPOLYLINE((#814,#815,#816,#817,#814));",
]
ROUND = [
    "#810=IFCEXTRUDEDAREASOLID(#811,#2,#812,2.);",
    "#811=IFCCIRCLEPROFILEDEF(.AREA.,$,$,0.5);",
    "#812=IFCDIRECTION((0.,0.,1.));",
]


def corners(*points):
    return [
        f"#{814 + k}=IFCCARTESIANPOINT(({float(x)!r},{float(y)!r}));"
        for k, (x, y) in enumerate(points)
    ]


SQUARE = [*POLYGON, *corners((-0.5, -5), (0.5, -5), (0.5, 5), (-0.5, 5))]
BOWTIE = [*POLYGON, *corners((-0.5, -5), (0.5, 5), (0.5, -5), (-0.5, 5))]
FLAT = face_set(810, "(-.5,-5.,0.),(.5,-5.,0.),(.5,5.,0.),(-.5,5.,0.)", "(1,2,3),(1,3,4)")
CURVE = ["#810=IFCPOLYLINE((#1,#814));", "#814=IFCCARTESIANPOINT((0.,9.,0.));"]


def opening(items, *, kind="SweptSolid", at=(0.0, 0.0, 1.0), first=800, host=100):
    """Opening 802 of wall 100, whose body is entity 810."""
    x, y, z = (float(value) for value in at)
    return [
        *items,
        f"#{first}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{first + 1}));",
        f"#{first + 1}=IFCSHAPEREPRESENTATION(#4,'Body','{kind}',(#{first + 10}));",
        f"#{first + 2}=IFCOPENINGELEMENT('{first + 2:022d}',$,$,$,$,#{first + 3},#{first},$,$);",
        f"#{first + 3}=IFCLOCALPLACEMENT(#11,#{first + 4});",
        f"#{first + 4}=IFCAXIS2PLACEMENT3D(#{first + 5},$,$);",
        f"#{first + 5}=IFCCARTESIANPOINT(({x!r},{y!r},{z!r}));",
        f"#{first + 6}=IFCRELVOIDSELEMENT('{first + 6:022d}',$,$,$,#{host},#{first + 2});",
    ]


def bodiless():
    return [line.replace("#803,#800,", "#803,$,") for line in opening([])]


FAILING = {
    "no body": (bodiless(), f"{OPENING} is not cut out of {WALL}: the opening has no solid"),
    "a curve for a body": (
        opening(CURVE, kind="Curve3D"),
        f"{OPENING} is not cut out of {WALL}: the opening has no solid",
    ),
    "no depth": (
        opening(solid(810, size=(1, 9, 0))),
        f"{OPENING} is not cut out of {WALL}: the shape of the opening cannot be built",
    ),
    "no width": (
        opening(solid(810, size=(0, 9, 1))),
        f"{OPENING} is not cut out of {WALL}: the shape of the opening cannot be built",
    ),
    "no profile": (
        opening(["#810=IFCEXTRUDEDAREASOLID($,#2,#812,2.);", "#812=IFCDIRECTION((0.,0.,1.));"]),
        f"{OPENING} is not cut out of {WALL}: the shape of the opening cannot be built",
    ),
    "an open sheet": (
        opening(FLAT, kind="Tessellation"),
        f"an opening is not cut out of {WALL}: the opening is flat",
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_an_opening_that_cannot_be_made_is_named_and_its_wall_stands_whole(name, opened):
    """The kernel draws the wall without the hole and raises nothing: a reader that believed it
    would show a wall where a door is, without a word."""
    lines, sentence = FAILING[name]
    building = opened([*good_wall(100), *lines])
    assert [line for line in building.report if "not cut" in line] == [sentence]
    assert building.badges == ("incomplete",)
    facts = building_facts(building)
    assert (facts["with_geometry"], facts["substituted"]) == (1, 0)
    assert facts["surface_m2"] == pytest.approx(52.0, rel=1e-6)


@pytest.mark.parametrize(
    ("items", "surface_m2"),
    [
        (SQUARE, 52 - 2 * 2 + 3 * 2 * (1 + 2)),
        # A bow tie is read as its two triangles, each half a metre wide: that is a hole.
        (BOWTIE, None),
        (ROUND, None),
    ],
    ids=["square", "crossing itself", "round"],
)
def test_an_opening_that_can_be_cut_is_not_reported(items, surface_m2, opened):
    """What one kernel cannot do and the other can leaves its complaint in the log all the same."""
    building = opened([*good_wall(100), *opening(items)])
    assert not [line for line in building.report if "not cut" in line]
    assert building.badges == ()
    found = building_facts(building)["surface_m2"]
    assert found != pytest.approx(52.0, rel=1e-3)
    if surface_m2 is not None:
        assert found == pytest.approx(surface_m2, rel=1e-6)


def test_an_opening_beside_its_wall_is_told_but_nothing_is_missing(opened):
    building = opened([*good_wall(100), *opening(solid(810, size=(1, 9, 1)), at=(50, 0, 1))])
    sentence = f"an opening is not cut out of {WALL}: the opening lies beside the element"
    assert sentence in building.report
    assert building.badges == ()


def test_only_the_bad_one_of_two_openings_is_named(opened):
    good = opening(solid(910, size=(1, 9, 1)), first=900)
    building = opened([*good_wall(100), *FAILING["no depth"][0], *good])
    assert [line for line in building.report if "not cut" in line] == [FAILING["no depth"][1]]
    assert building_facts(building)["surface_m2"] == pytest.approx(62.0, rel=1e-6)


def test_openings_are_told_too_where_the_file_was_divided(opened, monkeypatch):
    monkeypatch.setattr(conversion, "WHOLE_CPU_S", -1.0)
    building = opened([*good_wall(100), *FAILING["no depth"][0]])
    assert FAILING["no depth"][1] in building.report


def test_many_are_counted_after_the_first_named_ones(opened):
    lines = list(good_wall(100))
    for k in range(8):
        first = 1000 + 20 * k
        lines += opening(solid(first + 10, size=(1, 9, 0)), first=first)
    report = opened(lines).report
    assert sum("is not cut" in line for line in report) == 3
    assert "5 more openings are not cut" in report


def test_a_wall_that_stands_as_a_box_is_reported_once(opened):
    """Its openings are no news any more."""
    lines = [*element(200, 210), *solid(210, size=(2, 3, 1e300)), *good_wall(100)]
    report = opened([*lines, *opening(solid(810, size=(1, 9, 0)), host=200)]).report
    assert not [line for line in report if "not cut" in line]
    assert [line for line in report if "1 stands as a box" in line]
