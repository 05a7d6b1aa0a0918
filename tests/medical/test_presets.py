"""Looks: HU for CT, percentiles for the rest, chosen by modality."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaviewer.errors import GeometryError, Refused
from metaviewer.medical.presets import (
    CT_PRESETS,
    MR_PRESETS,
    PET_PRESETS,
    grey_window,
    opening_preset,
    preset_names,
    transfer_function,
)
from metaviewer.medical.transfer import TransferFunction, adjusted, sampled, step_opacities
from metaviewer.medical.volume import GreyWindow, Volume


def volume(modality: str = "CT", *, scale: float = 1.0, **fields) -> Volume:
    values = np.linspace(0.0, 1000.0 * scale, 4096).reshape(16, 16, 16).astype(np.float32)
    unit = "HU" if modality == "CT" else None
    return Volume(values=values, lps_from_ijk=np.eye(4), modality=modality, unit=unit, **fields)


@pytest.mark.parametrize(
    ("modality", "first"), [("CT", "bone"), ("MR", "mr_head"), ("PT", "pet"), ("US", "mr_head")]
)
def test_the_modality_chooses(modality, first):
    assert preset_names(volume(modality))[0] == first
    assert transfer_function(volume(modality), preset="").name == first


def test_a_ct_cut_out_of_a_body_opens_without_the_veil_that_would_show_its_box():
    """A crop of a thigh in the veil of "bone" is a red block; a whole patient has air around."""
    flesh = np.full((6, 20, 20), 40.0, dtype=np.float32)
    whole = flesh.copy()
    whole[:, [0, -1]] = whole[:, :, [0, -1]] = -1000.0
    padded = np.zeros(flesh.shape, dtype=np.bool_)
    padded[:, [0, -1]] = padded[:, :, [0, -1]] = True
    cut_out = replace(volume(), values=flesh)
    assert opening_preset(cut_out) == "skeleton"
    assert opening_preset(replace(cut_out, padding_kji=padded)) == "bone"
    assert opening_preset(replace(cut_out, values=whole)) == "bone"
    assert opening_preset(volume("MR")) == "mr_head"
    skeleton = transfer_function(cut_out, preset="skeleton")
    assert np.interp(60.0, skeleton.values, skeleton.opacities_per_mm) == 0.0


def test_skin_becomes_opaque_over_several_samples():
    """Opaque within one sample of half a millimetre it shows rings, as of wood, on a chest."""
    skin = transfer_function(volume(), preset="skin")
    at_edge = np.interp([-300.0, -120.0, 60.0], skin.values, skin.opacities_per_mm)
    assert step_opacities(at_edge, step_mm=0.5) == pytest.approx([0.06, 0.26, 0.45], abs=0.02)


@pytest.mark.parametrize("modality", ["CT", "MR", "PT"])
def test_every_preset_can_be_made_and_starts_with_nothing(modality):
    """The lowest value is air or padding: opaque, it wraps the patient in a box."""
    for name in preset_names(volume(modality)):
        transfer = transfer_function(volume(modality), preset=name)
        assert transfer.opacities_per_mm[0] == 0.0
        assert transfer.opacities_per_mm.max() > 0.3


def test_ct_is_anchored_in_hounsfield_units_whatever_the_volume_holds():
    low, high = (transfer_function(volume(scale=s), preset="bone").values for s in (0.1, 3.0))
    np.testing.assert_array_equal(low, high)


def test_mr_follows_its_own_numbers():
    """Scanners scale freely: ten times the numbers is the same picture."""
    one, ten = (transfer_function(volume("MR", scale=s), preset="mr_head") for s in (1.0, 10.0))
    np.testing.assert_allclose(ten.values, 10.0 * one.values, rtol=1e-3, atol=1.0)
    assert ten.gradient_range[1] == pytest.approx(10.0 * one.gradient_range[1], rel=1e-3)


def test_padding_does_not_count_for_percentiles():
    padded = np.zeros((16, 16, 16), dtype=np.bool_)
    padded[:14] = True
    low = transfer_function(volume("MR", padding_kji=padded), preset="mr_head").values[0]
    assert low > transfer_function(volume("MR"), preset="mr_head").values[0] + 500.0


def test_a_name_that_does_not_suit_is_refused_with_those_that_do():
    with pytest.raises(Refused, match="choose one of mr_head, mip"):
        transfer_function(volume("MR"), preset="bone")


def test_the_files_own_window_comes_first():
    own = GreyWindow(name="LUNG", center=-600.0, width=1500.0)
    assert grey_window(volume(windows=(own,))) is own
    assert grey_window(volume()).center == 40.0


def test_families_share_the_projection():
    assert all("mip" in family for family in (CT_PRESETS, MR_PRESETS, PET_PRESETS))


def test_half_the_step_taken_twice_loses_the_same_light():
    """Opacity is not proportional to the step: 1 - (1 - a)^s."""
    opacities = np.array([0.0, 0.1, 0.5, 0.97])
    half = step_opacities(opacities, step_mm=0.5)
    np.testing.assert_allclose(1.0 - (1.0 - half) ** 2, opacities, atol=1e-12)


def test_the_drag_moves_values_and_scales_opacity():
    base = transfer_function(volume(), preset="bone")
    moved = adjusted(base, opacity=0.5, value_shift=100.0)
    np.testing.assert_allclose(moved.values - base.values, 100.0)
    np.testing.assert_allclose(moved.opacities_per_mm, base.opacities_per_mm * 0.5)
    colours, opacities = sampled(moved, count=64)
    assert colours.shape == (64, 3)
    assert opacities[-1] == pytest.approx(base.opacities_per_mm[-1] * 0.5)


def test_values_that_do_not_rise_are_an_error():
    with pytest.raises(GeometryError, match="must rise"):
        TransferFunction(
            name="x",
            values=np.array([1.0, 1.0]),
            colours_rgb_n3=np.zeros((2, 3)),
            opacities_per_mm=np.zeros(2),
        )
