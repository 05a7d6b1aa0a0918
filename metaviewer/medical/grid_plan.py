"""A volume that lies in one file as one array: its plan, checked before anything is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from metaviewer.errors import Refused, Word
from metaviewer.frames import Float64Array
from metaviewer.jail import Json
from metaviewer.jail.sizes import array_bytes, check_declared, check_limit
from metaviewer.medical.geometry import POSITION_MM_MAX, SPACING_MM_MAX, SPACING_MM_MIN
from metaviewer.medical.records import VOLUME_BYTES_MAX

FLAT_VOLUME_MIN: Final = 1e-3
"""Volume of the unit cell of the three directions: below this two of them coincide."""
RIGHT_ANGLE_TOLERANCE: Final = 1e-3
AXIS_COUNT_MAX: Final = 4
TIME_POINTS_LISTED_MAX: Final = 16
PLAIN_VALUES: Final = "save it with one whole or floating number a voxel"
"""What to do with types of values that are not read."""


@dataclass(slots=True, eq=False, kw_only=True)
class GridPlan:
    """What a header declares.

    Parameters
    ----------
    sizes : tuple of int
        Voxels along i, j, k and, where there is one, time; i varies fastest in the file.
    dtype : str
        numpy's name of the stored type, byte order included.
    offset : int
        Bytes before the first value; in the inflated stream where all of the file is packed.
    packing : "raw", "gzip" or "zlib"
    detached : str
        Bare name of the file that holds the values; "" where the header's file does.
    """

    format: str
    sizes: tuple[int, ...]
    dtype: str
    offset: int
    lps_from_ijk: Float64Array
    packing: str = "raw"
    is_header_packed: bool = False
    detached: str = ""
    slope: float = 1.0
    intercept: float = 0.0
    is_labels: bool = False
    badges: list[str] = field(default_factory=list)
    notes: list[tuple[Word, str]] = field(default_factory=list)
    flip_k: bool = False

    @property
    def volume_bytes(self) -> int:
        """Stored bytes of one time point."""
        return array_bytes(*self.sizes[:3], value_bytes=np.dtype(self.dtype).itemsize)

    @property
    def time_point_count(self) -> int:
        """Volumes in the file."""
        return self.sizes[3] if len(self.sizes) > 3 else 1

    def row(self, *, time_point: int) -> dict[str, Json]:
        """Plan of one time point as JSON, for `read_grid`."""
        is_whole = self.slope.is_integer() and self.intercept.is_integer()
        is_integer = np.dtype(self.dtype).kind in "iu"
        return {
            "shape": list(self.sizes[2::-1]),
            "dtype": "int16" if is_whole and is_integer else "float32",
            "stored": self.dtype,
            "offset": self.offset,
            "before": time_point * self.volume_bytes,
            "trailing": (self.time_point_count - time_point - 1) * self.volume_bytes,
            "packing": self.packing,
            "is_header_packed": self.is_header_packed,
            "slope": self.slope,
            "intercept": self.intercept,
            "flip_k": self.flip_k,
            "lps_from_ijk": self.lps_from_ijk.ravel().tolist(),
        }


def checked(plan: GridPlan, *, present_bytes: int | None) -> GridPlan:
    """The plan, with sizes and geometry proven and a left-handed grid turned.

    Parameters
    ----------
    present_bytes : int or None
        Size of the file that holds the values; None where they are packed.

    Raises
    ------
    Refused
        If more is declared than there, or the directions span no volume.
    """
    if not 3 <= len(plan.sizes) <= AXIS_COUNT_MAX or min(plan.sizes) < 1:
        raise Refused("", "numbers", "the file declares no volume of three axes")
    total = plan.volume_bytes * plan.time_point_count
    if present_bytes is not None:
        check_declared(declared_bytes=total, present_bytes=max(present_bytes - plan.offset, 0))
    check_limit(need_bytes=total, limit_bytes=VOLUME_BYTES_MAX)
    _check_axes(plan)
    if np.linalg.det(plan.lps_from_ijk[:3, :3]) < 0.0:
        plan.lps_from_ijk = turned(plan.lps_from_ijk, slice_count=plan.sizes[2])
        plan.flip_k = True
    return plan


def turned(lps_from_ijk: Float64Array, *, slice_count: int) -> Float64Array:
    """The same grid counted from its last slice: its handedness changes, no voxel moves."""
    ijk_from_turned = np.diag([1.0, 1.0, -1.0, 1.0])
    ijk_from_turned[2, 3] = slice_count - 1
    return lps_from_ijk @ ijk_from_turned


def affine(directions_lps_mm: ArrayLike, origin_lps_mm: ArrayLike) -> Float64Array:
    """Transform from the steps along i, j, k (one a row) and the centre of voxel 0."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.asarray(directions_lps_mm, dtype=np.float64).T
    matrix[:3, 3] = origin_lps_mm
    return matrix


def _check_axes(plan: GridPlan) -> None:
    matrix = plan.lps_from_ijk
    if not np.all(np.isfinite(matrix)):
        raise Refused("", "geometry", "a direction or the origin is not finite")
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    if not all(SPACING_MM_MIN <= mm <= SPACING_MM_MAX for mm in lengths):
        raise Refused("", "geometry", "voxel spacing is not between 0.001 and 1000 mm")
    if np.abs(matrix[:3, 3]).max() > POSITION_MM_MAX:
        raise Refused("", "geometry", "the volume lies more than a kilometre away")
    units = matrix[:3, :3] / lengths
    if abs(np.linalg.det(units)) < FLAT_VOLUME_MIN:
        raise Refused("", "geometry", "two axes of the volume coincide: it has no extent")
    angles = np.abs(units.T @ units - np.eye(3)).max()
    if angles > RIGHT_ANGLE_TOLERANCE:
        plan.badges.append("sheared")
        degrees = float(np.degrees(np.arcsin(min(angles, 1.0))))
        plan.notes.append(("geometry", f"axes are sheared by {degrees:.1f} degrees and drawn so"))
