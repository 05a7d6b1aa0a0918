"""What a reader gets and gives: the one seam between parsers and the jail.

A reader is a plain function in `metaviewer/<room>/read_*.py`::

    def read_series(places, arguments, door):
        voxels = door.allocate("voxels", (slices, rows, columns), np.int16)
        ...
        door.progress(k / slices)
        return {"modality": "CT"}, {"voxels": voxels}

It returns a header of JSON values and arrays by name. What came from `door.allocate` (or is a
contiguous part of it) lies in the answer already and is not copied; every other array is. An
allocated array crosses even when the reader does not return it. Arrays of floating point numbers
must be finite unless their names are in the header's list "may_be_nan".
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""A JSON value. Sequences and mappings, so that a `list[float]` is one."""

AnyArray: TypeAlias = NDArray[Any]
Arrays: TypeAlias = dict[str, AnyArray]
Header: TypeAlias = dict[str, Json]

MAY_BE_NAN: Final = "may_be_nan"
"""Header key: names of the arrays in which NaN means "no value"."""

DTYPES: Final = frozenset(
    ("|b1", "|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f2", "<f4", "<f8")
)
"""Types that cross: numbers only. Text crosses in the header, or as bytes (`|u1`) with offsets."""

AXIS_COUNT_MAX: Final = 8
ARRAY_COUNT_MAX: Final = 65536
NAME_LENGTH_MAX: Final = 200


class Door(Protocol):
    """All that a reader needs from the jail."""

    def allocate(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> AnyArray:
        """A zeroed array of the answer; fill it in place.

        Raises
        ------
        MemoryError
            If it is larger than what this call may use.
        TypeError
            If the type is none of `DTYPES`.
        """

    def put(self, name: str, index: int, values: AnyArray) -> None:
        """Write `values` to ``array[index]`` of an allocated array, of its type and contiguous.

        The same as assigning, for a third less time where a whole slice is written once: pages that
        are written as a whole need not be zeroed and faulted in first.
        """

    def progress(self, done: float) -> None:
        """Tell the viewer how far the work is, 0 to 1. Cheap: most calls send nothing."""


class Reader(Protocol):
    """A function that parses foreign files."""

    def __call__(
        self, places: Sequence[Path], arguments: Mapping[str, Json], door: Door, /
    ) -> tuple[Header, Arrays]:
        """Header and arrays of the files at `places`; raises `Refused`, or anything."""


class OpenDoor:
    """A door onto ordinary memory: for readers called in this process, in their tests."""

    def __init__(self, on_progress: Callable[[float], None] | None = None) -> None:
        self.arrays: Arrays = {}
        self._on_progress = on_progress

    def allocate(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> AnyArray:
        """See `Door.allocate`."""
        array = np.zeros(shape, crossing_dtype(dtype))
        self.arrays[name] = array
        return array

    def put(self, name: str, index: int, values: AnyArray) -> None:
        """See `Door.put`."""
        assert values.dtype == self.arrays[name].dtype
        self.arrays[name][index] = values

    def progress(self, done: float) -> None:
        """See `Door.progress`."""
        if self._on_progress is not None:
            self._on_progress(done)


def crossing_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """The little-endian type in which an array of `dtype` crosses.

    Raises
    ------
    TypeError
        If arrays of this type do not cross.
    """
    asked = np.dtype(dtype)
    if asked.fields is not None or asked.subdtype is not None:
        raise TypeError(f"arrays of type {asked} do not cross")
    crossing = asked.newbyteorder("<") if sys.byteorder == "little" else asked
    if crossing.str not in DTYPES:
        raise TypeError(f"arrays of type {asked} do not cross")
    return crossing
