"""Meshes of the sample files, against the facts of other readers and what must be refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from metaviewer import resources
from metaviewer.errors import Refused
from metaviewer.frames import SITE_FROM_GLTF, moved
from metaviewer.jail import Answer, here
from metaviewer.medical.tokens import frame_token, identity_token
from metaviewer.surface import Mesh, mesh_facts, open_encapsulated, open_meshes
from metaviewer.surface.whose import frame_token as mesh_frame_token
from metaviewer.surface.whose import patient_token

SAMPLES = resources.samples_dir()
MEDICAL = SAMPLES / "medical.json"
FACTS = json.loads(MEDICAL.read_text()) if MEDICAL.is_file() else []
BUILDING = SAMPLES / "building.json"
OTHERS = json.loads(BUILDING.read_text())["other"] if BUILDING.is_file() else []
ABSENT = {"path": "absent", "file": "absent", "expect": {}}
FORMATS = (".stl", ".obj", ".ply", ".glb", ".gltf")
SALT = "5a" * 32

READ = [f for f in FACTS if f["kind"] == "mesh" and f["expect"].get("trimesh", {}).get("faces")]
LIES = [f for f in FACTS if f["kind"] == "malformed" and f["path"].startswith("malformed/mesh")]
MESHES = [
    o for o in OTHERS if o["file"].startswith("meshes/") and o["file"].lower().endswith(FORMATS)
]


class OpenJail:
    """What `Jail.call` does, without a process."""

    def call(self, reader, places, arguments=None, *, place="") -> Answer:
        return here(reader, places, arguments)


def bounds_of(meshes: tuple[Mesh, ...]) -> np.ndarray:
    corners = np.stack([mesh.bounds_mm for mesh in meshes])
    return np.stack([corners[:, 0].min(axis=0), corners[:, 1].max(axis=0)])


def by_path(facts: list[dict]):
    return pytest.mark.parametrize("fact", facts or [ABSENT], ids=lambda f: f["path"])


@by_path(READ)
def test_mesh_is_that_of_the_facts(samples, fact):
    """Triangles, box and closedness as trimesh has them, in mm and with z up."""
    expect = fact["expect"]["trimesh"]
    meshes = open_meshes(OpenJail(), samples / fact["path"])
    assert sum(len(mesh.triangles_n3) for mesh in meshes) == expect["faces"]
    wanted = np.array(expect["bounds"])
    if fact["path"].endswith(".glb"):
        assert {mesh.unit for mesh in meshes} == {"m"}
        turned = moved(wanted * 1000.0, target_from_source=SITE_FROM_GLTF)
        wanted = np.stack([turned.min(axis=0), turned.max(axis=0)])
    else:
        assert all("unit_assumed" in mesh.badges for mesh in meshes)
    np.testing.assert_allclose(bounds_of(meshes), wanted, atol=1e-5 * np.abs(wanted).max())
    if expect["kind"] == "Trimesh" and len(meshes) == 1 and expect.get("watertight_after_merge"):
        assert mesh_facts(meshes[0])["watertight"]


def test_points_without_faces_are_empty(samples):
    with pytest.raises(Refused) as caught:
        open_meshes(OpenJail(), samples / "volumes/mesh_points_ascii.ply")
    assert caught.value.word == "empty"


@by_path(LIES)
def test_broken_mesh_ends_as_it_must(samples, fact):
    """Opened, opened with a word, or refused: what `must` and `also_ok` allow (F09, F18)."""
    allowed = {fact["expect"]["must"], *fact["expect"].get("also_ok", [])}
    try:
        meshes = open_meshes(OpenJail(), samples / fact["path"])
    except Refused:
        assert "refuse" in allowed
        return
    said = {badge for mesh in meshes for badge in mesh.badges} - {"unit_assumed"}
    assert ("open_with_warning" if said else "open") in allowed
    assert np.isfinite(bounds_of(meshes)).all()


@pytest.mark.parametrize("other", MESHES or [ABSENT], ids=lambda other: other["file"])
def test_public_mesh_agrees_with_trimesh(samples, other):
    """An independent reader on every mesh of the building set: triangles and box."""
    import trimesh

    path = samples / other["file"]
    if path.name == "empty.stl":
        with pytest.raises(Refused):
            open_meshes(OpenJail(), path)
        return
    scene = trimesh.load_scene(path, process=False, skip_materials=True)
    solids = [part for part in scene.dump() if isinstance(part, trimesh.Trimesh)]
    meshes = open_meshes(OpenJail(), path, unit="m")
    assert sum(len(mesh.triangles_n3) for mesh in meshes) == sum(len(s.faces) for s in solids)
    corners = np.stack([solid.bounds for solid in solids])
    wanted = np.stack([corners[:, 0].min(axis=0), corners[:, 1].max(axis=0)]) * 1000.0
    if path.suffix in (".glb", ".gltf"):
        turned = moved(wanted, target_from_source=SITE_FROM_GLTF)
        wanted = np.stack([turned.min(axis=0), turned.max(axis=0)])
    np.testing.assert_allclose(bounds_of(meshes), wanted, atol=1e-4 * np.abs(wanted).max())


def test_brain_has_its_known_volume(samples):
    """Left white-matter surface: watertight, 336.5 ml, 10 242 points (nibabel and trimesh)."""
    (mesh,) = open_meshes(OpenJail(), samples / "meshes/brain_white_left.stl", unit="mm")
    facts = mesh_facts(mesh)
    assert (facts["vertices"], facts["triangles"], facts["watertight"]) == (10_242, 20_480, True)
    assert facts["volume_mm3"] == pytest.approx(336_500, abs=50)


@by_path([fact for fact in FACTS if fact["kind"] == "encap_mesh"])
def test_encapsulated_mesh_obeys_its_unit(samples, fact):
    """The same vessel in mm and in the common writer's default, micrometres: never in silence."""
    expect = fact["expect"]["stl"]
    (mesh,) = open_encapsulated(OpenJail(), samples / fact["path"], salt=SALT)
    mm_per_unit = {"mm": 1.0, "um": 0.001}[expect["units"]]
    wanted = np.array(expect["bounds"]) * mm_per_unit
    np.testing.assert_allclose(mesh.bounds_mm, wanted, rtol=1e-5)
    assert (mesh.unit, len(mesh.triangles_n3)) == (expect["units"], expect["triangles"])
    assert ("unit_assumed" in mesh.badges) == (expect["units"] == "um")
    assert mesh.frame_of_reference == frame_token(expect["frame_of_reference"])
    assert mesh.patient == identity_token("MADE", salt=SALT)
    (stated,) = open_encapsulated(OpenJail(), samples / fact["path"], unit="mm")
    np.testing.assert_allclose(stated.bounds_mm, expect["bounds"], rtol=1e-5)
    assert stated.badges == ()


def test_tokens_of_meshes_are_those_of_pictures():
    """Said twice, since the rooms may not meet: a mesh must find the picture it belongs to."""
    assert mesh_frame_token(" 1.2.3\0") == frame_token("1.2.3")
    assert patient_token(" 42\0", salt=SALT) == identity_token("42", salt=SALT)
    assert patient_token("", salt=SALT) == mesh_frame_token("") == ""
