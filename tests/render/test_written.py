"""Numbers are written one way everywhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metaviewer.render.view_words import slice_words
from metaviewer.render.written import along_words, place_words, window_words
from metaviewer.scene import VolumeLook
from tests.render.gl import ball_volume, front_view, state_of, volume_item

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("center", "width", "unit", "words"),
    [
        (-352.062, 1917.53, "HU", f"C {MINUS}352  W 1918"),
        (-0.3, 400.0, "HU", "C 0  W 400"),
        (3.14159, 6.28318, "g/ml", "C 3.142  W 6.283"),
        (812.4, 1624.8, "", "C 812  W 1625"),
        (0.05, 0.1, "", "C 0.0500  W 0.1000"),
    ],
)
def test_a_window_is_written_as_fine_as_it_is_seen(center, width, unit, words):
    """A drag left "C -352.062  W 1917.53": digits that nobody measured."""
    assert window_words(center, width, unit=unit) == words


def test_a_place_is_named_by_the_ends_of_the_patient():
    """A sign lost turns left into right."""
    assert place_words((-34.25, 12.0, -112.84)) == "R 34.2  P 12.0  I 112.8 mm"
    assert along_words(-0.02, axis=2) == "S 0.0"


@pytest.mark.parametrize(
    ("kind", "axis", "letter"), [("axial", 2, "I"), ("coronal", 1, "A"), ("sagittal", 0, "R")]
)
def test_a_slice_and_the_pointer_on_it_name_one_place_alike(kind, axis, letter):
    """The slice said "S -12.8 mm" where the pointer said "I 12.8 mm"."""
    look = VolumeLook(window_center=-352.062, window_width=1917.53)
    item = volume_item(look=look)
    view = replace(front_view(), kind=kind, slice_volume=item.id, slice_mm=-12.84)
    state, volume = state_of(item, view=view), replace(ball_volume(), unit="HU")
    said = slice_words(state, view, volume=volume, item=item, size_px=(320, 240))
    assert said.look == (f"C {MINUS}352  W 1918", f"{letter} 12.8 mm")
    assert said.look[1].removesuffix(" mm") in place_words((-12.84, -12.84, -12.84))
