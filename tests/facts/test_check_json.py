"""`check --json` says the facts of the manifests: every sound sample, by the way a person takes.

The rooms prove their values one by one; here it is the printed line itself that is held: its keys,
its words, and the numbers after their way through application and JSON.
"""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import redirect_stderr, redirect_stdout

import numpy as np
import pytest

from metaviewer import resources
from metaviewer.cli import main
from metaviewer.errors import WORDS

pytestmark = pytest.mark.slow

SAMPLES = resources.samples_dir()


def manifest(name: str):
    file = SAMPLES / name
    return json.loads(file.read_text()) if file.is_file() else []


MEDICAL = [entry for entry in manifest("medical.json") if not entry["kind"].startswith("malformed")]
BY_PATH = {entry["path"]: entry for entry in MEDICAL}
BUILDINGS = {entry["file"]: entry for entry in dict(manifest("building.json")).get("ifc", [])}
HOSPITALS = {entry["path"]: entry["expect"] for entry in manifest("hospital.json")}
OTHERS = [
    entry["file"]
    for entry in dict(manifest("building.json")).get("other", [])
    if entry["file"].endswith((".stl", ".STL", ".obj", ".ply", ".glb", ".gltf"))
]

KINDS = {
    "series": {"volume"},
    "multiframe": {"volume"},
    "pm": {"volume"},
    "rtdose": {"volume"},
    "volume": {"volume"},
    "labelmap": {"volume"},
    "image": {"volume", "other"},
    "dicomdir": {"volume", "other"},
    "seg": {"segmentation"},
    "rtstruct": {"contours"},
    "mesh": {"surface"},
    "encap_mesh": {"surface"},
    "material": {"other"},
    "sr": {"other"},
    "rwvm": {"other"},
    "rtplan": {"other"},
    "reg": {"other"},
}
"""The `kind` of DESIGN section 7 for each kind of the manifest."""
# DESIGN.md section 7: the closed list of badges, and the keys that scripts rely on.
BADGES = {
    *("lossy", "resampled", "sheared", "irregular_spacing", "gap", "reduced", "single_slice"),
    *("derived", "unit_assumed", "unregistered", "ai_not_reviewed", "made", "incomplete"),
    *("substituted", "decomposition_cycle", "far_from_origin", "jail_layer_missing"),
}
KEYS = {
    "volume": "modality shape_ijk spacing_mm origin_lps_mm direction_lps unit min max mean"
    " transfer_syntax frame_of_reference files frames",
    "building": "schema length_unit elements with_geometry not_drawn substituted surface_m2"
    " triangles spaces storeys bounds_m map_conversion",
    "surface": "vertices triangles watertight volume_mm3 unit",
}
ALWAYS = ["path", "kind", "status", "reason", "badges"]
NOT_OPENED = {
    "dicom/single/no_meta.dcm": "format",
    "dicom/single/mosaic12bit_series2.dcm": "geometry",
    "dicom/single/mosaic12bit_series3.dcm": "geometry",
    "dicom/single/mosaic12bit_series4.dcm": "geometry",
    "volumes/avf_surface.vtk": "format",
    "volumes/mesh_points_ascii.ply": "empty",
    "volumes/box.mtl": "format",
    "volumes/made_two_materials.mtl": "format",
    "ifc/errorfile.ifc": "empty",
    "ifc/empty.ifc": "empty",
    "ifc/SixSpaces.ifcxml": "format",
    "ifc/ADT-FZK-Haus_IFC2X_FINAL.ifczip": "format",
    "ifc/KIT-Simple-Road_IFC4X3_RC2.ifczip": "format",
    "meshes/empty.stl": "empty",
}
"""Readable to somebody, not to us, with the word that says why; rooms test why that is right."""
SEVERAL = {"dicom/mr_mixed_orientation": 2, "dicom/mr_dwi_same_position": 4}
"""Volumes under one series UID that are not one volume."""
WITHOUT_PLACE = "emri_small"
"""Its publisher's anonymiser removed all geometry."""
TILTED = "dicom/ct_tilt_uneven"
"""Drawn on a grid of its own; tests of the room compare it."""
WITHOUT_REFERENCE = "ifc/bsi_cls000_civil3d_slow_alignment.ifc"
"""The reference reader gave up on it after 100 s."""

