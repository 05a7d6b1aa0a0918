"""Running a reader without a jail, in this process: for the tests of readers and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from metaviewer.errors import Refused
from metaviewer.jail.answer import Answer, Lie, NotFinite, check_finite, parse_header
from metaviewer.jail.door import AnyArray, Json, OpenDoor, crossing_dtype
from metaviewer.jail.readers import find


def here(
    reader: str,
    places: Sequence[Path],
    arguments: Mapping[str, Json] | None = None,
    *,
    on_progress: Callable[[float], None] | None = None,
) -> Answer:
    """What `reader` finds, with the same checks as behind the jail.

    The parser's own exceptions come through as they are, with their text and traceback: through
    the jail they become `Refused` with the word "parser".

    Raises
    ------
    Refused
        As the reader raised it, or with the words "answer" and "numbers" for an answer that would
        not pass the viewer.
    """
    door = OpenDoor(on_progress)
    header, returned = find(reader)(list(places), arguments or {}, door)
    arrays = {
        name: _crossed(np.asarray(array)) for name, array in {**door.arrays, **returned}.items()
    }
    try:
        checked = parse_header(json.dumps(header).encode("ascii"))
        check_finite(checked, arrays)
    except Lie as exc:
        raise Refused("", "answer", str(exc)) from exc
    except NotFinite as exc:
        raise Refused("", "numbers", f"{exc} is infinite or not a number") from exc
    return Answer(header=checked, arrays=arrays)


def _crossed(array: AnyArray) -> AnyArray:
    """The array as the viewer would get it: little-endian, contiguous, read-only."""
    crossed = np.ascontiguousarray(array, crossing_dtype(array.dtype)).reshape(array.shape)
    crossed.setflags(write=False)
    return crossed
