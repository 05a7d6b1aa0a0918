"""Surfaces around masks: closed, outward, in their place, with the volume of what they enclose."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.errors import GeometryError
from metaviewer.jail import Workshop
from metaviewer.surface import FINDING_RGB, Naming, from_mask, is_finding, organs
from metaviewer.surface.organs import VOLUME_ERROR_MAX
from metaviewer.surface.palette import REGION_RGB, region_colours
from metaviewer.surface.triangles import area_of, open_edge_count, volume_of

BALL = Naming(name="ball")


def ball_kji(*, radius_voxels: float, size: int) -> np.ndarray:
    k, j, i = np.indices((size, size, size)) - (size - 1) / 2.0
    return i**2 + j**2 + k**2 < radius_voxels**2


def grid(*, spacing_mm: tuple[float, float, float], shear_mm: float = 0.0) -> np.ndarray:
    affine = np.diag([*spacing_mm, 1.0])
    affine[1, 2] = shear_mm
    affine[:3, 3] = (-120.0, 35.0, 410.0)
    return affine


def test_ball_has_the_volume_of_a_ball_and_is_closed():
    """The surface at voxel corners instead of half way would be 5 % too large."""
    organ = from_mask(
        ball_kji(radius_voxels=20, size=45),
        lps_from_ijk=grid(spacing_mm=(0.5, 0.5, 0.5)),
        naming=BALL,
    )
    assert organ.volume_mm3 == pytest.approx(4 / 3 * np.pi * 10**3, rel=0.01)
    assert open_edge_count(organ.measured.triangles_n3) == 0
    assert open_edge_count(organ.shown.triangles_n3) == 0


def test_shown_ball_is_smooth_and_keeps_its_volume():
    """A staircase has 1.5 times the area of the ball; the shown mesh must not be the staircase."""
    organ = from_mask(
        ball_kji(radius_voxels=20, size=45),
        lps_from_ijk=grid(spacing_mm=(0.5, 0.5, 0.5)),
        naming=BALL,
    )
    exact_mm2 = 4 * np.pi * 10**2
    stairs_mm2 = area_of(organ.measured.points_mm_n3, organ.measured.triangles_n3)
    smooth_mm2 = area_of(organ.shown.points_mm_n3, organ.shown.triangles_n3)
    shown_mm3 = volume_of(organ.shown.points_mm_n3, organ.shown.triangles_n3)
    assert abs(smooth_mm2 / exact_mm2 - 1) < 0.03 < abs(stairs_mm2 / exact_mm2 - 1)
    assert abs(shown_mm3 / organ.volume_mm3 - 1) <= VOLUME_ERROR_MAX


@pytest.mark.parametrize(
    "lps_from_ijk",
    [
        grid(spacing_mm=(0.7, 0.9, 2.5)),
        grid(spacing_mm=(0.7, 0.9, 2.5), shear_mm=0.8),
        np.array([[0, 0, 2, 5], [-3, 0, 0, 6], [0, -1, 0, 7], [0, 0, 0, 1.0]]),
    ],
    ids=["anisotropic", "sheared", "turned"],
)
def test_volume_and_place_follow_the_grid(lps_from_ijk):
    """Spacing in the wrong order, a shear left out, or triangles turned inward by a rotation."""
    mask = np.zeros((6, 7, 8), bool)
    mask[2:5, 1:6, 3:5] = True
    organ = from_mask(mask, lps_from_ijk=lps_from_ijk, naming=BALL)
    voxel_mm3 = np.linalg.det(lps_from_ijk[:3, :3])
    assert organ.volume_mm3 == pytest.approx(box_volume_voxels(2, 5, 3) * voxel_mm3, rel=1e-6)
    middle = lps_from_ijk @ (3.5, 3.0, 3.0, 1.0)
    np.testing.assert_allclose(organ.measured.bounds_mm.mean(axis=0), middle[:3], atol=1e-4)


def box_volume_voxels(a: int, b: int, c: int) -> float:
    """Closed form for a box of a x b x c voxels under the half-way surface.

    The box between the outer voxel centres, half a voxel on each face, a prism of 1/8 per voxel of
    edge, and an eighth of an octahedron (1/48) at each corner.
    """
    a, b, c = a - 1, b - 1, c - 1
    return a * b * c + (a * b + b * c + a * c) + 4 * (a + b + c) / 8 + 8 / 48


def test_one_voxel_is_an_octahedron():
    """The padding is missing where a region at the edge of the picture stays open."""
    organ = from_mask(
        np.ones((1, 1, 1), bool), lps_from_ijk=grid(spacing_mm=(2.0, 2.0, 2.0)), naming=BALL
    )
    assert organ.volume_mm3 == pytest.approx(8 / 6)
    assert len(organ.measured.triangles_n3) == 8


def test_mirrored_grid_is_refused():
    """A mirrored mask would put the liver on the left."""
    with pytest.raises(GeometryError, match="mirrored"):
        from_mask(
            np.ones((2, 2, 2), bool), lps_from_ijk=np.diag([-1.0, 1.0, 1.0, 1.0]), naming=BALL
        )


def test_empty_mask_is_refused():
    with pytest.raises(GeometryError, match="no surface"):
        from_mask(np.zeros((2, 2, 2), bool), lps_from_ijk=np.eye(4), naming=BALL)


@given(bits=st.binary(min_size=8, max_size=8))
def test_any_mask_gives_a_closed_outward_surface(bits):
    """Surface nets split points where parts touch along an edge and leave the mesh open."""
    mask = np.unpackbits(np.frombuffer(bits, np.uint8)).reshape(4, 4, 4).astype(bool)
    mask[1, 2, 3] = True
    organ = from_mask(mask, lps_from_ijk=grid(spacing_mm=(1.0, 2.0, 3.0)), naming=BALL)
    assert organ.volume_mm3 > 0
    edges = np.sort(organ.measured.triangles_n3[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    _, uses = np.unique(edges, axis=0, return_counts=True)
    assert (uses % 2 == 0).all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Lung nodule, left (threshold)", True),
        ("GTV-1", True),
        ("GTV_Mass_CT", True),
        ("GTVp", True),
        ("Neoplasm, Primary", True),
        ("Tumour", True),
        ("Massive bleeding", False),
        ("Liver", False),
        ("Patient", False),
    ],
)
def test_a_finding_is_known_by_its_name(name, expected):
    """Word borders: a mass is a finding, something massive is not."""
    assert is_finding(name) is expected


def test_colours_prefer_the_file_then_green_then_the_list():
    own = (0.1, 0.2, 0.3)
    names = ["Liver", "Tumour", "Spleen"]
    assert region_colours(names, [None, own, None]) == [REGION_RGB[0], own, REGION_RGB[1]]
    assert region_colours(names, [None] * 3) == [REGION_RGB[0], FINDING_RGB, REGION_RGB[1]]
    forced = region_colours(names, [own, own, None], finding_rgb=FINDING_RGB)
    assert forced == [own, FINDING_RGB, REGION_RGB[1]]


def test_outlines_of_several_readers_stay_apart():
    """All four green, nobody sees where the radiologists disagree."""
    names = [f"Nodule 1, reader {number}" for number in (1, 2, 3, 4)]
    own = [(0.1 * number, 0.2, 0.3) for number in range(4)]
    assert region_colours(names, own, finding_rgb=FINDING_RGB) == own
    assert len(set(region_colours(names, [None] * 4, finding_rgb=FINDING_RGB))) == 4


@pytest.mark.process
def test_workshop_gives_the_same_organ():
    """The function's name resolves there, and nothing is lost on the way."""
    mask = ball_kji(radius_voxels=6, size=15)
    affine = grid(spacing_mm=(0.5, 0.5, 1.5))
    here = from_mask(mask, lps_from_ijk=affine, naming=BALL)
    with Workshop() as workshop:
        there = from_mask(mask, lps_from_ijk=affine, naming=BALL, workshop=workshop)
    assert there.volume_mm3 == here.volume_mm3
    np.testing.assert_array_equal(there.shown.points_mm_n3, here.shown.points_mm_n3)
    np.testing.assert_array_equal(there.measured.triangles_n3, here.measured.triangles_n3)


