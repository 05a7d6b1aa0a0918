"""One made patient whose name, number and birth date stand in every text of a scan: 0 hits outside.

Searched are standard output and error, every file and file name below the working, temporary, state
and cache folders, pictures, shared memory, and the folder where the system would leave a core.
"""

from __future__ import annotations

import gzip
import os
import struct
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from pydicom.datadict import dictionary_VR, keyword_dict
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from metaviewer import resources
from tests.medical.series_maker import block, file_bytes, image
from tests.process.running import run

NAME, SURNAME = "CANARYNAME", "VÖGELCANARY"
NUMBER = "CANARY4711"
BIRTH = "19010203"
UID = "2.25.190102034711"
SECRETS = (NAME, SURNAME, "V\\u00d6GEL", NUMBER, BIRTH, "1901-02-03", UID, "CANARY", "canary")
CODINGS = ("latin-1", "utf-8", "utf-16-le", "utf-16-be")
NEEDLES = tuple({word.encode(coding) for word, coding in product(SECRETS, CODINGS)})
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - looked at, not written

TEXT = {"LO", "SH", "LT", "ST", "UT", "UC"}
KEPT = {
    # Without these values the series would be another one, or none.
    *("Modality", "ImageType", "PhotometricInterpretation", "SpecificCharacterSet", "SOPClassUID"),
    *("RescaleType", "Units", "SamplesPerPixel", "LossyImageCompression", "BurnedInAnnotation"),
    *("PixelSpacing", "ImageOrientationPatient", "ImagePositionPatient", "PatientPosition"),
}

NO_GROUPS = {0x0000, 0x0002, 0x0004}
"""Commands, the head of the file, directories: no part of a slice."""


def canary_image(k: int, **changes) -> Dataset:
    """Slice k, with the patient in each of some 1000 text attributes that DICOM knows."""
    one = image(k, **changes)
    one.SpecificCharacterSet = "ISO_IR 100"
    for keyword in sorted(keyword_dict):
        if not keyword or keyword in KEPT | set(changes) or keyword in one:
            continue
        if keyword_dict[keyword] >> 16 in NO_GROUPS:
            continue
        representation = dictionary_VR(keyword)
        if representation == "PN":
            setattr(one, keyword, f"{SURNAME}^{NAME}")
        elif representation in TEXT:
            setattr(one, keyword, NUMBER if "ID" in keyword else NAME)
    one.PatientName = f"{SURNAME}^{NAME}"
    one.PatientID = NUMBER
    one.PatientBirthDate = BIRTH
    one.StudyDate = one.SeriesDate = one.AcquisitionDate = BIRTH
    one.StudyInstanceUID, one.SeriesInstanceUID = f"{UID}.1", f"{UID}.2"
    one.SOPInstanceUID, one.FrameOfReferenceUID = f"{UID}.3.{k}", f"{UID}.4"
    item = Dataset()
    item.PatientName, item.PatientID = f"{SURNAME}^{NAME}", NUMBER
    one.OtherPatientIDsSequence = Sequence([item])
    return one


def with_text(data: bytes, head: bytes, text: bytes) -> bytes:
    """A file whose short element `head` holds `text` instead."""
    at = data.index(head)
    (old,) = struct.unpack_from("<H", data, at + 6)
    return data[: at + 6] + struct.pack("<H", len(text)) + text + data[at + 8 + old :]


def write_series(folder: Path, **changes) -> Path:
    folder.mkdir()
    for k in range(6):
        pixels = np.kron(block(k), np.ones((8, 8), np.int16)) * 2
        one = canary_image(k, pixels=pixels, **changes)
        (folder / f"{NAME}_{BIRTH}_{k}.dcm").write_bytes(file_bytes(one))
    return folder


