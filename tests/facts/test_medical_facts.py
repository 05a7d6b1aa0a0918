"""Every fact of medical.json about DICOM, NIfTI, NRRD and MetaImage files, and every broken one.

Segmentations, structure sets and meshes have their own tests; here they must be named as such.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import pydicom
import pytest

from metaviewer import resources
from metaviewer.errors import Refused
from metaviewer.frames import LPS_FROM_RAS
from metaviewer.jail import here
from metaviewer.jail.sizes import inflate_capped
from metaviewer.medical import Found, after_opening, open_volume, scan, volume_facts
from metaviewer.medical.dicom_facts import layout_of
from metaviewer.medical.dicom_tags import WANTED
from metaviewer.medical.dicom_walk import DEFLATED, walk, walk_data_set
from tests.medical.jail_here import JailHere

MANIFEST = resources.samples_dir() / "medical.json"
ENTRIES = json.loads(MANIFEST.read_text()) if MANIFEST.is_file() else []
BY_PATH = {entry["path"]: entry for entry in ENTRIES}
READ_SERIES = "metaviewer.medical.read_series:read_series"

GEOMETRY_MM = 0.01
COSINE = 1e-4
VALUE = 0.01

SPLIT = {
    # These are several volumes under one series UID, and have tests of their own below.
    "dicom/mr_mixed_orientation",
    "dicom/mr_dwi_same_position",
    "dicom/ct_tilt_uneven",
}


def paths(*kinds: str, but: set[str] | None = None) -> list[str]:
    """Paths of the entries of some kinds; one stand-in where there are no samples, to skip by."""
    wanted = [entry["path"] for entry in ENTRIES if entry["kind"] in kinds]
    return [path for path in wanted if path not in (but or set())] or ["(no samples)"]


@lru_cache(maxsize=4)
def read(path: str):
    """What a scan finds at a sample: each Found with its Volume, or with None."""
    results = []
    for found in scan(JailHere(), [resources.samples_dir() / path]):
        volume = None
        if found.kind == "volume" and found.status != "refused":
            try:
                volume = open_volume(JailHere(), found)
                found = after_opening(found, volume)
            except Refused as refusal:
                found = dataclasses.replace(
                    found, status="refused", word=refusal.word, reason=refusal.reason
                )
        results.append((found, volume))
    return tuple(results)


def only(path: str):
    ((found, volume),) = read(path)
    assert volume is not None, found.line
    return found, volume


def stored_sha256(stored_kji) -> str:
    return hashlib.sha256(np.ascontiguousarray(stored_kji, "<i4").tobytes()).hexdigest()


def stored_of_plan(found) -> np.ndarray:
    """Stored integers by the real reader: its plan without rescale and padding."""
    plan = json.loads(json.dumps(found.plan))
    plan["slices"] = [[file, frame, 1.0, 0.0] for file, frame, *_ in plan["slices"]]
    for layout in plan["layouts"]:
        layout["padding"] = None
    count = len(plan["slices"])
    plan |= {"shape": [count, *plan["shape"][1:]], "dtype": "float32"}
    plan |= {"lower": [*range(count)], "upper": [*range(count)], "weight": [0.0] * count}
    return here(READ_SERIES, found.places, plan).arrays["values"]


def stored_of_file(path: Path) -> np.ndarray:
    """Stored integers of every frame of one file by the real reader, geometry or not."""
    data = path.read_bytes()
    walked = walk(data, size=len(data), wanted=WANTED)
    if walked.syntax == DEFLATED:
        data_set = inflate_capped(data[walked.data_start :], wrapping="raw")
        walked.data_start = 0
        walked = walk_data_set(data_set, walked, size=len(data_set), wanted=WANTED)
    layout = dataclasses.replace(layout_of(walked), padding=None)
    count = layout.frame_count
    plan = {
        "shape": [count, layout.rows, layout.columns],
        "dtype": "float32",
        "files": [[0, "", "", len(data), walked.pixels.start, walked.pixels.length, 0]],
        "layouts": [dataclasses.asdict(layout)],
        "slices": [[0, frame, 1.0, 0.0] for frame in range(count)],
        "lower": [*range(count)],
        "upper": [*range(count)],
        "weight": [0.0] * count,
    }
    return here(READ_SERIES, [path], plan).arrays["values"]


def check_statistics(volume, expect) -> None:
    """Manifest statistics count padding as the value it had after rescale; ours leave it out."""
    facts = volume_facts(read_stub(volume), volume)
    values = volume.values
    if volume.padding_kji is None:
        assert facts["min"] == pytest.approx(expect["min"], abs=VALUE)
        assert facts["max"] == pytest.approx(expect["max"], abs=VALUE)
        assert facts["mean"] == pytest.approx(expect["mean"], abs=VALUE)
        return
    padded = volume.padding_kji.sum()
    assert expect["min"] < facts["min"] - 1, "padding reached the minimum"
    assert facts["max"] == pytest.approx(expect["max"], abs=VALUE)
    with_padding = facts["mean"] * (values.size - padded) + expect["min"] * padded
    assert with_padding / values.size == pytest.approx(expect["mean"], abs=VALUE)


def read_stub(volume):
    """volume_facts asks the Found for counts only."""
    return Found(kind="volume", status="ok", path="", places=())


@pytest.mark.parametrize("path", paths("series", but=SPLIT))
def test_a_series_lies_where_its_positions_say_and_holds_its_values(path, samples):
    """Swapped spacings, an origin at the other end, the first slice's rescale for all, SimpleITK's
    even spreading: each moves one of these numbers."""
    expect = BY_PATH[path]["expect"]
    found, volume = only(path)
    facts = volume_facts(found, volume)
    assert found.status == "ok", found.line
    assert facts["shape_ijk"] == expect["dims"]
    assert facts["modality"] == expect["modality"]
    assert facts["files"] == expect["n_files"]
    assert [facts["transfer_syntax"]] == expect["transfer_syntax"]
    assert facts["spacing_mm"][:2] == pytest.approx(expect["pixel_spacing_xy"], abs=1e-5)
    step = volume.lps_from_ijk[:3, 2]
    assert step == pytest.approx(expect["slice_step_lps"], abs=GEOMETRY_MM)
    assert step @ expect["normal"] == pytest.approx(
        np.mean([*expect["slice_gap_along_normal"].values()]), abs=GEOMETRY_MM
    )
    assert facts["origin_lps_mm"] == pytest.approx(expect["origin_lps"], abs=GEOMETRY_MM)
    assert facts["direction_lps"][:3] == pytest.approx(expect["row_dir"], abs=COSINE)
    assert facts["direction_lps"][3:6] == pytest.approx(expect["col_dir"], abs=COSINE)
    uids = [uid for uid in expect["frame_of_reference"] if uid != "None"]
    hashed = [f"sha256:{hashlib.sha256(uid.encode()).hexdigest()}" for uid in uids]
    assert [facts["frame_of_reference"]] == (hashed or [None])
    check_statistics(volume, expect)


@pytest.mark.parametrize("path", paths("series", but=SPLIT - {"dicom/ct_tilt_uneven"}))
def test_stored_values_of_a_series_are_those_in_the_file(path, samples):
    """Decoders that fill with zeros, high bits that stay, bytes in the other order."""
    found, _ = read(path)[0]
    assert stored_sha256(stored_of_plan(found)) == BY_PATH[path]["expect"]["stored_sha256"]


@pytest.mark.parametrize("path", [p for p in paths("series") if BY_PATH.get(p, {}).get("probes")])
def test_the_value_at_a_point_of_the_patient_is_the_tissue_that_is_there(path, samples):
    """A mirrored or turned volume has all the right numbers, and the liver on the left."""
    _, volume = only(path)
    for probe in BY_PATH[path]["probes"]:
        ijk = np.linalg.inv(volume.lps_from_ijk) @ [*probe["lps"], 1.0]
        if "resampled" in volume.badges:
            check_resampled_probe(volume, probe, ijk)
            continue
        i, j, k = np.rint(ijk[:3]).astype(int)
        reach = probe["box_px"] // 2
        box = np.s_[k, j - reach : j + reach + 1, i - reach : i + reach + 1]
        if volume.padding_kji is not None and volume.padding_kji[box].any():
            assert volume.padding_kji[box].all(), probe["name"]
            continue
        assert volume.values[box].mean() == pytest.approx(probe["mean"], abs=0.1), probe["name"]


def check_resampled_probe(volume, probe, ijk) -> None:
    """Of a resampled volume: between the two grid slices around the point, within the noise."""
    i, j = np.rint(ijk[:2]).astype(int)
    reach = probe["box_px"] // 2
    box = np.s_[int(ijk[2] + 0.5), j - reach : j + reach + 1, i - reach : i + reach + 1]
    if probe["mean"] < -1024:  # nothing was measured there: padding
        assert volume.padding_kji[box].all()
    else:
        assert volume.values[box].mean() == pytest.approx(probe["mean"], abs=3.0), probe["name"]


def test_a_tilted_uneven_head_is_sheared_and_resampled_with_its_ends_in_place(samples):
    """SimpleITK: one spacing of 5.287 mm along the normal; true steps are 1.14 to 7.38 mm along z.

    The manifest's shape and mean are those of the seven slices; drawn are 25 of 1.32 mm, so its
    mean is compared slice by slice where a grid slice is one of the source.
    """
    expect = BY_PATH["dicom/ct_tilt_uneven"]["expect"]
    found, volume = only("dicom/ct_tilt_uneven")
    assert set(found.badges) == {"irregular_spacing", "resampled", "sheared"}
    assert "1.08 to 7.00 mm" in found.reason
    assert "18.5 degrees" in found.reason
    assert volume.lps_from_ijk[:3, 3] == pytest.approx(expect["origin_lps"], abs=GEOMETRY_MM)
    last = volume.lps_from_ijk @ [0, 0, volume.shape_ijk[2] - 1, 1]
    headers = (samples / "dicom/ct_tilt_uneven").iterdir()
    highest_z = max(pydicom.dcmread(file).ImagePositionPatient[2] for file in headers)
    assert last[2] == pytest.approx(highest_z, abs=GEOMETRY_MM)
    third = volume.lps_from_ijk[:3, 2] / np.linalg.norm(volume.lps_from_ijk[:3, 2])
    assert third == pytest.approx((0, 0, 1), abs=1e-6)
    stored = stored_of_plan(found)
    assert stored_sha256(stored) == expect["stored_sha256"]
    measured = volume.values[0][~volume.padding_kji[0]]
    assert measured.mean() == pytest.approx(stored[0][stored[0] > -1500].mean(), abs=1e-3)


def test_two_orientations_under_one_uid_are_two_volumes(samples):
    found = read("dicom/mr_mixed_orientation")
    assert [one.files for one, _ in found] == [2, 2]
    first, second = (volume.lps_from_ijk[:3, :2] for _, volume in found)
    assert np.abs(first - second).max() > 0.1


def test_four_images_at_each_position_are_four_volumes(samples):
    """Stacking all sixteen gives a spacing of 0.76 mm for 3.8."""
    found = read("dicom/mr_dwi_same_position")
    assert [volume.shape_ijk for _, volume in found] == [(64, 64, 4)] * 4
    for _, volume in found:
        assert volume.spacing_mm[2] == pytest.approx(3.8, abs=1e-3)
    mean = np.mean([volume.values.mean(dtype=float) for _, volume in found])
    expect = BY_PATH["dicom/mr_dwi_same_position"]["expect"]
    assert mean == pytest.approx(expect["mean"], abs=VALUE)


@pytest.mark.parametrize("path", paths("multiframe", "pm", "rtdose"))
def test_frames_are_volumes_with_their_own_rescale(path, samples):
    """SimpleITK gives all 64 frames of a field map the rescale of the first: 0..5227."""
    expect = BY_PATH[path]["expect"]
    found = read(path)
    if "frame_positions" not in expect and "ImagePositionPatient" not in expect:
        # emri_small: its publisher's anonymiser removed the functional groups, and with them all
        # geometry. Shown in 3D it would be an invention.
        assert [one.status for one, _ in found] == ["refused"]
        assert found[0][0].line.startswith("geometry: the images state no position")
        return
    assert [one.status for one, _ in found] == ["ok"] * len(found), found[0][0].line
    frames = expect.get("numberofframes", 1)
    assert sum(one.frames for one, _ in found) == frames
    values = np.concatenate([volume.values.astype(float).ravel() for _, volume in found])
    expected = expect["values"]
    assert values.min() == pytest.approx(expected["min"], rel=1e-6, abs=1e-6)
    assert values.max() == pytest.approx(expected["max"], rel=1e-6, abs=1e-6)
    assert values.mean() == pytest.approx(expected["mean"], rel=1e-6, abs=1e-6)
    for _, volume in found:
        origin = expect.get("origin_lps", expect.get("ImagePositionPatient"))
        spacing = expect.get("frame_pixel_spacing_xy", expect.get("PixelSpacing"))
        assert volume.lps_from_ijk[:3, 3] == pytest.approx(origin, abs=GEOMETRY_MM)
        assert volume.spacing_mm[:2] == pytest.approx(spacing, abs=1e-5)
        assert np.linalg.det(volume.lps_from_ijk[:3, :3]) > 0


def test_frames_that_rise_against_their_normal_are_not_mirrored(samples):
    """Here row x column points down while the frames rise; SimpleITK's determinant is -1."""
    _, volume = only("dicom/enhanced/ct_supplemental_2frames.dcm")
    assert volume.lps_from_ijk[:3, 2] == pytest.approx((0, 0, -10), abs=1e-6)
    assert np.linalg.det(volume.lps_from_ijk[:3, :3]) > 0
    stored = stored_of_file(resources.samples_dir() / "dicom/enhanced/ct_supplemental_2frames.dcm")
    z = [volume.lps_from_ijk[2, 3] - 10 * k for k in range(2)]
    assert z == pytest.approx([-149.0, -159.0])
    assert volume.values[0].mean() != pytest.approx(volume.values[1].mean(), abs=1e-6)
    by_slice = sorted(float(image.mean()) - 1024 for image in stored)
    assert sorted(float(image.mean()) for image in volume.values) == pytest.approx(by_slice)