def test_importing_the_room_loads_no_parser_and_no_filter():
    """Every start of the program would pay 1.2 s for vtk."""
    heavy = "vtk", "trimesh", "pydicom", "scipy", "fast_simplification", "panda3d"
    code = (
        "import sys, metaviewer.surface, metaviewer.medical;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout.strip() == "[]"


def test_thick_slices_leave_no_terraces():
    """A ball in slices 4 voxels thick: smoothing alone leaves a step at each."""
    k, j, i = np.indices((12, 41, 41)) - np.array([5.5, 20, 20]).reshape(3, 1, 1, 1)
    organ = from_mask(
        (4 * k) ** 2 + j**2 + i**2 < 18**2,
        lps_from_ijk=grid(spacing_mm=(0.5, 0.5, 2.0)),
        naming=BALL,
    )
    shown = organ.shown
    assert volume_of(shown.points_mm_n3, shown.triangles_n3) == pytest.approx(
        organ.volume_mm3, rel=VOLUME_ERROR_MAX
    )
    exact_mm2 = np.pi ** (1 / 3) * (6 * organ.volume_mm3) ** (2 / 3)
    assert area_of(shown.points_mm_n3, shown.triangles_n3) == pytest.approx(exact_mm2, rel=0.03)
    np.testing.assert_allclose(
        shown.bounds_mm.mean(axis=0), organ.measured.bounds_mm.mean(axis=0), atol=0.1
    )
    assert open_edge_count(shown.triangles_n3) == 0


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_thick_slices_may_lie_along_any_axis(axis):
    """Subdivided along the wrong axis, a sagittal organ is squeezed to a quarter."""
    mask = np.zeros((14, 14, 14), bool)
    mask[3:11, 4:11, 5:11] = True
    spacing = np.array([0.5, 0.5, 0.5])
    spacing[axis] = 2.0
    affine = grid(spacing_mm=tuple(spacing), shear_mm=0.3)
    organ = from_mask(mask, lps_from_ijk=affine, naming=BALL)
    assert organ.shown is not organ.measured
    np.testing.assert_allclose(organ.shown.bounds_mm, organ.measured.bounds_mm, atol=1.0)
    np.testing.assert_allclose(
        organ.shown.bounds_mm.mean(axis=0), organ.measured.bounds_mm.mean(axis=0), atol=0.05
    )


def test_a_thin_vessel_in_thick_slices_is_not_lost():
    """One voxel wide and slanting: blurred away, it would be missing from the picture."""
    mask = np.zeros((10, 12, 30), bool)
    for k in range(10):
        mask[k, 5, 2 + 2 * k : 5 + 2 * k] = True
    organ = from_mask(mask, lps_from_ijk=grid(spacing_mm=(0.5, 0.5, 2.0)), naming=BALL)
    shown = organ.shown
    assert volume_of(shown.points_mm_n3, shown.triangles_n3) == pytest.approx(
        organ.volume_mm3, rel=VOLUME_ERROR_MAX
    )
    np.testing.assert_allclose(shown.bounds_mm, organ.measured.bounds_mm, atol=1.1)


def test_a_large_organ_is_simplified_and_keeps_its_volume(monkeypatch):
    """A liver of a million triangles in a headset: the shown mesh is smaller."""
    monkeypatch.setattr(organs, "SHOWN_TRIANGLES_MAX", 3000)
    organ = from_mask(
        ball_kji(radius_voxels=20, size=45),
        lps_from_ijk=grid(spacing_mm=(1.0, 1.0, 1.0)),
        naming=BALL,
    )
    shown = organ.shown
    assert len(organ.measured.triangles_n3) > 9000
    assert len(shown.triangles_n3) <= 3000
    assert open_edge_count(shown.triangles_n3) == 0
    assert volume_of(shown.points_mm_n3, shown.triangles_n3) == pytest.approx(
        organ.volume_mm3, rel=VOLUME_ERROR_MAX
    )
