"""Triangle meshes."""

from metaviewer.surface.mesh import Mesh
from metaviewer.surface.organs import Naming, Organ, from_mask, from_segments
from metaviewer.surface.palette import FINDING_RGB, is_finding

__all__ = [
    "FINDING_RGB",
    "Mesh",
    "Naming",
    "Organ",
    "from_mask",
    "from_segments",
    "is_finding",
]