WITHOUT_RESCALE = {"dicom/seg/ct_24x38x3"}
"""Nobody said that its numbers are Hounsfield units."""
CLOSED_BY_JOINING = {"volumes/mesh_negative_indices.obj"}
"""A cube of six faces that share no point by number, but all of them by place."""

GEOMETRY_MM = 0.01
COSINE = 1e-4
VALUE = 0.01
AREA = 0.02
BOX_M = 0.01


def no_number(word: str):
    raise AssertionError(f"{word} is not JSON")


@pytest.fixture(scope="module")
def said(samples):
    """Findings by sample: one run and one set of doors for all of them."""
    paths = [*BY_PATH, *BUILDINGS, *HOSPITALS, *OTHERS]
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        main(["check", "--json", *(str(samples / path) for path in paths)])
    found: dict[str, list[dict]] = {path: [] for path in paths}
    lines = [json.loads(text, parse_constant=no_number) for text in out.getvalue().splitlines()]
    *lines, of_all = lines
    assert (of_all["path"], of_all["status"]) == (str(samples), "degraded")
    assert "patients are here" in of_all["reason"]
    for line in lines:
        place = line["path"].removeprefix(f"{samples}/")
        while place not in found:
            place = place.rpartition("/")[0]
            assert place, line["path"]
        found[place].append(line)
    return found


def paths(*kinds: str, but: set[str] | None = None) -> list[str]:
    """Samples of some kinds that are opened; one stand-in, to skip by, where there are none."""
    wanted = [path for path, entry in BY_PATH.items() if entry["kind"] in kinds]
    return [
        path
        for path in wanted
        if path not in NOT_OPENED and path not in (but or set()) and WITHOUT_PLACE not in path
    ] or ["(no samples)"]


def test_every_line_is_of_the_promised_form(said):
    """Bug: a key that scripts rely on is renamed, NaN is printed, a new badge is made up."""
    lines = [line for found in said.values() for line in found]
    assert len(lines) > 200
    for line in lines:
        facts = [key for key in line if key not in ALWAYS]
        assert list(line)[:5] == ALWAYS
        assert facts in ([], [line["kind"]])
        for key in facts:
            assert list(line[key]) == KEYS[key].split(), line["path"]
        assert line["status"] in ("ok", "degraded", "refused")
        assert set(line["badges"]) <= BADGES
        assert len(set(line["badges"])) == len(line["badges"])
        if line["reason"]:
            word, _, sentence = line["reason"].partition(": ")
            assert word in WORDS, line
            assert len(sentence) > 10, line
            assert "\n" not in sentence
        else:
            assert line["status"] == "ok", line


def test_every_sample_is_said_and_what_is_not_opened_says_why(said):
    """Bug: a file is passed over in silence, or refused for another reason than the true one."""
    for path, lines in said.items():
        assert lines, path
        refused = [line for line in lines if line["status"] == "refused"]
        if path in NOT_OPENED:
            assert [line["reason"].partition(": ")[0] for line in refused] == [NOT_OPENED[path]]
        elif WITHOUT_PLACE not in path and path != "dicom/dicomdir":
            assert not refused, refused


@pytest.mark.parametrize("path", list(BY_PATH) or ["(no samples)"])
def test_kind_and_number_of_findings(path, said):
    """Bug: a segmentation is read as a volume, one volume is told twice."""
    lines = said[path]
    entry = BY_PATH[path]
    assert {line["kind"] for line in lines} <= KINDS[entry["kind"]]
    if entry["kind"] in ("series", "image", "seg", "rtstruct", "mesh", "encap_mesh"):
        assert len(lines) == SEVERAL.get(path, 1)


