"""What a building's picture is made of, without GL: states, tones, floors, culling, cuts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.building import Batch, draw_list
from metaviewer.frames import corners_of, moved
from metaviewer.render.building_cull import clip_from_world, seen_boxes
from metaviewer.render.building_floors import LIFT_M, floor_tints, room_on_floor
from metaviewer.render.building_vertices import STEPS, direction_of, octahedral, packed_vertices
from metaviewer.render.colour import linear_from_srgb
from metaviewer.render.element_live import (
    NO_POINT,
    UNKNOWN,
    colour_of_value,
    element_binding,
    legend_entries,
    point_texels,
    scale_of,
)
from metaviewer.render.element_material import oklab_of, quiet_colours, tones_of
from metaviewer.render.element_palette import NORMAL, SELECTION
from metaviewer.render.element_state import (
    GHOST,
    SELECTED,
    VISIBLE,
    cut_height_site_m,
    element_states,
    hidden_elements,
)
from metaviewer.render.eye import eye_of, picture_point
from metaviewer.render.section_planes import (
    NOTHING_KEPT,
    cap_corners_m,
    cut_solids,
    seen_cuts,
    summed_planes,
)
from metaviewer.scene import BuildingLook, Camera
from metaviewer.twin import KINDS, Columns, Point, Standing
from tests.render.boxes import Box, building_of

coordinate = st.floats(-60.0, 60.0)
corner = st.tuples(coordinate, coordinate, coordinate)

TOWER = building_of(
    Box(low=(0, 0, 0), high=(1, 1, 1), storey=0),
    Box(low=(0, 0, 0), high=(4, 4, 3), ifc_class="IfcSpace", storey=0),
    Box(low=(0, 0, 3), high=(1, 1, 4), ifc_class="IfcCurtainWall", storey=1),
    Box(low=(0, 0, 3), high=(1, 1, 3.5), ifc_class="IfcPlate", storey=1, parent=2),
    Box(low=(0, 0, 2.8), high=(4, 4, 3.1), ifc_class="IfcSlab", storey=-1),
    Box(low=(0, 0, 6), high=(4, 4, 6.2), ifc_class="IfcRoof", storey=2),
    bases_m=(0.0, 3.0, 6.0),
)
WALL, ROOM, CURTAIN, PLATE, STRAY_SLAB, ROOF = range(6)


def shown(look: BuildingLook) -> set[int]:
    return set(np.flatnonzero(~hidden_elements(TOWER, look)).tolist())


def test_storeys_above_are_peeled_and_what_names_no_storey_goes_with_its_floor():
    """A slab without a storey hung over the opened rooms: it belongs where it lies."""
    assert shown(BuildingLook(storey_top=0)) == {WALL, ROOM}
    assert shown(BuildingLook(storey_top=1)) == {WALL, ROOM, CURTAIN, PLATE, STRAY_SLAB}
    assert shown(BuildingLook(storey_top=1, storey_only=True)) == {CURTAIN, PLATE, STRAY_SLAB}
    assert shown(BuildingLook()) == {WALL, CURTAIN, PLATE, STRAY_SLAB, ROOF}


def test_rooms_are_tinted_where_they_lie_open_or_live():
    assert ROOM in shown(BuildingLook(colour_by="live"))
    assert ROOM not in shown(BuildingLook(storey_top=0, show_spaces=False))


def test_flags_say_hidden_ghost_and_selected_with_parts():
    look = BuildingLook(ghost_classes=("IfcRoof",), hidden_elements=(WALL,), ghost_elements=(WALL,))
    flags = element_states(TOWER, look, selected=CURTAIN)[:, 3]
    assert flags[WALL] == 0
    assert flags[ROOF] == VISIBLE | GHOST
    assert flags[CURTAIN] == flags[PLATE] == VISIBLE | SELECTED
    assert flags[STRAY_SLAB] == VISIBLE


def test_the_cut_counts_from_the_floor_of_the_top_storey():
    assert cut_height_site_m(TOWER, BuildingLook(cut_height_m=1.2, storey_top=1)) == 4.2
    assert cut_height_site_m(TOWER, BuildingLook(cut_height_m=1.2)) == 7.2
    assert cut_height_site_m(TOWER, BuildingLook(storey_top=1)) is None


# Vertices


@given(points=st.lists(corner, min_size=1, max_size=30))
def test_packed_places_are_off_by_at_most_half_a_step(points):
    positions = np.array(points, dtype=np.float32)
    count = len(positions)
    packed = packed_vertices(
        positions,
        np.tile(np.float32([[0, 0, 1]]), (count, 1)),
        np.zeros((count, 4), dtype=np.uint8),
        np.arange(count, dtype=np.uint32) + 2**24,
    )
    back = packed.middle_m + packed.reach_m * packed.vertices["place"] / STEPS
    assert np.abs(back - positions).max() <= packed.reach_m / STEPS * 0.51 + 1e-5
    np.testing.assert_array_equal(packed.vertices["element"], np.arange(count) + 2**24)


@given(direction=corner)
def test_a_direction_of_two_bytes_is_off_by_less_than_a_degree(direction):
    length = np.linalg.norm(direction)
    if length > 1e-3:
        unit = np.array([direction]) / length
        assert (direction_of(octahedral(unit)) * unit).sum() > np.cos(np.radians(1.0))


# Materials


def quiet(colour: tuple[int, int, int], ifc_class: str) -> np.ndarray:
    rows, tones = tones_of([ifc_class])
    return quiet_colours(np.array([[*colour, 128]], dtype=np.uint8), rows, tones)[0]


def oklch(rgb: np.ndarray) -> tuple[float, float, float]:
    lightness, a, b = oklab_of(linear_from_srgb(rgb[None, :3] / 255.0))[0]
    return lightness, float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a)))


@given(
    colour=st.tuples(*[st.integers(0, 255)] * 3),
    ifc_class=st.sampled_from(["IfcWall", "IfcSlab", "IfcDoor", "IfcFlowSegment", "IfcWhatever"]),
)
def test_no_material_is_as_loud_as_a_state(colour, ifc_class):
    """Colour is kept for meaning: the quietest state fill has more chroma than any material."""
    loudest = oklch(np.array(KINDS["bed_state"].fills[1]))[1]
    assert oklch(quiet(colour, ifc_class))[1] < 0.075 < loudest


def test_wood_stays_wood_paint_turns_sage_and_opacity_is_kept():
    source, door = oklch(np.array((168, 127, 76))), oklch(quiet((168, 127, 76), "IfcDoor"))
    assert abs(source[2] - door[2]) < 8.0
    assert door[1] > 0.02
    roof = quiet((0, 120, 0), "IfcSlab")
    assert roof[3] == 128
    assert oklch(roof)[1] < 0.03
    assert oklch(quiet((127, 127, 127), "IfcWall"))[0] > 0.9


# Floors of rooms


def batch_of_rooms(*boxes: Box) -> Batch:
    batches = [batch for batch in draw_list(building_of(*boxes)).batches if batch.is_space]
    assert len(batches) == 1
    return batches[0]


def test_a_room_becomes_its_floor_facing_up_just_above_the_slab():
    room = Box(low=(1, 2, 4), high=(5, 9, 7), ifc_class="IfcSpace", colour=(0, 0, 1, 0.3))
    tint = floor_tints(batch_of_rooms(room))
    places = tint.positions_m_n3 + tint.origin_site_m
    assert len(tint.triangles_n3) == 2
    np.testing.assert_allclose(places[:, 2], 4.0 + LIFT_M, atol=1e-5)
    np.testing.assert_allclose(
        [places[:, :2].min(0), places[:, :2].max(0)], [[1, 2], [5, 9]], atol=1e-5
    )
    assert not tint.translucent
    assert (tint.normals_n3 == (0, 0, 1)).all()
    assert (tint.colours_rgba[:, 3] == 255).all()


def test_overlapping_rooms_lie_at_different_heights():
    """Coincident tints flicker as the camera moves."""
    rooms = [Box(low=(0, 0, 0), high=(4, 4, 3), ifc_class="IfcSpace") for _ in range(3)]
    tint = floor_tints(batch_of_rooms(*rooms))
    heights = {
        element: tint.positions_m_n3[tint.element_ids == element, 2].round(4).max()
        for element in range(3)
    }
    assert len(set(heights.values())) == 3


def test_the_smallest_room_under_a_point_is_picked_and_only_on_its_floor():
    building = building_of(
        Box(low=(0, 0, 0), high=(8, 8, 3), ifc_class="IfcSpace"),
        Box(low=(1, 1, 0), high=(3, 3, 3), ifc_class="IfcSpace"),
        Box(low=(0, 0, 0), high=(8, 8, 3)),
    )
    none_hidden = np.zeros(3, dtype=bool)
    assert room_on_floor(building.elements, np.array([2.0, 2, 0]), hidden=none_hidden) == 1
    assert room_on_floor(building.elements, np.array([6.0, 2, 0]), hidden=none_hidden) == 0
    assert room_on_floor(building.elements, np.array([2.0, 2, 1.5]), hidden=none_hidden) is None
    hidden = np.array([False, True, False])
    assert room_on_floor(building.elements, np.array([2.0, 2, 0]), hidden=hidden) == 0


# Culling


@pytest.mark.parametrize("height_m", [None, 12.0])
def test_the_projection_agrees_with_the_eye(height_m):
    camera = Camera(eye_m=(3, -20, 8), target_m=(1, 2, 3), orthographic_height_m=height_m)
    eye = eye_of(camera, aspect=1.5).part((0.25, 0.5, 0.5, 0.25))
    for point in ((1.0, 2.0, 3.0), (4.0, 1.0, 3.5), (-2.0, 5.0, 0.5)):
        x, y, z, w = clip_from_world(eye) @ (*point, 1.0)
        wanted = picture_point(eye, np.array(point))
        assert (x / w * 0.5 + 0.5, y / w * 0.5 + 0.5) == pytest.approx(wanted[:2])
        assert -1.0 < z / w < 1.0


@given(
    low=corner,
    size=st.tuples(*[st.floats(0.2, 40.0)] * 3),
    inside=st.tuples(*[st.floats(0, 1)] * 3),
)
def test_a_box_with_a_point_in_the_picture_is_never_left_out(low, size, inside):
    """Culled too early, a wall vanishes while its end is still seen."""
    eye = eye_of(Camera(eye_m=(1, -30, 10), target_m=(0, 0, 0)), aspect=1.4)
    box = np.array([low, np.add(low, size)])
    point = np.add(low, np.multiply(size, inside))
    x, y, depth = picture_point(eye, point)
    seen = seen_boxes(box[None], clip_from_world(eye), height_px=400)[0]
    if 0 < x < 1 and 0 < y < 1 and depth > eye.near_m:
        assert seen


def test_what_is_behind_aside_or_tiny_is_left_out():
    eye = eye_of(Camera(eye_m=(0, 0, 0), target_m=(0, 10, 0)), aspect=1.0)
    unit = np.array([[-0.5] * 3, [0.5] * 3])
    places = np.array([(0, 10, 0), (0, -10, 0), (30, 10, 0), (0, 2900, 0)])
    boxes = unit[None] + places[:, None]
    seen = seen_boxes(boxes, clip_from_world(eye), height_px=400)
    assert seen.tolist() == [True, False, False, False]


# Cuts

TOP_DOWN = eye_of(Camera(eye_m=(0, 0, 9), target_m=(0, 0, 0)), aspect=1.0)
LEVEL = (0.0, 0.0, -1.0, 2.0)
SIDE = (1.0, 0.0, 0.0, 3.0)


def test_only_cuts_whose_face_is_seen_take_a_place():
    assert seen_cuts((LEVEL, SIDE, LEVEL), [TOP_DOWN]) == (LEVEL,)
    from_below = eye_of(Camera(eye_m=(0, 0, -9), target_m=(0, 0, 0)), aspect=1.0)
    assert seen_cuts((LEVEL,), [from_below]) == ()
    parallel = eye_of(
        Camera(eye_m=(0, 0, 1), target_m=(0, 0, 0), orthographic_height_m=5.0), aspect=1.0
    )
    assert seen_cuts((LEVEL,), [parallel]) == (LEVEL,)


def test_a_building_adds_only_to_the_cuts_that_cut_it():
    planes = summed_planes((LEVEL, SIDE), (SIDE,))
    np.testing.assert_array_equal(planes, [NOTHING_KEPT, SIDE, NOTHING_KEPT, NOTHING_KEPT])


@given(low=corner, size=st.tuples(*[st.floats(0.2, 40.0)] * 3), normal=corner, offset=coordinate)
def test_the_rectangle_of_a_cut_lies_on_it_and_reaches_around_the_box(low, size, normal, offset):
    length = np.linalg.norm(normal)
    if length < 0.1:
        return
    plane = (*(np.array(normal) / length), offset)
    box = np.array([low, np.add(low, size)])
    corners = cap_corners_m(plane, box)
    np.testing.assert_allclose(corners @ plane[:3] + offset, 0.0, atol=1e-6)
    beside = corners_of(box)
    beside = beside - np.outer(beside @ plane[:3] + offset, plane[:3])
    edges = np.array([corners[1] - corners[0], corners[3] - corners[0]])
    shares = (beside - corners[0]) @ edges.T / (edges**2).sum(axis=1)
    assert shares.min() > -1e-6
    assert shares.max() < 1.0 + 1e-6


@given(
    solids=st.lists(st.tuples(st.floats(0.0, 50.0), st.floats(0.1, 20.0)), max_size=6),
    plane_at=st.floats(0.0, 60.0),
)
def test_the_sum_of_a_ray_counts_the_solids_that_the_plane_cuts(solids, plane_at):
    crossings = [at for start, length in solids for at in (start, start + length)]
    entries = [True, False] * len(solids)
    inside = sum(start <= plane_at < start + length for start, length in solids)
    assert cut_solids(crossings, entries, plane_at=plane_at) == inside


# Live values


def point(kind: str, global_id: str, **fields) -> Point:
    known = KINDS[kind]
    values = {"unit": known.unit, "states": known.states, "limit_s": 60.0, **fields}
    return Point(name=kind, kind=kind, model_id="", global_id=global_id, **values)


def test_beds_win_over_numbers_and_alarms_stand_beside():
    points = (
        point("occupancy", "room"),
        point("temperature", "room"),
        point("alarm", "monitor"),
        point("heart_rate", "monitor"),
        point("bed_state", "elsewhere"),
    )
    binding = element_binding(points, ("wall", "room", "monitor"))
    assert binding.texels[0].tolist() == [NO_POINT] * 4
    assert binding.texels[1, 0] == 1.0
    assert binding.scales[int(binding.texels[1, 1])].kind == "temperature"
    assert binding.texels[2].tolist()[::2] == [3.0, 2.0]
    assert binding.scales[int(binding.texels[2, 3])].kind == "alarm"


def test_a_value_of_another_unit_or_other_words_has_no_colour():
    """72 degrees Fahrenheit on a scale in Celsius is a fire that is none."""
    assert scale_of(point("temperature", "room", unit="[degF]")) is None
    assert scale_of(point("bed_state", "bed", states=("occupied", "free"))) is None
    assert scale_of(point("temperature", "room")) is not None


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_stop_and_state_has_exactly_its_colour(kind):
    scale = scale_of(point(kind, "x"))
    stops = KINDS[kind].stops or tuple(enumerate(KINDS[kind].fills))
    for value, colour in stops:
        np.testing.assert_allclose(colour_of_value(scale, value), colour, atol=1)


def test_a_value_that_is_none_is_unknown_whatever_its_quality():
    columns = Columns(
        points=(point("temperature", "a"),) * 3,
        values=np.array([21.0, np.nan, 20.0]),
        quality=np.zeros(3, dtype=np.uint8),
        source_s=np.zeros(3),
        received_s=np.zeros(3),
        changed_s=np.zeros(3),
    )
    standing = np.array([Standing.STALE, Standing.FRESH, Standing.OUT_OF_SERVICE], dtype=np.uint8)
    texels = point_texels(columns, standing)
    assert texels[:, 1].tolist() == [2.0, UNKNOWN, UNKNOWN]
    assert np.isfinite(texels).all()


def test_the_legend_names_each_thing_once_alarms_first_with_their_glyphs():
    points = (point("temperature", "a"), point("temperature", "b"), point("alarm", "m"))
    entries = legend_entries(points)
    assert [entry.label for entry in entries[:3]] == ["high", "medium", "low"]
    assert len({entry.glyph for entry in entries[:3]} - {""}) == 3
    assert sum(entry.label == "20 °C" for entry in entries) == 1
    assert [entry.pattern for entry in entries[-3:]] == ["lined", "hatched", "dotted"]
    assert legend_entries(()) == ()


def test_the_selection_is_no_state_s_colour_to_any_eye():
    """Machado 2009, full strength, in linear light; CIE76 of at least 20 from every fill."""
    machado = {
        "normal": np.eye(3),
        "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
        "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                   [-0.01182, 0.04294, 0.968881]],
    }  # fmt: skip
    fills = [NORMAL, *KINDS["bed_state"].fills, *KINDS["alarm"].fills]
    for vision, matrix in machado.items():
        seen = linear_from_srgb(np.array([SELECTION, *fills]) / 255.0) @ np.array(matrix).T
        lab = cielab(np.clip(seen, 0.0, 1.0))
        assert np.linalg.norm(lab[1:] - lab[0], axis=1).min() > 20.0, vision


def cielab(linear: np.ndarray) -> np.ndarray:
    rgb_to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175],
         [0.0193339, 0.119192, 0.9503041]]
    )  # fmt: skip
    xyz = linear @ rgb_to_xyz.T / (0.95047, 1.0, 1.08883)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16.0 / 116.0)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1
    )


def test_points_moved_by_a_transform_keep_their_box():
    """`moved` takes corners of any shape: labels hand it floors of (n, 4, 3)."""
    floors = np.arange(24.0).reshape(2, 4, 3)
    assert moved(floors, target_from_source=np.eye(4)).shape == (2, 4, 3)
