"""One turn of the loop, pure: what was meant becomes the next State and what is left to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from metaviewer.app.flight import Flight, begun, flown
from metaviewer.interact import Lookup, Tools, step
from metaviewer.scene import (
    Action,
    Chosen,
    Command,
    Effect,
    Intent,
    Key,
    Press,
    SetCamera,
    State,
    apply_all,
)

JUMPS: Final = (Key, Chosen, Press)
"""Intents that put a camera elsewhere at once: it is flown there. The others move it by hand."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Turn:
    """Where the loop stands.

    Parameters
    ----------
    commands : tuple of Command
        What the person did in this turn.
    effects, refusals : tuple
        What this turn left to do, and what it could not do.
    """

    state: State
    tools: Tools = field(default_factory=Tools)
    flight: Flight | None = None
    commands: tuple[Command, ...] = ()
    effects: tuple[Effect, ...] = ()
    refusals: tuple[str, ...] = ()


def turned(
    before: Turn,
    intents: Iterable[Intent],
    lookup: Lookup,
    *,
    now_s: float,
    results: Iterable[Action] = (),
    replayed: Iterable[Command] = (),
) -> Turn:
    """The next turn. Each intent meets the State that the one before it left.

    Two notches of the wheel within one slow frame are two steps, not one.

    Parameters
    ----------
    results : iterable of Action
        Of work that was begun earlier: done, but by no person.
    replayed : iterable of Command
        Of an earlier session, done before. Where a file of it is gone, what was done to it is
        passed over: that the file is gone is said already.
    """
    turn = replace(before, commands=(), effects=(), refusals=())
    turn = replace(_applied(turn, replayed), refusals=())
    turn = _applied(turn, [Command(action=action, when_s=now_s) for action in results])
    turn = replace(turn, commands=())
    for intent in intents:
        tools, commands = step(turn.state, turn.tools, (intent,), lookup)
        turn = replace(turn, tools=tools)
        moves = [command for command in commands if isinstance(command.action, SetCamera)]
        if moves and isinstance(intent, JUMPS):
            commands = tuple(command for command in commands if command not in moves)
            turn = _departed(turn, moves[-1].action, now_s=now_s)
        elif moves:
            turn = replace(turn, flight=None)
        turn = _applied(turn, commands)
    if turn.flight is None:
        return turn
    flight, action = flown(turn.flight, now_s=now_s)
    return _applied(replace(turn, flight=flight), (Command(action=action, when_s=now_s),))


def _departed(turn: Turn, action: object, *, now_s: float) -> Turn:
    assert isinstance(action, SetCamera)
    return replace(turn, flight=begun(turn.state, action, now_s=now_s))


def _applied(turn: Turn, commands: Iterable[Command]) -> Turn:
    commands = tuple(commands)
    state, effects, refusals = apply_all(turn.state, commands)
    return replace(
        turn,
        state=state,
        commands=(*turn.commands, *commands),
        effects=(*turn.effects, *effects),
        refusals=(*turn.refusals, *refusals),
    )
