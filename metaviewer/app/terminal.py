"""How far a command is, on a line of the terminal that leaves no trace."""

from __future__ import annotations

import os
import sys
from threading import RLock
from typing import TYPE_CHECKING, Final, TextIO

from metaviewer.closing import Closing
from metaviewer.errors import Refused

if TYPE_CHECKING:
    from rich.progress import Progress

EXIT_UNREAD: Final = 141
"""What a shell says of a program that SIGPIPE ended, 128 + 13: `head` has read enough."""


class ProgressLine(Closing):
    """A bar at the foot of the terminal. Every method may be called from any thread.

    It stands on standard error and only where that is a terminal: pipes, files and logs hold
    results and errors, nothing else.

    Parameters
    ----------
    words : str
        What is going on, for people: "reading".
    """

    def __init__(self, words: str) -> None:
        self._words = words
        self._guard = RLock()
        self._bar = _bar() if sys.stderr.isatty() else None
        self._is_shown = False

    def __enter__(self) -> ProgressLine:
        """Show that work has begun."""
        self.show(0.0)
        return self

    def close(self) -> None:
        """Take the line away."""
        with self._guard:
            self._hide()
            self._bar = None

    def show(self, share: float) -> None:
        """Show the share that is done, 0..1."""
        with self._guard:
            if self._bar is None:
                return
            if not self._bar.tasks:
                self._bar.add_task(self._words, total=1.0)
            self._bar.update(self._bar.tasks[0].id, completed=share)
            if not self._is_shown:
                self._bar.start()
                self._is_shown = True

    def write(self, text: str, stream: TextIO) -> None:
        """Write to standard output or error where the line was; it comes back when next shown."""
        with self._guard:
            self._hide()
            write(text, stream)

    def _hide(self) -> None:
        if self._bar is not None and self._is_shown:
            self._bar.stop()
            self._is_shown = False


def write(text: str, stream: TextIO) -> None:
    """Write to standard output or error at once, and know that it is written.

    Raises
    ------
    SystemExit
        With `EXIT_UNREAD` where nobody reads any more: not a word, as other programs do.
    Refused
        "size" where it cannot be written: a disk is full.
    """
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError as error:
        _forget(stream)
        raise SystemExit(EXIT_UNREAD) from error
    except OSError as error:
        _forget(stream)
        reason = f"the output cannot be written: {error.strerror}"
        raise Refused("", "size", reason, remedy="send it to another place") from error


def _forget(stream: TextIO) -> None:
    """Let what is still kept for the stream go nowhere: Python tries it again when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _bar() -> Progress | None:
    """A bar that goes when it is stopped; None on a terminal that cannot move its cursor."""
    # Imported late: only a person at a terminal needs it.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if console.is_dumb_terminal:
        return None
    # Standard output is left alone: it may be a file, whose lines must not end up in the terminal.
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
