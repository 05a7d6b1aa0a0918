"""Sound files from which hostile ones are bent: small, and of each kind that the program reads."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from io import BytesIO

import jpeg_ls
import numpy as np
import openjpeg
from PIL import Image
from pydicom.encaps import encapsulate

from metaviewer import resources
from tests.building.ifc_made import (
    CORNERS,
    FACES,
    FOOT,
    MILLIMETRE,
    element,
    face_set,
    good_wall,
    step_text,
)
from tests.medical.series_maker import block, file_bytes, image
from tests.medical.test_contours import HIGHER, SQUARE, outline, structure_set
from tests.medical.test_faults import MHD, NRRD, nifti
from tests.medical.test_segments import segmentation, spots
from tests.medical.test_traps import enhanced
from tests.surface.test_reading import binary_ply, binary_stl, glb, text_obj, text_ply, text_stl

SEED_BYTES_MAX = 25_000
DICOM_SAMPLES = ("dicom/single", "dicom/seg", "dicom/rtstruct", "dicom/enhanced", "malformed/dcm")


def dicom() -> Mapping[str, bytes]:
    """One image or object a file, in each way of coding that can be written here."""
    twelve = np.kron(block(3), np.ones((8, 8), np.int16)).astype(np.uint16)
    eight = (twelve % 251).astype(np.uint8)
    jpeg = BytesIO()
    Image.fromarray(eight).save(jpeg, "JPEG")
    found = {
        "explicit": file_bytes(image(1)),
        "implicit": file_bytes(image(1), implicit=True),
        "padded": file_bytes(image(1, PixelPaddingValue=100)),
        "enhanced": file_bytes(enhanced(order=(2, 0, 1), shared=True)),
        "enhanced-each": file_bytes(enhanced(order=(0, 1, 2), shared=False, slopes=(1, 2, 3))),
        "jpeg-ls": coded(bytes(jpeg_ls.encode_array(twelve)), twelve, ".4.80"),
        "jpeg-2000": coded(openjpeg.encode(twelve, bits_stored=16), twelve, ".4.90"),
        "jpeg": coded(jpeg.getvalue(), eight, ".4.50"),
        "rle": coded(run_lengths(eight), eight, ".5"),
        "deflated": deflated(),
        "segmentation": saved(segmentation([(1, (0, 0, 0), spots((1, 2)))])),
        "contours": saved(structure_set({1: [outline(SQUARE), outline(HIGHER)]})),
    }
    return found | samples(DICOM_SAMPLES, (".dcm",))


def coded(code: bytes, pixels: np.ndarray, syntax: str) -> bytes:
    one = image(1, pixels=pixels, PixelRepresentation=0)
    one.BitsAllocated = one.BitsStored = pixels.itemsize * 8
    one.HighBit = one.BitsStored - 1
    one.PixelData = encapsulate([code])
    one["PixelData"].VR = "OB"
    one["PixelData"].is_undefined_length = True
    one.file_meta.TransferSyntaxUID = f"1.2.840.10008.1.2{syntax}"
    return saved(one)


def run_lengths(pixels: np.ndarray) -> bytes:
    """One segment of literal runs, PS3.5 annex G."""
    rows = b"".join(bytes([len(row) - 1]) + row.tobytes() for row in pixels)
    return struct.pack("<16I", 1, 64, *[0] * 14) + rows + b"\0" * (len(rows) % 2)


def deflated() -> bytes:
    """The explicit one, packed behind its head."""
    whole = saved(image(1))
    start = whole.index(b"\x08\x00\x16\x00UI")
    explicit, packed = b"UI\x14\x001.2.840.10008.1.2.1\0", b"UI\x16\x001.2.840.10008.1.2.1.99"
    head = whole[:start].replace(explicit, packed)
    (length,) = struct.unpack_from("<I", head, 140)
    head = head[:140] + struct.pack("<I", length + 2) + head[144:]
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return head + engine.compress(whole[start:]) + engine.flush()


def saved(dataset) -> bytes:
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def series() -> tuple[bytes, ...]:
    return tuple(file_bytes(image(k)) for k in range(6))


def ifc() -> Mapping[str, bytes]:
    texts = {
        "wall": step_text(good_wall()),
        "two-mm": step_text([*good_wall(100), *good_wall(200, at=(9, 0, 0))], unit=MILLIMETRE),
        "face-set-ft": step_text(
            [*face_set(110, CORNERS, FACES), *element(100, 110, kind="Tessellation")], unit=FOOT
        ),
        "old": step_text(good_wall(), schema="IFC2X3"),
    }
    made = {name: text.encode("ascii") for name, text in texts.items()}
    return made | samples(("ifc",), (".ifc",))


def meshes() -> Mapping[str, bytes]:
    return {
        "binary.stl": binary_stl(),
        "text.stl": text_stl(),
        "ras.stl": binary_stl(b"SPACE=RAS"),
        "text.ply": text_ply(),
        "binary.ply": binary_ply(),
        "box.obj": text_obj(),
        "box.glb": glb(),
        "two.glb": glb(nodes=[{"children": [1], "scale": [2, 2, 2]}, {"mesh": 0}]),
    }


def grids() -> Mapping[str, bytes]:
    values = np.arange(64, dtype="<i2").tobytes()
    return {
        "small.nii": nifti((4, 4, 4), data=values),
        "small.nrrd": NRRD.encode() + b"\n" + values,
        "small.mha": MHD.encode() + b"ElementDataFile = LOCAL\n" + values,
    }


SCENE = b"""
[scene]
title = "Ward 3"
camera = "overview"
[[building]]
id = "clinic"
files = ["wall.ifc"]
position_m = [1.0, 2, 0]
cut_height_m = 1.5
[[surface]]
id = "box"
files = ["box.stl"]
unit = "mm"
colour_rgb = [0.1, 0.5, 1.0]
[[feed]]
kind = "simulator"
seed = 7
[[camera]]
name = "overview"
eye_m = [30, -40, 25]
target_m = [0, 0, 4]
"""


def samples(folders: tuple[str, ...], suffixes: tuple[str, ...]) -> dict[str, bytes]:
    """Small real files, where the sample folder is there: read in place, none is kept."""
    root = resources.samples_dir()
    found: dict[str, bytes] = {}
    for folder in folders:
        for path in sorted((root / folder).glob("*")):
            if path.suffix in suffixes and path.stat().st_size <= SEED_BYTES_MAX:
                found[f"{folder}/{path.name}"] = path.read_bytes()
    return found
