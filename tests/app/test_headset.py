"""The headset beside the window, where no headset is needed to see what it does."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from metaviewer.app import headset as seat_of_headset
from metaviewer.app.drawing import Drawn, Frame
from metaviewer.app.headset import Headset
from metaviewer.desktop import Polled
from metaviewer.panels import Pressed
from metaviewer.scene import State
from metaviewer.xr.eyes import HALVES

EDGE_MAX_PX = 1000
EYE_PX = (900, 500)
NOTHING_DONE = Polled(intents=(), pressed=Pressed(), seat_keys=())


class SmallStage:
    """A stage whose pictures are at most so large."""

    size = (640, 480)

    def resize(self, size):
        self.size = tuple(min(edge, EDGE_MAX_PX) for edge in size)


@pytest.fixture
def effects():
    told = []
    return SimpleNamespace(note=told.append, told=told)


def test_eyes_larger_than_this_machine_draws_give_the_window_its_picture_back(effects, monkeypatch):
    """Bug: the stage keeps the size that was tried, and the desktop is drawn in it from then on."""
    monkeypatch.setattr(seat_of_headset, "drawn_next", lambda *given: given[-1])
    shown = []
    seat = SimpleNamespace(mirror=lambda stage, part: shown.append(part))
    life = SimpleNamespace(is_seen=True)
    headset = Headset(None, is_wished=True)
    headset._entered = SimpleNamespace(
        life=life,
        session=SimpleNamespace(eye_size_px=EYE_PX),
        wish=lambda *, is_wished: None,
        end_frame=lambda frame, draw, *, now_s: None,
        begin_frame=lambda *, now_s: SimpleNamespace(eyes=("left", "right")),
        close=lambda: None,
    )
    headset._gl = SimpleNamespace(close=lambda: None)
    frame = Frame(state=State(), polled=NOTHING_DONE, now_s=0.0)
    with headset:
        with headset.frame(now_s=0.0):
            headset.draw(seat, SmallStage(), effects, frame, Drawn())
        assert effects.told == ["this machine draws no eyes of 900 x 500 pixels"]
        assert not headset.is_wished
        life.is_seen = False
        headset.draw(seat, SmallStage(), effects, frame, Drawn())
    assert shown == [HALVES[0], None]
