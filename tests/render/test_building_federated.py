"""Disciplines repeat each other's bodies, and zones of air lie around all of them."""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

import numpy as np
import pytest

from metaviewer.frames import translation
from metaviewer.render.building_shown import ITEM_NUMBERS, BuildingMaker
from metaviewer.render.context import Context
from metaviewer.render.passes import read_back
from metaviewer.render.stage import Stage
from metaviewer.scene import BuildingLook, Camera, Item, Library, Ray, State, View
from tests.render.boxes import Box, building_of

SIZE = (160, 120)
SLANTED = Camera(eye_m=(30.0, -17.0, 21.0), target_m=(0.5, 0.5, 0.5))
LOW, HIGH = (-4.0, -4.0, -4.0), (5.0, 5.0, 5.0)


@pytest.fixture
def stage(gl_context: Context) -> Iterator[Stage]:
    with Stage(gl_context, size=SIZE, makers={"building": BuildingMaker()}) as made:
        yield made


def show(stage: Stage, look: BuildingLook | None = None, **buildings) -> None:
    """Draw the buildings, the first in the scene first."""
    library = Library()
    for name, building in buildings.items():
        library = library.with_datum(name, building)
    items = tuple(
        Item(
            id=name,
            kind="building",
            data_id=name,
            look=look or BuildingLook(),
            world_from_item=translation((0, 0, 0)),
        )
        for name in buildings
    )
    view = View(id="view", kind="space", camera=SLANTED)
    state = State(items=items, views=(view,), show_labels=False)
    stage.sync(None, state, library, None)
    stage.draw()


def pixels_of(stage: Stage, name: str) -> int:
    """Pixels that the opaque pass gave to an item."""
    place = read_back(stage.context, stage._targets.opaque.place)
    return int((place[:, :, 3] == 1 + crc32(name.encode()) % ITEM_NUMBERS).sum())


@pytest.mark.parametrize("order", [("whole", "halves"), ("halves", "whole")])
def test_where_two_models_coincide_the_first_is_seen_everywhere(stage, order):
    """Without an order the depth test decides by rounding: faces flicker in the colours of both.
    One of the models is cut up otherwise, so that its triangles round otherwise."""
    halves = (Box(low=LOW, high=(5.0, 0.3, 5.0)), Box(low=(-4.0, 0.3, -4.0), high=HIGH))
    models = {"whole": building_of(Box(low=LOW, high=HIGH)), "halves": building_of(*halves)}
    show(stage, **{name: models[name] for name in order})
    assert pixels_of(stage, order[0]) > 2_000
    assert pixels_of(stage, order[1]) == 0


@pytest.mark.parametrize("air", ["IfcSpatialZone", "IfcExternalSpatialElement"])
def test_a_zone_of_air_is_neither_drawn_nor_picked(stage, air):
    """A house's gross volume veiled its walls and roof and took every click on them."""
    wall = Box(low=(0, 0, 0), high=(1, 1, 1))
    zone = Box(low=LOW, high=HIGH, ifc_class=air)
    show(stage, house=building_of(wall, zone))
    elements = read_back(stage.context, stage._targets.opaque.place)[:, :, 1] - 1
    assert set(np.unique(elements)) == {-1, 0}
    hit = stage.pick(Ray(origin_m=(0.5, 0.5, 20.0), direction=(0.0, 0.0, -1.0)))
    assert hit is not None
    assert hit.element == 0


def test_the_rooms_of_a_later_model_tint_the_floors_of_the_first(stage):
    """Set back with their model, the live colours of rooms sank into another model's slab."""
    slab = Box(low=(-4.0, -4.0, -0.2), high=(5.0, 5.0, 0.0))
    room = Box(low=(-4.0, -4.0, 0.0), high=(5.0, 5.0, 3.0), ifc_class="IfcSpace")
    other = Box(low=(20.0, 20.0, 0.0), high=(21.0, 21.0, 1.0))
    many = {f"other {number}": building_of(other) for number in range(6)}
    show(
        stage,
        BuildingLook(colour_by="live", show_spaces=True),
        slab=building_of(slab),
        **many,
        rooms=building_of(room),
    )
    assert pixels_of(stage, "rooms") > 800
