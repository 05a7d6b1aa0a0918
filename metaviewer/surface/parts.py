"""Pieces of a mesh file as they are read, and the checks that every format shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import Refused

FILE_BYTES_MAX: Final = 1 << 30
TEXT_BYTES_MAX: Final = 256 << 20
PART_COUNT_MAX: Final = 20_000
TRIANGLE_COUNT_MAX: Final = 20_000_000
AGAIN: Final = "export the mesh again"

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Part:
    """Triangles of one name and one colour, in the file's own axes and unit.

    Parameters
    ----------
    points_n3 : float64 array of shape (n, 3)
    triangles_n3 : int64 array of shape (m, 3)
        Every corner is a point that is there.
    """

    name: str
    points_n3: NDArray[np.float64]
    triangles_n3: NDArray[np.int64]
    colour_rgb: Rgb | None = None
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MeshFile:
    """What one file holds.

    Parameters
    ----------
    remark : str
        Header or comments, in which some writers name their axes; never shown.
    is_whole : bool
        False where a companion file that gives colours was not found or lies elsewhere.
    """

    parts: tuple[Part, ...]
    remark: str = ""
    is_whole: bool = True


def checked_part(
    *,
    name: str,
    points_n3: NDArray[Any],
    triangles_n3: NDArray[Any],
    colour_rgb: Rgb | None = None,
    opacity: float = 1.0,
) -> Part:
    """A part whose points are numbers and whose corners are points.

    Raises
    ------
    Refused
        "numbers" for what is not finite or names a point that is not there.
    """
    points = np.asarray(points_n3, dtype=np.float64)
    triangles = np.asarray(triangles_n3, dtype=np.int64)
    if not np.isfinite(points).all():
        bad = int((~np.isfinite(points).all(axis=1)).sum())
        raise Refused("", "numbers", f"{bad} of {len(points)} points are not numbers", remedy=AGAIN)
    if len(triangles) and not 0 <= triangles.min() <= triangles.max() < len(points):
        raise Refused(
            "",
            "numbers",
            f"a triangle names point {int(triangles.max()) + 1} of {len(points)}"
            if triangles.min() >= 0
            else "a triangle names a point below the first",
            remedy=AGAIN,
        )
    return Part(
        name=name,
        points_n3=points,
        triangles_n3=triangles,
        colour_rgb=colour_rgb,
        opacity=opacity,
    )


def fans(corners: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Polygons of any number of corners cut into triangles that share the first corner.

    Parameters
    ----------
    corners : int array of shape (sum of counts,)
        Corners of all polygons in one run.
    counts : int array of shape (polygons,), each at least 3
    """
    starts = np.cumsum(counts) - counts
    per_polygon = counts - 2
    polygon = np.repeat(np.arange(len(counts)), per_polygon)
    step = np.arange(len(polygon)) - np.repeat(np.cumsum(per_polygon) - per_polygon, per_polygon)
    first = starts[polygon]
    return np.stack([corners[first], corners[first + step + 1], corners[first + step + 2]], axis=1)


def check_counts(*, triangle_count: int, part_count: int = 1) -> None:
    """Refuse more than can be held, before it is built."""
    if triangle_count > TRIANGLE_COUNT_MAX:
        raise Refused(
            "",
            "size",
            f"{triangle_count} triangles, the limit is {TRIANGLE_COUNT_MAX}",
            remedy="simplify the mesh",
        )
    if part_count > PART_COUNT_MAX:
        raise Refused("", "size", f"{part_count} parts, the limit is {PART_COUNT_MAX}")


def srgb_from_linear(value: float) -> float:
    """Display sRGB of a linear 0..1 (IEC 61966-2-1)."""
    clipped = min(max(value, 0.0), 1.0)
    return 12.92 * clipped if clipped <= 0.0031308 else 1.055 * clipped ** (1 / 2.4) - 0.055


def plain_name(text: object) -> str:
    """A name that may be shown: one line of printable characters, at most 64."""
    kept = "".join(c for c in str(text or "") if c.isprintable())
    return kept.strip()[:64]
