"""Panels are pressed as a person presses them, and answer with actions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaviewer.panels import Content, PanelInput, Panels, Progress
from metaviewer.panels.menu import opened_path
from metaviewer.panels.pointer_note import value_words
from metaviewer.panels.scene_panel import badges_shown
from metaviewer.render import PANEL_VERTEX_BYTES
from metaviewer.scene import (
    Camera,
    DataId,
    Item,
    ItemId,
    Picked,
    SetVisible,
    State,
    View,
    ViewId,
    VolumeLook,
)

SIZE = (1000, 700)
CT = Item(
    id=ItemId("ct"),
    kind="volume",
    data_id=DataId("ct"),
    look=VolumeLook(preset="lung"),
    title="Chest CT",
    patient="7f3a11c0",
)
VIEW = View(
    id=ViewId("space"),
    kind="space",
    camera=Camera(eye_m=(0.0, -2.0, 0.0), target_m=(0.0, 0.0, 0.0)),
)
STATE = State(items=(CT,), views=(VIEW,), selection=Picked(item=ItemId("ct")))


@pytest.fixture
def panels():
    made = Panels(size=SIZE)
    yield made
    made.close()


def frames(panels, content, *, at=None, press=False):
    """Two frames to settle, then a press and a release."""
    still = PanelInput(pointer_px=at, seconds=0.016)
    pressed = [panels.run(still, content)[1] for _ in range(3)]
    if press:
        down = PanelInput(pointer_px=at, seconds=0.016, buttons=((0, True),))
        up = PanelInput(pointer_px=at, seconds=0.016, buttons=((0, False),))
        pressed += [panels.run(given, content)[1] for given in (down, up, still)]
    return [chosen for one in pressed for chosen in one.chosen], [
        wish for one in pressed for wish in one.wishes
    ]


def test_the_eye_before_an_item_hides_it(panels):
    chosen, _ = frames(panels, Content(state=STATE), at=(35.0, 87.0), press=True)
    assert [one.action for one in chosen] == [SetVisible(item=ItemId("ct"), visible=False)]


def test_a_load_can_be_cancelled(panels):
    content = Content(state=State(), progress=(Progress(number=7, title="ct", fraction=0.5),))
    _, wishes = frames(panels, content, at=(226.0, 107.0), press=True)
    assert [(wish.kind, wish.number) for wish in wishes] == [("cancel", 7)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_second_patient_is_put_to_the_person_and_silence_changes_nothing(panels, language):
    state = State(items=(CT,), views=(VIEW,), language=language)
    chosen, wishes = frames(panels, Content(state=state, question=CT))
    assert chosen == []
    assert wishes == []


def test_the_pointer_over_a_panel_belongs_to_the_panel(panels):
    """Otherwise a slider turns the patient."""
    frames(panels, Content(state=STATE), at=(50.0, 60.0))
    assert panels.frame.wants_pointer
    frames(panels, Content(state=STATE), at=(500.0, 500.0))
    assert not panels.frame.wants_pointer


def test_two_patients_shown_together_have_a_badge_in_the_list_of_every_seat():
    """In a headset the list is what says it: no corner of a picture is there."""
    other = replace(CT, id=ItemId("other"), patient="5b1e")
    assert badges_shown(CT, replace(STATE, items=(CT, other))) == ("unregistered",)
    assert badges_shown(CT, STATE) == ()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("/scans/a chest", "/scans/a chest"),
        ('  "C:\\scans\\chest" \n', "C:\\scans\\chest"),
        ("file:///scans/a%20chest", "/scans/a chest"),
        ("   ", ""),
    ],
)
def test_a_path_is_taken_as_file_managers_copy_it(text, place):
    assert opened_path(text) == place


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (-712.0, "\N{MINUS SIGN}712 HU"),
        (0.0625, "0.0625 HU"),
        (16777217.0, "16777217 HU"),
        (None, "nothing measured here"),
    ],
)
def test_the_value_under_the_pointer_keeps_all_its_digits(value, words):
    assert value_words(value, unit="HU", language="en") == words


@pytest.mark.parametrize("size", [(1440, 900), (900, 640)])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_notices_and_offers_never_cover_the_picture(size, language):
    """They stood over the warning and the look: every corner of a picture must be read."""
    panels = Panels(size=size)
    state = replace(STATE, language=language)
    notes = tuple(
        f"/a/long/way/to/a/picture-{n}.png: saved, and more is said of it" for n in range(6)
    )
    content = Content(state=state, notes=notes, offers_last_session=True)
    for _ in range(4):
        drawing, _ = panels.run(PanelInput(pointer_px=None, seconds=0.016), content)
    xy = drawing.vertices.reshape(-1, PANEL_VERTEX_BYTES)[:, :8].copy().view(np.float32)
    beside = xy[xy[:, 1] > panels.menu_px + 2]
    assert len(beside) > 1000
    assert beside[:, 0].max() <= panels.dock_px + 1
    panels.close()


def test_a_notice_is_closed_and_an_offer_answered_where_they_stand(panels):
    content = Content(state=STATE, notes=("a.png: saved",), offers_last_session=True)
    kinds = set()
    for y in range(SIZE[1] // 2, SIZE[1], 12):
        kinds |= {wish.kind for wish in frames(panels, content, at=(40.0, float(y)), press=True)[1]}
    assert kinds == {"dismiss", "go_on"}
