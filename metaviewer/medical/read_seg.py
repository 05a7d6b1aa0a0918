"""DICOM segmentations: binary, fractional and label maps, each segment on its own grid."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.errors import BytesLengthException, InvalidDicomError

from metaviewer.errors import GeometryError, Refused
from metaviewer.jail import Arrays, Door, Header, Json
from metaviewer.medical.dicom_bytes import BROKEN_OBJECT_ERRORS, dicom_bytes, stated, stated_whole
from metaviewer.medical.frame_grid import FrameGrid, frame_grid
from metaviewer.medical.mask_frames import Mask, coded_frame_bytes, filled_slices, frame_values
from metaviewer.medical.region_colour import rgb_from_dicom_lab
from metaviewer.medical.region_identity import identity_facts

FRAME_COUNT_MAX: Final = 1 << 16
SEGMENT_COUNT_MAX: Final = 4096
STORED_VOXELS_MAX: Final = 1 << 31
REGION_VOXELS_MAX: Final = 1 << 30

SEGMENTATION_CLASSES: Final = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
PLAIN_SYNTAXES: Final = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
)
RLE: Final = "1.2.840.10008.1.2.5"
DEFLATED_FRAMES: Final = "1.2.840.10008.1.2.8.1"
BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
LOSSLESS_SYNTAXES: Final = (
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.201",
)
ARTIFICIAL_INTELLIGENCE: Final = ("123110", "DCM")

PARSER_ERRORS: Final = (*BROKEN_OBJECT_ERRORS, BytesLengthException, InvalidDicomError)


def read_seg(
    places: Sequence[Path], arguments: Mapping[str, Json], door: Door
) -> tuple[Header, Arrays]:
    """Segments of the one file in `places`.

    Parameters
    ----------
    arguments : {"fraction_min": float, "salt": str}
        Share of full membership from which a voxel of a fractional segment belongs to it; salt of
        the installation, "" for no identity.

    Returns
    -------
    header : {"frame_of_reference", "patient", "study", "series", "badges", "segments": [...]}
        Tokens only: what identifies somebody stays in the jail.
    arrays : {"mask_<index>": bool array (slices, rows, columns)}

    Raises
    ------
    Refused
        "format", "size", "geometry", "numbers" or "empty"; see `open_segments`.
    """
    fraction_min = float(str(arguments.get("fraction_min", 0.5)))
    salt = str(arguments.get("salt", ""))
    content = dicom_bytes(places[0])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # A complaint about a value quotes it, and the value may be a name.
            pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
            dataset = pydicom.dcmread(BytesIO(content), force=True)
            return _read(dataset, fraction_min=fraction_min, salt=salt, door=door)
    except GeometryError as error:
        raise Refused("", "geometry", str(error), remedy="export the segmentation again") from error
    except PARSER_ERRORS as error:
        raise Refused(
            "",
            "parser",
            f"not a readable segmentation ({type(error).__name__})",
            remedy="export the segmentation again",
        ) from error


def _read(dataset: Dataset, *, fraction_min: float, salt: str, door: Door) -> tuple[Header, Arrays]:
    kind = _kind(dataset)
    described = {
        stated_whole(item, "SegmentNumber"): item for item in stated(dataset, "SegmentSequence")
    }
    if len(described) > SEGMENT_COUNT_MAX:
        raise Refused("", "size", f"{len(described)} segments, the limit is {SEGMENT_COUNT_MAX}")
    values = _values(dataset)
    frames = _Frames(dataset, len(values))
    headers: list[Json] = []
    arrays: Arrays = {}
    threshold = fraction_min * float(dataset.get("MaximumFractionalValue", 0) or 0)
    for number, members in _members(values, kind=kind, numbers=sorted(described), frames=frames):
        masks = members.values_fji
        if kind == "FRACTIONAL":
            masks = masks >= threshold
        cropped = _cropped(masks, frames.grid(members.frames), corner_ji=members.corner_ji)
        if cropped is None:
            continue
        item = described[number]
        mask_kji, lps_from_ijk = cropped
        name = f"mask_{len(headers)}"
        arrays[name] = door.allocate(name, mask_kji.shape, np.bool_)
        arrays[name][...] = mask_kji
        headers.append(
            {
                "number": number,
                "name": str(item.get("SegmentLabel", "") or ""),
                "colour_rgb": _colour(item),
                "lps_from_ijk": lps_from_ijk.ravel().tolist(),
            }
        )
    if not headers:
        raise Refused("", "empty", "no segment has a voxel", remedy="choose another file")
    return {**_facts(dataset, described.values(), salt=salt), "segments": headers}, arrays


def _kind(dataset: Dataset) -> str:
    """BINARY, FRACTIONAL or LABELMAP."""
    if dataset.get("SOPClassUID") not in SEGMENTATION_CLASSES:
        raise Refused("", "format", "not a DICOM segmentation", remedy="choose a SEG object")
    kind = str(dataset.get("SegmentationType", ""))
    if kind not in ("BINARY", "FRACTIONAL", "LABELMAP"):
        raise Refused("", "format", "a segmentation of an unknown type")
    return kind


def _values(dataset: Dataset) -> Mask:
    """All frames as stored, shape (frames, rows, columns)."""
    frames, rows, columns = (
        stated_whole(dataset, name) for name in ("NumberOfFrames", "Rows", "Columns")
    )
    shape = frames, rows, columns
    bits = stated_whole(dataset, "BitsAllocated")
    meta = getattr(dataset, "file_meta", None) or Dataset()
    syntax = str(meta.get("TransferSyntaxUID") or "")
    if (
        min(shape) < 1
        or shape[0] > FRAME_COUNT_MAX
        or np.prod(shape, dtype=float) > STORED_VOXELS_MAX
    ):
        raise Refused("", "size", f"{shape[0]} frames of {shape[1]} by {shape[2]} voxels")
    if bits not in (1, 8, 16) or dataset.get("SamplesPerPixel", 1) != 1:
        raise Refused("", "format", f"voxels of {bits} bits")
    if syntax in LOSSLESS_SYNTAXES:
        return _decoded(dataset, shape=shape)
    stored = bytes(stated(dataset, "PixelData"))
    if syntax in (RLE, DEFLATED_FRAMES):
        return _coded(stored, shape=shape, bits=bits, run_length=syntax == RLE)
    if syntax and syntax not in PLAIN_SYNTAXES:
        raise Refused(
            "",
            "format",
            f"its transfer syntax {syntax} is not one that keeps masks whole",
            remedy="export it uncompressed",
        )
    big_endian = syntax == BIG_ENDIAN
    if big_endian and bits == 1 and dataset["PixelData"].VR == "OW":
        # Words of two bytes are swapped in the file; the run of bits counts bytes.
        stored = np.frombuffer(stored[: len(stored) // 2 * 2], "<u2").byteswap().tobytes()
    return frame_values(stored, shape=shape, bits=bits, big_endian=big_endian)


def _coded(stored: bytes, *, shape: tuple[int, int, int], bits: int, run_length: bool) -> Mask:
    """Frames that were coded one by one."""
    frame_bytes = (shape[1] * shape[2] * bits + 7) // 8
    values: Mask = np.zeros(shape, np.uint16) if bits == 16 else np.zeros(shape, np.uint8)
    fragments = generate_frames(stored, number_of_frames=shape[0])
    for target, fragment in zip(values, fragments, strict=True):
        plain = coded_frame_bytes(fragment, frame_bytes=frame_bytes, run_length=run_length)
        target[...] = frame_values(plain, shape=(1, *shape[1:]), bits=bits, big_endian=False)[0]
    return values


def _decoded(dataset: Dataset, *, shape: tuple[int, int, int]) -> Mask:
    stated(dataset, "PixelData")
    values = np.asarray(dataset.pixel_array).reshape(-1, shape[1], shape[2])
    if len(values) != shape[0] or values.dtype not in (np.dtype(np.uint8), np.dtype(np.uint16)):
        raise Refused("", "size", f"{len(values)} of {shape[0]} frames can be decoded")
    return values


class _Frames:
    """The functional groups of all frames: per-frame before shared (PS3.3 C.7.6.16)."""

    def __init__(self, dataset: Dataset, count: int) -> None:
        self._shared = (dataset.get("SharedFunctionalGroupsSequence") or [{}])[0]
        self._own = dataset.get("PerFrameFunctionalGroupsSequence") or []
        if len(self._own) != count:
            raise GeometryError(f"{count} frames but {len(self._own)} places for them")
        self._whole = self._grid_of_all()

    def _item(self, frame: int, sequence: str) -> Dataset:
        found = self._own[frame].get(sequence) or self._shared.get(sequence)
        if not found:
            raise GeometryError(f"frame {frame + 1} has no {sequence.removesuffix('Sequence')}")
        item: Dataset = found[0]
        return item

    def segment_numbers(self) -> list[int]:
        """Which segment each frame belongs to."""
        return [
            stated_whole(
                self._item(frame, "SegmentIdentificationSequence"), "ReferencedSegmentNumber"
            )
            for frame in range(len(self._own))
        ]

    def grid(self, chosen: NDArray[np.int64]) -> FrameGrid:
        """Even grid of the chosen frames."""
        if self._whole is None:
            return self._grid(chosen)
        return FrameGrid(
            lps_from_ijk=self._whole.lps_from_ijk,
            slice_of_frame=self._whole.slice_of_frame[chosen],
            slice_count=self._whole.slice_count,
        )

    def _grid_of_all(self) -> FrameGrid | None:
        """The grid that all segments share; None where they lie on several.

        Two slices of a segment that skips those between would else pass for neighbours.
        """
        try:
            return self._grid(np.arange(len(self._own), dtype=np.int64))
        except GeometryError:
            return None

    def _grid(self, chosen: NDArray[np.int64]) -> FrameGrid:
        positions = [
            _numbers(self._item(int(f), "PlanePositionSequence"), "ImagePositionPatient", 3)
            for f in chosen
        ]
        first = int(chosen[0])
        orientation = self._orientation(first)
        if any(not np.allclose(self._orientation(int(f)), orientation, atol=1e-4) for f in chosen):
            raise GeometryError("frames of one segment face different ways")
        measures = self._item(first, "PixelMeasuresSequence")
        between_rows_mm, between_columns_mm = _numbers(measures, "PixelSpacing", 2)
        return frame_grid(
            positions_lps_mm_n3=np.array(positions, dtype=np.float64).reshape(len(chosen), 3),
            orientation=orientation,
            pixel_spacing_rc_mm=(between_rows_mm, between_columns_mm),
            declared_step_mm=_number(measures.get("SpacingBetweenSlices")),
            thickness_mm=_number(measures.get("SliceThickness")),
        )

    def _orientation(self, frame: int) -> NDArray[np.float64]:
        item = self._item(frame, "PlaneOrientationSequence")
        return np.array(_numbers(item, "ImageOrientationPatient", 6))


def _numbers(item: Dataset, keyword: str, count: int) -> list[float]:
    """That many numbers of an element that must be there."""
    value = stated(item, keyword)
    try:
        numbers = [float(one) for one in value]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != count:
        raise Refused(
            "", "numbers", f"{keyword} has not {count} numbers", remedy="export the object again"
        )
    return numbers


def _number(value: object) -> float | None:
    return None if value in (None, "") else float(str(value))


class _Members(NamedTuple):
    """Frames that can hold a segment, what they hold of it, and where in the frames that lies."""

    frames: NDArray[np.int64]
    values_fji: NDArray[Any]
    corner_ji: tuple[int, int] = (0, 0)


def _members(
    values: Mask, *, kind: str, numbers: list[int], frames: _Frames
) -> Iterator[tuple[int, _Members]]:
    """What there is of each segment; a label map's background is none."""
    if kind == "LABELMAP":
        from scipy.ndimage import find_objects

        boxes = dict(enumerate(find_objects(values), start=1))
        for number in numbers:
            box = boxes.get(number)
            if box is not None:
                chosen = np.arange(box[0].start, box[0].stop, dtype=np.int64)
                corner_ji = box[1].start, box[2].start
                yield number, _Members(chosen, values[box] == number, corner_ji)
        return
    owners = np.array(frames.segment_numbers())
    for number in numbers:
        chosen = np.flatnonzero(owners == number)
        if len(chosen):
            yield number, _Members(chosen, values[chosen])


