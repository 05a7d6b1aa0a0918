"""A scanner's volume: grey values on a grid whose place in the patient is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NewType

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import GeometryError
from metaviewer.frames import Float64Array, frozen

SeriesKey = NewType("SeriesKey", str)
"""Salted hash of a series' identity; safe to log and to show."""

Values = NDArray[np.int16] | NDArray[np.float32]
VALUE_DTYPES: Final = (np.dtype(np.int16), np.dtype(np.float32))


@dataclass(frozen=True, slots=True, kw_only=True)
class GreyWindow:
    """A window preset: what is mapped to mid grey, and how much to black..white."""

    name: str
    center: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whose picture this is, as tokens that reveal nobody (salted hashes, 8 hex digits)."""

    patient: str = ""
    study: str = ""
    series: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Volume:
    """Grey values with their place in the patient.

    Parameters
    ----------
    values : array of shape (slices, rows, columns) = [k, j, i], int16 or float32, read-only
        Modality values (HU for CT) after rescale. Padding holds the lowest valid value.
    lps_from_ijk : array of shape (4, 4)
        Voxel centres (i, j, k, 1) to patient LPS in mm; may be sheared; determinant above zero.
    padding_kji : bool array like `values`, or None
        True where the scanner measured nothing; None where it measured everything.
    frame_of_reference : str
        Hashed frame of reference ("sha256:..."), "" where the source states none.
    """

    values: Values
    lps_from_ijk: Float64Array
    modality: str
    unit: str | None
    padding_kji: NDArray[np.bool_] | None = None
    windows: tuple[GreyWindow, ...] = ()
    frame_of_reference: str = ""
    identity: Identity = field(default_factory=Identity)
    badges: tuple[str, ...] = ()
    content_id: str = ""

    def __post_init__(self) -> None:
        """Check shape, type and handedness: a wrong Volume cannot exist."""
        if self.values.ndim != 3 or self.values.dtype not in VALUE_DTYPES:
            raise GeometryError(
                f"a volume needs int16 or float32 values with three axes, not "
                f"{self.values.dtype} with {self.values.ndim}"
            )
        object.__setattr__(self, "lps_from_ijk", frozen(self.lps_from_ijk))
        if not np.all(np.isfinite(self.lps_from_ijk)):
            raise GeometryError("a volume's place in the patient has a number that is not finite")
        if np.linalg.det(self.lps_from_ijk[:3, :3]) <= 0.0:
            raise GeometryError("a volume's axes are mirrored or flat: left and right would swap")
        self.values.setflags(write=False)

    @property
    def shape_ijk(self) -> tuple[int, int, int]:
        """Columns, rows, slices."""
        slices, rows, columns = self.values.shape
        return columns, rows, slices

    @property
    def spacing_mm(self) -> Float64Array:
        """Distance between neighbouring voxel centres along i, j and k, shape (3,)."""
        return frozen(np.linalg.norm(self.lps_from_ijk[:3, :3], axis=0))
