"""glTF 2.0 scenes as parts: nodes placed, accessors read within their buffers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import Refused
from metaviewer.frames import Float64Array, moved
from metaviewer.surface.gltf_container import Gltf, gltf_container, items, reference, whole
from metaviewer.surface.parts import (
    AGAIN,
    MeshFile,
    Part,
    Rgb,
    check_counts,
    checked_part,
    plain_name,
    srgb_from_linear,
)

NODE_DEPTH_MAX: Final = 256
COMPONENTS: Final = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
TRIANGLES, TRIANGLE_STRIP, TRIANGLE_FAN = 4, 5, 6
KNOWN_EXTENSIONS: Final = re.compile(
    r"KHR_(materials_\w+|mesh_quantization|texture_transform|lights_punctual)"
    r"|EXT_(mesh_features|structural_metadata)"
)
EXTENSION_NAME: Final = re.compile(r"[A-Z]{2,8}_\w{1,40}")


def gltf_parts(content: bytes, *, companions: Mapping[str, bytes]) -> MeshFile:
    """Parts of a GLB or glTF file in scene axes (Y up, metres), one for each node and material.

    Parameters
    ----------
    companions : mapping of bare name to bytes
        Files that lie beside it, for buffers that are not inside.

    Raises
    ------
    Refused
        "format" for broken or cyclic structure and extensions it cannot do without, "size" for
        accessors that reach beyond their buffers, "numbers" for coordinates and corners that are
        none, "path" for a buffer elsewhere, "empty" where the scene has no triangle.

    References
    ----------
    glTF 2.0 sections 3.5 (scenes), 3.6.2 (accessors), 3.7.2 (primitives).
    """
    gltf, buffers = gltf_container(content, companions=companions)
    _check_extensions(gltf)
    meshes = items(gltf, "meshes")
    parts: list[Part] = []
    placed = [
        (node, scene_from_node, meshes[reference(node["mesh"], len(meshes), "a mesh")])
        for node, scene_from_node in _placed_nodes(gltf)
        if "mesh" in node
    ]
    primitives = [
        (node, mesh, scene_from_node, primitive)
        for node, scene_from_node, mesh in placed
        for primitive in items(mesh, "primitives")
    ]
    accessors = items(gltf, "accessors")
    # One mesh may stand under many nodes: what they come to is counted before it is built.
    check_counts(
        triangle_count=sum(_corner_count(accessors, p) for *_, p in primitives) // 3,
        part_count=len(primitives),
    )
    for node, mesh, scene_from_node, primitive in primitives:
        name = plain_name(node.get("name") or mesh.get("name"))
        part = _part(gltf, buffers, primitive, scene_from_node=scene_from_node, name=name)
        if part is not None:
            parts.append(part)
    if not parts:
        raise Refused("", "empty", "its scene has no triangle", remedy=AGAIN)
    return MeshFile(parts=tuple(parts))


def _check_extensions(gltf: Gltf) -> None:
    required = gltf.get("extensionsRequired", [])
    for name in required if isinstance(required, list) else []:
        if not isinstance(name, str) or not KNOWN_EXTENSIONS.fullmatch(name):
            shown = name if EXTENSION_NAME.fullmatch(str(name)) else "of unknown name"
            raise Refused(
                "",
                "format",
                f"needs the extension {shown}",
                remedy="export it without compression or extensions",
            )


def _placed_nodes(gltf: Gltf) -> Iterator[tuple[Gltf, Float64Array]]:
    """Every node of the scene with its transform to the scene; a node has one parent at most."""
    nodes = items(gltf, "nodes")
    waiting = [(index, np.eye(4), 0) for index in _roots(gltf, nodes)]
    seen: set[int] = set()
    while waiting:
        index, scene_from_parent, depth = waiting.pop()
        if index in seen or depth > NODE_DEPTH_MAX:
            raise Refused(
                "", "format", "a node is its own ancestor or has two parents", remedy=AGAIN
            )
        seen.add(index)
        node = nodes[index]
        scene_from_node = scene_from_parent @ _parent_from_node(node)
        yield node, scene_from_node
        waiting.extend(
            (child, scene_from_node, depth + 1) for child in _node_list(node, "children", nodes)
        )


def _roots(gltf: Gltf, nodes: list[Gltf]) -> list[int]:
    """Nodes of the default scene, else those that are nobody's children."""
    scenes = items(gltf, "scenes")
    if scenes:
        scene = scenes[reference(gltf.get("scene", 0), len(scenes), "a scene")]
        return _node_list(scene, "nodes", nodes)
    children = {child for node in nodes for child in _node_list(node, "children", nodes)}
    return [index for index in range(len(nodes)) if index not in children]


