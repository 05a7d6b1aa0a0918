"""Outlines in planes become closed bodies with holes, in their place, of the right volume."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.errors import GeometryError
from metaviewer.medical import Contour, ContourRegion, Contours, Identity
from metaviewer.surface import from_contours
from metaviewer.surface.outlines import polygon_mask
from metaviewer.surface.triangles import open_edge_count


def circle(*, radius_mm: float, at_mm: tuple[float, float, float], count: int = 90) -> np.ndarray:
    angle = np.linspace(0.0, 2 * np.pi, count, endpoint=False)
    flat = np.stack([np.cos(angle), np.sin(angle), np.zeros(count)], axis=1)
    return radius_mm * flat + at_mm


def stacked(outline: np.ndarray, *, step_mm: float, count: int) -> list[np.ndarray]:
    return [outline + np.array([0.0, 0.0, step_mm * k]) for k in range(count)]


def contours(*outlines: np.ndarray, name: str = "Liver") -> Contours:
    region = ContourRegion(
        number=3,
        name=name,
        colour_rgb=None,
        contours=tuple(Contour(points_lps_mm_n3=outline) for outline in outlines),
    )
    return Contours(
        regions=(region,), frame_of_reference="sha256:1", identity=Identity(patient="0badcafe")
    )


def test_cylinder_has_its_volume_and_its_place():
    """Slabs as thick as one gap too few, or planes half a gap off."""
    planes = [circle(radius_mm=20, at_mm=(10, -30, 3.0 * k)) for k in range(8)]
    (organ,) = from_contours(contours(*planes))
    assert organ.volume_mm3 == pytest.approx(np.pi * 20**2 * 24, rel=0.02)
    np.testing.assert_allclose(organ.measured.bounds_mm.mean(axis=0), (10, -30, 10.5), atol=0.2)
    np.testing.assert_allclose(np.ptp(organ.measured.bounds_mm, axis=0), (40, 40, 24), atol=1.0)
    assert open_edge_count(organ.measured.triangles_n3) == 0
    assert (organ.number, organ.shown.patient) == (3, "0badcafe")
    assert organ.shown.frame_of_reference == "sha256:1"


def test_inner_outline_is_a_hole():
    """Filled by union, the wall of a vessel becomes a rod."""
    planes = [
        circle(radius_mm=radius, at_mm=(0, 0, 2.0 * k)) for k in range(6) for radius in (20, 10)
    ]
    (organ,) = from_contours(contours(*planes))
    assert organ.volume_mm3 == pytest.approx(np.pi * (20**2 - 10**2) * 12, rel=0.02)


def test_keyhole_channel_leaves_no_trace():
    """PS3.3 C.8.8.6.3: hole and outside joined by a line there and back in one outline."""
    outer = circle(radius_mm=20, at_mm=(0, 0, 0))
    inner = circle(radius_mm=10, at_mm=(0, 0, 0))[::-1]
    key = np.concatenate([outer, outer[:1], inner[-1:], inner])
    (keyed,) = from_contours(contours(*stacked(key, step_mm=2.0, count=6)))
    (apart,) = from_contours(
        contours(*stacked(outer, step_mm=2.0, count=6), *stacked(inner, step_mm=2.0, count=6))
    )
    assert keyed.volume_mm3 == pytest.approx(apart.volume_mm3, rel=0.005)


def test_planes_may_stand_anyhow_in_space():
    """Axes taken for x, y and z: an oblique or sagittal structure set falls flat."""
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    planes = [
        (circle(radius_mm=15, at_mm=(5, 6, 2.0 * k)) @ turn.T) + (100, -50, 20) for k in range(10)
    ]
    (organ,) = from_contours(contours(*planes))
    assert organ.volume_mm3 == pytest.approx(np.pi * 15**2 * 20, rel=0.02)
    middle = np.array([5.0, 6.0, 9.0]) @ turn.T + (100, -50, 20)
    np.testing.assert_allclose(organ.measured.points_mm_n3.mean(axis=0), middle, atol=0.5)


def test_a_left_out_plane_is_bridged_and_told():
    planes = [circle(radius_mm=10, at_mm=(0, 0, 3.0 * k)) for k in range(9) if k != 4]
    (organ,) = from_contours(contours(*planes))
    assert organ.volume_mm3 == pytest.approx(np.pi * 10**2 * 27, rel=0.02)
    assert organ.measured.badges == ("irregular_spacing",)


def test_a_wide_gap_stays_open():
    """Two metastases far apart become one rod."""
    planes = [circle(radius_mm=10, at_mm=(0, 0, 3.0 * k)) for k in (0, 1, 2, 3, 30, 31, 32, 33)]
    (organ,) = from_contours(contours(*planes))
    assert organ.volume_mm3 == pytest.approx(np.pi * 10**2 * 24, rel=0.03)


def test_one_plane_has_no_surface():
    """A thickness that no one stated would be invented."""
    assert from_contours(contours(circle(radius_mm=10, at_mm=(0, 0, 0)))) == ()


def test_outlines_that_are_not_parallel_are_refused():
    tilted = circle(radius_mm=10, at_mm=(0, 0, 9)) @ np.array([[1, 0, 0], [0, 1, 0.5], [0, 0, 1.0]])
    with pytest.raises(GeometryError, match="parallel"):
        from_contours(contours(circle(radius_mm=10, at_mm=(0, 0, 0)), tilted))


@given(
    points=st.lists(
        st.tuples(st.floats(-1, 21), st.floats(-1, 17)), min_size=3, max_size=9, unique=True
    )
)
def test_polygon_mask_agrees_with_a_winding_count(points):
    """Every pixel against a ray cast by hand: rows that touch a corner count once or twice."""
    polygon = np.array(points)
    mask = polygon_mask([polygon], corner_mm=np.zeros(2), voxel_mm=1.0, shape_ji=(16, 20))
    for j in range(16):
        for i in range(20):
            crossed = 0
            for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
                if min(y1, y2) <= j < max(y1, y2):
                    crossed += x1 + (j - y1) / (y2 - y1) * (x2 - x1) <= i
            assert mask[j, i] == bool(crossed % 2)
