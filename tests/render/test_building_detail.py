"""What is left out of a building's passes, and what of it is drawn coarsely while it moves."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.render.building_detail import (
    FINEST_CELL_M,
    LEVEL_MAX,
    Corners,
    cell_edge_m,
    coarse_triangles,
    detail_levels,
)
from metaviewer.render.building_kept import gone_through, kept_rows, wholly_away
from metaviewer.render.element_state import GHOST, HOLLOW, VISIBLE
from metaviewer.render.eye import eye_of
from metaviewer.scene import Camera

NORMALS = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])


def plate(width_m: float, thick_m: float) -> tuple[np.ndarray, Corners]:
    """Upper and lower face of a square plate, four corners each, as two triangles each."""
    low = 0.031  # no corner lies on the edge of a cell
    square = low + width_m * np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    upper = np.column_stack([square, np.full(4, low + thick_m)])
    lower = np.column_stack([square, np.full(4, low)])
    face = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.uint16)
    corners = Corners(
        places_m_n3=np.vstack([upper, lower]),
        normals_n3=np.repeat(NORMALS, 4, axis=0),
        elements=np.zeros(8, dtype=np.int64),
    )
    return np.vstack([face, face + 4]).astype(np.uint16), corners


def test_what_is_smaller_than_a_cell_is_left_out():
    triangles, corners = plate(0.02, 0.02)
    assert len(coarse_triangles(triangles, corners, edge_m=0.32)) == 0


def test_the_thin_side_of_a_plate_goes_and_its_face_stays():
    triangles, corners = plate(1.0, 0.02)
    kept = coarse_triangles(triangles, corners, edge_m=0.08)
    assert len(kept) == 2
    assert kept.dtype == triangles.dtype
    area = np.cross(
        corners.places_m_n3[kept[:, 1]] - corners.places_m_n3[kept[:, 0]],
        corners.places_m_n3[kept[:, 2]] - corners.places_m_n3[kept[:, 0]],
    )
    assert np.abs(area[:, 2]).sum() / 2.0 == pytest.approx(1.0)


def test_faces_that_look_different_ways_keep_their_own_corners():
    """Put together, the corners of a box would share a normal, and the box be shaded as a ball."""
    triangles, corners = plate(1.0, 0.2)
    kept = coarse_triangles(triangles, corners, edge_m=0.08)
    sides = corners.normals_n3[kept][:, :, 2]
    assert len(kept) == 4
    assert (sides == sides[:, :1]).all()


def test_elements_are_never_put_together():
    triangles, corners = plate(1.0, 0.02)
    two = Corners(
        places_m_n3=corners.places_m_n3,
        normals_n3=corners.normals_n3,
        elements=np.repeat([0, 1], 4),
    )
    assert len(coarse_triangles(triangles, two, edge_m=0.08)) == 4


def test_a_cell_is_never_larger_than_the_detail_at_the_nearest_point():
    """The middle of a box taken for its nearest point, near things lose their shape."""
    eye = eye_of(Camera(eye_m=(0.0, -50.0, 0.0), target_m=(0.0, 0.0, 0.0)), aspect=1.6)
    boxes = np.array([[[-1, y, -1], [1, y + 20, 1]] for y in (-60.0, -49.0, -40.0, 0.0, 200.0)])
    levels = detail_levels(boxes, [(eye, 800.0)], detail_px=1.0)
    tall = (eye.high[1] - eye.low[1]) / 800.0
    near_m = np.array([0.0, 1.0, 10.0, 50.0, 250.0])
    edges_m = np.array([cell_edge_m(int(level)) for level in levels])
    assert (edges_m <= near_m * tall).all()
    assert levels[0] == 0
    assert (np.diff(levels) >= 0).all()
    assert 0 < levels[-1] <= LEVEL_MAX
    assert 2.0 * edges_m[-1] > near_m[-1] * tall or levels[-1] == LEVEL_MAX


def test_a_standing_picture_has_all_triangles():
    eye = eye_of(Camera(eye_m=(0.0, -500.0, 0.0), target_m=(0.0, 0.0, 0.0)), aspect=1.6)
    box = np.array([[[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]]])
    assert detail_levels(box, [(eye, 800.0)], detail_px=0.0).tolist() == [0]
    assert detail_levels(box, [(eye, 800.0)], detail_px=1.0)[0] > 0
    assert cell_edge_m(1) == FINEST_CELL_M


def boxes_at(*spans: tuple[float, float]) -> np.ndarray:
    """Boxes of a metre along x and y, from one height to another."""
    return np.array([[[0.0, 0.0, low], [1.0, 1.0, high]] for low, high in spans])


BELOW_2_M = np.array([0.0, 0.0, -1.0, 2.0])


def test_only_what_lies_wholly_above_the_cut_is_away():
    boxes = boxes_at((0.0, 1.0), (1.0, 3.0), (2.0, 3.0), (2.1, 3.0))
    assert wholly_away(boxes, BELOW_2_M).tolist() == [False, False, False, True]


def test_only_what_the_plane_goes_through_or_touches_is_summed():
    boxes = boxes_at((0.0, 1.0), (0.0, 2.0), (1.0, 3.0), (2.0, 3.0), (2.1, 3.0))
    planes = np.array([BELOW_2_M, [0.0, 0.0, 0.0, -1.0]])
    assert gone_through(boxes, planes).tolist() == [False, True, True, True, False]


def test_each_pass_keeps_its_own():
    flags = np.array([0, VISIBLE, VISIBLE | GHOST, VISIBLE | HOLLOW, VISIBLE], dtype=np.uint8)
    nothing, everything = np.zeros(5, dtype=np.bool_), np.ones(5, dtype=np.bool_)
    away = np.array([False, False, False, False, True])
    solid = kept_rows(flags, is_glass=nothing, is_away=away, is_cut=everything)
    assert solid.main.tolist() == [False, True, False, True, False]
    assert solid.veil.tolist() == [False, False, True, False, False]
    assert solid.cut.tolist() == [False, True, False, False, False]
    glass = kept_rows(flags, is_glass=everything, is_away=away, is_cut=everything)
    assert glass.main.tolist() == [False, True, True, True, False]
    assert not glass.veil.any()
    assert not glass.cut.any()
