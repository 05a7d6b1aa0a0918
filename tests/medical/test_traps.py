"""The 27 traps of DICOM geometry and values: each test names the reader that falls into it.

Every series is made here with known positions; a voxel's true place is asked of the affine.
"""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from metaviewer.medical import open_volume, scan
from tests.medical.jail_here import JailHere
from tests.medical.series_maker import block, file_bytes, image, write

COUNT = 5


def opened(folder):
    """The only thing found, and its volume."""
    (found,) = scan(JailHere(), [folder])
    return found, open_volume(JailHere(), found)


def series(**changes):
    """Five slices; a change may be a function of k."""
    return [
        image(k, **{key: of(k) if callable(of) else of for key, of in changes.items()})
        for k in range(COUNT)
    ]


def check_true_places(volume, *, positions, row, column, spacing_rc, within_mm=1e-9):
    """Every corner voxel of every slice lies where its own header puts it."""
    for k, position in enumerate(positions):
        for j, i in ((0, 0), (5, 0), (0, 7), (5, 7)):
            place = np.array(position) + i * spacing_rc[1] * np.array(row)
            place = place + j * spacing_rc[0] * np.array(column)
            got = (volume.lps_from_ijk @ [i, j, k, 1])[:3]
            assert got == pytest.approx(place, abs=within_mm)


ORDERS = {
    "shuffled names": {"names": ["c", "a", "e", "b", "d"]},
    "descending names": {"names": ["e", "d", "c", "b", "a"]},
    "reversed numbers": {"changes": {"InstanceNumber": lambda k: COUNT - k}},
    "one number": {"changes": {"InstanceNumber": 1}},
    "no number": {"changes": {"InstanceNumber": None}},
}


@pytest.mark.parametrize("order", ORDERS)
def test_1_positions_order_the_slices(tmp_path, order):
    """Sorting by InstanceNumber or name turns the patient over, or shuffles him."""
    write(tmp_path, series(**ORDERS[order].get("changes", {})), names=ORDERS[order].get("names"))
    _, volume = opened(tmp_path)
    wanted = np.stack([block(k) - 1024 for k in range(COUNT)])
    np.testing.assert_array_equal(volume.values, wanted)
    check_true_places(
        volume,
        positions=[(-30, 20, 2 * k) for k in range(COUNT)],
        row=(1, 0, 0),
        column=(0, 1, 0),
        spacing_rc=(0.5, 1.0),
    )


def test_2_row_spacing_is_between_rows(tmp_path):
    """Swapped, a 0.5 x 1.0 mm image is squashed; square pixels hide it."""
    _, volume = opened(write(tmp_path, series(PixelSpacing=[0.5, 1.0])))
    assert volume.spacing_mm == pytest.approx((1.0, 0.5, 2.0))


def test_3_left_stays_left(tmp_path):
    """A bright voxel at known LPS is found there, and nowhere else."""
    marked = np.zeros((6, 8), np.int16)
    marked[4, 6] = 500
    _, volume = opened(write(tmp_path, series(pixels=lambda k: marked if k == 3 else marked * 0)))
    place_lps_mm = (-30 + 6 * 1.0, 20 + 4 * 0.5, 6.0, 1)
    i, j, k = np.rint((np.linalg.inv(volume.lps_from_ijk) @ place_lps_mm)[:3]).astype(int)
    assert volume.values[k, j, i] == 500 - 1024
    assert (volume.values == 500 - 1024).sum() == 1


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ((1, 0, 0), (0, -1, 0)),
        ((-1, 0, 0), (0, 1, 0)),
        ((0, 1, 0), (0, 0, -1)),
        ((0, 0, 1), (1, 0, 0)),
    ],
)
def test_4_the_grid_is_right_handed_whichever_way_rows_run(tmp_path, row, column):
    """With rows running the other way, vtkDICOMImageReader flips rows and forgets the slices."""
    normal = np.cross(row, column)
    positions = [np.array((5.0, 6.0, 7.0)) - 2.0 * k * normal for k in range(COUNT)]
    write(
        tmp_path,
        series(
            ImageOrientationPatient=[*row, *column],
            ImagePositionPatient=lambda k: [*positions[k]],
        ),
    )
    _, volume = opened(tmp_path)
    assert np.linalg.det(volume.lps_from_ijk[:3, :3]) > 0
    np.testing.assert_array_equal(
        volume.values, np.stack([block(k) - 1024 for k in (4, 3, 2, 1, 0)])
    )
    check_true_places(
        volume, positions=positions[::-1], row=row, column=column, spacing_rc=(0.5, 1.0)
    )


