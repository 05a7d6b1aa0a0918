"""`bake`: convert ahead of time, so that opening is quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from metaviewer import building, resources
from metaviewer.app.doors import open_doors
from metaviewer.app.sorting import Sorted, check_place, closed_place, sorted_files
from metaviewer.app.terminal import ProgressLine
from metaviewer.errors import Refused, RefusedTogether, one_line
from metaviewer.jail import Jail
from metaviewer.units import LengthUnit


def bake(
    places: tuple[str, ...], *, output: Path, workers: int = 1, unit: LengthUnit | None = None
) -> int:
    """Convert every building at the places into the cache `output`; return the exit code.

    Opening finds it there with ``METAVIEWER_CACHE`` set to `output`. Each file is written whole or
    not at all; what cannot be converted is refused and the others go on.

    Raises
    ------
    RefusedTogether
        With one fault a model that could not be converted or kept.
    """
    sorted_places = [_sorted(place) for place in places]
    files = [file for found in sorted_places for file in found.buildings]
    faults = [closed_place(str(file)) for found in sorted_places for file in found.closed]
    if not files and not faults:
        raise Refused(places[0], "empty", "no building in it", remedy="name an IFC file")
    os.environ[resources.CACHE_VARIABLE] = str(output)
    shares = [0.0] * len(files)
    with (
        ProgressLine("converting") as line,
        ThreadPoolExecutor(max(workers, 1)) as pool,
        open_doors() as doors,
    ):

        def bake_one(number: int) -> tuple[Path, Refused | None]:
            def show(share: float) -> None:
                shares[number] = share
                line.show(sum(shares) / len(shares))

            return _baked(doors.building, files[number], unit, show)

        # Threads that wait: each conversion runs in a process of its own behind the jail's door.
        # The door closes first: after Ctrl-C the pool would wait for the end of conversions.
        for file, fault in pool.map(bake_one, range(len(files))):
            if fault is None:
                line.write(one_line(f"{file}: baked") + "\n", sys.stdout)
            else:
                faults.append(fault)
    if faults:
        raise RefusedTogether(tuple(faults))
    return 0


def _sorted(place: str) -> Sorted:
    check_place(place)
    return sorted_files(Path(place))


def _baked(
    jail: Jail, file: Path, unit: LengthUnit | None, on_progress: Callable[[float], None]
) -> tuple[Path, Refused | None]:
    try:
        building.bake_building(jail, file, unit=unit, on_progress=on_progress)
    except Refused as refused:
        return file, refused
    return file, None
