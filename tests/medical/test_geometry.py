"""Geometry as properties: whatever the numbers, every voxel stays where its header puts it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.errors import GeometryError, Refused
from metaviewer.medical.geometry import arrange, axes_of, check_plane, lps_from_ijk, normal_of

mm = st.floats(0.1, 8.0)
angle = st.floats(-3.1, 3.1)
place = st.floats(-500, 500)


def rotation(a: float, b: float, c: float) -> np.ndarray:
    turn = np.eye(3)
    for axis, value in enumerate((a, b, c)):
        one = np.eye(3)
        i, j = [n for n in range(3) if n != axis]
        one[i, i] = one[j, j] = np.cos(value)
        one[i, j], one[j, i] = -np.sin(value), np.sin(value)
        turn = turn @ one
    return turn


@pytest.mark.parametrize(("aside_mm", "said"), [(0.16, "0.03"), (0.6, "0.1"), (60.0, "11.3")])
def test_a_small_shear_is_said_with_digits_that_are_not_zero(aside_mm, said):
    """Bug: "sheared by 0.0 degrees", which nobody can act on."""
    ends = np.linspace((0.0, 0.0, 0.0), (aside_mm, 0.0, 300.0), 301)
    got = arrange(ends, orientation=(1, 0, 0, 0, 1, 0), spacing_rc_mm=(1.0, 1.0))
    assert got.badges == ("sheared",)
    assert f"sheared by {said} degrees" in got.reason


@given(rows_mm=mm, columns_mm=mm, step_mm=mm, tilt_deg=st.floats(-60, 60), j=st.integers(0, 511))
def test_one_voxel_along_j_is_one_row_spacing_even_when_the_gantry_is_tilted(
    rows_mm, columns_mm, step_mm, tilt_deg, j
):
    """PixelSpacing[0] lies between ROWS (PS3.3 10.7.1.3). Square pixels hide a swap."""
    tilt = np.radians(tilt_deg)
    affine = lps_from_ijk(
        image_position_lps_mm=(-120.0, 35.0, -410.0),
        image_orientation=(1, 0, 0, 0, 1, 0),
        pixel_spacing_rc_mm=(rows_mm, columns_mm),
        slice_step_lps_mm=(0.0, step_mm * np.sin(tilt), step_mm * np.cos(tilt)),
    )
    moved_lps_mm = affine @ (7, j + 1, 3, 1) - affine @ (7, j, 3, 1)
    np.testing.assert_allclose(moved_lps_mm, (0.0, rows_mm, 0.0, 0.0), atol=1e-9)


@given(
    angles=st.tuples(angle, angle, angle),
    origin=st.tuples(place, place, place),
    step_mm=mm,
    lean=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    count=st.integers(2, 40),
    order=st.randoms(use_true_random=False),
)
def test_an_even_stack_is_exact_in_any_direction_tilt_and_order(
    angles, origin, step_mm, lean, count, order
):
    """A third axis by the cross product loses the tilt; a wrong sign mirrors the patient."""
    turn = rotation(*angles)
    step = turn @ np.array([lean[0], lean[1], 1.0]) * step_mm
    positions = np.array(origin) + np.arange(count)[:, None] * step
    shuffled = [*range(count)]
    order.shuffle(shuffled)
    got = arrange(
        positions[shuffled],
        orientation=[*turn[:, 0], *turn[:, 1]],
        spacing_rc_mm=(0.7, 0.9),
    )
    assert np.linalg.det(got.lps_from_ijk[:3, :3]) > 0
    assert [shuffled[n] for n in got.order] == [*range(count)]
    for k in (0, count // 2, count - 1):
        wanted = positions[k] + 5 * 0.9 * turn[:, 0] + 3 * 0.7 * turn[:, 1]
        np.testing.assert_allclose((got.lps_from_ijk @ [5, 3, k, 1])[:3], wanted, atol=1e-6)


@given(
    heights=st.lists(st.floats(0, 300), min_size=2, max_size=30, unique=True).filter(
        lambda z: min(np.diff(sorted(z))) > 0.05
    )
)
def test_any_stack_on_a_line_keeps_both_ends_and_its_order_or_is_refused(heights):
    """Resampling must neither move the ends nor look beyond them, and mixes neighbours only."""
    positions = [(0.0, 0.0, z) for z in heights]
    try:
        got = arrange(positions, orientation=(1, 0, 0, 0, 1, 0), spacing_rc_mm=(1.0, 1.0))
    except Refused:
        return
    ordered = np.sort(heights)
    slices = len(got.lower)
    assert slices <= 4 * len(heights) + 1
    assert (got.lps_from_ijk @ [0, 0, 0, 1])[2] == pytest.approx(ordered[0])
    assert (got.lps_from_ijk @ [0, 0, slices - 1, 1])[2] == pytest.approx(ordered[-1])
    used = got.lower >= 0
    assert ((got.weight >= 0) & (got.weight <= 1)).all()
    assert (got.upper[used] - got.lower[used] <= 1).all()
    grid_mm = ordered[0] + np.arange(slices) * got.lps_from_ijk[2, 2]
    source_mm = (1 - got.weight) * ordered[got.lower] + got.weight * ordered[got.upper]
    tolerance_mm = 0.11 * got.lps_from_ijk[2, 2]
    assert np.abs(source_mm - grid_mm)[used].max() <= tolerance_mm


@given(row=st.tuples(place, place, place), column=st.tuples(place, place, place))
def test_axes_that_pass_the_check_are_made_orthonormal(row, column):
    try:
        check_plane((), (*row, *column), ())
    except Refused:
        return
    axes = np.array([*axes_of((*row, *column)), normal_of((*row, *column))])
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-9)


def test_one_slice_is_as_thick_as_the_scanner_says_and_claims_no_more():
    got = arrange([(1, 2, 3)], orientation=(1, 0, 0, 0, 1, 0), spacing_rc_mm=(1, 1), thickness_mm=5)
    assert got.badges == ("single_slice",)
    np.testing.assert_allclose(got.lps_from_ijk[:3, 2], (0, 0, 5))


def test_axes_that_span_nothing_are_an_error():
    with pytest.raises(GeometryError):
        lps_from_ijk(
            image_position_lps_mm=(0, 0, 0),
            image_orientation=(1, 0, 0, 0, 1, 0),
            pixel_spacing_rc_mm=(1, 1),
            slice_step_lps_mm=(1, 1, 0),
        )
