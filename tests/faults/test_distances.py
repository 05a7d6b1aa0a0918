"""Slices so far from each other that no body lies between them are no volume."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.errors import Refused
from metaviewer.medical.geometry import arrange

AXIAL = (1, 0, 0, 0, 1, 0)


def places(*heights_mm):
    return np.array([[0.0, 0.0, height] for height in heights_mm])


@pytest.mark.parametrize("heights_mm", [(0, 999_994), (0, 1, 2, 5_000), (0, 1500, 3000)])
def test_slices_metres_apart_are_refused(heights_mm):
    """Bug: two slices, one of them moved by a bent tag, are drawn as a body of a kilometre."""
    with pytest.raises(Refused) as caught:
        arrange(places(*heights_mm), orientation=AXIAL, spacing_rc_mm=(1, 1))
    assert caught.value.word == "geometry"
    assert "m apart" in caught.value.reason


@pytest.mark.parametrize(("thickness_mm", "slab_mm"), [(5.0, 5.0), (1e6, 0.5), (None, 0.5)])
def test_a_slice_of_a_kilometre_is_as_thick_as_a_pixel(thickness_mm, slab_mm):
    """Bug: a bent SliceThickness makes one image a block of a kilometre."""
    arranged = arrange(
        places(0), orientation=AXIAL, spacing_rc_mm=(0.5, 1.0), thickness_mm=thickness_mm
    )
    assert np.linalg.norm(arranged.lps_from_ijk[:3, 2]) == pytest.approx(slab_mm)
    assert arranged.badges == ("single_slice",)
