"""Every IFC file of building.json gives the facts that two independent readers found in it."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from metaviewer import resources
from metaviewer.building import building_facts, draw_list, open_building
from metaviewer.errors import Refused
from metaviewer.jail import Jail, here

MANIFEST = resources.samples_dir() / "building.json"
ENTRIES = json.loads(MANIFEST.read_text())["ifc"] if MANIFEST.is_file() else []
BY_FILE = {entry["file"]: entry for entry in ENTRIES}
REFUSED = {
    "ifc/errorfile.ifc": "empty",
    "ifc/empty.ifc": "empty",
    "ifc/SixSpaces.ifcxml": "format",
    "ifc/ADT-FZK-Haus_IFC2X_FINAL.ifczip": "format",
    "ifc/KIT-Simple-Road_IFC4X3_RC2.ifczip": "format",
}
"""What the manifest marks as broken or as a schema that is not read."""
WITHOUT_REFERENCE = {"ifc/bsi_cls000_civil3d_slow_alignment.ifc"}
"""The reference reader gave up on it after 100 s."""
AREA = 0.02
BOX_M = 0.01
WITHOUT_KERNEL_CPU_S = 2.0
"""The slowest file took 0.5 s when this was written."""


def files(*, but: set[str]) -> list[str]:
    return [file for file in BY_FILE if file not in but] or ["(no samples)"]


@pytest.fixture(scope="module")
def jail():
    with Jail("building") as opened:
        yield opened


@pytest.mark.parametrize("file", files(but=set(REFUSED)))
def test_a_model_says_what_two_other_readers_say(file, samples, jail):
    place = samples / file
    building = open_building(jail, place)
    facts = building_facts(building)
    if file in WITHOUT_REFERENCE:
        assert facts["triangles"] == 0
        return
    expected = BY_FILE[file]["ifcopenshell"]
    shown = BY_FILE[file]["without_openings_and_spaces"]["ifcopenshell"]
    assert facts["schema"] == expected["schema"]
    assert facts["length_unit"] == expected["length_unit"][0]
    assert facts["spaces"] == expected["spaces"]
    assert facts["map_conversion"] is bool(expected["map_conversion"])
    assert facts["with_geometry"] == facts["elements"] == shown["elements"]
    assert facts["substituted"] == 0
    assert facts["surface_m2"] == pytest.approx(shown["surface_area_m2"], rel=AREA, abs=1e-3)
    found = [(storey["name"], storey["elevation_m"]) for storey in facts["storeys"]]
    wanted = [(storey["name"], storey["elevation_m"]) for storey in expected["storeys"]]
    assert found == [(n, None if e is None else pytest.approx(e, abs=1e-3)) for n, e in wanted]
    if facts["bounds_m"] is not None:
        low, high = np.array(facts["bounds_m"])
        assert (low >= np.array(expected["bbox_m"][0]) - BOX_M).all()
        assert (high <= np.array(expected["bbox_m"][1]) + BOX_M).all()
    assert draw_list(building).element_count == len(building.elements)


@pytest.mark.parametrize("file", sorted(REFUSED))
def test_a_broken_file_is_refused_in_one_line(file, samples, jail):
    with pytest.raises(Refused) as refused:
        open_building(jail, samples / file)
    assert refused.value.word == REFUSED[file]
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("file", files(but=set(REFUSED)))
def test_what_needs_no_kernel_takes_a_moment(file, samples):
    """In this process, so that the clock is ours. A walk over the graph gone slow shows."""
    arguments = {"unit": None, "cpu_s": 60.0, "kernels": False}
    start_s = time.process_time()
    here("metaviewer.building.read_ifc:read_ifc", [samples / file], arguments)
    assert time.process_time() - start_s < WITHOUT_KERNEL_CPU_S


def test_bodies_that_cannot_be_built_are_said(samples, jail):
    """1,348 of its drawings have a body of which no reader makes a picture."""
    building = open_building(jail, samples / "ifc/bsi_grf005_survey_foot.ifczip")
    assert len(building.not_drawn) == 1_348
    assert "incomplete" in building.badges
    assert any("1348 bodies could not be built" in line for line in building.report)


def test_elements_of_one_global_id_are_kept_apart(samples, jail):
    building = open_building(jail, samples / "ifc/doubleguids.ifc")
    assert len(set(building.elements.global_ids)) < len(building.elements)
    assert len(set(building.elements.step_ids.tolist())) == len(building.elements)


def test_four_disciplines_of_one_site_stand_in_one_another(samples, jail):
    names = ("Architecture.ifc", "Structural.ifc", "Hvac.ifc", "Landscaping.ifczip")
    models = [open_building(jail, samples / f"ifc/PCERT_Building-{name}") for name in names]
    boxes = [np.array(building_facts(model)["bounds_m"])[:, :2] for model in models]
    for box in boxes[:3]:
        assert (box[0] >= boxes[3][0] - 1.0).all()
        assert (box[1] <= boxes[3][1] + 1.0).all()
