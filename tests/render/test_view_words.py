"""What a view says is gathered from what is seen in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metaviewer.render.eye import eye_of
from metaviewer.render.overlay_words import together_badges
from metaviewer.render.view_words import slice_words, space_words
from tests.render.gl import ball_volume, front_view, state_of, volume_item

FIRST = volume_item(patient="3fa9c2d1")
SECOND = replace(FIRST, id="second", patient="77b0e5aa")


def badges_in(kind: str, *items) -> str:
    view = replace(front_view(), kind=kind, slice_volume=FIRST.id)
    state, size_px = state_of(*items, view=view), (320, 240)
    if kind == "space":
        eye = eye_of(view.camera, aspect=4 / 3)
        return space_words(
            state, view, volumes=(), eye=eye, size_px=size_px, extra_badges=()
        ).badges
    return slice_words(state, view, volume=ball_volume(), item=FIRST, size_px=size_px).badges


@pytest.mark.parametrize("kind", ["space", "axial", "coronal", "sagittal"])
def test_two_patients_in_one_picture_are_said_to_be_unregistered(kind):
    """Each stands where its own scanner counted from: one inside the other looks like a finding."""
    assert badges_in(kind, FIRST, SECOND) == "unregistered"
    assert badges_in(kind, FIRST, replace(FIRST, id="again")) == ""
    assert badges_in(kind, FIRST, replace(SECOND, visible=False)) == ""


def test_a_mesh_of_nobody_is_no_second_patient():
    assert together_badges((FIRST, replace(FIRST, id="mesh", patient=""))) == ()
