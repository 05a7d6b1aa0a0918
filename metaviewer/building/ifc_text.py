"""The bytes of an IFC file, checked before any parser sees them: size, packing, end mark, depth.

Runs in the jail. An `.ifczip` is unpacked here, in memory and capped: the parser's own way unpacks
into a folder, without a limit (evidence: 4 MB that grow to 4 GB).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import Refused
from metaviewer.jail.sizes import file_bytes, zip_contents, zip_names

IFC_BYTES_MAX: Final = 1 << 30
INFLATION_MAX: Final = 40.0  # real .ifczip files inflate 3 to 10 times; a bomb 1000 times
BRACKET_DEPTH_MAX: Final = 200  # ISO 10303-21 nests lists a handful of levels deep

END_MARK: Final = b"END-ISO-10303-21;"
START_MARK: Final = b"ISO-10303-21;"
TAIL_BYTES: Final = 4096  # the end mark may be followed by blanks, a comment or a signature
SCHEMAS: Final = ("IFC2X3", "IFC4", "IFC4X3")
"""What the parser's schemas cover; IFC4X3_ADD2 is the published IFC4X3."""
READ_SCHEMAS: Final = frozenset(
    (
        "IFC2X3",
        "IFC2X3_TC1",
        "IFC4",
        "IFC4_ADD1",
        "IFC4_ADD2",
        "IFC4X3",
        "IFC4X3_ADD1",
        "IFC4X3_ADD2",
    )
)
EXPORT_AGAIN: Final = "export the model again"

_SCHEMA = re.compile(rb"FILE_SCHEMA\s*\(\s*\(\s*'([^']{1,40})'", re.IGNORECASE)
_QUOTE, _OPEN, _CLOSE = b"'()"
_SHIFT: Final = b"\\S\\"


def step_bytes(place: Path) -> bytes:
    """The STEP text of an `.ifc` or `.ifczip` file, whole and of a schema that can be read.

    Raises
    ------
    Refused
        size, format: too large, packed beyond reason, cut short, too deep, or no IFC of ours.
    """
    name = str(place)
    with place.open("rb") as file:
        head = file.read(4)
    if head[:2] == b"PK":
        content = _unpacked(place)
    else:
        content = file_bytes(place, bytes_max=IFC_BYTES_MAX, place=name)
    _check_marks(name, content)
    _check_schema(name, content)
    return content


def inside_strings(text: NDArray[np.uint8]) -> NDArray[np.bool_]:
    r"""Which bytes lie inside quotes; a doubled quote leaves and enters again, as it should.

    Some exporters write the quote after ``\S\`` (a character of the upper half, ISO 10303-21
    section 6.4.3.1) once instead of twice; where only that reading closes all strings, it holds.
    """
    quotes = text == _QUOTE
    inside: NDArray[np.bool_] = np.logical_xor.accumulate(quotes)
    if not len(text) or not inside[-1]:
        return inside
    at = np.flatnonzero(quotes)
    at = at[at >= len(_SHIFT)]
    shifted = np.ones(len(at), dtype=np.bool_)
    for back, byte in enumerate(reversed(_SHIFT), start=1):
        shifted &= text[at - back] == byte
    quotes[at[shifted]] = False
    inside = np.logical_xor.accumulate(quotes)
    return inside


def check_depth(name: str, text: NDArray[np.uint8], inside: NDArray[np.bool_]) -> None:
    """Refuse brackets deeper than `BRACKET_DEPTH_MAX`: each level costs the parser memory."""
    brackets = np.flatnonzero(((text == _OPEN) | (text == _CLOSE)) & ~inside)
    if not len(brackets):
        return
    steps = np.where(text[brackets] == _OPEN, np.int32(1), np.int32(-1))
    deepest = int(np.cumsum(steps, dtype=np.int32).max())
    if deepest > BRACKET_DEPTH_MAX:
        reason = f"brackets nest {deepest} deep, the limit is {BRACKET_DEPTH_MAX}"
        raise Refused(name, "format", reason, remedy=EXPORT_AGAIN)


def decoded(content: bytes) -> str:
    """Text of a STEP file: ASCII by the standard, UTF-8 from some exporters, else byte by byte."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _unpacked(place: Path) -> bytes:
    """The one `.ifc` in a zip archive, inflated in pieces and stopped at the limit."""
    name = str(place)
    models = [found for found in zip_names(place, place=name) if found.lower().endswith(".ifc")]
    if len(models) != 1:
        reason = f"the archive holds {len(models)} .ifc files, one is wanted"
        raise Refused(name, "format", reason, remedy="unpack it and open the .ifc file")
    wanted = (models[0],)
    contents = zip_contents(
        place, wanted, bytes_max=IFC_BYTES_MAX, ratio_max=INFLATION_MAX, place=name
    )
    return next(content for _, content in contents)


def _check_marks(name: str, content: bytes) -> None:
    """A STEP file starts and ends with its marks (ISO 10303-21 section 5)."""
    if not content.strip():
        raise Refused(name, "empty", "the file is empty", remedy=EXPORT_AGAIN)
    start = content[:TAIL_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"<":
        reason = "ifcXML is not read"
        raise Refused(name, "format", reason, remedy="export the model as .ifc (STEP)")
    if START_MARK not in start:
        raise Refused(
            name, "format", "no STEP file: the start mark is missing", remedy=EXPORT_AGAIN
        )
    if END_MARK not in content[-TAIL_BYTES:]:
        reason = f"cut short: the end mark is missing after {len(content)} bytes"
        raise Refused(name, "format", reason, remedy="copy or export the file again")


def _check_schema(name: str, content: bytes) -> None:
    found = _SCHEMA.search(content[: 1 << 16])
    schema = found.group(1).decode("ascii", "replace").upper() if found else ""
    if schema not in READ_SCHEMAS:
        stated = f"schema {schema}" if re.fullmatch(r"[A-Z0-9_]{1,20}", schema) else "its schema"
        reason = f"{stated} is not read; {', '.join(SCHEMAS)} are"
        raise Refused(name, "format", reason, remedy="export the model as IFC4")