def _node_list(item: Gltf, key: str, nodes: list[Gltf]) -> list[int]:
    found = item.get(key, [])
    if not isinstance(found, list):
        raise Refused("", "format", f"{key} that are no list", remedy=AGAIN)
    return [reference(index, len(nodes), "a node") for index in found]


def _parent_from_node(node: Gltf) -> Float64Array:
    """Matrix of a node (column-major in the file), or translation, rotation and scale."""
    if "matrix" in node:
        return _floats(node["matrix"], 16).reshape(4, 4).T
    x, y, z, w = _floats(node.get("rotation", [0, 0, 0, 1]), 4)
    turned = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turned * _floats(node.get("scale", [1, 1, 1]), 3)
    matrix[:3, 3] = _floats(node.get("translation", [0, 0, 0]), 3)
    return matrix


def _floats(values: object, count: int) -> Float64Array:
    if not isinstance(values, list) or len(values) != count:
        raise Refused("", "format", f"a transform without its {count} numbers", remedy=AGAIN)
    if not all(type(value) in (int, float) and abs(value) < 1e12 for value in values):
        raise Refused("", "numbers", "a transform with a number that is none", remedy=AGAIN)
    return np.array(values, dtype=np.float64)


def _corner_count(accessors: list[Gltf], primitive: Gltf) -> int:
    attributes = primitive.get("attributes")
    if not isinstance(attributes, dict) or "POSITION" not in attributes:
        return 0
    named = primitive.get("indices", attributes["POSITION"])
    accessor = accessors[reference(named, len(accessors), "an accessor")]
    strip = 1 if primitive.get("mode", TRIANGLES) == TRIANGLES else 3
    return whole(accessor, "count") * strip


def _part(
    gltf: Gltf, buffers: list[bytes], primitive: Gltf, *, scene_from_node: Float64Array, name: str
) -> Part | None:
    """Triangles of one primitive in scene axes; None for points, lines and flattened nodes."""
    mode = primitive.get("mode", TRIANGLES)
    attributes = primitive.get("attributes")
    if mode not in (TRIANGLES, TRIANGLE_STRIP, TRIANGLE_FAN) or not isinstance(attributes, dict):
        return None
    if "POSITION" not in attributes:
        return None
    points = _accessor(gltf, buffers, attributes["POSITION"], width=3)
    if "indices" in primitive:
        corners = _accessor(gltf, buffers, primitive["indices"], width=1).astype(np.int64).ravel()
    else:
        corners = np.arange(len(points), dtype=np.int64)
    triangles = _triangles(corners, mode)
    turn = float(np.linalg.det(scene_from_node[:3, :3]))
    if not len(triangles) or turn == 0.0:
        return None
    colour_rgb, opacity = _look(gltf, primitive)
    if colour_rgb is None and "COLOR_0" in attributes:
        colour_rgb = _mean_colour(gltf, buffers, attributes["COLOR_0"])
    with np.errstate(over="ignore", invalid="ignore"):
        scene_points = moved(points, target_from_source=scene_from_node)
    return checked_part(
        name=name,
        points_n3=scene_points,
        # A node that mirrors turns its triangles inside out (glTF 2.0 section 3.7.4).
        triangles_n3=triangles if turn > 0.0 else triangles[:, ::-1],
        colour_rgb=colour_rgb,
        opacity=opacity,
    )


