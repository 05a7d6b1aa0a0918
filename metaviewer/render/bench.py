"""Where a picture's heavy arithmetic runs: here and now, or elsewhere while the picture goes on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
Work = Callable[[Arrays, Mapping[str, Any]], tuple[Any, Arrays]]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Task:
    """What is to be made.

    Parameters
    ----------
    name : hashable
        What for: of one name only the newest task is of interest.
    made_of : tuple
        What it is made of, compared by identity or value: the same ingredients, the same result.
    work : callable
        A public function of a module, pure; see `metaviewer.medical.making`.
    is_near : bool
        Whether to send the arrays away would take longer than the work, which is a few passes of
        numpy over large arrays: they leave the interpreter to others.
    """

    name: Hashable
    made_of: tuple[object, ...]
    work: Work
    arrays: Arrays
    arguments: Mapping[str, Any]
    is_near: bool = False


class Bench(Protocol):
    """Makes what a task asks for."""

    @property
    def is_elsewhere(self) -> bool:
        """Whether `ask` may answer None and go on working."""

    def ask(self, task: Task) -> Arrays | None:
        """What the task makes, given once; None while it is not there yet: ask again later."""

    def forget(self, name: Hashable) -> None:
        """Nobody will ask for tasks of that name again."""

    def remind(self) -> None:
        """Whoever asks has more to ask for, once the next frame is drawn."""


class Here:
    """The bench of pictures, films and tests: whoever asks waits."""

    @property
    def is_elsewhere(self) -> bool:
        """Never."""
        return False

    def ask(self, task: Task) -> Arrays:
        """What the task makes."""
        _, arrays = task.work(task.arrays, task.arguments)
        return arrays

    def forget(self, name: Hashable) -> None:
        """Nothing was kept."""

    def remind(self) -> None:
        """Nobody waits for a frame here."""
