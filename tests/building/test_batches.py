"""What is drawn is what stands there, once, within the limits of a batch."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.building import draw_list, element_triangles
from metaviewer.building.assembly import BOX_TRIANGLES
from metaviewer.building.batches import BATCH_VERTICES_MAX
from metaviewer.building.creases import drawn_shapes
from tests.building.buildings_made import (
    CUBE,
    GLASS,
    GREY,
    boxes,
    building_of,
    placed,
    shapes_of,
)


def drawn_triangles(batch_or_set):
    """Corners of everything in a batch or an instance set, in the building's metres."""
    if hasattr(batch_or_set, "origin_from_shape"):
        points = np.concatenate(
            [
                (batch_or_set.positions_m_n3 @ m[:3, :3].T + m[:3, 3])[batch_or_set.triangles_n3]
                for m in batch_or_set.origin_from_shape.astype(np.float64)
            ]
        )
    else:
        points = batch_or_set.positions_m_n3[batch_or_set.triangles_n3].astype(np.float64)
    return points + batch_or_set.origin_site_m


def sorted_rows(corners_n33):
    rows = np.round(np.sort(corners_n33.reshape(len(corners_n33), 9).astype(float), axis=1), 3)
    return rows[np.lexsort(rows.T)]


def outward(batch):
    """Whether each vertex normal points away from its triangle's inner side."""
    corners = batch.positions_m_n3[batch.triangles_n3].astype(np.float64)
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = batch.normals_n3[batch.triangles_n3]
    return np.einsum("nij,nj->ni", normals, face) > 0


def cylinder(sides: int):
    """A closed tube of `sides` faces, its corners shared, radius 1, height 1."""
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(sides)], axis=1)
    points = np.concatenate([ring, np.add(ring, (0, 0, 1)), [(0, 0, 0), (0, 0, 1)]])
    k = np.arange(sides)
    after = (k + 1) % sides
    faces = [
        np.stack([k, after, after + sides], axis=1),
        np.stack([k, after + sides, k + sides], axis=1),
        np.stack([np.full(sides, 2 * sides), after, k], axis=1),
        np.stack([np.full(sides, 2 * sides + 1), k + sides, after + sides], axis=1),
    ]
    return points, np.concatenate(faces)


def test_each_element_is_drawn_where_it_stands():
    """Fails where a batch's own origin is added twice or a turn is transposed."""
    building = boxes(
        [placed((3, 4, 5), turn_deg=30, scale=(1, 2, 3)), placed((-7, 8, 9)), placed((60, 0, 0))]
    )
    drawn = np.concatenate([drawn_triangles(batch) for batch in draw_list(building).batches])
    wanted = np.concatenate([element_triangles(building, k) for k in range(3)])
    np.testing.assert_allclose(sorted_rows(drawn), sorted_rows(wanted), atol=1e-3)


def test_batches_part_by_storey_tile_opacity_and_room():
    rows = [placed((x, 0, z)) for x, z in ((0, 0), (1, 0), (40, 0), (0, 3), (2, 0))]
    building = boxes(rows, storey=[0, 0, 0, 1, 0], is_space=[False] * 4 + [True], bases=(0.0, 3.0))
    batches = draw_list(building).batches
    found = {
        (batch.storey, batch.is_space, tuple(np.unique(batch.element_ids))) for batch in batches
    }
    assert found == {
        (0, False, (0, 1)),
        (0, False, (2,)),
        (1, False, (3,)),
        (0, True, (4,)),
    }


def test_glass_and_frame_of_one_window_are_drawn_in_two_batches_under_one_id():
    material = np.array([0] * 6 + [1] * 6)
    shapes = shapes_of([(CUBE, BOX_TRIANGLES, material)], [(0, 0, np.eye(4))], rgba=(GREY, GLASS))
    batches = draw_list(building_of(shapes, storey=[0])).batches
    assert sorted(batch.translucent for batch in batches) == [False, True]
    assert all((batch.element_ids == 0).all() for batch in batches)
    assert [len(batch.triangles_n3) for batch in batches] == [6, 6]


