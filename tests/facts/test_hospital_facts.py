"""Every file of hospital.json gives its facts, its sampled elements their boxes and areas."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache

import numpy as np
import pytest

from metaviewer import resources
from metaviewer.building import (
    building_facts,
    draw_list,
    element_triangles,
    federate,
    open_building,
)
from metaviewer.jail import Jail

MANIFEST = resources.samples_dir() / "hospital.json"
ENTRIES = json.loads(MANIFEST.read_text()) if MANIFEST.is_file() else []
BY_PATH = {entry["path"]: entry for entry in ENTRIES}
CLINIC = [
    f"ifc_hospital/clinic_{name}.ifczip"
    for name in ("architectural", "structural", "electrical", "hvac")
]
POSITION_M = 0.003
AREA = 0.02
BATCHES_MAX = 150


@pytest.fixture(scope="module")
def opened():
    """Opens a sample once."""
    with Jail("building") as jail:

        @cache
        def open_(path):
            return open_building(jail, resources.samples_dir() / path)

        yield open_


@pytest.mark.parametrize("path", list(BY_PATH) or ["(no samples)"])
def test_a_hospital_file_says_what_its_manifest_says(path, samples, opened):
    expected = BY_PATH[path]["expect"]
    building = opened(path)
    facts = building_facts(building)
    assert facts["schema"] == expected["schema"]
    assert facts["with_geometry"] == facts["elements"] == expected["with_geometry"]
    assert facts["triangles"] == expected["triangles"]
    if "spaces_without_geometry" in expected:
        assert facts["spaces"] == expected["spaces_without_geometry"]
        assert facts["length_unit"] == expected["length_unit"]
    np.testing.assert_allclose(facts["bounds_m"], expected["bounds_m"], atol=POSITION_M)
    found = {(s["name"], s["elevation_m"]) for s in facts["storeys"]}
    assert found == {(s["name"], s["elevation_m"]) for s in expected["storeys"]}
    assert (facts["not_drawn"], facts["substituted"], building.badges) == (0, 0, ())


@pytest.mark.parametrize("path", list(BY_PATH) or ["(no samples)"])
def test_elements_stand_on_the_storeys_of_the_manifest(path, samples, opened):
    building = opened(path)
    built = np.unique(building.shapes.placed_element)
    counts = Counter(building.elements.storey[built].tolist())
    wanted = {
        s["GlobalId"]: s["elements_with_geometry"] for s in BY_PATH[path]["expect"]["storeys"]
    }
    assert {s.global_id: counts[k] for k, s in enumerate(building.storeys)} == wanted


@pytest.mark.parametrize("path", list(BY_PATH) or ["(no samples)"])
def test_sampled_elements_have_their_class_box_area_and_triangles(path, samples, opened):
    """By GlobalId, one by one: a swapped placement keeps all sums and fails here."""
    building = opened(path)
    row_of = {global_id: row for row, global_id in enumerate(building.elements.global_ids)}
    for sample in BY_PATH[path].get("samples", []):
        row = row_of[sample["GlobalId"]]
        assert building.elements.classes[row] == sample["class"]
        assert building.elements.names[row] == sample["name"]
        box = building.elements.bounds_site_m[row] + building.origin_site_m
        np.testing.assert_allclose(box, sample["bbox_m"], atol=POSITION_M)
        corners = element_triangles(building, row)
        crossed = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        area_m2 = float(np.linalg.norm(crossed, axis=1).sum() / 2)
        assert area_m2 == pytest.approx(sample.get("area_m2", area_m2), rel=AREA, abs=1e-3)
        triangles = sample.get("triangles", len(corners))
        assert len(corners) == triangles


def test_storeys_without_elevation_lie_at_the_bottom_of_their_contents(samples, opened):
    path = "ifc_hospital/westriverside_electrical.ifczip"
    wanted = {s["GlobalId"]: s["median_bottom_z_m"] for s in BY_PATH[path]["expect"]["storeys"]}
    for storey in opened(path).storeys:
        assert storey.elevation_m is None
        assert storey.base_m == pytest.approx(wanted[storey.global_id], abs=0.01)


def test_the_clinic_is_one_building_of_four_disciplines(samples, opened):
    """Rooms meet by number, floors by height; no GlobalId is in two files."""
    models = [opened(path) for path in CLINIC]
    joined = federate(models)
    assert [level.name for level in joined.levels] == [
        "TOF Footing",
        "First Floor",
        "Second Floor",
        "Roof - Main",
    ]
    assert [len(level.members) for level in joined.levels] == [3, 4, 4, 4]
    by_models = Counter(len({model for model, _ in found}) for found in joined.rooms.values())
    assert by_models[3] >= 240
    ids = [set(model.elements.global_ids) for model in models]
    assert sum(len(found) for found in ids) == len(set.union(*ids))


def test_rooms_of_the_clinic_stand_for_what_they_contain(samples, opened):
    electrical = opened("ifc_hospital/clinic_electrical.ifczip")
    bounds = electrical.elements.bounds_site_m
    known = electrical.elements.is_space & np.isfinite(bounds).all(axis=(1, 2))
    assert known.sum() > 200
    inside = np.flatnonzero(electrical.elements.parent >= 0)
    rooms = electrical.elements.parent[inside]
    assert (bounds[inside, 0] >= bounds[rooms, 0] - 1e-9).all()


def test_the_clinic_is_drawn_in_few_batches_that_hold_all_of_it(samples, opened):
    drawn = [draw_list(opened(path)) for path in CLINIC]
    assert sum(len(d.batches) + len(d.instances) for d in drawn) <= BATCHES_MAX
    for path, d in zip(CLINIC, drawn, strict=True):
        count = sum(len(batch.triangles_n3) for batch in d.batches)
        count += sum(len(s.triangles_n3) * len(s.element_ids) for s in d.instances)
        whole = BY_PATH[path]["expect"]["triangles"]
        assert whole * 0.997 <= count <= whole
        ids = [part.element_ids for part in (*d.batches, *d.instances)]
        drawn_rows = np.unique(np.concatenate(ids))
        assert len(drawn_rows) == BY_PATH[path]["expect"]["with_geometry"]


def test_glb_and_ifc_of_the_same_discipline_are_the_same_building(samples, opened):
    glb = opened("ifc_hospital/clinic_architectural.glb")
    ifc = opened("ifc_hospital/clinic_architectural.ifczip")
    row_of = {global_id: row for row, global_id in enumerate(ifc.elements.global_ids)}
    rows = [row_of[global_id] for global_id in glb.elements.global_ids]
    assert glb.elements.classes == tuple(ifc.elements.classes[row] for row in rows)
    solid = ~glb.elements.is_space
    np.testing.assert_allclose(
        glb.elements.bounds_site_m[solid],
        ifc.elements.bounds_site_m[rows][solid],
        atol=POSITION_M,
    )
