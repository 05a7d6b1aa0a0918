"""A GLB whose nodes are named by GlobalId, with a JSON file of classes and storeys beside it.

Runs in the jail and answers as `read_ifc` does, so that the same building comes of both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from metaviewer.building.ifc_colours import class_colour
from metaviewer.building.ifc_properties import PROPERTIES_MAX
from metaviewer.building.ifc_rows import BUILT, NOTHING
from metaviewer.building.ifc_shapes import FAR_M, Palette, ShapeStack
from metaviewer.building.ifc_tree import ROOM_CLASS
from metaviewer.building.model import NO_INDEX
from metaviewer.errors import Refused
from metaviewer.frames import SITE_FROM_GLTF, moved, translation
from metaviewer.jail.door import Arrays, Door, Header, Json
from metaviewer.jail.sizes import file_bytes
from metaviewer.surface import Part, gltf_parts

FILE_BYTES_MAX: Final = 1 << 30
METADATA_BYTES_MAX: Final = 64 << 20
ELEMENT_COUNT_MAX: Final = 1_000_000
TEXT_LENGTH_MAX: Final = 400
SAME_POINT_DIGITS: Final = 6
"""A micrometre: copies of one mesh at two places differ by less once they are moved together."""

TABLE_KEYS: Final = frozenset(("class", "name", "long_name", "storey", "parent", "mesh", "system"))
"""Keys of an element that its row of the table shows."""
PLAIN_SET: Final = "Metadata"
PROPERTY_DEPTH_MAX: Final = 3

_Facts = dict[str, Any]


def read_glb_building(
    places: Sequence[Path], arguments: Mapping[str, Json], door: Door
) -> tuple[Header, Arrays]:
    """Element table and triangles of a GLB and its metadata file.

    Parameters
    ----------
    places : (Path, Path)
        The GLB and the JSON file.

    Raises
    ------
    Refused
        size, format, numbers, empty, path: as `metaviewer.surface.gltf_parts`; format for metadata
        of another form; empty where no node bears the GlobalId of an element.
    """
    del arguments
    name = str(places[0])
    elements, storeys = _metadata(name, file_bytes(places[1], bytes_max=METADATA_BYTES_MAX))
    mesh_file = gltf_parts(file_bytes(places[0], bytes_max=FILE_BYTES_MAX), companions={})
    door.progress(0.5)
    row_of = {global_id: row for row, global_id in enumerate(elements)}
    states = np.full(len(elements), NOTHING, np.int8)
    stack, palette = ShapeStack(), Palette()
    for part in mesh_file.parts:
        row = row_of.get(part.name)
        if row is not None:
            _place(stack, palette, part, row, _text(elements[part.name], "class"))
            states[row] = BUILT
    if not (states == BUILT).any():
        reason = f"none of {len(mesh_file.parts)} parts is named by an element of its metadata"
        raise Refused(name, "empty", reason, remedy="export both files together")
    header = _header(elements, storeys, palette)
    return header, {
        **_table(elements, tuple(storeys)),
        "states": states,
        **stack.arrays(),
        "materials_rgba": palette.rgba(),
    }


def read_glb_properties(
    places: Sequence[Path], arguments: Mapping[str, Json], door: Door
) -> tuple[Header, Arrays]:
    """What the metadata file says of the element `global_id` beyond the element table.

    A table under a key is a property set of that name; plain values stand under "Metadata".

    Raises
    ------
    Refused
        size, format; empty where no element has this GlobalId.
    """
    name = str(places[0])
    elements, _ = _metadata(name, file_bytes(places[0], bytes_max=METADATA_BYTES_MAX))
    facts = elements.get(str(arguments["global_id"]))
    if facts is None:
        raise Refused(name, "empty", "no element has this GlobalId")
    rows: list[list[str]] = []
    for key, value in facts.items():
        if key not in TABLE_KEYS:
            _append_properties(rows, PLAIN_SET, key, value, PROPERTY_DEPTH_MAX)
    door.progress(1.0)
    return {"properties": rows[:PROPERTIES_MAX]}, {}


def _append_properties(
    rows: list[list[str]], set_name: str, key: str, value: object, depth: int
) -> None:
    """A plain value as one row, a table as a set of its own; what nests deeper is left out."""
    if isinstance(value, dict) and depth:
        inner = key if set_name == PLAIN_SET else f"{set_name} / {key}"
        for name, below in value.items():
            _append_properties(rows, inner, str(name), below, depth - 1)
    elif isinstance(value, str | int | float) and len(rows) < PROPERTIES_MAX:
        rows.append([_plain(set_name), _plain(key), _plain(value)])


def _plain(value: str | float) -> str:
    """A name or value as text of one line, reals without noise."""
    found = f"{value:.6g}" if isinstance(value, float) else str(value)
    return "".join(c if c.isprintable() else " " for c in found[:TEXT_LENGTH_MAX])


def _place(stack: ShapeStack, palette: Palette, part: Part, row: int, class_name: str) -> None:
    """Put one part on the stack about its own first point, so that copies are found equal."""
    points = moved(part.points_n3, target_from_source=SITE_FROM_GLTF)
    anchor = points[0].copy()
    if not float(np.abs(points).max()) <= FAR_M:
        raise Refused("", "numbers", "a point lies beyond 10,000 km", remedy="export it again")
    colour = part.colour_rgb
    rgba = class_colour(class_name) if colour is None else (*colour, part.opacity)
    materials = np.full(len(part.triangles_n3), palette.index(rgba, ""), np.int32)
    local = np.round(points - anchor, SAME_POINT_DIGITS) + 0.0
    shape = stack.add(local, part.triangles_n3.astype(np.int32), materials)
    stack.place(shape, row, translation(anchor))


def _metadata(name: str, content: bytes) -> tuple[dict[str, _Facts], dict[str, _Facts]]:
    """Elements and storeys by GlobalId."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise Refused(name, "format", "its metadata file is no JSON") from exc
    if not isinstance(found, dict):
        raise Refused(name, "format", "its metadata file is no JSON object")
    elements, storeys = found.get("elements"), found.get("storeys", {})
    for table in (elements, storeys):
        if not isinstance(table, dict) or not all(isinstance(v, dict) for v in table.values()):
            raise Refused(name, "format", "its metadata file has no table of elements by GlobalId")
    assert isinstance(elements, dict)
    if len(elements) > ELEMENT_COUNT_MAX:
        raise Refused(name, "size", f"{len(elements)} elements, the limit is {ELEMENT_COUNT_MAX}")
    return elements, storeys


