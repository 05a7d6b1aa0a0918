"""The zygote: a process of its own that holds a room's parsers and forks one child for each call.

It is executed, not forked, so it holds nothing of the viewer: no window, no GL, no names, no
environment. It reads nothing but short messages of the viewer; the request itself is read by the
child. It ends at the end of file on its control socket: the viewer's end, however that came.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from metaviewer.jail.child import serve
from metaviewer.jail.readers import preload
from metaviewer.jail.wire import receive, send

CALL_DESCRIPTORS_MAX: Final = 3  # reply socket, request, and in the room of work the input
NICENESS: Final = 5  # parsing never takes a frame from the viewer where processors are few
DESCRIPTOR_COUNT: Final = 1024
FIRST_TO_END: Final = "1000"  # if memory runs out, the kernel takes a child, not the viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A call at work."""

    call: int
    pid: int
    reply: socket.socket


def main(arguments: list[str]) -> NoReturn:
    """Serve until the viewer is gone: descriptor of the control socket, room, extra readers."""
    control = socket.socket(fileno=int(arguments[0]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the viewer
    _be_modest()
    missing = preload(arguments[1], [Path(path) for path in arguments[2:]])
    send(control, {"ready": True, "not_imported": missing})
    _serve(control)


def _serve(control: socket.socket) -> NoReturn:
    children: dict[int, Child] = {}
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor != control.fileno():
                poll.unregister(descriptor)
                _bury(descriptor, children.pop(descriptor))
                continue
            content, descriptors = receive(control, descriptor_count=CALL_DESCRIPTORS_MAX)
            if not content:
                os._exit(0)  # its children go with it
            message = json.loads(content)
            if "end" in message:
                _end(message["end"], children)
            else:
                child = _fork(message["call"], descriptors)
                if child is not None:
                    pid_descriptor = os.pidfd_open(child.pid)
                    children[pid_descriptor] = child
                    poll.register(pid_descriptor, select.POLLIN)


def _fork(call: int, descriptors: list[int]) -> Child | None:
    """Start the child of one call; `None` where it would not be safe."""
    reply, request, *rest = descriptors
    if thread_count() != 1:
        # A fork copies one thread and every lock that the others held: it may hang for ever.
        channel = socket.socket(fileno=reply)
        _tell(
            channel, {"refused": {"word": "jail", "reason": "a parser started a thread of its own"}}
        )
        channel.close()
        for descriptor in (request, *rest):
            os.close(descriptor)
        return None
    zygote_pid = os.getpid()
    pid = os.fork()
    if pid == 0:
        serve(parent_pid=zygote_pid, reply=reply, request=request, input_=rest[0] if rest else None)
    for descriptor in (request, *rest):
        os.close(descriptor)
    return Child(call=call, pid=pid, reply=socket.socket(fileno=reply))


def _bury(pid_descriptor: int, child: Child) -> None:
    """Collect an ended child and tell the viewer how it ended; after an answer nobody listens."""
    _, status, used = os.wait4(child.pid, 0)
    os.close(pid_descriptor)
    code = os.waitstatus_to_exitcode(status)
    ended = {"signal": -code if code < 0 else 0, "exit": max(code, 0)}
    _tell(child.reply, {"ended": {**ended, "cpu_s": used.ru_utime + used.ru_stime}})
    child.reply.close()


def _end(call: int, children: dict[int, Child]) -> None:
    """Kill the child of one call. By descriptor: a number could mean another process by now."""
    for pid_descriptor, child in children.items():
        if child.call == call:
            signal.pidfd_send_signal(pid_descriptor, signal.SIGKILL)


def thread_count() -> int:
    """Number of threads of this process; 1 where the system does not say."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def _tell(reply: socket.socket, message: object) -> None:
    try:
        # A child may have filled the socket; the zygote must not wait for anyone.
        reply.setblocking(False)
        send(reply, message)
    except OSError:
        return


def _be_modest() -> None:
    os.nice(NICENESS)
    # A child closes every number up to the limit, and some systems set it to a thousand million.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(DESCRIPTOR_COUNT, most), most))
    try:
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_END, encoding="ascii")
    except OSError:  # a system without it chooses by itself
        return


if __name__ == "__main__":
    main(sys.argv[1:])
