"""STL, binary and text: triangles without shared points, unit or axes."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import Refused
from metaviewer.surface.parts import (
    AGAIN,
    TEXT_BYTES_MAX,
    MeshFile,
    Part,
    check_counts,
    checked_part,
    plain_name,
)

HEADER_BYTES: Final = 80
COUNT_BYTES: Final = 4
TRIANGLE: Final = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("extra", "<u2")])
"""50 bytes: normal (ignored: corners give it), corners, a word that writers use at will."""


def stl_parts(content: bytes) -> MeshFile:
    """Parts of an STL file; a text file may hold several solids.

    Raises
    ------
    Refused
        "size" where the count does not fit the bytes, "format" for a text that breaks off or is
        no STL, "numbers" for coordinates that are none, "empty" where there is no triangle.
    """
    if not content:
        raise Refused("", "empty", "holds 0 bytes", remedy=AGAIN)
    count = _binary_count(content)
    is_text = content.lstrip()[:5].lower() == b"solid"
    if is_text and (count is None or HEADER_BYTES + COUNT_BYTES + 50 * count != len(content)):
        return _text(content)
    if count is None:
        raise Refused("", "size", f"{len(content)} bytes are less than an STL header", remedy=AGAIN)
    return _binary(content, count)


def _binary_count(content: bytes) -> int | None:
    if len(content) < HEADER_BYTES + COUNT_BYTES:
        return None
    (count,) = struct.unpack_from("<I", content, HEADER_BYTES)
    return int(count)


def _binary(content: bytes, count: int) -> MeshFile:
    room = (len(content) - HEADER_BYTES - COUNT_BYTES) // TRIANGLE.itemsize
    if count != room:
        raise Refused("", "size", f"says {count} triangles, {room} are there", remedy=AGAIN)
    if not count:
        raise Refused("", "empty", "holds no triangle", remedy=AGAIN)
    check_counts(triangle_count=count)
    stored = np.frombuffer(content, TRIANGLE, count, HEADER_BYTES + COUNT_BYTES)
    remark = content[:HEADER_BYTES].decode("latin-1")
    return MeshFile(parts=(_soup(stored["corners"].reshape(-1, 3), name=""),), remark=remark)


def _text(content: bytes) -> MeshFile:
    """Walk over the lines; each keyword stands first on its own line."""
    if len(content) > TEXT_BYTES_MAX:
        raise Refused("", "size", f"{len(content)} bytes of text, the limit is {TEXT_BYTES_MAX}")
    parts: list[Part] = []
    corners: list[str] = []
    name, facet_count, is_open = "", 0, False
    lines = content.decode("latin-1").splitlines()
    for line in lines:
        words = line.split()
        keyword = words[0].lower() if words else ""
        if keyword == "vertex":
            corners.extend(words[1:4])
        elif keyword == "endfacet":
            facet_count += 1
        elif keyword == "solid":
            name, is_open = " ".join(words[1:]), True
        elif keyword == "endsolid":
            if corners or facet_count:
                parts.append(_solid(corners, facet_count, name))
            corners, facet_count, is_open = [], 0, False
    if is_open and (corners or facet_count):
        raise Refused("", "format", "the text breaks off inside a solid", remedy=AGAIN)
    if not parts:
        raise Refused("", "empty", "holds no triangle", remedy=AGAIN)
    check_counts(triangle_count=0, part_count=len(parts))
    return MeshFile(parts=tuple(parts), remark=lines[0])


def _solid(corners: list[str], facet_count: int, name: str) -> Part:
    if len(corners) != 9 * facet_count:
        raise Refused(
            "",
            "format",
            f"{facet_count} facets but {len(corners)} coordinates",
            remedy=AGAIN,
        )
    check_counts(triangle_count=facet_count)
    try:
        values = np.array(corners, dtype=np.float64)
    except ValueError as error:
        raise Refused(
            "", "numbers", "a coordinate is no number with a decimal point", remedy=AGAIN
        ) from error
    return _soup(values.reshape(-1, 3), name=name)


def _soup(corners_n3: NDArray[np.float32] | NDArray[np.float64], *, name: str) -> Part:
    triangles = np.arange(len(corners_n3), dtype=np.int64).reshape(-1, 3)
    return checked_part(name=plain_name(name), points_n3=corners_n3, triangles_n3=triangles)
