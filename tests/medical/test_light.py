"""Light in a volume: open outside, dark inside, shadows on the far side."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.medical.light import (
    cell_voxels,
    extinction,
    light_samples,
    openness,
    packed_light,
    shadow,
)

CELL_MM = np.array([3.0, 3.0, 3.0])


def wall() -> np.ndarray:
    """Dense matter in the middle of 20 cells, [k, j, i]."""
    cells = np.zeros((20, 20, 20), dtype=np.float32)
    cells[7:13, 7:13, 7:13] = 0.5
    return cells


@pytest.mark.parametrize(
    ("toward", "lit", "dark"),
    [
        ((1, 0, 0), (10, 10, 17), (10, 10, 3)),
        ((-1, 0, 0), (10, 10, 3), (10, 10, 17)),
        ((0, 1, 0), (10, 17, 10), (10, 3, 10)),
        ((0, 0, 1), (17, 10, 10), (3, 10, 10)),
        ((0, 0, -1), (3, 10, 10), (17, 10, 10)),
    ],
)
def test_the_shadow_falls_away_from_the_light(toward, lit, dark):
    """Axes i, j, k against arrays [k, j, i]: a slip lights the patient from below."""
    light = shadow(wall(), cell_mm_ijk=CELL_MM, toward_light_ijk=np.array(toward, dtype=float))
    assert light[lit] > 0.95
    assert light[dark] < 0.45


def test_a_slanted_shadow_moves_aside():
    light = shadow(wall(), cell_mm_ijk=CELL_MM, toward_light_ijk=np.array([0.7, 0.0, 0.8]))
    assert light[3, 10, 4] < light[3, 10, 15]


def test_inside_is_less_open_than_outside():
    around = openness(wall(), cell_mm_ijk=CELL_MM)
    assert around[0, 0, 0] > 0.98
    assert around[10, 10, 10] < 0.5 < around[10, 10, 5]


def test_extinction_is_the_mean_thickness_of_a_cell():
    """Half of the voxels opaque at 0.5 per mm: half of ln 2."""
    values = np.zeros((8, 8, 8), dtype=np.int16)
    values[:, :, 2::4] = values[:, :, 0::4] = 0
    values[:, :, 2::4] = 10
    cells = extinction(
        light_samples(values, cell_ijk=(4, 4, 4)),
        opacities_per_mm=np.array([0.0, 0.5]),
        domain=(0.0, 10.0),
        cell_ijk=(4, 4, 4),
    )
    assert cells.shape == (2, 2, 2)
    np.testing.assert_allclose(cells, np.log(2.0) / 2.0, rtol=1e-5)


@pytest.mark.parametrize(
    ("spacing", "shape", "wanted"),
    [((0.75, 0.75, 3.0), (512, 512, 100), (4, 4, 1)), ((1.0, 1.0, 1.0), (2, 512, 512), (1, 3, 3))],
)
def test_cells_are_about_three_millimetres(spacing, shape, wanted):
    assert cell_voxels(np.array(spacing), shape) == wanted


def test_bytes_hold_openness_first():
    packed = packed_light(np.ones((1, 1, 1), np.float32), np.zeros((1, 1, 1), np.float32))
    assert packed.tolist() == [[[[255, 0]]]]
