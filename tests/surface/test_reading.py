"""Mesh files: what is in them comes out, what is not is never shown, what lies is refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.errors import Refused
from metaviewer.jail import Jail
from metaviewer.surface import Mesh, mesh_facts, open_meshes
from metaviewer.surface.gltf import gltf_parts
from metaviewer.surface.obj import obj_parts
from metaviewer.surface.ply import ply_parts
from metaviewer.surface.stl import stl_parts
from metaviewer.surface.triangles import volume_of

BOX = np.indices((2, 2, 2)).reshape(3, 8).T.astype(np.float32) * (1, 2, 3)
FACES = np.array(
    [
        [0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
        [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3],
    ]
)  # fmt: skip


def binary_stl(header: bytes = b"", *, declared: int | None = None) -> bytes:
    rows = b"".join(
        struct.pack("<12fH", 0, 0, 0, *BOX[face].astype(float).ravel(), 0) for face in FACES
    )
    return header.ljust(80, b" ") + struct.pack("<I", declared or len(FACES)) + rows


def text_stl() -> bytes:
    facets = "".join(
        "facet normal 0 0 0\nouter loop\n"
        + "".join("vertex {:g} {:g} {:g}\n".format(*BOX[corner]) for corner in face)
        + "endloop\nendfacet\n"
        for face in FACES
    )
    return f"solid box\n{facets}endsolid box\n".encode()


def text_ply(comment: str = "made by a test") -> bytes:
    head = f"ply\nformat ascii 1.0\ncomment {comment}\nelement vertex 8\n"
    head += "property float x\nproperty float y\nproperty float z\n"
    head += "element face 12\nproperty list uchar int vertex_indices\nend_header\n"
    rows = ["{:g} {:g} {:g}".format(*point) for point in BOX]
    rows += ["3 {} {} {}".format(*face) for face in FACES]
    return (head + "\n".join(rows) + "\n").encode()


def binary_ply() -> bytes:
    head = b"ply\nformat binary_big_endian 1.0\nelement vertex 8\nproperty float x\n"
    head += b"property float y\nproperty float z\nproperty uchar red\nproperty uchar green\n"
    head += b"property uchar blue\nelement face 12\n"
    head += b"property list uchar int vertex_indices\nend_header\n"
    rows = b"".join(struct.pack(">3f3B", *point.astype(float), 255, 0, 51) for point in BOX)
    return head + rows + b"".join(struct.pack(">B3i", 3, *face) for face in FACES.tolist())


def text_obj() -> bytes:
    lines = ["mtllib box.mtl", "o box", "usemtl red"]
    lines += ["v {:g} {:g} {:g}".format(*point) for point in BOX]
    lines += ["f {}// {}// {}//".format(*(face + 1)) for face in FACES[:6]]
    lines += ["f {} {} {}".format(*(face - 8)) for face in FACES[6:]]
    return ("\n".join(lines) + "\n").encode()


def glb(nodes: list[dict] | None = None, **changes: object) -> bytes:
    """A box in metres with Y up; `changes` replace keys of the JSON."""
    indices = FACES.astype("<u2").tobytes()
    binary = BOX.astype("<f4").tobytes() + indices
    gltf: dict[str, object] = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": nodes or [{"mesh": 0, "name": "box"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [
            {"alphaMode": "BLEND", "pbrMetallicRoughness": {"baseColorFactor": [0.2, 0, 1, 0.5]}}
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteLength": 96},
            {"buffer": 0, "byteOffset": 96, "byteLength": 72},
        ],
        "buffers": [{"byteLength": len(binary)}],
    } | changes
    text = json.dumps(gltf).encode()
    text += b" " * (-len(text) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    return (
        struct.pack("<4sII", b"glTF", 2, length)
        + struct.pack("<II", len(text), 0x4E4F534A)
        + text
        + struct.pack("<II", len(binary), 0x004E4942)
        + binary
    )


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def opened(jail, folder: Path, name: str, data: bytes, **options: str) -> tuple[Mesh, ...]:
    return open_meshes(jail, written(folder, name, data), **options)


def refusal(jail, folder: Path, name: str, data: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        opened(jail, folder, name, data)
    return caught.value


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("box.stl", binary_stl()),
        ("box.STL", binary_stl(b"solid but binary")),
        ("box.stl", text_stl()),
        ("box.ply", text_ply()),
        ("box.ply", binary_ply()),
        ("box.obj", text_obj()),
    ],
    ids=["binary STL", "binary STL called solid", "text STL", "text PLY", "binary PLY", "OBJ"],
)
def test_a_box_is_a_box_in_every_format(open_jail, tmp_path, name, data):
    """Winding, axes, welding: each format gets one of them wrong by itself."""
    (mesh,) = opened(open_jail, tmp_path, name, data)
    assert "unit_assumed" in mesh.badges
    np.testing.assert_array_equal(mesh.bounds_mm, [[0, 0, 0], [1, 2, 3]])
    assert mesh_facts(mesh) == {
        "vertices": 8,
        "triangles": 12,
        "watertight": True,
        "volume_mm3": pytest.approx(6.0),
        "unit": "mm",
    }
    assert volume_of(mesh.points_mm_n3, mesh.triangles_n3) == pytest.approx(6.0)


def test_glb_stands_up_in_millimetres(open_jail, tmp_path):
    """Y up is z up here: a patient's bust lying on its back, or a room of one millimetre."""
    (mesh,) = opened(open_jail, tmp_path, "box.glb", glb())
    np.testing.assert_allclose(mesh.bounds_mm, [[0, -3000, 0], [1000, 0, 2000]])
    assert volume_of(mesh.points_mm_n3, mesh.triangles_n3) == pytest.approx(6e9)
    assert (mesh.name, mesh.unit, mesh.badges, mesh.opacity) == ("box", "m", (), 0.5)
    np.testing.assert_allclose(mesh.colour_rgb, (0.4845, 0.0, 1.0), atol=1e-3)


