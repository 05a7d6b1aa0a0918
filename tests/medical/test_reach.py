"""Distances up to a reach are those of a whole transform, cut off."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from metaviewer.medical.reach import distance_mm

EDGES_MM = np.array([4.0, 1.5, 2.0])


@pytest.mark.parametrize("reach_mm", [0.5, 4.0, 9.0, 200.0])
def test_it_is_the_exact_distance_as_far_as_it_goes(reach_mm):
    """Edges that differ and a shape that differs: swapped axes, or one step less, give others."""
    rng = np.random.default_rng(3)
    mask = rng.random((7, 19, 12)) > 0.985
    exact = ndimage.distance_transform_edt(~mask, sampling=EDGES_MM)
    near = distance_mm(mask, edges_kji_mm=EDGES_MM, reach_mm=reach_mm)
    np.testing.assert_allclose(near, np.minimum(exact, reach_mm), rtol=1e-5)


def test_nobody_goes_along_an_endless_edge():
    mask = np.zeros((3, 4, 5), dtype=np.bool_)
    mask[1, 2, 2] = True
    near = distance_mm(mask, edges_kji_mm=np.array([np.inf, 1.0, 1.0]), reach_mm=6.0)
    assert near[1, 2, 4] == 2.0
    assert (near[[0, 2]] == 6.0).all()
