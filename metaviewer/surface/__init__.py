"""Triangle meshes."""

from metaviewer.surface.mesh import Mesh

__all__ = ["Mesh"]
