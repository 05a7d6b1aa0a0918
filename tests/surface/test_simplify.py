"""Fewer triangles: the shape, its rim and its direction stay."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.surface.simplify import simplified
from metaviewer.surface.triangles import area_of, open_edge_count, volume_of

EDGE = 41


def sheet(height) -> tuple[np.ndarray, np.ndarray]:
    """An open sheet of 3200 triangles over a square of side 40, and its height over it."""
    y, x = np.mgrid[:EDGE, :EDGE].astype(np.float32)
    points = np.stack((x, y, height(x, y)), axis=-1).reshape(-1, 3).astype(np.float32)
    corner = (np.arange(EDGE - 1)[:, None] * EDGE + np.arange(EDGE - 1)).ravel()
    halves = (corner, corner + 1, corner + EDGE), (corner + 1, corner + EDGE + 1, corner + EDGE)
    triangles = np.concatenate([np.stack(half, axis=-1) for half in halves]).astype(np.int32)
    return points, triangles


def bowl(x, y):
    return 0.02 * ((x - 20) ** 2 + (y - 20) ** 2)


def test_the_rim_of_an_open_mesh_stays():
    """Collapsed inwards, an open vessel or a cut organ would shrink at its end."""
    points, triangles = sheet(bowl)
    fewer_points, fewer = simplified(points, triangles, triangle_count_max=800)
    assert len(fewer) <= 800
    rim = {tuple(point) for point in points if {0.0, 40.0} & set(point[:2].tolist())}
    assert rim <= {tuple(point) for point in fewer_points}
    assert open_edge_count(fewer) == open_edge_count(triangles) == 4 * (EDGE - 1)


def test_a_flat_part_loses_triangles_before_a_curved_one():
    """Thinned evenly, an organ would lose its shape where it has one."""
    points, triangles = sheet(lambda x, y: np.where(x < 20, 0.0, bowl(x, y)))
    fewer_points, fewer = simplified(points, triangles, triangle_count_max=1600)
    middle_x = fewer_points[fewer].mean(axis=1)[:, 0]
    assert (middle_x > 20).sum() > 2 * (middle_x < 20).sum()


def test_triangles_go_on_running_the_same_way_and_places_stay_float32():
    """Turned round, the volume is negative and the light comes from inside."""
    points, triangles = sheet(bowl)
    fewer_points, fewer = simplified(points, triangles, triangle_count_max=1000)
    assert (fewer_points.dtype, fewer.dtype) == (np.float32, np.int32)
    assert area_of(fewer_points, fewer) == pytest.approx(area_of(points, triangles), rel=0.01)
    assert volume_of(fewer_points, fewer) == pytest.approx(volume_of(points, triangles), rel=0.01)
    ups = np.cross(
        fewer_points[fewer[:, 1]] - fewer_points[fewer[:, 0]],
        fewer_points[fewer[:, 2]] - fewer_points[fewer[:, 0]],
    )[:, 2]
    assert (ups > 0).all()


def test_a_small_mesh_is_given_back_as_it_is():
    points, triangles = sheet(bowl)
    same_points, same = simplified(points, triangles, triangle_count_max=len(triangles))
    assert same is triangles
    assert same_points is points
