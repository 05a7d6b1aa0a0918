"""A coarse volume lies where the fine one lies, and padding is in no tissue."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.medical.coarse import (
    VOXELS_WANTED,
    block_means,
    coarse_strides,
    coarse_volume,
)
from metaviewer.medical.volume import Volume

SHEARED = np.array(
    [
        [0.8, 0.0, 0.1, -120.0],
        [0.0, 0.9, 0.6, 35.0],
        [0.0, 0.2, 1.5, -410.0],
        [0.0, 0.0, 0.0, 1.0],
    ]
)
STRIDES_KJI = (2, 3, 4)


def slope_of(shape_kji):
    """Values that rise by other amounts along each axis: 100, 10 and 1."""
    k, j, i = np.indices(shape_kji)
    return (100.0 * k + 10.0 * j + i).astype(np.float32)


def volume_of(values):
    return Volume(values=values, lps_from_ijk=SHEARED, modality="CT", unit="HU")


def test_each_coarse_voxel_lies_where_its_value_is():
    """A linear field has its mean at the middle of a block: without the half voxels, or with i and
    k swapped, the value that stands at a place in the patient is another than the fine volume's."""
    fine = volume_of(slope_of((6, 9, 12)))
    values = block_means(fine.values, strides_kji=STRIDES_KJI)
    coarse = coarse_volume(fine, values=values, strides_kji=STRIDES_KJI)
    assert coarse.values.shape == (3, 3, 3)
    for k, j, i in np.ndindex(coarse.values.shape):
        place_lps_mm = coarse.lps_from_ijk @ (i, j, k, 1)
        fine_i, fine_j, fine_k, _ = np.linalg.solve(fine.lps_from_ijk, place_lps_mm)
        assert coarse.values[k, j, i] == pytest.approx(100 * fine_k + 10 * fine_j + fine_i)


def test_both_grids_begin_at_the_same_corner():
    """Closed form: corner of the first voxel at (-0.5, -0.5, -0.5) in either grid."""
    fine = volume_of(slope_of((6, 9, 12)))
    values = block_means(fine.values, strides_kji=STRIDES_KJI)
    coarse = coarse_volume(fine, values=values, strides_kji=STRIDES_KJI)
    corner, end_fine = (-0.5, -0.5, -0.5, 1.0), (11.5, 8.5, 5.5, 1.0)
    np.testing.assert_allclose(coarse.lps_from_ijk @ corner, fine.lps_from_ijk @ corner)
    np.testing.assert_allclose(
        coarse.lps_from_ijk @ (2.5, 2.5, 2.5, 1), fine.lps_from_ijk @ end_fine
    )


def test_an_axis_that_does_not_divide_repeats_its_end():
    """Without its last, half filled block the crown of a head would be missing."""
    values = np.arange(5, dtype=np.int16).reshape(5, 1, 1)
    means = block_means(values, strides_kji=(3, 1, 1))
    assert means.ravel().tolist() == [1, 4]
    assert means.dtype == np.int16
    along_i = block_means(values.reshape(1, 1, 5), strides_kji=(1, 1, 3))
    assert along_i.ravel().tolist() == [1, 4]


def test_padding_is_in_no_mean():
    """One voxel of -1000 among seven of 40 gives -90: fat where there is muscle."""
    values = np.full((2, 2, 4), 40, dtype=np.int16)
    padding = np.zeros(values.shape, dtype=np.bool_)
    padding[0, 0, 0] = True
    padding[:, :, 2:] = True
    values[padding] = -1000
    means = block_means(values, strides_kji=(2, 2, 2), padding_kji=padding)
    assert means.ravel().tolist() == [40, -1000]


def test_a_chest_is_made_coarse_and_a_small_volume_is_not():
    """Thick slices stay: blocks are about as long as they are wide."""
    chest = Volume(
        values=np.broadcast_to(np.zeros(1, dtype=np.int16), (130, 512, 512)).copy(),
        lps_from_ijk=np.diag([0.75, 0.75, 2.5, 1.0]),
        modality="CT",
        unit="HU",
    )
    k, j, i = coarse_strides(chest)
    assert (k, j, i) == (1, 4, 4)
    assert chest.values.size / (k * j * i) < 2 * VOXELS_WANTED
    assert coarse_strides(volume_of(slope_of((6, 9, 12)))) == (1, 1, 1)
