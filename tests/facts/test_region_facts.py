"""Regions of the sample files, against the facts that other readers agreed on."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from metaviewer import resources
from metaviewer.frames import LPS_FROM_RAS, moved
from metaviewer.jail import Answer, here
from metaviewer.medical import (
    Segment,
    Segments,
    Volume,
    open_contours,
    open_segments,
    segments_from_labels,
)
from metaviewer.medical.tokens import frame_token
from metaviewer.surface import from_contours, from_segments
from metaviewer.surface.triangles import area_of

MEDICAL = resources.samples_dir() / "medical.json"
FACTS = json.loads(MEDICAL.read_text()) if MEDICAL.is_file() else []
ABSENT = {"path": "absent", "expect": {}}

MM = 0.01
"""Tolerance of geometry that the manifest suggests."""


class OpenJail:
    """What `Jail.call` does, without a process."""

    def call(self, reader, places, arguments=None, *, place="") -> Answer:
        return here(reader, places, arguments)


def facts_of(kind: str):
    chosen = [fact for fact in FACTS if fact["kind"] == kind] or [ABSENT]
    return pytest.mark.parametrize("fact", chosen, ids=lambda fact: fact["path"])


def volume_mm3(segment: Segment) -> float:
    return float(segment.mask_kji.sum() * np.linalg.det(segment.lps_from_ijk[:3, :3]))


def segments_at(samples, path: str, **options: float) -> Segments:
    return open_segments(OpenJail(), samples / path, **options)


@facts_of("seg")
def test_segments_are_those_of_the_facts(samples, fact):
    """Labels, voxels of each segment, frame of reference, axes and pixel size of every SEG."""
    expect = fact["expect"]
    found = segments_at(samples, fact["path"], fraction_min=1 / 255)
    labels = {item["n"]: item["label"] for item in expect["segments"] if item["n"]}
    assert {segment.number: segment.name for segment in found.segments} == labels
    counted = expect.get("nonzero_voxels_per_segment", expect.get("voxels_per_value"))
    if counted is not None:
        wanted = {int(number): count for number, count in counted.items() if int(number)}
        assert {s.number: int(s.mask_kji.sum()) for s in found.segments} == wanted
    assert found.frame_of_reference == frame_token(expect["FrameOfReferenceUID"])
    for segment in found.segments:
        axes = segment.lps_from_ijk[:3, :3]
        across = expect["frame_pixel_spacing_xy"]
        np.testing.assert_allclose(axes[:, 0], np.array(expect["row_dir"]) * across[0], atol=1e-4)
        np.testing.assert_allclose(axes[:, 1], np.array(expect["col_dir"]) * across[1], atol=1e-4)
        assert np.linalg.det(axes) > 0
        offset = segment.lps_from_ijk[:3, 3] - expect["origin_lps"]
        ijk = np.linalg.solve(axes, offset)
        np.testing.assert_allclose(ijk, np.rint(ijk), atol=0.02)
        assert (np.rint(ijk) >= 0).all()


@pytest.mark.parametrize("name", ["liver_deflate", "liver_nonbyte_aligned_rle", "liver_expb"])
def test_a_liver_is_the_same_liver_in_every_coding(samples, name):
    """Deflated frames, 1-bit run lengths and big-endian words; other readers refuse or die."""
    plain = segments_at(samples, "dicom/seg/liver.dcm").segments[0]
    coded = segments_at(samples, f"dicom/seg/{name}.dcm").segments[0]
    np.testing.assert_array_equal(coded.mask_kji, plain.mask_kji)
    np.testing.assert_allclose(coded.lps_from_ijk, plain.lps_from_ijk, atol=1e-4)


def test_mass_of_the_chest_lies_in_the_left_lung(samples):
    """The manifest's cross-check: centroid, box and volume in LPS; frames are stored top down."""
    (segment,) = segments_at(samples, "dicom/ct_chest_cmb_seg.dcm").segments
    points = moved(np.argwhere(segment.mask_kji)[:, ::-1], target_from_source=segment.lps_from_ijk)
    np.testing.assert_allclose(points.mean(axis=0), (95.82, -2.18, -109.0), atol=MM)
    np.testing.assert_allclose(points.min(axis=0), (83.86, -14.26, -119.0), atol=MM)
    np.testing.assert_allclose(points.max(axis=0), (109.01, 10.0, -99.0), atol=MM)
    assert volume_mm3(segment) == pytest.approx(7081, abs=1)
    assert "made" in segments_at(samples, "dicom/ct_chest_cmb_seg.dcm").badges


def test_four_radiologists_overlap_as_they_drew(samples):
    """One nodule, four readers: all agree on 2141 voxels, any of them marked 4196."""
    found = segments_at(samples, "dicom/ct_lidc_nodule_seg.dcm")
    votes: dict[tuple[float, ...], int] = {}
    for segment in found.segments:
        ijk = np.argwhere(segment.mask_kji)[:, ::-1]
        for point in moved(ijk, target_from_source=segment.lps_from_ijk).round(2).tolist():
            votes[tuple(point)] = votes.get(tuple(point), 0) + 1
    counts = np.array(list(votes.values()))
    assert ((counts == 4).sum(), (counts >= 2).sum(), len(counts)) == (2141, 3398, 4196)
    agreed = np.array([point for point, count in votes.items() if count >= 2])
    np.testing.assert_allclose(agreed.mean(axis=0), (-57.20, 131.35, -520.36), atol=MM)


