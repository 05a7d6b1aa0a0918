"""Vertices of a building, 16 bytes each: place, normal, colour and element.

Places are int16 steps from the batch's middle, so the error is a 65,534th of its longest edge: half
a millimetre on a tile of 32 m. Scale and middle go into the node's transform, in float64 until the
view's own origin is taken off. Normals are two signed bytes on the octahedron.

References
----------
Z. Cigolle et al., "A Survey of Efficient Representations for Independent Unit Vectors", JCGT 3(2),
2014: the octahedral map.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array

VERTEX_DTYPE: Final = np.dtype(
    [("place", "<i2", 3), ("normal", "i1", 2), ("colour", "u1", 4), ("element", "<u4")]
)
STEPS: Final = 32767
NORMAL_STEPS: Final = 127
SMALLEST_REACH_M: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PackedVertices:
    """Vertices for the GPU, and where their steps lie.

    Parameters
    ----------
    vertices : structured array (n,) of `VERTEX_DTYPE`
    middle_m : float64 array (3,)
    reach_m : float
        A place is ``middle_m + reach_m * place / STEPS``; one reach for all axes, so normals stay
        true. It is the scale of the node: a step itself is so small that Panda3D takes the
        transform for one without an inverse.
    """

    vertices: NDArray[np.void]
    middle_m: Float64Array
    reach_m: float


def packed_vertices(
    positions_m_n3: NDArray[np.float32],
    normals_n3: NDArray[np.float32],
    colours_rgba: NDArray[np.uint8],
    element_ids: NDArray[np.uint32],
) -> PackedVertices:
    """Pack the vertices of one batch."""
    low, high = positions_m_n3.min(axis=0), positions_m_n3.max(axis=0)
    middle_m = (low.astype(np.float64) + high) / 2.0
    reach_m = max(float((high - low).max()) / 2.0, SMALLEST_REACH_M)
    vertices = np.zeros(len(positions_m_n3), dtype=VERTEX_DTYPE)
    vertices["place"] = np.rint((positions_m_n3 - middle_m) / reach_m * STEPS)
    vertices["normal"] = octahedral(normals_n3)
    vertices["colour"] = colours_rgba
    vertices["element"] = element_ids
    return PackedVertices(vertices=vertices, middle_m=middle_m, reach_m=reach_m)


def octahedral(normals_n3: NDArray[np.floating]) -> NDArray[np.int8]:
    """Directions (n, 3) as two signed bytes each."""
    length = np.maximum(np.abs(normals_n3).sum(axis=1, keepdims=True), 1e-20)
    direction = normals_n3 / length
    flat = direction[:, :2].copy()
    below = direction[:, 2] < 0.0
    sign = np.where(direction[below, :2] >= 0.0, 1.0, -1.0)
    flat[below] = (1.0 - np.abs(direction[below][:, [1, 0]])) * sign
    steps: NDArray[np.int8] = np.rint(flat * NORMAL_STEPS).astype(np.int8)
    return steps


def direction_of(octahedral_n2: NDArray[np.int8]) -> Float64Array:
    """Unit directions (n, 3) of two signed bytes each; what `octahedral.glsl` computes."""
    flat = octahedral_n2.astype(np.float64) / NORMAL_STEPS
    height = 1.0 - np.abs(flat).sum(axis=1)
    folded = np.maximum(-height, 0.0)[:, None]
    flat = flat - np.where(flat >= 0.0, folded, -folded)
    direction = np.column_stack([flat, height])
    return np.asarray(direction / np.linalg.norm(direction, axis=1, keepdims=True))
