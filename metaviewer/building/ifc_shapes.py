"""Shapes as they are gathered in the jail: each once, placed where it stands. Metres throughout."""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array
from metaviewer.jail.door import Arrays

NEAR_M: Final = 100.0
"""A shape reaching further from its own origin is moved to its centre: float32 then holds 8 um."""
FAR_M: Final = 1e7
"""No building is further from its file's origin; a coordinate beyond is a slip (F17)."""
COLOUR_STEPS: Final = 255
LEAST_OPACITY: Final = 0.3
"""Glass of 0.9 transparency cannot be seen: clamped so that it can be read."""

Rgba = tuple[float, float, float, float]


class Palette:
    """Materials by colour."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._index: dict[Rgba, int] = {}

    def index(self, rgba: Rgba, name: str) -> int:
        """Number of the material of this colour, rounded to 8 bit."""
        clean = [min(max(c, 0.0), 1.0) if np.isfinite(c) else 0.5 for c in rgba]
        clean[3] = max(clean[3], LEAST_OPACITY)
        red, green, blue, opacity = (round(c * COLOUR_STEPS) / COLOUR_STEPS for c in clean)
        key = (red, green, blue, opacity)
        if key not in self._index:
            self._index[key] = len(self._index)
            self.names.append(name)
        return self._index[key]

    def rgba(self) -> NDArray[np.float32]:
        """All colours, shape (materials, 4)."""
        return np.array(list(self._index), np.float32).reshape(-1, 4)


class ShapeStack:
    """Shapes end to end, and their placements."""

    def __init__(self) -> None:
        self.triangle_count = 0
        self._points: list[NDArray[np.float32]] = []
        self._triangles: list[NDArray[np.int32]] = []
        self._materials: list[NDArray[np.int32]] = []
        self._centres: list[Float64Array] = []
        self._index: dict[bytes, int] = {}
        self._placed: list[tuple[int, int]] = []
        self._matrices: list[Float64Array] = []

    def add(
        self,
        points_m_n3: Float64Array,
        triangles_n3: NDArray[np.int32],
        materials: NDArray[np.int32],
    ) -> int:
        """Number of this shape; an equal one is kept once, whatever the file calls it.

        Raises
        ------
        ValueError
            If a point is not finite or beyond `FAR_M`, or a corner names no point.
        """
        check_mesh(points_m_n3, triangles_n3)
        digest = hashlib.blake2b(digest_size=16)
        for array in (points_m_n3, triangles_n3, materials):
            digest.update(np.ascontiguousarray(array).tobytes())
        key = digest.digest()
        if key in self._index:
            return self._index[key]
        centre = np.zeros(3)
        if len(points_m_n3) and float(np.abs(points_m_n3).max()) > NEAR_M:
            centre = np.round((points_m_n3.min(axis=0) + points_m_n3.max(axis=0)) / 2.0, 3)
        self._index[key] = len(self._points)
        self._points.append((points_m_n3 - centre).astype(np.float32))
        self._triangles.append(np.ascontiguousarray(triangles_n3, dtype=np.int32))
        self._materials.append(np.ascontiguousarray(materials, dtype=np.int32))
        self._centres.append(centre)
        self.triangle_count += len(triangles_n3)
        return self._index[key]

    def place(self, shape: int, element: int, site_from_shape: Float64Array) -> None:
        """Let `element` show `shape`; the matrix is in metres.

        Raises
        ------
        ValueError
            If the matrix is not finite or moves beyond `FAR_M`.
        """
        matrix = np.array(site_from_shape, dtype=np.float64)
        matrix[:3, 3] += matrix[:3, :3] @ self._centres[shape]
        if not np.isfinite(matrix).all() or float(np.abs(matrix).max()) > FAR_M:
            raise ValueError("the placement is not finite or far beyond the site")
        self._placed.append((shape, element))
        self._matrices.append(matrix)

    def arrays(self) -> Arrays:
        """Arrays named as in `building.model.Shapes`; matrices from the file's origin."""
        placed = np.array(self._placed, np.int32).reshape(-1, 2)
        return {
            "points_m_n3": np.concatenate([np.zeros((0, 3), np.float32), *self._points]),
            "point_start": _starts(self._points),
            "triangles_n3": np.concatenate([np.zeros((0, 3), np.int32), *self._triangles]),
            "triangle_start": _starts(self._triangles),
            "triangle_material": np.concatenate([np.zeros(0, np.int32), *self._materials]),
            "placed_shape": np.ascontiguousarray(placed[:, 0]),
            "placed_element": np.ascontiguousarray(placed[:, 1]),
            "site_from_shape": np.array(self._matrices, np.float64).reshape(-1, 4, 4),
        }


def check_mesh(points_m_n3: Float64Array, triangles_n3: NDArray[np.int32]) -> None:
    """Raise ValueError where a point is no number or far away, or a corner has no point."""
    if len(points_m_n3) and not float(np.abs(points_m_n3).max()) <= FAR_M:
        raise ValueError("a point is not finite or far beyond the site")
    if len(triangles_n3) and not (
        int(triangles_n3.min()) >= 0 and int(triangles_n3.max()) < len(points_m_n3)
    ):
        raise ValueError("a triangle names a point that is not there")


def _starts(parts: list[NDArray[np.float32]] | list[NDArray[np.int32]]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum([len(part) for part in parts], dtype=np.int64)])
