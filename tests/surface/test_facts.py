"""What is said of the meshes of one file."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.surface import Mesh, file_facts, mesh_facts

CORNERS = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], dtype=np.float32)
SIDES = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]


def box(sides, *, at_mm=0.0) -> Mesh:
    """Some sides of a cube of 1 mm."""
    triangles = [tri for a, b, c, d in sides for tri in ((a, b, c), (a, c, d))]
    return Mesh(
        name="",
        points_mm_n3=CORNERS + np.float32(at_mm),
        triangles_n3=np.array(triangles, dtype=np.int32),
    )


def test_a_solid_in_two_materials_is_closed():
    """Bug: each half is open, so a closed vessel in two colours has no volume."""
    halves = [box(SIDES[:2]), box(SIDES[2:])]
    assert not any(mesh_facts(half)["watertight"] for half in halves)
    facts = file_facts(halves)
    assert (facts["watertight"], facts["volume_mm3"]) == (True, pytest.approx(1.0))
    assert (facts["vertices"], facts["triangles"]) == (16, 12)


def test_two_solids_that_touch_are_closed():
    """Bug: joined, the edges on which they touch have four triangles, which looks open."""
    facts = file_facts([box(SIDES), box(SIDES, at_mm=1.0)])
    assert (facts["watertight"], facts["volume_mm3"]) == (True, pytest.approx(2.0))


def test_a_lid_that_is_missing_is_missed():
    facts = file_facts([box(SIDES[:2]), box(SIDES[2:5])])
    assert (facts["watertight"], facts["volume_mm3"]) == (False, None)
