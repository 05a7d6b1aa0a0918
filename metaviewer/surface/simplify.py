"""Fewer triangles for the same shape."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.surface.triangles import welded

ERROR_MAX: Final = 0.01
"""Largest departure as a share of the mesh's size; the caller judges the volume besides."""


def simplified(
    points_n3: NDArray[np.float32], triangles_n3: NDArray[np.int32], *, triangle_count_max: int
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The mesh itself where it is small enough, else one of about `triangle_count_max` triangles.

    Points keep their places; those that are no longer used are left out. A shape that needs more
    triangles to stay within `ERROR_MAX` keeps them.
    """
    if len(triangles_n3) <= triangle_count_max:
        return points_n3, triangles_n3
    # Imported late: only large meshes need it.
    from meshoptimizer import simplify  # type: ignore[import-untyped]  # ships no types

    corners = np.ascontiguousarray(triangles_n3, dtype=np.uint32).ravel()
    kept = np.zeros_like(corners)
    count = simplify(
        kept,
        corners,
        np.ascontiguousarray(points_n3),
        target_index_count=3 * triangle_count_max,
        target_error=ERROR_MAX,
    )
    return welded(points_n3, kept[:count].reshape(-1, 3).astype(np.int32))
