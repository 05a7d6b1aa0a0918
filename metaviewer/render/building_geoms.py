"""Geoms and buffer textures of a building: numpy arrays handed to Panda3D in one copy each."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from panda3d.core import (
    BoundingBox,
    Geom,
    GeomEnums,
    GeomNode,
    GeomTriangles,
    GeomVertexArrayFormat,
    GeomVertexColumn,
    GeomVertexData,
    GeomVertexFormat,
    InternalName,
    Point3,
    Texture,
)

from metaviewer.frames import Float64Array
from metaviewer.render.building_vertices import VERTEX_DTYPE

SHORT_INDEX_VERTICES_MAX: Final = 65535


def vertex_format() -> GeomVertexFormat:
    """The registered format of `VERTEX_DTYPE`.

    Starts and alignments are stated: left alone, Panda3D pads every column to 4 bytes (measured).
    """
    name = InternalName.make
    array = GeomVertexArrayFormat()
    for column in (
        GeomVertexColumn(name("vertex"), 3, GeomEnums.NT_int16, GeomEnums.C_point, 0, 2),
        GeomVertexColumn(name("normal_steps"), 2, GeomEnums.NT_int8, GeomEnums.C_other, 6, 1),
        GeomVertexColumn(name("colour_steps"), 4, GeomEnums.NT_uint8, GeomEnums.C_other, 8, 1),
        GeomVertexColumn(name("element"), 1, GeomEnums.NT_uint32, GeomEnums.C_other, 12, 4),
    ):
        array.add_column(column)
    assert array.get_stride() == VERTEX_DTYPE.itemsize
    made = GeomVertexFormat()
    made.add_array(array)
    return GeomVertexFormat.register_format(made)


def make_geom(
    name: str,
    vertices: NDArray[np.void],
    triangles_n3: NDArray[np.unsignedinteger[Any]],
    vertices_format: GeomVertexFormat,
) -> Geom:
    """One Geom of structured vertices; indices are 16 bit where that is enough."""
    data = GeomVertexData(name, vertices_format, GeomEnums.UH_static)
    data.unclean_set_num_rows(len(vertices))
    data.modify_array(0).modify_handle().copy_data_from(vertices.view(np.uint8))
    geom = Geom(data)
    geom.add_primitive(primitive_of(short_indices(triangles_n3, vertex_count=len(vertices))))
    return geom


def short_indices(
    triangles_n3: NDArray[np.unsignedinteger[Any]], *, vertex_count: int
) -> NDArray[np.unsignedinteger[Any]]:
    """The triangles in 16 bits where that is enough, else in 32."""
    is_short = vertex_count <= SHORT_INDEX_VERTICES_MAX
    return triangles_n3.astype(np.uint16 if is_short else np.uint32)


def primitive_of(triangles_n3: NDArray[np.unsignedinteger[Any]]) -> GeomTriangles:
    """Triangles of 16 or 32 bit indices."""
    is_short = triangles_n3.dtype == np.uint16
    indices = np.ascontiguousarray(triangles_n3).ravel()
    triangles = GeomTriangles(GeomEnums.UH_static)
    triangles.set_index_type(GeomEnums.NT_uint16 if is_short else GeomEnums.NT_uint32)
    rows = triangles.modify_vertices()
    rows.unclean_set_num_rows(len(indices))
    rows.modify_handle().copy_data_from(indices.view(np.uint8))
    return triangles


def vertices_of(geom: Geom) -> NDArray[np.void]:
    """The vertices of a Geom as `VERTEX_DTYPE`, a view that must not outlive it."""
    rows: Any = geom.get_vertex_data().get_array(0)  # a buffer, though its stub does not say so
    return np.frombuffer(memoryview(rows).cast("B"), dtype=VERTEX_DTYPE)


def unit_geom(
    name: str,
    vertices: NDArray[np.void],
    triangles_n3: NDArray[np.unsignedinteger[Any]],
    vertices_format: GeomVertexFormat,
) -> Geom:
    """A Geom of `VERTEX_DTYPE`, with bounds as the shader sees it: its steps are -1 to 1."""
    geom = make_geom(name, vertices, triangles_n3, vertices_format)
    geom.set_bounds(BoundingBox(Point3(-1.0), Point3(1.0)))
    return geom


def node_of(geom: Geom, name: str, *, bounds_m: Float64Array | None = None) -> GeomNode:
    """A node that draws `geom`; `bounds_m` (2, 3) where the shader moves the vertices."""
    node = GeomNode(name)
    node.add_geom(geom)
    if bounds_m is not None:
        low, high = (Point3(*map(float, corner)) for corner in bounds_m)
        node.set_bounds(BoundingBox(low, high))
        node.set_final(True)
    return node


def buffer_texture(name: str, texels: NDArray[Any], *, changes: bool = False) -> Texture:
    """A buffer texture (n, channels); at least one texel, because an empty one cannot be bound.

    Buffer textures keep red, green, blue, alpha as they lie in memory; image textures want BGRA.
    """
    rows = texels if len(texels) else np.zeros((1, texels.shape[1]), dtype=texels.dtype)
    usage: Literal[2, 3] = GeomEnums.UH_dynamic if changes else GeomEnums.UH_static
    texture = Texture(name)
    if rows.dtype == np.uint8:
        texture.setup_buffer_texture(len(rows), Texture.T_unsigned_byte, Texture.F_rgba8, usage)
    elif rows.shape[1] == 2:
        texture.setup_buffer_texture(len(rows), Texture.T_float, Texture.F_rg32, usage)
    else:
        texture.setup_buffer_texture(len(rows), Texture.T_float, Texture.F_rgba32, usage)
    fill_texture(texture, rows)
    return texture


def fill_texture(texture: Texture, texels: NDArray[Any]) -> None:
    """Write all texels; they go to the GPU with the next frame."""
    memory = np.frombuffer(memoryview(texture.modify_ram_image()).cast("B"), dtype=np.uint8)  # type: ignore[arg-type]
    memory[:] = np.ascontiguousarray(texels).view(np.uint8).ravel()
