"""From places to a State and its Library: what every seat starts from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from metaviewer.app.compose import (
    Part,
    camera_for,
    parts_of,
    placing,
    views_for,
    with_building_origins,
)
from metaviewer.app.doors import Doors
from metaviewer.app.feeds import feeds_of
from metaviewer.app.finding import Finding
from metaviewer.app.reading import is_scene_file
from metaviewer.app.reading_together import Wish, read_together
from metaviewer.app.scene_reading import ReadScene, read_scene
from metaviewer.medical import Volume, preset_names
from metaviewer.scene import (
    EYE_DIRECTIONS,
    Camera,
    Command,
    Item,
    Library,
    NamedCamera,
    SetViews,
    State,
    VolumeLook,
    apply_all,
)
from metaviewer.twin import Feed
from metaviewer.units import LengthUnit


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Opened:
    """What came of opening places, before it is shown.

    Parameters
    ----------
    findings : tuple of Finding
        All that was found, refused ones too.
    """

    findings: tuple[Finding, ...] = ()
    parts: tuple[Part, ...] = ()
    cameras: tuple[NamedCamera, ...] = ()
    feeds: tuple[Feed, ...] = ()
    title: str = ""
    scene: ReadScene | None = None

    @property
    def refused(self) -> tuple[Finding, ...]:
        """Findings that were not taken in."""
        return tuple(finding for finding in self.findings if finding.status == "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How places are to be opened and first seen."""

    unit: LengthUnit | None = None
    preset: str | None = None
    camera: str | None = None
    aspect: float = 4.0 / 3.0
    with_slices: bool = False
    on_progress: Callable[[float], None] = field(default=lambda share: None)


def open_places(doors: Doors, places: Sequence[str], wanted: Wanted) -> Opened:
    """Read all places into one scene; scene files bring their own cameras and feeds."""
    findings: list[Finding] = []
    scenes: list[ReadScene] = []
    named = [place for place in places if is_scene_file(place)]
    others = [place for place in places if not is_scene_file(place)]
    steps = len(named) + bool(others)
    for number, place in enumerate(named):
        step = _step(wanted.on_progress, number, steps)
        scene = read_scene(doors, Path(place), on_progress=step)
        scenes.append(scene)
        findings.extend(scene.findings)
    if others:
        wishes = [Wish(place=place, unit=wanted.unit) for place in others]
        step = _step(wanted.on_progress, steps - 1, steps)
        for found in read_together(doors, wishes, on_progress=step):
            findings.extend(found)
    loose = [finding for finding in findings if not _is_of(finding, scenes)]
    staged = tuple(part for scene in scenes for part in scene.parts)
    parts = with_building_origins(parts_of(loose))
    parts = tuple(replace(part, unit=wanted.unit) for part in parts)
    return Opened(
        findings=tuple(findings),
        parts=tuple(_with_preset(part, wanted.preset) for part in (*staged, *parts)),
        cameras=tuple(camera for scene in scenes for camera in scene.cameras),
        feeds=feeds_of(
            [entry for scene in scenes for entry in scene.feeds],
            [(part.item.id, part.datum) for part in (*staged, *parts)],
        ),
        title=next((scene.title for scene in scenes if scene.title), ""),
        scene=scenes[0] if scenes else None,
    )


def first_state(opened: Opened, wanted: Wanted) -> tuple[State, Library, tuple[Item, ...]]:
    """The State a seat begins with, its Library, and items of a second patient that must be asked.

    Nobody is asked here: an item of a second patient stays out and is returned.
    """
    library = Library()
    for part in opened.parts:
        library = library.with_datum(part.item.data_id, part.datum)
    start = State(cameras=opened.cameras, title=opened.title)
    commands = [Command(action=action) for action in placing(opened.parts)]
    state, effects, _ = apply_all(start, commands)
    held_back = tuple(effect.item for effect in effects if hasattr(effect, "item"))
    camera = _first_camera(state, library, opened, wanted)
    views = views_for(state.items, library, camera, with_slices=wanted.with_slices)
    settings = [Command(action=SetViews(views=views))]
    if opened.scene is not None:
        settings += [Command(action=action) for action in opened.scene.settings]
    state, _, _ = apply_all(state, settings)
    # What a scene begins with is not a step that undo takes back.
    return replace(state, past=(), future=()), library, held_back


def _first_camera(state: State, library: Library, opened: Opened, wanted: Wanted) -> Camera:
    name = wanted.camera
    if name is None and opened.scene is not None:
        name = opened.scene.first_camera
    named = next((one.camera for one in state.cameras if one.name == name), None)
    if named is not None:
        return named
    word = name if name in EYE_DIRECTIONS else None
    if word is None and name is None and state.cameras:
        return state.cameras[0].camera
    return camera_for(state.items, library, word=word, aspect=wanted.aspect)


def _with_preset(part: Part, preset: str | None) -> Part:
    """The same part in the look asked for, where it suits: of PET on CT one takes "bone"."""
    look = part.item.look
    if not isinstance(look, VolumeLook) or not isinstance(part.datum, Volume):
        return part
    if preset not in preset_names(part.datum):
        return part
    return replace(part, item=replace(part.item, look=replace(look, preset=preset)))


def _is_of(finding: Finding, scenes: Sequence[ReadScene]) -> bool:
    return any(finding is own for scene in scenes for own in scene.findings)


def _step(on_progress: Callable[[float], None], number: int, count: int) -> Callable[[float], None]:
    return lambda share: on_progress((number + share) / count)
