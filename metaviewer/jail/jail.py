"""The viewer's side of the jail: a call goes in, an `Answer` or one `Refused` comes out."""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

from metaviewer.closing import Closing
from metaviewer.errors import Refused
from metaviewer.jail.answer import Answer, Lie, NotFinite, refused_by_child, take_answer
from metaviewer.jail.call import (
    Call,
    check_still_wanted,
    ended,
    missing_layers,
    tell_progress,
    wrong_answer,
)
from metaviewer.jail.door import Json
from metaviewer.jail.limits import Limits
from metaviewer.jail.locks import LAYERS
from metaviewer.jail.packing import packed
from metaviewer.jail.readers import is_callable_in, room_called
from metaviewer.jail.wire import nameless_memory, put_json, receive, write_at
from metaviewer.jail.zygote_process import ZygoteGone, ZygoteProcess
from metaviewer.jobs import Cancelled

CANCEL_WITHIN_S: Final = 0.05
MESSAGE_COUNT_MAX: Final = 50_000  # twenty a second over the longest call
ATTEMPT_COUNT: Final = 2

CAN_FORK: Final = sys.platform == "linux" and all(
    hasattr(os, name) for name in ("fork", "memfd_create", "pidfd_open")
)
"""Whether zygotes work here. Elsewhere each call starts an interpreter; see `spawned.py`."""


