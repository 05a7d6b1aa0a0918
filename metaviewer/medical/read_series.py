"""Pixels of a series straight into one array; runs in the jail, on the plan that a scan made.

Uncompressed 16-bit slices are read and rescaled in one buffer that stays in the processor's cache,
then written to their place in the answer: no second copy of the volume exists at any time.
Everything else is decoded frame by frame.
"""

from __future__ import annotations

import os
import struct
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import gdcm
import numpy as np
from numpy.typing import NDArray
from pydicom import config
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID

from metaviewer.errors import Refused
from metaviewer.jail import Arrays, Door, Header, Json
from metaviewer.jail.sizes import array_bytes, check_limit, inflate_capped
from metaviewer.medical.codestreams import (
    NOT_DECODABLE,
    RLE,
    check_codestream,
    fragments_of,
    frames_of_fragments,
)
from metaviewer.medical.dicom_facts import Layout
from metaviewer.medical.dicom_tags import DECODED_SYNTAXES, Tag
from metaviewer.medical.dicom_walk import DEFLATED, UNDEFINED, Element
from metaviewer.medical.records import VOLUME_BYTES_MAX
from metaviewer.medical.rescale import (
    DoesNotFit,
    mixed,
    padding_mask,
    rescale_into,
    without_high_bits,
)
from metaviewer.medical.series_parts import check_damaged, fill_padding
from metaviewer.medical.slice_plan import PlannedSlice, SliceFile, shape_of, slices_of
from metaviewer.medical.sources import Content, opened

# A parser's warning holds the value it warns of, which may be a patient's name.
config.settings.reading_validation_mode = config.IGNORE

JPEG_EXTENDED: Final = "1.2.840.10008.1.2.4.51"
PLUGINS: Final = {
    "1.2.840.10008.1.2.5": "pylibjpeg",
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.81": "pyjpegls",
    **{f"1.2.840.10008.1.2.4.{n}": "pylibjpeg" for n in (90, 91, 92, 93, 201, 202, 203)},
    **{f"1.2.840.10008.1.2.4.{n}": "gdcm" for n in (50, 51, 57, 70)},
}
NOT_THE_CODEC: Final = (KeyboardInterrupt, SystemExit, MemoryError)


@dataclass(slots=True, eq=False, kw_only=True)
class _Reading:
    """What is open while a series is read."""

    places: Sequence[Path]
    slices: list[PlannedSlice]
    open_file: SliceFile | None = None
    frames: list[bytes] = field(default_factory=list)
    damaged: set[int] = field(default_factory=set)


def read_series(
    places: Sequence[Path], arguments: Mapping[str, Json], door: Door
) -> tuple[Header, Arrays]:
    """Modality values of a planned series as the array "values", and "padding" where there is any.

    Returns
    -------
    header : dict
        "fits": False (and no arrays that count) where int16 was asked for and a value is outside;
        "unreadable": how many slices were damaged and left empty. Of a part, which who joins the
        parts judges and fills: "damaged", those slices, and "lowest", the lowest measured value.
    """
    plan = arguments
    shape = shape_of(plan["shape"])
    dtype = np.dtype("int16" if plan["dtype"] == "int16" else "float32")
    check_limit(
        need_bytes=array_bytes(*shape, value_bytes=dtype.itemsize), limit_bytes=VOLUME_BYTES_MAX
    )
    reading = _Reading(places=places, slices=slices_of(plan))
    values = door.allocate("values", shape, dtype)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            lowest, padding = _fill(reading, plan, values, door)
    except DoesNotFit:
        return {"fits": False}, {}
    if plan.get("is_part"):
        low = lowest if np.isfinite(lowest) else None
        return {"fits": True, "damaged": sorted(reading.damaged), "lowest": low}, {}
    check_damaged(len(reading.damaged), len(reading.slices))
    if padding is not None:
        fill_padding(values, padding, lowest=lowest)
    return {"fits": True, "unreadable": len(reading.damaged)}, {}


