"""One DICOM object's bytes, sized and inflated within limits before any parser sees them."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any, Final, Protocol

from metaviewer.errors import Refused

OBJECT_BYTES_MAX: Final = 1 << 30
INFLATED_BYTES_MAX: Final = 64 << 20
"""98 kB can inflate to 96 MB of zeros; 64 MiB hold 2,000 mask frames of 512 x 512."""

BROKEN_OBJECT_ERRORS: Final = (
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RecursionError,
    RuntimeError,
    struct.error,
    TypeError,
    ValueError,
)
"""What a DICOM parser raises on broken bytes besides errors of its own (found by mutation)."""

PREAMBLE_BYTES: Final = 128
META_HEADER_BYTES: Final = 12
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
EXPLICIT_LITTLE: Final = b"1.2.840.10008.1.2.1"
TRANSFER_SYNTAX_TAG: Final = struct.pack("<HH", 0x0002, 0x0010) + b"UI"


class Described(Protocol):
    """A parser's data set, without the parser."""

    def get(self, key: str, /) -> Any:  # noqa: ANN401 - whatever the element holds
        """Value of an element, None where it is absent."""


def stated(item: Described, keyword: str) -> Any:  # noqa: ANN401 - whatever the element holds
    """Value of an element without which the object means nothing.

    Raises
    ------
    Refused
        "format", where it is absent or empty.
    """
    value = item.get(keyword)
    if value is None:
        raise Refused("", "format", f"{keyword} is absent", remedy="export the object again")
    return value


def stated_whole(item: Described, keyword: str) -> int:
    """Whole number of an element that must be there.

    Raises
    ------
    Refused
        "format" where it is absent, "numbers" where it is none, or several.
    """
    value = stated(item, keyword)
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError) as error:
        reason = f"{keyword} is not one whole number"
        raise Refused("", "numbers", reason, remedy="export the object again") from error


def dicom_bytes(path: Path) -> bytes:
    """Bytes of one DICOM file with its data set inflated, at most `OBJECT_BYTES_MAX` long.

    Raises
    ------
    Refused
        "path" where the file cannot be read, "empty" and "size" where there is too little or too
        much of it, "format" where a deflated data set is broken.

    References
    ----------
    DICOM PS3.5 A.5 (deflated explicit little endian), PS3.10 7.1 (file meta information).
    """
    try:
        stored_bytes = path.stat().st_size
        if stored_bytes > OBJECT_BYTES_MAX:
            raise Refused(
                "",
                "size",
                f"{stored_bytes} bytes, the limit is {OBJECT_BYTES_MAX}",
                remedy="split the object",
            )
        content = path.read_bytes()
    except OSError as error:
        raise Refused(
            "", "path", f"cannot be read ({type(error).__name__})", remedy="check the path"
        ) from error
    if not content:
        raise Refused("", "empty", "holds 0 bytes", remedy="copy the file again")
    meta = _meta_end_and_syntax(content)
    if meta is None:
        return content
    meta_end, syntax_at, syntax = meta
    if syntax.rstrip(b"\0 ") != DEFLATED.encode():
        return content
    return _plain(content, meta_end=meta_end, syntax_at=syntax_at)


def inflated(packed: bytes, *, bytes_max: int) -> bytes:
    """Raw deflate stream (RFC 1951) as plain bytes, never more than `bytes_max` of them."""
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = machine.decompress(packed, bytes_max + 1)
    except zlib.error as error:
        raise Refused(
            "", "format", "its deflated part is broken", remedy="copy the file again"
        ) from error
    if len(plain) > bytes_max:
        raise Refused(
            "",
            "size",
            f"{len(packed)} bytes inflate to more than {bytes_max}",
            remedy="store the object uncompressed",
        )
    return plain


def _meta_end_and_syntax(content: bytes) -> tuple[int, int, bytes] | None:
    """Where the file meta information ends, where its transfer syntax stands, and what it says."""
    if content[PREAMBLE_BYTES : PREAMBLE_BYTES + 4] != b"DICM":
        return None
    at, found = PREAMBLE_BYTES + 4, None
    while content[at : at + 2] == b"\x02\x00" and at + META_HEADER_BYTES <= len(content):
        long_form = content[at + 4 : at + 6] in (b"OB", b"UN")
        (length,) = struct.unpack_from(
            "<I" if long_form else "<H", content, at + (8 if long_form else 6)
        )
        value_at = at + (12 if long_form else 8)
        if content[at : at + 6] == TRANSFER_SYNTAX_TAG:
            found = (at, content[value_at : value_at + length])
        at = value_at + length
    return None if found is None else (at, *found)


def _plain(content: bytes, *, meta_end: int, syntax_at: int) -> bytes:
    """The same object in explicit little endian."""
    value = EXPLICIT_LITTLE + b"\0" * (len(EXPLICIT_LITTLE) % 2)
    element = TRANSFER_SYNTAX_TAG + struct.pack("<H", len(value)) + value
    (old_length,) = struct.unpack_from("<H", content, syntax_at + 6)
    rest = content[syntax_at + 8 + old_length : meta_end]
    # The group length goes too: it would count the bytes of the longer transfer syntax.
    elements = content[PREAMBLE_BYTES + 4 : syntax_at]
    if elements[:4] == b"\x02\x00\x00\x00":
        elements = elements[12:]
    body = inflated(content[meta_end:], bytes_max=INFLATED_BYTES_MAX)
    return content[: PREAMBLE_BYTES + 4] + elements + element + rest + body
