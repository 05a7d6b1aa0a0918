"""Segmentations: every frame in its own place, every bit in its own voxel."""

from __future__ import annotations

import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    RLELossless,
    SegmentationStorage,
)

from metaviewer.errors import GeometryError, Refused
from metaviewer.frames import moved
from metaviewer.jail import Answer, Jail, here
from metaviewer.medical import Volume, open_segments, segments_from_labels
from metaviewer.medical.dicom_bytes import INFLATED_BYTES_MAX, dicom_bytes
from metaviewer.medical.frame_grid import frame_grid
from metaviewer.medical.mask_frames import coded_frame_bytes, frame_values
from metaviewer.medical.region_colour import rgb_from_dicom_lab

LABEL_MAP_STORAGE = "1.2.840.10008.5.1.4.1.1.66.7"
AXIAL = (1, 0, 0, 0, 1, 0)
NAME = "CANARY^PATIENT"


class OpenJail:
    """What `Jail.call` does, without a process."""

    def call(self, reader, places, arguments=None, *, place="") -> Answer:
        return here(reader, places, arguments)


def item(**attributes: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def segmentation(
    frames: list[tuple[int, tuple[float, float, float], np.ndarray]],
    *,
    kind: str = "BINARY",
    orientation: tuple[float, ...] = AXIAL,
    step_mm: float | None = 2.5,
    labels: dict[int, str] | None = None,
) -> Dataset:
    """A segmentation of frames (segment number, position, pixels), pixels 0.5 by 0.75 mm."""
    stack = np.stack([pixels for _, _, pixels in frames])
    numbers = sorted({number for number, _, _ in frames})
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = LABEL_MAP_STORAGE if kind == "LABELMAP" else SegmentationStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = item(
        file_meta=meta,
        SOPClassUID=meta.MediaStorageSOPClassUID,
        SOPInstanceUID="1.2.3.4",
        PatientName=NAME,
        PatientID="7654321",
        StudyInstanceUID="1.2.3",
        SeriesInstanceUID="1.2.3.5",
        FrameOfReferenceUID="1.2.3.9",
        Modality="SEG",
        SegmentationType=kind,
        NumberOfFrames=len(frames),
        Rows=stack.shape[1],
        Columns=stack.shape[2],
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=1 if kind == "BINARY" else 8,
        BitsStored=1 if kind == "BINARY" else 8,
        HighBit=0 if kind == "BINARY" else 7,
        PixelRepresentation=0,
    )
    if kind == "FRACTIONAL":
        dataset.MaximumFractionalValue = 200
    dataset.SegmentSequence = [
        item(SegmentNumber=number, SegmentLabel=(labels or {}).get(number, f"Part {number}"))
        for number in (labels or {}) | dict.fromkeys(numbers)
    ]
    measures = item(PixelSpacing=[0.75, 0.5])
    if step_mm is not None:
        measures.SpacingBetweenSlices = step_mm
    dataset.SharedFunctionalGroupsSequence = [
        item(
            PlaneOrientationSequence=[item(ImageOrientationPatient=list(orientation))],
            PixelMeasuresSequence=[measures],
        )
    ]
    dataset.PerFrameFunctionalGroupsSequence = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=list(position))],
            SegmentIdentificationSequence=[item(ReferencedSegmentNumber=number)],
        )
        for number, position, _ in frames
    ]
    stored = stack.astype(np.uint8)
    packed = (np.packbits(stored, bitorder="little") if kind == "BINARY" else stored).tobytes()
    dataset.PixelData = packed + b"\0" * (len(packed) % 2)
    return dataset


def saved(dataset: Dataset, folder: Path) -> Path:
    path = folder / "seg.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


def read(dataset: Dataset, folder: Path, **options: float):
    return open_segments(OpenJail(), saved(dataset, folder), **options)


def refused(dataset: Dataset, folder: Path) -> Refused:
    with pytest.raises(Refused) as caught:
        read(dataset, folder)
    return caught.value


def spots(*places: tuple[int, int], shape: tuple[int, int] = (5, 7)) -> np.ndarray:
    pixels = np.zeros(shape, bool)
    for j, i in places:
        pixels[j, i] = True
    return pixels


def voxels_lps_mm(segment) -> set[tuple[float, float, float]]:
    """Centres of the voxels inside, rounded: what a person would see marked."""
    ijk = np.argwhere(segment.mask_kji)[:, ::-1]
    points = moved(ijk, target_from_source=segment.lps_from_ijk)
    return {tuple(np.round(point, 3).tolist()) for point in points}