def _fill(
    reading: _Reading, plan: Mapping[str, Json], values: NDArray[Any], door: Door
) -> tuple[float, NDArray[np.bool_] | None]:
    """Every slice of the grid: one of the source, a mixture of two, or empty.

    Returns the lowest value that was measured, and where nothing was.
    """
    lower, upper = np.array(plan["lower"]), np.array(plan["upper"])
    weight = np.array(plan["weight"], dtype=np.float64)
    is_direct = not weight.any()
    near: dict[int, tuple[NDArray[Any], NDArray[np.bool_] | None, float]] = {}
    lowest = float("inf")
    padding: NDArray[np.bool_] | None = None
    one = np.zeros(values.shape[1:], dtype=values.dtype)  # stays in the processor's cache
    for k in range(len(values)):
        mask: NDArray[np.bool_] | None
        if lower[k] < 0:
            mask, low = np.ones(values.shape[1:], dtype=bool), float("inf")
        elif is_direct:
            mask, low = _slice_into(reading, int(lower[k]), one)
        else:
            near = {
                i: near.get(i) or _near(reading, i, values) for i in _ends(lower, upper, weight, k)
            }
            mask, low = _mix_into(one, near, int(lower[k]), int(upper[k]), float(weight[k]))
        lowest = min(lowest, low)
        if lower[k] >= 0:
            door.put("values", k, one)
        if mask is not None and mask.any():
            if padding is None:
                padding = door.allocate("padding", values.shape, bool)
            padding[k] = mask
        door.progress((k + 1) / len(values))
    return lowest, padding


def _ends(
    lower: NDArray[Any], upper: NDArray[Any], weight: NDArray[np.float64], k: int
) -> tuple[int, ...]:
    return (int(lower[k]),) if weight[k] == 0 else (int(lower[k]), int(upper[k]))


def _near(
    reading: _Reading, index: int, values: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.bool_] | None, float]:
    out = np.zeros(values.shape[1:], dtype=values.dtype)
    mask, low = _slice_into(reading, index, out)
    return out, mask, low


def _mix_into(
    out: NDArray[Any],
    near: Mapping[int, tuple[NDArray[Any], NDArray[np.bool_] | None, float]],
    lower: int,
    upper: int,
    weight: float,
) -> tuple[NDArray[np.bool_] | None, float]:
    first, first_mask, low = near[lower]
    if weight == 0:
        out[...] = first
        return first_mask, low
    second, second_mask, other_low = near[upper]
    mixture, mask = mixed(
        first, second, weight=weight, first_mask=first_mask, second_mask=second_mask
    )
    out[...] = np.rint(mixture) if out.dtype == np.int16 else mixture
    return mask, min(low, other_low)


def _slice_into(
    reading: _Reading, index: int, out: NDArray[Any]
) -> tuple[NDArray[np.bool_] | None, float]:
    """Modality values of one slice into `out`; its mask and its lowest value."""
    one = reading.slices[index]
    layout = one.file.layout
    try:
        stored = _stored(reading, one, out)
    except Refused:
        if len(reading.slices) == 1 or layout.syntax not in DECODED_SYNTAXES:
            raise
        reading.damaged.add(index)
        return np.ones(out.shape, dtype=bool), float("inf")
    if layout.syntax not in DECODED_SYNTAXES or layout.syntax == RLE:
        stored = without_high_bits(stored, layout)
    if layout.number == "float" and not np.isfinite(stored).all():
        mask: NDArray[np.bool_] | None = ~np.isfinite(stored)
    else:
        mask = padding_mask(stored, layout)
    low = rescale_into(out, stored, slope=one.slope, intercept=one.intercept, mask=mask)
    return mask, low


def _stored(reading: _Reading, one: PlannedSlice, out: NDArray[Any]) -> NDArray[Any]:
    """Stored values of one slice; in the memory of `out` where they are read as they are."""
    layout, file = one.file.layout, one.file
    if layout.syntax in DECODED_SYNTAXES:
        return _decoded(reading, one)
    dtype = _stored_dtype(layout)
    is_direct = (
        dtype.itemsize == out.dtype.itemsize
        and dtype.kind in "iu"
        and out.dtype.kind == "i"
        and layout.little
        and layout.syntax != DEFLATED
        and not file.source.member
    )
    if is_direct:
        raw = os.open(file.source.path_text(reading.places), os.O_RDONLY | os.O_CLOEXEC)
        try:
            _check_unchanged(os.fstat(raw).st_size, file)
            start = file.start + one.frame * layout.frame_bytes
            count = os.preadv(raw, [out.data.cast("B")], start)
        finally:
            os.close(raw)
        if count != layout.frame_bytes:
            raise _changed()
        return out.view(dtype)
    content = _frame_bytes(reading, one)
    stored = np.frombuffer(content, dtype.newbyteorder("<" if layout.little else ">"))
    return stored.astype(dtype).reshape(layout.rows, layout.columns)


def _stored_dtype(layout: Layout) -> np.dtype[Any]:
    if layout.number == "float":
        return np.dtype(f"f{layout.bits_allocated // 8}")
    if layout.bits_allocated not in (8, 16, 32):
        raise Refused("", "numbers", f"{layout.bits_allocated} bits a pixel are not supported")
    return np.dtype(f"{'i' if layout.signed else 'u'}{layout.bits_allocated // 8}")


