"""A plane through a mesh: the outline lies where the mesh does, in order, and closes."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.surface import Mesh, section

CUBE = np.array([(x, y, z) for z in (0, 1) for y in (0, 1) for x in (0, 1)], dtype=np.float32)
FACES = (
    (0, 2, 3), (0, 3, 1), (4, 5, 7), (4, 7, 6), (0, 1, 5), (0, 5, 4),
    (2, 6, 7), (2, 7, 3), (0, 4, 6), (0, 6, 2), (1, 3, 7), (1, 7, 5),
)  # fmt: skip


def box(low, high) -> Mesh:
    points = np.asarray(low) + CUBE * np.subtract(high, low)
    return Mesh(
        name="box",
        points_mm_n3=points.astype(np.float32),
        triangles_n3=np.array(FACES, dtype=np.int32),
    )


def cut(mesh: Mesh, *, z: float):
    return section(mesh, point_mm=np.array([0.0, 0.0, z]), normal=np.array([0.0, 0.0, 2.0]))


def area(points: np.ndarray) -> float:
    """Signed area in x and y (shoelace)."""
    x, y = points[:, 0], points[:, 1]
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2.0)


def test_a_box_is_cut_in_its_own_rectangle():
    """One closed line around it: corners left out or out of order change length and area."""
    (line,) = cut(box((1, 2, 3), (5, 9, 11)), z=4.5)
    assert line.is_closed
    points = line.points_mm_n3
    np.testing.assert_allclose(points[:, 2], 4.5)
    np.testing.assert_allclose([points.min(axis=0)[:2], points.max(axis=0)[:2]], [(1, 2), (5, 9)])
    assert abs(area(points)) == pytest.approx(4.0 * 7.0)
    around = np.linalg.norm(points - np.roll(points, -1, axis=0), axis=1).sum()
    assert around == pytest.approx(2 * (4.0 + 7.0))


@pytest.mark.parametrize("z", [3.0, 11.0])
def test_a_plane_through_corners_is_cut_once_and_closes(z):
    """Corners on the plane count as above: the upper face is cut as a whole, the lower not."""
    lines = cut(box((1, 2, 3), (5, 9, 11)), z=z)
    assert all(line.is_closed for line in lines)
    assert len(lines) == (1 if z == 11.0 else 0)


def test_two_parts_give_two_lines_and_a_miss_none():
    one, other = box((0, 0, 0), (1, 1, 1)), box((5, 0, 0), (6, 1, 1))
    both = Mesh(
        name="both",
        points_mm_n3=np.concatenate([one.points_mm_n3, other.points_mm_n3]),
        triangles_n3=np.concatenate([one.triangles_n3, other.triangles_n3 + 8]),
    )
    assert len(cut(both, z=0.5)) == 2
    assert cut(both, z=1.5) == ()


def test_an_open_mesh_gives_an_open_line():
    mesh = box((0, 0, 0), (1, 1, 1))
    opened = Mesh(name="", points_mm_n3=mesh.points_mm_n3, triangles_n3=mesh.triangles_n3[:-2])
    (line,) = cut(opened, z=0.5)
    assert not line.is_closed
