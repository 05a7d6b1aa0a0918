"""The bench of the window: heavy arithmetic runs in the workshop, the picture goes on."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from metaviewer.errors import Refused
from metaviewer.jail import Workshop
from metaviewer.jobs import Job, JobId, Jobs, Report
from metaviewer.render import Arrays, Task


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Making:
    task: Task
    job: JobId
    made: Arrays | None = None
    has_failed: bool = False

    @property
    def is_under_way(self) -> bool:
        return self.made is None and not self.has_failed


class Background:
    """Follows `metaviewer.render.Bench`; its jobs are polled with all others, see `take`."""

    def __init__(self, workshop: Workshop, jobs: Jobs) -> None:
        self._workshop = workshop
        self._jobs = jobs
        self._making: dict[Hashable, _Making] = {}
        self._has_news = False

    @property
    def is_elsewhere(self) -> bool:
        """Always."""
        return True

    def news(self) -> bool:
        """Whether something was made since the last call: then the picture can go on."""
        has_news, self._has_news = self._has_news, False
        return has_news

    @property
    def is_busy(self) -> bool:
        """Whether something is being made."""
        return any(making.is_under_way for making in self._making.values())

    def ask(self, task: Task) -> Arrays | None:
        """What the task makes, once it is there; begins it where it was not asked for before.

        An older task of the same name is finished first: a slider that is dragged gets a picture
        now and then instead of none until it rests. What has failed is not begun again: it would
        fail at every frame.
        """
        making = self._making.get(task.name)
        if making is not None and making.is_under_way:
            return None
        if making is not None and _is_same(making.task.made_of, task.made_of):
            if not making.has_failed:
                del self._making[task.name]
            return making.made
        job = self._jobs.submit("picture", lambda report: self._made(task, report))
        self._making[task.name] = _Making(task=task, job=job)
        return None

    def forget(self, name: Hashable) -> None:
        """Stop what is made under that name."""
        making = self._making.pop(name, None)
        if making is not None:
            self._jobs.cancel(making.job)

    def remind(self) -> None:
        """There is news at the next look, as if something had been made."""
        self._has_news = True

    def take(self, job: Job) -> None:
        """Keep what a job that is over has made; jobs of others are left alone."""
        for name, making in list(self._making.items()):
            if making.job == job.id and job.is_over:
                if job.state == "done":
                    self._making[name] = replace(making, made=job.result)
                elif job.state == "refused":
                    self._making[name] = replace(making, has_failed=True)
                else:
                    del self._making[name]
                self._has_news = True

    def _made(self, task: Task, report: Report) -> Arrays:
        function = f"{task.work.__module__}:{task.work.__name__}"
        arrays: dict[str, Any] = dict(task.arrays)
        if task.is_near:
            return task.work(arrays, task.arguments)[1]
        try:
            answer = self._workshop.compute(
                function, arrays, task.arguments, cancelled=report.cancelled
            )
        except Refused:
            # Where another process has no room, this one still may: late is better than never.
            return task.work(arrays, task.arguments)[1]
        return answer.arrays


def _is_same(a: tuple[object, ...], b: tuple[object, ...]) -> bool:
    return len(a) == len(b) and all(
        one is other or (isinstance(one, str | int | float | tuple) and one == other)
        for one, other in zip(a, b, strict=True)
    )