@pytest.mark.parametrize(
    "path", paths("image", "multiframe", "rtdose", but={"dicom/single/no_meta.dcm"})
)
def test_stored_values_of_an_image_are_those_in_the_file(path, samples):
    """Every transfer syntax, with the decoders that ship: exact, or within 1 where it is lossy."""
    entry = BY_PATH[path]
    expect = entry["expect"]
    if expect["samplesperpixel"] != 1:
        ((found, _),) = read(path)
        assert (found.kind, found.status) == ("other", "ok")
        assert "colour" in found.reason
        return
    stored = stored_of_file(resources.samples_dir() / path)
    if expect["transfer_syntax"].endswith(("4.91", "4.51", "4.50", "4.81", "4.203")):
        assert stored.mean(dtype=float) == pytest.approx(expect["stored"]["mean"], abs=1)
    else:
        assert stored_sha256(stored) == expect["stored_sha256"]


@pytest.mark.parametrize("path", paths("image"))
def test_a_single_image_is_a_slice_or_a_picture_and_says_which(path, samples):
    """A picture without a place in the patient must not become a slab at the origin."""
    expect = BY_PATH[path]["expect"]
    ((found, volume),) = read(path)
    if path == "dicom/single/no_meta.dcm":
        # The manifest calls it readable with force. It is not: a stray byte precedes the first
        # element (20 08 00 05 00 for 08 00 05 00), and pydicom's force reads one element
        # (0820,0500) of 38863 bytes and no image.
        assert (samples / path).read_bytes()[:5] == bytes((0x20, 8, 0, 5, 0))
        assert (found.status, found.word) == ("refused", "format")
    elif "mosaic" in path:
        assert (found.status, found.word) == ("refused", "geometry")
        assert "mosaic" in found.reason
    elif all(expect.get(name) for name in GEOMETRY_TAGS):
        # mr_small_padded holds 128 bytes behind its pixels, and says so like pixels_long.dcm.
        status = "degraded" if "padded" in path else "ok"
        assert (found.status, found.badges[:1]) == (status, ("single_slice",))
        facts = volume_facts(found, volume)
        assert facts["spacing_mm"] == pytest.approx([*expect["PixelSpacing"][::-1], None])
        assert facts["origin_lps_mm"] == pytest.approx(expect["ImagePositionPatient"])
        assert facts["direction_lps"][:6] == pytest.approx(
            expect["ImageOrientationPatient"], abs=COSINE
        )
        lossy = "lossy" in found.badges
        check_single_statistics(volume, expect, tolerance=1.0 if lossy else VALUE)
    else:
        assert (found.kind, found.status, volume) == ("other", "ok", None)
        assert "not shown in 3D" in found.reason


