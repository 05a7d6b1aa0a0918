"""Blocks must never claim to be empty where a sample in them is not."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from metaviewer.medical.blocks import BLOCK_EDGE, block_bounds, leap_map

SHAPES = st.tuples(*[st.integers(1, 27)] * 3)


@given(shape=SHAPES, seed=st.integers(0, 1000))
def test_any_linear_sample_in_a_block_lies_between_its_bounds(shape, seed):
    """Without the apron the half voxel beyond a block's last centre reads its neighbour unseen."""
    generator = np.random.default_rng(seed)
    values = generator.integers(-1000, 1000, shape).astype(np.int16)
    low, high = block_bounds(values)
    # Texture places: voxel v covers v .. v + 1, its centre lies at v + 0.5; edges are clamped.
    places = generator.uniform(0.0, 1.0, (200, 3)) * shape
    samples = ndimage.map_coordinates(
        values.astype(float), (places - 0.5).T, order=1, mode="nearest"
    )
    block = np.minimum((places // BLOCK_EDGE).astype(int), np.array(low.shape) - 1)
    assert (low[tuple(block.T)] <= samples + 1e-6).all()
    assert (high[tuple(block.T)] >= samples - 1e-6).all()


def test_blocks_count_the_rest_of_an_axis():
    low, _ = block_bounds(np.zeros((8, 9, 17), dtype=np.int16))
    assert low.shape == (1, 2, 3)


def test_the_distance_is_to_the_nearest_block_that_is_not_empty():
    """Chessboard, in blocks; 0 where the table shows something."""
    low = high = np.full((5, 5, 5), -1000)
    high = high.copy()
    high[2, 2, 2] = 500
    opacities = np.where(np.linspace(-1024, 3071, 512) > 200, 1.0, 0.0)
    distance = leap_map(low, high, opacities=opacities, domain=(-1024.0, 3071.0))
    assert distance[2, 2, 2] == 0
    assert distance[2, 2, 3] == 1
    assert distance[0, 4, 2] == 2


def test_values_beyond_the_domain_take_its_ends():
    """Metal at 20,000 HU is as visible as the last entry."""
    values = np.full((1, 1, 1), 20_000)
    seen = leap_map(values, values, opacities=np.array([0.0, 0.0, 1.0]), domain=(0.0, 10.0))
    unseen = leap_map(values, values, opacities=np.array([1.0, 0.0, 0.0]), domain=(0.0, 10.0))
    assert seen[0, 0, 0] == 0
    assert unseen[0, 0, 0] > 0


@given(value=st.floats(-50.0, 150.0), seed=st.integers(0, 100))
def test_a_value_that_the_table_shows_is_never_in_an_empty_block(value, seed):
    """The table is linear between entries: the entry above counts too."""
    opacities = np.where(np.random.default_rng(seed).random(33) > 0.7, 0.5, 0.0)
    domain = (0.0, 100.0)
    shown = np.interp(value, np.linspace(*domain, 33), opacities) > 0.0
    block = np.full((1, 1, 1), value)
    distance = leap_map(block, block, opacities=opacities, domain=domain)
    assert not (shown and distance[0, 0, 0] > 0)
