"""Small DICOM files made in the test, with one asymmetric block, so that any flip shows."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

ROWS, COLUMNS = 6, 8
CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"


def block(k: int, *, rows: int = ROWS, columns: int = COLUMNS) -> np.ndarray:
    """Stored values of slice k: each voxel differs from all its neighbours in every direction."""
    j, i = np.mgrid[:rows, :columns]
    return (100 * k + 10 * j + i).astype(np.int16)


def image(k: int, **changes: Any) -> Dataset:
    """Slice k of a CT of 2 mm slices; `changes` are DICOM keywords, None removes one."""
    one = Dataset()
    one.file_meta = FileMetaDataset()
    one.SOPClassUID = CT_CLASS
    one.SOPInstanceUID = f"1.2.3.4.{k + 1}"
    one.StudyInstanceUID, one.SeriesInstanceUID = "1.2.3", "1.2.3.4"
    one.FrameOfReferenceUID = "1.2.3.5"
    one.PatientID, one.PatientName = "ID0815", "CANARY^TEST"
    one.Modality = "CT"
    one.InstanceNumber = k + 1
    one.ImagePositionPatient = [-30.0, 20.0, 2.0 * k]
    one.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    one.PixelSpacing = [0.5, 1.0]
    one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
    one.BitsAllocated = one.BitsStored = 16
    one.HighBit, one.PixelRepresentation = 15, 1
    one.RescaleSlope, one.RescaleIntercept = 1, -1024
    pixels = changes.pop("pixels", block(k))
    one.Rows, one.Columns = pixels.shape[-2:]
    if pixels.ndim == 3:
        one.NumberOfFrames = len(pixels)
    one.PixelData = np.ascontiguousarray(pixels).tobytes()
    for keyword, value in changes.items():
        if value is None:
            delattr(one, keyword)
        else:
            setattr(one, keyword, value)
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return one


def file_bytes(one: Dataset, *, implicit: bool = False) -> bytes:
    if implicit:
        one.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    stream = BytesIO()
    one.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def write(folder: Path, images: list[Dataset], *, names: list[str] | None = None) -> Path:
    """Files 0.dcm, 1.dcm, ... (or `names`) in `folder`."""
    for number, one in enumerate(images):
        name = names[number] if names else f"{number}.dcm"
        (folder / name).write_bytes(file_bytes(one))
    return folder