def test_mirrored_node_is_not_inside_out(open_jail, tmp_path):
    """A negative scale turns the triangles; glTF 2.0 section 3.7.4 says to turn them back."""
    (mesh,) = opened(open_jail, tmp_path, "box.glb", glb([{"mesh": 0, "scale": [-1, 1, 1]}]))
    assert volume_of(mesh.points_mm_n3, mesh.triangles_n3) == pytest.approx(6e9)


def test_nested_nodes_multiply(open_jail, tmp_path):
    nodes = [
        {"children": [1], "translation": [10, 0, 0], "scale": [2, 2, 2]},
        {"mesh": 0, "rotation": [0, 0, 0.7071067811865476, 0.7071067811865476]},
    ]
    (mesh,) = opened(open_jail, tmp_path, "box.glb", glb(nodes))
    # Turned by 90 degrees about glTF's z: x of the box points up, y to the left.
    np.testing.assert_allclose(mesh.bounds_mm, [[6000, -6000, 0], [10000, 0, 2000]], atol=0.01)


def test_node_matrix_is_column_major(open_jail, tmp_path):
    """Read row by row, the translation becomes a perspective and every node lands at the origin."""
    matrix = [0, 0, -1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 10, 20, 30, 1]
    (mesh,) = opened(open_jail, tmp_path, "box.glb", glb([{"mesh": 0, "matrix": matrix}]))
    # glTF x = 10 + z, y = 20 + y, z = 30 - x; then z up.
    np.testing.assert_allclose(mesh.bounds_mm, [[10000, -30000, 20000], [13000, -29000, 22000]])


def test_stated_unit_is_taken_and_not_assumed(open_jail, tmp_path):
    (mesh,) = opened(open_jail, tmp_path, "box.stl", binary_stl(), unit="cm")
    np.testing.assert_allclose(mesh.bounds_mm[1], (10, 20, 30))
    assert (mesh.unit, mesh.badges) == ("cm", ())


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("box.stl", binary_stl(b"3D Slicer output. SPACE=RAS")),
        ("box.ply", text_ply("3D Slicer output. SPACE=RAS")),
        ("box.obj", b"# 3D Slicer output. SPACE=RAS\n" + text_obj()),
    ],
)
def test_ras_header_is_honoured(open_jail, tmp_path, name, data):
    """RAS taken for LPS puts the left kidney on the right, back to front."""
    (mesh,) = opened(open_jail, tmp_path, name, data)
    np.testing.assert_allclose(mesh.bounds_mm, [[-1, -2, 0], [0, 0, 3]])
    assert volume_of(mesh.points_mm_n3, mesh.triangles_n3) == pytest.approx(6.0)


def test_lps_header_changes_nothing(open_jail, tmp_path):
    (mesh,) = opened(open_jail, tmp_path, "box.stl", binary_stl(b"SPACE=LPS"))
    np.testing.assert_allclose(mesh.bounds_mm, [[0, 0, 0], [1, 2, 3]])


