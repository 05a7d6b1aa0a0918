"""Make a large hospital: wards, theatres, corridors, lifts, stairs and services, as IFC4.

For scale: `--elements` asks for up to some 60,000 elements, and the number of bays follows. A wing
is a row of bays along a corridor; a bay is one room on each side. Beds, monitors, pumps and room
sensors are named as the simulator knows them. The same arguments give the same bytes.

    python tools/make_hospital.py --elements 60000 -o out/hospital.ifczip
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from hospital_parts import FEATURES, Part, parts
from solids import box
from step_building import (
    Frame,
    Level,
    add_levels,
    add_shape,
    add_shape_map,
    add_shared_shape,
    aggregate,
    begin,
    contain,
    placed,
)
from step_text import Enum, Ref, Value, add, file_text, global_id, write

SPACE: Final = "metaviewer/hospital"
STOREY_M: Final = 4.2
BAY_M: Final = 4.0
ROOM_M: Final = 6.0
CORRIDOR_M: Final = 2.6
COURT_M: Final = 12.0
WALL_M: Final = 0.15
WALL_HEIGHT_M: Final = 3.9
ROOM_HEIGHT_M: Final = 2.8
SLAB_M: Final = 0.3
THEATRE_STOREY: Final = 1
"""The storey whose first wing is operating theatres."""

BAYS_MAX: Final = 40
"""Bays of a wing: beyond this another wing begins."""

Corners = tuple[tuple[float, float, float], tuple[float, float, float]]

WALL: Final = (0.86, 0.86, 0.84, 1.0)
SLAB: Final = (0.70, 0.70, 0.69, 1.0)
FLOOR: Final = (0.66, 0.76, 0.82, 0.45)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the hospital is."""

    storeys: int
    wings: int
    bays: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The file under construction, with what all parts need."""

    frame: Frame
    maps: dict[str, Ref]
    known: dict[str, Part]
    counts: dict[str, int] = field(default_factory=dict)


def size_for(elements: int, *, storeys: int) -> Size:
    """Wings and bays that come nearest to a count of elements without passing it by a bay."""
    a_bay = sum(1 for _ in _bay_features(theatre=False)) + len(_bay_boxes())
    a_wing = len(_core_features()) + 1
    bays = max(1, elements // storeys // a_bay)
    wings = math.ceil(bays / BAYS_MAX)
    bays = max(1, (elements // storeys - wings * a_wing) // (a_bay * wings))
    return Size(storeys=storeys, wings=wings, bays=bays)


def hospital(size: Size) -> tuple[str, int]:
    """The text of the file, and its count of elements, rooms not counted."""
    frame = begin(space=SPACE, name="Hospital", description="made for scale, not a real building")
    known = parts()
    maps = {name: add_shape_map(frame, part.solids) for name, part in known.items()}
    site = Site(frame=frame, maps=maps, known=known)
    names = [(f"Level {number + 1}", number * STOREY_M) for number in range(size.storeys)]
    for number, level in enumerate(add_levels(frame, names)):
        rooms: list[Ref] = []
        loose: list[Ref] = []
        for wing in range(size.wings):
            theatres = number == THEATRE_STOREY and wing == 0
            for bay in range(size.bays):
                loose += _add_bay(site, level, (number, wing, bay), rooms, theatre=theatres)
            loose += _add_core(site, level, (number, wing, size.bays))
        aggregate(frame, level.storey, rooms, name=f"storey {number}")
        contain(frame, level.storey, loose, name=f"storey {number}")
    text = file_text(frame.lines, name="hospital.ifc", description="made by make_hospital")
    return text, sum(site.counts.values())


# A bay: two rooms and the corridor between them


def _add_bay(
    site: Site, level: Level, where: tuple[int, int, int], rooms: list[Ref], *, theatre: bool
) -> list[Ref]:
    """Add a bay; gives what stands in no room."""
    number, wing, bay = where
    at = placed(site.frame, level.placement, (bay * BAY_M, _wing_y_m(wing), 0.0))
    tag = f"{number + 1}{chr(ord('A') + wing % 26)}{bay:03d}"
    loose = [
        _add_box(site, at, (ifc_class, predefined), f"{name} {tag}", corners)
        for ifc_class, predefined, name, corners in _bay_boxes()
    ]
    inside: dict[int, list[Ref]] = {-1: [], 1: []}
    for name, side, position_m, turn_rad in _bay_features(theatre=theatre):
        room = f"{tag}{'S' if side < 0 else 'N'}"
        made = _add_feature(site, at, name, f"{room if side else tag}", (position_m, turn_rad))
        inside.get(side, loose).append(made)
    for side, elements in inside.items():
        room = f"{tag}{'S' if side < 0 else 'N'}"
        title = ("THEATRE" if side > 0 else "PREPARATION") if theatre else "PATIENT ROOM"
        space = _add_room(site, at, room, title, side)
        contain(site.frame, space, elements, name=room)
        rooms.append(space)
    return loose


def _wing_y_m(wing: int) -> float:
    return wing * (2 * ROOM_M + CORRIDOR_M + COURT_M)


def _bay_boxes() -> list[tuple[str, str, str, Corners]]:
    """Walls and slabs of a bay: each has a shape of its own, as in models that people draw."""
    half = CORRIDOR_M / 2
    slab = ((0.0, -half - ROOM_M, -SLAB_M), (BAY_M, half + ROOM_M, 0.0))
    found: list[tuple[str, str, str, Corners]] = [("IFCSLAB", "FLOOR", "Slab", slab)]
    for word, side in (("S", -1), ("N", 1)):
        near, far = sorted((side * half, side * (half + WALL_M)))
        inner, outer = sorted((side * (half + ROOM_M - WALL_M), side * (half + ROOM_M)))
        low, high = sorted((side * half, side * (half + ROOM_M)))
        top = WALL_HEIGHT_M
        found += [
            ("IFCWALL", "SOLIDWALL", f"Party wall {word}", ((0, low, 0), (WALL_M, high, top))),
            (
                "IFCWALL",
                "SOLIDWALL",
                f"Corridor wall {word} 1",
                ((WALL_M, near, 0), (1.2, far, top)),
            ),
            (
                "IFCWALL",
                "SOLIDWALL",
                f"Corridor wall {word} 2",
                ((2.4, near, 0), (BAY_M, far, top)),
            ),
            ("IFCWALL", "SOLIDWALL", f"Lintel {word}", ((1.2, near, 2.1), (2.4, far, top))),
            ("IFCWALL", "SOLIDWALL", f"Sill {word}", ((WALL_M, inner, 0), (BAY_M, outer, 0.9))),
            ("IFCWALL", "SOLIDWALL", f"Facade {word}", ((WALL_M, inner, 2.3), (BAY_M, outer, top))),
        ]
    return found


def _bay_features(*, theatre: bool) -> Iterator[tuple[str, int, tuple[float, float, float], float]]:
    """Name, side (0 is the corridor), place in the bay and turn of everything that is shared."""
    half = CORRIDOR_M / 2
    for feature in FEATURES["corridor"]:
        yield feature.part, 0, (feature.x_m, feature.y_m, feature.z_m), feature.turn_rad
    for side in (-1, 1):
        kind = "theatre" if theatre and side > 0 else "room"
        for feature in FEATURES[kind]:
            # A room is drawn with its door at y = 0 and its window away from it.
            x = feature.x_m if side > 0 else BAY_M + WALL_M - feature.x_m
            turn = feature.turn_rad + (0.0 if side > 0 else math.pi)
            yield feature.part, side, (x, side * (half + feature.y_m), feature.z_m), turn


def _add_room(site: Site, at: Ref, room: str, title: str, side: int) -> Ref:
    half = CORRIDOR_M / 2
    low, high = sorted((side * (half + WALL_M), side * (half + ROOM_M - WALL_M)))
    body = box((WALL_M, low, 0.0), (BAY_M, high, ROOM_HEIGHT_M), FLOOR)
    lines = site.frame.lines
    return add(
        lines, "IFCSPACE", global_id(SPACE, "room", room), None, room, None, None,
        placed(site.frame, at, (0.0, 0.0, 0.0)), add_shape(site.frame, [body]), title,
        Enum("ELEMENT"), Enum("INTERNAL"), None,
    )  # fmt: skip


# The core at the end of a wing: lifts and stairs


def _add_core(site: Site, level: Level, where: tuple[int, int, int]) -> list[Ref]:
    number, wing, bays = where
    at = placed(site.frame, level.placement, (bays * BAY_M, _wing_y_m(wing), 0.0))
    tag = f"{number + 1}{chr(ord('A') + wing % 26)}"
    slab = ((0.0, -CORRIDOR_M / 2 - ROOM_M, -SLAB_M), (6.0, CORRIDOR_M / 2 + ROOM_M, 0.0))
    return [
        _add_box(site, at, ("IFCSLAB", "FLOOR"), f"Core slab {tag}", slab),
        *(
            _add_feature(site, at, name, f"{tag}-{index}", (position_m, 0.0))
            for index, (name, position_m) in enumerate(_core_features())
        ),
    ]


def _core_features() -> list[tuple[str, tuple[float, float, float]]]:
    lifts = [(x, y) for x in (1.4, 4.2) for y in (-3.2, 3.2)]
    return [
        *(("Lift", (x, y, 0.0)) for x, y in lifts),
        *(("Lift shaft", (x, y, 0.0)) for x, y in lifts),
        *(("Lift door", (x, y - math.copysign(1.2, y), 0.0)) for x, y in lifts),
        ("Stair", (2.8, -6.2, 0.0)),
        ("Stair", (2.8, 6.2, 0.0)),
        ("Riser duct", (5.6, -1.9, 0.0)),
        ("Riser duct", (5.6, 1.9, 0.0)),
    ]


# One element


def _add_box(
    site: Site,
    at: Ref,
    sort: tuple[str, str],
    name: str,
    corners: Corners,
) -> Ref:
    low, high = np.array(corners[0], dtype=np.float64), np.array(corners[1], dtype=np.float64)
    colour = SLAB if sort[0] == "IFCSLAB" else WALL
    shape = add_shape(site.frame, [box(low - low, high - low, colour)])
    placement = placed(site.frame, at, low.tolist())
    return _add_element(site, sort[0], name, (placement, shape), [Enum(sort[1])])


def _add_feature(
    site: Site, at: Ref, part: str, place: str, where: tuple[tuple[float, float, float], float]
) -> Ref:
    known = site.known[part]
    placement = placed(site.frame, at, where[0], turn_rad=round(where[1] % (2 * math.pi), 6))
    shape = add_shared_shape(site.frame, site.maps[part])
    name = f"{part} {place}{known.suffix}"
    return _add_element(site, known.ifc_class, name, (placement, shape), known.rest)


def _add_element(
    site: Site, ifc_class: str, name: str, body: tuple[Ref, Ref], rest: list[Value]
) -> Ref:
    count = site.counts[name] = site.counts.get(name, 0) + 1
    named = name if count == 1 else f"{name}.{count}"
    key = global_id(SPACE, ifc_class, named)
    return add(site.frame.lines, ifc_class, key, None, named, None, None, *body, None, *rest)


def main() -> None:
    """Write the hospital and say how large it is."""
    parser = argparse.ArgumentParser(description="make a large hospital as IFC4")
    parser.add_argument("-o", "--output", type=Path, default=Path("out/hospital.ifczip"))
    parser.add_argument("--elements", type=int, default=10_000)
    parser.add_argument("--storeys", type=int, default=8)
    chosen = parser.parse_args()
    began_s = time.process_time()
    size = size_for(chosen.elements, storeys=chosen.storeys)
    text, elements = hospital(size)
    write(chosen.output, text)
    took_s = time.process_time() - began_s
    print(
        f"{chosen.output}: {elements} elements, {size}, {len(text) / 2**20:.0f} MiB, {took_s:.1f} s"
    )


if __name__ == "__main__":
    main()
