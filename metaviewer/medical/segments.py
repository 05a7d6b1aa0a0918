"""Regions of a patient: voxel masks (DICOM SEG, label maps) and outlines (RT structure sets)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array
from metaviewer.medical.volume import Identity

Rgb = tuple[float, float, float]
"""Red, green, blue in display sRGB, 0..1."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Segment:
    """One region as a mask on its own cropped grid; regions may overlap.

    Parameters
    ----------
    mask_kji : bool array of shape (slices, rows, columns), read-only
    lps_from_ijk : array of shape (4, 4)
        The segment's *own* grid, never the picture's.
    """

    number: int
    name: str
    colour_rgb: Rgb | None
    mask_kji: NDArray[np.bool_]
    lps_from_ijk: Float64Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Segments:
    """A set of regions from one object."""

    segments: tuple[Segment, ...]
    frame_of_reference: str = ""
    identity: Identity = field(default_factory=Identity)
    badges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Contour:
    """One closed outline in a plane: points of shape (n, 3) in LPS mm, read-only."""

    points_lps_mm_n3: Float64Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ContourRegion:
    """One named region given by outlines."""

    number: int
    name: str
    colour_rgb: Rgb | None
    contours: tuple[Contour, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Contours:
    """A set of outlined regions from one object."""

    regions: tuple[ContourRegion, ...]
    frame_of_reference: str = ""
    identity: Identity = field(default_factory=Identity)
    badges: tuple[str, ...] = ()
