"""Parsers after they were taken over: given to a jail by file path, they run in its child."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np

from metaviewer.errors import Refused

CANARY = "CANARY^PATIENT"


def good(places, arguments, door):
    """A made-up series of three slices; tells progress, uses every way to give an array."""
    voxels = door.allocate("voxels", (3, 4, 5), np.int16)
    voxels[...] = np.arange(60).reshape(3, 4, 5)
    door.progress(0.5)
    heads = [place.read_bytes()[:4].hex() for place in places if place.is_file()]
    header = {"heads": heads, "arguments": dict(arguments), "may_be_nan": ["gaps"]}
    return header, {
        "middle": voxels[1],
        "transposed": np.arange(6.0, dtype=">f8").reshape(2, 3).T,
        "truth": np.array([True, False]),
        "nothing": np.zeros((0, 3), np.float32),
        "number": np.float32(7),
        "gaps": np.array([1.0, np.nan]),
    }


def read_first(places, arguments, door):
    return {"text": (places[0] / str(arguments["below"])).read_text()}, {}


def many_places(places, arguments, door):
    return {"count": len(places), "text": "x" * int(arguments["header_bytes"])}, {}


def wait(places, arguments, door):
    """Slow, and gives the processor away: ends when the named file appears."""
    while not places[0].is_file():
        time.sleep(0.005)
    return {"pid": os.getpid()}, {}


def segv(places, arguments, door):
    ctypes.string_at(0)


def abort(places, arguments, door):
    os.abort()


def leave(places, arguments, door):
    os._exit(7)


def loop(places, arguments, door):
    while True:
        pass


def sleep(places, arguments, door):
    time.sleep(1000)


def eat(places, arguments, door):
    return {}, {"a": np.zeros(100 << 30, np.uint8)}


def eat_by_door(places, arguments, door):
    return {}, {"a": door.allocate("a", (100 << 30,), np.uint8)}


def recurse(places, arguments, door):
    return recurse(places, arguments, door)


def canary(places, arguments, door):
    """Says the patient's name in every way a parser has."""
    warnings.warn(CANARY, stacklevel=1)
    sys.stdout.write(CANARY)
    os.write(1, CANARY.encode())
    os.write(2, CANARY.encode())
    raise ValueError(f"could not convert string to float: '{CANARY}'")


def canary_class(places, arguments, door):
    raise type(f"Error: {CANARY}", (ValueError,), {})()


def refused(places, arguments, door):
    raise Refused(
        "slice 4", "geometry", "gap of 5.00 mm\n\x1b[31m after slice 4", remedy="export it again"
    )


def refused_oddly(places, arguments, door):
    raise Refused("x", "because", "no word of ours")


def object_array(places, arguments, door):
    return {}, {"a": np.array([{}])}


def nan(places, arguments, door):
    return {}, {"a": np.array([1.0, np.inf], np.float32)}


def header_nan(places, arguments, door):
    return {"spacing_mm": [float("nan")]}, {}


