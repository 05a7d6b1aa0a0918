"""The runtime moves its own middle: the building stays where it was before the person's eyes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pytest

from metaviewer.app.headset import Headset
from metaviewer.app.turn import Turn
from metaviewer.frames import Float64Array
from metaviewer.render.context import Context
from metaviewer.scene import Camera, Hit, Ray, State, View, ViewId
from metaviewer.xr.eyes import eyes_in_world
from tests.xr.scripted import EVENT_RECENTRE, Runtime

CAMERA = Camera(eye_m=(40.0, -25.0, 6.0), target_m=(43.0, -22.0, 5.0))
STATE = State(views=(View(id=ViewId("space"), kind="space", camera=CAMERA),))
LOCAL_FLOOR_WITHHELD = 1 << 5


class Nothing:
    """A stage where hands meet nothing, and notes that nobody reads."""

    def pick(self, ray: Ray) -> Hit | None:
        return None

    def note(self, sentence: str) -> None:
        raise AssertionError(sentence)


@dataclass
class Person:
    """Somebody in the headset, in a loop of 10 ms a turn."""

    headset: Headset
    now_s: float = 100.0

    def sees_from(self) -> list[Float64Array] | None:
        """Where both eyes are in the world in the next frame; None where nothing is seen."""
        self.now_s += 0.01
        nothing = Nothing()
        self.headset.turn(nothing, STATE, now_s=self.now_s)
        with self.headset.frame(now_s=self.now_s):
            self.headset.intents(Turn(state=STATE), nothing, seconds=0.01)
            frame, session = self.headset._frame, self.headset._session
            if frame is None or frame.eyes is None or session is None:
                return None
            eyes = eyes_in_world(frame.eyes, standing=self.headset._standing, space=session.space)
            return [eye.world_from_camera for eye in eyes]


@pytest.fixture
def person(runtime: Runtime, gl_context: Context) -> Iterator[Person]:
    with closing(Headset(gl_context, is_wished=True)) as headset:
        yield Person(headset)
    assert runtime.script.violations == 0, runtime.first_violation


@pytest.mark.parametrize("in_ms", [0, 60])
@pytest.mark.parametrize("is_known", [0, 1])
@pytest.mark.parametrize(("has_stage", "withheld"), [(1, 0), (0, 0), (0, LOCAL_FLOOR_WITHHELD)])
def test_who_recentres_keeps_their_place_in_the_building(
    person: Person, runtime: Runtime, has_stage: int, withheld: int, is_known: int, in_ms: int
):
    """Passed over, a recentring throws the person metres through walls; heard too early, too.

    In the stage nothing moves, and what is told of the other spaces moves nobody either.
    """
    script = runtime.script
    script.has_stage, script.withheld, script.knows_recentring = has_stage, withheld, is_known
    script.keeps_time = 1
    script.head.at_start.position[:] = (1.2, 1.7, -0.8)
    script.head.at_start.orientation[:] = (0.0, np.sin(0.5), 0.0, np.cos(0.5))
    seen = [person.sees_from() for _ in range(10)]
    before = seen[-1]
    assert before is not None
    assert np.allclose((before[0][:3, 3] + before[1][:3, 3]) / 2, CAMERA.eye_m, atol=1e-5)
    runtime.tell(EVENT_RECENTRE, in_ms)
    for _ in range(12):
        now = person.sees_from()
        assert now is not None
        assert np.allclose(now, before, atol=1e-5)