def test_each_voxel_lies_where_its_frame_says(tmp_path):
    """Frames in reverse, one slice left out, width no multiple of 8, two segments interleaved:
    placed by index, or with bits padded per row, the mask lands beside the tumour.
    """
    frames = [
        (2, (10, 20, 35.0), spots((4, 6))),
        (1, (10, 20, 40.0), spots((0, 1), (3, 2))),
        (1, (10, 20, 32.5), spots((2, 0))),
        (2, (10, 20, 32.5), spots((2, 0))),
    ]
    first, second = read(segmentation(frames), tmp_path).segments
    assert voxels_lps_mm(first) == {(10.5, 20, 40), (11, 22.25, 40), (10, 21.5, 32.5)}
    assert voxels_lps_mm(second) == {(13, 23, 35), (10, 21.5, 32.5)}
    assert first.mask_kji.shape[0] == 4
    np.testing.assert_allclose(first.lps_from_ijk[:3, 2], (0, 0, 2.5))
    assert (first.number, first.name) == (1, "Part 1")


def test_oblique_and_sheared_stacks_keep_their_axes(tmp_path):
    """A cross product for the third axis straightens a tilted stack: 38 mm off over a chest."""
    orientation = (0, 0.6, 0.8, 1, 0, 0)
    step = np.array([0.1, 1.5, -2.0])
    frames = [(1, tuple(np.array([5, 6, 7]) + k * step), spots((1, 1))) for k in range(4)]
    (segment,) = read(segmentation(frames, orientation=orientation), tmp_path).segments
    expected = {
        tuple(np.round(np.array([5, 6, 7]) + k * step + (0.75, 0.3, 0.4), 3).tolist())
        for k in range(4)
    }
    assert voxels_lps_mm(segment) == expected
    assert np.linalg.det(segment.lps_from_ijk[:3, :3]) > 0


def test_slices_of_a_segment_are_not_neighbours_because_the_ones_between_are_not_its_own(tmp_path):
    """Without a spacing tag, a segment in slices 0 and 4 alone would grow four times as thick."""
    frames = [(2, (0, 0, 2.0 * k), spots((1, 1))) for k in range(5)]
    frames += [(1, (0, 0, 2.0 * k), spots((1, 1))) for k in (0, 4)]
    first, second = read(segmentation(frames, step_mm=None), tmp_path).segments
    assert first.mask_kji.sum(axis=(1, 2)).tolist() == [1, 0, 0, 0, 1]
    np.testing.assert_allclose(first.lps_from_ijk, second.lps_from_ijk)


def test_thin_slices_with_gaps_fill_their_distance():
    """Thickness for spacing: 1 mm sheets with 4 mm of nothing between."""
    gapped = {
        "positions_lps_mm_n3": np.array([[0, 0, 0], [0, 0, 5.0], [0, 0, 10.0]]),
        "orientation": np.array(AXIAL, float),
        "pixel_spacing_rc_mm": (1, 1),
        "declared_step_mm": None,
        "thickness_mm": 1.0,
    }
    assert frame_grid(**gapped).slice_count == 3
    single = gapped | {"positions_lps_mm_n3": np.zeros((1, 3))}
    assert frame_grid(**single).lps_from_ijk[2, 2] == 1.0


@given(
    spacing=st.tuples(st.floats(0.3, 5), st.floats(0.3, 5), st.floats(0.3, 9)),
    tilt=st.floats(-0.5, 0.5),
    order=st.permutations(range(6)),
    left_out=st.integers(1, 4),
)
def test_frames_find_their_slice_in_any_order(spacing, tilt, order, left_out):
    """By index instead of position: any order but the sorted one is a scrambled organ."""
    step = np.array([0.0, tilt, spacing[2]])
    kept = [k for k in order if k != left_out]
    grid = frame_grid(
        positions_lps_mm_n3=np.array([np.array([-100, 50, 900.0]) + k * step for k in kept]),
        orientation=np.array(AXIAL, float),
        pixel_spacing_rc_mm=spacing[:2],
        declared_step_mm=None,
    )
    assert grid.slice_of_frame.tolist() == kept
    assert grid.slice_count == 6
    np.testing.assert_allclose(grid.lps_from_ijk[:3, 2], step, atol=1e-9)
    np.testing.assert_allclose(grid.lps_from_ijk[:3, 3], (-100, 50, 900), atol=1e-7)
    np.testing.assert_allclose(np.diag(grid.lps_from_ijk)[:2], spacing[1::-1])


