"""Normals: smooth over round surfaces, sharp over edges, never outward in."""

from __future__ import annotations

import numpy as np

from metaviewer.surface import Naming, creased, from_mask, smooth_normals

BOX_POINTS = np.indices((2, 2, 2)).reshape(3, 8).T.astype(np.float32)
BOX_TRIANGLES = np.array(
    [
        [0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
        [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3],
    ],
    np.int32,
)  # fmt: skip


def test_a_box_keeps_its_edges():
    """Smooth normals make a pillow of a box: each of the 8 corners must become 3 points."""
    points, triangles, normals = creased(BOX_POINTS, BOX_TRIANGLES)
    assert len(points) == 24
    outward = points[triangles].mean(axis=1) - 0.5
    np.testing.assert_array_equal(np.abs(normals).max(axis=1), 1.0)
    assert (np.einsum("ij,ikj->ik", outward, normals[triangles]) > 0).all()
    np.testing.assert_array_equal(points[triangles], BOX_POINTS[BOX_TRIANGLES])


def test_a_corner_does_not_lean_to_the_face_of_more_triangles():
    """Weighted by triangle instead of angle, a corner leans where its face was cut in two."""
    normals = smooth_normals(BOX_POINTS, BOX_TRIANGLES)
    expected = (BOX_POINTS - 0.5) / np.sqrt(0.75)
    np.testing.assert_allclose(normals, expected, atol=1e-6)


def test_a_ball_is_round():
    """A crease angle below the steps of marching cubes shatters organs into facets."""
    k, j, i = np.indices((41, 41, 41)) - 20.0
    organ = from_mask(
        i**2 + j**2 + k**2 < 17**2, lps_from_ijk=np.eye(4), naming=Naming(name="ball")
    )
    shown = organ.shown
    points, _, normals = creased(shown.points_mm_n3, shown.triangles_n3)
    assert len(points) < 1.05 * len(shown.points_mm_n3)
    radial = (points - 20.0) / np.linalg.norm(points - 20.0, axis=1, keepdims=True)
    assert np.einsum("ij,ij->i", radial, normals).min() > 0.9


def test_triangles_without_area_leave_no_nan():
    """0/0 in one normal blacks out the whole picture."""
    triangles = np.array([[0, 1, 3], [0, 0, 1], [2, 2, 2]], np.int32)
    points, corners, normals = creased(BOX_POINTS, triangles)
    assert np.isfinite(normals).all()
    assert np.isfinite(smooth_normals(BOX_POINTS, triangles)).all()
    np.testing.assert_array_equal(points[corners], BOX_POINTS[triangles])


def test_no_triangles_no_normals():
    none = np.zeros((0, 3), np.int32)
    points, triangles, normals = creased(BOX_POINTS, none)
    assert len(points) == len(triangles) == len(normals) == 0
