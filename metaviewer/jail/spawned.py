"""Where a zygote cannot be kept: one interpreter for each call, with whatever locks there are.

Slower (about 0.4 s a call, measured) and weaker: outside Linux there is neither Landlock nor
seccomp, and the answer is copied through a pipe. The viewer's checks are the same, and the badge
`jail_layer_missing` says so. A frame on the pipe: two lengths, a message in JSON, and bytes.
"""

from __future__ import annotations

import json
import os
import queue
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final, NoReturn

from metaviewer.jail.answer import Answer, Lie, NotFinite, refused_by_child, take_bytes
from metaviewer.jail.call import (
    Call,
    check_still_wanted,
    ended,
    missing_layers,
    tell_progress,
    wrong_answer,
)
from metaviewer.jail.child import places, refusal
from metaviewer.jail.door import Arrays, Header, OpenDoor
from metaviewer.jail.limits import Limits
from metaviewer.jail.locks import LAYERS, lock
from metaviewer.jail.packing import packed, unpacked
from metaviewer.jail.readers import find, preload
from metaviewer.jail.wire import HEADER_BYTES_MAX, MESSAGE_BYTES_MAX
from metaviewer.jail.zygote_process import ENVIRONMENT, python_command

FRAME: Final = struct.Struct("<QQ")
ASK_EVERY_S: Final = 0.05

Frame = tuple[bytes, bytes]


def run_spawned(call: Call, room: str, extra_readers: Sequence[Path]) -> Answer:
    """What the call's reader found, read by a process of its own; see `Jail.call`."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        python_command("spawned", room, *map(str, extra_readers)),
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    frames: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
    bytes_max = call.limits.memory_bytes
    listener = threading.Thread(
        target=_collect, args=(process.stdout, frames, bytes_max), daemon=True
    )
    listener.start()
    try:
        # Its standard input stays open: its end tells the child that the viewer is gone.
        table, parts, _ = packed(call.arrays or {})
        _put(process.stdin, json.dumps(call.request(table)).encode("ascii"), *parts)
        return _follow(frames, process, call)
    except BrokenPipeError:
        raise ended({"exit": process.wait()}, call) from None
    finally:
        process.kill()
        process.wait()
        listener.join()
        process.stdin.close()
        process.stdout.close()


def _follow(
    frames: queue.SimpleQueue[Frame | None], process: subprocess.Popen[bytes], call: Call
) -> Answer:
    deadline_s = time.monotonic() + call.limits.wall_s
    missing: tuple[str, ...] = LAYERS
    while True:
        check_still_wanted(call, deadline_s)
        try:
            frame = frames.get(timeout=ASK_EVERY_S)
        except queue.Empty:
            continue
        if frame is None:
            code = process.wait()
            raise ended({"signal": max(-code, 0), "exit": max(code, 0)}, call)
        message, content = _parsed(frame[0]), frame[1]
        if "locks" in message:
            missing = missing_layers(message["locks"])
        elif "progress" in message:
            tell_progress(message["progress"], call)
        elif "refused" in message:
            raise refused_by_child(message["refused"], place=call.place)
        else:
            try:
                header, arrays = take_bytes(content, message)
            except (Lie, NotFinite, ValueError, OverflowError) as exc:
                raise wrong_answer(exc, call) from None
            return Answer(header=header, arrays=arrays, missing_layers=missing)


def main(arguments: list[str]) -> NoReturn:
    """Serve one call: room and extra readers are the arguments, the request comes on the pipe."""
    pipe = os.fdopen(os.dup(1), "wb", buffering=0)
    # A parser prints what it likes, and what it prints may be a patient's name.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    preload(arguments[0], [Path(path) for path in arguments[1:]])
    lengths = FRAME.unpack(_exactly(sys.stdin.buffer, FRAME.size))
    call = json.loads(_exactly(sys.stdin.buffer, lengths[0]))
    content = _exactly(sys.stdin.buffer, lengths[1])
    threading.Thread(target=_end_with_viewer, daemon=True).start()
    try:
        message, parts = _answer(call, content, pipe)
    except BaseException as error:  # noqa: BLE001 - worker boundary: whatever a parser raises
        message, parts = {"refused": refusal(error, of_parser=call["arrays"] is None)}, []
    _put(pipe, json.dumps(message).encode("ascii"), *parts)
    os._exit(0)


def _answer(
    call: dict[str, Any], content: bytes, pipe: IO[bytes]
) -> tuple[dict[str, Any], list[memoryview]]:
    """The last message and the bytes that follow it."""

    def tell(message: dict[str, Any]) -> None:
        _put(pipe, json.dumps(message).encode("ascii"))

    door = OpenDoor(lambda done: tell({"progress": min(max(float(done), 0.0), 1.0)}))
    tell({"locks": lock(call["places"], Limits(**call["limits"]))})
    given = places(call) if call["arrays"] is None else unpacked(content, call["arrays"])
    header, arrays = find(call["reader"])(given, call["arguments"], door)
    return _packed(header, {**door.arrays, **arrays})


def _packed(header: Header, arrays: Arrays) -> tuple[dict[str, Any], list[memoryview]]:
    """The arrays one behind the other, the header behind them."""
    table, parts, offset = packed(arrays)
    content = json.dumps({"header": header, "arrays": table}).encode("ascii")
    message = {"header_offset": offset, "header_bytes": len(content)}
    return message, [*parts, memoryview(content)]


def _put(pipe: IO[bytes], message: bytes, *parts: memoryview) -> None:
    lengths = FRAME.pack(len(message), sum(map(len, parts)))
    for piece in (memoryview(lengths), memoryview(message), *parts):
        view = piece
        while view:
            view = view[pipe.write(view) :]
    pipe.flush()


def _collect(pipe: IO[bytes], frames: queue.SimpleQueue[Frame | None], bytes_max: int) -> None:
    """Read frames until the pipe ends or one is no frame; then put `None`."""
    try:
        for frame in _frames(pipe, bytes_max):
            frames.put(frame)
    except (EOFError, OSError, ValueError, MemoryError):
        return
    finally:
        frames.put(None)


def _frames(pipe: IO[bytes], bytes_max: int) -> Iterator[Frame]:
    while True:
        message_bytes, content_bytes = FRAME.unpack(_exactly(pipe, FRAME.size))
        if message_bytes > MESSAGE_BYTES_MAX or content_bytes > bytes_max + HEADER_BYTES_MAX:
            raise ValueError("frame too large")
        yield _exactly(pipe, message_bytes), _exactly(pipe, content_bytes)


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    content = pipe.read(count)
    if len(content) != count:
        raise EOFError
    return content


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        message = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def _end_with_viewer() -> None:
    sys.stdin.buffer.read(1)
    os._exit(1)


def _environment() -> dict[str, str]:
    """The zygote's, and on Windows the two variables without which no interpreter starts."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}
    return {**ENVIRONMENT, **(kept if sys.platform == "win32" else {})}
