"""A GLB with GlobalIds as node names and its metadata file open as the same kind of building."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from metaviewer.building import building_facts, metadata_place, open_building, properties
from metaviewer.errors import Refused

TRIANGLE = np.array([(0, 0, 0), (1, 0, 0), (0, 2, 0)], "<f4")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("METAVIEWER_CACHE", str(tmp_path / "cache"))


def write_glb(folder, metadata, *, names=("wall-1", "wall-2")):
    """One triangle under two nodes, the second 5 m along the file's z."""
    gltf = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0, 1]}],
        "nodes": [
            {"name": names[0], "mesh": 0},
            {"name": names[1], "mesh": 0, "translation": [0, 0, 5]},
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"byteLength": 36}],
    }
    text = json.dumps(gltf).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text
    body += struct.pack("<II", 36, 0x004E4942) + TRIANGLE.tobytes()
    place = folder / "made.glb"
    place.write_bytes(b"glTF" + struct.pack("<II", 2, 12 + len(body)) + body)
    if metadata is not None:
        (folder / "made_glb_metadata.json").write_text(json.dumps(metadata))
    return place


METADATA = {
    "storeys": {"floor-1": {"name": "Ground", "elevation_m": -5.0}},
    "elements": {
        "room-1": {"class": "IfcSpace", "name": "1", "long_name": "Lab", "storey": "floor-1"},
        "wall-1": {"class": "IfcWall", "name": "W", "storey": "floor-1"},
        "wall-2": {"class": "IfcWall", "name": "V", "storey": "floor-1", "parent": "room-1"},
    },
}


def test_the_table_comes_from_the_metadata_and_y_up_becomes_z_up(building_jail, tmp_path):
    building = open_building(building_jail, write_glb(tmp_path, METADATA))
    assert building.elements.classes == ("IfcSpace", "IfcWall", "IfcWall")
    assert building.elements.parent.tolist() == [-1, -1, 0]
    np.testing.assert_allclose(building.elements.bounds_site_m[2], [(0, -5, 0), (1, -5, 2)])
    assert len(building.shapes.point_start) - 1 == 1
    facts = building_facts(building)
    assert facts["spaces"] == 1
    assert facts["with_geometry"] == 2
    assert facts["storeys"] == [{"name": "Ground", "elevation_m": -5.0}]
    assert facts["bounds_m"] == [[0, 0, 0], [1, 2, 5]]


@pytest.mark.parametrize(
    ("metadata", "word"),
    [
        ([], "format"),
        ({"elements": []}, "format"),
        ({"elements": {"a": 1}}, "format"),
        ({"elements": {"other": {"class": "IfcWall"}}}, "empty"),
        (None, "path"),
    ],
)
def test_metadata_of_another_form_is_refused(metadata, word, building_jail, tmp_path):
    with pytest.raises(Refused) as refused:
        open_building(building_jail, write_glb(tmp_path, metadata))
    assert refused.value.word == word


def test_a_glb_is_a_building_only_with_its_metadata(tmp_path):
    assert metadata_place(write_glb(tmp_path, None)) is None
    assert metadata_place(write_glb(tmp_path, METADATA)) is not None


def test_properties_are_what_the_metadata_holds_beyond_the_table(building_jail, tmp_path):
    """Read anew from the file: before, a GLB had none whatever its metadata held."""
    wall = {
        "class": "IfcWall",
        "storey": "floor-1",
        "mesh": True,
        "area_m2": 12.3456789,
        "is_external": True,
        "absent": None,
        "Pset_WallCommon": {"FireRating": "EI\n90", "Layers": {"Outer": "brick"}},
    }
    metadata = {**METADATA, "elements": {**METADATA["elements"], "wall-1": wall}}
    place = write_glb(tmp_path, metadata)
    assert properties(building_jail, place, "wall-1") == (
        ("Metadata", "area_m2", "12.3457"),
        ("Metadata", "is_external", "True"),
        ("Pset_WallCommon", "FireRating", "EI 90"),
        ("Pset_WallCommon / Layers", "Outer", "brick"),
    )
    assert properties(building_jail, place, "wall-2") == ()
    with pytest.raises(Refused) as refused:
        properties(building_jail, place, "no such")
    assert refused.value.word == "empty"


def test_systems_come_from_the_metadata(building_jail, tmp_path):
    wall = {**METADATA["elements"]["wall-1"], "system": "Supply 1"}
    metadata = {**METADATA, "elements": {**METADATA["elements"], "wall-1": wall}}
    building = open_building(building_jail, write_glb(tmp_path, metadata))
    assert building.elements.systems == ("", "Supply 1", "")
