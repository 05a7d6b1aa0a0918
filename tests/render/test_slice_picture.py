"""Slices: the right way round, the right grey, the exact value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaviewer.medical.slices import slice_of
from metaviewer.medical.window import voi_window_linear
from metaviewer.render.shown_volume import ShownVolume
from metaviewer.render.slice_view import pixel_from_uv, point_lps_mm
from metaviewer.render.stage import Stage
from metaviewer.scene import Library, VolumeLook
from tests.render.gl import front_view, state_of, volume_item, volume_of

SIZE = (160, 160)
LOOK = VolumeLook(window_center=40.0, window_width=400.0)


@pytest.fixture
def stage(gl_context):
    with Stage(gl_context, size=SIZE, makers={"volume": ShownVolume}) as stage:
        yield stage


def view_of(kind: str, **fields):
    return replace(front_view(), kind=kind, slice_volume="volume", **fields)


def eighths() -> np.ndarray:
    """A value of its own in each octant: 8 voxels a side, by 2 x 2 x 2 blocks of 4."""
    values = np.arange(8, dtype=np.int16).reshape(2, 2, 2) * 40 - 100
    return np.kron(values, np.ones((4, 4, 4), dtype=np.int16))


# [k, j, i] of the octants at the picture's upper left, upper right, lower left and lower right.
CORNERS = {
    "axial": ((1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1)),
    "coronal": ((1, 1, 0), (1, 1, 1), (0, 1, 0), (0, 1, 1)),
    "sagittal": ((1, 0, 1), (1, 1, 1), (0, 0, 1), (0, 1, 1)),
}


@pytest.mark.parametrize("kind", CORNERS)
def test_a_slice_is_the_right_way_round_and_its_grey_is_that_of_the_standard(stage, kind):
    """i grows to L, j to P, k to S: a flip or a transposed pair moves a corner's grey."""
    values = eighths()
    state = state_of(volume_item(look=LOOK), view=view_of(kind, slice_mm=2.0))
    stage.sync(None, state, Library({"volume": volume_of(values)}), None)
    stage.draw()
    picture = stage.picture()
    for (k, j, i), (row, column) in zip(
        CORNERS[kind], ((45, 45), (45, 115), (115, 45), (115, 115)), strict=True
    ):
        wanted = 255.0 * voi_window_linear(values[4 * k, 4 * j, 4 * i], center=40, width=400)
        np.testing.assert_allclose(picture[row, column], wanted, atol=1.0)


@pytest.mark.parametrize("kind", CORNERS)
def test_the_value_under_the_pointer_is_the_voxels_own(stage, kind):
    values = np.arange(6 * 7 * 8, dtype=np.int16).reshape(6, 7, 8)
    volume = volume_of(values)
    view = view_of(kind, slice_mm=0.4, slice_zoom=1.3, slice_pan_mm=(0.7, -0.4))
    stage.sync(None, state_of(volume_item(look=LOOK), view=view), Library({"volume": volume}), None)
    for x, y in ((0.31, 0.72), (0.55, 0.41), (0.6, 0.6)):
        found = stage.value_at(view, x=x, y=y)
        assert found is not None
        ijk = np.linalg.solve(volume.lps_from_ijk, [*found.point_lps_mm, 1.0])[:3]
        i, j, k = np.rint(ijk).astype(int)
        assert found.value == values[k, j, i]


def test_outside_there_is_no_value(stage):
    """0 beside the patient is a number somebody may write down."""
    view = view_of("axial")
    volume = volume_of(eighths())
    stage.sync(None, state_of(volume_item(look=LOOK), view=view), Library({"volume": volume}), None)
    found = stage.value_at(view, x=0.001, y=0.001)
    assert found is not None
    assert found.value is None
    assert stage.value_at(front_view(), x=0.5, y=0.5) is None


def test_the_pan_moves_what_is_seen_by_its_millimetres():
    picture = slice_of(volume_of(eighths()), plane="axial", at_mm=0.0)
    at = {"size_px": SIZE, "x": 0.5, "y": 0.5}
    plain = point_lps_mm(picture, view_of("axial"), **at)
    moved = point_lps_mm(picture, view_of("axial", slice_pan_mm=(1.5, 2.5)), **at)
    np.testing.assert_allclose(moved - plain, (1.5, -2.5, 0.0), atol=1e-9)


def test_pixels_are_square_whatever_the_view():
    """A slice stretched to its view changes the shape of a heart."""
    picture = slice_of(volume_of(eighths()), plane="coronal", at_mm=0.0)
    for size_px in ((300, 100), (100, 300)):
        _, _, wide, high = pixel_from_uv(picture, view_of("coronal"), size_px=size_px)
        assert wide * 8.0 / size_px[0] == pytest.approx(high * 8.0 / size_px[1])
