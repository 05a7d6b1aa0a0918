"""The viewer's hold on one zygote: starting it, giving it calls, noticing its end."""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from metaviewer.jail.locks import PACKAGE_FOLDERS
from metaviewer.jail.wire import receive, send

READY_WITHIN_S: Final = 60.0  # imports took 0.3 to 1.6 s on an idle machine, 2.5 s at load 9
ENDS_WITHIN_S: Final = 0.5  # from the closing of its sockets to the end of the process

ENVIRONMENT: Final = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    # One thread, or forking is not safe.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1",
}
"""All that a zygote knows of the viewer's environment."""

PACKAGE_PARENT: Final = Path(__file__).parents[2]
_START: Final = "import sys; sys.path[:0] = sys.argv[1].split(chr(10)); "
_MAIN: Final = "from metaviewer.jail.{module} import main; main(sys.argv[2:])"


class ZygoteGone(Exception):
    """The zygote ended before the call did."""


class ZygoteProcess:
    """A running zygote. Every method may be called from any thread."""

    def __init__(self, room: str, extra_readers: Sequence[Path]) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = python_command("zygote", str(theirs.fileno()), room, *map(str, extra_readers))
            # Python executes with vfork here: neither pre-exec function nor copied pages.
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                pass_fds=[theirs.fileno()],
                env=ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Process number, for tests and for `doctor`."""
        return self._process.pid

    def wait_until_ready(self) -> tuple[str, ...]:
        """Names of parsers that could not be imported; to be called once.

        Raises
        ------
        ZygoteGone
            If it ended, or was not ready in time.
        """
        ready, _, _ = select.select([self._control], [], [], READY_WITHIN_S)
        content, _ = receive(self._control, descriptor_count=1) if ready else (b"", [])
        if not content:
            raise ZygoteGone
        return tuple(json.loads(content)["not_imported"])

    def begin(self, call: int, descriptors: Sequence[int]) -> None:
        """Have a child started. Raises `ZygoteGone` where nobody listens."""
        try:
            send(self._control, {"call": call}, descriptors)
        except OSError as exc:
            raise ZygoteGone from exc

    def end(self, call: int) -> None:
        """Have the child of a call killed, if it is still there."""
        try:
            send(self._control, {"end": call})
        except OSError:  # a dead zygote took its children with it
            return

    def is_gone(self) -> bool:
        """Whether the process ended, or ends within moments of its sockets."""
        try:
            self._process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            return False
        return True

    def has_ended(self) -> bool:
        """Whether the process ended, without waiting."""
        return self._process.poll() is not None

    def close(self) -> None:
        """End the zygote and with it its children."""
        self._control.close()
        try:
            self._process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def python_command(module: str, *arguments: str) -> list[str]:
    """Command line that runs `metaviewer.jail.<module>.main` with nothing of the environment."""
    # The isolated interpreter finds its packages, but not those in the user's folder. Folders of
    # scripts and the current one stay out: a file there could take a package's name.
    packages = [entry for entry in sys.path if entry.endswith(PACKAGE_FOLDERS)]
    places = dict.fromkeys((str(PACKAGE_PARENT), *packages))
    code = _START + _MAIN.format(module=module)
    return [sys.executable, "-I", "-c", code, "\n".join(places), *arguments]
