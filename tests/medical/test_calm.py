"""Noise goes, and nothing that a surgeon would miss goes with it."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.medical.calm import calm_and_even, noise_sd_hu, slabs, strips

SD_HU = 40.0


def noisy(truth: np.ndarray) -> np.ndarray:
    generator = np.random.default_rng(3)
    return np.rint(truth + generator.normal(0.0, SD_HU, truth.shape)).astype(np.int16)


def calmed(values: np.ndarray, *, noise_sd: float) -> np.ndarray:
    calm = np.zeros(values.shape)
    for slices in slabs(len(values)):
        for rows, columns in strips(np.ones(values[slices].shape, dtype=np.bool_)):
            box = (slices, rows, columns)
            calm[box], _ = calm_and_even(values, box_kji=box, noise_sd=noise_sd)
    return calm


def muscle() -> np.ndarray:
    return np.full((21, 40, 42), 50.0)


def test_noise_is_measured_beside_edges_too():
    """A standard deviation of values counts every organ's border as noise."""
    truth = muscle()
    truth[:, :, 20:] = -100.0
    truth[:, 10:14] = 900.0
    assert noise_sd_hu(noisy(truth)) == pytest.approx(1.25 * SD_HU, rel=0.1)
    assert noise_sd_hu(truth) == 0.0


def test_even_matter_becomes_even():
    values = noisy(muscle())
    calm = calmed(values, noise_sd=SD_HU)
    assert calm[:, 2:-2, 2:-2].std() < SD_HU / 2.5
    assert calm.mean() == pytest.approx(values.mean(), abs=1.0)


def test_a_vessel_of_two_voxels_and_an_edge_stay():
    """A mean of 27 voxels leaves a quarter of such a vessel and blurs bone over three voxels."""
    truth = muscle()
    truth[:, 20:22, 20:22] = 300.0
    truth[:, 30:, :] = 800.0
    calm = calmed(noisy(truth), noise_sd=SD_HU)
    assert calm[5:-5, 20:22, 20:22].mean() - 50.0 > 0.8 * 250.0
    assert calm[5:-5, 30, 5:15].mean() == pytest.approx(800.0, abs=0.06 * 750.0)
    assert calm[5:-5, 29, 5:15].mean() == pytest.approx(50.0, abs=0.06 * 750.0)


def test_a_speck_too_bright_for_noise_stays_whole():
    """A calcification of one voxel: 27 voxels' mean would hide it."""
    values = np.rint(muscle()).astype(np.int16)
    values[10, 20, 20] = 50 + 8 * int(SD_HU)
    assert calmed(values, noise_sd=SD_HU)[10, 20, 20] == values[10, 20, 20]


def test_values_without_noise_stay_as_they_are():
    values = noisy(muscle())
    np.testing.assert_array_equal(calmed(values, noise_sd=2.0), values)


def test_slices_do_not_depend_on_their_neighbours_in_a_chunk():
    """Chunks without two slices around them leave seams every eight slices."""
    values = noisy(muscle())
    whole = calmed(values, noise_sd=SD_HU)
    np.testing.assert_array_equal(calmed(values[4:], noise_sd=SD_HU)[2:], whole[6:])
