"""Structure sets: every outline of every region, and nothing that is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage

from metaviewer.errors import Refused
from metaviewer.jail import Answer, here
from metaviewer.medical import open_contours
from metaviewer.medical.tokens import frame_token

SQUARE = np.array([[0, 0, 5], [10, 0, 5], [10, 8, 5], [0, 8, 5.0]])
HIGHER = SQUARE + np.array([0, 0, 3])


class OpenJail:
    """What `Jail.call` does, without a process."""

    def call(self, reader, places, arguments=None, *, place="") -> Answer:
        return here(reader, places, arguments)


def item(**attributes: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def outline(points: np.ndarray, *, kind: str = "CLOSED_PLANAR") -> Dataset:
    return item(
        ContourGeometricType=kind,
        NumberOfContourPoints=len(points),
        ContourData=[float(value) for value in points.ravel()],
    )


def structure_set(
    regions: dict[int, list[Dataset]], *, frames: tuple[str, ...] = ("1.2.9",)
) -> Dataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = RTStructureSetStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return item(
        file_meta=meta,
        SOPClassUID=RTStructureSetStorage,
        SOPInstanceUID="1.2.3.4",
        PatientID="7654321",
        Modality="RTSTRUCT",
        StructureSetROISequence=[
            item(
                ROINumber=number,
                ROIName=f"Region {number}",
                ReferencedFrameOfReferenceUID=frames[index % len(frames)],
            )
            for index, number in enumerate(regions)
        ],
        # In another order than the names: joined by position, colours and outlines change owners.
        ROIContourSequence=[
            item(ReferencedROINumber=number, ROIDisplayColor=[255, 0, 51], ContourSequence=contours)
            for number, contours in reversed(regions.items())
            if contours
        ],
    )


def saved(dataset: Dataset, folder: Path) -> Path:
    path = folder / "rtstruct.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


def read(dataset: Dataset, folder: Path):
    return open_contours(OpenJail(), saved(dataset, folder))


def refused(dataset: Dataset, folder: Path) -> Refused:
    with pytest.raises(Refused) as caught:
        read(dataset, folder)
    return caught.value


def test_outlines_belong_to_the_region_that_names_them(tmp_path):
    regions = {
        4: [outline(SQUARE), outline(HIGHER)],
        7: [],
        9: [outline(SQUARE * 2)],
    }
    found = read(structure_set(regions), tmp_path)
    assert [(r.number, r.name, len(r.contours)) for r in found.regions] == [
        (4, "Region 4", 2),
        (7, "Region 7", 0),
        (9, "Region 9", 1),
    ]
    np.testing.assert_array_equal(found.regions[0].contours[1].points_lps_mm_n3, HIGHER)
    np.testing.assert_array_equal(found.regions[2].contours[0].points_lps_mm_n3, SQUARE * 2)
    assert found.regions[0].colour_rgb == (1.0, 0.0, 0.2)
    assert found.regions[1].colour_rgb is None
    assert found.frame_of_reference == frame_token("1.2.9")
    assert len(found.identity.patient) == 8


def test_points_and_open_lines_bound_nothing(tmp_path):
    """An isocentre closed to a surface would be a needle through the patient."""
    regions = {
        1: [outline(SQUARE[:1], kind="POINT"), outline(SQUARE, kind="OPEN_PLANAR")],
        2: [outline(SQUARE, kind="CLOSEDPLANAR_XOR"), outline(SQUARE[:2])],
    }
    found = read(structure_set(regions), tmp_path)
    assert [len(region.contours) for region in found.regions] == [0, 1]


def test_outlines_are_read_only(tmp_path):
    (region,) = read(structure_set({1: [outline(SQUARE)]}), tmp_path).regions
    with pytest.raises(ValueError, match="read-only"):
        region.contours[0].points_lps_mm_n3[0, 0] = 1.0


def with_points(points: np.ndarray, count: int | None = None) -> Dataset:
    contour = outline(points)
    if count is not None:
        contour.NumberOfContourPoints = count
    return structure_set({1: [contour]})


@pytest.mark.parametrize(
    ("dataset", "word"),
    [
        (with_points(SQUARE, count=5), "size"),
        (with_points(np.array([[0, 0, 5], [1e8, 0, 5], [0, 1, 5], [0, 0, 5.0]])), "numbers"),
        (with_points(SQUARE + np.array([[0, 0, 0], [0, 0, 4], [0, 0, 0], [0, 0, 9]])), "geometry"),
        (structure_set({1: []}), "empty"),
        (structure_set({1: [outline(SQUARE)], 2: []}, frames=("1.2", "1.3")), "geometry"),
    ],
)
def test_what_lies_is_refused(tmp_path, dataset, word):
    assert refused(dataset, tmp_path).word == word


def test_not_a_structure_set_is_refused(tmp_path):
    dataset = structure_set({1: [outline(SQUARE)]})
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    assert refused(dataset, tmp_path).word == "format"


@given(
    cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6)), min_size=1, max_size=4),
    keep=st.floats(0.2, 1),
)
def test_only_refused_escapes_from_broken_bytes(tmp_path_factory, cuts, keep):
    """Bytes overwritten and cut off anywhere: the reader refuses or reads, nothing else."""
    folder = tmp_path_factory.mktemp("rtstruct")
    path = saved(structure_set({1: [outline(SQUARE)], 2: [outline(SQUARE + 1)]}), folder)
    data = bytearray(path.read_bytes())
    for place, patch in cuts:
        at = int(place * (len(data) - 1))
        data[at : at + len(patch)] = patch
    path.write_bytes(data[: int(len(data) * keep)])
    try:
        found = here("metaviewer.medical.read_rtstruct:read_rtstruct", [path], {})
    except Refused:
        return
    assert np.isfinite(found.arrays["points_lps_mm_n3"]).all()
