"""Headers that repeat are compared, not walked again: what is kept of them is the same."""

from __future__ import annotations

from dataclasses import asdict

from hypothesis import given, settings
from hypothesis import strategies as st

from metaviewer.errors import Refused
from metaviewer.medical import dicom_repeats
from metaviewer.medical.dicom_repeats import Repeats
from metaviewer.medical.dicom_tags import WANTED
from metaviewer.medical.dicom_walk import Overrun, walk
from tests.medical.series_maker import file_bytes, image
from tests.medical.test_reader_bytes import bent, edits

SLICE_COUNT = 12
HEADERS = [file_bytes(image(k)) for k in range(SLICE_COUNT)]
OTHERS = [file_bytes(image(k, Rows=3, PatientComments="x" * k)) for k in range(SLICE_COUNT)]


def outcome(walk_one, octets: bytes):
    """All that a scan sees of one header, or how it was refused."""
    try:
        walked = asdict(walk_one(octets))
    except Refused as refusal:
        return refusal.word, refusal.reason
    except Overrun:
        return "overrun"
    # Where a data set starts is asked only of a deflated one, which never follows a pattern.
    return {name: value for name, value in walked.items() if name != "data_start"}


def plainly(octets: bytes):
    return walk(octets, size=len(octets), wanted=WANTED)


def learnt(headers: list[bytes]) -> Repeats:
    repeats = Repeats(wanted=WANTED)
    for octets in headers:
        outcome(lambda one: repeats.walk(one, size=len(one)), octets)
    return repeats


def test_every_slice_of_a_series_is_read_as_by_a_walk():
    repeats = Repeats(wanted=WANTED)
    for octets in [*HEADERS, *OTHERS, *HEADERS]:
        found = outcome(lambda one: repeats.walk(one, size=len(one)), octets)
        assert found == outcome(plainly, octets)


def test_most_slices_of_a_series_are_compared_only(monkeypatch):
    walks = []
    monkeypatch.setattr(
        dicom_repeats, "walk", lambda octets, **given: walks.append(1) or walk(octets, **given)
    )
    learnt(HEADERS)
    assert len(walks) <= 4


@settings(max_examples=150)
@given(changes=edits, slice_number=st.integers(0, SLICE_COUNT - 1))
def test_a_bent_header_is_read_as_by_a_walk(changes, slice_number):
    repeats = learnt(HEADERS)
    octets = bent(HEADERS[slice_number], changes)
    found = outcome(lambda one: repeats.walk(one, size=len(one)), octets)
    assert found == outcome(plainly, octets)


@settings(max_examples=60)
@given(changes=edits)
def test_a_bent_header_teaches_nothing_wrong(changes):
    repeats = learnt([HEADERS[0], bent(HEADERS[1], changes), *HEADERS[2:4]])
    for octets in HEADERS:
        found = outcome(lambda one: repeats.walk(one, size=len(one)), octets)
        assert found == outcome(plainly, octets)
