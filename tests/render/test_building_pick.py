"""What a click names is what the picture shows, on a real clinic, judged by another way to both."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.building import Building, element_triangles, open_building
from metaviewer.frames import translation
from metaviewer.jail import Jail
from metaviewer.render.building_shown import BuildingMaker
from metaviewer.render.context import Context
from metaviewer.render.eye import ray_through
from metaviewer.render.passes import read_back
from metaviewer.render.stage import Stage
from metaviewer.scene import BuildingLook, Camera, Item, Library, State, View

SIZE = (320, 240)
FIRST_FLOORS = {"clinic_architectural.ifczip": 1, "clinic_electrical.ifczip": 0}
"""Models, and which of their storeys is the first floor."""
INTO_THE_WARD = Camera(eye_m=(-30.0, 12.0, 7.0), target_m=(-28.0, 25.0, 0.5))
PIXELS = 50
PLAIN_MARGIN_M = 0.02
"""Nearer than this to a second surface either may be seen."""


@pytest.fixture(scope="module")
def models(samples, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch, Jail("building") as jail:
        patch.setenv("METAVIEWER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield {name: open_building(jail, samples / "ifc_hospital" / name) for name in FIRST_FLOORS}


class Soup:
    """All solid triangles of a building that a look shows, to be met one by one."""

    def __init__(self, building: Building, shown: np.ndarray) -> None:
        corners = [element_triangles(building, int(row)) for row in shown]
        self._corners = np.concatenate(corners)
        self._rows = np.repeat(shown, [len(found) for found in corners])

    def met(self, start: np.ndarray, ahead: np.ndarray) -> list[tuple[float, int]]:
        """Distances and rows: seen along the ray, which triangles lie around the point it is."""
        across = np.linalg.svd(ahead[None])[2][1:]
        flat = (self._corners - start) @ across.T
        turns = [
            flat[:, k, 0] * flat[:, k - 2, 1] - flat[:, k, 1] * flat[:, k - 2, 0] for k in range(3)
        ]
        inside = np.flatnonzero((np.min(turns, axis=0) >= 0) | (np.max(turns, axis=0) <= 0))
        a, b, c = (self._corners[inside, k] - start for k in range(3))
        normal = np.cross(b - a, c - a)
        with np.errstate(divide="ignore", invalid="ignore"):
            distance_m = np.einsum("ij,ij->i", normal, a) / (normal @ ahead)
        good = np.isfinite(distance_m) & (distance_m > 1e-3)
        return list(zip(distance_m[good].tolist(), self._rows[inside[good]].tolist(), strict=True))


def look_of(name: str) -> BuildingLook:
    """The first floor without its ceilings."""
    return BuildingLook(
        storey_top=FIRST_FLOORS[name], hidden_classes=("IfcCovering",), show_spaces=False
    )


def scene_of(models: dict[str, Building]) -> tuple[State, Library]:
    library = Library()
    for name, building in models.items():
        library = library.with_datum(name, building)
    place = translation((0, 0, 0))
    items = tuple(
        Item(id=name, kind="building", data_id=name, look=look_of(name), world_from_item=place)
        for name in models
    )
    view = View(id="view", kind="space", camera=INTO_THE_WARD)
    return State(items=items, views=(view,), show_labels=False), library


def test_fifty_pixels_of_the_clinic_name_what_stands_there(gl_context: Context, models):
    """A picked row shifted by one, a hidden ceiling that takes the click, or a box taken for its
    element: each shows in some of fifty pixels."""
    state, library = scene_of(models)
    soups = {name: Soup(building, _shown(building)) for name, building in models.items()}
    with Stage(gl_context, size=SIZE, makers={"building": BuildingMaker()}) as stage:
        stage.sync(None, state, library, None)
        stage.draw()
        drawn = read_back(stage.context, stage._targets.opaque.place)[:, :, 1] - 1
        eye = stage.eye(state.views[0])
        rng = np.random.default_rng(5)
        agreed, seen_agreed, named = 0, 0, set()
        for row, column in zip(
            rng.integers(0, SIZE[1], PIXELS), rng.integers(0, SIZE[0], PIXELS), strict=True
        ):
            ray = ray_through(eye, x=(column + 0.5) / SIZE[0], y=1.0 - (row + 0.5) / SIZE[1])
            start, ahead = np.array(ray.origin_m), np.array(ray.direction)
            hits = sorted((*hit, name) for name in models for hit in soups[name].met(start, ahead))
            picked = stage.pick(ray)
            if not hits:
                assert picked is None
                continue
            assert picked is not None
            assert picked.distance_m == pytest.approx(hits[0][0], abs=1e-4)
            near = {(name, who) for far, who, name in hits if far < hits[0][0] + PLAIN_MARGIN_M}
            assert (picked.item, picked.element) in near
            agreed += 1
            seen_agreed += int(drawn[row, column]) in {who for _, who in near}
            named.add((picked.item, picked.element))
    assert agreed > PIXELS // 2
    # Glass is drawn in another pass: what is behind it stands in the opaque one.
    assert seen_agreed >= 0.9 * agreed
    assert len(named) >= 12


def _shown(building: Building) -> np.ndarray:
    """Rows up to the first floor, ceilings and rooms left out."""
    table = building.elements
    bases_m = np.array([storey.base_m for storey in building.storeys])
    on_floor = bases_m[table.storey] <= 0.1
    solid = np.array([name not in ("IfcCovering", "IfcSpace") for name in table.classes])
    return np.flatnonzero(on_floor & solid)
