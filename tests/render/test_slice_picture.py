"""Slices: the right way round, the right grey, the exact value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaviewer.medical.slices import RIGHT_DOWN_LPS, slice_of
from metaviewer.medical.window import voi_window_linear
from metaviewer.render import stage_views
from metaviewer.render.shown_surface import ShownSurface
from metaviewer.render.shown_volume import ShownVolume
from metaviewer.render.slice_view import FIT_MARGIN, pixel_from_uv, point_lps_mm
from metaviewer.render.stage import Stage
from metaviewer.scene import Item, Library, SurfaceLook, VolumeLook
from metaviewer.surface import Mesh
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


GREEN = (0.0, 1.0, 0.0)


def boxed_region(low, high, *, frame: str = "frame") -> Mesh:
    """A closed box in LPS mm."""
    corners = np.array([(x, y, z) for z in (0, 1) for y in (0, 1) for x in (0, 1)])
    faces = (
        (0, 2, 3), (0, 3, 1), (4, 5, 7), (4, 7, 6), (0, 1, 5), (0, 5, 4),
        (2, 6, 7), (2, 7, 3), (0, 4, 6), (0, 6, 2), (1, 3, 7), (1, 7, 5),
    )  # fmt: skip
    return Mesh(
        name="box",
        points_mm_n3=(np.asarray(low) + corners * np.subtract(high, low)).astype(np.float32),
        triangles_n3=np.array(faces, dtype=np.int32),
        colour_rgb=GREEN,
        frame_of_reference=frame,
    )


def green_share(stage: Stage, kind: str, *, mesh: Mesh, **fields) -> np.ndarray:
    """How much of each pixel is covered by a green line over black, as (rows, columns)."""
    volume = replace(volume_of(np.full((8, 8, 8), -2000, np.int16)), frame_of_reference="frame")
    region = Item(
        id="box", kind="surface", data_id="box", look=fields.pop("look", SurfaceLook()), **fields
    )
    state = state_of(volume_item(look=LOOK), region, view=view_of(kind, slice_mm=0.5))
    stage.sync(None, state, Library({"volume": volume, "box": mesh}), None)
    stage.draw()
    picture = stage.picture().astype(float) / 255.0
    return np.where(picture[:, :, 0] < 0.05, picture[:, :, 1], 0.0)


@pytest.fixture
def regions_stage(gl_context, monkeypatch):
    # No words: in a view as small as this they stand over what is measured.
    monkeypatch.setattr(stage_views, "laid_out", lambda said, **how: ((), ()))
    makers = {"volume": ShownVolume, "surface": ShownSurface}
    with Stage(gl_context, size=SIZE, makers=makers) as stage:
        yield stage


@pytest.mark.parametrize("kind", CORNERS)
def test_a_region_is_outlined_on_every_slice_exactly_where_it_lies(regions_stage, kind):
    """Half a pixel or a flip off, and the edge of a tumour is drawn beside it.

    The box lies off the middle along every axis; its edges are found where the ink's weight is.
    """
    low, high = np.array((-3.0, -2.0, -1.5)), np.array((1.0, 2.5, 3.0))
    share = green_share(regions_stage, kind, mesh=boxed_region(low, high))
    right, down = (np.asarray(toward) for toward in RIGHT_DOWN_LPS[kind])
    px_per_mm = SIZE[0] / (8.0 * FIT_MARGIN)
    for axis, toward in ((1, right), (0, down)):
        ends = sorted((float(toward @ low), float(toward @ high)))
        wanted = [SIZE[0] / 2.0 + px_per_mm * end for end in ends]
        # Along the middle of the box a profile crosses both edges once.
        across = right if axis == 0 else down
        middle = round(SIZE[0] / 2.0 + px_per_mm * float(across @ (low + high)) / 2.0)
        profile = share[middle] if axis == 1 else share[:, middle]
        places = np.arange(len(profile)) + 0.5
        for end in wanted:
            near = np.abs(places - end) < 6.0
            weight = profile[near]
            assert weight.sum() == pytest.approx(1.5, abs=0.1), "a line is 1.5 pixels wide"
            assert float((weight * places[near]).sum() / weight.sum()) == pytest.approx(
                end, abs=0.1
            )


@pytest.mark.parametrize(
    "hidden",
    [
        {"visible": False},
        {"look": SurfaceLook(opacity=0.0)},
        {"mesh": boxed_region((-3, -2, -2), (1, 2, 3), frame="another")},
        {"mesh": boxed_region((-3, -2, 2), (1, 2, 3))},
    ],
    ids=["hidden", "transparent", "another frame", "beside the slice"],
)
def test_what_is_hidden_or_not_there_has_no_outline(regions_stage, hidden):
    mesh = boxed_region((-3, -2, -2), (1, 2, 3))
    assert green_share(regions_stage, "axial", mesh=mesh).sum() > 50
    assert green_share(regions_stage, "axial", **{"mesh": mesh, **hidden}).sum() == 0
