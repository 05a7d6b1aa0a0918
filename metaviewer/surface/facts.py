"""What `check` says of a mesh."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from metaviewer.surface.mesh import Mesh
from metaviewer.surface.triangles import collapsed_count, open_edge_count, volume_of, welded


class SurfaceFacts(TypedDict):
    """The `surface` object of DESIGN.md section 7; what is unknown is None."""

    vertices: int
    triangles: int
    watertight: bool
    volume_mm3: float | None
    unit: str


def file_facts(meshes: Sequence[Mesh]) -> SurfaceFacts:
    """What is true of all meshes of one file together.

    A file splits one solid by material or object: its parts are open, and closed only together.
    """
    each = [mesh_facts(mesh) for mesh in meshes]
    whole = each[0] if len(each) == 1 else mesh_facts(_joined(meshes))
    volumes = [facts["volume_mm3"] for facts in each]
    known = [volume for volume in volumes if volume is not None]
    are_closed = len(known) == len(volumes)
    return SurfaceFacts(
        vertices=sum(facts["vertices"] for facts in each),
        triangles=sum(facts["triangles"] for facts in each),
        watertight=are_closed or whole["watertight"],
        volume_mm3=sum(known) if are_closed else whole["volume_mm3"],
        unit=meshes[0].unit,
    )


def _joined(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of all triangles, equal points joined."""
    starts = np.cumsum([0, *(len(mesh.points_mm_n3) for mesh in meshes[:-1])])
    points_mm = np.concatenate([mesh.points_mm_n3 for mesh in meshes])
    triangles = np.concatenate(
        [mesh.triangles_n3 + start for mesh, start in zip(meshes, starts, strict=True)]
    )
    points_mm, triangles = welded(points_mm, triangles)
    return Mesh(name="", points_mm_n3=points_mm, triangles_n3=triangles, unit=meshes[0].unit)


def mesh_facts(mesh: Mesh) -> SurfaceFacts:
    """Counts, whether the mesh is closed, and the volume inside where it is.

    A closed mesh whose triangles all face inward has a volume too: its size is what is enclosed.
    """
    triangles = mesh.triangles_n3
    is_closed = len(triangles) > collapsed_count(triangles) and not open_edge_count(triangles)
    return SurfaceFacts(
        vertices=len(mesh.points_mm_n3),
        triangles=len(triangles),
        watertight=is_closed,
        volume_mm3=abs(volume_of(mesh.points_mm_n3, triangles)) if is_closed else None,
        unit=mesh.unit,
    )
