"""Commands survive as text, and the journal survives being torn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.errors import Refused
from metaviewer.frames import WORLD_FROM_LPS, translation
from metaviewer.scene import (
    BuildingLook,
    Camera,
    Command,
    DataId,
    Item,
    ItemId,
    MoveItem,
    NameCamera,
    NamedCamera,
    OpenPlaces,
    Picked,
    PlaceItem,
    Select,
    SetCamera,
    SetClip,
    SetLook,
    SetTime,
    SetViews,
    State,
    SurfaceLook,
    View,
    ViewId,
    VolumeLook,
    apply_all,
)
from metaviewer.scene.journal import Journal, line_of, read_journal
from metaviewer.scene.wire import command_from, text_of

CAMERA = Camera(eye_m=(1.0, -2.0, 3.0), target_m=(0.0, 0.0, 0.5), orthographic_height_m=2.0)
VIEW = View(id=ViewId("v"), kind="axial", camera=CAMERA, slice_volume=ItemId("ct"), slice_mm=-3.5)
CT = Item(
    id=ItemId("ct"),
    kind="volume",
    data_id=DataId("ct"),
    look=VolumeLook(preset="lung", window_center=-600.0),
    world_from_item=WORLD_FROM_LPS,
    badges=("made",),
    patient="7f3a",
)
ACTIONS = [
    PlaceItem(item=CT),
    SetLook(item=ItemId("ct"), look=VolumeLook(opacity=0.5)),
    SetLook(item=ItemId("b"), look=BuildingLook(storey_top=1, hidden_classes=("IfcRoof",))),
    SetLook(item=ItemId("s"), look=SurfaceLook(colour_rgb=(0.1, 0.2, 0.3))),
    MoveItem(item=ItemId("ct"), world_from_item=translation((1.0, 2.0, 3.0)) @ WORLD_FROM_LPS),
    SetCamera(view=ViewId("v"), camera=CAMERA),
    SetViews(views=(VIEW,)),
    NameCamera(camera=NamedCamera(name="ward", camera=CAMERA)),
    SetClip(planes=((0.0, 0.0, 1.0, -1.5),)),
    Select(picked=Picked(item=ItemId("ct"), element=3)),
    Select(picked=None),
    SetTime(time_s=12.5),
    OpenPlaces(places=("a", "b"), unit="mm"),
]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: type(action).__name__)
def test_every_action_comes_back_as_it_was(action):
    """A field left out of the text comes back as its default: another look, another place."""
    back = command_from(text_of(Command(action=action, who="window", when_s=1.5, gesture="g")))
    assert text_of(back) == text_of(Command(action=action, who="window", when_s=1.5, gesture="g"))
    assert type(back.action) is type(action)


def test_replaying_the_text_gives_the_same_state():
    commands = [Command(action=ACTIONS[0]), Command(action=ACTIONS[1]), Command(action=ACTIONS[4])]
    told, _, _ = apply_all(State(), commands)
    again, _, _ = apply_all(State(), [command_from(text_of(one)) for one in commands])
    assert again.items[0].look == told.items[0].look
    np.testing.assert_array_equal(again.items[0].world_from_item, told.items[0].world_from_item)


@given(st.text(max_size=300))
def test_no_text_does_more_than_be_refused(text):
    with pytest.raises(Refused):
        command_from(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"PlaceItem"', '"Quit"'),
        ('"volume"', '"surface of the moon"'),
        ('"patient":"7f3a"', '"patient":7'),
        ('"version":1', '"version":99'),
    ],
)
def test_a_bent_command_is_refused(old, new):
    text = text_of(Command(action=ACTIONS[0]))
    assert old in text
    with pytest.raises(Refused):
        command_from(text.replace(old, new))


@given(cut=st.integers(0, 4000))
def test_a_torn_journal_gives_every_whole_line_before_the_tear(tmp_path_factory, cut):
    """Kill -9 in the middle of a write leaves half a line (reliability.md section 7)."""
    path = tmp_path_factory.mktemp("journal") / "j"
    lines = [line_of(Command(action=action)) for action in ACTIONS]
    content = b"".join(lines)[:cut]
    path.write_bytes(content)
    whole = 0
    while sum(map(len, lines[: whole + 1])) <= len(content) and whole < len(lines):
        whole += 1
    assert len(read_journal(path)) in (whole, whole + 1)  # the last line may lack only its end
    assert len(read_journal(path)) >= whole


def crash_after(path, commands):
    with Journal(path) as journal:
        journal.keep(commands, now_s=0.0)
        raise ZeroDivisionError


def test_a_clean_end_leaves_no_journal_and_a_crash_leaves_all_of_it(tmp_path):
    path = tmp_path / "j"
    with Journal(path) as journal:
        journal.keep([Command(action=ACTIONS[0])], now_s=0.0)
    assert not path.exists()
    with pytest.raises(ZeroDivisionError):
        crash_after(path, [Command(action=ACTIONS[0]), Command(action=ACTIONS[1])])
    assert len(read_journal(path)) == 2
    assert path.stat().st_mode & 0o077 == 0


def test_a_thousand_camera_moves_are_one_line(tmp_path):
    with Journal(tmp_path / "j") as journal:
        moves = [Command(action=ACTIONS[5]) for _ in range(1000)]
        journal.keep(moves, now_s=0.5)
        journal.keep([Command(action=ACTIONS[1])], now_s=0.6)
        assert len(read_journal(tmp_path / "j")) == 2
