"""Where slices cut regions: each pair once, and only as long as both are there."""

from __future__ import annotations

import gc
import weakref

import numpy as np

from metaviewer.medical.slices import SlicePicture
from metaviewer.render.slice_outlines import _section
from metaviewer.surface import Mesh


def wedge() -> Mesh:
    points = np.array([(0, 0, -1), (4, 0, -1), (0, 4, -1), (0, 0, 3)], np.float32)
    triangles = np.array([(0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2)], np.int32)
    return Mesh(name="wedge", points_mm_n3=points, triangles_n3=triangles)


def slice_at_zero() -> SlicePicture:
    return SlicePicture(values_rc=np.zeros((5, 5), np.int16), lps_from_rc=np.eye(4))


def test_the_same_slice_of_a_region_is_cut_once():
    """Bug: every frame of a slice cuts every region again."""
    mesh, picture = wedge(), slice_at_zero()
    lines = _section(mesh, picture)
    assert len(lines) == 1
    assert _section(mesh, picture) is lines
    assert _section(mesh, slice_at_zero()) is not lines


def test_neither_region_nor_slice_outlives_its_patient():
    """Bug: what is kept for the next frame keeps a closed patient's values in memory."""
    mesh, picture = wedge(), slice_at_zero()
    _section(mesh, picture)
    gone = weakref.ref(picture)
    del picture
    gc.collect()
    assert gone() is None
    closed = weakref.ref(mesh)
    del mesh
    gc.collect()
    assert closed() is None