def tries(places, arguments, door):
    """What is still possible: outcome by attempt."""
    place = places[0]
    libc = ctypes.CDLL(None, use_errno=True)

    def system_call(number, *more):
        def call():
            if libc.syscall(number, *more) < 0:
                raise OSError(ctypes.get_errno(), "refused")

        return call

    def open_many():
        held = []
        try:
            while len(held) < 1000:
                held.append(os.open(place, os.O_RDONLY))
        finally:
            for fd in held:
                os.close(fd)

    def truncate():
        if libc.truncate(os.fsencode(place), ctypes.c_long(0)) < 0:
            raise OSError(ctypes.get_errno(), "refused")

    attempts = {
        "read /etc/passwd": lambda: Path("/etc/passwd").read_text(),
        "read /proc/1/environ": lambda: Path("/proc/1/environ").read_bytes(),
        "read own environment": lambda: Path("/proc/self/environ").read_bytes(),
        "list the home": lambda: os.listdir(os.path.expanduser("~")),
        "list the file's folder": lambda: os.listdir(place.parent),
        "read the file beside": lambda: (place.parent / "beside").read_bytes(),
        "write the file": lambda: place.open("r+b"),
        "write beside": lambda: (place.parent / "new").write_bytes(b"x"),
        "write the temp folder": lambda: Path(arguments["temp"], "jail-was-here").touch(),
        "write /dev/shm": lambda: Path("/dev/shm/jail-was-here").write_text("x"),  # noqa: S108
        "truncate the file": truncate,
        "unlink the file": place.unlink,
        "rename the file": lambda: place.rename(place.parent / "new"),
        "change the mode": lambda: place.chmod(0o777),
        "change the owner": lambda: os.chown(place, os.getuid(), os.getgid()),
        "change the time": lambda: os.utime(place),
        "change an attribute": lambda: os.setxattr(place, "user.jail", b"x"),
        "symlink": lambda: (place.parent / "link").symlink_to("/etc"),
        "hard link": lambda: (place.parent / "link").hardlink_to(place),
        "inet socket": lambda: socket.socket().connect(("127.0.0.1", 22)),
        "unix socket": lambda: socket.socket(socket.AF_UNIX),
        "socket pair": socket.socketpair,
        "fork": os.fork,
        "posix_spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
        "exec": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
        "thread": lambda: threading.Thread(target=print).start(),
        "kill the parent": lambda: os.kill(os.getppid(), signal.SIGKILL),
        "pidfd of the parent": lambda: os.pidfd_open(os.getppid()),
        "limit the parent": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1)),
        "slow the parent": lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
        "ptrace": lambda: libc.ptrace(16, os.getppid(), 0, 0) and _raise(),
        "unshare": lambda: libc.unshare(0x10000000) and _raise(),
        "raise limits": lambda: resource.setrlimit(
            resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        ),
        "1000 open files": open_many,
        "more nameless memory": lambda: os.memfd_create("x"),
        "shared memory": lambda: libc.shmget(0, 4096, 0o1600) < 0 and _raise(),
        "io_uring": system_call(425, 1, 0),
        "clone3": system_call(435, 0, 0),
    }
    return {name: _outcome(attempt) for name, attempt in attempts.items()}, {}


def writes(places, arguments, door):
    """Ways to change a file that is named or lies beside: each lock must refuse them alone."""
    folder = places[0].parent
    made = folder / "made"
    attempts = {
        "open to write": lambda: places[0].open("r+b").close(),
        "create": lambda: made.write_bytes(b"x"),
        "make a folder": lambda: (folder / "folder").mkdir(),
        "symlink": lambda: (folder / "link").symlink_to("scan"),
        "rename": lambda: (folder / "scan").rename(folder / "scan2"),
        "unlink": lambda: (folder / "scan2").unlink(),
    }
    return {name: _outcome(attempt) for name, attempt in attempts.items()}, {}


def _raise():
    raise OSError(ctypes.get_errno(), "refused")


def _outcome(attempt):
    try:
        attempt()
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        # A module that is missing would hide that the attempt was never made.
        return f"{type(error).__name__} {getattr(error, 'errno', '')}{getattr(error, 'name', '')}"
    return "WORKED"


def descriptors(places, arguments, door):
    """What a child holds: above all no reply socket of another call."""
    held = {}
    for fd in range(64):
        try:
            os.fstat(fd)
            kind = "socket" if fcntl.fcntl(fd, fcntl.F_GETFL) is not None and _is_socket(fd) else ""
            held[str(fd)] = kind or "file"
        except OSError:
            continue
    return held, {}


def _is_socket(fd):
    import stat

    return stat.S_ISSOCK(os.fstat(fd).st_mode)


def environment(places, arguments, door):
    return dict(os.environ), {}


def lie(places, arguments, door):
    """Answer by ourselves on the reply socket, with the message and memory of the arguments."""
    reply = door._reply
    memory = door.memory
    content = str(arguments.get("content", "")).encode("latin-1") * int(arguments.get("times", 1))
    os.ftruncate(memory, 4096 + len(content))
    os.pwrite(memory, content, 4096)
    fcntl.fcntl(memory, 1033, int(arguments.get("seals", 15)))
    if arguments.get("device"):
        memory = os.open("/dev/urandom", os.O_RDONLY)
    message = arguments.get("message", {"header_offset": 4096, "header_bytes": len(content)})
    with_memory = [] if arguments.get("no_memory") else [memory]
    socket.send_fds(reply, [_encoded(message)], with_memory)
    if arguments.get("shrink"):
        os.ftruncate(memory, 0)
    os._exit(0)


def _encoded(message):
    return message.encode("latin-1") if isinstance(message, str) else json.dumps(message).encode()


def flood(places, arguments, door):
    while True:
        door._reply.send(b'{"progress": 0.5}')


def flood_of_descriptors(places, arguments, door):
    while True:
        socket.send_fds(door._reply, [b'{"progress": 0.5}'], [door.memory] * 20)


def beat(places, arguments, door):
    """Work for ever, and say so."""
    while True:
        door.progress(0.5)
        time.sleep(0.01)
