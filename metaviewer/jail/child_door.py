"""The child's side of an answer: arrays that grow in nameless memory, header behind them, seals."""

from __future__ import annotations

import ctypes
import errno
import json
import math
import mmap
import os
import socket
import time
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from metaviewer.jail.door import AnyArray, Arrays, Header, crossing_dtype
from metaviewer.jail.wire import ALIGNMENT_BYTES, nameless_memory, seal, send, write_at

PROGRESS_EVERY_S: Final = 0.05  # the viewer looks once a frame; more would only cost
FAILED: Final = ctypes.c_void_p(-1).value


class Piece(NamedTuple):
    """A mapped part of the answer: where in this process, where in the memory, how long."""

    address: int
    offset: int
    mapped_bytes: int


class ChildDoor:
    """A door whose arrays lie in the memory that becomes the answer."""

    def __init__(self, reply: socket.socket) -> None:
        self.arrays: Arrays = {}
        self.memory = nameless_memory()
        self._reply = reply
        self._pieces: list[Piece] = []
        self._offsets: dict[str, int] = {}
        self._told_s = 0.0

    def allocate(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> AnyArray:
        """See `Door.allocate`."""
        crossing = crossing_dtype(dtype)
        count = math.prod(shape)
        if any(n < 0 for n in shape):
            raise ValueError("an axis of an array is negative")
        piece = self._grow(max(1, count * crossing.itemsize))
        array: AnyArray = np.frombuffer(_bytes_of(piece), crossing, count).reshape(shape)
        self.arrays[name], self._offsets[name] = array, piece.offset
        return array

    def put(self, name: str, index: int, values: AnyArray) -> None:
        """See `Door.put`."""
        array = self.arrays[name]
        assert 0 <= index < len(array)
        assert (values.dtype, values.shape) == (array.dtype, array.shape[1:])
        write_at(self.memory, self._offsets[name] + index * values.nbytes, values.data.cast("B"))

    def progress(self, done: float) -> None:
        """See `Door.progress`."""
        now_s = time.monotonic()
        if now_s - self._told_s >= PROGRESS_EVERY_S:
            self._told_s = now_s
            send(self._reply, {"progress": min(max(float(done), 0.0), 1.0)})

    def answer(self, header: Header, arrays: Arrays) -> None:
        """Send header and arrays; the arrays must not be touched afterwards.

        Raises
        ------
        TypeError, ValueError
            If the header is not JSON, or an array is of a type that does not cross.
        MemoryError
            If the copies do not fit.
        """
        table = self._place({**self.arrays, **arrays})
        content = json.dumps({"header": header, "arrays": table}).encode("ascii")
        at = _round_up(os.fstat(self.memory).st_size, ALIGNMENT_BYTES)
        write_at(self.memory, at, content)
        # No writable mapping may be left when the seal is set, and numpy never gives one back while
        # an array or a parser's cache refers to it: the pages are taken from under them.
        for piece in self._pieces:
            _libc().munmap(piece.address, piece.mapped_bytes)
        seal(self.memory)
        send(self._reply, {"header_offset": at, "header_bytes": len(content)}, [self.memory])

    def _place(self, arrays: Arrays) -> list[tuple[str, str, tuple[int, ...], int]]:
        """The table of arrays; those that do not lie in the memory are copied into it."""
        placed = {name: self._offset(array) for name, array in arrays.items()}
        to_copy = {name: np.asarray(arrays[name]) for name, at in placed.items() if at is None}
        starts, end = {}, 0
        for name, array in to_copy.items():
            starts[name] = end
            end += _round_up(array.nbytes, ALIGNMENT_BYTES)
        if to_copy:
            piece = self._grow(max(1, end))
            for name, array in to_copy.items():
                crossing = crossing_dtype(array.dtype)
                copy = np.frombuffer(_bytes_of(piece), crossing, array.size, starts[name])
                np.copyto(copy.reshape(array.shape), array)
                placed[name] = piece.offset + starts[name]
        return [
            (name, crossing_dtype(np.asarray(array).dtype).str, np.shape(array), placed[name] or 0)
            for name, array in arrays.items()
        ]

    def _offset(self, array: AnyArray) -> int | None:
        """Where a contiguous array lies in the memory; `None` where it must be copied."""
        array = np.asarray(array)
        if not array.flags.c_contiguous or array.dtype != crossing_dtype(array.dtype):
            return None
        address = array.ctypes.data
        for piece in self._pieces:
            if piece.address <= address < piece.address + piece.mapped_bytes:
                return piece.offset + address - piece.address
        return None

    def _grow(self, byte_count: int) -> Piece:
        """Map `byte_count` new bytes at the end of the memory."""
        offset = _round_up(os.fstat(self.memory).st_size, mmap.ALLOCATIONGRANULARITY)
        try:
            os.ftruncate(self.memory, offset + byte_count)
        except (OSError, OverflowError) as exc:
            if isinstance(exc, OSError) and exc.errno not in (errno.EFBIG, errno.ENOMEM):
                raise
            raise MemoryError from exc
        address = _libc().mmap(
            None, byte_count, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, self.memory, offset
        )
        if address == FAILED:
            raise MemoryError
        piece = Piece(address, offset, byte_count)
        self._pieces.append(piece)
        return piece


def _bytes_of(piece: Piece) -> memoryview:
    """The mapped bytes, writable."""
    return memoryview((ctypes.c_char * piece.mapped_bytes).from_address(piece.address)).cast("B")


def _round_up(value: int, step: int) -> int:
    return -(-value // step) * step


@cache
def _libc() -> Any:  # noqa: ANN401 - ctypes knows no types
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = (
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_long,
    )
    libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    return libc