def test_organs_keep_the_volume_of_their_voxels(samples):
    """Both meshes, in millilitres, beside the voxel count; a nodule may lose what its rim is."""
    for path in ("dicom/ct_chest_cmb_seg.dcm", "dicom/ct_lidc_nodule_seg.dcm"):
        regions = segments_at(samples, path)
        for organ, segment in zip(from_segments(regions), regions.segments, strict=True):
            assert organ.volume_mm3 == pytest.approx(volume_mm3(segment), rel=0.015)
            assert organ.shown.badges == regions.badges


def label_map(path: Path) -> Volume:
    """A label map by other people's readers, so that only what follows is tested."""
    if path.suffix == ".nrrd":
        import SimpleITK

        image = SimpleITK.ReadImage(str(path))
        affine = np.eye(4)
        affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
        affine[:3, 3] = image.GetOrigin()
        values = SimpleITK.GetArrayFromImage(image)
    else:
        import nibabel

        loaded = nibabel.load(path)
        affine = LPS_FROM_RAS @ loaded.affine
        values = np.asarray(loaded.dataobj).T
    return Volume(values=values.astype(np.int16), lps_from_ijk=affine, modality="", unit=None)


@facts_of("labelmap")
def test_label_maps_are_those_of_the_facts(samples, fact):
    """Voxels of each label, the background left out; an empty map has no segment."""
    found = segments_from_labels(label_map(samples / fact["path"]))
    counted = {int(float(v)): n for v, n in fact["expect"]["values_counts"].items()}
    counted.pop(0, None)
    assert {s.number: int(s.mask_kji.sum()) for s in found.segments} == counted


@pytest.mark.parametrize(
    ("path", "volume", "area"),
    [
        ("volumes/ibsi1_digital_phantom_mask.nii.gz", (556, 4), (388, 3)),
        ("volumes/ct_chest_60_mask.nii.gz", (358_000, 5_000), (35_700, 300)),
    ],
)
def test_measured_mesh_gives_the_published_numbers(samples, path, volume, area):
    """IBSI-1 morphological reference values: the smoothed mesh would be 70 % and 19 % off."""
    (organ,) = from_segments(segments_from_labels(label_map(samples / path)))
    assert organ.volume_mm3 == pytest.approx(volume[0], abs=volume[1])
    found_mm2 = area_of(organ.measured.points_mm_n3, organ.measured.triangles_n3)
    assert found_mm2 == pytest.approx(area[0], abs=area[1])


@facts_of("rtstruct")
def test_contours_are_those_of_the_facts(samples, fact):
    """Names, closed outlines, points, box and frame of reference of every RTSTRUCT."""
    expect = fact["expect"]
    found = open_contours(OpenJail(), samples / fact["path"])
    assert [(r.number, r.name) for r in found.regions] == [
        (item["n"], item["name"]) for item in expect["rois"]
    ]
    for region in found.regions:
        wanted = expect["contours"][str(region.number)]
        is_closed = wanted["types"] == ["CLOSED_PLANAR"]
        assert len(region.contours) == (wanted["contours"] if is_closed else 0)
        points = sum(len(contour.points_lps_mm_n3) for contour in region.contours)
        assert points == (wanted["points"] if is_closed else 0)
    assert found.frame_of_reference == frame_token(expect["frame_of_reference"][0])
    if len(found.regions) == 1:
        every = np.concatenate([c.points_lps_mm_n3 for c in found.regions[0].contours])
        np.testing.assert_allclose(
            [every.min(axis=0), every.max(axis=0)], expect["bbox_lps"], atol=MM
        )


def test_outlined_tumour_has_the_published_volume(samples):
    """IBSI CT phantom: 358 000 +- 5 000 mm3 and 35 700 mm2 by mesh (oncoray/mirp reference values).

    Filled from the outlines, so the area is that of finer steps than the reference's voxels.
    """
    (organ,) = from_contours(open_contours(OpenJail(), samples / "dicom/ct_chest_60_rtstruct.dcm"))
    assert organ.volume_mm3 == pytest.approx(358_000, abs=5_000)
    area_mm2 = area_of(organ.measured.points_mm_n3, organ.measured.triangles_n3)
    assert area_mm2 == pytest.approx(35_700, rel=0.03)


def test_one_tumour_outlined_on_three_scanners_is_one_size(samples):
    volumes = [
        from_contours(open_contours(OpenJail(), samples / f"dicom/petct_sts002/rtstruct_{on}.dcm"))[
            0
        ].volume_mm3
        for on in ("ct", "pet", "mr_t1")
    ]
    for one, other in pairwise(volumes):
        assert one == pytest.approx(other, rel=0.01)
