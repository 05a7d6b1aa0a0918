"""A look that a scene names for its volume, right and wrong."""

from __future__ import annotations

import pytest

from metaviewer.app.doors import open_doors
from metaviewer.app.scene_reading import read_scene
from tests.medical.series_maker import image, write

SCENE = '[[volume]]\nid = "chest"\nfiles = ["ct", "mr"]\npreset = "{preset}"\n'


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Reads a scene of a CT and an MR in one entry, with a preset of that name."""
    folder = tmp_path_factory.mktemp("scene")
    for name, modality, series in (("ct", "CT", "1.2.8"), ("mr", "MR", "1.2.9")):
        (folder / name).mkdir()
        words = {"Modality": modality, "SeriesInstanceUID": series}
        write(
            folder / name,
            [image(k, SOPInstanceUID=f"{series}.{k}", **words) for k in range(4)],
        )
    with open_doors() as doors:

        def read_(preset):
            place = folder / "ward.toml"
            place.write_text(SCENE.format(preset=preset), encoding="utf-8")
            return read_scene(doors, place)

        yield read_


def test_a_look_goes_to_the_volumes_that_it_suits(read):
    """Bug: an MR in the bone of CT, or refused because the CT beside it was meant."""
    scene = read("bone")
    assert [finding.status for finding in scene.findings] == ["ok", "ok", "ok"]
    looks = [part.item.look.preset for part in scene.parts]
    assert looks[0] == "bone"
    assert looks[1] != "bone"


def test_a_look_that_suits_none_is_a_fault_of_the_scene(read):
    """Bug: check says ok, and the picture is refused as if the look were a file."""
    scene = read("nosuch")
    fault = scene.findings[0]
    assert (fault.kind, fault.status) == ("scene", "refused")
    assert fault.reason.startswith("format: volume[0].preset: there is no 'nosuch': choose one of ")
    assert "bone" in fault.reason
