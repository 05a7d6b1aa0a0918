"""Triangle meshes."""

from metaviewer.surface.facts import SurfaceFacts, file_facts, mesh_facts
from metaviewer.surface.gltf import gltf_parts
from metaviewer.surface.mesh import Mesh
from metaviewer.surface.normals import creased, smooth_normals
from metaviewer.surface.opening import open_encapsulated, open_meshes
from metaviewer.surface.organs import Naming, Organ, from_mask, from_segments
from metaviewer.surface.outlines import from_contours
from metaviewer.surface.palette import FINDING_RGB, REGION_RGB, is_finding
from metaviewer.surface.parts import MeshFile, Part
from metaviewer.surface.readings import readings, structure_name
from metaviewer.surface.section import SectionLine, section

__all__ = [
    "FINDING_RGB",
    "REGION_RGB",
    "Mesh",
    "MeshFile",
    "Naming",
    "Organ",
    "Part",
    "SectionLine",
    "SurfaceFacts",
    "creased",
    "file_facts",
    "from_contours",
    "from_mask",
    "from_segments",
    "gltf_parts",
    "is_finding",
    "mesh_facts",
    "open_encapsulated",
    "open_meshes",
    "readings",
    "section",
    "smooth_normals",
    "structure_name",
]
