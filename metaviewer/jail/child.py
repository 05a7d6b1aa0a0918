"""What a forked child does: lock itself, run one reader, answer once, end."""

from __future__ import annotations

import mmap
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from metaviewer.errors import Refused
from metaviewer.jail.answer import class_name
from metaviewer.jail.child_door import ChildDoor
from metaviewer.jail.door import Arrays
from metaviewer.jail.limits import Limits
from metaviewer.jail.locks import end_with_parent, lock
from metaviewer.jail.packing import Table, unpacked
from metaviewer.jail.readers import find
from metaviewer.jail.wire import plain, send, take_json

REASON_LENGTH_MAX: Final = 300


def serve(*, parent_pid: int, reply: int, request: int, input_: int | None) -> NoReturn:
    """Run one call in this process and end it.

    Parameters
    ----------
    parent_pid : int
        The zygote; when it ends, so does this process.
    reply, request : int
        Descriptors of the reply socket and of the request's memory.
    input_ : int or None
        Memory with the arrays of a call in the room of work.
    """
    try:
        end_with_parent(parent_pid)
        _close_all_but(reply, request, input_)
        _answer(socket.socket(fileno=reply), request, input_)
    finally:
        # Without destructors: the memory under the arrays is gone, and parsers may hang in theirs.
        os._exit(0)


def _answer(reply: socket.socket, request: int, input_: int | None) -> None:
    try:
        call = take_json(request)
        door = ChildDoor(reply)
        given = places(call) if input_ is None else _input(input_, call["arrays"])
        locks = lock(call["places"], Limits(**call["limits"]))
        send(reply, {"locks": locks})
        header, arrays = find(call["reader"])(given, call["arguments"], door)
        door.answer(header, arrays)
    except BaseException as error:  # noqa: BLE001 - worker boundary: whatever a parser raises
        _send_refusal(reply, refusal(error, of_parser=input_ is None))


def refusal(error: BaseException, *, of_parser: bool) -> dict[str, str]:
    """What crosses of an error: our own sentence, or a class name. Never a parser's text."""
    if isinstance(error, Refused):
        return {
            "place": plain(error.place, REASON_LENGTH_MAX),
            "word": error.word,
            "reason": plain(error.reason, REASON_LENGTH_MAX),
            "remedy": plain(error.remedy, REASON_LENGTH_MAX),
        }
    if isinstance(error, MemoryError):
        return {"word": "memory", "reason": "it needs more memory than one call may use"}
    name = class_name(error)
    if not of_parser:
        return {"word": "crash", "reason": f"the computation gave up ({name})"}
    reason = f"the parser gave up ({name})"
    return {"word": "parser", "reason": reason, "remedy": "export the file again"}


def places(call: Mapping[str, Any]) -> list[Path]:
    """The files and folders of a call."""
    return [Path(place) for place in call["places"]]


def _input(memory: int, table: Table) -> Arrays:
    """The arrays that the viewer sent along; writing to them changes this process alone."""
    size = os.fstat(memory).st_size
    return unpacked(mmap.mmap(memory, max(size, 1), flags=mmap.MAP_PRIVATE), table)


def _send_refusal(reply: socket.socket, fields: Mapping[str, str]) -> None:
    try:
        send(reply, {"refused": dict(fields)})
    except OSError:  # the viewer gave up waiting
        return


def _close_all_but(*kept: int | None) -> None:
    """Close what the zygote held: above all the reply sockets of other calls."""
    last = 2
    for descriptor in sorted(fd for fd in kept if fd is not None):
        os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, os.sysconf("SC_OPEN_MAX"))
