"""Mouse and keys do what a person expects of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaviewer.frames import WORLD_FROM_LPS, frozen
from metaviewer.interact import BINDINGS, Tools, step
from metaviewer.interact.camera_moves import between, orbited, panned, seen_height_m, zoomed
from metaviewer.scene import (
    Camera,
    DataId,
    Hit,
    Item,
    ItemFacts,
    ItemId,
    Key,
    Move,
    Pointer,
    Press,
    Ray,
    Release,
    Scroll,
    Select,
    SetCamera,
    SetLook,
    SetSlice,
    State,
    View,
    ViewId,
    VolumeLook,
    apply_all,
)

FRONT = Camera(eye_m=(0.0, -2.0, 0.0), target_m=(0.0, 0.0, 0.0))
SPACE = View(id=ViewId("space"), kind="space", camera=FRONT)
AXIAL = View(id=ViewId("axial"), kind="axial", camera=FRONT, slice_volume=ItemId("ct"))
CT = Item(
    id=ItemId("ct"),
    kind="volume",
    data_id=DataId("ct"),
    look=VolumeLook(window_center=40.0, window_width=400.0),
    world_from_item=WORLD_FROM_LPS,
)
STATE = State(items=(CT,), views=(SPACE, AXIAL))
LOOKUP = {
    ItemId("ct"): ItemFacts(
        bounds_world_m=frozen([[-0.2, -0.2, -0.2], [0.2, 0.2, 0.2]]),
        voxel_mm=(0.7, 0.7, 2.5),
        extent_mm=400.0,
    )
}
HIT = Hit(item=ItemId("ct"), point_world_m=(0.0, -0.2, 0.0), distance_m=1.8, value=55.0)


def pointer(x: float, y: float, *, view: str = "space", hit: Hit | None = None) -> Pointer:
    ray = Ray(origin_m=(0.0, -2.0, 0.0), direction=(0.0, 1.0, 0.0))
    return Pointer(view=ViewId(view), position=(x, y), ray=ray, height_px=600, hit=hit)


def commands_of(*intents):
    tools, commands = step(STATE, Tools(), intents, LOOKUP)
    return tools, commands


def test_a_press_that_does_not_move_selects_what_it_hit():
    _, commands = commands_of(
        Press(pointer=pointer(0.5, 0.5, hit=HIT), button="primary"),
        Move(pointer=pointer(0.501, 0.5)),
        Release(pointer=pointer(0.501, 0.5, hit=HIT), button="primary"),
    )
    assert [type(command.action) for command in commands] == [Select]
    assert commands[0].action.picked.item == "ct"


def test_dragging_right_turns_the_patient_to_the_right():
    """The scene follows the hand: the eye goes the other way, to the patient's right (-x)."""
    _, commands = commands_of(
        Press(pointer=pointer(0.5, 0.5), button="primary"), Move(pointer=pointer(0.7, 0.5))
    )
    assert commands[0].action.camera.eye_m[0] < -0.1


def test_all_commands_of_a_drag_carry_one_gesture():
    """Otherwise undo takes back one pixel of it."""
    _, commands = commands_of(
        Press(pointer=pointer(0.5, 0.5, view="axial"), button="secondary"),
        Move(pointer=pointer(0.6, 0.5, view="axial")),
        Move(pointer=pointer(0.7, 0.5, view="axial")),
    )
    assert len({command.gesture for command in commands}) == 1
    assert commands[0].gesture
    state, _, refusals = apply_all(STATE, commands)
    assert refusals == ()
    assert len(state.past) == 1


def test_dragging_right_widens_and_up_brightens_the_window():
    """PS3.3 C.11.2: a lower centre is a brighter picture, a larger width a flatter one."""
    _, commands = commands_of(
        Press(pointer=pointer(0.5, 0.5, view="axial"), button="secondary"),
        Move(pointer=pointer(0.6, 0.6, view="axial")),
    )
    look = commands[-1].action.look
    assert isinstance(commands[-1].action, SetLook)
    assert look.window_width > 400.0
    assert look.window_center < 40.0


def test_one_notch_of_the_wheel_is_one_slice():
    _, commands = commands_of(Scroll(pointer=pointer(0.5, 0.5, view="axial"), notches=1.0))
    assert commands[0].action == SetSlice(view=ViewId("axial"), slice_mm=2.5)


def test_the_wheel_keeps_the_point_under_the_pointer_where_it_is():
    """Zooming about the target instead would slide what the person points at away."""
    about = np.array([0.3, 0.1, 0.2])
    nearer = zoomed(FRONT, factor=0.5, about_m=about)

    def seen_at(camera: Camera) -> np.ndarray:
        local = np.linalg.inv(camera.world_from_camera) @ (*about, 1.0)
        return np.array([local[0], local[2]]) / local[1]

    np.testing.assert_allclose(seen_at(nearer), seen_at(FRONT), atol=1e-9)


def test_a_full_turn_of_the_orbit_comes_back():
    camera = FRONT
    for _ in range(8):
        camera = orbited(camera, turn_deg=45.0, tilt_deg=0.0)
    np.testing.assert_allclose(camera.eye_m, FRONT.eye_m, atol=1e-9)


def test_the_orbit_never_goes_over_the_pole():
    """Past straight up, left and right would swap in the picture."""
    camera = orbited(FRONT, turn_deg=0.0, tilt_deg=500.0)
    assert camera.world_from_camera[2, 2] > 0.0


def test_panning_by_one_moves_the_target_by_the_height_of_the_view():
    moved = panned(FRONT, right=0.0, up=1.0)
    assert moved.target_m[2] == pytest.approx(seen_height_m(FRONT))


def test_a_flight_begins_and_ends_at_its_cameras_and_passes_between():
    end = Camera(eye_m=(10.0, 0.0, 5.0), target_m=(0.0, 3.0, 0.0), fov_deg=50.0)
    np.testing.assert_allclose(between(FRONT, end, share=0.0).eye_m, FRONT.eye_m, atol=1e-9)
    np.testing.assert_allclose(between(FRONT, end, share=1.0).eye_m, end.eye_m, atol=1e-9)
    assert 35.0 < between(FRONT, end, share=0.5).fov_deg < 50.0


@pytest.mark.parametrize("name", sorted(BINDINGS))
def test_every_key_gives_commands_that_are_not_refused(name):
    """A key whose command is refused is a key that does nothing."""
    _, commands = commands_of(Key(name=name, view=ViewId("space")))
    if name in ("control-z", "control-y"):
        return
    _, _, refusals = apply_all(STATE, commands)
    assert refusals == ()


def test_the_front_key_looks_at_the_patient_s_face():
    _, commands = commands_of(Key(name="1", view=ViewId("space")))
    camera = next(c.action.camera for c in commands if isinstance(c.action, SetCamera))
    assert camera.eye_m[1] < -0.2
    assert camera.eye_m[0] == pytest.approx(0.0)


def test_a_slice_stops_at_the_end_of_the_scan_and_comes_back_at_once():
    """Counting on beyond the end, the wheel seems dead for as many notches on the way back."""
    facts = {
        ItemId("ct"): replace(
            LOOKUP[ItemId("ct")], slice_range_mm=frozen([[-100, 100], [-100, 100], [0, 50]])
        )
    }
    state, tools = STATE, Tools()
    for notches in (15.0, 15.0, -1.0):
        turn = Scroll(pointer=pointer(0.5, 0.5, view="axial"), notches=notches)
        tools, commands = step(state, tools, (turn,), facts)
        state, _, _ = apply_all(state, commands)
    assert state.view(ViewId("axial")).slice_mm == 50.0 - 2.5