@pytest.mark.parametrize("path", paths("series", but={*SEVERAL, TILTED}))
def test_a_series_has_its_facts(path, said):
    expect = BY_PATH[path]["expect"]
    (line,) = said[path]
    facts = line["volume"]
    assert line["status"] == "ok", line
    assert (facts["modality"], facts["shape_ijk"]) == (expect["modality"], expect["dims"])
    assert (facts["files"], facts["frames"]) == (expect["n_files"], expect["dims"][2])
    step = np.array(expect["slice_step_lps"])
    across = expect["pixel_spacing_xy"]
    assert facts["spacing_mm"] == pytest.approx([*across, np.linalg.norm(step)], abs=GEOMETRY_MM)
    assert facts["origin_lps_mm"] == pytest.approx(expect["origin_lps"], abs=GEOMETRY_MM)
    axes = [*expect["row_dir"], *expect["col_dir"], *(step / np.linalg.norm(step))]
    assert facts["direction_lps"] == pytest.approx(axes, abs=COSINE)
    if expect["modality"] == "CT":
        assert facts["unit"] == (None if path in WITHOUT_RESCALE else "HU")
    assert facts["max"] == pytest.approx(expect["max"], abs=VALUE)
    # The manifest counts padding; where there is any, it is the lowest value.
    assert facts["min"] >= expect["min"] - VALUE
    if facts["min"] == pytest.approx(expect["min"], abs=VALUE):
        assert facts["mean"] == pytest.approx(expect["mean"], abs=VALUE)
    assert [facts["transfer_syntax"]] == expect["transfer_syntax"]
    uids = [uid for uid in expect["frame_of_reference"] if uid != "None"]
    hashed = [f"sha256:{hashlib.sha256(uid.encode()).hexdigest()}" for uid in uids]
    assert [facts["frame_of_reference"]] == (hashed or [None])


@pytest.mark.parametrize("path", paths("multiframe", "pm", "rtdose"))
def test_frames_have_their_facts(path, said):
    """Bug: the rescale of the first frame for all, the frames of one file counted as files."""
    expect = BY_PATH[path]["expect"]
    found = [line["volume"] for line in said[path]]
    assert sum(facts["frames"] for facts in found) == expect.get("numberofframes", 1)
    assert {facts["files"] for facts in found} == {1}
    for key, of in (("min", min), ("max", max)):
        value = of(facts[key] for facts in found)
        assert value == pytest.approx(expect["values"][key], rel=1e-6, abs=1e-6)
    sizes = [np.prod(facts["shape_ijk"]) for facts in found]
    mean = np.average([facts["mean"] for facts in found], weights=sizes)
    assert mean == pytest.approx(expect["values"]["mean"], rel=1e-6, abs=1e-6)
    uid = expect["FrameOfReferenceUID"]
    for facts in found:
        across = expect.get("frame_pixel_spacing_xy", expect.get("PixelSpacing"))
        assert facts["spacing_mm"][:2] == pytest.approx(across, abs=1e-5)
        assert facts["transfer_syntax"] == expect["transfer_syntax"]
        assert facts["frame_of_reference"] == f"sha256:{hashlib.sha256(uid.encode()).hexdigest()}"


@pytest.mark.parametrize("path", paths("volume", "labelmap"))
def test_a_research_volume_has_its_facts(path, said):
    """Bug: a unit or a modality is made up for a file that states none."""
    expect = BY_PATH[path]["expect"]
    found = [line["volume"] for line in said[path]]
    for facts in found:
        assert facts["shape_ijk"] == expect["shape"][:3]
        stated = facts["modality"], facts["unit"], facts["transfer_syntax"]
        assert stated == (None, None, None)
        if "zooms" in expect:
            assert facts["spacing_mm"] == pytest.approx(expect["zooms"][:3], abs=1e-4)
        axes = np.array(facts["direction_lps"]).reshape(3, 3)
        assert np.linalg.det(axes) > 0
    assert min(facts["min"] for facts in found) == pytest.approx(expect["min"], rel=1e-6, abs=1e-9)
    assert max(facts["max"] for facts in found) == pytest.approx(expect["max"], rel=1e-6)
    mean = np.mean([facts["mean"] for facts in found])
    assert mean == pytest.approx(expect["mean"], rel=1e-5)