def _cropped(
    masks_fji: NDArray[Any], grid: FrameGrid, *, corner_ji: tuple[int, int]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]] | None:
    """Voxels of one segment on the smallest box that holds them, and that box's place."""
    inside = masks_fji.astype(bool)
    filled = np.flatnonzero(inside.any(axis=(1, 2)))
    if not len(filled):
        return None
    rows = np.flatnonzero(inside.any(axis=(0, 2)))
    columns = np.flatnonzero(inside.any(axis=(0, 1)))
    box = inside[filled, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    slices = grid.slice_of_frame[filled]
    lowest, count = int(slices.min()), int(np.ptp(slices)) + 1
    if count * box.shape[1] * box.shape[2] > REGION_VOXELS_MAX:
        raise Refused(
            "", "memory", f"one segment spans {count} by {box.shape[1]} by {box.shape[2]} voxels"
        )
    whole = filled_slices(
        box.view(np.uint8), slice_of_frame=slices - lowest, slice_count=count
    ).astype(bool)
    corner_ijk = (corner_ji[1] + columns[0], corner_ji[0] + rows[0], lowest, 1.0)
    lps_from_ijk = grid.lps_from_ijk.copy()
    lps_from_ijk[:, 3] = grid.lps_from_ijk @ corner_ijk
    return whole, lps_from_ijk


def _colour(item: Dataset) -> list[Json] | None:
    code = item.get("RecommendedDisplayCIELabValue")
    colour = rgb_from_dicom_lab([float(value) for value in code]) if code else None
    return list(colour) if colour else None


def _facts(dataset: Dataset, segments: Iterable[Dataset], *, salt: str) -> Header:
    """What is not geometry: whose it is, and how far it can be trusted."""
    said = str(dataset.get("ContentDescription", "") or "").strip().lower()
    badges: list[Json] = ["made"] if said.split(",")[0].split(" ")[0] == "made" else []
    if any(_is_unreviewed_ai(item) for item in segments):
        badges.append("ai_not_reviewed")
    return {"badges": badges, **identity_facts(dataset, salt=salt)}


def _is_unreviewed_ai(item: Dataset) -> bool:
    """A segment that an algorithm drew alone, by its own words (PS3.16 CID 7162)."""
    families = [
        (str(code.get("CodeValue")), str(code.get("CodingSchemeDesignator")))
        for algorithm in item.get("SegmentationAlgorithmIdentificationSequence") or []
        for code in algorithm.get("AlgorithmFamilyCodeSequence") or []
    ]
    return item.get("SegmentAlgorithmType") == "AUTOMATIC" and ARTIFICIAL_INTELLIGENCE in families
