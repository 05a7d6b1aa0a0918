"""A tile of blue noise: neighbours differ, so jittered rays show no pattern and little grain.

Void and cluster (Ulichney 1993): pixels are ranked one by one, always in the middle of the largest
void; the rank is the threshold. The same tile on every machine, because nothing in it is random but
a seeded start.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

TILE_EDGE: Final = 64
SIGMA_PX: Final = 1.9
START_SHARE: Final = 0.1
SEED: Final = 7


@cache
def blue_noise_tile() -> NDArray[np.uint8]:
    """Thresholds 0..255, each equally often, shape (64, 64), read-only."""
    ranks = void_and_cluster(TILE_EDGE, seed=SEED)
    tile = (ranks * 256 // ranks.size).astype(np.uint8)
    tile.setflags(write=False)
    return tile


def void_and_cluster(edge: int, *, seed: int) -> NDArray[np.int64]:
    """Rank of each pixel of a square tile that repeats, 0..edge*edge-1, shape (edge, edge)."""
    spread = _spread(edge)
    start = _relaxed(_random_start(edge, seed=seed), spread)
    ranks = np.zeros((edge, edge), dtype=np.int64)
    energy, dots = _energy(start, spread), start.copy()
    for rank in range(int(start.sum()) - 1, -1, -1):
        place = _tightest(energy, dots)
        ranks[place] = rank
        dots[place] = False
        energy -= _moved(spread, place)
    energy, dots = _energy(start, spread), start.copy()
    for rank in range(int(start.sum()), edge * edge):
        place = _widest(energy, dots)
        ranks[place] = rank
        dots[place] = True
        energy += _moved(spread, place)
    return ranks


def _random_start(edge: int, *, seed: int) -> NDArray[np.bool_]:
    chosen = np.random.default_rng(seed).permutation(edge * edge)[: int(START_SHARE * edge * edge)]
    dots = np.zeros(edge * edge, dtype=np.bool_)
    dots[chosen] = True
    return dots.reshape(edge, edge)


def _relaxed(dots: NDArray[np.bool_], spread: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Move dots out of clusters into voids until that changes nothing."""
    dots, energy = dots.copy(), _energy(dots, spread)
    while True:
        tight = _tightest(energy, dots)
        dots[tight] = False
        energy -= _moved(spread, tight)
        wide = _widest(energy, dots)
        dots[wide] = True
        energy += _moved(spread, wide)
        if wide == tight:
            return dots


def _spread(edge: int) -> NDArray[np.float64]:
    """Four tiles of a Gaussian that wraps around, so that any shift is a plain slice of it."""
    away = np.minimum(np.arange(edge), edge - np.arange(edge))
    row = np.exp(-(away**2) / (2.0 * SIGMA_PX**2))
    return np.tile(np.outer(row, row), (2, 2))


def _moved(spread: NDArray[np.float64], place: tuple[int, int]) -> NDArray[np.float64]:
    edge = len(spread) // 2
    row, column = (edge - index for index in place)
    return spread[row : row + edge, column : column + edge]


def _energy(dots: NDArray[np.bool_], spread: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros(dots.shape)
    for row, column in np.argwhere(dots):
        total += _moved(spread, (int(row), int(column)))
    return total


def _tightest(energy: NDArray[np.float64], dots: NDArray[np.bool_]) -> tuple[int, int]:
    row, column = np.unravel_index(np.argmax(np.where(dots, energy, -np.inf)), dots.shape)
    return int(row), int(column)


def _widest(energy: NDArray[np.float64], dots: NDArray[np.bool_]) -> tuple[int, int]:
    row, column = np.unravel_index(np.argmin(np.where(dots, np.inf, energy)), dots.shape)
    return int(row), int(column)
