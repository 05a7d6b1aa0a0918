"""A compressed series read in parts is the series read whole, and refused where that is."""

from __future__ import annotations

import jpeg_ls
import numpy as np
import openjpeg
import pytest

from metaviewer.errors import Refused
from metaviewer.jail import Answer, Jail
from metaviewer.jobs import Cancelled
from metaviewer.medical import open_volume, scan, series_parts
from tests.medical.jail_here import JailHere
from tests.medical.series_maker import block, file_bytes
from tests.medical.test_faults import JPEG_LS, coded

JPEG_2000 = "1.2.840.10008.1.2.4.90"
COUNT = 40
PADDED = 7
"""Stored value that means nothing was measured; it occurs in slice 0 of every series here."""


@pytest.fixture(scope="module")
def jail():
    with Jail("medical") as opened:
        yield opened


def stored(k: int) -> np.ndarray:
    pixels = np.kron(block(k % 6).astype(np.uint16) + 300 + k, np.ones((8, 8), np.uint16))
    if k in (0, 30):
        pixels[:2] = PADDED
    return pixels


def code_of(k: int, syntax: str) -> bytes:
    if syntax == JPEG_2000:
        return bytes(openjpeg.encode(stored(k), bits_stored=16))
    return bytes(jpeg_ls.encode_array(stored(k)))


def written(folder, syntax: str, *, damaged: tuple[int, ...] = (), **changes):
    """The one series of a folder, as a scan finds it."""
    for k in range(COUNT):
        code = code_of(k, syntax)
        if k in damaged:
            code = code[:24] + b"\xff\xd9"
        one = coded(
            code,
            syntax,
            ImagePositionPatient=[-30, 20, 2.0 * k],
            PixelRepresentation=0,
            PixelPaddingValue=PADDED,
            pixels=stored(k).astype(np.int16),
            **changes,
        )
        one.SOPInstanceUID = f"1.2.3.4.{k + 1}"
        (folder / f"{k:02}.dcm").write_bytes(file_bytes(one))
    (found,) = scan(JailHere(), [folder])
    return found


def on_processors(count: int, monkeypatch) -> None:
    monkeypatch.setattr(series_parts, "core_count", lambda: count)
    monkeypatch.setattr(series_parts, "PART_SLICES_MIN", 1)


def read_in(jail, found, count: int, monkeypatch):
    on_processors(count, monkeypatch)
    return open_volume(jail, found)


def same(one, other) -> bool:
    is_padded = one.padding_kji is not None
    return (
        one.values.dtype == other.values.dtype
        and np.array_equal(one.values, other.values)
        and is_padded == (other.padding_kji is not None)
        and (not is_padded or np.array_equal(one.padding_kji, other.padding_kji))
        and one.badges == other.badges
        and one.content_id == other.content_id
    )


@pytest.mark.parametrize("syntax", [JPEG_2000, JPEG_LS])
@pytest.mark.parametrize("damaged", [(), (5, 33)], ids=["sound", "damaged"])
def test_parts_are_the_whole(jail, tmp_path, monkeypatch, syntax, damaged):
    """Bug: a part fills its padding with its own lowest value, or judges its own damage."""
    found = written(tmp_path, syntax, damaged=damaged)
    whole = read_in(jail, found, 1, monkeypatch)
    assert ("incomplete" in whole.badges) == bool(damaged)
    assert whole.padding_kji[0, :2].all()
    for count in (2, 3):
        assert same(read_in(jail, found, count, monkeypatch), whole)


def test_values_outside_of_int16_are_seen_in_any_part(tmp_path, monkeypatch):
    found = written(tmp_path, JPEG_LS, RescaleSlope="1", RescaleIntercept="32600")
    whole = read_in(JailHere(), found, 1, monkeypatch)
    assert whole.values.dtype == np.float32
    assert same(read_in(JailHere(), found, 2, monkeypatch), whole)


def test_damage_is_judged_over_all_parts(jail, tmp_path, monkeypatch):
    """Bug: five bad slices of forty pass, because no part holds too many of them."""
    found = written(tmp_path, JPEG_LS, damaged=(1, 11, 21, 31, 39))
    reasons = []
    for count in (1, 2):
        with pytest.raises(Refused) as caught:
            read_in(jail, found, count, monkeypatch)
        reasons.append(caught.value.reason)
    assert reasons == ["5 of 40 compressed slices cannot be decoded"] * 2


def test_four_bad_slices_in_one_part_are_not_too_many(jail, tmp_path, monkeypatch):
    found = written(tmp_path, JPEG_LS, damaged=(1, 2, 3, 4))
    assert same(*(read_in(jail, found, count, monkeypatch) for count in (2, 1)))


def test_who_cancels_gets_no_part(jail, tmp_path, monkeypatch):
    found = written(tmp_path, JPEG_LS)
    on_processors(2, monkeypatch)
    with pytest.raises(Cancelled):
        open_volume(jail, found, cancelled=lambda: True)


def test_the_share_that_is_done_rises_to_one(jail, tmp_path, monkeypatch):
    found = written(tmp_path, JPEG_LS)
    on_processors(2, monkeypatch)
    shares = []
    open_volume(jail, found, on_progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] <= 1.0


def test_only_what_is_decoded_is_parted(monkeypatch):
    """A part of few slices costs more than it saves; raw slices are copied, not decoded."""
    monkeypatch.setattr(series_parts, "core_count", lambda: 8)
    plan = {"shape": [100, 2, 2], "layouts": [{"syntax": JPEG_2000}]}
    assert series_parts.part_count(plan) == 6
    assert series_parts.part_count({**plan, "shape": [20, 2, 2]}) == 1
    assert series_parts.part_count({**plan, "layouts": [{"syntax": "1.2.840.10008.1.2.1"}]}) == 1


@pytest.mark.parametrize(
    "lie",
    [
        {"lowest": 1e9},
        {"lowest": "low"},
        {"damaged": [4000]},
        {"damaged": "all"},
        {"damaged": [True]},
    ],
)
def test_a_part_that_lies_is_refused(tmp_path, monkeypatch, lie):
    """Bug: what a child says is believed, and ends the viewer with an error of numpy."""

    class Lying(JailHere):
        def call(self, reader, places, arguments=None, **listeners):
            answer = super().call(reader, places, arguments, **listeners)
            return Answer(header={**answer.header, **lie}, arrays=answer.arrays)

    found = written(tmp_path, JPEG_LS)
    with pytest.raises(Refused) as caught:
        read_in(Lying(), found, 2, monkeypatch)
    assert caught.value.word == "answer"
