"""Meshes that are wrapped in a DICOM object: STL, OBJ and PLY with their unit."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError

from metaviewer.errors import Refused
from metaviewer.jail import Arrays, Door, Header, Json
from metaviewer.surface.answered import answer, parts_of
from metaviewer.surface.parts import FILE_BYTES_MAX
from metaviewer.surface.whose import frame_token, patient_token

MESH_CLASSES: Final = ("1.2.840.10008.5.1.4.1.1.104.3", "1.2.840.10008.5.1.4.1.1.104.4")
KIND_OF_TYPE: Final = {"model/stl": "stl", "application/sla": "stl", "model/obj": "obj"}
MM_PER_UCUM: Final = {
    "um": 0.001,
    "mm": 1.0,
    "cm": 10.0,
    "m": 1000.0,
    "[in_i]": 25.4,
    "[ft_i]": 304.8,
}
PLAIN_SYNTAXES: Final = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")

PARSER_ERRORS: Final = (
    AttributeError,
    BytesLengthException,
    EOFError,
    IndexError,
    InvalidDicomError,
    KeyError,
    NotImplementedError,
    OverflowError,
    OSError,
    RecursionError,
    struct.error,
    TypeError,
    ValueError,
)


def read_encapsulated(
    places: Sequence[Path], arguments: Mapping[str, Json], door: Door
) -> tuple[Header, Arrays]:
    """The mesh inside the one DICOM file in `places`.

    Parameters
    ----------
    arguments : {"mm_per_unit": float or None, "salt": str}
        Length of the unit a person stated, instead of the object's own; salt of the installation.

    Returns
    -------
    header, arrays
        As `answered.answer` gives them, with "unit", "frame_of_reference" and "patient".

    Raises
    ------
    Refused
        As `open_encapsulated`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # A complaint about a value quotes it, and the value may be a name.
            pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
            return _read(places[0], arguments, door)
    except PARSER_ERRORS as error:
        raise Refused(
            "",
            "parser",
            f"not a readable encapsulated mesh ({type(error).__name__})",
            remedy="export it again",
        ) from error


def _read(path: Path, arguments: Mapping[str, Any], door: Door) -> tuple[Header, Arrays]:
    if path.stat().st_size > FILE_BYTES_MAX:
        raise Refused("", "size", f"more than {FILE_BYTES_MAX} bytes", remedy="simplify the mesh")
    # The meta information first: a deflated data set is refused before anything inflates it.
    syntax = str(pydicom.filereader.read_file_meta_info(path).TransferSyntaxUID)
    if syntax not in PLAIN_SYNTAXES:
        raise Refused(
            "", "format", "a transfer syntax that no mesh needs", remedy="export it uncompressed"
        )
    dataset = pydicom.dcmread(path)
    kind = KIND_OF_TYPE.get(str(dataset.get("MIMETypeOfEncapsulatedDocument", "")).lower())
    if dataset.get("SOPClassUID") not in MESH_CLASSES or kind is None:
        raise Refused("", "format", "not an encapsulated STL or OBJ", remedy="export it as STL")
    document = bytes(dataset.EncapsulatedDocument)
    length = dataset.get("EncapsulatedDocumentLength")
    if length is not None:
        document = document[: int(length)]
    unit = _unit(dataset)
    stated = arguments.get("mm_per_unit")
    mm_per_unit = float(stated) if stated is not None else MM_PER_UCUM[unit]
    file = parts_of(document, kind=kind, companions={})
    header, arrays = answer(file, kind=kind, mm_per_unit=mm_per_unit, door=door)
    whose: Header = {
        "unit": unit,
        # DICOM coordinates are LPS, whatever the STL header says (PS3.3 A.85.1).
        "frame_of_reference": frame_token(str(dataset.get("FrameOfReferenceUID", "") or "")),
        "patient": patient_token(
            str(dataset.get("PatientID", "") or ""), salt=str(arguments.get("salt", ""))
        ),
    }
    return {**header, **whose}, arrays


def _unit(dataset: Dataset) -> str:
    """UCUM code of the unit (PS3.3 C.35.2: required)."""
    codes = dataset.get("MeasurementUnitsCodeSequence") or []
    unit = str(codes[0].get("CodeValue", "")) if codes else ""
    if unit not in MM_PER_UCUM:
        raise Refused(
            "", "units", "states no length unit that is known", remedy="state it with --unit"
        )
    return unit
