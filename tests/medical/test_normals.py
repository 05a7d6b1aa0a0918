"""Normals at half resolution, along L, P, S, on any grid."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.medical.normals import gradient_lps_from_tex, half_normals, half_shape
from metaviewer.medical.volume import Volume

GRIDS = [
    np.diag([1.0, 1.0, 1.0]),
    np.diag([0.7, 0.9, 2.5]),
    np.array([[0.8, 0.0, 0.0], [0.0, 0.8, 0.6], [0.0, 0.0, 1.5]]),
    np.array([[0.0, 0.0, 2.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
]
GRADIENT_LPS = np.array([3.0, -5.0, 2.0])


def normals_of(volume: Volume) -> np.ndarray:
    normals = np.zeros(half_shape(volume.values.shape), dtype=np.uint8)
    half_normals(volume.values, lps_from_ijk=volume.lps_from_ijk, gradient_full=10.0, out=normals)
    return normals


def ramp(linear: np.ndarray) -> Volume:
    """Values that rise by `GRADIENT_LPS` per mm, whatever the grid."""
    k, j, i = np.indices((10, 12, 14))
    places = linear @ np.stack([i, j, k]).reshape(3, -1)
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    values = (GRADIENT_LPS @ places).reshape(10, 12, 14).astype(np.float32)
    return Volume(values=values, lps_from_ijk=matrix, modality="MR", unit=None)


@pytest.mark.parametrize("linear", GRIDS)
def test_a_ramp_has_its_own_gradient_everywhere(linear):
    """Carried like a point (not by the inverse transpose), a sheared grid turns the normal."""
    packed = normals_of(ramp(linear))
    assert packed.shape == (5, 6, 7, 4)
    inner = packed[1:-1, 1:-1, 1:-1].astype(float)
    unit = GRADIENT_LPS / np.linalg.norm(GRADIENT_LPS)
    np.testing.assert_allclose(
        inner[..., 2::-1] / 127.5 - 1.0, np.broadcast_to(unit, inner[..., :3].shape), atol=0.01
    )
    np.testing.assert_allclose(inner[..., 3] / 25.5, np.linalg.norm(GRADIENT_LPS), atol=0.05)


@pytest.mark.parametrize("linear", GRIDS)
def test_the_matrix_of_the_shader_gives_the_same(linear):
    volume = ramp(linear)
    per_tex = (GRADIENT_LPS @ linear) * np.array(volume.shape_ijk)
    np.testing.assert_allclose(gradient_lps_from_tex(volume) @ per_tex, GRADIENT_LPS, rtol=1e-9)


def test_odd_edges_and_single_slices_have_normals():
    volume = Volume(
        values=np.zeros((1, 5, 7), dtype=np.int16),
        lps_from_ijk=np.eye(4),
        modality="CT",
        unit="HU",
    )
    assert normals_of(volume).shape == (1, 3, 4, 4)
