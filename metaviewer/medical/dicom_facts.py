"""What one DICOM file says about itself: which object, whose, and how its pixels are kept."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from metaviewer.errors import Refused, Word
from metaviewer.medical.dicom_tags import (
    CHARACTER_SETS,
    CONTOUR_CLASS,
    DIRECTORY_CLASS,
    DOSE_CLASS,
    FLAT_FAMILIES,
    IMAGE_NAMES,
    LOSSY_SYNTAXES,
    MESH_CLASSES,
    RECOGNISED,
    REGISTRATION_CLASS,
    SEGMENTATION_CLASSES,
    Tag,
)
from metaviewer.medical.dicom_values import (
    decimals,
    is_suspicious,
    shorts,
    text,
    whole,
    words,
)
from metaviewer.medical.dicom_walk import Walked

ObjectKind = Literal[
    "image", "segmentation", "contours", "mesh", "recognised", "directory", "registration"
]
Numbers = tuple[float, ...]

FRAME_COUNT_MAX: Final = 100_000
GREY: Final = ("MONOCHROME1", "MONOCHROME2")
COLOUR: Final = ("RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT")
COLOUR_MORE: Final = ("YBR_PARTIAL_420", "YBR_PARTIAL_422", "HSV", "ARGB", "CMYK")

# Magic numbers of programs: MZ (Windows), ELF, Mach-O, a script (CVE-2019-11687).
PROGRAMS: Final = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"#!")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the pixels of one file are kept (PS3.3 C.7.6.3)."""

    syntax: str
    little: bool
    rows: int
    columns: int
    frame_count: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    number: Literal["int", "float"]
    photometric: str
    samples: int = 1
    padding: tuple[int, int] | None = None

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame before compression."""
        return self.rows * self.columns * self.bits_allocated // 8


@dataclass(slots=True, eq=False, kw_only=True)
class FrameFacts:
    """One slice: a file of a classic series, or one frame of an enhanced object.

    Parameters
    ----------
    tags : dict of name to text
        What may tell apart slices at one position: acquisition, time point, echo, diffusion weight.
    """

    number: int
    position: Numbers = ()
    orientation: Numbers = ()
    spacing_rc: Numbers = ()
    slope: float = 1.0
    intercept: float = 0.0
    thickness_mm: float | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False, kw_only=True)
class ObjectFacts:
    """One DICOM file, its identities still in clear: this value stays in the jail."""

    kind: ObjectKind
    sop_class: str
    sop_instance: str = ""
    patient: str = ""
    study: str = ""
    series: str = ""
    frame_of_reference: str = ""
    modality: str = ""
    image_type: tuple[str, ...] = ()
    created: str = ""
    instance_number: int = 0
    unit: str | None = None
    windows: tuple[tuple[float, float], ...] = ()
    badges: tuple[str, ...] = ()
    warnings: list[tuple[Word, str]] = field(default_factory=list)
    is_flat: bool = False
    is_mosaic: bool = False
    layout: Layout | None = None
    frames: list[FrameFacts] = field(default_factory=list)
    refused: tuple[Word, str, str] | None = None


def object_facts(walked: Walked, *, beginning: bytes) -> ObjectFacts:
    """Identity and kind of one file; its image facts are `layout_of` and the frames.

    Parameters
    ----------
    beginning : bytes
        The file's first bytes: a preamble that is a program is worth a warning.

    Raises
    ------
    Refused
        If the file holds nothing that this room knows.
    """
    values = walked.values
    sop_class = text(values.get(Tag.SOP_CLASS)) or text(values.get(Tag.MEDIA_STORAGE_CLASS))
    facts = ObjectFacts(
        kind=_kind_of(sop_class, has_pixels=walked.pixels is not None),
        sop_class=sop_class,
        sop_instance=text(values.get(Tag.SOP_INSTANCE)),
        patient=text(values.get(Tag.PATIENT_ID)) or text(values.get(Tag.PATIENT_NAME)),
        study=text(values.get(Tag.STUDY)),
        series=text(values.get(Tag.SERIES)),
        frame_of_reference=text(values.get(Tag.FRAME_OF_REFERENCE)),
        modality=_modality_of(values),
        image_type=words(values.get(Tag.IMAGE_TYPE)),
        created=_created_of(values),
        is_flat=".".join(sop_class.split(".")[:10]) in FLAT_FAMILIES and sop_class != DOSE_CLASS,
    )
    facts.is_mosaic = "MOSAIC" in facts.image_type or Tag.GRID_ID in values
    facts.warnings = _warnings_of(walked, beginning)
    facts.badges = _badges_of(walked, facts)
    try:
        facts.instance_number = whole(values.get(Tag.INSTANCE_NUMBER), name="InstanceNumber") or 0
    except Refused:
        facts.instance_number = 0  # it only breaks ties; positions decide
    return facts


def layout_of(walked: Walked) -> Layout:
    """How the pixels are kept, every number checked before it sizes anything.

    Raises
    ------
    Refused
        If the image pixel module contradicts itself or is incomplete.
    """
    pixel_tag = None if walked.pixels is None else walked.pixels.tag
    stated = tuple(map(walked.values.get, _LAYOUT_TAGS))
    return _layout(walked.syntax, pixel_tag, stated, little=walked.coding.little)


_LAYOUT_TAGS: Final = (
    Tag.ROWS,
    Tag.COLUMNS,
    Tag.BITS_ALLOCATED,
    Tag.BITS_STORED,
    Tag.HIGH_BIT,
    Tag.PIXEL_REPRESENTATION,
    Tag.SAMPLES,
    Tag.FRAME_COUNT,
    Tag.PHOTOMETRIC,
    Tag.PADDING,
    Tag.PADDING_LIMIT,
)


@lru_cache(maxsize=64)  # the files of a series state the same
def _layout(
    syntax: str, pixel_tag: int | None, stated: tuple[bytes | None, ...], *, little: bool
) -> Layout:
    pairs = zip(_LAYOUT_TAGS, stated, strict=True)
    values = {int(tag): raw for tag, raw in pairs if raw is not None}

    def number(tag: Tag, name: str, default: int | None = None) -> int:
        found = shorts(values.get(tag), little=little)
        if found:
            return found[0]
        if default is None:
            raise Refused("", "format", f"{name} is absent", remedy="export the series again")
        return default

    rows, columns = number(Tag.ROWS, "Rows"), number(Tag.COLUMNS, "Columns")
    allocated = number(Tag.BITS_ALLOCATED, "BitsAllocated")
    is_float = pixel_tag in (Tag.FLOAT_PIXELS, Tag.DOUBLE_PIXELS)
    stored = allocated if is_float else number(Tag.BITS_STORED, "BitsStored", allocated)
    high_bit = number(Tag.HIGH_BIT, "HighBit", stored - 1)
    signed = number(Tag.PIXEL_REPRESENTATION, "PixelRepresentation", 0) == 1
    samples = number(Tag.SAMPLES, "SamplesPerPixel", 1)
    layout = Layout(
        syntax=syntax,
        little=little,
        rows=rows,
        columns=columns,
        frame_count=_frame_count_of(values),
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=high_bit if not is_float else stored - 1,
        signed=signed,
        number="float" if is_float else "int",
        photometric=text(values.get(Tag.PHOTOMETRIC)) or "MONOCHROME2",
        samples=samples,
        padding=_padding_of(values, little=little, signed=signed, bits=allocated),
    )
    _check(layout)
    return layout


def _check(layout: Layout) -> None:
    if layout.rows == 0 or layout.columns == 0:
        raise Refused("", "numbers", f"{layout.rows} rows of {layout.columns} columns are no image")
    allowed = (32, 64) if layout.number == "float" else (1, 8, 16, 32)
    if layout.bits_allocated not in allowed:
        raise Refused("", "numbers", f"{layout.bits_allocated} bits a pixel are not supported")
    if not 1 <= layout.bits_stored <= layout.bits_allocated:
        raise Refused(
            "", "numbers", f"{layout.bits_stored} bits stored of {layout.bits_allocated} allocated"
        )
    if not layout.bits_stored - 1 <= layout.high_bit < layout.bits_allocated:
        raise Refused(
            "", "numbers", f"bit {layout.high_bit} as the highest of {layout.bits_stored}"
        )
    is_colour = layout.photometric in COLOUR + COLOUR_MORE
    if not is_colour and layout.photometric not in GREY:
        raise Refused("", "format", "the colour model of the pixels is unknown")
    wanted = 1 if layout.photometric in (*GREY, "PALETTE COLOR") else 3
    if layout.samples != wanted and layout.photometric not in COLOUR_MORE:
        raise Refused(
            "", "numbers", f"{layout.samples} samples a pixel where the colour model has {wanted}"
        )


def _frame_count_of(values: dict[int, bytes]) -> int:
    count = whole(values.get(Tag.FRAME_COUNT), name="NumberOfFrames")
    if count is None:
        return 1
    if count < 1:
        raise Refused("", "numbers", f"{count} frames")
    if count > FRAME_COUNT_MAX:
        raise Refused("", "size", f"{count} frames, the limit is {FRAME_COUNT_MAX}")
    return count


def _padding_of(
    values: dict[int, bytes], *, little: bool, signed: bool, bits: int
) -> tuple[int, int] | None:
    """Lowest and highest stored value that mean "nothing measured" (PS3.3 C.7.5.1.1.2).

    The bits are taken as PixelRepresentation says, whatever type the writer chose: 63536 written
    unsigned beside signed pixels is -2000.
    """
    ends = [
        shorts(values.get(tag), little=little, signed=signed)
        for tag in (Tag.PADDING, Tag.PADDING_LIMIT)
    ]
    if not ends[0] or bits != 16:
        # Eight-bit pixels keep their padding value in 16 bits too; only what fits can occur.
        return _small_padding(ends[0], bits)
    low = ends[0][0]
    high = ends[1][0] if ends[1] else low
    return min(low, high), max(low, high)


def _small_padding(ends: tuple[int, ...], bits: int) -> tuple[int, int] | None:
    return (ends[0], ends[0]) if ends and bits == 8 and -128 <= ends[0] <= 255 else None


def windows_of(values: dict[int, bytes]) -> tuple[tuple[float, float], ...]:
    """Window presets as (center, width); those that say nothing are left out."""
    try:
        centers = decimals(values.get(Tag.WINDOW_CENTER), name="WindowCenter")
        widths = decimals(values.get(Tag.WINDOW_WIDTH), name="WindowWidth")
    except Refused:
        return ()
    pairs = zip(centers, widths, strict=False)
    return tuple((center, width) for center, width in pairs if width > 0 and math.isfinite(width))


def _kind_of(sop_class: str, *, has_pixels: bool) -> ObjectKind:
    if sop_class in SEGMENTATION_CLASSES:
        return "segmentation"
    if sop_class == CONTOUR_CLASS:
        return "contours"
    if sop_class in MESH_CLASSES:
        return "mesh"
    if sop_class == DIRECTORY_CLASS:
        return "directory"
    if sop_class == REGISTRATION_CLASS:
        return "registration"
    if sop_class in RECOGNISED:
        return "recognised"
    if not has_pixels:
        named = IMAGE_NAMES.get(sop_class, "an object of an unknown class")
        raise Refused("", "empty", f"{named} without pixels", remedy="export the series again")
    return "image"


def _modality_of(values: dict[int, bytes]) -> str:
    """Two to eight capitals: a defined term cannot name a person."""
    stated = text(values.get(Tag.MODALITY))
    return stated if stated.isascii() and stated.isalnum() and len(stated) <= 8 else ""


_UNIQUE_IDENTIFIER: Final = re.compile(rb"[ \0]*[0-9.]*[ \0]*")  # PS3.5 section 9, padded


def _created_of(values: dict[int, bytes]) -> str:
    date, time = text(values.get(Tag.CREATION_DATE)), text(values.get(Tag.CREATION_TIME))
    return date + time


def _warnings_of(walked: Walked, beginning: bytes) -> list[tuple[Word, str]]:
    values = walked.values
    found: list[tuple[Word, str]] = []
    if walked.has_meta and beginning.startswith(PROGRAMS):
        found.append(("format", "the file begins like a program: do not run it"))
    if not walked.is_ordered:
        found.append(("format", "elements are out of order"))
    identifiers = (Tag.SOP_INSTANCE, Tag.SERIES, Tag.STUDY, Tag.FRAME_OF_REFERENCE)
    if not all(_UNIQUE_IDENTIFIER.fullmatch(values.get(tag, b"")) for tag in identifiers):
        found.append(("identity", "a unique identifier holds more than digits and dots"))
    if is_suspicious(values.get(Tag.PATIENT_NAME)) or is_suspicious(values.get(Tag.PATIENT_ID)):
        found.append(("identity", "the patient's name or id holds control characters or markup"))
    if not set(words(values.get(Tag.CHARACTER_SET))) <= CHARACTER_SETS:
        found.append(("format", "the character set is unknown: names may be misspelt"))
    if Tag.MODALITY_LUT in walked.sequences:
        found.append(("units", "values pass a look-up table that is not applied: stored values"))
    return found


def _badges_of(walked: Walked, facts: ObjectFacts) -> tuple[str, ...]:
    lossy = text(walked.values.get(Tag.LOSSY)) == "01" or walked.syntax in LOSSY_SYNTAXES
    derived = facts.image_type[:1] == ("DERIVED",)
    return tuple(name for name, on in (("lossy", lossy), ("derived", derived)) if on)