def test_a_box_keeps_its_edges_and_a_tube_is_round():
    """A cube has 24 corners with normals of their own; a tube is smooth, its lids are not."""
    cube = drawn_shapes(shapes_of([(CUBE, BOX_TRIANGLES, 0)], [(0, 0, np.eye(4))]))
    assert len(cube.normals_n3) == 24
    assert sorted(np.unique(np.abs(cube.normals_n3)).tolist()) == [0.0, 1.0]
    points, faces = cylinder(16)
    tube = drawn_shapes(shapes_of([(points, faces, 0)], [(0, 0, np.eye(4))]))
    assert len(tube.normals_n3) == 16 * 2 + 17 * 2
    on_side = np.abs(tube.normals_n3[:, 2]) < 0.5
    radial = tube.positions_m_n3[on_side, :2]
    np.testing.assert_allclose(tube.normals_n3[on_side, :2], radial, atol=0.02)


def test_points_written_once_for_each_triangle_are_welded():
    """Exporters that share no point would make every tube faceted."""
    points, faces = cylinder(16)
    loose = shapes_of(
        [(points[faces].reshape(-1, 3), np.arange(faces.size).reshape(-1, 3), 0)],
        [(0, 0, np.eye(4))],
    )
    assert len(drawn_shapes(loose).normals_n3) == 16 * 2 + 17 * 2


def test_triangles_without_area_are_not_drawn():
    flat = np.array([(0, 0, 1), (0, 1, 3)])
    shapes = shapes_of([(CUBE, flat, 0)], [(0, 0, np.eye(4))])
    (batch,) = draw_list(building_of(shapes, storey=[0])).batches
    assert len(batch.triangles_n3) == 1
    assert np.isfinite(batch.normals_n3).all()


@pytest.mark.parametrize("scale", [(1, 1, 1), (2, 1, 1), (-1, 1, 1)])
def test_normals_point_outwards_whatever_the_placement(scale):
    """A mirrored copy turns its triangles; a stretched one bends its normals."""
    (batch,) = draw_list(boxes([placed((1, 2, 3), turn_deg=20, scale=scale)])).batches
    assert outward(batch).all()
    middle = batch.positions_m_n3.mean(axis=0)
    assert (np.einsum("ij,ij->i", batch.normals_n3, batch.positions_m_n3 - middle) > 0).all()


def test_what_repeats_often_is_kept_once_and_drawn_everywhere():
    points, faces = cylinder(400)
    places = [placed((3 * k, k, 0), turn_deg=k) for k in range(12)]
    mirrored = placed((50, 50, 0), scale=(-1, 1, 1))
    rows = [(0, k, matrix) for k, matrix in enumerate([*places, mirrored])]
    building = building_of(shapes_of([(points, faces, 0)], rows), storey=[0] * 13)
    drawn = draw_list(building)
    (repeated,) = drawn.instances
    assert repeated.element_ids.tolist() == list(range(12))
    assert [np.unique(batch.element_ids).tolist() for batch in drawn.batches] == [[12]]
    wanted = np.concatenate([element_triangles(building, k) for k in range(12)])
    np.testing.assert_allclose(
        sorted_rows(drawn_triangles(repeated)), sorted_rows(wanted), atol=2e-3
    )


def test_no_batch_has_more_vertices_than_16_bits_can_name():
    side = 300
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    points = np.stack([x, y, np.sin(x * 3.0) * 5], axis=-1).reshape(-1, 3)
    k = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    faces = np.concatenate(
        [np.stack([k, k + 1, k + side], 1), np.stack([k + 1, k + side + 1, k + side], 1)]
    )
    building = building_of(shapes_of([(points, faces, 0)], [(0, 0, np.eye(4))]), storey=[0])
    batches = draw_list(building).batches
    assert len(batches) > 1
    assert all(len(batch.positions_m_n3) <= BATCH_VERTICES_MAX for batch in batches)
    assert sum(len(batch.triangles_n3) for batch in batches) == len(faces)


def test_ids_rise_within_a_batch_and_many_elements_share_it():
    rng = np.random.default_rng(5)
    places = [placed((*rng.uniform(0, 30, 2), 0)) for _ in range(2_000)]
    drawn = draw_list(boxes(places))
    assert len(drawn.batches) <= 4
    for batch in drawn.batches:
        assert (np.diff(batch.element_ids.astype(np.int64)) >= 0).all()


def test_a_building_of_nothing_draws_nothing():
    empty = boxes([placed((0, 0, 0))])
    nothing = building_of(shapes_of([(CUBE, BOX_TRIANGLES, 0)], [(0, 0, np.eye(4))]), storey=[0])
    assert draw_list(nothing).element_count == 1
    assert draw_list(empty).bounds_site_m.tolist() == [[-0.5] * 3, [0.5] * 3]
