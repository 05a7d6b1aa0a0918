"""What a person sees of a building of a few boxes, drawn small on software GL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from metaviewer.building import Building
from metaviewer.frames import translation
from metaviewer.render.building_floors import LIFT_M
from metaviewer.render.building_shown import BuildingMaker
from metaviewer.render.context import Context
from metaviewer.render.edges_pass import EdgesPass
from metaviewer.render.element_palette import SELECTION
from metaviewer.render.eye import picture_point
from metaviewer.render.passes import read_back
from metaviewer.render.stage import Stage
from metaviewer.scene import (
    BuildingLook,
    Camera,
    Item,
    Library,
    Picked,
    Ray,
    State,
    View,
)
from metaviewer.twin import KINDS, Columns, Point, Quality
from tests.render.boxes import Box, building_of

SIZE = (240, 180)
SLAB, WALL, ROOM, BED, ROOF, GLASS, HIDDEN_PART = range(7)
GREEN = (0.0, 0.8, 0.0, 1.0)
TOP = Camera(
    eye_m=(4.0, 3.0, 40.0), target_m=(4.0, 3.0, 0.0), up=(0, 1, 0), orthographic_height_m=8.0
)
ABOVE = Camera(eye_m=(9.0, -8.0, 12.0), target_m=(4.0, 3.0, 1.0))


def ward() -> Building:
    return building_of(
        Box(low=(0, 0, -0.3), high=(8, 6, 0), ifc_class="IfcSlab"),
        Box(low=(0, 0, 0), high=(8, 0.5, 3)),
        Box(low=(0.5, 1, 0), high=(4, 5.5, 2.8), ifc_class="IfcSpace", name="101"),
        Box(low=(5, 2, 0), high=(6, 4, 0.6), ifc_class="IfcFurniture", name="Bed"),
        Box(low=(0, 0, 3), high=(8, 6, 3.3), ifc_class="IfcRoof", storey=1, colour=GREEN),
        Box(low=(7.9, 1, 0), high=(8, 5, 3), ifc_class="IfcPlate", colour=(0.1, 0.4, 0.6, 0.2)),
        Box(low=(5.2, 4.6, 0), high=(5.8, 5.2, 0.5), ifc_class="IfcFurniture", parent=BED),
    )


@dataclass
class Scene:
    """One stage with one building; remembers what it showed."""

    stage: Stage
    library: Library
    before: State | None = None
    world_from_item: np.ndarray = field(default_factory=lambda: translation((0, 0, 0)))

    def state(self, look: BuildingLook, camera: Camera, **fields) -> State:
        item = Item(
            id="ward",
            kind="building",
            data_id="ward",
            look=look,
            world_from_item=self.world_from_item,
        )
        view = View(id="view", kind="space", camera=camera)
        return State(items=(item,), views=(view,), show_labels=False, **fields)

    def picture(self, look: BuildingLook, camera: Camera = TOP, *, live=None, **fields):
        now_s = fields.pop("now_s", None)
        state = self.state(look, camera, **fields)
        self.stage.sync(self.before, state, self.library, live, now_s=now_s)
        self.before = state
        self.stage.draw()
        return self.stage.picture().astype(int)

    def pixel(self, picture: np.ndarray, point_m, camera: Camera = TOP) -> np.ndarray:
        """Mean colour of the 3 x 3 pixels at a world point."""
        view = View(id="view", kind="space", camera=camera)
        x, y, _ = picture_point(self.stage.eye(view), np.asarray(point_m, dtype=float))
        column, row = int(x * SIZE[0]), int((1.0 - y) * SIZE[1])
        return picture[row - 1 : row + 2, column - 1 : column + 2].reshape(-1, 3).mean(axis=0)

    def element(self, point_m, camera: Camera = TOP) -> int:
        """Row of the element that the opaque pass drew at a world point, -1 for none."""
        view = View(id="view", kind="space", camera=camera)
        x, y, _ = picture_point(self.stage.eye(view), np.asarray(point_m, dtype=float))
        place = read_back(self.stage.context, self.stage._targets.opaque.place)
        return int(place[int((1.0 - y) * SIZE[1]), int(x * SIZE[0]), 1]) - 1


@pytest.fixture
def scene(gl_context: Context) -> Iterator[Scene]:
    stage = Stage(gl_context, size=SIZE, makers={"building": BuildingMaker()}, shade=EdgesPass)
    with stage:
        yield Scene(stage=stage, library=Library().with_datum("ward", ward()))


OPEN = BuildingLook(storey_top=0)
ON_BED = (5.5, 3.0, 0.6)
ON_ROOM = (2.0, 3.0, LIFT_M)
ON_SLAB = (4.5, 5.5, 0.0)
ON_WALL = (3.0, 0.25, 3.0)


def chroma(colour: np.ndarray) -> float:
    return float(colour.max() - colour.min())


def test_the_roof_hides_the_rooms_until_it_is_peeled_and_is_never_loud(scene):
    """A whole building, then its ground floor: roof gone, bed, slab and room seen. Bright green of
    the source is shown as quiet sage."""
    roofed = scene.picture(BuildingLook())
    assert scene.element(ON_BED) == ROOF
    assert chroma(scene.pixel(roofed, (2.0, 3.0, 3.3))) < 40
    scene.picture(OPEN)
    assert [scene.element(at) for at in (ON_BED, ON_ROOM, ON_SLAB)] == [BED, ROOM, SLAB]
    scene.picture(BuildingLook(storey_top=1, storey_only=True))
    assert scene.element(ON_BED) == ROOF
    assert scene.element((4.0, 6.6, 0.0)) == -1


def test_the_picture_is_not_mirrored(scene):
    """From above with +y up, +x is right: the bed (x 5..6) is right of the room (x 0.5..4)."""
    scene.picture(OPEN)
    place = read_back(scene.stage.context, scene.stage._targets.opaque.place)[:, :, 1] - 1
    columns = {row: np.argwhere(place == row)[:, 1].mean() for row in (ROOM, BED)}
    assert columns[ROOM] < columns[BED]
    wall_row = np.argwhere(place == WALL)[:, 0].mean()
    assert wall_row > SIZE[1] / 2  # the wall at y 0 is below the middle


def test_hidden_elements_and_classes_are_gone_and_ghosts_are_a_veil(scene):
    """A ghost leaves the opaque pass (what is behind it is seen) but still tints the picture."""
    full = scene.picture(OPEN, ABOVE)
    scene.picture(BuildingLook(storey_top=0, hidden_elements=(BED,)))
    assert scene.element(ON_BED) == SLAB
    scene.picture(BuildingLook(storey_top=0, hidden_classes=("IfcFurniture",)))
    assert scene.element(ON_BED) == SLAB
    ghost = scene.picture(BuildingLook(storey_top=0, ghost_elements=(BED,)), ABOVE)
    assert scene.element(ON_BED, ABOVE) != BED
    gone = scene.picture(BuildingLook(storey_top=0, hidden_elements=(BED,)), ABOVE)
    at_ghost = scene.pixel(ghost, ON_BED, ABOVE)
    assert np.abs(at_ghost - scene.pixel(gone, ON_BED, ABOVE)).max() > 2
    assert np.abs(at_ghost - scene.pixel(full, ON_BED, ABOVE)).max() > 2


def test_a_selected_element_and_its_parts_turn_violet_and_nothing_else(scene):
    plain = scene.picture(OPEN)
    violet = scene.picture(OPEN, selection=Picked(item="ward", element=BED))
    changed = np.abs(violet - plain).max(axis=2) > 8
    place = read_back(scene.stage.context, scene.stage._targets.opaque.place)[:, :, 1] - 1
    assert changed[place == BED].mean() > 0.9
    assert changed[place == HIDDEN_PART].mean() > 0.8
    assert not changed[np.isin(place, (SLAB, WALL, ROOM))].any()
    toward = np.array(SELECTION) - scene.pixel(plain, ON_BED)
    moved = scene.pixel(violet, ON_BED) - scene.pixel(plain, ON_BED)
    assert moved @ toward > 0.5 * toward @ toward


def test_a_cut_wall_is_filled_dark_and_only_the_wall(scene):
    """The storey's cut at 1.4 m: its face is dark where the wall is, nowhere else, and clip planes
    cut too. Back faces drawn as the cap blacken the room instead."""
    cut = scene.picture(BuildingLook(storey_top=0, cut_height_m=1.4))
    assert scene.element((3.0, 0.25, 1.4)) == WALL
    assert scene.pixel(cut, (3.0, 0.25, 1.4)).max() < 100
    assert scene.pixel(cut, ON_ROOM).min() > 150
    assert scene.element(ON_BED) == BED  # 0.6 m high: below the cut
    sliced = scene.picture(OPEN, ABOVE, clip=((-1.0, 0.0, 0.0, 3.0),))
    assert scene.pixel(sliced, (3.0, 0.25, 1.5), ABOVE).max() < 100
    assert scene.element((5.5, 3.0, 0.6), ABOVE) == -1


def test_a_box_without_a_lid_below_the_cut_is_not_filled(scene):
    """Its bottom is seen from inside: counted as a solid that is cut, it hung dark over the bed."""
    building = ward()
    triangles = building.shapes.triangles_n3.copy()
    triangles[building.shapes.triangle_start[BED] + 2 :][:2] = 0  # the lid
    object.__setattr__(building.shapes, "triangles_n3", triangles)
    scene.library = Library().with_datum("ward", building)
    cut = scene.picture(BuildingLook(storey_top=0, cut_height_m=1.4))
    assert scene.pixel(cut, ON_BED).min() > 100
    assert scene.pixel(cut, (3.0, 0.25, 1.4)).max() < 100


def test_three_planes_of_a_box_fill_three_faces(scene):
    """A corner of a block cut off by two sides and the top: three dark faces, all exact."""
    block = building_of(Box(low=(0, 0, 0), high=(6, 6, 6)))
    scene.library = Library().with_datum("ward", block)
    clip = ((-1.0, 0.0, 0.0, 4.0), (0.0, 1.0, 0.0, -2.0), (0.0, 0.0, -1.0, 4.0))
    camera = Camera(eye_m=(14.0, -8.0, 14.0), target_m=(3.0, 3.0, 2.0))
    picture = scene.picture(BuildingLook(), camera, clip=clip)
    for face in ((4.0, 4.0, 2.0), (2.0, 2.0, 2.0), (2.0, 4.0, 4.0)):
        assert scene.pixel(picture, face, camera).max() < 100, face


def test_a_far_origin_gives_the_same_picture(scene):
    """An item moved by 300 m with its camera: offsets must cancel before float32."""
    near = scene.picture(OPEN, ABOVE)
    away = np.array((300.0, -200.0, 40.0))
    scene.world_from_item = translation(away)
    eye, target = np.add(ABOVE.eye_m, away), np.add(ABOVE.target_m, away)
    far = scene.picture(OPEN, Camera(eye_m=tuple(eye), target_m=tuple(target)))
    assert (np.abs(far - near).max(axis=2) > 8).mean() < 0.01


def beds(state: float, *, received_s: float, quality: Quality = Quality.GOOD) -> Columns:
    kind = KINDS["bed_state"]
    point = Point(
        name="bed",
        kind=kind.name,
        model_id="ward",
        global_id=f"id{BED}",
        unit=kind.unit,
        limit_s=60.0,
        states=kind.states,
    )
    return Columns(
        points=(point,),
        values=np.array([state]),
        quality=np.array([quality], dtype=np.uint8),
        source_s=np.array([received_s]),
        received_s=np.array([received_s]),
        changed_s=np.array([received_s]),
    )


def test_a_live_bed_is_coloured_by_its_state_and_hatched_grey_when_stale(scene):
    """Blue when occupied; after its limit grey bands without blue; unknown pale with dots. The feed
    says nothing new in between: age alone must change the picture."""
    look = BuildingLook(storey_top=0, colour_by="live")
    occupied = beds(1.0, received_s=100.0)
    fresh = scene.picture(look, live=occupied, now_s=101.0)
    red, _, blue = scene.pixel(fresh, ON_BED)
    assert blue - red > 80
    on_bed = bed_pixels(scene)
    stale = scene.picture(look, live=occupied, now_s=400.0)[on_bed]
    assert np.median(stale.max(axis=1) - stale.min(axis=1)) < 12
    assert stale.mean(axis=1).std() > 25  # dark and light bands
    unknown = scene.picture(
        look, live=beds(1.0, received_s=400.0, quality=Quality.NO_DATA), now_s=401.0
    )[on_bed]
    assert np.median(unknown.mean(axis=1)) > 170
    again = scene.picture(look, live=beds(1.0, received_s=402.0), now_s=402.5)
    np.testing.assert_allclose(scene.pixel(again, ON_BED), (red, _, blue), atol=3)


def test_a_room_that_no_sensor_watches_does_not_outshine_one_that_is(scene):
    """Among live floors an unwatched room shone nearly white, the loudest thing on the screen."""
    plain = scene.pixel(scene.picture(OPEN), ON_ROOM).mean()
    look = BuildingLook(storey_top=0, colour_by="live")
    live = scene.picture(look, live=beds(1.0, received_s=100.0), now_s=101.0)
    assert scene.pixel(live, ON_ROOM).mean() < plain - 25
    again = scene.picture(OPEN, live=beds(1.0, received_s=100.0), now_s=101.0)
    assert scene.pixel(again, ON_ROOM).mean() == pytest.approx(plain, abs=2)


def bed_pixels(scene: Scene) -> np.ndarray:
    place = read_back(scene.stage.context, scene.stage._targets.opaque.place)[:, :, 1] - 1
    return place == BED


def test_edges_are_drawn_and_a_corner_is_darker_than_open_floor(scene):
    """Occlusion at the foot of the wall; ink where slab ends against nothing."""
    wide = scene.picture(OPEN)
    at_wall = scene.pixel(wide, (6.5, 0.62, 0.0)).mean()
    in_open = scene.pixel(wide, (6.8, 5.0, 0.0)).mean()
    assert at_wall < in_open - 6
    rim = scene.pixel(wide, (7.95, 5.6, 0.0)).mean()
    assert rim < in_open


def ray_down(x: float, y: float) -> Ray:
    return Ray(origin_m=(x, y, 20.0), direction=(0.0, 0.0, -1.0))


def test_a_ray_picks_what_is_seen(scene):
    """Hidden roof, cut-off wall top and the body of a room are passed through; a room is picked by
    its floor; behind a clip plane nothing is."""
    scene.picture(BuildingLook())
    assert scene.stage.pick(ray_down(5.5, 3.0)).element == ROOF
    scene.picture(BuildingLook(storey_top=0, cut_height_m=1.4))
    bed = scene.stage.pick(ray_down(5.5, 3.0))
    assert (bed.element, bed.item) == (BED, "ward")
    assert bed.distance_m == pytest.approx(19.4)
    assert bed.point_world_m == pytest.approx((5.5, 3.0, 0.6))
    assert scene.stage.pick(ray_down(2.0, 3.0)).element == ROOM
    assert scene.stage.pick(ray_down(4.6, 5.6)).element == SLAB
    scene.picture(OPEN, clip=((-1.0, 0.0, 0.0, 5.0),))
    assert scene.stage.pick(ray_down(5.5, 3.0)) is None
    assert scene.stage.pick(ray_down(3.0, 0.25)).element == WALL


def test_loading_and_closing_ten_times_leaves_nothing_behind(scene):
    """Buffer textures are not freed by dropping their node."""
    parts = scene.stage.parts
    roots = (parts.opaque_root, parts.glass_root, parts.marks_root)
    counts = []
    for _ in range(10):
        scene.picture(BuildingLook(storey_top=0, cut_height_m=1.0))
        empty = State(views=scene.before.views)
        scene.stage.sync(scene.before, empty, scene.library, None)
        scene.before = empty
        scene.stage.draw()
        prepared = scene.stage.context.gsg.get_prepared_objects()
        nodes = sum(len(root.find_all_matches("**")) for root in roots)
        counts.append((nodes, prepared.get_num_prepared_textures()))
    assert counts[1] == counts[-1]