def test_declared_spacing_names_the_step_only_where_positions_agree():
    """Slices 1 and 3 of a stack: 5 mm apart with 2.5 mm between; a tag of 2 mm fits no position."""

    def slices(declared_mm):
        return frame_grid(
            positions_lps_mm_n3=np.array([[0, 0, 0], [0, 0, 5.0]]),
            orientation=np.array(AXIAL, float),
            pixel_spacing_rc_mm=(1, 1),
            declared_step_mm=declared_mm,
        ).slice_count

    assert (slices(2.5), slices(2.0), slices(-2.5), slices(None)) == (3, 2, 3, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"positions_lps_mm_n3": np.array([[0, 0, 0], [0, 0, 1], [0, 0, 2.4]])},
        {"positions_lps_mm_n3": np.array([[0, 0, 0], [0, 0, np.nan]])},
        {"positions_lps_mm_n3": np.array([[0, 0, 0], [0, 0, 1], [9, 0, 2]])},
        {"positions_lps_mm_n3": np.zeros((1, 3))},
        {"orientation": np.array([1, 0, 0, 0.1, 1, 0])},
        {"orientation": np.zeros(6)},
        {"pixel_spacing_rc_mm": (0.0, 1.0)},
        {"pixel_spacing_rc_mm": (1.0, float("inf"))},
    ],
)
def test_geometry_that_is_none_is_refused(changes):
    sound = {
        "positions_lps_mm_n3": np.array([[0, 0, 0], [0, 0, 1.0]]),
        "orientation": np.array(AXIAL, float),
        "pixel_spacing_rc_mm": (1.0, 1.0),
        "declared_step_mm": None,
    }
    frame_grid(**sound)
    with pytest.raises(GeometryError):
        frame_grid(**(sound | changes))


def test_fraction_decides_who_belongs(tmp_path):
    """Compared with 255 instead of the object's own maximum, half of the organ is missing."""
    pixels = np.array([[0, 99, 100, 200]], np.uint8)
    dataset = segmentation([(1, (0, 0, 0), pixels)], kind="FRACTIONAL")
    (half,) = read(dataset, tmp_path).segments
    (any_,) = read(dataset, tmp_path, fraction_min=1 / 200).segments
    assert (half.mask_kji.sum(), any_.mask_kji.sum()) == (2, 3)


def test_label_map_gives_one_segment_a_number_and_no_background(tmp_path):
    pixels = np.array([[0, 2, 2, 7]], np.uint8)
    labels = {0: "Background", 2: "Liver", 7: "Spleen", 9: "Absent"}
    dataset = segmentation([(0, (0, 0, 0), pixels)], kind="LABELMAP", labels=labels)
    found = read(dataset, tmp_path).segments
    assert [(s.number, s.name, int(s.mask_kji.sum())) for s in found] == [
        (2, "Liver", 2),
        (7, "Spleen", 1),
    ]


def test_what_the_file_says_of_itself_becomes_a_badge(tmp_path):
    dataset = segmentation([(1, (0, 0, 0), spots((1, 1)))])
    assert read(dataset, tmp_path).badges == ()
    dataset.ContentDescription = "Made, not a diagnosis"
    code = item(CodeValue="123110", CodingSchemeDesignator="DCM", CodeMeaning="AI")
    algorithm = item(AlgorithmFamilyCodeSequence=[code], AlgorithmName="x", AlgorithmVersion="1")
    dataset.SegmentSequence[0].SegmentAlgorithmType = "AUTOMATIC"
    dataset.SegmentSequence[0].SegmentationAlgorithmIdentificationSequence = [algorithm]
    assert read(dataset, tmp_path).badges == ("made", "ai_not_reviewed")


def test_no_name_leaves_the_jail(tmp_path):
    """Identity is a salted token; the patient's name and number are nowhere in the answer."""
    dataset = segmentation([(1, (0, 0, 0), spots((1, 1)))])
    answer = here(
        "metaviewer.medical.read_seg:read_seg", [saved(dataset, tmp_path)], {"salt": "00" * 32}
    )
    text = str(answer.header)
    assert not any(secret in text for secret in ("CANARY", "7654321", "1.2.3"))
    assert len(answer.header["patient"]) == 8


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda d: setattr(d, "Rows", 5000), "size"),
        (lambda d: setattr(d, "NumberOfFrames", 2_000_000_000), "size"),
        (lambda d: setattr(d, "NumberOfFrames", 2), "size"),
        (lambda d: setattr(d, "SOPClassUID", "1.2.840.10008.5.1.4.1.1.2"), "format"),
        (lambda d: setattr(d, "BitsAllocated", 32), "format"),
        (lambda d: setattr(d, "PixelData", b"\0\0\0\0\0\0"), "empty"),
        (lambda d: setattr(d, "Rows", [2, 3]), "numbers"),
        (lambda d: delattr(d, "PixelData"), "format"),
        (lambda d: delattr(d, "SegmentSequence"), "format"),
        (lambda d: delattr(d.SegmentSequence[0], "SegmentNumber"), "format"),
        (lambda d: delattr(d, "PerFrameFunctionalGroupsSequence"), "geometry"),
        (lambda d: delattr(d, "SharedFunctionalGroupsSequence"), "geometry"),
    ],
)
def test_what_lies_is_refused(tmp_path, change, word):
    dataset = segmentation([(1, (0, 0, 0), spots((1, 1)))])
    change(dataset)
    assert refused(dataset, tmp_path).word == word


