"""Make a CT phantom with plausible anatomy: a DICOM series, and its true volumes beside it.

Skin, fat, muscle, lungs with branching vessels, airways and a nodule, heart with its chambers,
great vessels, ribs, spine, sternum, liver with vessels and a tumour, spleen, stomach, kidneys, and
the table. The same arguments give the same files, byte for byte. For tests and benchmarks.

    python tools/make_phantom.py -o out/phantom --size 512 512 300

`volumes.json` holds, for each organ, what its voxels count to before blur and noise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from phantom_body import AIR_HU, BODY_MM, Part, body

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

FIELD_MM: Final = 400.0
"""Width that a grid without a stated spacing covers; its height is BODY_MM's."""

BLUR_VOXELS: Final = 0.6
NOISE_HU: Final = 14.0
HU_MIN: Final = -1024
HU_MAX: Final = 3071
UID_ROOT: Final = "2.25."
CT_IMAGE_STORAGE: Final = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Where the voxels are: columns, rows, slices; spacing along them; centre of the first, LPS."""

    size_ijk: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]

    @property
    def origin_lps_mm(self) -> NDArray[np.float64]:
        """Centre of the first voxel: the grid lies about the middle of the body."""
        return np.multiply(-0.5 * (np.array(self.size_ijk) - 1.0), self.spacing_mm)

    def axis_mm(self, axis: int) -> NDArray[np.float32]:
        """Centres along an axis (0, 1, 2), mm."""
        count, step_mm = self.size_ijk[axis], self.spacing_mm[axis]
        return np.array(self.origin_lps_mm[axis] + np.arange(count) * step_mm, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Phantom:
    """Voxels, and who they belong to.

    Parameters
    ----------
    values_hu_kji : int16 array
    labels_kji : uint8 array
        Index into `organs`; 0 is air.
    """

    grid: Grid
    values_hu_kji: NDArray[np.int16]
    labels_kji: NDArray[np.uint8]
    organs: tuple[str, ...]


def grid_of(
    size_ijk: tuple[int, int, int], spacing_mm: tuple[float, float, float] | None = None
) -> Grid:
    """A grid of that size; without a spacing it covers the whole phantom."""
    i, j, k = size_ijk
    return Grid(
        size_ijk=size_ijk,
        spacing_mm=spacing_mm or (FIELD_MM / i, FIELD_MM / j, BODY_MM[2] / k),
    )


def phantom(grid: Grid, *, seed: int = 7, noise_hu: float = NOISE_HU) -> Phantom:
    """The phantom on that grid."""
    parts = body(seed=seed)
    organs = ("air", *dict.fromkeys(part.organ for part in parts))
    shape = grid.size_ijk[::-1]
    values = np.full(shape, AIR_HU, dtype=np.float32)
    labels = np.zeros(shape, dtype=np.uint8)
    for part in parts:
        _paint(part, grid, values, labels, organs)
    finished = _scanned(values, seed=seed, noise_hu=noise_hu)
    return Phantom(grid=grid, values_hu_kji=finished, labels_kji=labels, organs=organs)


def _paint(
    part: Part, grid: Grid, values: NDArray[np.float32], labels: NDArray[np.uint8],
    organs: Sequence[str],
) -> None:  # fmt: skip
    """Write a part into both arrays, touching only the box of each solid."""
    allowed = [organs.index(organ) for organ in part.within]
    for solid in part.solids:
        low = (solid.low_mm - grid.origin_lps_mm) / grid.spacing_mm
        high = (solid.high_mm - grid.origin_lps_mm) / grid.spacing_mm
        start = np.clip(np.ceil(low), 0, grid.size_ijk).astype(np.int64)
        stop = np.clip(np.floor(high) + 1, 0, grid.size_ijk).astype(np.int64)
        if (stop <= start).any():
            continue
        x, y, z = (grid.axis_mm(axis)[start[axis] : stop[axis]] for axis in range(3))
        chosen = solid.inside(x[None, None, :], y[None, :, None], z[:, None, None])
        box = tuple(slice(start[axis], stop[axis]) for axis in (2, 1, 0))
        if allowed:
            chosen = chosen & np.isin(labels[box], allowed)
        np.copyto(values[box], np.float32(part.value_hu), where=chosen)
        np.copyto(labels[box], np.uint8(organs.index(part.organ)), where=chosen)


def _scanned(values: NDArray[np.float32], *, seed: int, noise_hu: float) -> NDArray[np.int16]:
    """What a scanner makes of it: a little blur, grainy noise, whole numbers."""
    from scipy import ndimage

    blurred = ndimage.gaussian_filter(values, BLUR_VOXELS, truncate=2.0)
    if noise_hu:
        rng = np.random.default_rng(seed)
        for index, layer in enumerate(blurred):
            grain = ndimage.gaussian_filter(rng.standard_normal(layer.shape, dtype=np.float32), 0.7)
            blurred[index] = layer + grain * np.float32(noise_hu / grain.std())
    return np.array(np.clip(np.rint(blurred), HU_MIN, HU_MAX), dtype=np.int16)


def volumes_mm3(made: Phantom) -> dict[str, float]:
    """True volume of every organ: its voxels before blur and noise."""
    voxel_mm3 = float(np.prod(made.grid.spacing_mm))
    counts = np.bincount(made.labels_kji.ravel(), minlength=len(made.organs))
    return {
        organ: round(int(count) * voxel_mm3, 3)
        for organ, count in zip(made.organs, counts, strict=True)
    }


def write_series(made: Phantom, folder: Path, *, seed: int) -> None:
    """Write the series, one uncompressed file a slice, and `volumes.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    key = f"{made.grid.size_ijk} {made.grid.spacing_mm} {seed}"
    slices = made.grid.size_ijk[2]
    for number in range(slices):
        header = _header(made.grid, number, key=key)
        header.PixelData = made.values_hu_kji[number].astype("<i2").tobytes()
        header.save_as(folder / f"slice_{number + 1:04d}.dcm", enforce_file_format=True)
    facts = {
        "seed": seed,
        "size_ijk": made.grid.size_ijk,
        "spacing_mm": made.grid.spacing_mm,
        "origin_lps_mm": made.grid.origin_lps_mm.tolist(),
        "values_sha256": hashlib.sha256(made.values_hu_kji.tobytes()).hexdigest(),
        "volumes_mm3": volumes_mm3(made),
    }
    (folder / "volumes.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _header(grid: Grid, number: int, *, key: str) -> FileDataset:
    """Header of one slice: CT Image Storage, feet to head, explicit little endian."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import UID

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(CT_IMAGE_STORAGE)
    meta.MediaStorageSOPInstanceUID = UID(_uid(key, str(number)))
    meta.TransferSyntaxUID = UID(EXPLICIT_LITTLE)
    columns, rows, _ = grid.size_ijk
    x, y, z = grid.origin_lps_mm
    header = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    elements: dict[str, object] = {
        "SOPClassUID": meta.MediaStorageSOPClassUID,
        "SOPInstanceUID": meta.MediaStorageSOPInstanceUID,
        "ImageType": ["DERIVED", "SECONDARY", "AXIAL"],
        "StudyDate": "", "StudyTime": "", "AccessionNumber": "", "ReferringPhysicianName": "",
        "Modality": "CT", "Manufacturer": "metaviewer phantom", "SeriesDescription": "Phantom",
        "PatientName": "Phantom", "PatientID": "PHANTOM", "PatientBirthDate": "", "PatientSex": "",
        "BodyPartExamined": "CHEST", "KVP": "120", "PatientPosition": "HFS",
        "SliceThickness": f"{grid.spacing_mm[2]:.6g}",
        "StudyInstanceUID": _uid(key, "study"), "SeriesInstanceUID": _uid(key, "series"),
        "FrameOfReferenceUID": _uid(key, "frame"), "PositionReferenceIndicator": "",
        "StudyID": "", "SeriesNumber": "1", "AcquisitionNumber": "1",
        "InstanceNumber": str(number + 1),
        "ImagePositionPatient": [f"{v:.6f}" for v in (x, y, z + number * grid.spacing_mm[2])],
        "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
        "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2",
        "Rows": rows, "Columns": columns,
        "PixelSpacing": [f"{grid.spacing_mm[1]:.6f}", f"{grid.spacing_mm[0]:.6f}"],
        "BitsAllocated": 16, "BitsStored": 16, "HighBit": 15, "PixelRepresentation": 1,
        "RescaleIntercept": "0", "RescaleSlope": "1", "RescaleType": "HU",
        "WindowCenter": "40", "WindowWidth": "400",
    }  # fmt: skip
    for name, value in elements.items():
        setattr(header, name, value)
    return header


def _uid(*words: str) -> str:
    """A UID of 128 bits that belong to the words (PS3.5 B.2)."""
    digest = hashlib.sha256("/".join(("metaviewer phantom", *words)).encode()).digest()
    return f"{UID_ROOT}{int.from_bytes(digest[:16], 'big')}"


def main() -> None:
    """Write the phantom and say how long it took."""
    parser = argparse.ArgumentParser(description="make a CT phantom as a DICOM series")
    parser.add_argument("-o", "--output", type=Path, default=Path("out/phantom"))
    parser.add_argument(
        "--size", type=int, nargs=3, default=(512, 512, 300), metavar=("I", "J", "K")
    )
    parser.add_argument("--spacing", type=float, nargs=3, metavar=("I", "J", "K"), help="mm")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    began_s = time.process_time()
    spacing_mm = tuple(chosen.spacing) if chosen.spacing else None
    made = phantom(grid_of(tuple(chosen.size), spacing_mm), seed=chosen.seed)
    write_series(made, chosen.output, seed=chosen.seed)
    print(f"{chosen.output}: {time.process_time() - began_s:.1f} s of processor time")
    for organ, volume_mm3 in volumes_mm3(made).items():
        print(f"  {organ:18} {volume_mm3 / 1000:10.1f} ml")


if __name__ == "__main__":
    main()
