"""The crash journal: what a person did, one checked line each, so that a crash loses a moment.

A line is ``length crc text``. Reading stops at the first line that is torn or bent: what stands
before it is whole. A journal is locked while its window lives; one that nobody holds was left by a
window that ended without a goodbye.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from metaviewer.scene.command import Command
from metaviewer.scene.file_lock import try_lock
from metaviewer.scene.journal_text import (
    commands_in,
    compacted,
    is_of_a_run,
    is_worth_offering,
    kept,
    line_of,
    merged_with,
)

JOURNAL_BYTES_MAX: Final = 16 << 20
COMPACT_BYTES: Final = 256 << 10
"""A journal of this size is written anew without what was overtaken: some thousand lines."""
FLUSH_S: Final = 0.5
"""A gesture under way is written this often: a crash loses no more of it."""
SYNC_S: Final = 1.0
"""Of what is written, the loss of power takes at most about this much."""
BEGIN_ATTEMPTS: Final = 3
LEFT_MAX: Final = 4
"""Journals that are kept until somebody says yes or no; of more, the oldest are let go."""
SUFFIX: Final = ".journal"
DRAFT: Final = ".draft-"
BINARY: Final = getattr(os, "O_BINARY", 0)  # Windows would write two bytes for a line's end


class Journal:
    """An open journal, held by this process alone.

    Parameters
    ----------
    descriptor : int
        Of the file at `path`, locked; the journal closes it.
    commands : tuple of Command
        What it holds already.
    size_bytes : int
        How long that is; a torn line behind it is cut off.
    """

    def __init__(
        self,
        path: Path,
        descriptor: int,
        *,
        commands: tuple[Command, ...] = (),
        size_bytes: int = 0,
    ) -> None:
        self.path = path
        self.commands = commands
        self.is_broken = False
        self._descriptor = descriptor
        self._bytes = size_bytes
        self._compact_bytes = COMPACT_BYTES
        self._pending: Command | None = None
        self._flushed_s = -FLUSH_S
        self._synced_s = -SYNC_S
        self._is_dirty = False

    def keep(self, commands: Iterable[Command], *, now_s: float) -> None:
        """Append what is worth it; of a gesture under way only the last command is.

        A disk that is full ends the journal, not the work on the screen: see `is_broken`.
        """
        for given in commands:
            one = kept(given)
            if one is None:
                continue
            merged = None if self._pending is None else merged_with(self._pending, one)
            if merged is None:
                self._flush()
            self._pending = merged or one
            if not is_of_a_run(one):
                self._flush()
        if now_s - self._flushed_s >= FLUSH_S:
            self._flush()
            self._flushed_s = now_s

    def wants_sync(self, *, now_s: float) -> bool:
        """Whether it is time for `sync`; true once for each time."""
        if not self._is_dirty or now_s - self._synced_s < SYNC_S:
            return False
        self._is_dirty, self._synced_s = False, now_s
        return True

    def sync(self) -> None:
        """Wait for the disk: what is written outlives the power. May be called in a thread."""
        with suppress(OSError):  # a disk that fails is noticed by the next line
            os.fsync(self._descriptor)

    def end(self) -> None:
        """After a clean end there is nothing to come back to."""
        with suppress(OSError):
            self.path.unlink()
        self._close()
        with suppress(OSError):  # where a file that is open cannot be removed (Windows)
            self.path.unlink(missing_ok=True)

    def leave(self) -> None:
        """Let go of it; the next window finds it, if there is anything in it."""
        self._flush()
        if self._bytes == 0:
            self.end()
        else:
            self._close()

    def _close(self) -> None:
        self.is_broken = True
        with suppress(OSError):
            os.close(self._descriptor)

    def _flush(self) -> None:
        pending, self._pending = self._pending, None
        if pending is None or self.is_broken:
            return
        if not self._append(line_of(pending)):
            self.is_broken = True
        elif self._bytes > self._compact_bytes:
            self._compact()

    def _append(self, line: bytes) -> bool:
        """Write a line whole; otherwise it is as if it had not been tried."""
        if self._bytes + len(line) > JOURNAL_BYTES_MAX:
            return False
        try:
            os.lseek(self._descriptor, self._bytes, os.SEEK_SET)
            written = os.write(self._descriptor, line)
        except OSError:
            written = 0
        if written != len(line):
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._bytes)
            return False
        self._bytes += written
        self._is_dirty = True
        return True

    def _compact(self) -> None:
        """Write it anew without what was overtaken; where that fails, the long one goes on."""
        lines = [line_of(one) for one in compacted(read_journal(self.path))]
        self._compact_bytes = max(2 * sum(map(len, lines)), COMPACT_BYTES)
        try:
            draft, descriptor = _locked_file(self.path.parent, prefix=DRAFT)
        except OSError:
            return
        try:
            size = sum(os.write(descriptor, line) for line in lines)
            if size != sum(map(len, lines)):
                raise OSError("no room")
            os.fsync(descriptor)
            draft.replace(self.path)
        except OSError:
            os.close(descriptor)
            draft.unlink(missing_ok=True)
            return
        os.close(self._descriptor)
        self._descriptor, self._bytes = descriptor, size


def begin_journal(folder: Path) -> Journal:
    """A new, empty journal in `folder`, readable by its owner alone.

    Raises
    ------
    OSError
        Where the folder cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for _ in range(BEGIN_ATTEMPTS):
        path, descriptor = _locked_file(folder, suffix=SUFFIX)
        # Before it was locked another window may have taken it for one that is over.
        if _is_file_of(path, descriptor):
            return Journal(path, descriptor)
        os.close(descriptor)
    raise OSError("another process removes what this one writes")


