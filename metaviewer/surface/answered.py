"""Parts of a mesh file on their way out of the jail: in mm, in our axes, welded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import numpy as np

from metaviewer.errors import Refused
from metaviewer.frames import LPS_FROM_RAS, SITE_FROM_GLTF, Float64Array, moved
from metaviewer.jail import Arrays, Door, Header, Json
from metaviewer.surface.gltf import gltf_parts
from metaviewer.surface.obj import obj_parts
from metaviewer.surface.parts import AGAIN, MeshFile
from metaviewer.surface.ply import ply_parts
from metaviewer.surface.stl import stl_parts
from metaviewer.surface.triangles import area_of, collapsed_count, welded

COORDINATE_MAX_MM: Final = 1e7
"""10 km: nothing is drawn farther from its origin (DESIGN.md section 3)."""
FORMATS: Final = ("stl", "obj", "ply", "glb", "gltf")
SPACE: Final = re.compile(r"\bSPACE\s*=\s*(LPS|RAS)\b")
"""How 3D Slicer and its kin name the axes, in a header or a comment."""


def parts_of(content: bytes, *, kind: str, companions: Mapping[str, bytes]) -> MeshFile:
    """Parts of a file of one of `FORMATS`."""
    match kind:
        case "stl":
            return stl_parts(content)
        case "ply":
            return ply_parts(content)
        case "obj":
            return obj_parts(content, companions=companions)
        case "glb" | "gltf":
            return gltf_parts(content, companions=companions)
        case _:
            raise Refused(
                "",
                "format",
                "not a mesh that is read here",
                remedy="export it as STL, PLY, OBJ or GLB",
            )


def answer(file: MeshFile, *, kind: str, mm_per_unit: float, door: Door) -> tuple[Header, Arrays]:
    """Header and arrays of all parts, points in mm.

    Returns
    -------
    header : {"space": "LPS", "RAS" or "", "is_whole": bool, "meshes": [...]}
    arrays : {"points_<n>": float32 (n, 3), "triangles_<n>": int32 (m, 3)}

    Raises
    ------
    Refused
        "geometry" where coordinates are out of all proportion, or no triangle has an area.
    """
    space = SPACE.search(file.remark)
    named = space[1] if space else ""
    ours_from_file = _ours_from_file(kind, named, mm_per_unit)
    arrays: Arrays = {}
    meshes: list[Json] = []
    area_mm2, collapsed = 0.0, 0
    for index, part in enumerate(file.parts):
        points_mm = moved(part.points_n3, target_from_source=ours_from_file)
        largest_mm = float(np.abs(points_mm).max(initial=0.0))
        if largest_mm > COORDINATE_MAX_MM:
            raise Refused(
                "",
                "geometry",
                f"a point lies {largest_mm:.3g} mm from the origin, the limit is 10 km",
                remedy="state another --unit or export the mesh again",
            )
        points, triangles = welded(points_mm.astype(np.float32), part.triangles_n3)
        area_mm2 += area_of(points, triangles)
        collapsed += collapsed_count(triangles)
        arrays[f"points_{index}"] = door.allocate(f"points_{index}", points.shape, np.float32)
        arrays[f"points_{index}"][...] = points
        arrays[f"triangles_{index}"] = triangles
        meshes.append(
            {
                "name": part.name,
                "colour_rgb": list(part.colour_rgb) if part.colour_rgb else None,
                "opacity": part.opacity,
            }
        )
    if not area_mm2 > 0.0:
        raise Refused("", "geometry", "its triangles have no area", remedy=AGAIN)
    is_whole = file.is_whole and not collapsed
    return {"space": named, "is_whole": is_whole, "meshes": meshes}, arrays


def _ours_from_file(kind: str, space: str, mm_per_unit: float) -> Float64Array:
    """LPS (or z up, where the file names no patient axes) in mm from the file's axes and unit."""
    scale = np.diag([mm_per_unit, mm_per_unit, mm_per_unit, 1.0])
    if kind in ("glb", "gltf"):
        return SITE_FROM_GLTF @ scale
    return LPS_FROM_RAS @ scale if space == "RAS" else scale
