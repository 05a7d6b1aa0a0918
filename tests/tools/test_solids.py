"""Generated solids are closed, wound outwards and of the size they say."""

from __future__ import annotations

from collections import Counter

import furniture_shapes as shapes
import numpy as np
import pytest
from solids import bounds_m, box, cells_prism, cylinder, hull, soft_box, turned, volume_m3

GREY = (0.5, 0.5, 0.5, 1.0)
EVERY_SHAPE = ("bed", "monitor", "pump", "sensor", "treatment_chair", "seat")


def open_edges(solid):
    """Edges that are not walked once in each direction."""
    edges = Counter(
        (int(triangle[a]), int(triangle[b]))
        for triangle in solid.triangles_n3
        for a, b in ((0, 1), (1, 2), (2, 0))
    )
    return [edge for edge, count in edges.items() if count != 1 or edges[edge[::-1]] != 1]


@pytest.mark.parametrize("name", EVERY_SHAPE)
def test_every_part_of_the_furniture_is_closed_and_wound_outwards(name):
    """An inside-out part is dark, an open one lets the cut plane leak."""
    for solid in getattr(shapes, name)():
        assert open_edges(solid) == []
        assert volume_m3(solid) > 0


@pytest.mark.parametrize(
    ("name", "size_m"),
    [
        ("bed", shapes.BED_SIZE_M),
        ("monitor", shapes.STAND_SIZE_M),
        ("pump", shapes.STAND_SIZE_M),
        ("treatment_chair", shapes.CHAIR_SIZE_M),
    ],
)
def test_furniture_stands_on_its_floor_within_its_stated_size(name, size_m):
    """The plan keeps clear what the size says: a shape that is larger goes through walls."""
    low, high = bounds_m(getattr(shapes, name)())
    assert low[2] == pytest.approx(0.0, abs=1e-9)
    assert (np.maximum(-low[:2], high[:2]) <= np.array(size_m) / 2 + 0.06).all()


def test_volumes_are_those_of_geometry():
    assert volume_m3(box((1, 2, 3), (2, 4, 6), GREY)) == pytest.approx(6.0)
    assert volume_m3(hull(np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1.0)]), GREY)) == (
        pytest.approx(1 / 6)
    )
    sides = 16
    area = 0.5 * sides * np.sin(2 * np.pi / sides)
    assert volume_m3(cylinder((5, 5), 1.0, (0, 2), GREY)) == pytest.approx(2 * area)
    whole, soft = volume_m3(box((0, 0, 0), (1, 1, 1), GREY)), soft_box((0, 0, 0), (1, 1, 1), GREY)
    assert 0.99 * whole < volume_m3(soft) < whole


def test_a_turn_keeps_the_hand_and_the_volume():
    solid = turned(box((0, 0, 0), (1, 2, 3), GREY), axis=0, angle_rad=np.pi / 2, about_m=(0, 0, 0))
    np.testing.assert_allclose(bounds_m([solid]), [(0, -3, 0), (1, 0, 2)], atol=1e-12)
    assert volume_m3(solid) == pytest.approx(6.0)


def test_cells_make_one_closed_solid():
    """An L: no face between two filled cells, and none missing at the inner corner."""
    filled = np.array([[True, True], [True, False]])
    solid = cells_prism(np.array([0.0, 1, 3]), np.array([0.0, 1, 2]), filled, (0, 2), GREY)
    assert open_edges(solid) == []
    assert volume_m3(solid) == pytest.approx(2 * (1 + 1 + 2))
