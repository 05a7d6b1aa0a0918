"""What the program does outside the State: load, save, ask. Results come back as Commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from metaviewer import building
from metaviewer.app.background import Background
from metaviewer.app.compose import SLICES_WIDTH, camera_for, views_for
from metaviewer.app.doors import Doors
from metaviewer.app.finding import grouped, place_said, sentence_said
from metaviewer.app.recent import recent_places, remember
from metaviewer.app.scene_saving import Origin, Origins, save_scene, scene_document
from metaviewer.app.session import Opened, Wanted, open_places
from metaviewer.building import Building
from metaviewer.errors import MetaviewerError, one_line
from metaviewer.jobs import Job, JobId, Jobs, Report
from metaviewer.panels import Phrase, Progress
from metaviewer.picture import write_png
from metaviewer.render import Stage
from metaviewer.scene import (
    Action,
    AskSecondPatient,
    DataId,
    Effect,
    Item,
    ItemId,
    Library,
    NameCamera,
    OpenPlaces,
    PlaceItem,
    Quit,
    SavePicture,
    SaveScene,
    SetOptions,
    SetViews,
    State,
    View,
)
from metaviewer.scene.scene_file import FeedEntry
from metaviewer.twin import Feed

NOTES_MAX = 6
PropertySets = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
ElementKey = tuple[DataId, int]
"""Whose element, and its row."""


class Effects:
    """Carries out effects in the background and keeps what is no State: data, feeds, questions.

    One writer: the loop's thread. Work that reads files runs in jails, waited for by jobs.
    """

    def __init__(self, doors: Doors, jobs: Jobs, bench: Background) -> None:
        self._doors = doors
        self._jobs = jobs
        self.bench = bench
        self._loads: dict[JobId, OpenPlaces] = {}
        self._ended: tuple[OpenPlaces, ...] = ()
        self._property_job: tuple[JobId, ElementKey] | None = None
        self._progress: tuple[Progress, ...] = ()
        self.library = Library()
        self.sources: dict[DataId, str] = {}
        self._origins: dict[DataId, Origin] = {}
        self.feeds: tuple[Feed, ...] = ()
        self._feed_entries: tuple[FeedEntry, ...] = ()
        self.questions: tuple[Item, ...] = ()
        self.notes: tuple[str | Phrase, ...] = ()
        self.properties: dict[ElementKey, PropertySets] = {}
        self.recent = recent_places()
        self.wants_to_quit = False
        self._pictures: tuple[str, ...] = ()

    @property
    def progress(self) -> tuple[Progress, ...]:
        """Loads under way."""
        return self._progress

    @property
    def is_waiting(self) -> bool:
        """Whether something that was opened does not stand in the scene yet."""
        return bool(self._loads or self.questions)

    def ended_loads(self) -> tuple[OpenPlaces, ...]:
        """Loads that ended since the last call, each with the names of its items."""
        ended, self._ended = self._ended, ()
        return ended

    def begin_anew(self) -> None:
        """Drop all data and every load: another session comes in its place."""
        for job in self._loads:
            self._jobs.cancel(job)
        self._loads, self._progress, self.questions = {}, (), ()
        self.library, self.sources, self.properties = Library(), {}, {}
        self._origins, self._property_job = {}, None
        self.feeds, self._feed_entries = (), ()

    def carry_out(self, effects: Sequence[Effect], state: State) -> None:
        """Begin or do what the effects say; a fault becomes a note, never an exception."""
        for effect in effects:
            try:
                self._one(effect, state)
            except MetaviewerError as error:
                self.note(str(error))

    def poll(self, state: State, *, aspect: float) -> tuple[Action, ...]:
        """Actions that finished work asks for."""
        actions: list[Action] = []
        progress: list[Progress] = []
        for job in self._jobs.poll():
            self.bench.take(job)
            if not job.is_over:
                if job.id in self._loads:
                    progress.append(
                        Progress(number=int(job.id), title=job.title, fraction=job.fraction)
                    )
            elif job.id in self._loads:
                actions.extend(self._loaded(job, state, aspect))
            elif self._property_job is not None and job.id == self._property_job[0]:
                if job.error is not None:
                    self.note(str(job.error))
                self.properties[self._property_job[1]] = job.result or ()
                self._property_job = None
        self._progress = tuple(progress)
        return tuple(actions)

    def cancel(self, number: int) -> None:
        """Stop a load; what it had read so far is dropped."""
        self._jobs.cancel(JobId(number))

    def answer_second_patient(self, *, together: bool) -> tuple[Action, ...]:
        """What the person said to the question that stands first."""
        if not self.questions:
            return ()
        first, self.questions = self.questions[0], self.questions[1:]
        if not together:
            patient = first.patient
            self.questions = tuple(item for item in self.questions if item.patient != patient)
            return ()
        return (PlaceItem(item=first, confirmed=True),)

    def save_pictures(self, stage: Stage) -> None:
        """Write what the stage shows, as often as it was asked for; called when it is fine."""
        wanted, self._pictures = self._pictures, ()
        for wish in wanted:
            place = _free_place(wish, "picture", ".png")
            try:
                write_png(place, stage.picture())
            except MetaviewerError as error:
                self.note(str(error))
            else:
                self.note(Phrase(key="saved", place=str(place)))

    def note(self, words: str | Phrase) -> None:
        """Tell the person something in one line."""
        self.notes = (*self.notes, words)[-NOTES_MAX:]

    def ask_properties(self, item: Item, row: int) -> PropertySets | None:
        """Property sets of one element; None while they are read, once, in the background."""
        key = (item.data_id, row)
        if key in self.properties or self._property_job is not None:
            return self.properties.get(key)
        source, found = self.sources.get(item.data_id), element_row(self.library, item, row)
        if source is None or found is None:
            return None
        table = found[0].elements
        work = partial(
            _property_sets,
            self._doors,
            Path(source),
            table.global_ids[row],
            int(table.step_ids[row]),
        )
        self._property_job = (self._jobs.submit("properties", work), key)
        return None

    def _one(self, effect: Effect, state: State) -> None:
        match effect:
            case OpenPlaces():
                self._open(effect)
            case AskSecondPatient():
                self.questions = (*self.questions, effect.item)
            case SaveScene():
                place = _free_place(effect.place, "scene", ".toml")
                save_scene(place, self._document(state, place.parent))
                self._remember(str(place))
                self.note(Phrase(key="saved", place=str(place)))
            case SavePicture():
                self._pictures = (*self._pictures, effect.place)
            case Quit():
                self.wants_to_quit = True

    def _remember(self, place: str) -> None:
        remember(place)
        self.recent = recent_places()

    def _open(self, effect: OpenPlaces) -> None:
        title = ", ".join(Path(place).name or place for place in effect.places)
        work = partial(_opened, self._doors, effect)
        self._loads[self._jobs.submit(title, work)] = effect

    def _loaded(self, job: Job, state: State, aspect: float) -> list[Action]:
        load = self._loads.pop(job.id)
        ended = replace(load, names=())
        if job.error is not None:
            self.note(str(job.error))
        if job.state != "done":
            self._ended = (*self._ended, ended)
            return []
        opened: Opened = job.result
        for group in grouped(opened.refused):
            place = group[0].path if len(group) == 1 else place_said(group[0].path, load.places)
            self.note(one_line(f"{place}: {sentence_said(group, place)}"))
        actions = self._joined(opened, state, aspect, load=job.id, names=load.names or ())
        names = tuple(action.item.id for action in actions if isinstance(action, PlaceItem))
        self._ended = (*self._ended, replace(ended, names=names))
        if opened.parts:
            for place in load.places:
                self._remember(place)
        return actions

    def _joined(
        self,
        opened: Opened,
        state: State,
        aspect: float,
        *,
        load: int,
        names: Sequence[ItemId],
    ) -> list[Action]:
        """Items under free names, their data in the library, and a view if there was none.

        They get the `names` of an earlier load where there are as many: what was done to the
        items then is done to these.
        """
        if not opened.parts:
            return []
        taken = {item.id for item in state.items} | {question.id for question in self.questions}
        renamed: dict[ItemId, ItemId] = {}
        items: list[Item] = []
        placed = [part.item.id for part in opened.parts if not part.is_left_out]
        wished = dict(zip(placed, names, strict=True)) if len(names) == len(placed) else {}
        for part in opened.parts:
            name = _free_id(wished.get(part.item.id, part.item.id), taken)
            taken.add(name)
            renamed[part.item.id] = name
            data_id = DataId(name)
            anchor = renamed.get(part.item.anchor) if part.item.anchor is not None else None
            if not part.is_left_out:
                items.append(replace(part.item, id=name, data_id=data_id, anchor=anchor))
            self.library = self.library.with_datum(data_id, part.datum)
            self.sources[data_id] = part.source
            self._origins[data_id] = Origin(
                place=part.source,
                load=load,
                entry=part.entry,
                unit=part.unit,
                number=part.number,
                siblings=part.siblings,
            )
        self.feeds = (*self.feeds, *opened.feeds)
        if opened.scene is not None:
            self._feed_entries = (*self._feed_entries, *opened.scene.feeds)
        actions: list[Action] = [PlaceItem(item=item) for item in items]
        actions.extend(NameCamera(camera=camera) for camera in opened.cameras)
        if not state.items:
            views = _views_of(opened, renamed) or self._first_views(opened, items, aspect)
            actions += [SetViews(views=views), SetOptions(title=opened.title)]
            actions += opened.scene.settings if opened.scene is not None else ()
        return actions

    def _first_views(
        self, opened: Opened, items: Sequence[Item], aspect: float
    ) -> tuple[View, ...]:
        """The views a scene begins with; beside a patient in a building there are no slices."""
        has_slices = opened.scene is None or all(item.kind != "building" for item in items)
        wanted = None if opened.scene is None else opened.scene.first_camera
        named = [one for one in opened.cameras if wanted in (None, one.name)]
        if named:
            camera = named[0].camera
        else:
            has_volume = any(item.kind == "volume" for item in items)
            seen = aspect * (1.0 - SLICES_WIDTH) if has_slices and has_volume else aspect
            camera = camera_for(items, self.library, word=None, aspect=seen)
        return views_for(items, self.library, camera, with_slices=has_slices)

    def _document(self, state: State, folder: Path) -> dict[str, Any]:
        origins = Origins(of=self._origins, feeds=self._feed_entries)
        return scene_document(state, self.library, origins, folder)


def _views_of(opened: Opened, renamed: Mapping[ItemId, ItemId]) -> tuple[View, ...]:
    """The layout that a scene was saved with, where all that it shows is there."""
    views = () if opened.scene is None else opened.scene.views
    if any(view.kind != "space" and view.slice_volume not in renamed for view in views):
        return ()
    return tuple(
        replace(view, slice_volume=renamed[view.slice_volume]) if view.slice_volume else view
        for view in views
    )


def _opened(doors: Doors, effect: OpenPlaces, report: Report) -> Opened:
    wanted = Wanted(unit=effect.unit, on_progress=report.progress)
    return open_places(doors, effect.places, wanted)


def _property_sets(
    doors: Doors, place: Path, global_id: str, step_id: int, report: Report
) -> PropertySets:
    del report
    sets: dict[str, list[tuple[str, str]]] = {}
    rows = building.properties(doors.building, place, global_id, step_id=step_id)
    for name, key, value in rows:
        sets.setdefault(name, []).append((key, value))
    return tuple((name, tuple(rows)) for name, rows in sets.items())


def _free_place(place: str, stem: str, suffix: str) -> Path:
    """The place that was named, else a new file in the folder the program was started in."""
    if place:
        return Path(place)
    number = 1
    while (Path.cwd() / f"{stem}-{number}{suffix}").exists():
        number += 1
    return Path.cwd() / f"{stem}-{number}{suffix}"


def _free_id(name: ItemId, taken: set[ItemId]) -> ItemId:
    free, number = name, 1
    while free in taken:
        number += 1
        free = ItemId(f"{name}-{number}")
    return free


def element_row(library: Library, item: Item, element: int) -> tuple[Building, int] | None:
    """The building and row of a picked element, None where it has none."""
    datum = library.get(item.data_id)
    if not isinstance(datum, Building) or not 0 <= element < len(datum.elements):
        return None
    return datum, element
