"""A folder that holds everything: each finding names its own file; scenes keep their entries."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from metaviewer import resources
from metaviewer.app.checking import found_at
from metaviewer.app.doors import open_doors
from metaviewer.app.scene_reading import read_scene
from metaviewer.scene import BuildingLook

ASSETS = resources.assets_dir()
STL = "solid t\n" + "".join(
    "facet normal 0 0 0\nouter loop\n"
    + "".join(f"vertex {' '.join(map(str, corner))}\n" for corner in corners)
    + "endloop\nendfacet\n"
    for corners in (
        ((0, 0, 0), (0, 9, 0), (9, 0, 0)),
        ((0, 0, 0), (9, 0, 0), (0, 0, 9)),
        ((0, 0, 0), (0, 0, 9), (0, 9, 0)),
        ((9, 0, 0), (0, 9, 0), (0, 0, 9)),
    )
)


@pytest.fixture(scope="module")
def doors():
    with open_doors() as opened:
        yield opened


def test_in_a_mixed_folder_every_finding_names_its_own_place(doors, tmp_path):
    """Naming the first file for all of them saves a scene that opens another patient's slice."""
    series = tmp_path / "ct"
    series.mkdir()
    for slice_file in sorted((ASSETS / "patient" / "chest").iterdir())[40:46]:
        shutil.copy(slice_file, series)
    shutil.copy(ASSETS / "patient" / "chest_finding.dcm", tmp_path / "seg.dcm")
    (tmp_path / "part.stl").write_text(STL)
    found = {one.kind: one for one in found_at(doors, str(tmp_path), unit="mm")}
    assert Path(found["volume"].path) == series
    assert Path(found["segmentation"].path) == tmp_path / "seg.dcm"
    assert Path(found["surface"].path) == tmp_path / "part.stl"


def test_an_entry_keeps_its_settings_when_another_begins_with_its_name(doors, tmp_path):
    """Reading the entry back out of the item's id peels "ward-east" with "ward"."""
    furnished = ASSETS / "hospital" / "clinic_furnished.ifczip"
    place = tmp_path / "two.toml"
    place.write_text(
        f"""
[[building]]
id = "ward"
files = ["{furnished}"]
storey = "First Floor"
[[building]]
id = "ward-east"
files = ["{furnished}"]
position_m = [100.0, 0.0, 0.0]
"""
    )
    looks = {part.entry: part.item.look for part in read_scene(doors, place).parts}
    assert isinstance(looks["ward"], BuildingLook)
    assert isinstance(looks["ward-east"], BuildingLook)
    assert looks["ward"].storey_top is not None
    assert looks["ward-east"].storey_top is None
