"""What the eyes are shown is what the desktop would show from the same place, pixel for pixel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import radians

import numpy as np
import pytest

from metaviewer.interact import Standing
from metaviewer.render import open_stage
from metaviewer.render.context import Context
from metaviewer.render.eye import Eye, picture_point
from metaviewer.render.stage import Stage
from metaviewer.scene import BuildingLook, Item, Library, State, VolumeLook
from metaviewer.xr.eyes import HALVES, LEFT, RIGHT, eyes_in_world, seen_by_both
from metaviewer.xr.views import XrEye, XrPose, XrSpace
from tests.render.boxes import Box, building_of
from tests.render.gl import ball_volume, front_view, state_of, volume_item

SIZE = (160, 144)
WORDS_FROM_ROW = 100
STAGE_SPACE = XrSpace(name="stage")


def seen_from(x: float, y: float, z: float, *, fov: tuple[float, ...]) -> XrEye:
    """An unturned eye at a place of the world: OpenXR's axes are x, up, backwards."""
    pose = XrPose(position_xr_m=(x, z, -y), orientation=(0.0, 0.0, 0.0, 1.0))
    return XrEye(pose=pose, fov=fov)


LEFT_FOV = (-0.70, 0.55, 0.55, -0.60)
RIGHT_FOV = (-0.55, 0.70, 0.55, -0.60)


@pytest.fixture
def eyes_stage(gl_context: Context) -> Iterator[Stage]:
    with open_stage(gl_context, size=(2 * SIZE[0], SIZE[1])) as stage:
        yield stage


@pytest.fixture
def desk_stage(gl_context: Context) -> Iterator[Stage]:
    with open_stage(gl_context, size=SIZE) as stage:
        yield stage


def pictures_of(
    stage: Stage, state: State, library: Library, eyes: tuple[Eye, Eye]
) -> tuple[np.ndarray, np.ndarray]:
    both = seen_by_both(state, state.views[0])
    stage.sync(None, both, library, None, eyes=dict(zip((LEFT, RIGHT), eyes, strict=True)))
    stage.draw()
    picture = stage.picture()
    return picture[:, : SIZE[0]], picture[:, SIZE[0] :]


def desk_picture(stage: Stage, state: State, library: Library, eye: Eye) -> np.ndarray:
    view = replace(state.views[0], rect=(0.0, 0.0, 1.0, 1.0))
    stage.sync(None, replace(state, views=(view,)), library, None, eyes={view.id: eye})
    stage.draw()
    return stage.picture().copy()


def assert_same(picture: np.ndarray, wanted: np.ndarray) -> None:
    """Equal bytes; within the plates of the words, which are blended in, one level."""
    assert np.array_equal(picture[:WORDS_FROM_ROW], wanted[:WORDS_FROM_ROW])
    assert np.abs(picture.astype(int) - wanted.astype(int)).max() <= 1


def eyes_at(x: float, y: float, z: float, *, apart_m: float = 0.064) -> tuple[Eye, Eye]:
    pair = (
        seen_from(x - apart_m / 2, y, z, fov=LEFT_FOV),
        seen_from(x + apart_m / 2, y, z, fov=RIGHT_FOV),
    )
    return eyes_in_world(pair, standing=Standing(), space=STAGE_SPACE)


def ward() -> tuple[State, Library]:
    walls = [
        Box(low=(-2, 2, 0), high=(2, 2.2, 2.6), global_id="far"),
        Box(low=(-2, 0, 0), high=(-1.8, 2, 2.6), global_id="left", colour=(0.8, 0.3, 0.2, 1.0)),
        Box(low=(-2, -1, -0.1), high=(2, 2, 0), global_id="floor"),
        Box(low=(0.2, 1.0, 0), high=(0.9, 1.5, 0.8), global_id="bed", colour=(0.2, 0.5, 0.8, 0.4)),
    ]
    item = Item(id="ward", kind="building", data_id="ward", look=BuildingLook())
    return State(items=(item,), views=(front_view(),)), Library({"ward": building_of(*walls)})


