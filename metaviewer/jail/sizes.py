"""Sizes before memory: what a file declares against what is there, and inflation with a lid on.

For readers of every room. A library's "ok" means nothing: SimpleITK read 480 bytes as a volume of
1024 cubed, and a 4 MB deflated file became 4 GB before anyone looked (measured).
"""

from __future__ import annotations

import math
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from metaviewer.errors import Refused

MIB: Final = 1 << 20
GIB: Final = 1 << 30

INFLATED_BYTES_MAX: Final = 4 * GIB
RATIO_MAX: Final = 200.0  # a scan deflates 2 to 4 times, IFC text 5 to 20 times, a blank mask 1000
RATIO_FREE_BYTES: Final = 64 * MIB  # below this the ratio does not matter: blank masks are honest
CHUNK_BYTES: Final = MIB
ZIP_MEMBER_COUNT_MAX: Final = 100_000

Wrapping = Literal["gzip", "zlib", "raw"]
_WINDOW_BITS: Final = {"gzip": 31, "zlib": 15, "raw": -15}  # zlib.decompressobj, wbits

_ENCRYPTED: Final = 0x1  # APPNOTE.TXT 4.4.4, bit 0
_ZIP_FAULTS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,  # a newer version of the format, by a damaged byte (found by hypothesis)
    RuntimeError,
    ValueError,
    OSError,
)
_BARE_NAME: Final = re.compile(r"[^/\\:\x00-\x1f\x7f]{1,255}")


def array_bytes(*factors: int, value_bytes: int, place: str = "") -> int:
    """Size of an array in bytes, multiplied without overflow.

    Raises
    ------
    Refused
        With the word "numbers", if an axis is negative.
    """
    if any(n < 0 for n in factors):
        raise Refused(place, "numbers", "the file declares an axis of negative length")
    return math.prod(factors) * value_bytes


def check_declared(*, declared_bytes: int, present_bytes: int, place: str = "") -> None:
    """Refuse a file that declares more than it holds.

    Raises
    ------
    Refused
        With the word "size".
    """
    if declared_bytes > present_bytes:
        raise Refused(
            place,
            "size",
            f"the file declares {declared_bytes} bytes of values and holds {present_bytes}",
            remedy="copy or export it again",
        )


def check_limit(*, need_bytes: int, limit_bytes: int, place: str = "") -> None:
    """Refuse what needs more memory than one file may use, before any is taken.

    Raises
    ------
    Refused
        With the word "size".
    """
    if need_bytes > limit_bytes:
        raise Refused(
            place,
            "size",
            f"it needs {need_bytes / GIB:.1f} GiB, the limit is {limit_bytes / GIB:.1f} GiB",
            remedy="read a smaller part of it",
        )


def file_bytes(path: Path, *, bytes_max: int, place: str = "") -> bytes:
    """The content of a file of at most `bytes_max`.

    Raises
    ------
    Refused
        With the word "size".
    """
    with path.open("rb") as file:
        content = file.read(bytes_max + 1)
    check_limit(need_bytes=len(content), limit_bytes=bytes_max, place=place)
    return content


def inflate_capped(
    content: bytes,
    *,
    wrapping: Wrapping,
    bytes_max: int = INFLATED_BYTES_MAX,
    ratio_max: float = RATIO_MAX,
    place: str = "",
) -> bytes:
    """Deflated `content` as it was before.

    Parameters
    ----------
    wrapping : "gzip", "zlib" or "raw"
        What stands around the deflated stream; DICOM and zip have it raw.
    bytes_max : int
        Refused beyond this, without having made more than a megabyte of it.
    ratio_max : float
        Refused when the result is this many times larger and larger than `RATIO_FREE_BYTES`.

    Raises
    ------
    Refused
        With the word "size" beyond a limit, "format" for what is no complete deflated stream.
    """
    parts: list[bytes] = []
    total = 0
    left = content
    while left:
        engine = zlib.decompressobj(_WINDOW_BITS[wrapping])
        for part in _inflated(engine, left, place):
            parts.append(part)
            total += len(part)
            _check_inflated(total, len(content), bytes_max, ratio_max, place)
        # One gzip file may hold several streams, one behind the other; padding is no stream.
        left = engine.unused_data.lstrip(b"\0") if wrapping == "gzip" else b""
    return b"".join(parts)


