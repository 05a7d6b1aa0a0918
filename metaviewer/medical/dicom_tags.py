"""The DICOM elements and object classes that the readers know, by their names in PS3.6."""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType
from typing import Final


class Tag(IntEnum):
    """Group << 16 | element."""

    MEDIA_STORAGE_CLASS = 0x00020002
    FILE_ID = 0x00041500
    DIRECTORY_RECORDS = 0x00041220
    CHARACTER_SET = 0x00080005
    IMAGE_TYPE = 0x00080008
    CREATION_DATE = 0x00080012
    CREATION_TIME = 0x00080013
    SOP_CLASS = 0x00080016
    SOP_INSTANCE = 0x00080018
    CONTENT_TIME = 0x00080033
    MODALITY = 0x00080060
    FRAME_TYPE = 0x00089007
    PATIENT_NAME = 0x00100010
    PATIENT_ID = 0x00100020
    THICKNESS = 0x00180050
    ECHO_TIME = 0x00180081
    ECHO_NUMBER = 0x00180086
    SPACING_BETWEEN_SLICES = 0x00180088
    TRIGGER_TIME = 0x00181060
    FRAME_ACQUISITION_TIME = 0x00189074
    EFFECTIVE_ECHO_TIME = 0x00189082
    B_VALUE = 0x00189087
    STUDY = 0x0020000D
    SERIES = 0x0020000E
    ACQUISITION_NUMBER = 0x00200012
    INSTANCE_NUMBER = 0x00200013
    POSITION = 0x00200032
    ORIENTATION = 0x00200037
    FRAME_OF_REFERENCE = 0x00200052
    TEMPORAL_POSITION = 0x00200100
    STACK = 0x00209056
    TEMPORAL_INDEX = 0x00209128
    TRIGGER_DELAY = 0x00209153
    FRAME_ACQUISITION_NUMBER = 0x00209156
    DIMENSION_VALUES = 0x00209157
    SAMPLES = 0x00280002
    PHOTOMETRIC = 0x00280004
    FRAME_COUNT = 0x00280008
    ROWS = 0x00280010
    COLUMNS = 0x00280011
    PIXEL_SPACING = 0x00280030
    BITS_ALLOCATED = 0x00280100
    BITS_STORED = 0x00280101
    HIGH_BIT = 0x00280102
    PIXEL_REPRESENTATION = 0x00280103
    PADDING = 0x00280120
    PADDING_LIMIT = 0x00280121
    WINDOW_CENTER = 0x00281050
    WINDOW_WIDTH = 0x00281051
    INTERCEPT = 0x00281052
    SLOPE = 0x00281053
    RESCALE_TYPE = 0x00281054
    LOSSY = 0x00282110
    MODALITY_LUT = 0x00283000
    PET_UNITS = 0x00541001
    DETECTORS = 0x00540022
    SLICE_VECTOR = 0x00540080
    GRID_ID = 0x00651050
    REGISTRATIONS = 0x00700308
    MATRIX_REGISTRATIONS = 0x00700309
    MATRICES = 0x0070030A
    MATRIX_TYPE = 0x0070030C
    MATRIX = 0x300600C6
    DOSE_UNITS = 0x30040002
    FRAME_OFFSETS = 0x3004000C
    DOSE_SCALING = 0x3004000E
    SHARED_GROUPS = 0x52009229
    FRAME_GROUPS = 0x52009230
    FLOAT_PIXELS = 0x7FE00008
    DOUBLE_PIXELS = 0x7FE00009
    PIXELS = 0x7FE00010


WANTED: Final = frozenset(int(tag) for tag in Tag)

GROUP_SEQUENCES: Final = frozenset(
    (
        0x00189114,  # MR Echo
        0x00189117,  # MR Diffusion
        0x00189226,  # MR Image Frame Type
        0x00189329,  # CT Image Frame Type
        0x00189751,  # PET Frame Type
        0x00209111,  # Frame Content
        0x00209113,  # Plane Position
        0x00209116,  # Plane Orientation
        0x00289110,  # Pixel Measures
        0x00289132,  # Frame VOI LUT
        0x00289145,  # Pixel Value Transformation
        0x00189341,  # Contrast/Bolus Usage
        0x00189118,  # Cardiac Synchronization
    )
)
"""Functional groups whose elements are wanted (PS3.3 C.7.6.16.2)."""

_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
SEGMENTATION_CLASSES: Final = frozenset((_STORAGE + "66.4", _STORAGE + "66.7"))
CONTOUR_CLASS: Final = _STORAGE + "481.3"
MESH_CLASSES: Final = frozenset((_STORAGE + "104.3", _STORAGE + "104.4"))
DOSE_CLASS: Final = _STORAGE + "481.2"
REGISTRATION_CLASS: Final = _STORAGE + "66.1"
DIRECTORY_CLASS: Final = "1.2.840.10008.1.3.10"

RECOGNISED: Final = MappingProxyType(
    {
        _STORAGE + "66.1": "a spatial registration",
        _STORAGE + "66.3": "a deformable registration",
        _STORAGE + "66.2": "fiducials",
        _STORAGE + "67": "a real world value mapping",
        _STORAGE + "481.5": "a radiotherapy plan",
        _STORAGE + "481.8": "a radiotherapy plan",
        _STORAGE + "481.4": "a radiotherapy record",
        _STORAGE + "104.1": "a document",
        _STORAGE + "104.2": "a document",
        _STORAGE + "104.5": "materials of a mesh",
        _STORAGE + "88.11": "a structured report",
        _STORAGE + "88.22": "a structured report",
        _STORAGE + "88.33": "a structured report",
        _STORAGE + "88.34": "a structured report",
        _STORAGE + "88.50": "a structured report",
        _STORAGE + "88.59": "a list of key objects",
        _STORAGE + "88.67": "a dose report",
        _STORAGE + "11.1": "a presentation state",
        _STORAGE + "11.2": "a presentation state",
    }
)
"""Objects without pixels that are sound, and not shown in 3D."""

FLAT_FAMILIES: Final = frozenset(
    _STORAGE + family for family in ("1", "3", "6", "7", "12", "13", "20", "77", "481")
)
"""Classes of pictures that need no place in the patient: captures, projections, ultrasound."""

IMAGE_NAMES: Final = MappingProxyType(
    {
        _STORAGE + "66": "raw data",
        _STORAGE + "2": "a CT image",
        _STORAGE + "4": "an MR image",
        _STORAGE + "128": "a PET image",
    }
)

CHARACTER_SETS: Final = frozenset(
    ["", "GB18030", "GBK"]
    + [f"ISO_IR {n}" for n in (6, 13, 100, 101, 109, 110, 126, 127, 138, 144, 148, 166, 192, 203)]
    + [f"ISO 2022 IR {n}" for n in (6, 13, 58, 87, 100, 101, 109, 110, 126, 127, 138, 144, 148)]
    + [f"ISO 2022 IR {n}" for n in (149, 159, 166, 203)]
)
"""Defined terms of PS3.3 C.12.1.1.2."""

LOSSY_SYNTAXES: Final = frozenset(
    f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 81, 91, 93, 203, 112)
)
DECODED_SYNTAXES: Final = frozenset(
    ["1.2.840.10008.1.2.5"]
    + [f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 57, 70, 80, 81, 90, 91, 92, 93, 201, 202, 203)]
)
NATIVE_SYNTAXES: Final = frozenset(
    ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2")
)
