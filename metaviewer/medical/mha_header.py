"""Headers of MetaImage files (MHA, MHD): what they declare, in LPS; no library, no voxel.

MetaImage names no axes of the patient; ITK, which writes nearly all such files, keeps them in LPS.

References
----------
MetaIO documentation, itk.org/Wiki/MetaIO/Documentation.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from metaviewer.errors import Refused
from metaviewer.jail.sizes import bare_name
from metaviewer.medical.grid_plan import PLAIN_VALUES, GridPlan, affine

TYPES: Final = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
LINE_COUNT_MAX: Final = 1000


def mha_plan(header: bytes) -> GridPlan:
    """What a MetaImage header declares.

    Raises
    ------
    Refused
        If it is no MetaImage header, or declares what is not supported or cannot be.
    """
    fields, end = _fields(header)
    axes = fields.get("NDims", "")
    sizes = tuple(_wholes(fields.get("DimSize", "")))
    if axes != str(len(sizes)) or len(sizes) not in (3, 4):
        raise Refused("", "format", "NDims and DimSize do not agree, or make no volume")
    if fields.get("ElementNumberOfChannels", "1") != "1":
        raise Refused("", "format", "a volume with several values a voxel is not supported")
    kind = fields.get("ElementType", "")
    if kind not in TYPES:
        raise Refused("", "format", "the type of its values is not supported", remedy=PLAIN_VALUES)
    if fields.get("BinaryData", "True").lower() != "true" or fields.get("HeaderSize", "0") != "0":
        raise Refused("", "format", "values written as text are not supported")
    source = fields.get("ElementDataFile", "")
    if not source or source.upper().startswith("LIST") or "%" in source:
        raise Refused("", "format", "values in several files are not supported")
    detached = "" if source.upper() == "LOCAL" else bare_name(source)
    is_big = _flag(fields, "BinaryDataByteOrderMSB") or _flag(fields, "ElementByteOrderMSB")
    plan = GridPlan(
        format="MetaImage",
        sizes=sizes,
        dtype=(">" if is_big else "<") + TYPES[kind],
        offset=0 if detached else end,
        lps_from_ijk=np.eye(4),
        packing="zlib" if _flag(fields, "CompressedData") else "raw",
        detached=detached,
    )
    _set_place(plan, fields)
    return plan


def _fields(header: bytes) -> tuple[dict[str, str], int]:
    """Fields by name; where the values start: behind the line that names their file."""
    fields: dict[str, str] = {}
    at = 0
    for _ in range(LINE_COUNT_MAX):
        stop = header.find(b"\n", at)
        line = header[at : stop if stop >= 0 else len(header)].decode("latin-1")
        name, equals, value = line.partition("=")
        if not equals:
            break
        fields[name.strip()] = value.strip()
        at = stop + 1 if stop >= 0 else len(header)
        if name.strip() == "ElementDataFile" or stop < 0:
            break
    if "ElementDataFile" not in fields:
        raise Refused("", "format", "this is no MetaImage file, or its header is cut short")
    return fields, at


def _set_place(plan: GridPlan, fields: dict[str, str]) -> None:
    spacing = _numbers(fields.get("ElementSpacing", ""))[:3]
    if len(spacing) != 3 or min(spacing) <= 0:
        raise Refused("", "geometry", "voxel spacing is absent or not above zero")
    count = len(plan.sizes)
    matrix, origin = None, None
    for name in ("TransformMatrix", "Rotation", "Orientation"):
        matrix = matrix or fields.get(name)
    for name in ("Offset", "Position", "Origin"):
        origin = origin or fields.get(name)
    if matrix is None or origin is None:
        plan.badges.append("unregistered")
        plan.notes.append(("geometry", "no orientation is stated: left and right are unknown"))
    axes = np.eye(count) if matrix is None else np.array(_numbers(matrix))
    place = np.zeros(count) if origin is None else np.array(_numbers(origin))
    if axes.size != count * count or place.size != count:
        raise Refused("", "format", "the orientation has another number of axes than the volume")
    axes = axes.reshape(count, count)
    # Row n of the matrix is the direction of axis n, as ITK reads and writes it.
    plan.lps_from_ijk = affine(axes[:3, :3] * np.array(spacing)[:, None], place[:3])


def _flag(fields: dict[str, str], name: str) -> bool:
    return fields.get(name, "False").lower() in ("true", "1")


def _numbers(text: str) -> list[float]:
    try:
        values = [float(part) for part in text.split()]
    except ValueError:
        raise Refused("", "numbers", "a number of the header is not written as one") from None
    if not all(map(math.isfinite, values)):
        raise Refused("", "geometry", "a number of the geometry is not finite")
    return values


def _wholes(text: str) -> list[int]:
    parts = text.split()
    if not parts or not all(p.lstrip("-").isdecimal() and len(p) < 20 for p in parts):
        raise Refused("", "numbers", "DimSize is not written as whole numbers")
    return [int(part) for part in parts]
