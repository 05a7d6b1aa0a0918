"""Where a person stands, by what must stay where it is."""

from __future__ import annotations

from math import cos, pi, radians, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.interact.standing import (
    ARC_SPEED_M_PER_S,
    GRAVITY_M_PER_S2,
    VIGNETTE_CLOSED_DEG,
    VIGNETTE_OPEN_DEG,
    Standing,
    StickMemory,
    arc,
    grown,
    heading_of,
    landing,
    recentred,
    standing_at,
    stick_step,
    teleported,
    turned,
    vignette_deg,
    walked,
)
from metaviewer.scene import Camera

metre = st.floats(-50.0, 50.0)
angle = st.floats(-3.0, 3.0)
standings = st.builds(
    Standing,
    origin_world_m=st.tuples(metre, metre, metre),
    heading_rad=angle,
    scale=st.floats(0.05, 20.0),
)
heads = st.tuples(st.floats(-2, 2), st.floats(-2, 2), st.floats(0.5, 2.0)).map(np.array)


def in_world(standing: Standing, point) -> np.ndarray:
    return (standing.world_from_stage @ np.append(point, 1.0))[:3]


def looking(yaw: float, pitch: float = 0.0) -> np.ndarray:
    """A head at eye height that looks `yaw` to the left and `pitch` up, written out."""
    forward = np.array([-sin(yaw) * cos(pitch), cos(yaw) * cos(pitch), sin(pitch)])
    right = np.array([cos(yaw), sin(yaw), 0.0])
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = right, forward, np.cross(right, forward)
    matrix[:3, 3] = (0.3, -0.2, 1.7)
    return matrix


@given(standings, heads, angle)
def test_who_turns_keeps_the_head_where_it_is(standing: Standing, head: np.ndarray, turn: float):
    """Turned about the stage's middle, whoever stepped aside is swung through the room."""
    after = turned(standing, head_stage_m=head, turn_rad=turn)
    assert np.allclose(in_world(after, head), in_world(standing, head), atol=1e-9)
    ahead = in_world(after, head + np.array([0, 1, 0])) - in_world(after, head)
    before = in_world(standing, head + np.array([0, 1, 0])) - in_world(standing, head)
    left = before[0] * ahead[1] - before[1] * ahead[0]
    assert left == pytest.approx(standing.scale**2 * sin(turn), abs=1e-6)


@given(standings, heads, st.tuples(metre, metre, metre))
def test_who_teleports_has_the_feet_on_the_place_and_looks_as_before(
    standing: Standing, head: np.ndarray, place: tuple[float, float, float]
):
    after = teleported(standing, head_stage_m=head, floor_world_m=np.array(place))
    assert np.allclose(in_world(after, (head[0], head[1], 0.0)), place, atol=1e-9)
    assert after.heading_rad == standing.heading_rad
    assert after.scale == standing.scale


@given(standings, heads, st.floats(0.2, 5.0))
def test_what_is_held_while_growing_stays_in_the_hand(
    standing: Standing, held: np.ndarray, factor: float
):
    after = grown(standing, about_stage_m=held, factor=factor)
    assert np.allclose(in_world(after, held), in_world(standing, held), atol=1e-9)


@pytest.mark.parametrize("factor", [0.95, 1.05])
def test_nearly_life_size_is_life_size(factor: float):
    assert grown(Standing(scale=1.0), about_stage_m=np.zeros(3), factor=factor).is_life_size
    assert not grown(Standing(), about_stage_m=np.zeros(3), factor=1.2).is_life_size


@pytest.mark.parametrize("yaw", [0.0, 0.5, -2.0, pi / 2])
@pytest.mark.parametrize("heading", [0.0, 1.0])
def test_walking_goes_where_the_head_looks(yaw: float, heading: float):
    standing = Standing(heading_rad=heading)
    after = walked(
        standing,
        stage_from_head=looking(yaw),
        move=(0.0, 1.0),
        seconds=0.5,
        speed_m_per_s=2.0,
    )
    assert np.allclose(after.origin_world_m, (-sin(yaw + heading), cos(yaw + heading), 0.0))


def test_a_stick_near_its_middle_moves_nobody():
    head = looking(0.0)
    assert walked(Standing(), stage_from_head=head, move=(0.1, 0.1), seconds=1.0) == Standing()


@pytest.mark.parametrize("pitch", [radians(89.9), radians(-89.9)])
def test_who_looks_straight_up_or_down_still_has_a_way_ahead(pitch: float):
    """At the zenith the forward direction has no heading; a jump there throws people over."""
    assert heading_of(looking(0.7, pitch)) == pytest.approx(0.7, abs=0.02)
    assert heading_of(looking(0.7, radians(60))) == pytest.approx(0.7, abs=1e-9)


