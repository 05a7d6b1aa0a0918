"""Small IFC files written in the test: two boxes on a storey, and what a test adds or breaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

METRE = "#5=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n#6=IFCUNITASSIGNMENT((#5));"
MILLIMETRE = "#5=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);\n#6=IFCUNITASSIGNMENT((#5));"
FOOT = (
    "#5=IFCCONVERSIONBASEDUNIT(#7,.LENGTHUNIT.,'FOOT',#8);\n"
    "#7=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);\n"
    "#8=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE(0.3048),#9);\n"
    "#9=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n"
    "#6=IFCUNITASSIGNMENT((#5));"
)
BROKEN_UNIT = "#5=IFCSIUNIT(*);\n#6=IFCUNITASSIGNMENT((#5));"
NO_UNIT = "#6=IFCUNITASSIGNMENT(());"

FRAME = """
#1=IFCCARTESIANPOINT((0.,0.,0.));
#2=IFCAXIS2PLACEMENT3D(#1,$,$);
#3=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#2,$);
#4=IFCGEOMETRICREPRESENTATIONSUBCONTEXT('Body','Model',*,*,*,*,#3,$,.MODEL_VIEW.,$);
#10=IFCPROJECT('0000000000000000000010',$,'Made',$,$,$,$,(#3),#6);
#11=IFCLOCALPLACEMENT($,#2);
#12=IFCSITE('0000000000000000000012',$,'Site',$,$,#11,$,$,.ELEMENT.,$,$,$,$,$);
#13=IFCBUILDING('0000000000000000000013',$,'House',$,$,#11,$,$,.ELEMENT.,$,$,$);
#14=IFCBUILDINGSTOREY('0000000000000000000014',$,'Ground',$,$,#11,$,$,.ELEMENT.,0.);
#15=IFCRELAGGREGATES('0000000000000000000015',$,$,$,#10,(#12));
#16=IFCRELAGGREGATES('0000000000000000000016',$,$,$,#12,(#13));
#17=IFCRELAGGREGATES('0000000000000000000017',$,$,$,#13,(#14));
"""


def step_text(
    lines: Iterable[str],
    *,
    unit: str = METRE,
    schema: str = "IFC4",
    frame: Mapping[str, str] | None = None,
) -> str:
    """A whole STEP file: header, project to storey, then `lines`.

    `frame` replaces the lines of the frame that begin with its keys.
    """
    framing = FRAME.splitlines()
    for start, line in (frame or {}).items():
        framing = [line if old.startswith(start) else old for old in framing]
    return (
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\n"
        f"FILE_NAME('','',(''),(''),'','','');\nFILE_SCHEMA(('{schema}'));\nENDSEC;\nDATA;\n"
        + "\n".join([unit, *framing, *lines])
        + "\nENDSEC;\nEND-ISO-10303-21;\n"
    )


def write_ifc(
    folder: Path,
    lines: Iterable[str],
    *,
    stated: str = METRE,
    name: str = "made",
    frame: Mapping[str, str] | None = None,
) -> Path:
    """The file on disk."""
    place = folder / f"{name}.ifc"
    place.write_text(step_text(lines, unit=stated, frame=frame), encoding="ascii")
    return place


def solid(first: int, *, size: Sequence[float] = (2.0, 3.0, 4.0)) -> list[str]:
    """An extruded box whose solid is entity `first`, standing on its own origin."""
    width, depth, height = size
    return [
        f"#{first}=IFCEXTRUDEDAREASOLID(#{first + 1},#2,#{first + 2},{float(height)!r});",
        f"#{first + 1}=IFCRECTANGLEPROFILEDEF(.AREA.,$,#{first + 3},"
        f"{float(width)!r},{float(depth)!r});",
        f"#{first + 2}=IFCDIRECTION((0.,0.,1.));",
        f"#{first + 3}=IFCAXIS2PLACEMENT2D(#{first + 4},$);",
        f"#{first + 4}=IFCCARTESIANPOINT((0.,0.));",
    ]


def element(
    first: int,
    item: int,
    *,
    at: Sequence[float] = (0.0, 0.0, 0.0),
    placement: str = "",
    kind: str = "SweptSolid",
    contained: bool = True,
) -> list[str]:
    """A wall, entity `first`, whose body is the item `item`, placed at `at`."""
    x, y, z = (float(value) for value in at)
    lines = [
        f"#{first}=IFCWALL('{first:022d}',$,'wall {first}',$,$,#{first + 1},#{first + 2},$,$);",
        placement or f"#{first + 1}=IFCLOCALPLACEMENT(#11,#{first + 4});",
        f"#{first + 2}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{first + 3}));",
        f"#{first + 3}=IFCSHAPEREPRESENTATION(#4,'Body','{kind}',(#{item}));",
        f"#{first + 4}=IFCAXIS2PLACEMENT3D(#{first + 5},$,$);",
        f"#{first + 5}=IFCCARTESIANPOINT(({x!r},{y!r},{z!r}));",
    ]
    if contained:
        guid = f"{first + 6:022d}"
        lines.append(
            f"#{first + 6}=IFCRELCONTAINEDINSPATIALSTRUCTURE('{guid}',$,$,$,(#{first}),#14);"
        )
    return lines


def good_wall(first: int = 100, *, at: Sequence[float] = (0.0, 0.0, 0.0)) -> list[str]:
    """A wall of 2 x 3 x 4 with 52 square units of surface; uses ids `first` .. `first` + 19."""
    return [*solid(first + 10), *element(first, first + 10, at=at)]


def face_set(first: int, points: str, faces: str) -> list[str]:
    """A triangulated face set, entity `first`."""
    return [
        f"#{first}=IFCTRIANGULATEDFACESET(#{first + 1},$,.T.,({faces}),$);",
        f"#{first + 1}=IFCCARTESIANPOINTLIST3D(({points}));",
    ]


CORNERS = "(0.,0.,0.),(1.,0.,0.),(0.,2.,0.),(0.,0.,3.)"
FACES = "(1,3,2),(1,2,4),(1,4,3),(2,3,4)"
"""A corner cut from a cube: area 1 + 1.5 + 3 + 3.5."""