def left_behind(folder: Path) -> Journal | None:
    """The newest journal that a window left without a goodbye, now held by this process.

    What is not worth offering is removed, and so are the oldest of more than `LEFT_MAX`.
    """
    newest: Journal | None = None
    count = 0
    for path in _by_age(folder):
        journal = _held(path)
        if journal is None:
            continue
        if not is_worth_offering(journal.commands) or count == LEFT_MAX:
            journal.end()
            continue
        count += 1
        if newest is None:
            newest = journal
        else:
            journal.leave()
    return newest


def read_journal(path: Path) -> tuple[Command, ...]:
    """Commands of a journal up to its first torn line; () where there is none."""
    try:
        with path.open("rb") as stream:
            return commands_in(stream.read(JOURNAL_BYTES_MAX))[0]
    except OSError:
        return ()


def _locked_file(folder: Path, *, prefix: str = "", suffix: str = "") -> tuple[Path, int]:
    """A new file, readable by its owner alone (0600), locked."""
    descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=folder)
    if not try_lock(descriptor):
        os.close(descriptor)
        os.unlink(name)
        raise OSError("no locks on this disk")
    return Path(name), descriptor


def _by_age(folder: Path) -> list[Path]:
    """Journals of a folder, the newest first."""
    found: list[tuple[float, Path]] = []
    with suppress(OSError):
        for path in folder.glob(f"*{SUFFIX}"):
            with suppress(OSError):
                found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found, reverse=True)]


def _is_file_of(path: Path, descriptor: int) -> bool:
    """Whether the open file is the one of that name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _held(path: Path) -> Journal | None:
    """The journal there, locked; None where its window lives."""
    try:
        descriptor = os.open(path, os.O_RDWR | BINARY)
    except OSError:
        return None
    try:
        # Between opening and locking its window may have written it anew, or ended.
        if try_lock(descriptor) and _is_file_of(path, descriptor):
            commands, size = commands_in(path.read_bytes()[:JOURNAL_BYTES_MAX])
            os.ftruncate(descriptor, size)
            return Journal(path, descriptor, commands=commands, size_bytes=size)
    except OSError:
        pass
    os.close(descriptor)
    return None
