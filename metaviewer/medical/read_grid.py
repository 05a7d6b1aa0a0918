"""Voxels of a NIfTI, NRRD or MetaImage file into one array; runs in the jail, on a scan's plan."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import Refused
from metaviewer.jail import Arrays, Door, Header, Json
from metaviewer.jail.sizes import MIB, array_bytes, check_limit
from metaviewer.medical.records import VOLUME_BYTES_MAX
from metaviewer.medical.rescale import DoesNotFit, rescale_into
from metaviewer.medical.sources import opened, source_from

CHUNK_BYTES: Final = MIB
TRAILING_BYTES_MAX: Final = 16 * MIB
"""What may follow the values in a packed file; more is no volume but a bomb."""
WINDOW_BITS: Final = {"gzip": 31, "zlib": 15}  # zlib.decompressobj, wbits


def read_grid(
    places: Sequence[Path], arguments: Mapping[str, Json], door: Door
) -> tuple[Header, Arrays]:
    """Values of one time point as the array "values"; "padding" where they are no finite numbers.

    Returns
    -------
    header : dict
        "fits": False where int16 was asked for and a value is outside; "not_finite": how many
        values were infinite or no number.
    """
    plan: Mapping[str, Any] = arguments
    slices, rows, columns = (int(n) for n in plan["shape"])
    dtype = np.dtype("int16" if plan["dtype"] == "int16" else "float32")
    need = array_bytes(slices, rows, columns, value_bytes=dtype.itemsize)
    check_limit(need_bytes=need, limit_bytes=VOLUME_BYTES_MAX)
    values = door.allocate("values", (slices, rows, columns), dtype)
    try:
        not_finite = _fill(places, plan, values, door)
    except DoesNotFit:
        return {"fits": False}, {}
    return {"fits": True, "not_finite": not_finite}, {}


def _fill(places: Sequence[Path], plan: Mapping[str, Any], values: NDArray[Any], door: Door) -> int:
    """Rescale slice after slice as it arrives, the last first where the grid is turned."""
    stored_dtype = np.dtype(str(plan["stored"]))
    slice_bytes = values.shape[1] * values.shape[2] * stored_dtype.itemsize
    padding: NDArray[np.bool_] | None = None
    lowest, count = float("inf"), 0
    one = np.zeros(values.shape[1:], dtype=values.dtype)
    with opened(source_from(plan["data"]), places) as content:
        parts = _stream(content.whole(), plan)
        for number in range(len(values)):
            k = len(values) - 1 - number if plan["flip_k"] else number
            raw = _take(parts, slice_bytes)
            stored = np.frombuffer(raw, stored_dtype).reshape(values.shape[1:])
            stored = stored.astype(stored_dtype.newbyteorder("="))
            mask = ~np.isfinite(stored) if stored_dtype.kind == "f" else None
            if mask is not None and mask.any():
                count += int(mask.sum())
                padding = (
                    door.allocate("padding", values.shape, bool) if padding is None else padding
                )
                padding[k] = mask
            else:
                mask = None
            low = rescale_into(
                one, stored, slope=plan["slope"], intercept=plan["intercept"], mask=mask
            )
            door.put("values", k, one)
            lowest = min(lowest, low)
            door.progress((number + 1) / len(values))
        _finish(parts, int(plan["trailing"]))
    if padding is not None:
        values[padding] = lowest if np.isfinite(lowest) else 0
    return count


class _Parts:
    """Bytes that arrive in pieces, taken out in slices."""

    def __init__(self, pieces: Iterator[bytes | memoryview]) -> None:
        self.pieces = pieces
        self.held = bytearray()


def _stream(octets: bytes | memoryview, plan: Mapping[str, Any]) -> _Parts:
    """The values' bytes from the plan's offset on."""
    offset, before, packing = int(plan["offset"]), int(plan["before"]), str(plan["packing"])
    if packing == "raw":
        return _Parts(_cut(octets, offset + before))
    is_all_packed = bool(plan["is_header_packed"])
    parts = _Parts(_inflated(octets, 0 if is_all_packed else offset, packing))
    _skip(parts, before + (offset if is_all_packed else 0))
    return parts


def _cut(octets: bytes | memoryview, start: int) -> Iterator[bytes | memoryview]:
    for at in range(start, len(octets), CHUNK_BYTES):
        yield octets[at : at + CHUNK_BYTES]


def _inflated(octets: bytes | memoryview, start: int, packing: str) -> Iterator[bytes]:
    """The packed stream in pieces of at most a megabyte; its checksum is proven at its end."""
    engine = zlib.decompressobj(WINDOW_BITS[packing])
    try:
        for at in range(start, len(octets), CHUNK_BYTES):
            left: bytes = bytes(octets[at : at + CHUNK_BYTES])
            while left and not engine.eof:
                yield engine.decompress(left, CHUNK_BYTES)
                left = engine.unconsumed_tail
        while not engine.eof and (rest := engine.decompress(b"", CHUNK_BYTES)):
            yield rest
    except zlib.error as error:
        raise _damaged() from error
    if not engine.eof:
        raise _damaged()


def _take(parts: _Parts, count: int) -> bytes:
    while len(parts.held) < count:
        piece = next(parts.pieces, None)
        if piece is None:
            raise Refused(
                "", "size", "the file ends before its last slice", remedy="copy or export it again"
            )
        parts.held += piece
    taken = bytes(parts.held[:count])
    del parts.held[:count]
    return taken


def _skip(parts: _Parts, count: int) -> None:
    while count:
        step = min(count, CHUNK_BYTES)
        _take(parts, step)
        count -= step


def _finish(parts: _Parts, wanted: int) -> None:
    """Read to the end, so that a wrong checksum is found; later time points may follow."""
    left = len(parts.held)
    parts.held.clear()
    for piece in parts.pieces:
        left += len(piece)
        if left > wanted + TRAILING_BYTES_MAX:
            raise Refused("", "size", "far more is packed into the file than its header declares")


def _damaged() -> Refused:
    return Refused(
        "", "format", "its packed part is damaged or cut off", remedy="copy or export it again"
    )
