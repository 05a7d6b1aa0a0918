"""Slices of aligned and oblique grids, and values at places."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from metaviewer.medical.slices import (
    NORMAL_AXIS,
    RIGHT_DOWN_LPS,
    aligned_axes,
    slice_of,
    slice_range_mm,
    value_at,
)
from metaviewer.medical.volume import Volume

PLANES = ("axial", "coronal", "sagittal")


def right_handed_grids() -> list[np.ndarray]:
    """All 24 ways a grid can lie along the patient's axes, with three different spacings."""
    grids = []
    for order, signs in product(permutations(range(3)), product((1.0, -1.0), repeat=3)):
        matrix = np.zeros((3, 3))
        matrix[order, range(3)] = np.array(signs) * (1.0, 2.0, 3.0)
        if np.linalg.det(matrix) > 0:
            grids.append(matrix)
    return grids


def coded(linear: np.ndarray, shape_kji=(4, 5, 6)) -> Volume:
    """Each voxel holds a number of its own."""
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = (7.0, -11.0, 13.0)
    values = np.arange(np.prod(shape_kji), dtype=np.int16).reshape(shape_kji)
    return Volume(values=values, lps_from_ijk=matrix, modality="CT", unit="HU")


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("linear", right_handed_grids())
def test_every_pixel_is_the_voxel_at_its_place(plane, linear):
    """24 grids, 3 planes: one flipped index somewhere shows the wrong side of a patient."""
    volume = coded(linear)
    low, high = slice_range_mm(volume, plane=plane)
    picture = slice_of(volume, plane=plane, at_mm=low + 0.4 * (high - low))
    rows, columns = picture.values_rc.shape
    for row, column in ((0, 0), (0, columns - 1), (rows - 1, 0), (rows // 2, columns // 2)):
        point = (picture.lps_from_rc @ [column, row, 0.0, 1.0])[:3]
        assert picture.values_rc[row, column] == value_at(volume, point)
    right, down = RIGHT_DOWN_LPS[plane]
    assert picture.lps_from_rc[:3, 0] @ right == pytest.approx(picture.pixel_mm[0])
    assert picture.lps_from_rc[:3, 1] @ down == pytest.approx(picture.pixel_mm[1])


@pytest.mark.parametrize("plane", PLANES)
def test_an_oblique_grid_is_sampled_along_the_plane(plane):
    """A head turned by 20 degrees: its values stay at their places."""
    turn = np.radians(20.0)
    linear = np.array(
        [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1.5]]
    )
    k, j, i = np.indices((20, 30, 30))
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    places = linear @ np.stack([i, j, k]).reshape(3, -1)
    slope = np.array([2.0, -3.0, 5.0])
    values = (slope @ places).reshape(k.shape).astype(np.float32)
    volume = Volume(values=values, lps_from_ijk=matrix, modality="MR", unit=None)
    assert aligned_axes(volume) is None
    middle = (linear @ [14.5, 14.5, 9.5])[NORMAL_AXIS[plane]]
    picture = slice_of(volume, plane=plane, at_mm=float(middle))
    rows, columns = picture.values_rc.shape
    row, column = rows // 2, columns // 2
    point = (picture.lps_from_rc @ [column, row, 0.0, 1.0])[:3]
    assert picture.values_rc[row, column] == pytest.approx(slope @ point, abs=1e-3)


def test_a_place_outside_and_a_place_in_padding_have_no_value():
    volume = coded(np.eye(3))
    padding = np.zeros(volume.values.shape, dtype=np.bool_)
    padding[1, 2, 3] = True
    padded = Volume(
        values=volume.values.copy(),
        lps_from_ijk=volume.lps_from_ijk,
        modality="CT",
        unit="HU",
        padding_kji=padding,
    )
    inside = (volume.lps_from_ijk @ [3, 2, 1, 1])[:3]
    assert value_at(volume, inside) == volume.values[1, 2, 3]
    assert value_at(padded, inside) is None
    assert value_at(volume, inside + 1000.0) is None


def test_a_slice_beyond_the_end_is_the_last_one():
    volume = coded(np.eye(3))
    far = slice_of(volume, plane="axial", at_mm=1e6)
    np.testing.assert_array_equal(far.values_rc, volume.values[-1])
