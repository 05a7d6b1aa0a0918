"""The one loop: intents in, commands, one State, one frame out."""

from __future__ import annotations

from typing import Final

from metaviewer.app.background import Background
from metaviewer.app.clock import now_s as clock_s
from metaviewer.app.compose import lookup_of
from metaviewer.app.doors import open_doors
from metaviewer.app.drawing import Drawn, Frame
from metaviewer.app.effects import Effects
from metaviewer.app.headset import Headset
from metaviewer.app.last_session import Session, next_steps
from metaviewer.app.told import content_of
from metaviewer.app.turn import Turn, turned
from metaviewer.desktop import (
    OpenDialog,
    Polled,
    WindowSeat,
    has_dialogs,
    open_file_dialog,
    open_folder_dialog,
    when_screen_is_lost,
)
from metaviewer.interact import Lookup
from metaviewer.jobs import Jobs
from metaviewer.panels import Phrase, say
from metaviewer.render import Stage, open_context, open_stage
from metaviewer.scene import (
    Action,
    Camera,
    Chosen,
    Command,
    Intent,
    OpenPlaces,
    Quit,
    SavePicture,
    SaveScene,
    State,
    View,
    ViewId,
)
from metaviewer.units import LengthUnit

WINDOW_SIZE: Final = (1440, 900)
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
        Files, folders, zips and scene files; none opens an empty window.
    unit : "mm", "cm", "m", "in", "ft" or None
        Length unit for files that state none.

    Raises
    ------
    RenderError
        Where no window can be opened.
    """
    open_window(places, unit=unit)


def open_window(
    places: tuple[str, ...], *, unit: LengthUnit | None = None, in_headset: bool = False
) -> int:
    """Show places in a window until it is closed; return the exit code.

    Parameters
    ----------
    in_headset : bool
        Enter the headset as well, as soon as one answers.

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
            opening = (OpenPlaces(places=places, unit=unit),) if places else ()
            try:
                with Session(jobs) as session, Headset(context, is_wished=in_headset) as headset:
                    when_screen_is_lost(session.leave)
                    _run(seat, stage, Effects(doors, jobs, bench), session, headset, opening)
            finally:
                seat.close()
    return 0


def _run(
    seat: WindowSeat,
    stage: Stage,
    effects: Effects,
    session: Session,
    headset: Headset,
    actions: tuple[Action, ...],
) -> None:
    """Turn by turn until the person leaves; `actions` are what they asked for to begin with."""
    turn, drawn = Turn(state=EMPTY), Drawn()
    lookup: Lookup = {}
    dialog: OpenDialog | None = None
    steps: tuple[Command, ...] = ()
    last_s = clock_s()
    while seat.is_open and not effects.wants_to_quit:
        now_s = clock_s()
        content = content_of(
            turn.state,
            lookup,
            effects,
            offers_last_session=session.offers_last,
            is_in_headset=headset.is_wished,
        )
        seconds, last_s = now_s - last_s, now_s
        polled = seat.poll(stage, content, now_s=now_s, seconds=seconds)
        dialog, answered = _dialogs(dialog, polled, turn.state, effects)
        before = turn.state
        if any(wish.kind == "go_on" for wish in polled.pressed.wishes):
            effects.begin_anew()
            turn, steps = Turn(state=EMPTY), session.go_on()
        replayed, steps = next_steps(steps, is_waiting=effects.is_waiting)
        results = effects.poll(turn.state, aspect=seat.aspect)
        intents: tuple[Intent, ...] = (
            *polled.intents,
            *_seat_intents(polled, effects, session),
            *answered,
            *(Chosen(action=action) for action in actions),
        )
        actions = ()
        _enter_or_leave(headset, polled)
        headset.turn(effects, turn.state, now_s=now_s)
        with headset.frame(now_s=now_s):
            intents += headset.intents(turn, stage, seconds=seconds)
            turn = turned(turn, intents, lookup, now_s=now_s, results=results, replayed=replayed)
            _write_down(session, turn, effects, now_s=now_s)
            for refusal in turn.refusals:
                effects.note(refusal)
            effects.carry_out(turn.effects, turn.state)
            if turn.state.items is not before.items:
                lookup = lookup_of(turn.state.items, effects.library)
            frame = Frame(state=turn.state, polled=polled, now_s=now_s)
            drawn = headset.draw(seat, stage, effects, frame, drawn)


def _enter_or_leave(headset: Headset, polled: Polled) -> None:
    if "h" in polled.seat_keys or any(wish.kind == "headset" for wish in polled.pressed.wishes):
        headset.toggle()


def _write_down(session: Session, turn: Turn, effects: Effects, *, now_s: float) -> None:
    """What was done in this turn, for the session after a crash."""
    ended = tuple(Command(action=load, when_s=now_s) for load in effects.ended_loads())
    session.keep((*ended, *turn.commands), now_s=now_s)
    if session.has_news_of_loss():
        effects.note(Phrase(key="journal_lost"))


def _seat_intents(polled: Polled, effects: Effects, session: Session) -> tuple[Intent, ...]:
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
        elif wish.kind == "let_go":
            session.let_go()
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
            effects.note(Phrase(key="no_dialogs"))
            return None, ()
        title = say(state.language, "open_file" if wants_file else "open_folder")
        dialog = (open_file_dialog if wants_file else open_folder_dialog)(title)
    if dialog is None:
        return None, ()
    chosen = dialog.answer()
    if chosen is None:
        return dialog, ()
    return None, (Chosen(action=OpenPlaces(places=chosen)),) if chosen else ()
