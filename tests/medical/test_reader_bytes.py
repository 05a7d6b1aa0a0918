"""Bytes that no maker wrote: whatever they are, a reader ends with an answer or with Refused."""

from __future__ import annotations

import gzip
import json
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread

from metaviewer.errors import Refused
from metaviewer.jail import here
from metaviewer.medical import open_volume, scan
from metaviewer.medical.dicom_tags import WANTED
from metaviewer.medical.dicom_walk import Overrun, walk
from metaviewer.medical.mha_header import mha_plan
from metaviewer.medical.nifti_header import nifti_plan
from metaviewer.medical.nrrd_header import nrrd_plan
from tests.medical.jail_here import JailHere
from tests.medical.series_maker import file_bytes, image

SOUND_DICOM = file_bytes(image(0))
SOUND_IMPLICIT = file_bytes(image(0), implicit=True)
SOUND_NRRD = (
    b"NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 2 2 2\n"
    b"space directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\nencoding: raw\n"
    b"endian: little\n\n" + bytes(16)
)
SOUND_MHA = (
    b"ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\nElementSpacing = 1 1 1\nOffset = 0 0 0\n"
    b"TransformMatrix = 1 0 0 0 1 0 0 0 1\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"
    + bytes(16)
)

edits = st.lists(
    st.tuples(st.integers(0, 5000), st.sampled_from(("set", "cut", "add")), st.binary(max_size=9)),
    min_size=1,
    max_size=5,
)


def bent(content: bytes, changes) -> bytes:
    """The sound file with some bytes overwritten, inserted, or everything behind them cut."""
    for at, what, value in changes:
        place = at % (len(content) + 1)
        if what == "cut":
            content = content[:place]
        else:
            end = place + (len(value) if what == "set" else 0)
            content = content[:place] + value + content[end:]
    return content


@pytest.mark.parametrize("sound", [SOUND_DICOM, SOUND_IMPLICIT], ids=["explicit", "implicit"])
@settings(max_examples=60)
@given(changes=edits)
def test_bent_dicom_is_read_or_refused(sound, changes, tmp_path_factory):
    """A struct.error or IndexError that escapes would be told as a parser's fault."""
    file = tmp_path_factory.getbasetemp() / "bent.dcm"
    file.write_bytes(bent(sound, changes))
    for found in scan(JailHere(), [file]):
        if found.status != "refused" and found.plan is not None:
            try:
                volume = open_volume(JailHere(), found)
            except Refused:
                continue
            assert np.isfinite(volume.values).all()


@pytest.mark.parametrize(
    ("name", "sound"),
    [
        ("bent.nrrd", SOUND_NRRD),
        ("bent.mha", SOUND_MHA),
        ("bent.nii.gz", gzip.compress(bytes(500))),
    ],
)
@settings(max_examples=60)
@given(changes=edits)
def test_bent_volumes_are_read_or_refused(name, sound, changes, tmp_path_factory):
    file = tmp_path_factory.getbasetemp() / name
    file.write_bytes(bent(sound, changes))
    for found in scan(JailHere(), [file]):
        if found.status != "refused" and found.plan is not None:
            try:
                open_volume(JailHere(), found)
            except Refused:
                continue


@given(content=st.binary(max_size=400))
def test_any_bytes_at_all_are_walked_or_refused(content):
    for start in (b"", bytes(128) + b"DICM", b"\x08\x00\x05\x00"):
        data = start + content
        try:
            walk(data, size=len(data), wanted=WANTED)
        except (Refused, Overrun):
            continue


@given(content=st.binary(max_size=600))
def test_any_header_is_parsed_or_refused(content):
    for plan_of, start in (
        (nifti_plan, b"\x5c\x01\x00\x00"),
        (nifti_plan, b"\x1c\x02\x00\x00"),
        (nrrd_plan, b"NRRD0004\n"),
        (mha_plan, b""),
    ):
        try:
            plan_of(start + content)
        except Refused:
            continue


@pytest.mark.parametrize("implicit", [False, True])
def test_the_walk_gives_what_a_parser_gives(implicit):
    """An element skipped wrongly shifts all that follow; pydicom is the second opinion."""
    data = file_bytes(image(3), implicit=implicit)
    walked = walk(data, size=len(data), wanted=WANTED)
    parsed = dcmread(BytesIO(data))
    for tag, raw in walked.values.items():
        if tag >> 16 != 2 and tag in parsed and isinstance(parsed[tag].value, str):
            assert raw.decode("ascii").strip(" \0") == parsed[tag].value
    assert data[walked.pixels.start :][: walked.pixels.length] == parsed.PixelData


def test_the_plan_of_a_scan_is_json(tmp_path):
    """It crosses the jail twice."""
    (tmp_path / "0.dcm").write_bytes(SOUND_DICOM)
    reader = "metaviewer.medical.read_scan:read_scan"
    header = here(reader, [tmp_path], {"salt": "00" * 32}).header
    assert json.loads(json.dumps(header)) == header
