"""The frames of metaviewer and the conversions between them: each exists once, here.

======  ====================================================  ========
frame   axes                                                  unit
======  ====================================================  ========
ijk     column, row, slice; voxel centres at whole numbers    index
lps     patient Left, Posterior, Superior                     mm
ras     patient Right, Anterior, Superior (NIfTI's door)      mm
site    east, north, up                                       m
world   x right, y away, z up, right-handed                   m
xr      x right, y up, z towards you                          m
======  ====================================================  ========

A transform is named ``target_from_source``: a 4x4 float64 that maps column vectors, so adjoining
words match in a product: ``world_from_lps @ lps_from_ijk``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metaviewer.errors import GeometryError

Float64Array = NDArray[np.float64]

M_PER_MM: Final = 0.001
SLICE_AXES: Final = {"sagittal": 0, "coronal": 1, "axial": 2}
"""Which axis of the patient the slices of a plane are counted along."""
RIGID_TOLERANCE: Final = 1e-4
"""Largest departure from orthonormal axes that rounding to four digits explains."""


def frozen(matrix: ArrayLike) -> Float64Array:
    """Return a read-only float64 copy of `matrix`."""
    owned = np.array(matrix, dtype=np.float64)
    owned.setflags(write=False)
    return owned


IDENTITY: Final = frozen(np.eye(4))

WORLD_FROM_LPS: Final = frozen(np.diag([M_PER_MM, M_PER_MM, M_PER_MM, 1.0]))
"""LPS and world share directions: a patient stands before you, facing you (DESIGN.md section 3)."""

LPS_FROM_RAS: Final = frozen(np.diag([-1.0, -1.0, 1.0, 1.0]))
"""NIfTI counts towards Right and Anterior, DICOM towards Left and Posterior."""

WORLD_FROM_SITE: Final = IDENTITY
"""East, north, up are x, y, z; a large site is moved by its own float64 origin, not here."""

WORLD_FROM_XR: Final = frozen([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
"""OpenXR looks along -Z with Y up, world along +Y with Z up: (x, y, z)_xr is (x, -z, y)_world."""

SITE_FROM_GLTF: Final = frozen([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
"""glTF 2.0 section 3.4: Y up, metres; (x, y, z)_gltf is (x, -z, y)_site."""


def moved(points_n3: ArrayLike, *, target_from_source: Float64Array) -> Float64Array:
    """Points of shape (n, 3) or (3,) in the target frame."""
    points = np.asarray(points_n3, dtype=np.float64)
    return points @ target_from_source[:3, :3].T + target_from_source[:3, 3]


def translation(offset: ArrayLike) -> Float64Array:
    """Transform that adds `offset`, shape (3,)."""
    matrix = np.eye(4)
    matrix[:3, 3] = offset
    return frozen(matrix)


def scaling(factor: float) -> Float64Array:
    """Transform that multiplies by `factor` about the origin."""
    return frozen(np.diag([factor, factor, factor, 1.0]))


def turning(turn_deg: float) -> Float64Array:
    """Transform that turns about the third axis, from the first towards the second."""
    angle = np.radians(turn_deg)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return frozen(matrix)


def inverse(target_from_source: Float64Array) -> Float64Array:
    """Return ``source_from_target``; raises GeometryError where there is none."""
    try:
        return frozen(np.linalg.inv(target_from_source))
    except np.linalg.LinAlgError as error:
        raise GeometryError("a transform without an inverse: two of its axes coincide") from error


def is_right_handed(target_from_source: Float64Array) -> bool:
    """Whether the transform keeps left and right apart (determinant above zero)."""
    return bool(np.linalg.det(target_from_source[:3, :3]) > 0.0)


def bounds_of(points_n3: ArrayLike) -> Float64Array:
    """Lowest and highest corner of points (n, 3), shape (2, 3)."""
    points = np.asarray(points_n3, dtype=np.float64)
    return frozen([points.min(axis=0), points.max(axis=0)])


def corners_of(bounds_23: ArrayLike) -> Float64Array:
    """The eight corners of a box given by its lowest and highest corner, shape (8, 3)."""
    low, high = np.asarray(bounds_23, dtype=np.float64)
    picks = np.indices((2, 2, 2)).reshape(3, 8).T
    return frozen(np.where(picks == 0, low, high))