def test_bits_run_on_from_frame_to_frame():
    """Padded to a byte per frame, each frame after the first is shifted (35 bits a frame)."""
    wanted = np.random.default_rng(1).random((3, 5, 7)) < 0.5
    plain = np.packbits(wanted, bitorder="little").tobytes()
    found = frame_values(plain, shape=(3, 5, 7), bits=1, big_endian=False)
    np.testing.assert_array_equal(found, wanted)
    with pytest.raises(Refused, match="need 14 bytes, 13"):
        frame_values(plain[:-1], shape=(3, 5, 7), bits=1, big_endian=False)


@given(st.lists(st.tuples(st.integers(1, 128), st.integers(0, 255)), min_size=1, max_size=9))
def test_run_lengths_come_back(runs):
    """PS3.5 G.3.2 by hand: literals of n + 1 bytes, repeats of 257 - n, 128 for nothing."""
    packed, wanted = bytearray(), bytearray()
    for length, value in runs:
        if length > 1 and value % 2:
            packed += bytes([257 - length, value, 128])
            wanted += bytes([value]) * length
        else:
            packed += bytes([length - 1]) + bytes([value]) * length
            wanted += bytes([value]) * length
    header = np.array([1, 64] + [0] * 14, "<u4").tobytes()
    fragment = header + bytes(packed)
    plain = coded_frame_bytes(fragment, frame_bytes=len(wanted), run_length=True)
    assert plain == bytes(wanted)
    with pytest.raises(Refused):
        coded_frame_bytes(fragment, frame_bytes=len(wanted) + 1, run_length=True)


def test_pydicom_run_lengths_of_words(tmp_path):
    """Byte planes woven the wrong way round: label 1 becomes label 256."""
    pixels = np.arange(24, dtype="<u2").reshape(4, 6) * 300
    dataset = segmentation([(0, (0, 0, 0), pixels)], kind="LABELMAP", labels={300: "A", 6900: "B"})
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelData = pixels.tobytes()
    dataset.compress(RLELossless, generate_instance_uid=False)
    found = read(dataset, tmp_path).segments
    assert [(s.number, int(s.mask_kji.sum())) for s in found] == [(300, 1), (6900, 1)]


def test_deflated_object_is_read_and_a_bomb_is_not(tmp_path):
    """F02, F11: 64 MiB of zeros deflate to 65 kB."""
    dataset = segmentation([(1, (0, 0, 0), spots((1, 1)))])
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    path = saved(dataset, tmp_path)
    (segment,) = open_segments(OpenJail(), path).segments
    assert segment.mask_kji.sum() == 1
    whole = path.read_bytes()
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    meta_end = 144 + int.from_bytes(whole[140:144], "little")
    bomb = packer.compress(b"\0" * (INFLATED_BYTES_MAX + 1)) + packer.flush()
    path.write_bytes(whole[:meta_end] + bomb)
    with pytest.raises(Refused) as caught:
        dicom_bytes(path)
    assert caught.value.word == "size"


def test_inflated_bytes_are_plain_dicom(tmp_path):
    dataset = segmentation([(1, (0, 0, 0), spots((1, 1)))])
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    plain = pydicom.dcmread(BytesIO(dicom_bytes(saved(dataset, tmp_path))))
    assert plain.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert plain.PixelData == dataset.PixelData


