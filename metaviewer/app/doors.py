"""The jails of the program and its workshop: started together, closed together."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from metaviewer.closing import Closing
from metaviewer.jail import Jail, Workshop


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Doors(Closing):
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

    def close(self) -> None:
        """End the zygotes and every call at work."""
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