@pytest.mark.parametrize("path", paths("mesh", "encap_mesh"))
def test_a_mesh_has_its_facts(path, said):
    """Triangles as in the file; points as trimesh or VTK counts them, joined or not."""
    entry = BY_PATH[path]
    (line,) = said[path]
    facts = line["surface"]
    stl = entry["expect"].get("stl")
    if stl is not None:
        assert (facts["triangles"], facts["unit"]) == (stl["triangles"], stl["units"])
        return
    expect = entry["expect"]["trimesh"]
    assert facts["triangles"] == expect["faces"]
    assert facts["unit"] == ("m" if path.endswith(".glb") else "mm")
    if path.endswith(".stl") and expect["kind"] == "Trimesh":
        # A file of loose triangles; VTK joins equal points as we do.
        assert facts["vertices"] == entry["expect"]["vtk"]["points"]
    if "watertight_after_merge" in expect and path not in CLOSED_BY_JOINING:
        assert facts["watertight"] is expect["watertight_after_merge"]
    assert (facts["volume_mm3"] is None) == (not facts["watertight"])


@pytest.mark.parametrize(
    "path", [path for path in BUILDINGS if path not in NOT_OPENED] or ["(no samples)"]
)
def test_a_model_has_its_facts(path, said):
    (line,) = said[path]
    facts = line["building"]
    if path == WITHOUT_REFERENCE:
        assert facts["schema"].startswith("IFC4X3")
        return
    expect = BUILDINGS[path]["ifcopenshell"]
    shown = BUILDINGS[path]["without_openings_and_spaces"]["ifcopenshell"]
    assert facts["schema"] == expect["schema"]
    assert facts["length_unit"] == expect["length_unit"][0]
    assert (facts["elements"], facts["with_geometry"]) == (shown["elements"],) * 2
    assert facts["spaces"] == expect["spaces"]
    assert facts["surface_m2"] == pytest.approx(shown["surface_area_m2"], rel=AREA, abs=1e-3)
    assert [storey["name"] for storey in facts["storeys"]] == [
        storey["name"] for storey in expect["storeys"]
    ]
    for storey, wanted in zip(facts["storeys"], expect["storeys"], strict=True):
        elevation_m = wanted["elevation_m"]
        same = None if elevation_m is None else pytest.approx(elevation_m, abs=1e-3)
        assert storey == {"name": wanted["name"], "elevation_m": same}
    if facts["bounds_m"] is not None:
        low, high = np.array(facts["bounds_m"])
        assert (low >= np.array(expect["bbox_m"][0]) - BOX_M).all()
        assert (high <= np.array(expect["bbox_m"][1]) + BOX_M).all()


@pytest.mark.parametrize("path", list(HOSPITALS) or ["(no samples)"])
def test_a_hospital_has_its_facts(path, said):
    expect = HOSPITALS[path]
    (line,) = said[path]
    facts = line["building"]
    assert (line["status"], line["badges"]) == ("ok", [])
    assert facts["schema"] == expect["schema"]
    assert facts["with_geometry"] == expect["with_geometry"]
    assert facts["triangles"] == expect["triangles"]
    assert facts["spaces"] == expect.get("spaces_without_geometry", facts["spaces"])
    assert facts["length_unit"] == expect.get("length_unit", facts["length_unit"])
    found = {(storey["name"], storey["elevation_m"]) for storey in facts["storeys"]}
    assert found == {(storey["name"], storey["elevation_m"]) for storey in expect["storeys"]}
    np.testing.assert_allclose(facts["bounds_m"], expect["bounds_m"], atol=0.003)
