"""Which files hold one array of voxels (NIfTI, NRRD, MetaImage), and the record of each."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from metaviewer.errors import Refused
from metaviewer.jail import Json
from metaviewer.jail.sizes import MIB
from metaviewer.medical.grid_plan import TIME_POINTS_LISTED_MAX, GridPlan, checked
from metaviewer.medical.mha_header import mha_plan
from metaviewer.medical.nifti_header import NIFTI2_BYTES, nifti_plan
from metaviewer.medical.nrrd_header import nrrd_plan
from metaviewer.medical.records import Record, blank, told
from metaviewer.medical.sources import Content, Source

GRID_SUFFIXES: Final = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")
HEADER_BYTES_MAX: Final = MIB
GZIP_MARK: Final = b"\x1f\x8b"


def is_grid_name(name: str) -> bool:
    """Whether a file name (in small letters) is one of such a file."""
    return name.endswith(GRID_SUFFIXES)


def grid_records(
    name: str, content: Content, source: Source, places: Sequence[Path]
) -> list[Record]:
    """One record a time point; only the first is listed where there are many.

    Raises
    ------
    Refused
        If the header is broken, or declares more than the file holds.
    """
    plan = _plan(name, content)
    packed = plan.is_header_packed or plan.packing != "raw"
    data_row = source.row()
    present: int | None = content.size
    if plan.detached:
        data_row, present = _detached(plan.detached, source, places)
    checked(plan, present_bytes=None if packed else present)
    count = plan.time_point_count
    listed = count if count <= TIME_POINTS_LISTED_MAX else 1
    if listed < count:
        plan.notes.append(("format", f"{count} time points: the first is shown"))
    return [_record(plan, source, data_row, time_point=number) for number in range(listed)]


def _plan(name: str, content: Content) -> GridPlan:
    if name.endswith((".nii", ".nii.gz")):
        is_packed = content.head[:2] == GZIP_MARK
        header = _inflated_head(content.head) if is_packed else content.head
        plan = nifti_plan(header[: NIFTI2_BYTES + 4])
        if is_packed:
            plan.packing, plan.is_header_packed = "gzip", True
        elif name.endswith(".gz"):
            plan.notes.append(("format", "the name says packed, the file is not"))
        return plan
    header = content.head
    if content.size > len(header) and not _has_end(header):
        header = bytes(content.whole()[:HEADER_BYTES_MAX])
    return nrrd_plan(header) if name.endswith((".nrrd", ".nhdr")) else mha_plan(header)


def _has_end(header: bytes) -> bool:
    marks = (b"\n\n", b"\r\n\r\n", b"ElementDataFile")
    return any(mark in header[: len(header) - 300] for mark in marks)


def _inflated_head(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(head, 4096)
    except zlib.error as error:
        raise Refused(
            "", "format", "its packed part is damaged", remedy="copy or export it again"
        ) from error


def _detached(name: str, source: Source, places: Sequence[Path]) -> tuple[list[Json], int]:
    """Place and size of the file that holds the values, beside the header and nowhere else.

    Its bytes cannot be read in this call, unless the folder was named: only its size is asked for.
    """
    if source.member:
        raise Refused("", "format", "values in another file of a zip: unpack it first")
    path = source.path(places).with_name(name)
    if path.is_symlink() or not path.is_file():
        raise Refused(
            "",
            "path",
            "the file that holds its values is not in the same folder",
            remedy="put both files into one folder",
        )
    below = str(PurePosixPath(source.below).with_name(name)) if source.below else name
    row: list[Json] = [source.place if source.below else -1, below, ""]
    return row, path.stat().st_size


def _record(plan: GridPlan, source: Source, data_row: list[Json], *, time_point: int) -> Record:
    size = " x ".join(str(n) for n in plan.sizes[:3])
    title = f"{plan.format} {size}"
    if plan.time_point_count > 1:
        title += f", time point {time_point + 1} of {plan.time_point_count}"
    return {
        **blank(source),
        "kind": "segmentation" if plan.is_labels else "volume",
        "title": title,
        "badges": list(dict.fromkeys(plan.badges)),
        "frames": plan.sizes[2],
        "reader": "read_grid",
        "plan": {**plan.row(time_point=time_point), "data": data_row},
        **told(plan.notes),
    }
