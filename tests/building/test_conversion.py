"""What a kernel does not survive is divided down to one element, which then stands as a box."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from metaviewer.building import conversion
from metaviewer.building.answer_form import check_whole
from metaviewer.building.conversion import read_raw
from metaviewer.building.ifc_rows import BUILT, SUBSTITUTE, UNFINISHED
from metaviewer.errors import Refused
from metaviewer.jail import Answer

ROW_COUNT = 50
BAD = 37
SHAPES = {
    "points_m_n3": np.zeros((0, 3), np.float32),
    "point_start": np.zeros(1, np.int64),
    "triangles_n3": np.zeros((0, 3), np.int32),
    "triangle_start": np.zeros(1, np.int64),
    "triangle_material": np.zeros(0, np.int32),
    "materials_rgba": np.zeros((0, 4), np.float32),
    "placed_shape": np.zeros(0, np.int32),
    "placed_element": np.zeros(0, np.int32),
    "site_from_shape": np.zeros((0, 4, 4)),
}
TEXTS = ("global_ids", "classes", "names", "long_names", "systems")
TABLE_HEADER = {
    "schema": "IFC4",
    "length_unit": "METRE",
    "unit_stated": True,
    "map_conversion": False,
    "storeys": [],
    "cycle_count": 0,
    "open_cpu_s": 0.1,
    **{name: [""] * ROW_COUNT for name in TEXTS},
}
TABLE = {
    "step_ids": np.arange(ROW_COUNT, dtype=np.int64),
    "storey": np.full(ROW_COUNT, -1, np.int32),
    "parent": np.full(ROW_COUNT, -1, np.int32),
    "is_space": np.zeros(ROW_COUNT, np.bool_),
    "is_drawing": np.zeros(ROW_COUNT, np.bool_),
}


class KernelThatDies:
    """A jail in which one row of fifty ends the child with `word`, whoever else is with it."""

    def __init__(self, word: str, *, bad=frozenset((BAD,)), cost_s: float = 0.0) -> None:
        self._word = word
        self._bad = bad
        self._cost_s = cost_s
        self.calls: list[tuple[int, ...]] = []

    def __call__(self, reader, places, arguments=None, *, limits=None, on_progress=None) -> Answer:
        """As `Jail.call`."""
        del places, limits, on_progress
        if reader.endswith("read_boxes"):
            rows = arguments["rows"]
            box = np.tile(np.array([[0.0, 0, 0], [1, 1, 1]]), (len(rows), 1, 1))
            arrays = {"rows": np.array(rows, np.int32), "bounds_site_m": box}
            return answer({}, {**arrays, "rgba": np.ones(4, np.float32)})
        whole = reader.endswith("read_ifc")
        if whole and arguments["kernels"]:
            raise Refused("", self._word, "the child ended")
        states = np.full(ROW_COUNT, UNFINISHED, np.int8)
        header = {"reasons": [], "material_names": [], "uncut_openings": []}
        if whole:
            return answer({**header, **TABLE_HEADER}, {**TABLE, **SHAPES, "states": states})
        self.calls.append(tuple(arguments["rows"]))
        if self._bad & set(arguments["rows"]):
            raise Refused("", self._word, "the child ended")
        states[arguments["rows"]] = BUILT
        return answer({**header, "cpu_s": self._cost_s}, {**SHAPES, "states": states})


def answer(header, arrays) -> Answer:
    return Answer(header=header, arrays=arrays, missing_layers=())


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("crash", "the geometry kernel died on it"),
        ("memory", "it needs too much memory"),
        ("time", f"it took more than {conversion.ELEMENT_CPU_S:.0f} s of processor time"),
    ],
)
def test_only_the_element_that_ends_the_kernel_becomes_a_box(word, reason):
    jail = KernelThatDies(word)
    raw = read_raw(jail, Path("made.ifc"), unit=None)
    assert raw.arrays["states"].tolist() == [
        SUBSTITUTE if row == BAD else BUILT for row in range(ROW_COUNT)
    ]
    assert raw.reasons == {BAD: reason}
    assert list(raw.boxes) == [BAD]
    # Eight parts at each step: a file of fifty is asked for some twenty times, not fifty.
    assert len(jail.calls) <= 2 * conversion.DIVISION + 1


def test_a_file_that_uses_up_its_time_has_boxes_for_the_rest(monkeypatch):
    """Without an end a hostile file would keep the machine busy for hours."""
    monkeypatch.setattr(conversion, "FILE_CPU_S", 10.0)
    raw = read_raw(KernelThatDies("crash", cost_s=6.0), Path("made.ifc"), unit=None)
    built = int((raw.arrays["states"] == BUILT).sum())
    assert 0 < built < ROW_COUNT - 1
    assert int((raw.arrays["states"] == SUBSTITUTE).sum()) == ROW_COUNT - built
    assert set(raw.reasons.values()) == {"the file took more than 10 s of processor time"}


def test_a_fault_of_the_whole_file_is_not_divided():
    with pytest.raises(Refused) as refused:
        read_raw(KernelThatDies("format"), Path("made.ifc"), unit=None)
    assert refused.value.word == "format"


STRAIGHT = {**TABLE_HEADER, "reasons": [], "material_names": [], "uncut_openings": []}


def whole(header, arrays):
    states = np.full(ROW_COUNT, BUILT, np.int8)
    return answer({**STRAIGHT, **header}, {**TABLE, **SHAPES, "states": states, **arrays})


def test_a_straight_answer_is_taken():
    check_whole(whole({"reasons": [[3, "why"]]}, {}), "made.ifc")


@pytest.mark.parametrize(
    ("header", "arrays"),
    [
        ({"reasons": None}, {}),
        ({"reasons": [[1]]}, {}),
        ({"reasons": [["x", "y"]]}, {}),
        ({"reasons": [[ROW_COUNT, "y"]]}, {}),
        ({"uncut_openings": [[1, "a"]]}, {}),
        ({"material_names": ["one too many"]}, {}),
        ({"names": []}, {}),
        ({"storeys": [{}]}, {}),
        ({"open_cpu_s": "x"}, {}),
        ({"cycle_count": None}, {}),
        ({}, {"states": np.full(ROW_COUNT, 9, np.int8)}),
        ({}, {"states": np.zeros((), np.int8)}),
        ({}, {"parent": np.full(ROW_COUNT, ROW_COUNT, np.int32)}),
        ({}, {"storey": np.zeros(ROW_COUNT, np.int32)}),
        ({}, {"point_start": np.zeros(0, np.int64)}),
        ({}, {"triangles_n3": np.zeros((2, 3), np.int32)}),
        ({}, {"placed_element": np.zeros(1, np.int32)}),
        ({}, {"materials_rgba": np.zeros((0, 3), np.float32)}),
    ],
)
def test_a_bent_answer_is_refused_at_the_door(header, arrays):
    """Bug: it is an IndexError or KeyError of the program, somewhere behind the door."""
    with pytest.raises(Refused) as refused:
        conversion.read_glb_raw(
            lambda *_, **__: whole(header, arrays), (Path("made.glb"), Path("made.json"))
        )
    assert (refused.value.place, refused.value.word) == ("made.glb", "answer")