@given(
    cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6)), min_size=1, max_size=4),
    keep=st.floats(0.2, 1),
)
def test_only_refused_escapes_from_broken_bytes(tmp_path_factory, cuts, keep):
    """Bytes overwritten and cut off anywhere: the reader refuses or reads, nothing else."""
    path = tmp_path_factory.mktemp("seg") / "seg.dcm"
    segmentation([(1, (0, 0, 2.5 * k), spots((1, k))) for k in range(4)]).save_as(
        path, enforce_file_format=True
    )
    data = bytearray(path.read_bytes())
    for place, patch in cuts:
        at = int(place * (len(data) - 1))
        data[at : at + len(patch)] = patch
    path.write_bytes(data[: int(len(data) * keep)])
    try:
        found = here("metaviewer.medical.read_seg:read_seg", [path], {})
    except Refused:
        return
    assert all(np.isfinite(s["lps_from_ijk"]).all() for s in found.header["segments"])


def test_highdicom_agrees(tmp_path):
    """The reference implementation's own writer, overlapping segments and empty frames left out."""
    import highdicom
    from highdicom.sr.coding import CodedConcept
    from pydicom.data import get_testdata_file

    source = [pydicom.dcmread(get_testdata_file("CT_small.dcm"))]
    masks = np.random.default_rng(2).random((1, 128, 128, 2)) < 0.1
    tissue = CodedConcept("85756007", "SCT", "Tissue")
    descriptions = [
        highdicom.seg.SegmentDescription(
            segment_number=number,
            segment_label=f"Part {number}",
            segmented_property_category=tissue,
            segmented_property_type=tissue,
            algorithm_type="MANUAL",
        )
        for number in (1, 2)
    ]
    written = highdicom.seg.Segmentation(
        source_images=source,
        pixel_array=masks.astype(np.uint8),
        segmentation_type="BINARY",
        segment_descriptions=descriptions,
        series_instance_uid=highdicom.UID(),
        series_number=2,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="x",
        manufacturer_model_name="x",
        software_versions="1",
        device_serial_number="1",
    )
    found = read(written, tmp_path).segments
    assert [int(segment.mask_kji.sum()) for segment in found] == masks.sum(axis=(0, 1, 2)).tolist()


def test_cielab_is_read_under_its_own_white():
    """White, black, mid grey and red; a* and b* are offset by 128, not by half the range."""
    zero = 128 / 255 * 65535
    assert rgb_from_dicom_lab((65535, zero, zero)) == pytest.approx((1, 1, 1), abs=2e-3)
    assert rgb_from_dicom_lab((0, zero, zero)) == pytest.approx((0, 0, 0), abs=2e-3)
    assert rgb_from_dicom_lab((53.39 * 655.35, zero, zero)) == pytest.approx((0.5,) * 3, abs=2e-3)
    # sRGB red is L* 54.29, a* 80.80, b* 69.89 under D50.
    red = (54.29 * 655.35, (80.80 + 128) * 257, (69.89 + 128) * 257)
    assert rgb_from_dicom_lab(red) == pytest.approx((1, 0, 0), abs=0.01)
    assert rgb_from_dicom_lab((1, 2)) is None


def label_map(values: np.ndarray) -> Volume:
    affine = np.diag([0.5, 0.75, 2.0, 1.0])
    affine[:3, 3] = (10, 20, 30)
    return Volume(values=values, lps_from_ijk=affine, modality="", unit=None)


def test_label_map_becomes_cropped_segments_in_place():
    values = np.zeros((4, 5, 6), np.int16)
    values[1, 2, 3] = values[2, 2, 3] = 900
    values[0, 0, 0] = 3
    first, second = segments_from_labels(label_map(values), names={900: "Kidney"}).segments
    assert (first.number, first.name, second.number, second.name) == (3, "Label 3", 900, "Kidney")
    assert voxels_lps_mm(first) == {(10, 20, 30)}
    assert voxels_lps_mm(second) == {(11.5, 21.5, 32), (11.5, 21.5, 34)}
    assert second.mask_kji.shape == (2, 1, 1)


def test_empty_label_map_has_no_segments_and_a_picture_is_none():
    assert segments_from_labels(label_map(np.zeros((2, 2, 2), np.int16))).segments == ()
    with pytest.raises(GeometryError):
        segments_from_labels(label_map(np.full((2, 2, 2), 0.5, np.float32)))
    with pytest.raises(GeometryError):
        segments_from_labels(label_map(np.full((2, 2, 2), -1, np.int16)))


@pytest.mark.process
def test_through_the_real_jail(tmp_path):
    """The reader's name resolves, its locks hold, truth values cross."""
    path = saved(segmentation([(1, (0, 0, 2.5 * k), spots((1, k))) for k in range(3)]), tmp_path)
    with Jail("medical") as jail:
        (segment,) = open_segments(jail, path).segments
    assert segment.mask_kji.dtype == bool
    assert segment.mask_kji.sum() == 3
