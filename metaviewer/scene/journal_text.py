"""What a journal says: its lines, what of a command stands in them, and what brings it back."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import Final

from metaviewer.errors import Refused
from metaviewer.scene.command import (
    Action,
    Command,
    MoveItem,
    OpenPlaces,
    PlaceItem,
    Quit,
    SavePicture,
    SaveScene,
    SetBadges,
    SetCamera,
    SetClip,
    SetLook,
    SetOptions,
    SetSlice,
    SetViews,
)
from metaviewer.scene.wire import command_from, text_of

NOT_KEPT: Final = (SavePicture, SaveScene, Quit, PlaceItem, SetViews, SetBadges)
"""What would write files again or end the program, and what a load brings by itself: the titles
and tokens of its items stay out of the file."""
OVERTAKEN: Final = (SetCamera, SetSlice)
"""No undo comes back to these: only the last one of each view counts."""


def commands_in(content: bytes) -> tuple[tuple[Command, ...], int]:
    """Commands of the whole lines at the head of `content`, and how many bytes those are."""
    commands: list[Command] = []
    size = 0
    for line in content.splitlines(keepends=True):
        try:
            length, crc, text = line.removesuffix(b"\n").split(b" ", 2)
            if int(length) != len(text) or int(crc, 16) != zlib.crc32(text) or line[-1:] != b"\n":
                break
            commands.append(command_from(text.decode()))
        except (ValueError, Refused):
            break
        size += len(line)
    return tuple(commands), size


def line_of(one: Command) -> bytes:
    """Length, checksum and text of a command."""
    text = text_of(one).encode()
    return b"%d %08x %b\n" % (len(text), zlib.crc32(text), text)


def kept(one: Command) -> Command | None:
    """What of a command is written: paths stand on their own, words of a scene stay out."""
    action = one.action
    if isinstance(action, NOT_KEPT):
        return None
    if isinstance(action, OpenPlaces):
        places = tuple(os.path.abspath(place) for place in action.places)
        return replace(one, action=replace(action, places=places))
    if isinstance(action, SetOptions):
        action = replace(action, title=None)
        return None if action == SetOptions() else replace(one, action=action)
    return one


def is_of_a_run(one: Command) -> bool:
    """Whether more of the same is to be expected: it is written when that is over."""
    return isinstance(one.action, OVERTAKEN) or bool(one.gesture)


def merged_with(before: Command, after: Command) -> Command | None:
    """Both as one command, where they are steps of one gesture; None where they are not."""
    if _target(before.action) != _target(after.action) or before.gesture != after.gesture:
        return None
    if isinstance(after.action, SetSlice):
        return replace(after, action=_merged_slices(before.action, after.action))
    if isinstance(after.action, SetCamera):
        return after
    if isinstance(after.action, SetLook | MoveItem | SetClip) and after.gesture:
        return after
    return None


def compacted(commands: Iterable[Command]) -> tuple[Command, ...]:
    """The same deeds in fewer commands: steps of a gesture as one, cameras only where they rest."""
    found = list(_joined(commands))
    later: dict[object, Command] = {}
    rest: list[Command] = []
    for one in reversed(found):
        if not isinstance(one.action, OVERTAKEN):
            rest.append(one)
            continue
        target = _target(one.action)
        last = later.get(target)
        if last is None:
            rest.append(one)
            later[target] = one
        elif isinstance(one.action, SetSlice):
            assert isinstance(last.action, SetSlice)
            merged = replace(last, action=_merged_slices(one.action, last.action))
            rest[rest.index(last)] = later[target] = merged
    return tuple(reversed(rest))


def resumed(commands: Iterable[Command]) -> tuple[Command, ...]:
    """What brings a session back: each load where it ended, those that did not end come last.

    A load is written twice: as it began, and with the names of its items as it ended; with none it
    brought nothing, or was cancelled.
    """
    steps: list[Command] = []
    for one in commands:
        action = one.action
        if isinstance(action, OpenPlaces) and action.names is not None:
            begun = replace(action, names=None)
            began = next((step for step in steps if step.action == begun), None)
            if began is not None:
                steps.remove(began)
                steps += [one] if action.names else []
            continue
        # A gesture of then is none of now, though both are the first drag of a session.
        steps.append(replace(one, gesture=one.gesture and f"last-{one.gesture}"))
    return tuple(sorted(steps, key=_is_unended))


def is_worth_offering(commands: Iterable[Command]) -> bool:
    """Whether a person would want it back: something was opened."""
    return any(isinstance(one.action, OpenPlaces) for one in resumed(commands))


def _is_unended(one: Command) -> bool:
    return isinstance(one.action, OpenPlaces) and one.action.names is None


def _joined(commands: Iterable[Command]) -> Iterator[Command]:
    """Yield commands, neighbours of one gesture as one."""
    last: Command | None = None
    for one in commands:
        merged = None if last is None else merged_with(last, one)
        if merged is None and last is not None:
            yield last
        last = merged or one
    if last is not None:
        yield last


def _target(action: Action) -> tuple[object, ...]:
    """What an action concerns: its kind, and the view or item."""
    return type(action), getattr(action, "view", None), getattr(action, "item", None)


def _merged_slices(before: Action, after: SetSlice) -> SetSlice:
    """One action for two: what the second leaves as it is, the first said."""
    said = {field.name: getattr(before, field.name) for field in fields(after)}
    given = {field.name: getattr(after, field.name) for field in fields(after)}
    return SetSlice(**{name: said[name] if given[name] is None else given[name] for name in given})
