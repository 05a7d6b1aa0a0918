"""The one headless context of a test session, and phantoms to draw in it."""

from __future__ import annotations

from functools import cache

import numpy as np

from metaviewer.frames import WORLD_FROM_LPS, Float64Array
from metaviewer.medical.volume import Volume
from metaviewer.render.context import Context, open_context
from metaviewer.scene import Camera, Item, State, View, VolumeLook

AIR_HU = -1000
BONE_HU = 800


@cache
def shared_context() -> Context:
    return open_context((16, 16), on_screen=False)


def volume_of(
    values: np.ndarray, *, lps_from_ijk: Float64Array | None = None, modality: str = "CT"
):
    """A volume centred on the patient's origin, 1 mm voxels unless stated."""
    if lps_from_ijk is None:
        lps_from_ijk = np.eye(4)
        lps_from_ijk[:3, 3] = -(np.array(values.shape[::-1]) - 1.0) / 2.0
    return Volume(
        values=values.copy(),
        lps_from_ijk=lps_from_ijk,
        modality=modality,
        unit="HU" if modality == "CT" else None,
    )


def ball_volume(edge: int = 40, *, radius: float = 12.0, center_kji=(0.0, 0.0, 0.0)) -> Volume:
    """A ball of bone in air; `center_kji` counts from the middle."""
    places = np.indices((edge, edge, edge)).reshape(3, -1).T - (edge - 1) / 2.0
    away = np.linalg.norm(places - center_kji, axis=1).reshape(edge, edge, edge)
    values = np.where(away < radius, BONE_HU, AIR_HU).astype(np.int16)
    return volume_of(values)


def volume_item(*, look: VolumeLook | None = None, **fields) -> Item:
    return Item(
        id="volume",
        kind="volume",
        data_id="volume",
        look=look or VolumeLook(preset="bone"),
        world_from_item=fields.pop("world_from_item", WORLD_FROM_LPS),
        **fields,
    )


def front_view(*, distance_m: float = 0.15, height_m: float | None = None, **fields) -> View:
    """From the patient's front: L is on the right of the picture."""
    camera = Camera(
        eye_m=(0.0, -distance_m, 0.0), target_m=(0.0, 0.0, 0.0), orthographic_height_m=height_m
    )
    return View(id="view", kind="space", camera=camera, **fields)


def state_of(*items: Item, view: View | None = None, **fields) -> State:
    return State(items=items, views=(view or front_view(),), **fields)
