"""Numpy arrays as Panda3D geometry, copied once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from panda3d.core import (
    Geom,
    GeomEnums,
    GeomNode,
    GeomTriangles,
    GeomVertexData,
    GeomVertexFormat,
)


def vertex_normals(
    points_n3: NDArray[np.float32], triangles_n3: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Unit normals of vertices, faces weighted by their area; (0, 0, 1) where there is no face."""
    corners = points_n3[triangles_n3].astype(np.float64)
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.stack(
        [
            sum(
                np.bincount(triangles_n3[:, corner], faces[:, axis], minlength=len(points_n3))
                for corner in range(3)
            )
            for axis in range(3)
        ],
        axis=1,
    )
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    unit = np.where(length > 0.0, normals / np.maximum(length, 1e-30), (0.0, 0.0, 1.0))
    return unit.astype(np.float32)


def mesh_node(
    name: str,
    *,
    points_n3: NDArray[np.float32],
    normals_n3: NDArray[np.float32],
    triangles_n3: NDArray[np.int32],
) -> GeomNode:
    """A node with position and normal per vertex."""
    data = GeomVertexData(name, GeomVertexFormat.get_v3n3(), GeomEnums.UH_static)
    data.unclean_set_num_rows(len(points_n3))
    rows: Any = memoryview(data.modify_array(0)).cast("B")  # type: ignore[arg-type]  # has a buffer
    vertices = np.frombuffer(rows, dtype=np.float32).reshape(-1, 6)
    vertices[:, :3] = points_n3
    vertices[:, 3:] = normals_n3
    primitive = GeomTriangles(GeomEnums.UH_static)
    primitive.set_index_type(GeomEnums.NT_uint32)
    indices = primitive.modify_vertices()
    indices.unclean_set_num_rows(triangles_n3.size)
    cells: Any = memoryview(indices).cast("B")  # type: ignore[arg-type]  # has a buffer
    np.frombuffer(cells, dtype=np.uint32)[:] = triangles_n3.ravel()
    geom = Geom(data)
    geom.add_primitive(primitive)
    node = GeomNode(name)
    node.add_geom(geom)
    return node
