"""The phantom is a real CT series whose true volumes are known."""

from __future__ import annotations

import json

import numpy as np
import pydicom
import pytest
from make_phantom import grid_of, phantom, volumes_mm3, write_series
from phantom_body import Ellipsoid

SMALL = (64, 60, 48)
"""Three different counts: two axes that are swapped show."""


@pytest.fixture(scope="module")
def made():
    return phantom(grid_of(SMALL))


def organ_box_lps_mm(made, organ):
    where = np.argwhere(made.labels_kji == made.organs.index(organ))[:, ::-1]
    points = where * np.array(made.grid.spacing_mm) + made.grid.origin_lps_mm
    return points.min(axis=0), points.max(axis=0)


def test_the_same_arguments_give_the_same_voxels(made):
    again = phantom(grid_of(SMALL))
    np.testing.assert_array_equal(made.values_hu_kji, again.values_hu_kji)


def test_organs_lie_where_they_lie_in_a_person(made):
    """+x is the patient's left, +y the back, +z the head: a mirrored phantom has its liver left."""
    middle = {organ: np.mean(organ_box_lps_mm(made, organ), axis=0) for organ in made.organs[1:]}
    assert middle["liver"][0] < 0 < middle["spleen"][0]
    assert middle["right lung"][0] < 0 < middle["left lung"][0]
    assert middle["heart"][0] > 0
    assert middle["nodule"][0] > 0
    assert middle["vertebrae"][1] > middle["heart"][1] > middle["sternum"][1]
    assert middle["table"][1] > middle["vertebrae"][1]
    assert middle["heart"][2] > middle["liver"][2] > middle["right kidney"][2]
    assert middle["right kidney"][2] < middle["left kidney"][2]


def test_counted_volumes_come_near_those_of_geometry():
    """The tumour is an ellipsoid that nothing is painted over: 4/3 pi a b c."""
    fine = phantom(grid_of((160, 160, 128)), noise_hu=0.0)
    counted = volumes_mm3(fine)["liver tumour"]
    assert counted == pytest.approx(4 / 3 * np.pi * 17 * 15 * 16, rel=0.05)


def test_volumes_of_all_labels_fill_the_grid(made):
    whole = np.prod(made.grid.size_ijk) * np.prod(made.grid.spacing_mm)
    assert sum(volumes_mm3(made).values()) == pytest.approx(whole)
    assert min(volumes_mm3(made).values()) > 0


@pytest.mark.parametrize(
    ("organ", "low_hu", "high_hu"),
    [
        ("air", -1024, -960),
        ("right lung", -900, -780),
        ("liver", 95, 115),
        ("vertebrae", 150, 520),
        ("heart blood", 280, 340),
        ("muscle", 30, 70),
    ],
)
def test_values_are_those_of_the_tissue(made, organ, low_hu, high_hu):
    inside = made.labels_kji == made.organs.index(organ)
    assert low_hu < np.median(made.values_hu_kji[inside]) < high_hu


def test_the_box_of_a_solid_holds_it_all():
    """A box that is too small cuts the organ flat."""
    solid = Ellipsoid(centre_mm=(3, -4, 5), half_mm=(10, 20, 30))
    x, y, z = (np.arange(-40, 41, dtype=np.float32) for _ in range(3))
    where = np.argwhere(solid.inside(x[None, None, :], y[None, :, None], z[:, None, None])) - 40
    assert (where[:, ::-1].min(axis=0) >= solid.low_mm).all()
    assert (where[:, ::-1].max(axis=0) <= solid.high_mm).all()


def test_the_series_is_dicom_that_others_read_and_the_same_bytes_again(made, tmp_path):
    for name in ("one", "two"):
        write_series(made, tmp_path / name, seed=7)
    files = sorted((tmp_path / "one").glob("*.dcm"))
    assert len(files) == SMALL[2]
    for file in files:
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
    slices = [pydicom.dcmread(file) for file in files]
    heights = [float(one.ImagePositionPatient[2]) for one in slices]
    np.testing.assert_allclose(np.diff(heights), made.grid.spacing_mm[2], atol=1e-5)
    assert float(slices[0].PixelSpacing[0]) == pytest.approx(made.grid.spacing_mm[1], abs=1e-5)
    stack = np.stack([one.pixel_array for one in slices])
    np.testing.assert_array_equal(stack, made.values_hu_kji)
    assert len({one.SeriesInstanceUID for one in slices}) == 1
    assert len({one.SOPInstanceUID for one in slices}) == SMALL[2]
    facts = json.loads((tmp_path / "one" / "volumes.json").read_text())
    assert facts["volumes_mm3"] == volumes_mm3(made)
