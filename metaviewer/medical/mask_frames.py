"""Stored mask bytes to voxels: bits, bytes and words, plain, run-length coded or deflated."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import Refused
from metaviewer.medical.dicom_bytes import inflated

RLE_HEADER_BYTES: Final = 64
RLE_SEGMENT_MAX: Final = 15
Mask = NDArray[np.uint8] | NDArray[np.uint16]


def frame_values(plain: bytes, *, shape: tuple[int, int, int], bits: int, big_endian: bool) -> Mask:
    """Uncompressed pixel data of all frames, shape (frames, rows, columns).

    Bits run on from frame to frame without padding, lowest bit first (DICOM PS3.5 8.1.1, 8.2).

    Raises
    ------
    Refused
        "size" where fewer bytes are there than the shape needs.
    """
    count = int(np.prod(shape))
    needed = (count * bits + 7) // 8
    if len(plain) < needed:
        raise Refused(
            "",
            "size",
            f"its frames need {needed} bytes, {len(plain)} are there",
            remedy="copy the file again",
        )
    if bits == 1:
        packed = np.frombuffer(plain, np.uint8, needed)
        return np.unpackbits(packed, count=count, bitorder="little").reshape(shape)
    if bits == 8:
        return np.frombuffer(plain, np.uint8, count).reshape(shape)
    words = np.frombuffer(plain, ">u2" if big_endian else "<u2", count)
    return words.astype(np.uint16).reshape(shape)


def coded_frame_bytes(fragment: bytes, *, frame_bytes: int, run_length: bool) -> bytes:
    """One frame out of its run-length or deflate code, exactly `frame_bytes` long.

    References
    ----------
    DICOM PS3.5 A.4.2 and annex G (RLE), A.4.13 (Deflated Image Frame Compression).
    """
    if run_length:
        plain = _unrun(fragment, frame_bytes=frame_bytes)
    else:
        plain = inflated(fragment, bytes_max=frame_bytes + 1)[:frame_bytes]
    if len(plain) < frame_bytes:
        raise Refused(
            "",
            "size",
            f"a frame holds {len(plain)} of its {frame_bytes} bytes",
            remedy="copy the file again",
        )
    return plain


def _unrun(fragment: bytes, *, frame_bytes: int) -> bytes:
    """Byte planes of one RLE frame, the most significant first, woven into little-endian words."""
    if len(fragment) < RLE_HEADER_BYTES:
        raise Refused("", "format", "a run-length frame without its header")
    count, *offsets = struct.unpack_from("<16I", fragment)
    if not 1 <= count <= RLE_SEGMENT_MAX or frame_bytes % count:
        raise Refused("", "format", f"a run-length frame of {count} segments")
    starts = [*offsets[:count], len(fragment)]
    if starts != sorted(starts) or starts[0] < RLE_HEADER_BYTES:
        raise Refused("", "format", "a run-length frame whose offsets do not rise")
    planes = [
        _unpacked_runs(fragment[start:end], bytes_max=frame_bytes // count)
        for start, end in pairwise(starts)
    ]
    if len({len(plane) for plane in planes}) != 1:
        raise Refused("", "size", "a run-length frame whose byte planes differ in length")
    return np.stack([np.frombuffer(plane, np.uint8) for plane in planes[::-1]], axis=1).tobytes()


def _unpacked_runs(packed: bytes, *, bytes_max: int) -> bytes:
    """PackBits (PS3.5 G.3.2), cut at `bytes_max`."""
    out, at = bytearray(), 0
    while at < len(packed) - 1 and len(out) < bytes_max:
        head = packed[at]
        if head < 128:
            out += packed[at + 1 : at + 2 + head]
            at += 2 + head
        else:
            # 128 is a filler that stands for nothing.
            out += packed[at + 1 : at + 2] * (257 - head if head > 128 else 0)
            at += 2 if head > 128 else 1
    return bytes(out[:bytes_max])


def filled_slices(
    values_fji: Mask, *, slice_of_frame: Sequence[int] | NDArray[np.int64], slice_count: int
) -> Mask:
    """Frames on their slices, shape (slices, rows, columns); frames of one slice are joined."""
    whole = np.zeros((slice_count, *values_fji.shape[1:]), values_fji.dtype)
    for values, k in zip(values_fji, slice_of_frame, strict=True):
        np.maximum(whole[k], values, out=whole[k])
    return whole
