"""`demo`: the shipped demonstration, in a window, or as pictures and a film without a screen."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer import resources, twin
from metaviewer.app.doors import open_doors
from metaviewer.app.picturing import DEMO_MOMENT_S, check_shown
from metaviewer.app.session import Opened, Wanted, first_state, open_places
from metaviewer.app.terminal import write
from metaviewer.errors import Refused, RenderError
from metaviewer.interact import between
from metaviewer.picture import write_film, write_png
from metaviewer.render import INTERACTIVE, Stage, open_context, open_stage
from metaviewer.scene import Camera, Library, State, View
from metaviewer.twin import Feed

PICTURE_SIZE: Final = (1280, 800)
FILM_SIZE: Final = (640, 360)
FILM_RATE_HZ: Final = 15
FILM_S: Final = 6.0
REST_SHARE: Final = 0.07
"""Of the film, at its beginning and at its end, in which the camera stands."""
SCENES: Final = (("demo.toml", None), ("lung.toml", "front"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the table that the demonstration leaves."""

    what: str
    seconds: float


def demo(output: Path) -> int:
    """Show the demonstration; without a screen leave pictures and a film in `output`.

    Raises
    ------
    Refused
        Where the folder cannot be written.
    RenderError
        Where this machine cannot draw at all.
    """
    if has_screen():
        from metaviewer.app.loop import open_window

        try:
            return open_window((str(resources.scenes_dir() / "demo.toml"),))
        except RenderError as error:
            sys.stderr.write(f"metaviewer: {error}\n")
    return _without_a_screen(output)


def has_screen() -> bool:
    """Whether a window can be hoped for."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _without_a_screen(output: Path) -> int:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"the folder cannot be made ({error.strerror})"
        raise Refused(str(output), "path", reason, remedy="choose another with -o") from error
    steps: list[Step] = []
    loaded: list[str] = []
    with open_doors() as doors, open_context((64, 64), on_screen=False) as context:
        number = 0
        for name, _ in SCENES:
            started = time.monotonic()
            place = str(resources.scenes_dir() / name)
            wanted = Wanted(aspect=PICTURE_SIZE[0] / PICTURE_SIZE[1])
            opened = open_places(doors, (place,), wanted)
            check_shown(opened, (place,))
            steps.append(Step(what=f"load {name}", seconds=time.monotonic() - started))
            loaded += _loaded_lines(opened)
            state, library, _ = first_state(opened, wanted)
            shown = _Shown(state=state, library=library, feeds=opened.feeds)
            with open_stage(context, size=PICTURE_SIZE) as stage:
                for step in _pictures(stage, shown, output, number):
                    steps.append(step)
                    number += 1
                    write(f"{step.what}  {step.seconds:.1f} s\n", sys.stdout)
                if name == "demo.toml":
                    film = output / "flight.mp4"
                    started = time.monotonic()
                    count = _film(stage, shown, film)
                    steps.append(Step(what=str(film), seconds=time.monotonic() - started))
                    write(f"{film}  {count} frames\n", sys.stdout)
    write(_table(loaded, steps), sys.stdout)
    return 0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Shown:
    """A loaded scene with its feeds."""

    state: State
    library: Library
    feeds: tuple[Feed, ...]


def _pictures(stage: Stage, shown: _Shown, output: Path, first: int) -> Iterator[Step]:
    """One picture a camera of the scene, numbered."""
    before: State | None = None
    for number, named in enumerate(shown.state.cameras, start=first + 1):
        started = time.monotonic()
        after = _seen_from(shown.state, named.camera)
        _sync(stage, before, after, shown, DEMO_MOMENT_S)
        stage.draw()
        place = output / f"{number:02d}-{_file_word(named.name)}.png"
        write_png(place, stage.picture())
        before = after
        yield Step(what=str(place), seconds=time.monotonic() - started)


def _film(stage: Stage, shown: _Shown, place: Path) -> int:
    """A flight past the scene's cameras in their order, live state and all."""
    frame_count = round(FILM_S * FILM_RATE_HZ)
    stage.quality = INTERACTIVE
    stage.resize(FILM_SIZE)
    frames = _frames(stage, shown, frame_count)
    width, height = FILM_SIZE
    return write_film(place, frames, width=width, height=height, rate_hz=FILM_RATE_HZ)


def _frames(stage: Stage, shown: _Shown, count: int) -> Iterator[NDArray[np.uint8]]:
    before = _seen_from(shown.state, shown.state.cameras[-1].camera)
    for number in range(count):
        camera = _on_the_way(shown.state, number / (count - 1))
        after = _seen_from(shown.state, camera)
        _sync(stage, before, after, shown, DEMO_MOMENT_S + number / FILM_RATE_HZ)
        stage.draw()
        before = after
        yield stage.picture()


def _on_the_way(state: State, share: float) -> Camera:
    """Camera of a flight through all named cameras; `share` runs from 0 to 1.

    It rests at the first and at the last, so that both are seen and not only passed.
    """
    cameras = [named.camera for named in state.cameras]
    if len(cameras) == 1:
        return cameras[0]
    flown = (share - REST_SHARE) / (1.0 - 2.0 * REST_SHARE)
    at = min(max(flown, 0.0), 1.0) * (len(cameras) - 1)
    leg = min(int(at), len(cameras) - 2)
    return between(cameras[leg], cameras[leg + 1], share=at - leg)


def _sync(stage: Stage, before: State | None, after: State, shown: _Shown, moment_s: float) -> None:
    live = twin.read(shown.feeds, at=moment_s, now_s=moment_s) if shown.feeds else None
    stage.sync(before, after, shown.library, live, now_s=moment_s)


def _seen_from(state: State, camera: Camera) -> State:
    views: tuple[View, ...] = tuple(
        replace(view, camera=camera) if view.kind == "space" else view for view in state.views
    )
    return replace(state, views=views)


def _file_word(name: str) -> str:
    kept = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return kept.strip("-") or "view"


def _loaded_lines(opened: Opened) -> list[str]:
    return [
        f"  {finding.kind:13} {Path(finding.path).name:32} {finding.status}"
        for finding in opened.findings
        if finding.kind != "scene"
    ]


def _table(loaded: list[str], steps: list[Step]) -> str:
    rows = [f"  {step.what:48} {step.seconds:7.1f} s" for step in steps]
    total = sum(step.seconds for step in steps)
    lines = ["", "loaded", *loaded, "", "steps", *rows, f"  {'all':48} {total:7.1f} s", ""]
    return "\n".join(lines)