def test_material_file_gives_colour_and_glass(open_jail, tmp_path):
    written(tmp_path, "box.mtl", b"newmtl red\nKd 0.8 0.1 0.2\nd 0.4\n")
    (mesh,) = opened(open_jail, tmp_path, "box.obj", text_obj())
    assert (mesh.colour_rgb, mesh.opacity) == ((0.8, 0.1, 0.2), 0.4)
    assert "incomplete" not in mesh.badges


@pytest.mark.parametrize("name", ["../secret.mtl", "/etc/passwd", "http://host/a.mtl", "gone.mtl"])
def test_material_file_elsewhere_is_not_followed(open_jail, tmp_path, name):
    """F09: a name inside a file is never a path."""
    written(tmp_path, "secret.mtl", b"newmtl red\nKd 1 0 0\n")
    folder = tmp_path / "inner"
    folder.mkdir()
    data = text_obj().replace(b"box.mtl", name.encode())
    (mesh,) = opened(open_jail, folder, "box.obj", data)
    assert mesh.colour_rgb is None
    assert "incomplete" in mesh.badges


@pytest.mark.parametrize(
    "address", ["../a.bin", "/etc/passwd", "http://host/a.bin", "a/b.bin", "C:a"]
)
def test_buffer_elsewhere_is_refused(open_jail, tmp_path, address):
    """F09: the canary's bytes must not become triangles."""
    data = glb(buffers=[{"byteLength": 168, "uri": address}])
    assert refusal(open_jail, tmp_path, "box.glb", data).word == "path"


def test_gltf_reads_the_buffer_beside_it(open_jail, tmp_path):
    data = glb(buffers=[{"byteLength": 168, "uri": "box%20one.bin"}])
    length = struct.unpack_from("<I", data, 12)[0]
    written(tmp_path, "box one.bin", data[20 + length + 8 :])
    (mesh,) = opened(open_jail, tmp_path, "box.gltf", data[20 : 20 + length])
    assert mesh_facts(mesh)["watertight"]


NAN = struct.pack("<f", float("nan"))


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("a.stl", b"", "empty"),
        ("a.stl", b"solid a\nendsolid a\n", "empty"),
        ("a.stl", binary_stl(declared=4_000_000_000), "size"),
        ("a.stl", binary_stl(declared=3), "size"),
        ("a.stl", binary_stl()[:60], "size"),
        ("a.stl", text_stl()[:200], "format"),
        ("a.stl", text_stl().replace(b"vertex 1", b"vertex 1,5"), "numbers"),
        ("a.stl", binary_stl()[:96] + NAN + binary_stl()[100:], "numbers"),
        ("a.stl", text_stl().replace(b"vertex 1", b"vertex 1e30"), "geometry"),
        ("a.ply", text_ply()[:-9], "size"),
        ("a.ply", text_ply().replace(b"vertex 8", b"vertex 4000000000"), "size"),
        ("a.ply", text_ply().replace(b"3 0 1 3", b"3 0 1 99"), "numbers"),
        ("a.ply", text_ply().replace(b"3 0 1 3", b"3 0 -1 3"), "numbers"),
        ("a.ply", text_ply().replace(b"3 0 1 3", b"9e9 0 1 3"), "size"),
        ("a.ply", text_ply().replace(b"3 0 1 3", b"3 0 nan 3"), "numbers"),
        ("a.ply", text_ply().replace(b"end_header", b"the end"), "format"),
        ("a.ply", text_ply().replace(b"element face 12", b"element face 0"), "empty"),
        ("a.ply", binary_ply()[:-5], "size"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "empty"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "numbers"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2\n", "numbers"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 -4\n", "numbers"),
        ("a.obj", b"v 0 0 0\nv 1 0 nan\nv 0 1 0\nf 1 2 3\n", "numbers"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n", "geometry"),
        ("a.obj", b"v 0 0 0\nf" + b" 1" * 200_000, "size"),
        ("a.glb", glb()[:-4], "size"),
        ("a.glb", glb([{"mesh": 0, "children": [0]}]), "format"),
        ("a.glb", glb([{"children": [1]}, {"children": [0], "mesh": 0}]), "format"),
        ("a.glb", glb([{"mesh": 7}]), "format"),
        ("a.glb", glb([{"mesh": 0, "scale": [0, 0, 0]}]), "empty"),
        ("a.glb", glb([{"mesh": 0, "translation": [1e300, 0, 0]}]), "numbers"),
        ("a.glb", glb(extensionsRequired=["KHR_draco_mesh_compression"]), "format"),
        ("a.glb", glb(bufferViews=[{"buffer": 0, "byteLength": 95}] * 2), "size"),
        ("a.glb", glb(bufferViews=[{"buffer": 0, "byteLength": 1 << 40}] * 2), "size"),
        ("a.glb", glb(bufferViews=[{"buffer": 0, "byteOffset": -9, "byteLength": 9}]), "format"),
        ("a.glb", glb(meshes=[{"primitives": []}]), "empty"),
        ("a.vtk", b"# vtk DataFile Version 2.0\n", "format"),
    ],
)  # fmt: skip
def test_what_lies_is_refused(open_jail, tmp_path, name, data, word):
    """F18: never an empty scene reported as fine, never a number that is not in the file."""
    assert refusal(open_jail, tmp_path, name, data).word == word