def test_both_eyes_see_the_building_as_the_desktop_would(eyes_stage: Stage, desk_stage: Stage):
    """Eyes swapped, a frustum mirrored, a scissor left on: each differs in a quarter of it."""
    state, library = ward()
    eyes = eyes_at(0.0, -0.6, 1.6)
    shown = pictures_of(eyes_stage, state, library, eyes)
    for picture, eye in zip(shown, eyes, strict=True):
        wanted = desk_picture(desk_stage, state, library, eye)
        assert wanted.std() > 10
        assert_same(picture, wanted)
    assert np.mean(shown[0] != shown[1]) > 0.1


@pytest.mark.parametrize("preset", ["bone", "mip"])
@pytest.mark.parametrize("away_m", [0.15, 0.004])
def test_both_eyes_march_the_volume_as_the_desktop_would_inside_it_too(
    eyes_stage: Stage, desk_stage: Stage, preset: str, away_m: float
):
    look = VolumeLook(preset=preset)
    state, library = state_of(volume_item(look=look)), Library({"volume": ball_volume(24)})
    eyes = eyes_at(0.0, -away_m, 0.0, apart_m=0.01)
    shown = pictures_of(eyes_stage, state, library, eyes)
    for picture, eye in zip(shown, eyes, strict=True):
        wanted = desk_picture(desk_stage, state, library, eye)
        assert np.abs(picture.astype(int) - wanted.astype(int)).max() <= 2


def test_a_cut_is_the_same_for_both_eyes(eyes_stage: Stage, desk_stage: Stage):
    state, library = ward()
    state = replace(state, clip=((0.0, 0.0, -1.0, 1.4),))
    eyes = eyes_at(0.2, -0.8, 2.4)
    for picture, eye in zip(pictures_of(eyes_stage, state, library, eyes), eyes, strict=True):
        assert_same(picture, desk_picture(desk_stage, state, library, eye))


def test_the_right_eye_sees_near_things_further_to_the_left():
    """Swapped eyes turn the world inside out: depth by closed form, no renderer asked."""
    left, right = eyes_at(0.0, 0.0, 1.6)
    near, far = np.array([0.0, 0.5, 1.6]), np.array([0.0, 50.0, 1.6])

    def tangent(eye: Eye, point: np.ndarray) -> float:
        share, _, _ = picture_point(eye, point)
        return eye.low[0] + share * (eye.high[0] - eye.low[0])

    assert tangent(left, near) == pytest.approx(0.032 / 0.5)
    assert tangent(right, near) == pytest.approx(-0.032 / 0.5)
    assert tangent(left, far) - tangent(right, far) == pytest.approx(0.064 / 50.0)


def test_a_giants_eyes_stand_apart_by_his_scale():
    """Eyes 6 cm apart make a hospital 100 m long; 6 m apart, a model on a table."""
    standing = Standing(origin_world_m=(10.0, 20.0, 3.0), heading_rad=radians(90), scale=50.0)
    pair = tuple(seen_from(x, 0.0, 1.6, fov=LEFT_FOV) for x in (-0.03, 0.03))
    left, right = eyes_in_world(pair, standing=standing, space=STAGE_SPACE)
    assert np.linalg.norm(right.position_m - left.position_m) == pytest.approx(3.0)
    assert np.allclose((left.position_m + right.position_m) / 2, (10.0, 20.0, 83.0))
    assert np.allclose(left.forward, (-1.0, 0.0, 0.0))
    assert np.allclose(left.world_from_camera[:3, :3].T @ left.world_from_camera[:3, :3], np.eye(3))
    assert left.low[0] == pytest.approx(-np.tan(0.70))


def test_eyes_above_a_guessed_floor_stand_at_the_guessed_height():
    space = XrSpace(name="local", floor_xr_m=-1.6)
    pair = tuple(seen_from(x, 0.0, 0.0, fov=LEFT_FOV) for x in (-0.03, 0.03))
    left, _ = eyes_in_world(pair, standing=Standing(), space=space)
    assert left.position_m[2] == pytest.approx(1.6)


def test_the_halves_fill_the_picture():
    state, _ = ward()
    assert [view.rect for view in seen_by_both(state, state.views[0]).views] == list(HALVES)
