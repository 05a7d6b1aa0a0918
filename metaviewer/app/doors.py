"""The jails of the program and its workshop: started together, closed together."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType

from metaviewer.jail import Jail, Workshop


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Doors:
    """Where foreign files come in; open them before any window.

    Parameters
    ----------
    workshop : Workshop
        Where what was read is computed upon, so that the process of the window goes on drawing.
    """

    medical: Jail
    surface: Jail
    building: Jail
    workshop: Workshop
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
    """Start the zygotes of the rooms that read files, and that of the workshop."""
    opened = ExitStack()
    medical, surface, building = (
        opened.enter_context(Jail(room)) for room in ("medical", "surface", "building")
    )
    return Doors(
        medical=medical,
        surface=surface,
        building=building,
        workshop=opened.enter_context(Workshop()),
        closing=opened,
    )
