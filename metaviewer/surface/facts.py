"""What `check` says of a mesh."""

from __future__ import annotations

from typing import TypedDict

from metaviewer.surface.mesh import Mesh
from metaviewer.surface.triangles import collapsed_count, open_edge_count, volume_of


class SurfaceFacts(TypedDict):
    """The `surface` object of DESIGN.md section 7; what is unknown is None."""

    vertices: int
    triangles: int
    watertight: bool
    volume_mm3: float | None
    unit: str


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