GEOMETRY_TAGS = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")


def check_single_statistics(volume, expect, *, tolerance) -> None:
    if volume.padding_kji is None:
        mean = float(volume.values.mean(dtype=float))
        assert mean == pytest.approx(expect["values"]["mean"], abs=tolerance)
    else:
        assert volume_facts(read_stub(volume), volume)["min"] >= expect["values"]["min"]
    assert float(volume.values.max()) == pytest.approx(expect["values"]["max"], abs=tolerance)


@pytest.mark.parametrize("path", paths("volume", "labelmap"))
def test_a_research_volume_lies_where_another_reader_puts_it(path, samples):
    """NIfTI's RAS becomes LPS by two signs; NRRD and MetaImage are LPS: once, and not forgotten."""
    expect = BY_PATH[path]["expect"]
    found = read(path)
    times = expect["shape"][3] if len(expect["shape"]) > 3 else 1
    assert len(found) == times
    values = np.stack([volume.values for _, volume in found])
    assert values.min() == pytest.approx(expect["min"], rel=1e-6, abs=1e-9)
    assert values.max() == pytest.approx(expect["max"], rel=1e-6)
    assert values.mean(dtype=float) == pytest.approx(expect["mean"], rel=1e-5)
    if "values_counts" in expect:
        numbers, counts = np.unique(values, return_counts=True)
        got = {str(int(n)): int(c) for n, c in zip(numbers, counts, strict=True)}
        assert got == expect["values_counts"]
    one, volume = found[0]
    assert one.status == "ok", one.line
    assert list(volume.shape_ijk) == expect["shape"][:3]
    assert volume.unit is None
    if expect["reader"] == "nibabel":
        wanted = LPS_FROM_RAS @ np.array(expect["affine_ras"])
    else:
        assert expect["space"] == "left-posterior-superior"
        wanted = np.eye(4)
        wanted[:3, :3] = np.array(expect["space_directions"]).T
        wanted[:3, 3] = expect["space_origin"]
    if np.linalg.det(wanted[:3, :3]) < 0:  # we count such a grid from its last slice
        last = wanted @ [0, 0, expect["shape"][2] - 1, 1]
        wanted[:3, 3], wanted[:3, 2] = last[:3], -wanted[:3, 2]
    assert volume.lps_from_ijk == pytest.approx(wanted, abs=1e-4)


