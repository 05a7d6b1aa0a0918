"""Volumes of one frame of reference: one anatomy, the uptake in it, outlines as veils."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.app.fused import ANATOMY_OPACITY, OUTLINE_OPACITY, fused
from metaviewer.frames import IDENTITY
from metaviewer.medical import Volume
from metaviewer.scene import Item, SurfaceLook, VolumeLook
from metaviewer.surface import FINDING_RGB, Mesh


def volume(modality: str, *, slices: int = 20, frame: str = "frame") -> Volume:
    return Volume(
        values=np.zeros((slices, 8, 8), dtype=np.int16),
        lps_from_ijk=np.eye(4),
        modality=modality,
        unit=None,
        frame_of_reference=frame,
    )


def outline(name: str = "mass") -> Mesh:
    return Mesh(
        name=name,
        points_mm_n3=np.eye(3, dtype=np.float32),
        colour_rgb=FINDING_RGB,
        triangles_n3=np.array([[0, 1, 2]], dtype=np.int32),
        unit="mm",
        frame_of_reference="frame",
    )


def items(*data) -> tuple[Item, ...]:
    looks = [SurfaceLook() if isinstance(datum, Mesh) else VolumeLook() for datum in data]
    return fused(
        [
            (Item(id=f"{n}", kind="volume", data_id=f"{n}", look=look), datum)
            for n, (datum, look) in enumerate(zip(data, looks, strict=True))
        ]
    )


def test_pet_glows_in_a_thin_ct_and_the_mr_waits():
    ct, mr, pet, contour = items(volume("CT"), volume("MR"), volume("PT"), outline())
    assert (ct.visible, mr.visible, pet.visible) == (True, False, True)
    assert (ct.look.opacity, pet.look.opacity) == (ANATOMY_OPACITY, 1.0)
    assert contour.look.opacity == OUTLINE_OPACITY


def test_a_localiser_does_not_stand_in_for_the_series():
    localiser, series = items(volume("CT", slices=1), volume("CT"))
    assert not localiser.visible
    assert series.visible
    assert series.look.opacity == 1.0


@pytest.mark.parametrize("frame", ["", "another"])
def test_what_is_not_known_to_lie_in_the_same_frame_is_left_alone(frame):
    for item in items(volume("CT", frame=frame), volume("MR"), outline()):
        assert item.visible
        assert item.look.opacity == 1.0
        assert item.world_from_item is IDENTITY


def test_uptake_alone_is_shown_as_it_is():
    pet, contour = items(volume("PT"), outline())
    assert pet.visible
    assert contour.look.opacity == 1.0


def test_of_several_readings_one_is_shown_and_the_others_wait_as_veils_of_their_own_colour():
    """Four near shells cut through each other everywhere: a speckle that no reader drew."""
    outlines = [outline(f"Nodule 1, reader {n}") for n in (1, 2, 3)]
    _, first, *others = items(volume("CT"), *outlines)
    assert first.visible
    assert first.look == SurfaceLook()
    assert not any(item.visible for item in others)
    assert all(item.look.opacity == OUTLINE_OPACITY for item in others)
    colours = {item.look.colour_rgb for item in others}
    assert len(colours | {FINDING_RGB}) == 3