CANARY = b"CANARYNAME"
SLICE = file_bytes(canary_image(0, NumberOfFrames=1))
FAULTS = {
    # Each is a way in which a library quotes what it read; see what pydicom says of them.
    "a count": with_text(SLICE, b"\x28\x00\x08\x00IS", CANARY),
    "a spacing": with_text(SLICE, b"\x28\x00\x30\x00DS", CANARY),
    "a position": with_text(SLICE, b"\x20\x00\x32\x00DS", b"1\\2\\" + CANARY),
    "a slope": with_text(SLICE, b"\x28\x00\x53\x10DS", CANARY),
    "a character set": with_text(SLICE, b"\x08\x00\x05\x00CS", CANARY),
    "a colour model": with_text(SLICE, b"\x28\x00\x04\x00CS", CANARY),
    "a modality": with_text(SLICE, b"\x08\x00\x60\x00CS", CANARY),
    "a class": with_text(SLICE, b"\x08\x00\x16\x00UI", CANARY),
    "a transfer syntax": with_text(SLICE, b"\x02\x00\x10\x00UI", CANARY),
    "a number of bits": with_text(SLICE, b"\x28\x00\x00\x01US", CANARY),
    "cut in the name": SLICE[: SLICE.index(CANARY) + 6],
    "cut in the pixels": SLICE[:-30],
    "another type": SLICE.replace(b"\x10\x00\x10\x00PN", b"\x10\x00\x10\x00ZZ"),
    "only the name": CANARY * 100,
}

NRRD = (
    f"NRRD0004\n# {NAME}\ntype: short\ndimension: 3\nspace: left-posterior-superior\n"
    f"content: {NAME}\nsizes: 4 4 4\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n"
    f"space origin: (0,0,0)\nencoding: raw\nendian: little\npatient:={NUMBER}\n\n"
)
MHA = (
    f"ObjectType = Image\nComment = {NAME}\nNDims = 3\nDimSize = 4 4 4\nElementSpacing = 1 1 1\n"
    f"Offset = 0 0 0\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nPatientName = {NAME}\n"
    "ElementType = MET_SHORT\nElementDataFile = LOCAL\n"
)
OBJ = f"# {NAME}\no {NAME}\ng {NUMBER}\nv 0 0 0\nv 9 0 0\nv 0 9 0\nf 1 2 3\n"
OTHERS = {
    "a.nrrd": NRRD.encode() + bytes(128),
    "b.nrrd": NRRD.replace("type: short", f"type: {NAME}").encode() + bytes(128),
    "c.nrrd": NRRD.replace("sizes: 4 4 4", f"sizes: {NAME}").encode() + bytes(128),
    "d.mha": MHA.encode() + bytes(128),
    "e.mha": MHA.replace("LOCAL", f"{NAME}.raw").encode(),
    "f.mha": MHA.replace("1 1 1", f"1 1 {NAME}").encode() + bytes(128),
    "g.nii.gz": gzip.compress(CANARY * 60),
    "h.obj": OBJ.encode(),
    "i.obj": OBJ.replace("f 1 2 3", f"f 1 2 {NAME}").encode(),
    "j.stl": f"solid {NAME}\nfacet normal 0 0 {NAME}\n".encode(),
    "k.ply": f"ply\nformat ascii 1.0\ncomment {NAME}\nelement {NAME} 3\nend_header\n".encode(),
    "l.ifc": b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('" + CANARY + b"'));\nENDSEC;\nDATA;\n",
    "m.glb": b"glTF" + struct.pack("<II", 2, 30) + CANARY,
}