def _triangles(corners: NDArray[np.int64], mode: int) -> NDArray[np.int64]:
    if mode == TRIANGLES:
        if len(corners) % 3:
            raise Refused("", "format", f"{len(corners)} corners of triangles", remedy=AGAIN)
        return corners.reshape(-1, 3)
    count = max(len(corners) - 2, 0)
    step = np.arange(count)
    if mode == TRIANGLE_FAN:
        chosen = np.stack([np.zeros(count, np.int64), step + 1, step + 2], axis=1)
    else:
        chosen = np.stack([step, step + 1 + step % 2, step + 2 - step % 2], axis=1)
    return corners[chosen]


def _accessor(gltf: Gltf, buffers: list[bytes], index: object, *, width: int) -> NDArray[Any]:
    """Values of an accessor, shape (count, width), checked against the bytes that are there."""
    accessors, views = items(gltf, "accessors"), items(gltf, "bufferViews")
    accessor = accessors[reference(index, len(accessors), "an accessor")]
    kind = COMPONENTS.get(whole(accessor, "componentType", default=0))
    if kind is None or WIDTHS.get(str(accessor.get("type"))) != width:
        raise Refused("", "format", "an accessor of another type than its use", remedy=AGAIN)
    if "sparse" in accessor or "bufferView" not in accessor:
        raise Refused("", "format", "an accessor without plain values", remedy=AGAIN)
    view = views[reference(accessor["bufferView"], len(views), "a buffer view")]
    buffer = buffers[reference(view.get("buffer"), len(buffers), "a buffer")]
    dtype = np.dtype(kind)
    count = whole(accessor, "count")
    row_bytes = width * dtype.itemsize
    stride = whole(view, "byteStride", default=row_bytes)
    view_at, view_bytes = whole(view, "byteOffset", default=0), whole(view, "byteLength")
    at = whole(accessor, "byteOffset", default=0)
    needed = at + stride * (count - 1) + row_bytes if count else 0
    if stride < row_bytes or needed > view_bytes or view_at + view_bytes > len(buffer):
        raise Refused(
            "", "size", f"an accessor of {count} values reaches beyond its bytes", remedy=AGAIN
        )
    if not count:
        return np.zeros((0, width), dtype)
    values = np.ndarray((count, width), dtype, buffer, view_at + at, (stride, dtype.itemsize))
    if accessor.get("normalized") and dtype.kind in "iu":
        return np.maximum(values / float(np.iinfo(dtype).max), -1.0)
    return values


def _look(gltf: Gltf, primitive: Gltf) -> tuple[Rgb | None, float]:
    """Base colour in display sRGB and opacity; the file holds linear values."""
    materials = items(gltf, "materials")
    if "material" not in primitive:
        return None, 1.0
    material = materials[reference(primitive["material"], len(materials), "a material")]
    surface = material.get("pbrMetallicRoughness")
    factor = surface.get("baseColorFactor") if isinstance(surface, dict) else None
    if factor is None:
        return None, 1.0
    linear = _floats(factor, 4)
    red, green, blue = (srgb_from_linear(float(value)) for value in linear[:3])
    is_glass = material.get("alphaMode") == "BLEND"
    return (red, green, blue), min(max(float(linear[3]), 0.0), 1.0) if is_glass else 1.0


def _mean_colour(gltf: Gltf, buffers: list[bytes], index: object) -> Rgb | None:
    accessors = items(gltf, "accessors")
    accessor = accessors[reference(index, len(accessors), "an accessor")]
    width = WIDTHS.get(str(accessor.get("type")), 0)
    values = _accessor(gltf, buffers, index, width=width)
    if width < 3 or not len(values):
        return None
    mean = values[:, :3].astype(np.float64).mean(axis=0)
    if not np.isfinite(mean).all():
        return None
    red, green, blue = (srgb_from_linear(float(value)) for value in mean)
    return red, green, blue
