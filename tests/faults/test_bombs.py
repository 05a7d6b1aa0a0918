"""F01 to F04, F08, F10, F11, F14, F18: what promises much is refused before memory is taken.

The rooms prove the words. Here memory and time are those of the child that reads, measured in it:
what its memory grew by at its highest, and its processor time.
"""

from __future__ import annotations

import gzip
import struct
import zipfile
import zlib
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest

from metaviewer.building import open_building
from metaviewer.errors import Refused
from metaviewer.jail import Answer, Jail
from metaviewer.medical import open_volume, scan
from metaviewer.surface import open_meshes
from tests.building.ifc_made import good_wall, step_text
from tests.building.test_hostile_ifc import copies, nested_maps
from tests.medical.series_maker import file_bytes, image
from tests.medical.test_faults import HUGE, J2K, JPEG, JPEG_LS, MHD, NRRD, coded, nifti
from tests.surface.test_reading import glb

pytestmark = pytest.mark.slow

MIB = 1 << 20
MEASURED = Path(__file__).parent / "measured.py"


@dataclass
class MeasuredJail:
    """A jail whose children tell what they took; rooms use it as they use any."""

    jail: Jail
    grown_bytes: int = 0
    cpu_s: float = 0.0

    def call(self, reader, places, arguments=None, *, place="", **more) -> Answer:
        wrapped = {"reader": reader, "arguments": dict(arguments or {})}
        answer = self.jail.call("measured:run", places, wrapped, place=place, **more)
        took = answer.header["took"]
        self.grown_bytes = max(self.grown_bytes, took["grown_bytes"])
        self.cpu_s += took["cpu_s"]
        if took["refused"]:
            word, reason, remedy = took["refused"]
            raise Refused(place, word, reason, remedy=remedy)
        return replace(answer, header=answer.header["header"])


@pytest.fixture(scope="module")
def jails():
    with (
        Jail("medical", extra_readers=[MEASURED]) as medical,
        Jail("surface", extra_readers=[MEASURED]) as surface,
        Jail("building", extra_readers=[MEASURED]) as building,
    ):
        yield {"medical": medical, "surface": surface, "building": building}