def _frame_bytes(reading: _Reading, one: PlannedSlice) -> bytes:
    """Bytes of one uncompressed frame that cannot be read straight into the answer."""
    file, layout = one.file, one.file.layout
    start = file.start + one.frame * layout.frame_bytes
    if layout.syntax != DEFLATED and not file.source.member:
        with open(file.source.path(reading.places), "rb") as raw:
            _check_unchanged(os.fstat(raw.fileno()).st_size, file)
            raw.seek(start)
            content = raw.read(layout.frame_bytes)
    else:
        if reading.open_file is not file:
            with opened(file.source, reading.places) as whole:
                _check_unchanged(whole.size, file)
                reading.frames = [_inflated(whole, file)]
                reading.open_file = file
        content = reading.frames[0][start : start + layout.frame_bytes]
    if len(content) != layout.frame_bytes:
        raise _changed()
    return content


def _inflated(content: Content, file: SliceFile) -> bytes:
    octets = content.whole()
    if file.layout.syntax != DEFLATED:
        return bytes(octets)
    return inflate_capped(bytes(octets[_data_set_start(octets) :]), wrapping="raw")


def _data_set_start(octets: bytes | memoryview) -> int:
    """Where the data set starts: behind the meta group, whose length its first element states."""
    (length,) = struct.unpack_from("<I", octets, 140)
    return 144 + int(length)


def _decoded(reading: _Reading, one: PlannedSlice) -> NDArray[Any]:
    """Stored values of one compressed frame."""
    file, layout = one.file, one.file.layout
    if reading.open_file is not file:
        with opened(file.source, reading.places) as content:
            _check_unchanged(content.size, file)
            octets = content.whole()
            pixels = Element(Tag.PIXELS, b"OB", file.start, UNDEFINED)
            table, fragments = fragments_of(octets, pixels, size=content.size)
            places = frames_of_fragments(table, fragments, frame_count=layout.frame_count)
            reading.frames = [b"".join(bytes(octets[s : s + n]) for s, n in f) for f in places]
            reading.open_file = file
    code = reading.frames[one.frame]
    check_codestream(code, layout)
    try:
        array = _extended_12_bit(code, layout) if _is_12_bit(layout) else _by_pydicom(code, layout)
    except NOT_THE_CODEC:
        raise
    except BaseException as error:
        # A codec raises what it likes; a panic of the RLE codec, in Rust, is no Exception.
        raise Refused(
            "",
            "format",
            f"a compressed slice cannot be decoded ({type(error).__name__})",
            remedy=NOT_DECODABLE,
        ) from error
    if array.shape != (layout.rows, layout.columns):
        raise Refused("", "format", "a slice decodes to another size", remedy=NOT_DECODABLE)
    return array if array.flags.writeable else array.copy()


def _by_pydicom(code: bytes, layout: Layout) -> NDArray[Any]:
    options: Any = {
        "rows": layout.rows,
        "columns": layout.columns,
        "number_of_frames": 1,
        "samples_per_pixel": 1,
        "bits_allocated": layout.bits_allocated,
        "bits_stored": layout.bits_stored,
        "photometric_interpretation": layout.photometric,
        "pixel_representation": int(layout.signed),
        "pixel_keyword": "PixelData",
    }
    array, _ = get_decoder(UID(layout.syntax)).as_array(
        encapsulate([code], has_bot=False),
        raw=True,
        decoding_plugin=PLUGINS[layout.syntax],
        **options,
    )
    return array


def _is_12_bit(layout: Layout) -> bool:
    return layout.syntax == JPEG_EXTENDED and layout.bits_stored > 8


def _extended_12_bit(code: bytes, layout: Layout) -> NDArray[Any]:
    """12-bit lossy JPEG by GDCM itself: pydicom's plug-in for it takes eight bits only."""
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(code)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((layout.columns, layout.rows, 1))
    image.SetDataElement(element)
    kind = gdcm.PhotometricInterpretation.GetPIType(layout.photometric)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    syntax = gdcm.TransferSyntax.GetTSType(layout.syntax)
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    image.SetPixelFormat(
        gdcm.PixelFormat(
            1, layout.bits_allocated, layout.bits_stored, layout.high_bit, int(layout.signed)
        )
    )
    # GDCM hands its bytes over as text; this is how its own wrapper turns them back.
    content = image.GetBuffer().encode("utf-8", "surrogateescape")
    return np.frombuffer(content, _stored_dtype(layout)).reshape(layout.rows, layout.columns)


def _check_unchanged(size: int, file: SliceFile) -> None:
    if size != file.size:
        raise _changed()


def _changed() -> Refused:
    return Refused("", "size", "a file changed while it was read", remedy="open the series again")
