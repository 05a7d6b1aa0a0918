"""The crash journal: every command, one checked line each, so that a crash loses at most a second.

A line is ``length crc text``. Reading stops at the first line that is torn or bent: what stands
before it is whole.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final

from metaviewer.errors import Refused
from metaviewer.scene.command import Command, OpenPlaces, Quit, SavePicture, SaveScene, SetCamera
from metaviewer.scene.wire import command_from, text_of

JOURNAL_BYTES_MAX: Final = 64 << 20
SYNC_S: Final = 1.0
"""At most this much of the newest work is lost with the power; with a crash, nothing."""

NOT_KEPT: Final = (SavePicture, SaveScene, Quit)
"""Replaying them would write files again, or end the program."""


class Journal:
    """An open journal. A disk that is full ends it quietly: the work on screen goes on."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Only its owner may read what a person looked at.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._stream = os.fdopen(descriptor, "wb", buffering=0)
        self._path = path
        self._bytes = 0
        self._synced_s = 0.0
        self._last_camera: Command | None = None
        self.is_broken = False

    def __enter__(self) -> Journal:
        """Return the journal itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it; after a clean end there is nothing to come back to, so it is removed."""
        self._stream.close()
        if error is None:
            self._path.unlink(missing_ok=True)

    def keep(self, commands: Iterable[Command], *, now_s: float) -> None:
        """Append commands; of a run of camera moves only the last one is worth a line."""
        for one in commands:
            if isinstance(one.action, NOT_KEPT):
                continue
            if isinstance(one.action, SetCamera):
                self._last_camera = one
                continue
            self._flush_camera()
            self._write(one)
        if now_s - self._synced_s >= SYNC_S:
            self._flush_camera()
            self._sync()
            self._synced_s = now_s

    def _flush_camera(self) -> None:
        if self._last_camera is not None:
            self._write(self._last_camera)
            self._last_camera = None

    def _write(self, one: Command) -> None:
        line = line_of(one)
        if self.is_broken or self._bytes + len(line) > JOURNAL_BYTES_MAX:
            self.is_broken = True
            return
        try:
            self._stream.write(line)
        except OSError:
            self.is_broken = True
            return
        self._bytes += len(line)

    def _sync(self) -> None:
        try:
            os.fsync(self._stream.fileno())
        except OSError:
            self.is_broken = True


def line_of(one: Command) -> bytes:
    """Length, checksum and text of a command."""
    text = text_of(one).encode()
    return b"%d %08x %b\n" % (len(text), zlib.crc32(text), text)


def read_journal(path: Path) -> tuple[Command, ...]:
    """Commands of a journal up to its first torn line; () where there is none."""
    try:
        with path.open("rb") as stream:
            content = stream.read(JOURNAL_BYTES_MAX)
    except OSError:
        return ()
    commands: list[Command] = []
    for line in content.split(b"\n"):
        try:
            size, crc, text = line.split(b" ", 2)
            if int(size) != len(text) or int(crc, 16) != zlib.crc32(text):
                break
            commands.append(command_from(text.decode()))
        except (ValueError, Refused):
            break
    return tuple(commands)


def is_worth_offering(commands: Iterable[Command]) -> bool:
    """Whether a person would want it back: something was opened."""
    return any(isinstance(one.action, OpenPlaces) for one in commands)
