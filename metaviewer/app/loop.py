"""The one loop: intents in, commands, one State, one frame out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from metaviewer import twin
from metaviewer.app.background import Background
from metaviewer.app.clock import now_s as clock_s
from metaviewer.app.compose import lookup_of
from metaviewer.app.doors import open_doors
from metaviewer.app.effects import Effects
from metaviewer.app.governor import Governor, choose, learned
from metaviewer.app.told import content_of
from metaviewer.app.turn import Turn, turned
from metaviewer.desktop import (
    OpenDialog,
    Polled,
    WindowSeat,
    has_dialogs,
    open_file_dialog,
    open_folder_dialog,
)
from metaviewer.interact import Lookup
from metaviewer.jobs import Jobs
from metaviewer.panels import say
from metaviewer.render import Stage, open_context, open_stage
from metaviewer.scene import (
    Action,
    Camera,
    Chosen,
    Intent,
    OpenPlaces,
    Quit,
    SavePicture,
    SaveScene,
    State,
    View,
    ViewId,
)
from metaviewer.twin import Columns
from metaviewer.units import LengthUnit

WINDOW_SIZE: Final = (1440, 900)
FRAME_S: Final = 1.0 / 60.0
LIVE_STEP_S: Final = 0.5
"""How often live values are read."""
AGE_STEP_S: Final = 5.0
"""How often values that do not change are drawn anew, because they grow old."""
LIVE_SHARE: Final = 4.0
"""Live values redraw a standing picture no more often than this many times its cost."""

EMPTY: Final = State(
    views=(
        View(
            id=ViewId("space"),
            kind="space",
            camera=Camera(eye_m=(0.0, -2.0, 0.6), target_m=(0.0, 0.0, 0.0)),
        ),
    )
)


def open(*places: str, unit: LengthUnit | None = None) -> None:
    """Show places in a window until it is closed: `metaviewer.open("ct_folder")`.

    Parameters
    ----------
    *places : str
        Files, folders, zips and scene files; none opens an empty window to drop some into.
    unit : "mm", "cm", "m", "in", "ft" or None
        Length unit for files that state none.

    Raises
    ------
    RenderError
        Where no window can be opened.
    """
    open_window(places, unit=unit)


def open_window(places: tuple[str, ...], *, unit: LengthUnit | None = None) -> int:
    """Show places in a window until it is closed; return the exit code.

    Raises
    ------
    RenderError
        Where no window can be opened.
    """
    with open_doors() as doors, Jobs() as jobs:
        bench = Background(doors.workshop, jobs)
        context = open_context(WINDOW_SIZE, on_screen=True)
        with context, open_stage(context, size=WINDOW_SIZE, bench=bench) as stage:
            seat = WindowSeat(context)
            try:
                _run(seat, stage, Effects(doors, jobs, bench), places, unit)
            finally:
                seat.close()
    return 0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Drawn:
    """What the window shows now: of which State and values, since when, at what cost."""

    state: State | None = None
    live: Columns | None = None
    read_s: float = -1.0
    shown_s: float = -1.0
    cost_s: float = 0.0


def _run(
    seat: WindowSeat,
    stage: Stage,
    effects: Effects,
    places: tuple[str, ...],
    unit: LengthUnit | None,
) -> None:
    turn, governor, drawn = Turn(state=EMPTY), Governor(), _Drawn()
    lookup: Lookup = {}
    dialog: OpenDialog | None = None
    if places:
        effects.carry_out([OpenPlaces(places=places, unit=unit)], turn.state)
    last_s = clock_s()
    while seat.is_open and not effects.wants_to_quit:
        now_s = clock_s()
        content = content_of(turn.state, lookup, effects)
        polled = seat.poll(stage, content, now_s=now_s, seconds=now_s - last_s)
        last_s = now_s
        dialog, answered = _dialogs(dialog, polled, turn.state, effects)
        intents: tuple[Intent, ...] = (
            *polled.intents,
            *_seat_intents(polled, effects),
            *answered,
            *(Chosen(action=action) for action in effects.poll(turn.state, aspect=seat.aspect)),
        )
        before = turn.state
        turn = turned(turn, intents, lookup, now_s=now_s)
        for refusal in turn.refusals:
            effects.note(refusal)
        effects.carry_out(turn.effects, turn.state)
        if turn.state.items is not before.items:
            lookup = lookup_of(turn.state.items, effects.library)
        governor, drawn = _draw(
            seat, stage, effects, _Frame(turn=turn, polled=polled, now_s=now_s), (governor, drawn)
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Frame:
    """What one frame is drawn of."""

    turn: Turn
    polled: Polled
    now_s: float


def _draw(
    seat: WindowSeat,
    stage: Stage,
    effects: Effects,
    frame: _Frame,
    known: tuple[Governor, _Drawn],
) -> tuple[Governor, _Drawn]:
    """Draw the scene where it is another one, else the panels where they are, else wait."""
    governor, drawn = known
    now_s, state = frame.now_s, frame.turn.state
    is_new = state is not drawn.state or frame.polled.has_new_size
    is_new = (seat.is_seen and effects.bench.news()) or is_new
    live, read_s = drawn.live, drawn.read_s
    if now_s - read_s > max(LIVE_STEP_S, LIVE_SHARE * drawn.cost_s) or is_new:
        live, read_s = twin.read(effects.feeds, at=state.time_s, now_s=now_s), now_s
    governor, quality = choose(governor, now_s=now_s, is_new=is_new)
    is_due = live is not drawn.live or now_s - drawn.shown_s > AGE_STEP_S
    if quality is None and is_due and effects.feeds:
        quality = stage.quality  # values alone make no picture coarser than it is
    if quality is None and effects.wants_picture and governor.drawn_fine:
        effects.save_pictures(stage)
    if not seat.is_seen or (quality is None and not frame.polled.has_new_panels):
        time.sleep(FRAME_S)
        return governor, drawn
    if quality is None:
        seat.draw_panels(stage)
        return governor, drawn
    stage.quality = quality
    stage.sync(drawn.state, state, effects.library, live, now_s=now_s)
    started_s = clock_s()
    seat.draw(stage)
    cost_s = clock_s() - started_s
    if _holds_the_same(drawn.state, state):  # else the frame paid for uploads and new shaders too
        governor = learned(governor, quality=quality, cost_s=cost_s)
    if governor.drawn_fine:
        effects.save_pictures(stage)
    return governor, _Drawn(state=state, live=live, read_s=read_s, shown_s=now_s, cost_s=cost_s)


def _holds_the_same(before: State | None, after: State) -> bool:
    """Whether two States hold the same things, whatever their looks."""
    return before is not None and [one.id for one in before.items] == [
        one.id for one in after.items
    ]


def _seat_intents(polled: Polled, effects: Effects) -> tuple[Intent, ...]:
    """What the seat's own keys and the panels' wishes mean."""
    intents: list[Intent] = []
    keys: dict[str, Action] = {
        "f12": SavePicture(place=""),
        "control-s": SaveScene(place=""),
        "control-q": Quit(),
    }
    intents.extend(Chosen(action=keys[key]) for key in polled.seat_keys if key in keys)
    for wish in polled.pressed.wishes:
        if wish.kind == "cancel":
            effects.cancel(wish.number)
        elif wish.kind in ("confirm", "decline"):
            answers = effects.answer_second_patient(together=wish.kind == "confirm")
            intents.extend(Chosen(action=action) for action in answers)
        elif wish.kind == "dismiss":
            effects.notes = ()
    return tuple(intents)


def _dialogs(
    dialog: OpenDialog | None, polled: Polled, state: State, effects: Effects
) -> tuple[OpenDialog | None, tuple[Intent, ...]]:
    """Open, and ask, the system's file dialogs."""
    wishes = {wish.kind for wish in polled.pressed.wishes}
    wants_file = "dialog_file" in wishes or "control-o" in polled.seat_keys
    wants_folder = "dialog_folder" in wishes or "control-shift-o" in polled.seat_keys
    if (wants_file or wants_folder) and dialog is None:
        if not has_dialogs():
            effects.note(say(state.language, "no_dialogs"))
            return None, ()
        title = say(state.language, "open_file" if wants_file else "open_folder")
        dialog = (open_file_dialog if wants_file else open_folder_dialog)(title)
    if dialog is None:
        return None, ()
    chosen = dialog.answer()
    if chosen is None:
        return dialog, ()
    return None, (Chosen(action=OpenPlaces(places=chosen)),) if chosen else ()
