"""What passes between viewer, zygote and child, and the memory it lies in.

Three channels: a control socket (viewer to zygote: which call to start, which to end), a reply
socket for each call (child to viewer: locks, progress, the answer; zygote to viewer: how the child
ended), and nameless memory (`memfd`) for whatever may be large: the request, and the answer with
its header behind its arrays. Memory without a name leaves nothing in /dev/shm when all die at once.
"""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Sequence
from typing import Any, Final

if sys.platform != "win32":
    import fcntl

MESSAGE_BYTES_MAX: Final = 16 * 1024
REQUEST_BYTES_MAX: Final = 64 << 20
HEADER_BYTES_MAX: Final = 64 << 20
ALIGNMENT_BYTES: Final = 64  # a cache line: every array starts on one

# linux/fcntl.h. Python 3.11 names them on Linux only, and mypy looks from every platform.
ADD_SEALS: Final = 1033
GET_SEALS: Final = 1034
ALL_SEALS: Final = 0b1111  # SEAL, SHRINK, GROW, WRITE

_CONTROL_CHARACTERS: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]+"
)


def nameless_memory() -> int:
    """Descriptor of new memory without a name, closed on exec, that can be sealed."""
    assert sys.platform == "linux"
    return os.memfd_create("", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)


def put_json(value: object) -> int:
    """Descriptor of memory that holds `value` as JSON."""
    memory = nameless_memory()
    with os.fdopen(os.dup(memory), "wb") as file:
        file.write(json.dumps(value, allow_nan=False).encode("ascii"))
    return memory


def take_json(memory: int) -> Any:  # noqa: ANN401 - the caller checks what it is
    """The JSON value that lies in `memory`."""
    size = os.fstat(memory).st_size
    if size > REQUEST_BYTES_MAX:
        raise ValueError("request too large")
    return json.loads(read_at(memory, 0, size))


def read_at(memory: int, offset: int, count: int) -> bytes:
    """Copy `count` bytes; raises `ValueError` where there are fewer."""
    parts: list[bytes] = []
    while count > 0:
        part = os.pread(memory, count, offset)
        if not part:
            raise ValueError("memory ends early")
        parts.append(part)
        offset += len(part)
        count -= len(part)
    return b"".join(parts)


def write_at(memory: int, offset: int, content: bytes | memoryview) -> None:
    """Write all of `content`; raises `OSError` at the limit of file size."""
    view = memoryview(content)
    while view:
        written = os.pwrite(memory, view, offset)
        view = view[written:]
        offset += written


def seal(memory: int) -> None:
    """Make `memory` unchangeable for everyone, for ever.

    Raises
    ------
    OSError
        If it is still mapped for writing.
    """
    fcntl.fcntl(memory, ADD_SEALS, ALL_SEALS)


def is_sealed(memory: int) -> bool:
    """Whether nobody can write, cut or grow `memory`. False for what is no sealable memory."""
    try:
        return fcntl.fcntl(memory, GET_SEALS) & ALL_SEALS == ALL_SEALS
    except OSError:
        return False


def send(channel: socket.socket, message: object, descriptors: Sequence[int] = ()) -> None:
    """Send one small message; raises `OSError` where the other side is gone."""
    content = json.dumps(message, allow_nan=False).encode("ascii")
    assert len(content) <= MESSAGE_BYTES_MAX
    socket.send_fds(channel, [content], list(descriptors))


def receive(channel: socket.socket, *, descriptor_count: int) -> tuple[bytes, list[int]]:
    """One message and the descriptors that came with it; no bytes at the end of the channel."""
    flags = socket.MSG_CMSG_CLOEXEC if sys.platform == "linux" else 0
    content, descriptors, _, _ = socket.recv_fds(
        channel, MESSAGE_BYTES_MAX, descriptor_count, flags
    )
    return content, descriptors


def plain(text: object, length_max: int) -> str:
    """`text` on one line without control characters, cut to `length_max`; empty for a non-text."""
    if not isinstance(text, str):
        return ""
    return _CONTROL_CHARACTERS.sub(" ", text[: 4 * length_max]).strip()[:length_max]
