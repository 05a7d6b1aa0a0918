"""A place turned on a stage as the window turns it: what a moving and a standing frame cost.

The program's own governor chooses the quality of each frame from what the last ones took. Prints
one JSON line.

    python bench/building_moving.py [--place FILE] [--frames N]
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from metaviewer import resources, twin
from metaviewer.app.doors import open_doors
from metaviewer.app.governor import Governor, learned, moving
from metaviewer.app.session import Opened, Wanted, first_state, open_places
from metaviewer.render import STILL, Stage, open_context, open_stage
from metaviewer.scene import Camera, Library, State

SIZE = (1280, 800)
MOMENT_S = 1000.0
TURN_DEG = 1.0
LEARNING_FRAMES = 12
"""Frames before the measured ones: uploads, coarser levels, and the governor's own learning."""


class Turned:
    """A place on a stage, turned a little with every frame."""

    def __init__(self, stage: Stage, opened: Opened, state: State, library: Library) -> None:
        self.stage = stage
        self.state = state
        self.governor = Governor()
        self._library = library
        live = twin.read(opened.feeds, at=MOMENT_S, now_s=MOMENT_S) if opened.feeds else None
        self._live = live
        self._before: State | None = None

    def move(self) -> None:
        """A frame of another camera, in the quality of the governor."""
        self.state = turned(self.state)
        self.stage.quality = moving(self.governor)
        started = time.perf_counter()
        self._draw()
        cost_s = time.perf_counter() - started
        self.governor = learned(self.governor, quality=self.stage.quality, cost_s=cost_s)

    def stand(self) -> None:
        """The fine picture from here."""
        self.state = turned(self.state)
        self.stage.quality = STILL
        self._draw()

    def _draw(self) -> None:
        self.stage.sync(self._before, self.state, self._library, self._live, now_s=MOMENT_S)
        self.stage.draw()
        self._before = self.state


def turned(state: State) -> State:
    """The same scene, its cameras gone a step around what they look at."""
    views = tuple(replace(view, camera=_gone_around(view.camera)) for view in state.views)
    return replace(state, views=views)


def _gone_around(camera: Camera) -> Camera:
    (eye_x, eye_y, eye_z), (x, y, _) = camera.eye_m, camera.target_m
    angle = math.radians(TURN_DEG)
    along, aside = eye_x - x, eye_y - y
    turned_x = x + math.cos(angle) * along - math.sin(angle) * aside
    turned_y = y + math.sin(angle) * along + math.cos(angle) * aside
    return replace(camera, eye_m=(turned_x, turned_y, eye_z))


def all_ms(work: Callable[[], None], frames: int) -> dict[str, list[float]]:
    """Processor and clock time of each frame, milliseconds."""
    taken: dict[str, list[float]] = {"cpu_ms": [], "clock_ms": []}
    for _ in range(frames):
        cpu, clock = time.process_time(), time.perf_counter()
        work()
        taken["cpu_ms"].append(round((time.process_time() - cpu) * 1e3, 1))
        taken["clock_ms"].append(round((time.perf_counter() - clock) * 1e3, 1))
    return taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--place", default=str(resources.scenes_dir() / "demo.toml"))
    parser.add_argument("--frames", type=int, default=12)
    chosen = parser.parse_args()
    with open_doors() as doors:
        wanted = Wanted(aspect=SIZE[0] / SIZE[1])
        opened = open_places(doors, [chosen.place], wanted)
    state, library, _ = first_state(opened, wanted)
    with (
        open_context((64, 64), on_screen=False) as context,
        open_stage(context, size=SIZE) as stage,
    ):
        scene = Turned(stage, opened, state, library)
        for _ in range(LEARNING_FRAMES):
            scene.move()
        in_motion = all_ms(scene.move, chosen.frames)
        scale = stage.quality.scene_scale
        scene.stand()
        standing = all_ms(scene.stand, max(chosen.frames // 3, 1))
        renderer = context.renderer
    line = {"moving": in_motion, "standing": standing, "scale": scale, "renderer": renderer}
    print(json.dumps(line))


if __name__ == "__main__":
    main()