@pytest.mark.parametrize("degrees", [1, 5, 15, 30])
@pytest.mark.parametrize("tag", [None, "true", "zero", "opposite"])
def test_5_a_tilted_gantry_is_sheared_exactly(tmp_path, degrees, tag):
    """SimpleITK: 5.74 mm off at 15 degrees over 22 mm, no warning. The tag is not for use."""
    tilt = np.radians(degrees)
    column = (0.0, np.cos(tilt), -np.sin(tilt))
    nominal = {None: None, "true": degrees, "zero": 0, "opposite": -degrees}[tag]
    images = series(ImageOrientationPatient=[1, 0, 0, *(round(c, 10) for c in column)])
    for one in images:
        if nominal is not None:
            one.GantryDetectorTilt = nominal
    found, volume = opened(write(tmp_path, images))
    check_true_places(
        volume,
        positions=[(-30, 20, 2 * k) for k in range(COUNT)],
        row=(1, 0, 0),
        column=column,
        spacing_rc=(0.5, 1.0),
        within_mm=1e-6,
    )
    assert ("sheared" in found.badges) == (degrees > 0)
    assert f"{degrees}.0 degrees" in found.reason


def test_6_a_missing_slice_leaves_a_gap(tmp_path):
    """SimpleITK spreads four slices evenly over the place of five: lengths wrong by a third."""
    found, volume = opened(write(tmp_path, [one for k, one in enumerate(series()) if k != 2]))
    assert found.status == "degraded"
    assert found.badges == ("gap",)
    assert "4.00 mm after slice 2, the others 2.00 mm" in found.reason
    assert volume.shape_ijk[2] == COUNT
    assert volume.padding_kji[2].all()
    assert not volume.padding_kji[[0, 1, 3, 4]].any()
    np.testing.assert_array_equal(volume.values[4], block(4) - 1024)
    assert (volume.lps_from_ijk @ [0, 0, 4, 1])[2] == pytest.approx(8.0)


def test_7_uneven_distances_are_resampled_and_told_in_millimetres(tmp_path):
    """SimpleITK: 8.18 mm off. A ramp along z must stay the same ramp, whatever the distances."""
    heights_mm = (0, 2, 4, 9, 14)
    ramp = [np.full((6, 8), 100 * z, np.int16) for z in heights_mm]
    write(
        tmp_path,
        series(pixels=lambda k: ramp[k], ImagePositionPatient=lambda k: [-30, 20, heights_mm[k]]),
    )
    found, volume = opened(tmp_path)
    assert set(found.badges) == {"irregular_spacing", "resampled"}
    assert "2.00 to 5.00 mm apart: resampled to 2.00 mm" in found.reason
    for k in range(volume.shape_ijk[2]):
        height_mm = (volume.lps_from_ijk @ [0, 0, k, 1])[2]
        assert volume.values[k, 3, 3] == pytest.approx(100 * height_mm - 1024, abs=0.5)
    assert (volume.lps_from_ijk @ [0, 0, volume.shape_ijk[2] - 1, 1])[2] == pytest.approx(14.0)


