"""A triangle mesh in the patient or on its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import GeometryError
from metaviewer.frames import Float64Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, weakref_slot=True)
class Mesh:
    """Triangles with a colour.

    Parameters
    ----------
    points_mm_n3 : float32 array of shape (n, 3), read-only
        LPS in mm where the mesh belongs to a patient; else z up, right-handed, in mm.
    triangles_n3 : int32 array of shape (m, 3), read-only
        Corners, counter-clockwise seen from outside.
    colour_rgb : (float, float, float) or None
        Display sRGB, None where the source states none.
    unit : str
        The unit the *source* used ("mm", "m", ...); points are already converted.
    """

    name: str
    points_mm_n3: NDArray[np.float32]
    triangles_n3: NDArray[np.int32]
    colour_rgb: tuple[float, float, float] | None = None
    opacity: float = 1.0
    unit: str = "mm"
    frame_of_reference: str = ""
    patient: str = ""
    badges: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check shapes and indices: a wrong Mesh cannot exist."""
        if self.points_mm_n3.ndim != 2 or self.points_mm_n3.shape[1] != 3:
            raise GeometryError("a mesh needs points of shape (n, 3)")
        if self.triangles_n3.ndim != 2 or self.triangles_n3.shape[1] != 3:
            raise GeometryError("a mesh needs triangles of shape (m, 3)")
        if len(self.triangles_n3) and (
            int(self.triangles_n3.min()) < 0
            or int(self.triangles_n3.max()) >= len(self.points_mm_n3)
        ):
            raise GeometryError("a triangle names a point that is not there")
        self.points_mm_n3.setflags(write=False)
        self.triangles_n3.setflags(write=False)

    @property
    def bounds_mm(self) -> Float64Array:
        """Lowest and highest corner, shape (2, 3)."""
        points = self.points_mm_n3.astype(np.float64)
        return np.stack([points.min(axis=0), points.max(axis=0)])
