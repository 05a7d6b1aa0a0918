"""A model from its file: from the cache where it was opened before, through the jail where not."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from metaviewer.building import cache
from metaviewer.building.assembly import assembled
from metaviewer.building.conversion import read_glb_raw, read_raw
from metaviewer.building.model import NO_INDEX, Building
from metaviewer.errors import Refused
from metaviewer.jail import Jail, Json

LOG = logging.getLogger(__name__)

PROPERTIES_READER: Final = "metaviewer.building.read_ifc:read_properties"
GLB_PROPERTIES_READER: Final = "metaviewer.building.read_glb_building:read_glb_properties"
METADATA_SUFFIX: Final = "_glb_metadata.json"

Property = tuple[str, str, str]
"""Set, name and value."""


def open_building(
    jail: Jail,
    place: Path,
    *,
    unit: str | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Building:
    """The building in one `.ifc`, `.ifczip` or `.glb` file.

    Parameters
    ----------
    jail : Jail
        Of the room "building".
    unit : str, optional
        One of `units.LENGTH_UNITS`, for a file that states none.
    on_progress : callable, optional
        Told 0 to 1.

    Raises
    ------
    Refused
        format, size, units, empty, numbers, time, crash, memory: the file cannot be taken in.
    """
    building, is_new = _opened(jail, place, unit, on_progress)
    if is_new:
        try:
            cache.store(building)
        except Refused as refused:
            # Seeing the model matters more than keeping it; for `bake_building` it is an error.
            LOG.warning("a building was not kept: %s", refused.word)
    return building


def bake_building(
    jail: Jail,
    place: Path,
    *,
    unit: str | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Building:
    """As `open_building`, but a building that cannot be kept is an error.

    Raises
    ------
    Refused
        As `open_building`; size where the cache cannot be written.
    """
    cache.sweep()
    building, is_new = _opened(jail, place, unit, on_progress)
    if is_new:
        cache.store(building)
    return building


def properties(
    jail: Jail, place: Path, global_id: str, *, step_id: int = NO_INDEX
) -> tuple[Property, ...]:
    """Set, name and value of each property of one element, read when a person asks for them.

    Sets of its type, of its systems and of its other groups are among them. Of a GLB they are what
    its metadata file holds beside class, name and storey: often nothing.

    Parameters
    ----------
    step_id : int, optional
        Of the element table: tells two elements of one GlobalId from each other, which real files
        have.

    Raises
    ------
    Refused
        As `open_building`; empty where no element has this GlobalId.
    """
    metadata = metadata_place(place)
    if metadata is None and place.suffix.lower() == ".glb":
        return ()
    reader = PROPERTIES_READER if metadata is None else GLB_PROPERTIES_READER
    arguments: dict[str, Json] = {"global_id": global_id, "step_id": step_id}
    answer = jail.call(reader, [metadata or place], arguments, place=str(place))
    found = json.loads(json.dumps(answer.header["properties"]))
    return tuple((str(row[0]), str(row[1]), str(row[2])) for row in found)


def metadata_place(place: Path) -> Path | None:
    """The JSON file that tells classes and storeys of a GLB's nodes; None where there is none.

    A GLB with such a file is a building, any other a mesh.
    """
    if place.suffix.lower() != ".glb":
        return None
    beside = place.with_name(place.stem + METADATA_SUFFIX)
    return beside if beside.is_file() else None


def _opened(
    jail: Jail, place: Path, unit: str | None, on_progress: Callable[[float], None] | None
) -> tuple[Building, bool]:
    """The building and whether it had to be converted."""
    metadata = metadata_place(place)
    try:
        places = (place,) if metadata is None else (place, metadata)
        key = cache.content_id(places, unit=unit)
    except OSError as exc:
        raise Refused(str(place), "path", f"it cannot be read ({exc.strerror})") from exc
    known = cache.load(key)
    if known is not None:
        return replace(known, model_name=place.stem), False
    if metadata is not None:
        raw = read_glb_raw(jail.call, (place, metadata), on_progress=on_progress)
    elif place.suffix.lower() == ".glb":
        reason = f"no {place.stem}{METADATA_SUFFIX} beside it says which node is which element"
        raise Refused(str(place), "path", reason, remedy="put the metadata file beside it")
    else:
        raw = read_raw(jail.call, place, unit=unit, on_progress=on_progress)
    return replace(assembled(raw, model_name=place.stem), content_id=key), True
