"""Arrays one behind the other: how they are copied out, and how trusted ones are found again."""

from __future__ import annotations

import math
import mmap
from collections.abc import Mapping

import numpy as np

from metaviewer.jail.door import AnyArray, Arrays, crossing_dtype
from metaviewer.jail.wire import ALIGNMENT_BYTES

Table = list[tuple[str, str, tuple[int, ...], int]]
"""Name, type, shape and offset of each array."""


def packed(arrays: Mapping[str, AnyArray]) -> tuple[Table, list[memoryview], int]:
    """Where each array will lie, their bytes (copied only where they must be), and the whole size.

    Each array is followed by zeros up to the next `ALIGNMENT_BYTES`.
    """
    table: Table = []
    parts: list[memoryview] = []
    offset = 0
    for name, given in arrays.items():
        array = np.asarray(given)
        crossing = np.ascontiguousarray(array, crossing_dtype(array.dtype))
        table.append((name, crossing.dtype.str, array.shape, offset))
        parts += [crossing.reshape(-1).view(np.uint8).data, memoryview(padding(array.nbytes))]
        offset += array.nbytes + len(parts[-1])
    return table, parts, offset


def padding(byte_count: int) -> bytes:
    """The zeros that follow an array of `byte_count`."""
    return bytes(-byte_count % ALIGNMENT_BYTES)


def unpacked(content: bytes | mmap.mmap, table: Table) -> Arrays:
    """The arrays of a trusted table, without a copy."""
    return {
        name: np.frombuffer(content, dtype, math.prod(shape), offset).reshape(shape)
        for name, dtype, shape, offset in table
    }