def test_a_left_handed_grid_is_turned_and_its_voxels_with_it(samples):
    """Turning the affine without the slices mirrors the head."""
    path = "volumes/anatomical.nii"
    _, volume = only(path)
    raw = (samples / path).read_bytes()
    expect = BY_PATH[path]["expect"]
    stored = np.frombuffer(raw, ">i2", offset=352).reshape(expect["shape"][::-1])
    assert expect["det_sign"] == -1
    for ijk in ((0, 0, 0), (7, 11, 3), (30, 2, 24)):
        point = LPS_FROM_RAS @ np.array(expect["affine_ras"]) @ [*ijk, 1]
        i, j, k = np.rint((np.linalg.inv(volume.lps_from_ijk) @ point)[:3]).astype(int)
        assert volume.values[k, j, i] == stored[ijk[2], ijk[1], ijk[0]]


KIND_OF_ENTRY = {
    "seg": "segmentation",
    "rtstruct": "contours",
    "encap_mesh": "mesh",
    "sr": "other",
    "rwvm": "other",
    "rtplan": "other",
    "reg": "other",
}


@pytest.mark.parametrize("path", paths(*KIND_OF_ENTRY))
def test_other_objects_are_named_by_their_class_and_not_read_as_volumes(path, samples):
    """SimpleITK stacks the frames of a segmentation as slices, 1 mm apart."""
    entry = BY_PATH[path]
    ((found, _),) = read(path)
    assert (found.kind, found.status) == (KIND_OF_ENTRY[entry["kind"]], "ok")
    if found.kind == "other":
        assert "not shown" in found.reason
    uid = entry["expect"].get("FrameOfReferenceUID")
    if uid and entry["kind"] != "reg":
        assert found.frame_of_reference == f"sha256:{hashlib.sha256(uid.encode()).hexdigest()}"