@pytest.mark.parametrize("phases", [2, 10])
@pytest.mark.parametrize("tag", ["TemporalPositionIdentifier", "AcquisitionNumber", "TriggerTime"])
def test_8_phases_at_the_same_places_are_volumes_of_their_own(tmp_path, phases, tag):
    """SimpleITK stacks them 0.909 mm apart."""
    images = [
        image(
            k,
            pixels=block(k) + 7 * phase,
            SOPInstanceUID=f"1.2.3.4.{phase}.{k}",
            **{tag: phase + 1},
        )
        for phase in range(phases)
        for k in range(COUNT)
    ]
    write(tmp_path, images)
    found = scan(JailHere(), [tmp_path])
    assert len(found) == phases
    for phase, one in enumerate(found):
        assert f"{phase + 1} of {phases}" in one.title
        volume = open_volume(JailHere(), one)
        assert volume.values[0, 0, 0] == 7 * phase - 1024
        assert volume.spacing_mm[2] == pytest.approx(2.0)


def test_8_of_a_slice_sent_twice_the_newest_is_kept(tmp_path):
    """SimpleITK: 12.8 mm off. Both are of one place; the later corrects the first."""
    late = image(2, pixels=block(2) + 5, SOPInstanceUID="1.2.3.4.99", InstanceNumber=1)
    late.InstanceCreationDate, late.InstanceCreationTime = "20260101", "120000"
    found, volume = opened(write(tmp_path, [*series(), late]))
    assert found.status == "degraded"
    assert "1 of 6 slices lies where another does: the newest is shown" in found.reason
    np.testing.assert_array_equal(volume.values[2], block(2) + 5 - 1024)
    assert volume.shape_ijk[2] == COUNT


@pytest.mark.parametrize("name", ["!first.dcm", "2b.dcm"])
@pytest.mark.parametrize("rows", [6, 16])
def test_9_a_localizer_in_the_series_is_a_volume_of_its_own(tmp_path, name, rows):
    """SimpleITK: 162.7 mm off; vtkDICOMImageReader takes it for slice 0."""
    scout = image(
        70,
        pixels=block(0, rows=rows),
        ImageOrientationPatient=[1, 0, 0, 0, 0, -1],
        ImagePositionPatient=[-30, 0, 100],
        ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"],
    )
    write(tmp_path, series())
    write(tmp_path, [scout], names=[name])
    found = scan(JailHere(), [tmp_path])
    assert sorted(one.files for one in found) == [1, COUNT]
    stack = max(found, key=lambda one: one.files)
    assert stack.status == "ok"
    np.testing.assert_array_equal(
        open_volume(JailHere(), stack).values, np.stack([block(k) - 1024 for k in range(COUNT)])
    )


def test_10_two_frames_of_reference_are_two_volumes(tmp_path):
    """SimpleITK and dcm2niix stack them without a word: their positions mean different places."""
    write(tmp_path, series(FrameOfReferenceUID=lambda k: "1.2.3.5" if k < 3 else "1.2.3.6"))
    found = scan(JailHere(), [tmp_path])
    assert [one.files for one in found] == [3, 2]
    assert len({one.frame_of_reference for one in found}) == 2


@pytest.mark.parametrize(
    ("keyword", "named"),
    [
        ("ImagePositionPatient", "position"),
        ("ImageOrientationPatient", "orientation"),
        ("PixelSpacing", "pixel spacing"),
    ],
)
def test_11_absent_geometry_is_never_invented(tmp_path, keyword, named):
    """SimpleITK says 1 mm, along the axes, at the origin."""
    (found,) = scan(JailHere(), [write(tmp_path, series(**{keyword: None}))])
    assert (found.status, found.word) == ("refused", "geometry")
    assert f"the images state no {named}" in found.reason
    assert found.remedy


def test_12_thickness_and_declared_spacing_are_not_distances(tmp_path):
    images = series()
    for one in images:
        one.SliceThickness, one.SpacingBetweenSlices = 5.0, 1.0
    found, volume = opened(write(tmp_path, images))
    assert volume.spacing_mm[2] == pytest.approx(2.0)
    assert found.status == "ok"


