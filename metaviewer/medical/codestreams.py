"""What compressed frames say of themselves, read before a decoder runs: sizes, depth, end.

A JPEG-LS header of 60000 x 60000 in an image of 16 x 16 kept one decoder busy for 90 s (measured).

References
----------
DICOM PS3.5 annex A.4 (encapsulation), G (RLE); ITU-T T.81 B.2, T.87 C.2, T.800 A.5.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from metaviewer.errors import Refused
from metaviewer.medical.dicom_facts import Layout
from metaviewer.medical.dicom_walk import CUT_SHORT, EXPLICIT, Element, items

Bytes: TypeAlias = "bytes | memoryview"
Fragment = tuple[int, int]
"""Offset and length of one fragment in the file."""

RLE: Final = "1.2.840.10008.1.2.5"
JPEG_2000: Final = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (90, 91, 92, 93, 201, 202, 203))
SOI: Final = b"\xff\xd8"
EOI: Final = b"\xff\xd9"  # also the end of a JPEG 2000 code stream (EOC)
SOC_SIZ: Final = b"\xff\x4f\xff\x51"
HEADER_BYTES_MIN: Final = 12  # no end mark can stand before
_CUT: Final = "a compressed frame is cut short"
NOT_DECODABLE: Final = "export the images again, or without compression"


class CodedSize(NamedTuple):
    """What a code stream's own header declares."""

    rows: int
    columns: int
    components: int
    bits: int


def fragments_of(octets: Bytes, pixels: Element, *, size: int) -> tuple[bytes, list[Fragment]]:
    """Offset table and fragments of encapsulated pixel data.

    Raises
    ------
    Refused
        If a fragment reaches behind the file, or the end mark is missing.
    """
    places: list[Fragment] = []
    end = pixels.start
    for item in items(octets, pixels, coding=EXPLICIT, stop=size):
        places.append((item.start, item.length))
        end = item.start + item.length
    if bytes(octets[end : end + 4]) != b"\xfe\xff\xdd\xe0":
        raise Refused("", "size", "the compressed pixels have no end", remedy=CUT_SHORT)
    if len(places) < 2:
        raise Refused("", "empty", "compressed pixels without a frame", remedy=CUT_SHORT)
    start, length = places[0]
    return bytes(octets[start : start + length]), places[1:]


def frames_of_fragments(
    table: bytes, fragments: list[Fragment], *, frame_count: int
) -> list[list[Fragment]]:
    """The fragments of each frame.

    Raises
    ------
    Refused
        If neither counts nor the offset table tell which fragment belongs to which frame.
    """
    if frame_count == 1:
        return [fragments]
    if len(fragments) == frame_count:
        return [[fragment] for fragment in fragments]
    offsets = struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])
    base = fragments[0][0] - 8
    starts = {start - 8 - base: index for index, (start, _) in enumerate(fragments)}
    if len(offsets) != frame_count or any(offset not in starts for offset in offsets):
        raise Refused(
            "", "format", f"{len(fragments)} compressed parts do not make {frame_count} frames"
        )
    firsts = [starts[offset] for offset in offsets] + [len(fragments)]
    if firsts != sorted(set(firsts)):
        raise Refused("", "format", "the table of frames is out of order")
    return [fragments[a:b] for a, b in pairwise(firsts)]


def check_codestream(code: bytes, layout: Layout) -> None:
    """Refuse a frame whose own header contradicts the image's, or that has no end.

    Raises
    ------
    Refused
        With the word "format".
    """
    if layout.syntax == RLE:
        _check_rle(code, layout)
        return
    is_wavelet = layout.syntax in JPEG_2000
    declared = _size_in_jpeg_2000(code) if is_wavelet else _size_in_jpeg(code)
    if (declared.rows, declared.columns, declared.components) != (
        layout.rows,
        layout.columns,
        layout.samples,
    ):
        raise Refused(
            "",
            "format",
            f"a compressed frame of {declared.columns} x {declared.rows} in an image of "
            f"{layout.columns} x {layout.rows}",
            remedy=NOT_DECODABLE,
        )
    if declared.bits > layout.bits_allocated:
        raise Refused(
            "", "format", f"{declared.bits} coded bits in {layout.bits_allocated} allocated"
        )
    if code.rfind(EOI) < HEADER_BYTES_MIN:
        raise Refused("", "format", _CUT, remedy=NOT_DECODABLE)


def _check_rle(code: bytes, layout: Layout) -> None:
    """PS3.5 G.5: a count and fifteen offsets, one segment for each byte of a pixel."""
    if len(code) < 64:
        raise _broken("its header is cut short")
    count, *offsets = struct.unpack_from("<16I", code)
    wanted = layout.bits_allocated // 8 * layout.samples
    if count != wanted:
        raise _broken(f"{count} segments where a pixel has {wanted} bytes")
    used = offsets[:count]
    if used[0] != 64 or used != sorted(set(used)) or used[-1] >= len(code):
        raise _broken("its segments lie outside it")


def _size_in_jpeg(code: bytes) -> CodedSize:
    """Frame header of a JPEG or JPEG-LS stream: the first marker FFC0 to FFCF, or FFF7."""
    if code[:2] != SOI:
        raise _broken("it does not start like one")
    at = 2
    while at + 9 < len(code):
        if code[at] != 0xFF:
            raise _broken("a marker is missing")
        marker = code[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        length = int.from_bytes(code[at + 2 : at + 4], "big")
        is_frame = 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)
        if is_frame or marker == 0xF7:
            bits, rows, columns, components = struct.unpack_from(">BHHB", code, at + 4)
            return CodedSize(rows, columns, components, bits)
        if marker == 0xDA or length < 2:
            break
        at += 2 + length
    raise _broken("it has no frame header")


def _size_in_jpeg_2000(code: bytes) -> CodedSize:
    """SIZ marker segment; the stream stands alone or in the boxes of a JP2 file."""
    at = code[:4096].find(SOC_SIZ)
    if at < 0 or (at > 0 and code[4:8] != b"jP  ") or at + 45 > len(code):
        raise _broken("it does not start like one")
    right, bottom, left, top = struct.unpack_from(">4I", code, at + 8)
    components, depth = struct.unpack_from(">HB", code, at + 40)
    _check_first_tile(code, at + 2)
    return CodedSize(bottom - top, right - left, components, (depth & 0x7F) + 1)


def _check_first_tile(code: bytes, at: int) -> None:
    """The first tile-part states its length, behind the main header (T.800 A.4.2)."""
    while at + 12 <= len(code) and code[at] == 0xFF:
        if code[at + 1] == 0x90:
            (length,) = struct.unpack_from(">I", code, at + 6)
            if at + length > len(code):
                raise Refused("", "format", _CUT, remedy=NOT_DECODABLE)
            return
        at += 2 + int.from_bytes(code[at + 2 : at + 4], "big")


def _broken(what: str) -> Refused:
    return Refused("", "format", f"a compressed frame is broken: {what}", remedy=NOT_DECODABLE)
