"""Headers of NIfTI 1 and 2: what they declare, in LPS; no library, no voxel.

References
----------
nifti1.h and nifti2.h of the NIfTI DFWG: methods 1 to 3 of finding the place of a voxel.
"""

from __future__ import annotations

import math
import struct
from typing import Any, Final

import numpy as np

from metaviewer.errors import Refused
from metaviewer.frames import LPS_FROM_RAS, Float64Array
from metaviewer.medical.grid_plan import PLAIN_VALUES, GridPlan

NIFTI1_BYTES: Final = 348
NIFTI2_BYTES: Final = 540
_HEADER_ENDS: Final = {1: 352, 2: 544}  # four bytes tell of extensions
INTENT_LABEL: Final = 1002
MM_PER_UNIT: Final = {1: 1000.0, 2: 1.0, 3: 0.001}  # xyzt_units & 7: metre, millimetre, micrometre

DTYPES: Final = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    64: "f8",
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
}

# Name, struct code and place of what is used; the two versions differ in order and width.
_FIELDS_1: Final = {
    "dim": ("8h", 40),
    "intent": ("h", 68),
    "datatype": ("h", 70),
    "pixdim": ("8f", 76),
    "vox_offset": ("f", 108),
    "slope": ("f", 112),
    "inter": ("f", 116),
    "units": ("B", 123),
    "qform": ("h", 252),
    "sform": ("h", 254),
    "quaternion": ("3f", 256),
    "offset": ("3f", 268),
    "srow": ("12f", 280),
}
_FIELDS_2: Final = {
    "datatype": ("h", 12),
    "dim": ("8q", 16),
    "pixdim": ("8d", 104),
    "vox_offset": ("q", 168),
    "slope": ("d", 176),
    "inter": ("d", 184),
    "qform": ("i", 344),
    "sform": ("i", 348),
    "quaternion": ("3d", 352),
    "offset": ("3d", 376),
    "srow": ("12d", 400),
    "units": ("i", 500),
    "intent": ("i", 504),
}


def nifti_plan(header: bytes) -> GridPlan:
    """What a NIfTI header declares; geometry and sizes are checked by `grid_plan.checked`.

    Parameters
    ----------
    header : bytes
        At least the first 544 bytes of the (inflated) file, fewer only where it ends.

    Raises
    ------
    Refused
        If it is no NIfTI header, or declares what cannot be.
    """
    fields, order, version, is_detached = _fields(header)
    if is_detached:
        raise Refused("", "format", "its values lie in another file", remedy="join them into .nii")
    dim = fields["dim"]
    if not 1 <= dim[0] <= 7:
        raise Refused("", "numbers", f"the file declares {dim[0]} axes, 1 to 7 can be")
    sizes = tuple(int(n) for n in dim[1 : dim[0] + 1])
    if min(sizes) < 1:
        raise Refused("", "numbers", "the file declares an axis without voxels")
    while len(sizes) > 4 and sizes[-1] == 1:
        sizes = sizes[:-1]
    if len(sizes) > 4:
        raise Refused("", "format", "a volume with several values a voxel is not supported")
    dtype = DTYPES.get(fields["datatype"][0])
    if dtype is None:
        reason = "the type of its values is not supported (colour or complex)"
        raise Refused("", "format", reason, remedy=PLAIN_VALUES)
    offset = float(fields["vox_offset"][0])
    if not offset.is_integer() or not _HEADER_ENDS[version] <= offset < 1 << 40:
        raise Refused("", "size", "its values start outside the file", remedy="export it again")
    plan = GridPlan(
        format="NIfTI",
        sizes=sizes + (1,) * (3 - len(sizes)),
        dtype=order + dtype,
        offset=int(offset),
        lps_from_ijk=np.eye(4),
        is_labels=fields["intent"][0] == INTENT_LABEL,
    )
    _set_place(plan, fields)
    _set_scale(plan, fields)
    return plan


def _fields(header: bytes) -> tuple[dict[str, Any], str, int, bool]:
    """Values by name; byte order; version; whether the values lie in another file."""
    for order in "<>":
        for size, table, magics, at in (
            (NIFTI1_BYTES, _FIELDS_1, (b"n+1\0", b"ni1\0"), 344),
            (NIFTI2_BYTES, _FIELDS_2, (b"n+2\0", b"ni2\0"), 4),
        ):
            if header[:4] != struct.pack(f"{order}i", size):
                continue
            if len(header) < size:
                raise Refused("", "size", "the header is cut short", remedy="copy the file again")
            magic = header[at : at + 4]
            if magic not in magics:
                raise Refused("", "format", "the mark of a NIfTI file is missing")
            values = {
                name: struct.unpack_from(order + code, header, place)
                for name, (code, place) in table.items()
            }
            return values, order, 1 if size == NIFTI1_BYTES else 2, magic == magics[1]
    if len(header) < NIFTI1_BYTES:
        raise Refused("", "size", "the header is cut short", remedy="copy the file again")
    raise Refused("", "format", "this is no NIfTI file", remedy="open the original images")


def _set_place(plan: GridPlan, fields: dict[str, Any]) -> None:
    """By sform, else by qform; with neither, spacing alone: left and right are not known."""
    mm = MM_PER_UNIT.get(fields["units"][0] & 7)
    if mm is None:
        plan.badges.append("unit_assumed")
    scale = np.diag([mm or 1.0] * 3 + [1.0])
    if fields["sform"][0] > 0:
        ras_from_ijk = np.eye(4)
        ras_from_ijk[:3] = np.array(fields["srow"]).reshape(3, 4)
    else:
        spacing = fields["pixdim"][1:4]
        if not all(math.isfinite(step) and step > 0 for step in spacing):
            raise Refused("", "geometry", "voxel spacing is absent or not above zero")
        if fields["qform"][0] > 0:
            ras_from_ijk = _by_quaternion(fields)
        else:
            ras_from_ijk = np.diag([*spacing, 1.0])
            plan.badges.append("unregistered")
            plan.notes.append(("geometry", "no orientation is stated: left and right are unknown"))
    plan.lps_from_ijk = LPS_FROM_RAS @ scale @ ras_from_ijk


def _by_quaternion(fields: dict[str, Any]) -> Float64Array:
    """Method 2: unit quaternion (a, b, c, d), spacing, offset; pixdim[0] turns the third axis."""
    b, c, d = fields["quaternion"]
    length = b * b + c * c + d * d
    if not math.isfinite(length) or length > 1.0 + 1e-3:
        raise Refused("", "geometry", "the rotation is no unit quaternion")
    if length > 1.0:
        b, c, d = (part / math.sqrt(length) for part in (b, c, d))
    a = math.sqrt(max(0.0, 1.0 - min(length, 1.0)))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
        ]
    )
    steps = np.array(fields["pixdim"][1:4])
    if fields["pixdim"][0] < 0:
        steps[2] = -steps[2]
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * steps
    matrix[:3, 3] = fields["offset"]
    return matrix


def _set_scale(plan: GridPlan, fields: dict[str, Any]) -> None:
    """A slope of 0 means none (nifti1.h); one that is no number is told."""
    slope, intercept = float(fields["slope"][0]), float(fields["inter"][0])
    if not math.isfinite(slope) or not math.isfinite(intercept):
        plan.notes.append(("numbers", "the scale of its values is no number: stored values"))
    elif slope != 0.0:
        plan.slope, plan.intercept = slope, intercept
