"""What is held moves with the hand, and stays where it was let go."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaviewer.frames import WORLD_FROM_LPS, translation, turning
from metaviewer.interact import Tools, step
from metaviewer.interact.hold import HandInWorld, Hold, hold_step
from metaviewer.scene import (
    BuildingLook,
    Command,
    Hit,
    Item,
    ItemId,
    MoveItem,
    Ray,
    State,
    SurfaceLook,
    Undo,
    VolumeLook,
    apply_all,
)

AWAY = HandInWorld()
PATIENT = Item(
    id=ItemId("ct"),
    kind="volume",
    data_id="ct",
    look=VolumeLook(preset="bone"),
    world_from_item=translation((1.0, 2.0, 3.0)) @ WORLD_FROM_LPS,
)
TUMOUR = Item(
    id=ItemId("tumour"),
    kind="surface",
    data_id="tumour",
    look=SurfaceLook(),
    world_from_item=PATIENT.world_from_item,
    anchor=PATIENT.id,
)
WARD = Item(id=ItemId("ward"), kind="building", data_id="ward", look=BuildingLook())
START = State(items=(PATIENT, TUMOUR, WARD))


def hand(x=0.0, y=0.0, z=1.0, *, grab=1.0, turn_deg=0.0, scale=1.0) -> HandInWorld:
    pose = translation((x, y, z)) @ turning(turn_deg) @ np.diag([scale, scale, scale, 1.0])
    return HandInWorld(world_from_grip=pose, world_from_aim=pose, grab=grab)


def meets(name: str):
    return lambda ray: Hit(item=ItemId(name), point_world_m=(0.0, 0.0, 0.0), distance_m=1.0)


class Person:
    """Two hands before a scene."""

    def __init__(self, state: State = START, *, hits: str = "ct") -> None:
        self.state, self.memory, self.pick = state, Hold(), meets(hits)
        self.commands: list[Command] = []

    def does(self, left: HandInWorld = AWAY, right: HandInWorld = AWAY) -> int:
        """How many commands that gave."""
        self.memory, moves = hold_step(self.memory, (left, right), self.state, self.pick)
        _, commands = step(self.state, Tools(), moves, {})
        self.state, _, refusals = apply_all(self.state, commands)
        assert refusals == ()
        self.commands += commands
        return len(commands)

    def place(self, name: str = "ct") -> np.ndarray:
        item = self.state.item(ItemId(name))
        assert item is not None
        return item.world_from_item


def test_what_is_held_moves_and_turns_as_the_hand_does():
    """About the hand: its middle would swing the patient through the room."""
    person = Person()
    assert person.does(right=hand(0.0, 0.0, 1.0)) == 0
    person.does(right=hand(0.5, 0.0, 1.0, turn_deg=90.0))
    moved = translation((0.5, 0.0, 1.0)) @ turning(90.0) @ translation((0.0, 0.0, -1.0))
    assert np.allclose(person.place(), moved @ PATIENT.world_from_item)
    assert np.allclose(person.place("tumour"), person.place())


def test_one_hold_is_one_step_of_undo_and_the_next_hold_is_another():
    person = Person()
    for x in (0.0, 0.1, 0.2, 0.3):
        person.does(left=hand(x))
    once = person.place()
    person.does(left=hand(0.3, grab=0.0))
    for x in (0.3, 0.4, 0.5):
        person.does(left=hand(x))
    assert {type(command.action) for command in person.commands} == {MoveItem}
    person.state, _, _ = apply_all(person.state, [Command(action=Undo())])
    assert np.allclose(person.place(), once)
    person.state, _, _ = apply_all(person.state, [Command(action=Undo())])
    assert np.allclose(person.place(), PATIENT.world_from_item)


@pytest.mark.parametrize("gone", [AWAY, hand(0.2, grab=0.3), replace(hand(9.0), grab=0.0)])
def test_a_hand_that_vanishes_or_opens_leaves_the_thing_where_it_was(gone: HandInWorld):
    """A wild last pose must not throw the patient through the wall."""
    person = Person()
    person.does(right=hand(0.0))
    person.does(right=hand(0.2))
    there = person.place()
    assert person.does(right=gone) == 0
    assert person.memory.holding is None
    assert person.does(right=hand(0.9, grab=0.5)) == 0
    assert np.allclose(person.place(), there)


def test_a_hand_that_closed_on_nothing_must_open_first():
    person = Person()
    person.pick = lambda ray: None
    person.does(right=hand())
    person.pick = meets("ct")
    person.does(right=hand())
    assert person.memory.holding is None
    person.does(right=hand(grab=0.0))
    person.does(right=hand())
    assert person.memory.holding is not None


def test_the_hand_that_took_it_first_keeps_it():
    person = Person()
    person.does(left=hand(0.0))
    person.does(left=hand(0.1), right=hand(5.0))
    held = person.memory.holding
    assert held is not None
    assert held.hand == 0
    assert np.allclose(person.place()[:3, 3], np.add(PATIENT.world_from_item[:3, 3], (0.1, 0, 0)))


def test_a_part_is_held_with_the_patient_it_lies_in_and_a_building_not_at_all():
    part = Person(hits="tumour")
    part.does(right=hand())
    assert part.memory.holding is not None
    assert part.memory.holding.item == "ct"
    building = Person(hits="ward")
    building.does(right=hand())
    assert building.memory.holding is None


def test_a_giant_moves_things_as_far_as_the_hand_goes_in_the_world_and_does_not_swell_them():
    person = Person()
    person.does(right=hand(0.0, scale=50.0))
    person.does(right=hand(25.0, scale=20.0))
    assert np.allclose(person.place()[:3, :3], PATIENT.world_from_item[:3, :3])
    assert np.allclose(person.place()[:3, 3], np.add(PATIENT.world_from_item[:3, 3], (25, 0, 0)))


def test_what_is_taken_out_of_the_scene_is_held_no_more():
    person = Person()
    person.does(right=hand(0.0))
    person.state = replace(person.state, items=(WARD,))
    assert person.does(right=hand(0.3)) == 0
    assert person.memory.holding is None


def test_the_hand_points_along_its_own_y():
    rays: list[Ray] = []

    def pick(ray: Ray) -> None:
        rays.append(ray)

    person = Person()
    person.pick = pick
    person.does(right=hand(1.0, 2.0, 3.0, turn_deg=90.0, scale=3.0))
    assert rays[0].origin_m == (1.0, 2.0, 3.0)
    assert np.allclose(rays[0].direction, (-1.0, 0.0, 0.0))