@given(standings, st.tuples(metre, metre), angle)
def test_a_recentred_room_leaves_the_person_in_the_same_place(
    standing: Standing, moved: tuple[float, float], turn: float
):
    old_from_new = Standing(origin_world_m=(*moved, 0.0), heading_rad=turn).world_from_stage
    after = recentred(standing, old_stage_from_new=old_from_new)
    point_new = np.array([0.4, -0.3, 1.5])
    point_old = (old_from_new @ np.append(point_new, 1.0))[:3]
    assert np.allclose(in_world(after, point_new), in_world(standing, point_old), atol=1e-6)


def test_each_push_of_a_stick_is_one_step():
    memory, steps = StickMemory(), []
    for value in (0.0, 0.5, 0.8, 0.9, 0.6, 0.9, 0.3, 0.9, 0.0, -0.9, -1.0, 0.0):
        memory, step = stick_step(memory, value)
        steps.append(step)
    assert steps == [0, 0, 1, 0, 0, 0, 0, 1, 0, -1, 0, 0]


def test_a_throw_lands_where_ballistics_says():
    aim = np.eye(4)
    aim[:3, 3] = (1.0, 2.0, 1.2)
    fall_s = (2 * 1.2 / GRAVITY_M_PER_S2) ** 0.5
    place = landing(arc(aim), floor_z_m=0.0)
    assert place is not None
    assert np.allclose(place, (1.0, 2.0 + ARC_SPEED_M_PER_S * fall_s, 0.0), atol=2e-3)
    assert landing(arc(aim), floor_z_m=1.3) is None
    up = np.eye(4)
    up[:3, 1] = (0.0, 0.0, 1.0)
    assert landing(arc(up), floor_z_m=-100.0) is None


def test_the_view_narrows_with_speed_and_no_further():
    assert vignette_deg(0.0) == VIGNETTE_OPEN_DEG
    assert vignette_deg(1.0) == (VIGNETTE_OPEN_DEG + VIGNETTE_CLOSED_DEG) / 2
    assert vignette_deg(99.0) == VIGNETTE_CLOSED_DEG


@given(
    eye=st.tuples(*[st.floats(-50, 50)] * 3),
    away_m=st.floats(0.1, 7.9),
    yaw=st.floats(-3.0, 3.0),
    down=st.floats(-1.4, 1.4),
    head_yaw=st.floats(-3.0, 3.0),
)
def test_who_enters_has_the_head_where_the_eye_was_and_faces_the_same_way(
    eye: tuple[float, float, float], away_m: float, yaw: float, down: float, head_yaw: float
):
    """The desktop looks down on a bed: a world that tilts with it is one to fall out of."""
    way = np.array([-sin(yaw) * cos(down), cos(yaw) * cos(down), -sin(down)])
    target = np.add(eye, away_m * way)
    camera = Camera(eye_m=eye, target_m=(float(target[0]), float(target[1]), float(target[2])))
    head = looking(head_yaw, -0.2)
    standing = standing_at(camera, stage_from_head=head)
    world_from_head = standing.world_from_stage @ head
    assert np.allclose(world_from_head[:3, 3], eye)
    flat = world_from_head[:2, 1] / np.linalg.norm(world_from_head[:2, 1])
    assert np.allclose(flat, (-sin(yaw), cos(yaw)), atol=1e-6)
    assert np.allclose(standing.world_from_stage[:3, 2], (0.0, 0.0, standing.scale))


@pytest.mark.parametrize(
    ("away_m", "scale"), [(0.6, 1.0), (7.9, 1.0), (9.0, 6.0), (60.0, 40.0), (3000.0, 200.0)]
)
def test_what_is_far_becomes_a_model_on_a_table(away_m: float, scale: float):
    camera = Camera(eye_m=(0.0, -away_m, 2.0), target_m=(0.0, 0.0, 2.0))
    standing = standing_at(camera, stage_from_head=looking(0.0))
    assert standing.scale == pytest.approx(scale)


@pytest.mark.parametrize("down_deg", [-20.0, 0.0, 30.0, 89.0])
@pytest.mark.parametrize("away_m", [9.0, 120.0, 3000.0])
def test_a_giant_has_the_model_on_a_table_before_them_however_steeply_it_was_seen(
    away_m: float, down_deg: float
):
    """Entered where a steep desktop eye was, the building lies at the feet and all ahead is sky."""
    yaw, down = 0.7, radians(down_deg)
    ahead = np.array([-sin(yaw), cos(yaw), 0.0])
    target = np.array([40.0, -25.0, 6.0])
    eye = target - away_m * (cos(down) * ahead - sin(down) * np.array([0.0, 0.0, 1.0]))
    camera = Camera(eye_m=tuple(eye.tolist()), target_m=tuple(target.tolist()))
    head = looking(-1.1, -0.3)
    standing = standing_at(camera, stage_from_head=head)
    seen_m = (np.linalg.inv(standing.world_from_stage) @ np.append(target, 1.0))[:3] - head[:3, 3]
    # In the person's own room: 1.5 m away, along where the head faces, 25 degrees down.
    wanted_m = (1.5 * cos(radians(25)) * sin(1.1), 1.5 * cos(radians(25)) * cos(1.1))
    assert np.allclose(seen_m, (*wanted_m, -1.5 * sin(radians(25))), atol=1e-6)