class Watched:
    """Runs the program with places of its own, and searches them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.before = set(os.listdir(SHARED_MEMORY))
        self.places = {
            name: folder / name for name in ("work", "temporary", "state", "cache", "home")
        }
        for place in self.places.values():
            place.mkdir()

    def run(self, *arguments, report_may_name_files=False):
        """Run it in its own working folder, where a core would lie, and search."""
        more = {
            resources.CACHE_VARIABLE: str(self.places["cache"]),
            resources.STATE_VARIABLE: str(self.places["state"]),
            "TMPDIR": str(self.places["temporary"]),
            "HOME": str(self.places["home"]),
        }
        ran = run(*arguments, cwd=self.places["work"], more=more)
        if not report_may_name_files:
            self.check("standard output", ran.out)
        self.check("standard error", ran.err)
        for path in self.written():
            self.check("a file name", str(path.relative_to(self.folder)).encode())
            self.check(str(path), path.read_bytes())
        for name in set(os.listdir(SHARED_MEMORY)) - self.before:
            self.check("a name in shared memory", name.encode())
            self.check("shared memory", (SHARED_MEMORY / name).read_bytes())
        return ran

    def written(self):
        return [
            path for place in self.places.values() for path in place.rglob("*") if path.is_file()
        ]

    def check(self, what: str, content: bytes) -> None:
        hits = [needle for needle in NEEDLES if needle in content]
        assert not hits, f"{hits} in {what}"


@pytest.fixture
def watched(tmp_path):
    return Watched(tmp_path)


def test_the_search_itself_finds(watched):
    """Bug: a search that finds nothing because it looks for nothing."""
    for word, coding in product((NAME, SURNAME, BIRTH), CODINGS):
        with pytest.raises(AssertionError):
            watched.check("a made text", b"x" + word.encode(coding) + b"y")
    assert SLICE.count(CANARY) > 500


def test_a_sound_series_shows_no_trace_of_its_patient(watched, tmp_path):
    """Bug: a title, a badge, a cache, a picture's metadata or a series key holds the patient."""
    place = write_series(tmp_path / "scan")
    assert watched.run("check", place).code == 0
    assert watched.run("check", "--json", place).code == 0
    picture = watched.places["work"] / "picture.png"
    assert watched.run("shot", place, "-o", picture, "--size", "160x120").code == 0
    assert picture.stat().st_size > 1000
    # Only what was asked for is in the working folder: no core, no log.
    assert list(watched.places["work"].iterdir()) == [picture]
    assert list(watched.places["temporary"].rglob("*")) == []


def test_broken_files_are_refused_without_quoting_them(watched, tmp_path):
    """Bug: "could not convert string to float: 'NAME'", or pydicom's warnings, reach stderr."""
    places = []
    for number, content in enumerate(FAULTS.values()):
        places.append(tmp_path / f"{number}.dcm")
        places[-1].write_bytes(content)
    for name, content in OTHERS.items():
        places.append(tmp_path / name)
        places[-1].write_bytes(content)
    ran = watched.run("check", "--json", *places)
    assert ran.code == 2
    assert len(ran.errors) > 15
    assert watched.run("shot", places[0], "-o", watched.places["work"] / "p.png").code == 2


@pytest.mark.parametrize("words", [("check", "--json"), ("shot", "-o", "picture.png")])
def test_a_folder_with_broken_files_names_the_folder_alone(words, watched, tmp_path):
    """Bug: the line names the file inside, and people name files after their patients.

    The report on standard output does name it, for who wants to remove it; errors and logs do not.
    """
    place = write_series(tmp_path / "scan")
    for number, content in enumerate(FAULTS.values()):
        (place / f"{SURNAME}_{NUMBER}_{number}.dcm").write_bytes(content)
    ran = watched.run(*words, place, report_may_name_files=True)
    for line in ran.errors:
        assert line.startswith(f"metaviewer: {place}: in one file, ")
    assert bool(ran.errors) == (words[0] == "check")


def test_a_traceback_for_developers_shows_no_value(watched, tmp_path):
    """Bug: with --debug the cause of a refusal is the parser's own error, with its text."""
    (tmp_path / "a.dcm").write_bytes(FAULTS["a spacing"])
    ran = watched.run("shot", "--debug", tmp_path / "a.dcm", "-o", watched.places["work"] / "p.png")
    assert ran.code != 0