def zip_names(path: Path, *, place: str = "") -> tuple[str, ...]:
    """Names of the files in a zip, in its order; folders left out.

    Raises
    ------
    Refused
        With the word "format" for what is no zip, "size" for too many members.
    """
    with _opened_zip(path, place) as archive:
        return tuple(member.filename for member in _members(archive, place))


def zip_contents(
    path: Path,
    names: tuple[str, ...] | None = None,
    *,
    bytes_max: int = INFLATED_BYTES_MAX,
    ratio_max: float = RATIO_MAX,
    place: str = "",
) -> Iterator[tuple[str, bytes]]:
    """Name and content of the members of a zip, one after another, in memory.

    A name may hold folders and dots; nothing is ever written under it.

    Parameters
    ----------
    names : tuple of str, optional
        Only these.
    bytes_max : int
        For all members together.

    Raises
    ------
    Refused
        With the word "size" beyond a limit, "format" for what is no readable zip.
    """
    total = 0
    with _opened_zip(path, place) as archive:
        for member in _members(archive, place):
            if names is not None and member.filename not in names:
                continue
            content = _member_bytes(archive, member, bytes_max - total, ratio_max, place)
            total += len(content)
            yield member.filename, content


def bare_name(name: str, *, place: str = "") -> str:
    """A file's name that stands inside another file, if it names a file of the same folder.

    Raises
    ------
    Refused
        With the word "path", for a folder, a drive, an absolute or a parent's path.
    """
    if not _BARE_NAME.fullmatch(name) or name in (".", ".."):
        raise Refused(
            place,
            "path",
            "it names a file outside its own folder",
            remedy="put both files into one folder and name it without a path",
        )
    return name


def _inflated(engine: zlib._Decompress, content: bytes, place: str) -> Iterator[bytes]:
    """The stream's parts, each at most `CHUNK_BYTES`."""
    try:
        left = content
        while left and not engine.eof:
            yield engine.decompress(left, CHUNK_BYTES)
            left = engine.unconsumed_tail
        while not engine.eof and (rest := engine.decompress(b"", CHUNK_BYTES)):
            yield rest
    except zlib.error as exc:
        raise _not_deflated(place) from exc
    if not engine.eof:
        raise _not_deflated(place)


def _check_inflated(total: int, packed: int, bytes_max: int, ratio_max: float, place: str) -> None:
    check_limit(need_bytes=total, limit_bytes=bytes_max, place=place)
    if total > RATIO_FREE_BYTES and total > ratio_max * packed:
        raise Refused(
            place,
            "size",
            f"{packed} packed bytes grow more than {ratio_max:.0f} times",
            remedy="unpack the file first, if you trust it",
        )


def _opened_zip(path: Path, place: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except _ZIP_FAULTS as exc:
        raise Refused(place, "format", "it is no readable zip file") from exc


def _members(archive: zipfile.ZipFile, place: str) -> list[zipfile.ZipInfo]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > ZIP_MEMBER_COUNT_MAX:
        raise Refused(place, "size", f"it holds {len(members)} files")
    return members


def _member_bytes(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, bytes_max: int, ratio_max: float, place: str
) -> bytes:
    if member.flag_bits & _ENCRYPTED:
        raise Refused(place, "format", "the zip file is encrypted", remedy="unpack it first")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(place, "format", "the zip file is packed in a rare way", remedy="unpack it")
    # A member never gives more than it declares, so a bomb is known before any of it is unpacked;
    # what it declares to be packed into cannot be larger than the archive.
    packed = min(member.compress_size, _archive_bytes(archive))
    _check_inflated(member.file_size, packed, bytes_max, ratio_max, place)
    parts: list[bytes] = []
    total = 0
    try:
        with archive.open(member) as stream:
            while part := stream.read(CHUNK_BYTES):
                parts.append(part)
                total += len(part)
                check_limit(need_bytes=total, limit_bytes=bytes_max, place=place)
    except _ZIP_FAULTS as exc:
        raise Refused(place, "format", "a file in the zip is damaged") from exc
    return b"".join(parts)


def _archive_bytes(archive: zipfile.ZipFile) -> int:
    """Size of the open archive itself."""
    assert archive.fp is not None
    return archive.fp.seek(0, 2)


def _not_deflated(place: str) -> Refused:
    return Refused(
        place, "format", "its packed part is damaged or cut off", remedy="copy or export it again"
    )
