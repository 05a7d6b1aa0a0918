"""What has an inside may be filled where it is cut; a cabinet without its back may not."""

from __future__ import annotations

import numpy as np

from metaviewer.building import has_inside
from metaviewer.building.assembly import BOX_TRIANGLES
from tests.building.buildings_made import CUBE, building_of, placed, shapes_of

TRIANGLES = np.asarray(BOX_TRIANGLES)


def inside(*shapes, rows) -> list[bool]:
    count = 1 + max(element for _, element, _ in rows)
    made = building_of(shapes_of(list(shapes), rows), storey=[0] * count)
    return has_inside(made).tolist()


def test_a_cube_has_an_inside_and_one_without_a_face_has_none():
    rows = [(0, 0, placed((0, 0, 0))), (1, 1, placed((3, 0, 0))), (0, 2, placed((9, 0, 0)))]
    assert inside((CUBE, TRIANGLES, 0), (CUBE, TRIANGLES[2:], 0), rows=rows) == [True, False, True]


def test_a_face_turned_round_is_as_good_as_none():
    turned = TRIANGLES.copy()
    turned[:2] = turned[:2, ::-1]
    assert inside((CUBE, turned, 0), rows=[(0, 0, placed((0, 0, 0)))]) == [False]


def test_a_corner_in_the_middle_of_an_edge_opens_nothing():
    """Openings are cut so: edges that have no partner of their own length closed no wall."""
    a, b, c = TRIANGLES[0]
    points = np.concatenate([CUBE, [(CUBE[a] + CUBE[b]) / 2.0]])
    middle = len(CUBE)
    split = np.concatenate([TRIANGLES[1:], [(a, middle, c), (middle, b, c)]])
    assert inside((points, split, 0), rows=[(0, 0, placed((0, 0, 0)))]) == [True]


def test_one_open_part_opens_the_element():
    rows = [(0, 0, placed((0, 0, 0))), (1, 0, placed((3, 0, 0)))]
    assert inside((CUBE, TRIANGLES, 0), (CUBE, TRIANGLES[2:], 0), rows=rows) == [False]