def deflated_zeros(byte_count: int, *, first: bytes = b"", window_bits: int = -15) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, window_bits)
    parts = [engine.compress(first)]
    parts += [engine.compress(bytes(MIB)) for _ in range(byte_count // MIB)]
    return b"".join([*parts, engine.flush()])


def deflated_dicom() -> bytes:
    """A deflated data set of 1 GB in 1 MB."""
    one = file_bytes(image(0))
    start = one.index(b"\x08\x00\x16\x00UI")
    plain, packed = b"UI\x14\x001.2.840.10008.1.2.1\0", b"UI\x16\x001.2.840.10008.1.2.1.99"
    head = one[:start].replace(plain, packed)
    (length,) = struct.unpack_from("<I", head, 140)
    head = head[:140] + struct.pack("<I", length + 2) + head[144:]
    return head + deflated_zeros(1024 * MIB, first=one[start:])


def nested_dicom(depth: int) -> bytes:
    one = file_bytes(image(0))
    at = one.index(b"\x10\x00\x10\x00PN")
    sequence = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    return one[:at] + (sequence + item) * depth + one[at:]


def crowded_dicom() -> bytes:
    """A million private elements."""
    one = file_bytes(image(0))
    at = one.index(b"\x10\x00\x10\x00PN")
    element = struct.pack("<HH2sH", 0x0009, 0x1001, b"LO", 2) + b"x "
    return one[:at] + element * 1_000_000 + one[at:]


def zipped(name: str, first: bytes) -> bytes:
    """A zip whose only member unpacks to 500 MB."""
    stream = BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open(name, "w") as member,
    ):
        member.write(first)
        for _ in range(500):
            member.write(bytes(MIB))
    return stream.getvalue()


def code_stream(syntax: str) -> bytes:
    bits = {"BitsAllocated": 16, "BitsStored": 16, "HighBit": 15}
    return file_bytes(coded(HUGE[syntax], syntax, **bits))


def huge_image() -> bytes:
    return file_bytes(image(0, Rows=65535, Columns=65535, NumberOfFrames=99_000))


def ply(vertex_count: int, *, encoding: str = "binary_little_endian") -> bytes:
    return (
        f"ply\nformat {encoding} 1.0\nelement vertex {vertex_count}\nproperty float x\n"
        f"property float y\nproperty float z\nelement face {vertex_count}\n"
        "property list uchar int vertex_indices\nend_header\n"
    ).encode() + bytes(100)


def greedy_glb() -> bytes:
    accessors = [
        {"bufferView": 0, "componentType": 5126, "count": 2_000_000_000, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
    ]
    return glb(accessors=accessors)


def doubling_glb() -> bytes:
    """Thirty nodes, each with the next one twice: a billion boxes in a kilobyte."""
    nodes = [{"children": [k + 1, k + 1]} for k in range(30)] + [{"mesh": 0}]
    return glb(nodes=nodes)


def one_long_face() -> bytes:
    corners = b" ".join(b"1 2 3" for _ in range(3_000_000))
    return b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf " + corners + b"\n"


SMALL, LARGE = 64 * MIB, 300 * MIB
BOMBS = {
    # name: (file, maker, word or "" where it must open, memory it may grow by, seconds of CPU)
    "F01 200,000 nested sequences": ("a.dcm", lambda: nested_dicom(200_000), "size", SMALL, 2),
    "F02 deflated to 1 GB": ("a.dcm", deflated_dicom, "size", LARGE, 2),
    "F03 65535 x 65535 x 99000": ("a.dcm", huge_image, "size", SMALL, 2),
    "F04 JPEG 2000 of 60000": ("a.dcm", lambda: code_stream(J2K), "format", SMALL, 2),
    "F04 JPEG-LS of 60000": ("a.dcm", lambda: code_stream(JPEG_LS), "format", SMALL, 2),
    "F04 JPEG of 60000": ("a.dcm", lambda: code_stream(JPEG), "format", SMALL, 2),
    "F08 a million elements": ("a.dcm", crowded_dicom, "size", LARGE, 10),
    "F10 NIfTI": ("a.nii", lambda: nifti((1024,) * 3, data=bytes(128)), "size", SMALL, 1),
    "F10 NRRD": (
        "a.nrrd",
        lambda: NRRD.replace("4 4 4", "1024 1024 1024").encode() + b"\n" + bytes(128),
        "size",
        SMALL,
        1,
    ),
    "F10 MetaImage": (
        "a.mha",
        lambda: (
            MHD.replace("4 4 4", "1024 1024 1024").encode()
            + b"ElementDataFile = LOCAL\n"
            + bytes(128)
        ),
        "size",
        SMALL,
        1,
    ),
    "F11 gzip of 500 MB behind a small header": (
        "a.nii.gz",
        lambda: deflated_zeros(500 * MIB, first=nifti((4, 4, 4)), window_bits=31),
        "size",
        SMALL,
        2,
    ),
    "F11 NRRD whose values unpack to 500 MB": (
        "a.nrrd",
        lambda: (
            NRRD.replace("encoding: raw", "encoding: gzip").encode()
            + b"\n"
            + gzip.compress(bytes(500 * MIB), 9)
        ),
        "size",
        SMALL,
        2,
    ),
    "F11 zip of 500 MB": ("a.zip", lambda: zipped("a.dcm", b""), "size", SMALL, 3),
    "F11 ifczip of 500 MB": (
        "a.ifczip",
        lambda: zipped("a.ifc", b"ISO-10303-21;\n"),
        "size",
        SMALL,
        3,
    ),
    "F14 one element of 100,000 copies": (
        "a.ifc",
        lambda: step_text([*good_wall(), *copies(100_000)]).encode(),
        "",
        LARGE,
        30,
    ),
    "F14 10^7 copies in 8 kB": (
        "a.ifc",
        lambda: step_text([*good_wall(), *nested_maps(7)]).encode(),
        "",
        SMALL,
        5,
    ),
    "F15 three million brackets": (
        "a.ifc",
        lambda: step_text(["#99=IFCWALL(" + "(" * 3_000_000]).encode(),
        "format",
        LARGE,
        3,
    ),
    "F18 STL of 4e9": (
        "a.stl",
        lambda: b" " * 80 + struct.pack("<I", 4_000_000_000) + bytes(100),
        "size",
        SMALL,
        1,
    ),
    "F18 PLY of 4e9": ("a.ply", lambda: ply(4_000_000_000), "size", SMALL, 1),
    "F18 PLY of 4e9, as text": (
        "a.ply",
        lambda: ply(4_000_000_000, encoding="ascii"),
        "size",
        SMALL,
        1,
    ),
    "F18 GLB accessor of 2e9": ("a.glb", greedy_glb, "size", SMALL, 1),
    "F18 GLB of a billion nodes": ("a.glb", doubling_glb, "format", SMALL, 2),
    "F18 OBJ face of 18 MB": ("a.obj", one_long_face, "size", 4 * LARGE, 10),
}


def open_place(jail, place: Path) -> None:
    """Open a file as the room that reads it does."""
    if place.suffix in (".ifc", ".ifczip"):
        open_building(jail, place)
    elif place.suffix in (".stl", ".ply", ".obj", ".glb"):
        open_meshes(jail, place)
    else:
        (found,) = scan(jail, [place])
        if found.status == "refused":
            raise Refused(found.path, found.word, found.reason, remedy=found.remedy)
        open_volume(jail, found)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_is_memory(name, jails, tmp_path):
    """Bug: sizes are believed, or the whole is unpacked, before anybody looks."""
    file, make, word, grown_max, cpu_max_s = BOMBS[name]
    place = tmp_path / file
    content = make()
    place.write_bytes(content)
    room = {"ifc": "building", "ifczip": "building", "zip": "medical"}.get(place.suffix[1:])
    room = room or ("surface" if place.suffix in (".stl", ".ply", ".obj", ".glb") else "medical")
    jail = MeasuredJail(jails[room])
    if word:
        with pytest.raises(Refused) as caught:
            open_place(jail, place)
        assert caught.value.word == word, caught.value.reason
    else:
        open_place(jail, place)
    grown_mib = (jail.grown_bytes - len(content)) / MIB
    assert jail.grown_bytes < grown_max + len(content), f"{grown_mib:.0f} MiB beyond its own bytes"
    assert jail.cpu_s < cpu_max_s


def test_the_measure_sees_memory_that_is_taken(jails, tmp_path):
    """Bug: a measure that is nought whatever happens. The file itself is 90 MB, and is read."""
    place = tmp_path / "a.stl"
    place.write_bytes(b" " * 80 + struct.pack("<I", 4_000_000_000) + bytes(90 * MIB))
    jail = MeasuredJail(jails["surface"])
    with pytest.raises(Refused):
        open_meshes(jail, place)
    assert jail.grown_bytes > 80 * MIB
