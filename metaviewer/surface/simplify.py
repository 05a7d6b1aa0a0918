"""Fewer triangles for the same shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metaviewer.surface.triangles import welded


def simplified(
    points_n3: NDArray[np.float32], triangles_n3: NDArray[np.int32], *, triangle_count_max: int
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The mesh itself where it is small enough, else one of about `triangle_count_max` triangles.

    Edges are collapsed in the order of their quadric error. The rim of an open mesh stays as it is,
    and one that is nearly all rim keeps more triangles. The caller judges the volume.

    References
    ----------
    Garland and Heckbert, Surface simplification using quadric error metrics, SIGGRAPH 1997.
    """
    if len(triangles_n3) <= triangle_count_max:
        return points_n3, triangles_n3
    # Imported late: only large meshes need it.
    from fast_simplification import simplify  # type: ignore[import-untyped]  # ships no types

    points, triangles = simplify(
        points_n3, triangles_n3, target_count=triangle_count_max, preserve_border=True
    )
    return welded(points.astype(np.float32), triangles.astype(np.int32))
