"""The only writer of State: what a person did is what is shown, and undo takes it back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.frames import WORLD_FROM_LPS, frozen, translation
from metaviewer.scene import (
    AskSecondPatient,
    Camera,
    Command,
    DataId,
    Item,
    ItemId,
    MoveItem,
    OpenPlaces,
    Picked,
    PlaceItem,
    Redo,
    RemoveItem,
    Select,
    SetCamera,
    SetClip,
    SetLook,
    SetVisible,
    State,
    SurfaceLook,
    Undo,
    View,
    ViewId,
    VolumeLook,
    apply,
    apply_all,
)

VIEW = View(
    id=ViewId("main"), kind="space", camera=Camera(eye_m=(0.0, -2.0, 0.0), target_m=(0.0, 0.0, 0.0))
)


def volume(name: str, *, patient: str = "p-1") -> Item:
    return Item(
        id=ItemId(name),
        kind="volume",
        data_id=DataId(name),
        look=VolumeLook(),
        world_from_item=WORLD_FROM_LPS,
        patient=patient,
    )


def surface(name: str, *, anchor: str) -> Item:
    return Item(
        id=ItemId(name),
        kind="surface",
        data_id=DataId(name),
        look=SurfaceLook(),
        world_from_item=WORLD_FROM_LPS,
        patient="p-1",
        anchor=ItemId(anchor),
    )


def done(state: State, *actions, gesture: str = "") -> State:
    after, _, refusals = apply_all(
        state, [Command(action=action, gesture=gesture) for action in actions]
    )
    assert refusals == ()
    return after


def test_a_second_patient_is_asked_about_and_joins_only_when_confirmed():
    """Two patients side by side unasked is the mistake that harms (peers_medical: identity)."""
    state = done(State(), PlaceItem(item=volume("a")))
    other = volume("b", patient="p-2")
    asked = apply(state, Command(action=PlaceItem(item=other)))
    assert asked.state is state
    assert isinstance(asked.effects[0], AskSecondPatient)
    assert done(state, PlaceItem(item=other, confirmed=True)).item(ItemId("b")) is not None


def test_undo_gives_the_very_items_back_but_leaves_the_camera():
    """A camera that jumps back on undo loses the place the person looked at."""
    state = done(State(views=(VIEW,)), PlaceItem(item=volume("a")))
    there = Camera(eye_m=(5.0, 5.0, 5.0), target_m=(0.0, 0.0, 0.0))
    moved = done(
        state,
        SetVisible(item=ItemId("a"), visible=False),
        SetCamera(view=ViewId("main"), camera=there),
    )
    undone = done(moved, Undo())
    assert undone.items == state.items
    assert undone.views[0].camera == there
    redone = done(undone, Redo())
    assert redone.items == moved.items


def test_a_drag_is_one_step_of_undo():
    state = done(State(), PlaceItem(item=volume("a")))
    dragged = state
    for opacity in (0.9, 0.8, 0.7):
        look = VolumeLook(opacity=opacity)
        dragged = done(dragged, SetLook(item=ItemId("a"), look=look), gesture="drag-1")
    assert done(dragged, Undo()).items == state.items


def test_a_new_step_after_undo_forgets_what_was_undone():
    state = done(State(), PlaceItem(item=volume("a")), Undo(), PlaceItem(item=volume("b")))
    assert apply(state, Command(action=Redo())).refusal


def test_what_is_anchored_moves_and_leaves_with_its_volume():
    """A tumour surface left behind when its CT is moved is a wrong picture."""
    state = done(
        State(), PlaceItem(item=volume("ct")), PlaceItem(item=surface("mass", anchor="ct"))
    )
    moved = done(
        state,
        MoveItem(item=ItemId("ct"), world_from_item=translation((1.0, 2.0, 3.0)) @ WORLD_FROM_LPS),
    )
    mass = moved.item(ItemId("mass"))
    assert mass is not None
    np.testing.assert_allclose(mass.world_from_item[:3, 3], (1.0, 2.0, 3.0))
    assert done(moved, RemoveItem(item=ItemId("ct"))).items == ()


@pytest.mark.parametrize(
    "matrix",
    [np.diag([-0.001, 0.001, 0.001, 1.0]), np.full((4, 4), np.nan), np.zeros((4, 4)), np.eye(3)],
)
def test_a_placement_that_mirrors_or_is_no_number_is_refused(matrix):
    """A mirror swaps left and right; a NaN ends Panda3D's render loop (rendering.md section 8)."""
    state = done(State(), PlaceItem(item=volume("a")))
    applied = apply(
        state, Command(action=MoveItem(item=ItemId("a"), world_from_item=frozen(matrix)))
    )
    assert applied.state is state
    assert applied.refusal


def test_a_cut_needs_unit_directions():
    """A normal of length 2 would halve every distance to the plane."""
    assert apply(State(), Command(action=SetClip(planes=((0.0, 0.0, 2.0, 1.0),)))).refusal


def test_selection_of_what_is_gone_ends():
    state = done(
        State(), PlaceItem(item=volume("a")), Select(picked=Picked(item=ItemId("a"))), Undo()
    )
    assert state.selection is None


def test_loading_is_an_effect_and_changes_nothing_yet():
    applied = apply(State(), Command(action=OpenPlaces(places=("ct",))))
    assert applied.effects == (OpenPlaces(places=("ct",)),)


ids = st.sampled_from(["a", "b", "c"]).map(ItemId)
actions = st.one_of(
    st.builds(lambda name: PlaceItem(item=volume(name)), st.sampled_from(["a", "b", "c"])),
    st.builds(RemoveItem, item=ids),
    st.builds(SetVisible, item=ids, visible=st.booleans()),
    st.builds(Undo),
    st.builds(Redo),
)


@given(st.lists(actions, max_size=30))
def test_apply_is_total_and_undo_walks_back_to_the_empty_scene(steps):
    """No order of commands raises, and undo to the end is the beginning."""
    state, _, _ = apply_all(State(), [Command(action=action) for action in steps])
    while state.past:
        state = done(state, Undo())
    assert replace(state, future=()).items == ()