def test_a_mesh_under_many_nodes_is_counted_before_it_is_built(open_jail, tmp_path):
    """12 triangles times 2 million nodes fit in a file of 40 MB and in no memory."""
    nodes = [{"mesh": 0}] * 30_000
    data = glb(nodes, scenes=[{"nodes": list(range(len(nodes)))}])
    assert refusal(open_jail, tmp_path, "a.glb", data).word == "size"


def test_strips_and_fans_keep_their_sides(open_jail, tmp_path):
    """Every second triangle of a strip runs backwards: unturned, half the surface is inside out."""
    for mode, corners in ((5, [0, 1, 2, 3]), (6, [0, 1, 3, 2])):
        flat = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], "<f4").tobytes()
        data = glb(
            meshes=[{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "mode": mode}]}],
            accessors=[
                {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"},
                {"bufferView": 1, "componentType": 5121, "count": 4, "type": "SCALAR"},
            ],
            bufferViews=[
                {"buffer": 0, "byteLength": 48},
                {"buffer": 0, "byteOffset": 48, "byteLength": 4},
            ],
            buffers=[{"byteLength": 52, "uri": data_address(flat + bytes(corners))}],
        )
        (mesh,) = opened(open_jail, tmp_path, "a.glb", data)
        points, triangles = mesh.points_mm_n3, mesh.triangles_n3
        normals = np.cross(
            points[triangles[:, 1]] - points[triangles[:, 0]],
            points[triangles[:, 2]] - points[triangles[:, 0]],
        )
        np.testing.assert_allclose(normals, [[0, -1e6, 0]] * 2)


def data_address(content: bytes) -> str:
    import base64

    return "data:application/octet-stream;base64," + base64.b64encode(content).decode()


READERS = {
    "stl": stl_parts,
    "ply": ply_parts,
    "obj": lambda data: obj_parts(data, companions={}),
    "glb": lambda data: gltf_parts(data, companions={}),
}
WHOLE = {
    "stl": (binary_stl(), text_stl()),
    "ply": (text_ply(), binary_ply()),
    "obj": (text_obj(), text_obj()),
    "glb": (glb(), glb()),
}


@given(
    kind=st.sampled_from(sorted(READERS)),
    which=st.integers(0, 1),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6)), min_size=1, max_size=4),
    keep=st.floats(0.3, 1),
)
def test_only_refused_escapes_from_broken_bytes(kind, which, cuts, keep):
    """Bytes overwritten and cut off anywhere: a reader refuses or reads, nothing else."""
    data = bytearray(WHOLE[kind][which])
    for place, patch in cuts:
        at = int(place * (len(data) - 1))
        data[at : at + len(patch)] = patch
    try:
        file = READERS[kind](bytes(data[: int(len(data) * keep)]))
    except Refused:
        return
    for part in file.parts:
        assert np.isfinite(part.points_n3).all()
        assert part.triangles_n3.min() >= 0
        assert part.triangles_n3.max() < len(part.points_n3)


@pytest.mark.process
def test_through_the_real_jail(tmp_path):
    """The readers' names resolve, their locks hold, their arrays cross."""
    with Jail("surface") as jail:
        (mesh,) = opened(jail, tmp_path, "box.glb", glb())
        assert mesh_facts(mesh)["watertight"]
        refused = refusal(jail, tmp_path, "lie.stl", binary_stl(declared=9))
    assert refused.word == "size"
    assert refused.place.endswith("lie.stl")