class Jail(Closing):
    """The parsers of one room, behind bars. Every method may be called from any thread.

    Parameters
    ----------
    room : str
        A name of `limits.ROOMS`; another name gives a room without parsers.
    extra_readers : sequence of Path
        Python files whose functions may be called as `"<stem>:<function>"`: for tests.
    can_fork : bool
        Whether to keep a zygote. False starts an interpreter for each call.
    """

    def __init__(
        self, room: str, *, extra_readers: Sequence[Path] = (), can_fork: bool = CAN_FORK
    ) -> None:
        self.room = room
        self._extra = tuple(path.absolute() for path in extra_readers)
        self._can_fork = can_fork
        self._zygote: ZygoteProcess | None = None
        self._is_ready = False
        self._is_closed = False
        self._guard = threading.Lock()
        self._numbers = count(1)

    def __enter__(self) -> Jail:
        """Start the zygote and do not wait for it: several rooms import at the same time."""
        with self._guard:
            self._start()
        return self

    def close(self) -> None:
        """End the zygote; calls at work, and later ones, raise `Cancelled`."""
        with self._guard:
            self._is_closed = True
            if self._zygote is not None:
                self._zygote.close()
            self._zygote = None

    @property
    def zygote_pid(self) -> int | None:
        """Process number of the zygote, if one was started."""
        return None if self._zygote is None else self._zygote.pid

    def call(  # noqa: PLR0913 - one sentence: what to read, within what, and who listens
        self,
        reader: str,
        places: Sequence[Path],
        arguments: Mapping[str, Json] | None = None,
        *,
        limits: Limits | None = None,
        place: str = "",
        on_progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """What `reader` found in the files at `places`.

        Parameters
        ----------
        reader : str
            `"metaviewer.<room>.read_<what>:<function>"`.
        places : sequence of Path
            Files and folders; the child can read these, a folder with all below it, and no other.
        arguments : mapping, optional
            JSON values for the reader.
        limits : Limits, optional
            Instead of those of the room.
        place : str
            What the user named: how a refusal calls it.
        on_progress : callable, optional
            Told 0 to 1, in the calling thread.
        cancelled : callable, optional
            Asked every 50 ms, in the calling thread; True ends the child.

        Raises
        ------
        Refused
            If the files cannot be taken in, whatever the reason.
        Cancelled
            If `cancelled` said so, or the jail was closed.
        """
        assert is_callable_in(self.room, reader, extra=[path.stem for path in self._extra]), reader
        return self.run(
            Call(
                reader=reader,
                places=tuple(os.path.abspath(path) for path in places),
                arguments=arguments or {},
                limits=limits or room_called(self.room).limits,
                place=place or f"{self.room} file",
                on_progress=on_progress,
                cancelled=cancelled,
            )
        )

    def run(self, call: Call) -> Answer:
        """The answer to a call; see `Jail.call` and `Workshop.compute`."""
        if not self._can_fork:
            from metaviewer.jail.spawned import run_spawned

            return run_spawned(call, self.room, self._extra)
        for _ in range(ATTEMPT_COUNT):
            try:
                return self._attempt(self._ready_zygote(), call)
            except ZygoteGone:
                continue
        raise Refused(
            call.place, "jail", "the process that reads files ended twice", remedy="try again"
        )

    def _ready_zygote(self) -> ZygoteProcess:
        """A zygote that answers; a dead one is replaced."""
        with self._guard:
            if self._is_closed:
                raise Cancelled
            if self._zygote is not None and self._zygote.has_ended():
                self._zygote.close()
                self._zygote = None
            zygote = self._start()
            if not self._is_ready:
                zygote.wait_until_ready()
                self._is_ready = True
            return zygote

    def _start(self) -> ZygoteProcess:
        if self._zygote is None:
            self._zygote = ZygoteProcess(self.room, self._extra)
            self._is_ready = False
        return self._zygote

    def _attempt(self, zygote: ZygoteProcess, call: Call) -> Answer:
        number = next(self._numbers)
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with mine:
            with theirs:
                memories = _memories(call)
                try:
                    zygote.begin(number, [theirs.fileno(), *memories])
                finally:
                    for memory in memories:
                        os.close(memory)
            try:
                return _listen(mine, zygote, call)
            finally:
                zygote.end(number)


def _memories(call: Call) -> list[int]:
    """Descriptors of the request and, for a computation, of its arrays."""
    if call.arrays is None:
        return [put_json(call.request([]))]
    table, parts, size = packed(call.arrays)
    memory = nameless_memory()
    os.ftruncate(memory, max(size, 1))
    offset = 0
    for part in parts:
        write_at(memory, offset, part)
        offset += len(part)
    return [put_json(call.request(table)), memory]


def _listen(reply: socket.socket, zygote: ZygoteProcess, call: Call) -> Answer:
    """Follow one child to its last message."""
    deadline_s = time.monotonic() + call.limits.wall_s
    missing: tuple[str, ...] = LAYERS
    for _ in range(MESSAGE_COUNT_MAX):
        _wait(reply, call, deadline_s)
        content, descriptors = receive(reply, descriptor_count=1)
        try:
            if not content:
                if zygote.is_gone():
                    raise ZygoteGone
                raise Refused(call.place, "crash", f"the {call.subject} ended without an answer")
            message = _parsed(content, call)
            if "locks" in message:
                missing = missing_layers(message["locks"])
            elif "progress" in message:
                tell_progress(message["progress"], call)
            elif "refused" in message:
                raise refused_by_child(message["refused"], place=call.place)
            elif "ended" in message:
                raise ended(message["ended"], call)
            else:
                return _taken(message, descriptors, call, missing)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
    raise Refused(call.place, "answer", f"the {call.subject} sent too many messages")


def _wait(reply: socket.socket, call: Call, deadline_s: float) -> None:
    """Return when there is a message; raise when time is up or nobody wants the answer."""
    poll = select.poll()
    poll.register(reply, select.POLLIN)
    while True:
        check_still_wanted(call, deadline_s)
        left_s = deadline_s - time.monotonic()
        step_s = left_s if call.cancelled is None else min(left_s, CANCEL_WITHIN_S)
        if poll.poll(max(0.0, step_s) * 1000 + 1):
            return


def _taken(
    message: Mapping[str, Any], descriptors: Sequence[int], call: Call, missing: tuple[str, ...]
) -> Answer:
    try:
        if not descriptors:
            raise Lie("no memory came with it")
        bytes_max = call.limits.memory_bytes
        header, arrays = take_answer(descriptors[0], message, bytes_max=bytes_max)
    except (Lie, NotFinite, ValueError, OverflowError, OSError, MemoryError) as exc:
        raise wrong_answer(exc, call) from None
    return Answer(header=header, arrays=arrays, missing_layers=missing)


def _parsed(content: bytes, call: Call) -> dict[str, Any]:
    try:
        message = json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise wrong_answer(exc, call) from None
    if not isinstance(message, dict):
        raise wrong_answer(Lie("message has another form"), call)
    return message
