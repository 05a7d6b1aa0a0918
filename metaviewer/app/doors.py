"""The jails of the program: one a room, started together, closed together."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType

from metaviewer.jail import Jail


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Doors:
    """Where foreign files come in; open them before any window."""

    medical: Jail
    surface: Jail
    building: Jail
    closing: ExitStack

    def __enter__(self) -> Doors:
        """Return the doors themselves, started."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close them."""
        self.closing.close()


def open_doors() -> Doors:
    """Start the zygotes of the rooms that read files."""
    opened = ExitStack()
    medical, surface, building = (
        opened.enter_context(Jail(room)) for room in ("medical", "surface", "building")
    )
    return Doors(medical=medical, surface=surface, building=building, closing=opened)
