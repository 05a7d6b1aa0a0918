"""What counts as several readings of one structure."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.surface import Mesh, readings, structure_name


def box(name: str, *, at=(0.0, 0.0, 0.0), edge: float = 20.0, frame: str = "frame") -> Mesh:
    points = np.array([at, np.add(at, edge)], dtype=np.float32)
    return Mesh(
        name=name,
        points_mm_n3=points,
        triangles_n3=np.zeros((0, 3), dtype=np.int32),
        frame_of_reference=frame,
    )


@pytest.mark.parametrize(
    ("name", "structure"),
    [
        ("Nodule 1, reader 2", "Nodule 1"),
        ("Nodule 1 - Annotation IL057_127364", "Nodule 1"),
        ("GTV_Mass_MR_T1", "GTV_Mass"),
        ("GTV_Mass_PET", "GTV_Mass"),
        ("GTV-1", "GTV-1"),
        ("CT", "CT"),
        ("Lung nodule, left (threshold)", "Lung nodule, left (threshold)"),
        ("Reader", "Reader"),
    ],
)
def test_a_structure_is_called_without_its_reader_and_its_scan(name, structure):
    assert structure_name(name) == structure


def test_readers_of_one_nodule_are_one_group():
    names = [f"Nodule 1, reader {n}" for n in (1, 2, 3)]
    meshes = [box(name, at=(n, 0, 0)) for n, name in enumerate(names)]
    assert readings([box("Heart"), *meshes]) == ((1, 2, 3),)


@pytest.mark.parametrize(
    "other",
    [
        box("Nodule 2, reader 1"),
        box("Nodule 1, reader 2", at=(30.0, 0.0, 0.0)),
        box("Nodule 1, reader 2", frame="another"),
        box("Nodule 1, reader 2", edge=60.0),
    ],
    ids=["another name", "another place", "another frame", "another size"],
)
def test_what_is_another_structure_stays_by_itself(other):
    """A CTV around a GTV, or a second nodule, hidden as a reading would be a finding unseen."""
    assert readings([box("Nodule 1, reader 1"), other]) == ()


def test_without_a_frame_of_reference_nobody_knows():
    assert readings([box("a", frame=""), box("a", frame="")]) == ()
