"""What was found becomes a scene: everything stands where its own geometry says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaviewer.app.compose import (
    camera_for,
    facts_of,
    parts_of,
    patient_placement,
    plane_of,
    views_for,
    volume_bounds_lps_mm,
)
from metaviewer.app.finding import Finding
from metaviewer.app.framed import patient_bounds_lps_mm
from metaviewer.frames import WORLD_FROM_LPS, is_right_handed, moved
from metaviewer.medical import Identity, Volume
from metaviewer.scene import Library
from metaviewer.surface import Mesh

ORIGIN_LPS_MM = (-30.0, 10.0, -500.0)


def volume(shape_kji=(4, 6, 8), *, frame="sha256:a", badges=(), patient="p1") -> Volume:
    values = np.full(shape_kji, -1000, dtype=np.int16)
    values[1:3, 2:4, 2:6] = 200
    affine = np.diag([1.0, 2.0, 3.0, 1.0])
    affine[:3, 3] = ORIGIN_LPS_MM
    return Volume(
        values=values,
        lps_from_ijk=affine,
        modality="CT",
        unit="HU",
        frame_of_reference=frame,
        badges=badges,
        identity=Identity(patient=patient),
    )


def mesh(*, frame="sha256:a") -> Mesh:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)
    triangles = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], dtype=np.int32)
    return Mesh(name="mass", points_mm_n3=points, triangles_n3=triangles, frame_of_reference=frame)


def found(*shown, kind="volume") -> Finding:
    return Finding(path="place", kind=kind, status="ok", data=shown)


def test_a_region_is_anchored_to_the_volume_of_its_own_frame_of_reference():
    """Anchoring to the first volume would move a tumour along with the wrong scan."""
    other, own = volume(frame="sha256:b"), volume(frame="sha256:a")
    parts = parts_of([found(other), found(own), found(mesh(), kind="segmentation")])
    assert parts[2].item.anchor == parts[1].item.id
    alone = parts_of([found(other), found(mesh(), kind="segmentation")])
    assert alone[1].item.anchor is None


def test_the_box_of_a_volume_reaches_half_a_voxel_beyond_its_outer_centres():
    """PS3.3 C.7.6.2.1.1: the position is the centre of the first voxel, not its corner."""
    low, high = volume_bounds_lps_mm(volume())
    np.testing.assert_allclose(low, np.subtract(ORIGIN_LPS_MM, (0.5, 1.0, 1.5)))
    np.testing.assert_allclose(high, np.add(ORIGIN_LPS_MM, (7.5, 11.0, 10.5)))


def test_a_patient_is_placed_by_the_middle_life_size_and_never_mirrored():
    scan = volume()
    placement = patient_placement(scan, position_m=(2.0, 1.0, 1.2), turn_deg=90.0, scale=1.0)
    middle = volume_bounds_lps_mm(scan).mean(axis=0)
    np.testing.assert_allclose(moved(middle, target_from_source=placement), (2.0, 1.0, 1.2))
    assert is_right_handed(placement)
    left = moved(np.add(middle, (100, 0, 0)), target_from_source=placement) - (2.0, 1.0, 1.2)
    np.testing.assert_allclose(left, (0.0, 0.1, 0.0), atol=1e-12)


def test_a_volume_without_a_place_keeps_the_patient_s_own_coordinates():
    assert patient_placement(volume(), position_m=None, turn_deg=0.0, scale=1.0) is WORLD_FROM_LPS


def test_what_is_framed_is_the_patient_not_the_scanner_s_grid():
    bounds = patient_bounds_lps_mm(volume((40, 60, 80)))
    grid = volume_bounds_lps_mm(volume((40, 60, 80)))
    assert np.all(bounds[1] - bounds[0] < 0.5 * (grid[1] - grid[0]))


def test_one_notch_is_one_slice_along_each_patient_axis():
    part = parts_of([found(volume())])[0]
    assert facts_of(part.item, part.datum).voxel_mm == (1.0, 2.0, 3.0)


def library_of(parts) -> Library:
    library = Library()
    for part in parts:
        library = library.with_datum(part.item.data_id, part.datum)
    return library


def test_a_single_image_is_shown_as_the_slice_it_is():
    """One slice has no depth: a ray through it shows a card seen from the edge."""
    parts = parts_of([found(volume((1, 6, 8), badges=("single_slice",)))])
    items, library = [part.item for part in parts], library_of(parts)
    camera = camera_for(items, library, word=None, aspect=1.0)
    views = views_for(items, library, camera, with_slices=False)
    assert [view.kind for view in views] == ["axial"]
    assert views[0].slice_mm == pytest.approx(-500.0)


def test_beside_a_volume_stand_its_three_slices_and_none_overlaps():
    parts = parts_of([found(volume())])
    items, library = [part.item for part in parts], library_of(parts)
    camera = camera_for(items, library, word=None, aspect=1.0)
    views = views_for(items, library, camera, with_slices=True)
    assert [view.kind for view in views] == ["space", "axial", "coronal", "sagittal"]
    area = sum(view.rect[2] * view.rect[3] for view in views)
    assert area == pytest.approx(1.0)


@pytest.mark.parametrize(("axis", "plane"), [(0, "sagittal"), (1, "coronal"), (2, "axial")])
def test_a_volume_s_own_plane_is_the_one_its_slices_lie_in(axis, plane):
    order = [(1, 2, 0), (2, 0, 1), (0, 1, 2)][axis]
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[:, order]
    assert plane_of(replace(volume(), lps_from_ijk=affine)) == plane
