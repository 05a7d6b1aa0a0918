"""Commands survive as text, and the journal survives being torn."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

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
    Redo,
    Select,
    SetCamera,
    SetClip,
    SetLook,
    SetOptions,
    SetSlice,
    SetTime,
    SetViews,
    State,
    SurfaceLook,
    Undo,
    View,
    ViewId,
    VolumeLook,
    apply_all,
)
from metaviewer.scene import journal as journal_module
from metaviewer.scene.journal import LEFT_MAX, begin_journal, left_behind, read_journal
from metaviewer.scene.journal_text import (
    commands_in,
    compacted,
    is_worth_offering,
    line_of,
    resumed,
)
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
    OpenPlaces(places=("/a", "/b"), unit="mm"),
    OpenPlaces(places=("/a",), names=(ItemId("volume-1"), ItemId("surface-2"))),
    OpenPlaces(places=("/a",), names=()),
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


@given(cut=st.integers(0, 6000), bent=st.integers(0, 255))
def test_a_torn_journal_gives_every_whole_line_before_the_tear(cut, bent):
    """Kill -9 in the middle of a write leaves half a line (reliability.md section 7)."""
    lines = [line_of(Command(action=action)) for action in ACTIONS]
    content = b"".join(lines)
    cut = min(cut, len(content))
    whole = sum(len(b"".join(lines[: number + 1])) <= cut for number in range(len(lines)))
    commands, size = commands_in(content[:cut])
    assert len(commands) == whole
    assert size == len(b"".join(lines[:whole]))
    if cut < len(content) and content[cut] != bent:
        commands, _ = commands_in(content[:cut] + bytes([bent]) + content[cut + 1 :])
        assert len(commands) == whole  # what stands behind a bent line is not believed


def command(action, *, gesture=""):
    return Command(action=action, gesture=gesture)


LOOK = ACTIONS[1]
OPEN = OpenPlaces(places=("/a",))


def test_a_clean_end_leaves_nothing_and_a_crash_leaves_all_for_its_owner_alone(tmp_path):
    folder = tmp_path / "sessions"
    journal = begin_journal(folder)
    journal.keep([command(OPEN)], now_s=0.0)
    assert len(read_journal(journal.path)) == 1
    assert journal.path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    journal.end()
    assert list(folder.iterdir()) == []
    journal = begin_journal(folder)
    journal.keep([command(OPEN), command(LOOK)], now_s=0.0)
    journal.leave()
    left = left_behind(folder)
    assert left is not None
    assert [type(one.action) for one in left.commands] == [OpenPlaces, type(LOOK)]
    left.end()


def test_a_kill_leaves_a_journal_that_goes_on_behind_its_torn_line(tmp_path):
    """Bug: the next line is written behind half a line, and reading stops there for ever."""
    journal = begin_journal(tmp_path)
    journal.keep([command(OPEN), command(LOOK)], now_s=0.0)
    journal.leave()
    with journal.path.open("ab") as stream:
        stream.write(line_of(command(LOOK))[:-7])
    left = left_behind(tmp_path)
    assert left is not None
    left.keep([command(Select(picked=None))], now_s=1.0)
    assert [type(one.action) for one in read_journal(left.path)] == [
        OpenPlaces,
        type(LOOK),
        Select,
    ]
    left.end()


def test_a_window_does_not_take_the_journal_of_one_that_lives(tmp_path):
    """Bug: the second window offers what the first is doing, and removes its journal."""
    words = (
        "import sys, pathlib; from metaviewer.scene import Command, OpenPlaces, begin_journal; "
        "journal = begin_journal(pathlib.Path(sys.argv[1])); "
        "journal.keep([Command(action=OpenPlaces(places=('/a',)))], now_s=0.0); "
        "print('kept', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", words, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=os.path.dirname(os.path.dirname(os.path.dirname(__file__))),
    ) as other:
        assert other.stdout.readline() == b"kept\n"
        assert left_behind(tmp_path) is None
        assert len(list(tmp_path.iterdir())) == 1
        other.kill()
    left = left_behind(tmp_path)
    assert left is not None
    assert left_behind(tmp_path) is None  # now this one holds it
    left.leave()


def test_the_newest_is_offered_first_and_what_nobody_wants_is_removed(tmp_path):
    for number in range(LEFT_MAX + 2):
        journal = begin_journal(tmp_path)
        journal.keep([command(OpenPlaces(places=(f"/{number}",)))], now_s=0.0)
        journal.leave()
        os.utime(journal.path, (number, number))
    empty = begin_journal(tmp_path)
    empty.keep([command(LOOK)], now_s=0.0)
    empty.leave()
    left = left_behind(tmp_path)
    assert left is not None
    assert left.commands[0].action == OpenPlaces(places=(f"/{LEFT_MAX + 1}",))
    assert len(list(tmp_path.iterdir())) == LEFT_MAX
    left.end()


def test_nothing_of_a_patient_is_written_but_the_paths(tmp_path):
    """Bug: items with titles and tokens, or the words of a scene, stand in the file."""
    journal = begin_journal(tmp_path)
    journal.keep(
        [
            command(PlaceItem(item=replace(CT, title="CANARY"))),
            command(SetViews(views=(VIEW,))),
            command(SetOptions(title="CANARY", language="zh")),
            command(SetOptions(title="CANARY")),
            command(OpenPlaces(places=("ct",))),
        ],
        now_s=0.0,
    )
    assert [one.action for one in read_journal(journal.path)] == [
        SetOptions(language="zh"),
        OpenPlaces(places=(os.path.abspath("ct"),)),  # wherever the next session starts
    ]
    assert b"CANARY" not in journal.path.read_bytes()
    assert b"7f3a" not in journal.path.read_bytes()
    journal.end()


def test_a_thousand_camera_moves_are_one_line_and_none_is_lost_for_long(tmp_path):
    journal = begin_journal(tmp_path)
    moves = [
        command(SetCamera(view=ViewId("v"), camera=replace(CAMERA, fov_deg=20.0 + number / 100)))
        for number in range(1000)
    ]
    journal.keep([], now_s=0.0)
    journal.keep(moves[:500], now_s=0.1)
    journal.keep(moves[500:], now_s=0.2)
    assert read_journal(journal.path) == ()
    journal.keep([], now_s=0.6)
    assert [one.action for one in read_journal(journal.path)] == [moves[-1].action]
    drag = [command(SetSlice(view=ViewId("v"), slice_mm=float(n)), gesture="d") for n in range(9)]
    journal.keep([*drag, command(SetSlice(view=ViewId("v"), zoom=2.0), gesture="d")], now_s=0.7)
    journal.keep([command(LOOK)], now_s=0.8)
    assert read_journal(journal.path)[1].action == SetSlice(
        view=ViewId("v"), slice_mm=8.0, zoom=2.0
    )
    journal.end()


def undone_and_done(count):
    """A long session: drags of looks, cameras, undo and redo among them."""
    chance = np.random.default_rng(4)
    for number in range(count):
        kind = chance.integers(6)
        for step in range(5):
            value = float(number + step / 10)
            if kind == 0:
                look = VolumeLook(opacity=1.0 + value)
                yield command(SetLook(item=ItemId("ct"), look=look), gesture=f"drag-{number}")
            elif kind == 1:
                moved = replace(CAMERA, eye_m=(value, -2.0, 3.0))
                yield command(SetCamera(view=ViewId("v"), camera=moved))
            elif kind == 2:
                yield command(SetSlice(view=ViewId("v"), slice_mm=value))
            elif kind == 3 and step == 0:
                yield command(SetSlice(view=ViewId("v"), zoom=1.0 + number % 7))
            elif kind == 4 and step == 0:
                yield command(Undo())
            elif kind == 5 and step == 0:
                yield command(Redo())


def content_of(state):
    """What a person sees of a State, and how far back they can go."""
    return (
        [(item.id, item.look, item.visible) for item in state.items],
        state.views,
        [[item.look for item in one.items] for one in state.past],
        [[item.look for item in one.items] for one in state.future],
    )


def test_a_long_journal_is_written_anew_and_tells_the_same(tmp_path, monkeypatch):
    """Bug: a compacted undo takes back another step; or the file grows without end."""
    monkeypatch.setattr(journal_module, "COMPACT_BYTES", 6000)
    start = State(items=(CT,), views=(VIEW,))
    commands = list(undone_and_done(300))
    wanted, _, _ = apply_all(start, commands)
    got, _, _ = apply_all(start, compacted(commands))
    assert content_of(got) == content_of(wanted)
    journal = begin_journal(tmp_path)
    for number, one in enumerate(commands):
        journal.keep([one], now_s=float(number))
    got, _, _ = apply_all(start, read_journal(journal.path))
    assert content_of(got) == content_of(wanted)
    assert journal.path.stat().st_size < sum(len(line_of(one)) for one in commands) / 2
    assert journal.path.stat().st_mode & 0o777 == 0o600
    assert left_behind(tmp_path) is None  # the new file is locked as the old one was
    assert len(list(tmp_path.iterdir())) == 1
    journal.end()


def test_what_is_resumed_loads_where_loads_ended_and_waits_for_the_unfinished_last():
    """Bug: a look is set before its item stands there; a cancelled load comes back."""
    a, b, c, d = (OpenPlaces(places=(f"/{name}",)) for name in "abcd")
    told = [
        command(a),
        command(b),
        command(replace(b, names=(ItemId("volume-1"),))),
        command(LOOK, gesture="drag-1"),
        command(c),
        command(replace(a, names=(ItemId("volume-1-2"),))),
        command(replace(c, names=())),
        command(d),
        command(Undo()),
    ]
    steps = resumed(told)
    assert [one.action for one in steps] == [
        replace(b, names=(ItemId("volume-1"),)),
        LOOK,
        replace(a, names=(ItemId("volume-1-2"),)),
        Undo(),
        d,
    ]
    assert steps[1].gesture == "last-drag-1"
    assert is_worth_offering(told)
    assert not is_worth_offering([command(c), command(replace(c, names=()))])
