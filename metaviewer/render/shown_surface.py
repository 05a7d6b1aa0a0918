"""One surface as it is drawn: solid in the opaque pass, or as layers that volumes insert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from panda3d.core import CullFaceAttrib, LMatrix4f, NodePath

from metaviewer.render.load_shader import LoadedShader, bind, load_shader
from metaviewer.render.mesh_geom import mesh_node, vertex_normals
from metaviewer.render.shown import StageParts
from metaviewer.render.space_view import LayerInputs
from metaviewer.render.view_inputs import ViewInputs
from metaviewer.scene import Hit, Item, Library, Ray, SurfaceLook
from metaviewer.scene.camera import vector
from metaviewer.surface import Mesh
from metaviewer.twin.columns import Columns

DEFAULT_RGB: Final = (0.80, 0.74, 0.66)
SOLID_OPACITY: Final = 0.995
"""From here on a surface is drawn solid."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SurfaceInputs:
    """Uniforms of ``medical/surface.frag`` that belong to the item."""

    u_colour: tuple[float, float, float, float]
    u_item: float


OFFSET_MAX: Final = 30


class ShownSurface:
    """A mesh node under the root that its opacity asks for."""

    def __init__(self, parts: StageParts, item: Item) -> None:
        self._parts = parts
        self.item = item
        self._mesh: Mesh | None = None
        self._node: NodePath[Any] | None = None
        self._shaders: dict[int, LoadedShader] = {}

    @property
    def mesh(self) -> Mesh | None:
        """What is shown, None before the first `update`."""
        return self._mesh

    @property
    def is_visible(self) -> bool:
        """Whether it is drawn at all."""
        look = self.item.look
        return self.item.visible and isinstance(look, SurfaceLook) and look.opacity > 0.0

    def update(self, before: Item | None, after: Item, *, library: Library) -> None:
        """Make the node for a new mesh; then colour, opacity, place and visibility."""
        mesh = library[after.data_id]
        assert isinstance(mesh, Mesh)
        self.item = after
        if mesh is not self._mesh:
            self._remove_node()
            self._mesh = mesh
            self._node = _node_of(mesh)
            # Outlines of several readers coincide: who came later wins, else they flicker.
            self._node.set_depth_offset(min(self._parts.opaque_root.get_num_children(), OFFSET_MAX))
        assert self._node is not None
        look = after.look if isinstance(after.look, SurfaceLook) else SurfaceLook()
        opacity = look.opacity * mesh.opacity
        is_layer = opacity < SOLID_OPACITY
        root = self._parts.layers_root if is_layer else self._parts.opaque_root
        self._node.reparent_to(root)
        self._node.set_mat(LMatrix4f(*after.world_from_item.T.ravel()))
        red, green, blue = surface_rgb(look, mesh)
        inputs = SurfaceInputs(u_colour=(red, green, blue, opacity), u_item=1.0)
        bind(self._node, self._shader(int(is_layer)), inputs)
        if after.visible and opacity > 0.0:
            self._node.show()
        else:
            self._node.hide()

    def update_live(self, live: Columns | None) -> None:
        """A surface shows no live values."""

    def pick(self, ray: Ray) -> Hit | None:
        """The first triangle that the ray meets."""
        if self._mesh is None or not self.item.visible or not len(self._mesh.triangles_n3):
            return None
        item_from_world = np.linalg.inv(self.item.world_from_item)
        origin = item_from_world[:3, :3] @ ray.origin_m + item_from_world[:3, 3]
        toward = item_from_world[:3, :3] @ ray.direction
        # Lengths along an unnormalised direction stay world metres.
        distance_m = first_triangle_m(self._mesh, origin=origin, toward=toward)
        if distance_m is None:
            return None
        point = np.asarray(ray.origin_m) + np.asarray(ray.direction) * distance_m
        return Hit(item=self.item.id, point_world_m=vector(point), distance_m=distance_m)

    def close(self) -> None:
        """Remove the node."""
        self._remove_node()
        self._mesh = None

    def _shader(self, layer: int) -> LoadedShader:
        if layer not in self._shaders:
            inputs = (SurfaceInputs, ViewInputs, LayerInputs)
            self._shaders[layer] = load_shader(
                self._parts.context,
                vertex="medical/surface.vert",
                fragment="medical/surface.frag",
                inputs=inputs,
                defines={"LAYER": layer},
            )
        return self._shaders[layer]

    def _remove_node(self) -> None:
        if self._node is not None:
            self._node.remove_node()
            self._node = None


def surface_rgb(look: SurfaceLook, mesh: Mesh) -> tuple[float, float, float]:
    """Display sRGB of a surface: the look's, else the source's, else a quiet one."""
    return look.colour_rgb or mesh.colour_rgb or DEFAULT_RGB


def first_triangle_m(
    mesh: Mesh, *, origin: np.ndarray[Any, Any], toward: np.ndarray[Any, Any]
) -> float | None:
    """Length along `toward` to the first triangle, either side of it; None where all are missed.

    References
    ----------
    Moeller and Trumbore, Fast, Minimum Storage Ray/Triangle Intersection, 1997.
    """
    a, b, c = (mesh.points_mm_n3[mesh.triangles_n3[:, n]].astype(np.float64) for n in range(3))
    edge_1, edge_2 = b - a, c - a
    across = np.cross(toward, edge_2)
    facing = np.einsum("ij,ij->i", edge_1, across)
    # A triangle seen edge-on divides by zero: infinite or not a number, and never a hit.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        away = origin - a
        u = np.einsum("ij,ij->i", away, across) / facing
        turned = np.cross(away, edge_1)
        v = turned @ toward / facing
        length = np.einsum("ij,ij->i", edge_2, turned) / facing
        inside = (u >= 0.0) & (v >= 0.0) & (u + v <= 1.0)
    hit = (np.abs(facing) > 0.0) & inside & (length > 0.0)
    return float(length[hit].min()) if hit.any() else None


def _node_of(mesh: Mesh) -> NodePath[Any]:
    normals = vertex_normals(mesh.points_mm_n3, mesh.triangles_n3)
    node: NodePath[Any] = NodePath(
        mesh_node(
            "surface",
            points_n3=mesh.points_mm_n3,
            normals_n3=normals,
            triangles_n3=mesh.triangles_n3,
        )
    )
    node.set_attrib(CullFaceAttrib.make(CullFaceAttrib.M_cull_none))
    return node