@pytest.mark.parametrize("name", ["DICOMDIR", "DICOMDIR-bigEnd", "DICOMDIR-implicit"])
def test_a_dicomdir_opens_the_files_that_it_lists(name, samples):
    """Its own bytes alone are readable at first; then its folder, and no other."""
    expect = BY_PATH["dicom/dicomdir"]["expect"][name]
    found = scan(JailHere(), [samples / "dicom/dicomdir" / name])
    assert sum(one.files for one in found) == expect["instances"]
    assert len({one.identity.patient for one in found}) == expect["patients"]


def test_a_dicomdir_that_lists_nothing_says_so(samples):
    (found,) = scan(JailHere(), [samples / "dicom/dicomdir/DICOMDIR-empty.dcm"])
    assert (found.status, found.word) == ("refused", "empty")


VERDICT_OF_STATUS = {"ok": "open", "degraded": "open_with_warning", "refused": "refuse"}
NOT_OURS = "malformed/mesh"


def verdict_of(path: str) -> set[str]:
    """What a user sees, in the words of the manifest; flat viewing in 2D is refused in 3D."""
    found = read(path)
    statuses = {one.status for one, _ in found}
    worst = next(s for s in ("refused", "degraded", "ok") if s in statuses)
    verdicts = {VERDICT_OF_STATUS[worst]}
    if worst == "refused":
        verdicts.add("open_2d_uncalibrated")
    elif len(found) > 1:
        verdicts.add("split")
    return verdicts


@pytest.mark.parametrize(
    "path", [p for p in paths("malformed", "malformed_series") if not p.startswith(NOT_OURS)]
)
def test_a_broken_file_ends_as_the_manifest_says(path, samples):
    """An exception other than Refused fails here too: `here` lets it through."""
    expect = BY_PATH[path]["expect"]
    allowed = {expect["must"], *expect.get("also_ok", [])}
    got = verdict_of(path)
    assert got & allowed, (expect["why"], [(one.status, one.line) for one, _ in read(path)])
    for one, _ in read(path):
        assert one.status == "ok" or one.reason
        assert one.status != "refused" or one.word
