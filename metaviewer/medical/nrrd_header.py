"""Headers of NRRD files: what they declare, in LPS; no library, no voxel.

References
----------
Definition of the NRRD file format, teem.sourceforge.net/nrrd/format.html.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from metaviewer.errors import Refused
from metaviewer.frames import LPS_FROM_RAS, Float64Array
from metaviewer.jail.sizes import bare_name
from metaviewer.medical.grid_plan import PLAIN_VALUES, GridPlan, affine

TYPES: Final = {
    **dict.fromkeys(("signed char", "int8", "int8_t"), "i1"),
    **dict.fromkeys(("uchar", "unsigned char", "uint8", "uint8_t"), "u1"),
    **dict.fromkeys(("short", "short int", "signed short", "int16", "int16_t"), "i2"),
    **dict.fromkeys(("ushort", "unsigned short", "uint16", "uint16_t"), "u2"),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t"), "i4"),
    **dict.fromkeys(("uint", "unsigned int", "uint32", "uint32_t"), "u4"),
    "float": "f4",
    "double": "f8",
}
PACKINGS: Final = {"raw": "raw", "gzip": "gzip", "gz": "gzip"}
_LAS: Final = np.diag([1.0, -1.0, 1.0, 1.0])
SPACES: Final = {
    "left-posterior-superior": np.eye(4),
    "lps": np.eye(4),
    "right-anterior-superior": LPS_FROM_RAS,
    "ras": LPS_FROM_RAS,
    "left-anterior-superior": _LAS,
    "las": _LAS,
}


def nrrd_plan(header: bytes) -> GridPlan:
    """What an NRRD header declares.

    Parameters
    ----------
    header : bytes
        The file's beginning, the blank line that ends the header included.

    Raises
    ------
    Refused
        If it is no NRRD header, or declares what is not supported or cannot be.
    """
    fields, labels, end = _fields(header)
    kind = fields.get("type", "").lower()
    packing = PACKINGS.get(fields.get("encoding", "").lower())
    if kind not in TYPES:
        raise Refused("", "format", "the type of its values is not supported", remedy=PLAIN_VALUES)
    if packing is None:
        remedy = "save it with the encoding raw or gzip"
        raise Refused("", "format", "the encoding of its values is not supported", remedy=remedy)
    sizes = tuple(_wholes(fields.get("sizes", ""), "sizes"))
    if not sizes or fields.get("dimension") != str(len(sizes)):
        raise Refused("", "format", "dimension and sizes do not agree")
    detached = fields.get("data file", fields.get("datafile", ""))
    if detached:
        if detached.upper().startswith("LIST") or "%" in detached:
            raise Refused("", "format", "values in several files are not supported")
        detached = bare_name(detached)
    order = {"big": ">", "little": "<"}.get(fields.get("endian", "little").lower(), "<")
    skip = _wholes(fields.get("byte skip", fields.get("byteskip", "0")), "byte skip")
    if skip[:1] != [0] or fields.get("line skip", "0") != "0":
        raise Refused("", "format", "values that do not follow the header are not supported")
    plan = GridPlan(
        format="NRRD",
        sizes=sizes,
        dtype=order + TYPES[kind],
        offset=0 if detached else end,
        lps_from_ijk=np.eye(4),
        packing=packing,
        detached=detached,
        is_labels=labels,
    )
    _set_place(plan, fields)
    return plan


def _fields(header: bytes) -> tuple[dict[str, str], bool, int]:
    """Fields by name in small letters; whether segments are described; where the values start."""
    if not header.startswith(b"NRRD000"):
        raise Refused("", "format", "this is no NRRD file")
    ends = [at + len(mark) for mark in (b"\n\n", b"\r\n\r\n") if (at := header.find(mark)) >= 0]
    end = min(ends, default=len(header))
    fields: dict[str, str] = {}
    labels = False
    for line in header[:end].decode("latin-1").splitlines()[1:]:
        if line.startswith("#"):
            continue
        if ":=" in line:
            labels = labels or line.startswith(("Segment0_ID", "Segmentation_"))
            continue
        name, colon, value = line.partition(":")
        if colon:
            fields[name.strip().lower()] = value.strip()
    return fields, labels, end


def _set_place(plan: GridPlan, fields: dict[str, str]) -> None:
    directions = fields.get("space directions", "")
    if not directions:
        _set_spacing(plan, fields)
        return
    vectors = [None if v.lower() == "none" else _vector(v) for v in _split_vectors(directions)]
    if len(vectors) != len(plan.sizes):
        raise Refused("", "format", "not every axis has a direction")
    steps = [vector for vector in vectors[:3] if vector is not None]
    if len(steps) != 3 or vectors[3:] not in ([], [None]):
        raise Refused("", "format", "a volume with several values a voxel is not supported")
    origin = fields.get("space origin", "")
    if not origin:
        plan.badges.append("unregistered")
        plan.notes.append(("geometry", "no origin is stated: its place in the patient is unknown"))
    lps_from_space = SPACES.get(fields.get("space", "").lower().removesuffix("-time"))
    if lps_from_space is None:
        _note_unknown(plan)
        lps_from_space = np.eye(4)
    space_from_ijk = affine(np.array(steps), _vector(origin) if origin else (0.0, 0.0, 0.0))
    plan.lps_from_ijk = lps_from_space @ space_from_ijk


def _set_spacing(plan: GridPlan, fields: dict[str, str]) -> None:
    spacings = [_number(part) for part in fields.get("spacings", "").split()[:3]]
    if len(spacings) != 3:
        raise Refused("", "geometry", "the file states no voxel spacing", remedy="export it again")
    plan.lps_from_ijk = np.diag([*spacings, 1.0])
    _note_unknown(plan)


def _note_unknown(plan: GridPlan) -> None:
    plan.badges.append("unregistered")
    plan.notes.append(("geometry", "no orientation is stated: left and right are unknown"))


def _split_vectors(text: str) -> list[str]:
    """Parts like (1,0,0) and none; blanks inside the brackets do not separate."""
    parts: list[str] = []
    rest = text.strip()
    while rest:
        stop = rest.find(")") + 1 if rest.startswith("(") else len(rest.split()[0])
        if stop <= 0:
            raise Refused("", "format", "a direction is not written as a vector")
        parts.append(rest[:stop])
        rest = rest[stop:].strip()
    return parts


def _vector(text: str) -> Float64Array:
    numbers = [_number(part) for part in text.strip().strip("()").split(",")]
    if len(numbers) != 3:
        raise Refused("", "geometry", "a direction has not three numbers")
    return np.array(numbers)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise Refused("", "numbers", "a number of the header is not written as one") from None
    if not math.isfinite(value):
        raise Refused("", "geometry", "a direction or spacing is not finite")
    return value


def _wholes(text: str, name: str) -> list[int]:
    parts = text.split()
    if not all(part.lstrip("-").isdecimal() and len(part) < 20 for part in parts):
        raise Refused("", "numbers", f"{name} are not written as whole numbers")
    return [int(part) for part in parts]
