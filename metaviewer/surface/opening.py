"""Mesh files into `Mesh`es: the unit stated, named by the format, or assumed and said so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from metaviewer.errors import Refused
from metaviewer.jail import Answer, Jail
from metaviewer.surface.answered import FORMATS
from metaviewer.surface.mesh import Mesh
from metaviewer.units import MM_PER_UNIT, LengthUnit

UNIT_OF_GLTF: Final[LengthUnit] = "m"
"""glTF 2.0 section 3.4: the unit of all linear distances is the metre."""
ASSUMED_UNIT: Final[LengthUnit] = "mm"
"""What anatomy is exported in; STL, OBJ and PLY have no place to say so."""
PLAUSIBLE_MM: Final = (1.0, 4000.0)
"""Extent of what is modelled of a patient: from a stapes to a body with its couch."""
COMPANION_SUFFIXES: Final = {".obj": (".mtl",), ".gltf": (".bin",)}
COMPANION_COUNT_MAX: Final = 64


def open_meshes(jail: Jail, place: Path, *, unit: LengthUnit | None = None) -> tuple[Mesh, ...]:
    """The meshes in one STL, OBJ, PLY, GLB or glTF file, one for each object and material.

    Points are in mm: in LPS where the file names patient axes (SPACE=LPS or SPACE=RAS in a header
    or comment), else in the file's own axes with z up; glTF, which has Y up, is turned.

    Parameters
    ----------
    jail : Jail
        Of the room "surface".
    unit : "mm", "cm", "m", "in", "ft" or None
        Unit of the file. None: metres for glTF, as its standard says; else mm is assumed, and the
        meshes have the badge "unit_assumed".

    Raises
    ------
    Refused
        "format" for what is no mesh of these kinds or is broken, "size" where declared and present
        bytes differ or there is too much, "numbers" for coordinates and corners that are none,
        "geometry" for triangles without area or out of all proportion, "path" for a buffer outside
        the file's folder, "empty" where there is no triangle.
    """
    suffix = place.suffix.lower()
    if suffix.removeprefix(".") not in FORMATS:
        raise Refused(
            str(place), "format", f"{suffix or 'a file without ending'} is not a mesh read here",
            remedy="export it as STL, PLY, OBJ or GLB",
        )  # fmt: skip
    is_gltf = suffix in (".glb", ".gltf")
    used: LengthUnit = unit or (UNIT_OF_GLTF if is_gltf else ASSUMED_UNIT)
    answer = jail.call(
        "metaviewer.surface.read_mesh:read_mesh",
        [place, *_companions(place, suffix)],
        {"mm_per_unit": MM_PER_UNIT[used]},
        place=str(place),
    )
    badges = [] if unit or is_gltf else ["unit_assumed"]
    return _meshes(answer, unit=used, badges=badges)


def open_encapsulated(
    jail: Jail, place: Path, *, unit: LengthUnit | None = None, salt: str = ""
) -> tuple[Mesh, ...]:
    """The meshes in one DICOM encapsulated STL or OBJ, in LPS mm.

    The object's own unit holds. Where it makes the mesh smaller than 1 mm or larger than 4 m (a
    common writer says micrometres unless told otherwise), the meshes have the badge
    "unit_assumed", and a person can state the unit instead.

    Parameters
    ----------
    jail : Jail
        Of the room "surface".
    unit : "mm", "cm", "m", "in", "ft" or None
        Unit a person stated; None for the object's own.
    salt : str
        Salt of the installation, for the token of the patient; "" for none.

    Raises
    ------
    Refused
        "format" for another kind of object, "units" where it states none, "parser" for what is not
        DICOM, and as `open_meshes` for the mesh inside.

    References
    ----------
    DICOM PS3.3 A.85 (encapsulated STL), A.105 (encapsulated OBJ), C.35 (manufacturing 3D model).
    """
    mm_per_unit = None if unit is None else MM_PER_UNIT[unit]
    answer = jail.call(
        "metaviewer.surface.read_encapsulated:read_encapsulated",
        [place],
        {"mm_per_unit": mm_per_unit, "salt": salt},
        place=str(place),
    )
    own_unit = str(answer.header["unit"])
    extent_mm = max(
        float(np.ptp(points, axis=0).max())
        for name, points in answer.arrays.items()
        if name.startswith("points_")
    )
    is_plausible = PLAUSIBLE_MM[0] <= extent_mm <= PLAUSIBLE_MM[1]
    badges = [] if unit or is_plausible else ["unit_assumed"]
    return _meshes(answer, unit=unit or own_unit, badges=badges)


def _companions(place: Path, suffix: str) -> list[Path]:
    """Files beside the mesh that it may name: found by looking, never by what is written in it."""
    wanted = COMPANION_SUFFIXES.get(suffix, ())
    if not wanted or not place.parent.is_dir():
        return []
    beside = sorted(path for path in place.parent.iterdir() if path.suffix.lower() in wanted)
    # A name that begins like the mesh's own comes first, should there be very many.
    beside.sort(key=lambda path: not path.name.startswith(place.stem))
    return beside[:COMPANION_COUNT_MAX]


def _meshes(answer: Answer, *, unit: str, badges: Sequence[str]) -> tuple[Mesh, ...]:
    header: Mapping[str, Any] = answer.header
    said = [*badges, *([] if header["is_whole"] else ["incomplete"])]
    return tuple(
        Mesh(
            name=item["name"],
            points_mm_n3=answer.arrays[f"points_{index}"],
            triangles_n3=answer.arrays[f"triangles_{index}"],
            colour_rgb=tuple(item["colour_rgb"]) if item["colour_rgb"] else None,
            opacity=item["opacity"],
            unit=unit,
            frame_of_reference=header.get("frame_of_reference", ""),
            patient=header.get("patient", ""),
            badges=tuple(said),
        )
        for index, item in enumerate(header["meshes"])
    )
