"""What is hidden is the table and nothing of the patient, and only in the drawn copy."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.medical.body import SKIN_HU, body_mask, drawn_values, lung_mask
from metaviewer.medical.volume import Volume

MM = 3.0


@pytest.fixture(scope="module")
def chest() -> Volume:
    """A trunk of water with two lungs, a vessel in one, skin of fat, on a table; 3 mm voxels."""
    k, j, i = np.indices((24, 90, 110), dtype=np.float64)
    x, y = (i - 55.0) * MM, (j - 40.0) * MM
    values = np.full(k.shape, -1000, dtype=np.int16)
    values[(x / 140.0) ** 2 + (y / 100.0) ** 2 < 1.0] = 40
    for side in (-1.0, 1.0):
        values[((x - side * 65.0) / 48.0) ** 2 + (y / 66.0) ** 2 < 1.0] = -850
    values[(np.abs(x - 65.0) < 5.0) & (np.abs(y) < 5.0)] = 60  # a vessel through the left lung
    values[:, 78:80, 8:102] = 150  # the table, a thin plate behind the back
    values[:, 74:76, 30:80] = -200  # its mattress, touching neither
    lps_from_ijk = np.diag([MM, MM, MM, 1.0])
    return Volume(values=values, lps_from_ijk=lps_from_ijk, modality="CT", unit="HU")


def test_the_table_is_hidden_and_the_skin_is_not(chest):
    mask = body_mask(chest)
    assert not mask[:, 78:80].any()
    assert mask[(chest.values == 40)].all()
    assert mask[(chest.values == -850)].all()  # holes belong to the body


def test_the_volume_itself_stays_as_it_is(chest):
    before = chest.values.copy()
    drawn = drawn_values(chest, region="body")
    np.testing.assert_array_equal(chest.values, before)
    assert drawn[12, 79, 50] == chest.values.min()
    assert drawn is not chest.values
    assert drawn_values(chest, region="all") is chest.values


def test_lungs_hold_their_vessels_and_no_chest_wall(chest):
    mask = lung_mask(chest)
    assert mask[chest.values == -850].mean() > 0.97
    assert mask[12, 40, 76]  # in the vessel
    assert not mask[12, 40, 55]  # between the lungs
    assert not mask[12, 40, 105]  # outside


@pytest.mark.parametrize("mask_of", [body_mask, lung_mask])
def test_where_nothing_is_found_nothing_is_hidden(mask_of):
    """A phantom of air, or a knee: an empty picture would be worse than a table."""
    values = np.full((6, 30, 30), -1000, dtype=np.int16)
    volume = Volume(values=values, lps_from_ijk=np.eye(4), modality="CT", unit="HU")
    assert mask_of(volume).all()


def test_skin_that_overshoots_is_levelled_and_bone_under_it_is_not(chest):
    """A sharp kernel makes skin of 400 HU beside air: in the bone preset it sparkles."""
    values = chest.values.copy()
    skin = np.argmax(values[12, :, 55] == 40)
    values[:, skin, 50:60] = 420
    values[:, skin + 6 : skin + 9, 50:60] = 420  # the sternum, 18 mm deep
    volume = Volume(
        values=values, lps_from_ijk=chest.lps_from_ijk, modality=chest.modality, unit="HU"
    )
    drawn = drawn_values(volume, region="calm_body")
    assert drawn[12, skin, 50:60].max() <= SKIN_HU
    assert drawn[12, skin + 7, 55] == 420
    assert drawn_values(volume, region="body")[12, skin, 55] == 420


def test_a_port_under_the_skin_stays_whole(chest):
    values = chest.values.copy()
    skin = np.argmax(values[12, :, 55] == 40)
    values[10:14, skin : skin + 3, 50:60] = 2000
    values[10:14, skin, 50:60] = 400  # its edge, half metal and half air
    volume = Volume(
        values=values, lps_from_ijk=chest.lps_from_ijk, modality=chest.modality, unit="HU"
    )
    np.testing.assert_array_equal(
        drawn_values(volume, region="calm_body")[10:14, skin : skin + 3, 50:60],
        values[10:14, skin : skin + 3, 50:60],
    )


def test_bone_right_under_the_skin_stays(chest):
    """A shin or a finger lies 3 mm deep: levelling skin by depth alone would dissolve it."""
    values = chest.values.copy()
    skin = np.argmax(values[12, :, 55] == 40)
    values[8:18, skin + 1 : skin + 6, 48:62] = 700
    volume = Volume(
        values=values, lps_from_ijk=chest.lps_from_ijk, modality=chest.modality, unit="HU"
    )
    drawn = drawn_values(volume, region="calm_body")
    assert drawn[12, skin + 2 : skin + 5, 50:60].min() > 600