def enhanced(*, order, shared, spacing_between=2.0, stacks=1, slopes=None):
    """An enhanced CT whose frame n lies at position order[n]."""
    one = image(0, pixels=np.stack([block(k) for k in order]))
    one.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(one, keyword)
    del one.RescaleSlope, one.RescaleIntercept
    measures, plane = Dataset(), Dataset()
    measures.PixelSpacing = [0.5, 1.0]
    if spacing_between is not None:
        measures.SpacingBetweenSlices = spacing_between
    plane.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    common, frames = Dataset(), []
    for number, k in enumerate(order):
        frame, position, content, values = Dataset(), Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = [-30.0, 20.0, 2.0 * (k % (len(order) // stacks))]
        content.StackID = str(number * stacks // len(order) + 1)
        values.RescaleSlope = 1 if slopes is None else slopes[number]
        values.RescaleIntercept, values.RescaleType = -1024, "HU"
        frame.PlanePositionSequence = Sequence([position])
        frame.FrameContentSequence = Sequence([content])
        frame.PixelValueTransformationSequence = Sequence([values])
        holder = common if shared else frame
        holder.PixelMeasuresSequence = Sequence([measures])
        holder.PlaneOrientationSequence = Sequence([plane])
        frames.append(frame)
    if shared:
        one.SharedFunctionalGroupsSequence = Sequence([common])
    one.PerFrameFunctionalGroupsSequence = Sequence(frames)
    return one


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_13_frames_are_ordered_by_place_wherever_it_is_stated(tmp_path, shared, order):
    """Frame order turns the patient over; shared groups forgotten leave no geometry."""
    found, volume = opened(write(tmp_path, [enhanced(order=order, shared=shared)]))
    assert (found.status, found.unit) == ("ok", "HU")
    np.testing.assert_array_equal(volume.values, np.stack([block(k) - 1024 for k in range(4)]))
    assert volume.lps_from_ijk[:3, 3] == pytest.approx((-30, 20, 0))


def test_13_two_stacks_in_one_object_are_two_volumes(tmp_path):
    write(tmp_path, [enhanced(order=range(6), shared=True, stacks=2)])
    found = scan(JailHere(), [tmp_path])
    assert [one.frames for one in found] == [3, 3]
    first, second = (open_volume(JailHere(), one) for one in found)
    np.testing.assert_array_equal(first.values[2], block(2) - 1024)
    np.testing.assert_array_equal(second.values[0], block(3) - 1024)


@pytest.mark.parametrize("spacing_between", [-2.0, None, 7.0])
def test_14_declared_spacing_of_frames_has_no_say(tmp_path, spacing_between):
    """Its sign turned volumes over in OHIF (issue 4352)."""
    one = enhanced(order=range(4), shared=True, spacing_between=spacing_between)
    _, volume = opened(write(tmp_path, [one]))
    assert volume.lps_from_ijk[:3, 2] == pytest.approx((0, 0, 2))


def test_15_each_slice_has_its_own_rescale(tmp_path):
    """vtkDICOMImageReader: 16384, 26214, 1000, 32768 for four slices of one activity."""
    slopes = (0.5, 0.75, 1.0, 1.25, 1 / 3)
    images = series(Modality="PT", RescaleIntercept=0, RescaleSlope=lambda k: f"{slopes[k]:.14g}")
    _, volume = opened(write(tmp_path, images))
    assert volume.values.dtype == np.float32
    for k, slope in enumerate(slopes):
        np.testing.assert_allclose(volume.values[k], block(k) * slope, rtol=1e-6)


def test_15_each_frame_has_its_own_rescale(tmp_path):
    """SimpleITK applies the first frame's to all."""
    slopes = (1, 2, 3, 4)
    _, volume = opened(write(tmp_path, [enhanced(order=range(4), shared=True, slopes=slopes)]))
    for k, slope in enumerate(slopes):
        np.testing.assert_array_equal(volume.values[k], block(k) * slope - 1024)


@pytest.mark.parametrize("with_rwvm", [False, True])
@pytest.mark.parametrize("with_voi", [False, True])
def test_16_only_the_modality_rescale_touches_values(tmp_path, with_rwvm, with_voi):
    """highdicom: a real world value mapping is another way, not a further step."""
    images = series()
    for one in images:
        if with_rwvm:
            mapping = Dataset()
            mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 10.0, 5.0
            one.RealWorldValueMappingSequence = Sequence([mapping])
        if with_voi:
            one.WindowCenter, one.WindowWidth = 40, 400
            one.PresentationLUTShape = "INVERSE"
    _, volume = opened(write(tmp_path, images))
    np.testing.assert_array_equal(volume.values[1], block(1) - 1024)
    assert [(w.center, w.width) for w in volume.windows] == ([(40, 400)] if with_voi else [])


def test_16_a_look_up_table_that_is_not_applied_is_told(tmp_path):
    table = Dataset()
    table.LUTDescriptor, table.LUTData = [2, 0, 16], bytes(4)
    images = series(RescaleSlope=None, RescaleIntercept=None)
    for one in images:
        one.ModalityLUTSequence = Sequence([table])
    found, volume = opened(write(tmp_path, images))
    assert (found.status, found.word) == ("degraded", "units")
    assert volume.unit is None


def test_17_monochrome1_keeps_its_values(tmp_path):
    """SimpleITK gives 65435 for 100."""
    write(tmp_path, series(PhotometricInterpretation="MONOCHROME1", RescaleIntercept=0))
    _, volume = opened(tmp_path)
    np.testing.assert_array_equal(volume.values[1], block(1))


@pytest.mark.parametrize("signed", [0, 1])
def test_18_twelve_bits_in_sixteen_lose_their_overlay(tmp_path, signed):
    """An old overlay in the bits above reads as tissue of 4096 and more."""
    stored = np.array([[-1024, 5], [2047, -1]]) if signed else np.array([[0, 5], [4095, 1024]])
    raw = (stored & 0x0FFF).astype(np.uint16) | np.uint16(0xA000)
    images = series(
        pixels=raw, BitsStored=12, HighBit=11, PixelRepresentation=signed, RescaleIntercept=0
    )
    _, volume = opened(write(tmp_path, images))
    np.testing.assert_array_equal(volume.values[0], stored)


@pytest.mark.parametrize(("representation", "value"), [(1, -1024), (0, 64512)])
def test_18_the_sign_of_pixels_is_what_the_header_says(tmp_path, representation, value):
    """The same bits; vtkDICOMImageReader reads 63536 - 1024 as -3024."""
    pixels = np.full((6, 8), -1024, np.int16)
    pixels[2, 3] = 5
    images = series(pixels=pixels, PixelRepresentation=representation, RescaleIntercept=-1024)
    _, volume = opened(write(tmp_path, images))
    assert volume.values[0, 0, 0] == value - 1024
    assert volume.values.dtype == (np.int16 if representation else np.float32)


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("unsigned_tag", [False, True])
def test_19_padding_is_no_tissue(tmp_path, implicit, unsigned_tag):
    """SimpleITK, dcm2niix, highdicom: -2000 as tissue; written unsigned, several compare 63536."""
    pixels = block(0)
    pixels[0] = -2000
    for k in range(COUNT):
        one = image(k, pixels=pixels)
        vr, value = ("US", 63536) if unsigned_tag else ("SS", -2000)
        one.add(DataElement(0x00280120, vr, value))
        (tmp_path / f"{k}.dcm").write_bytes(file_bytes(one, implicit=implicit))
    _, volume = opened(tmp_path)
    assert volume.padding_kji[:, 0].all()
    assert not volume.padding_kji[:, 1:].any()
    assert volume.values.min() == block(0)[1:].min() - 1024


def test_19_a_range_of_padding_is_no_tissue(tmp_path):
    pixels = block(0)
    pixels[0, :4] = (-2000, -1950, -1901, -1899)
    images = series(pixels=pixels)
    for one in images:
        one.PixelPaddingValue, one.PixelPaddingRangeLimit = -2000, -1900
    _, volume = opened(write(tmp_path, images))
    assert volume.padding_kji[0, 0, :5].tolist() == [True, True, True, False, False]
    assert volume.values.min() == -1899 - 1024


def test_19_padding_is_not_mixed_into_tissue(tmp_path):
    """Interpolated with -2000, the edge of the scan circle becomes a ring of false lung."""
    heights_mm = (0, 2, 4, 9, 14)
    pixels = np.full((6, 8), 1000, np.int16)
    padded = pixels.copy()
    padded[:, 0] = -2000
    images = series(
        pixels=lambda k: padded if k % 2 else pixels,
        ImagePositionPatient=lambda k: [0, 0, heights_mm[k]],
    )
    for one in images:
        one.PixelPaddingValue = -2000
    _, volume = opened(write(tmp_path, images))
    assert set(np.unique(volume.values)) == {1000 - 1024}
    assert volume.padding_kji[:, :, 0].any()
    assert not volume.padding_kji[:, :, 1:].any()


def test_20_positions_of_sixteen_letters_are_not_gaps(tmp_path):
    """DS is cut to 16 letters by its writers; 200 slices of 0.3333... must stay 200."""
    step = 1 / 3
    heights = [f"{-1000.0 + k * step:.16g}"[:16] for k in range(200)]
    images = [
        image(k, ImagePositionPatient=["-30.1234567890123"[:16], "20", heights[k]])
        for k in range(200)
    ]
    found, volume = opened(write(tmp_path, images))
    assert found.status == "ok"
    assert volume.shape_ijk[2] == 200
    assert volume.spacing_mm[2] == pytest.approx(step, abs=1e-6)


def test_20_jitter_of_the_table_is_no_fault(tmp_path):
    """highdicom refuses 1 %; real tables move so."""
    jitter = (0.0, 0.02, -0.02, 0.02, -0.01)
    write(tmp_path, series(ImagePositionPatient=lambda k: [-30, 20, 2 * k + jitter[k]]))
    found, _ = opened(tmp_path)
    assert (found.status, found.badges) == ("ok", ())


def test_21_rounded_cosines_are_made_square(tmp_path):
    angle = np.radians(20.3)
    row = (round(np.cos(angle), 3), round(np.sin(angle), 3), 0)
    column = (round(-np.sin(angle), 3), round(np.cos(angle), 3), 0)
    found, volume = opened(write(tmp_path, series(ImageOrientationPatient=[*row, *column])))
    axes = volume.lps_from_ijk[:3, :3] / volume.spacing_mm
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    assert found.status == "ok"
    # Half a millimetre over 400 mm is what three digits cannot say; a voxel must not move further.
    assert axes[:, 0] == pytest.approx((np.cos(angle), np.sin(angle), 0), abs=1e-3)


@pytest.mark.parametrize(("units", "unit"), [("GML", "g/ml"), ("BQML", "Bq/ml"), ("XX", None)])
def test_22_the_unit_of_a_pet_is_that_of_its_file(tmp_path, units, unit):
    """No SUV is computed here: activity stays activity and says so."""
    images = series(Modality="PT", SOPClassUID="1.2.840.10008.5.1.4.1.1.128")
    for one in images:
        one.Units = units
    found, volume = opened(write(tmp_path, images))
    assert (found.unit, volume.unit) == (unit, unit)


def test_23_private_scales_of_philips_are_not_applied(tmp_path):
    """Display value = stored x slope + intercept; the private slope gives another quantity."""
    images = series(Modality="MR", RescaleSlope=2, RescaleIntercept=0)
    for one in images:
        private = one.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
        private.add_new(0x0E, "FL", 0.0123)
    found, volume = opened(write(tmp_path, images))
    np.testing.assert_array_equal(volume.values[1], block(1) * 2)
    assert found.unit is None


def test_24_a_time_index_that_is_one_everywhere_does_not_hide_phases(tmp_path):
    """Canon writes 1 into every frame; the count of positions tells that there are two."""
    images = [
        image(
            k,
            pixels=block(k) + 7 * phase,
            SOPInstanceUID=f"1.2.3.4.{phase}.{k}",
            InstanceNumber=COUNT * phase + k + 1,
            TemporalPositionIdentifier=1,
        )
        for phase in range(2)
        for k in range(COUNT)
    ]
    found = scan(JailHere(), [write(tmp_path, images)])
    assert [one.title[-13:] for one in found] == ["repeat 1 of 2", "repeat 2 of 2"]
    first, second = (open_volume(JailHere(), one) for one in found)
    np.testing.assert_array_equal(second.values - first.values, 7)


@pytest.mark.parametrize("maker", ["siemens", "uih"])
def test_25_a_mosaic_is_refused_in_words(tmp_path, maker):
    """One picture of many slices side by side, drawn as one slice, is a lie in two dimensions."""
    images = series()
    for one in images:
        if maker == "siemens":
            one.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]
        else:
            one.private_block(0x0065, "Image Private Header", create=True).add_new(0x50, "DS", "36")
    (found,) = scan(JailHere(), [write(tmp_path, images)])
    assert (found.status, found.word) == ("refused", "geometry")
    assert "mosaic" in found.reason


def test_26_blanked_identities_still_load(tmp_path):
    """Empty UIDs and names stop Slicer; here the banner is empty, and the volume opens."""
    images = series(
        PatientID="",
        PatientName="",
        StudyInstanceUID="",
        SeriesInstanceUID="",
        FrameOfReferenceUID="",
    )
    for one in images:
        one.StudyDate = "99999999"
    found, volume = opened(write(tmp_path, images))
    assert found.status == "ok"
    assert volume.identity.patient == volume.identity.series == volume.frame_of_reference == ""
    assert volume.shape_ijk[2] == COUNT


def test_27_a_screenshot_beside_the_series_is_left_out_with_a_line(tmp_path):
    """As slice 0 it would shift the patient; as an error it would hide him."""
    shot = image(
        9,
        pixels=np.zeros((6, 8 * 3), np.uint8),
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
        PhotometricInterpretation="RGB",
        SamplesPerPixel=3,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelRepresentation=0,
    )
    shot.Columns, shot.PlanarConfiguration = 8, 0
    found = scan(JailHere(), [write(tmp_path, [*series(), shot])])
    assert {(one.kind, one.status) for one in found} == {("volume", "ok"), ("other", "ok")}
    picture = next(one for one in found if one.kind == "other")
    assert "colour" in picture.reason


def test_outcome_d_slices_beside_the_line_are_refused(tmp_path):
    """The fourth outcome: neither even, nor sheared, nor missing: in 3D it would be a guess."""
    write(tmp_path, series(ImagePositionPatient=lambda k: [-30 + 4 * (k == 2), 20, 2 * k]))
    (found,) = scan(JailHere(), [tmp_path])
    assert (found.status, found.word) == ("refused", "geometry")
    assert "slice 3 of 5 lies 4.00 mm beside the line" in found.reason


def test_two_patients_under_one_series_uid_are_never_one_volume(tmp_path):
    """SimpleITK and GDCM join them without a word."""
    write(tmp_path, series(PatientID=lambda k: "A" if k < 4 else "B"))
    (found,) = scan(JailHere(), [tmp_path])
    assert (found.status, found.word) == ("refused", "identity")


def test_26_two_patients_without_series_ids_stay_apart(tmp_path):
    write(tmp_path, series(SeriesInstanceUID="", PatientID=lambda k: "A" if k < 3 else "B"))
    found = scan(JailHere(), [tmp_path])
    assert [(one.status, one.files) for one in found] == [("ok", 3), ("ok", 2)]
    assert len({one.identity.patient for one in found}) == 2


def test_reading_holds_one_volume_and_a_few_slices(tmp_path):
    """A stack of slices that is copied into a volume needs twice the memory: 1.25 is promised."""
    pixels = block(0, rows=128, columns=128)
    found, *_ = scan(JailHere(), [write(tmp_path, [image(k, pixels=pixels) for k in range(40)])])
    open_volume(JailHere(), found)  # what is imported at first use does not count
    tracemalloc.start()
    volume = open_volume(JailHere(), found)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 1.25 * volume.values.nbytes