def _header(elements: dict[str, _Facts], storeys: dict[str, _Facts], palette: Palette) -> Header:
    return {
        "schema": "glTF 2.0",
        "length_unit": "METRE",
        "unit_stated": True,
        "map_conversion": False,
        "storeys": [
            {
                "name": _text(facts, "name"),
                "global_id": global_id[:TEXT_LENGTH_MAX],
                "elevation_m": _height(facts),
                "placed_m": None,
            }
            for global_id, facts in storeys.items()
        ],
        "global_ids": [global_id[:TEXT_LENGTH_MAX] for global_id in elements],
        "classes": [_text(facts, "class") for facts in elements.values()],
        "names": [_text(facts, "name") for facts in elements.values()],
        "long_names": [_text(facts, "long_name") for facts in elements.values()],
        "systems": [_text(facts, "system") for facts in elements.values()],
        "cycle_count": 0,
        "reasons": [],
        "material_names": list(palette.names),
        "uncut_openings": [],
        "open_cpu_s": 0.0,
    }


def _table(elements: dict[str, _Facts], storey_ids: tuple[str, ...]) -> Arrays:
    storey_index = {global_id: k for k, global_id in enumerate(storey_ids)}
    row_of = {global_id: row for row, global_id in enumerate(elements)}
    facts = list(elements.values())
    storeys = [storey_index.get(_text(fact, "storey"), NO_INDEX) for fact in facts]
    parents = [row_of.get(_text(fact, "parent"), NO_INDEX) for fact in facts]
    return {
        "step_ids": np.arange(len(facts), dtype=np.int64),
        "storey": np.array(storeys, np.int32),
        "parent": np.array(parents, np.int32),
        "is_space": np.array([_text(f, "class") == ROOM_CLASS for f in facts], dtype=np.bool_),
        "is_drawing": np.zeros(len(facts), np.bool_),
    }


def _text(facts: _Facts, key: str) -> str:
    value = facts.get(key)
    found = value[:TEXT_LENGTH_MAX] if isinstance(value, str) else ""
    return found if found.isprintable() else "".join(c for c in found if c.isprintable())


def _height(facts: _Facts) -> float | None:
    value = facts.get("elevation_m")
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= FAR_M:
        return None
    return float(value)
