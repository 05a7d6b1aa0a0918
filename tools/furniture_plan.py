"""What stands where in the clinic: beds with their devices, chairs, seats, sensors.

They stand where a person would put them: back to the wall, at least `CLEARANCE_M` inside the room,
clear of doors and their swing, of walls, columns and casework, and of each other.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import furniture_shapes as shapes
import numpy as np
from cobie_rooms import Room
from free_floor import (
    Rect,
    Spot,
    against_walls,
    grown,
    holds,
    meeting,
    meets,
    side_room_m,
    stacked,
)
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ifcopenshell import entity_instance

CLEARANCE_M: Final = 0.3
DOOR_SWING_M: Final = 1.0
TALLEST_M: Final = 2.0
ACCESS_M: Final = 0.9
"""Room beside a bed that a person and a stand need."""

AREA_MISFIT: Final = 0.2
"""A room whose box and stated area differ by more than this share is not furnished."""

BEDS_IN: Final = {
    "INTERACTION STATION": 1,
    "ISOLATION INTERACTION STATION": 1,
    "TRMT RM. DIRTY PROC.": 1,
    "TRMT ROOM": 2,
    "GROUP IS": 2,
    "PHYSICAL EXAM": 3,
    "ECG TEST": 1,
}
CHAIR_WORDS: Final = ("DTR #", "BLOOD DRAW")
SEATS_IN: Final = {"CENTRAL WAITING": 12, "WAITING / ACTIVITY AREA": 16, "DENTAL WAITING": 5}
NO_SENSOR: Final = (
    "Restroom", "Stairway", "Shaft", "Facility Service", "Transitional", "Loading", "Storage",
    "Electrical Room", "Dressing", "Vestibule", "Service Distribution",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One thing that stands in a room; its name begins with the word the live state knows."""

    word: str
    place: str
    room: str
    spot: Spot


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Obstacles:
    """What stands in the building already: boxes (n, 2, 3) in site metres."""

    walls_m: NDArray[np.float64]
    doors_m: NDArray[np.float64]
    others_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Around:
    """Plans (n, 2, 2) of what stands in and around one room."""

    blocked: NDArray[np.float64]
    doors: NDArray[np.float64]
    low_walls: NDArray[np.float64]
    walls: NDArray[np.float64]
    """Behind what stands, and at the height of sensors."""


def smaller_within(room: Room, rooms: Sequence[Room]) -> list[Room]:
    """Smaller rooms that lie in the box of a room: their floor is theirs."""
    area_m2 = _box_area_m2(room)
    return [
        other
        for other in rooms
        if other is not room
        and (_box_area_m2(other), other.number) < (area_m2, room.number)
        and _overlap_m(room, other) > 0.02
    ]


def _box_area_m2(room: Room) -> float:
    return float(np.prod(np.diff(room.box_site_m[:, :2], axis=0)))


def _overlap_m(room: Room, other: Room) -> float:
    low = np.maximum(room.box_site_m[0], other.box_site_m[0])
    high = np.minimum(room.box_site_m[1], other.box_site_m[1])
    return float((high - low).min())


def floor_cells(
    room: Room, rooms: Sequence[Room]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """The floor of a room as cells of a grid: x lines, y lines, which cells [i, j] are its own."""
    box = room.box_site_m[:, :2]
    holes = [other.box_site_m[:, :2] for other in smaller_within(room, rooms)]
    lines = [
        np.unique([*box[:, axis], *np.clip([hole[:, axis] for hole in holes], *box[:, axis]).flat])
        for axis in (0, 1)
    ]
    middles = np.stack(
        np.meshgrid(*((line[1:] + line[:-1]) / 2 for line in lines), indexing="ij"), -1
    )
    own = np.ones(middles.shape[:2], dtype=np.bool_)
    for hole in holes:
        own &= ~((middles > hole[0]) & (middles < hole[1])).all(axis=-1)
    return lines[0], lines[1], own


def floor_area_m2(room: Room, rooms: Sequence[Room]) -> float:
    """Area of a room's own floor."""
    xs, ys, own = floor_cells(room, rooms)
    return float((np.outer(np.diff(xs), np.diff(ys)) * own).sum())


# What is there


def obstacles_of(models: Sequence[Path]) -> Obstacles:
    """Boxes of the elements of some IFC files that hold triangulated face sets."""
    found: dict[str, list[NDArray[np.float64]]] = {"wall": [], "door": [], "other": []}
    for path in models:
        for ifc_class, box_m in _element_boxes(path):
            kind = "wall" if ifc_class.startswith("IfcWall") else "other"
            found["door" if ifc_class == "IfcDoor" else kind].append(box_m)
    walls, doors, others = (np.array(boxes).reshape(-1, 2, 3) for boxes in found.values())
    return Obstacles(walls_m=walls, doors_m=doors, others_m=others)


def _element_boxes(path: Path) -> Iterator[tuple[str, NDArray[np.float64]]]:
    import ifcopenshell

    with zipfile.ZipFile(path) as archive:
        model = ifcopenshell.file.from_string(archive.read(archive.namelist()[0]).decode("ascii"))
    for element in model.by_type("IfcElement"):
        corners = [*_face_set_points(element)]
        if corners:
            points = np.vstack(corners)
            yield element.get_info()["type"], np.array([points.min(axis=0), points.max(axis=0)])


def _face_set_points(element: entity_instance) -> Iterator[NDArray[np.float64]]:
    """Points of the element's face sets in the site."""
    from ifcopenshell.util.placement import get_local_placement, get_mappeditem_transformation

    for representation in element.Representation.Representations if element.Representation else []:
        for item in representation.Items:
            site_from_item, face_sets = get_local_placement(element.ObjectPlacement), [item]
            if item.is_a("IfcMappedItem"):
                site_from_item = site_from_item @ get_mappeditem_transformation(item)
                face_sets = item.MappingSource.MappedRepresentation.Items
            for face_set in face_sets:
                points = np.array(face_set.Coordinates.CoordList)
                yield points @ site_from_item[:3, :3].T + site_from_item[:3, 3]


# What comes in


def pieces_of(rooms: Sequence[Room], obstacles: Obstacles) -> list[Piece]:
    """All furniture, devices and sensors."""
    pieces: list[Piece] = []
    for whole in rooms:
        room, around = _own(whole, rooms), _around(whole, rooms, obstacles)
        standing: list[Piece] = []
        if abs(floor_area_m2(whole, rooms) / room.net_area_m2 - 1.0) < AREA_MISFIT:
            standing = _furnished(room, around)
        pieces += standing
        if not any(word in room.category for word in NO_SENSOR):
            pieces += _sensed(room, around, standing)
    return pieces


def _own(room: Room, rooms: Sequence[Room]) -> Room:
    """The room with its box cut back to the floor that is its own."""
    xs, ys, own = floor_cells(room, rooms)
    i, j = (np.flatnonzero(own.any(axis=axis)) for axis in (1, 0))
    box = room.box_site_m.copy()
    box[:, 0], box[:, 1] = (xs[i[0]], xs[i[-1] + 1]), (ys[j[0]], ys[j[-1] + 1])
    return replace(room, box_site_m=box)


def _around(room: Room, rooms: Sequence[Room], obstacles: Obstacles) -> Around:
    floor_m = float(room.box_site_m[0, 2])
    reach = grown(room.box_site_m[:, :2], 0.5)[None]

    def near(boxes_m: NDArray[np.float64], low_m: float, high_m: float) -> NDArray[np.float64]:
        within = (boxes_m[:, 0, 2] < floor_m + high_m) & (boxes_m[:, 1, 2] > floor_m + low_m)
        plans = boxes_m[within][:, :, :2]
        return plans[meeting(plans, reach)]

    standing = np.concatenate([obstacles.walls_m, obstacles.others_m])
    inner = stacked(other.box_site_m[:, :2] for other in smaller_within(room, rooms))
    return Around(
        blocked=np.concatenate([near(standing, 0.05, TALLEST_M), inner]),
        doors=near(obstacles.doors_m, 0.05, TALLEST_M),
        low_walls=near(obstacles.walls_m, 0.3, 0.8),
        walls=near(obstacles.walls_m, shapes.SENSOR_HEIGHT_M - 0.1, shapes.SENSOR_HEIGHT_M + 0.1),
    )


def _swings(doors: NDArray[np.float64]) -> list[Rect]:
    """Door plans with the floor before and behind them."""
    along_x = np.diff(doors, axis=1)[:, 0, 0] > np.diff(doors, axis=1)[:, 0, 1]
    margins = [(0.0, DOOR_SWING_M) if wide else (DOOR_SWING_M, 0.0) for wide in along_x]
    return [grown(door, margin) for door, margin in zip(doors, margins, strict=True)]


def _furnished(room: Room, around: Around) -> list[Piece]:
    pieces: list[Piece] = []
    blocked = stacked([*around.blocked, *_swings(around.doors)])
    for index in range(1, BEDS_IN.get(room.title, 0) + 1):
        place = f"{room.number}-{index}"
        pieces += _bedside(room, place, _with(blocked, pieces), around)
    if any(word in room.title for word in CHAIR_WORDS):
        chair = _best(room, shapes.CHAIR_SIZE_M, blocked, around)
        pieces += [_piece("Chair", room, room.number, spot) for spot in (chair,) if spot]
    for index in range(1, SEATS_IN.get(room.title, 0) + 1):
        seats = _free(room, shapes.SEAT_SIZE_M, _with(blocked, pieces), around)
        pieces += [_piece("Seat", room, f"{room.number}-{index}", spot) for spot in seats[:1]]
    return pieces


def _piece(word: str, room: Room, place: str, spot: Spot) -> Piece:
    return Piece(word=word, place=place, room=room.number, spot=spot)


def _with(blocked: NDArray[np.float64], pieces: Sequence[Piece]) -> NDArray[np.float64]:
    return stacked([*blocked, *(piece.spot.rect for piece in pieces)])


def _bedside(room: Room, place: str, blocked: NDArray[np.float64], around: Around) -> list[Piece]:
    """A bed with a monitor and a pump at its head, as far as they find room."""
    bed = _best(room, shapes.BED_SIZE_M, blocked, around)
    if bed is None:
        return []
    pieces = [_piece("Bed", room, place, bed)]
    inside = grown(room.box_site_m[:, :2], -CLEARANCE_M)
    aside_m = (shapes.BED_SIZE_M[0] + shapes.STAND_SIZE_M[0]) / 2 + 0.05
    for word, side in (("Monitor", 1), ("Pump", -1)):
        taken = _with(blocked, pieces)
        for across_m, along_m in _beside(aside_m * side):
            spot = bed.near(across_m, along_m, shapes.STAND_SIZE_M)
            if holds(inside, spot.rect) and not meets(spot.rect, taken):
                pieces.append(_piece(word, room, place, spot))
                break
    return pieces


def _beside(aside_m: float) -> list[tuple[float, float]]:
    """Places beside a bed, from the head down, the wished side first."""
    down_m = (0.78, 0.5, 0.2, -0.2, -0.6)
    return [(side * aside_m, along_m) for side in (1, -1) for along_m in down_m]


def _free(
    room: Room, size_m: tuple[float, float], blocked: NDArray[np.float64], around: Around
) -> list[Spot]:
    """Free spots that have a wall behind them: a side of a box may be open."""
    spots = [*against_walls(room.box_site_m[:, :2], size_m, clearance_m=CLEARANCE_M)]
    taken = meeting(stacked(grown(spot.rect, 0.05) for spot in spots), blocked)
    back_m = size_m[1] / 2 + CLEARANCE_M + 0.05
    backed = meeting(
        stacked(spot.near(0, back_m, (0.1, 0.08)).rect for spot in spots), around.walls
    )
    return [spots[index] for index in np.flatnonzero(backed & ~taken).tolist()]


def _best(
    room: Room, size_m: tuple[float, float], blocked: NDArray[np.float64], around: Around
) -> Spot | None:
    """The spot with the most room on both sides; of equal ones the farthest from the doors."""
    plan = room.box_site_m[:, :2]

    def merit(spot: Spot) -> tuple[float, float]:
        aside_m = side_room_m(spot, plan, blocked, most_m=ACCESS_M)
        return aside_m, round(_distance_m(spot.centre_m, around.doors), 1)

    return max(_free(room, size_m, blocked, around), key=merit, default=None)


def _distance_m(point_m: NDArray[np.float64], doors: NDArray[np.float64]) -> float:
    """Distance to the nearest door; 0 where there is none."""
    centres = doors.mean(axis=1)
    return float(np.linalg.norm(centres - point_m, axis=1).min()) if len(centres) else 0.0


def _sensed(room: Room, around: Around, standing: Sequence[Piece]) -> list[Piece]:
    """A sensor on a wall of the room, near a door where one is."""
    spots = [*against_walls(room.box_site_m[:, :2], shapes.SENSOR_SIZE_M, clearance_m=0.0)]
    behind = meeting(stacked(spot.near(0, 0.03, (0.08, 0.02)).rect for spot in spots), around.walls)
    before = stacked(spot.near(0, -0.05, (0.08, 0.04)).rect for spot in spots)
    hidden = meeting(before, _with(around.blocked, standing))
    jambs = stacked(grown(door, 0.15) for door in around.doors)
    in_door = meeting(stacked(spot.rect for spot in spots), jambs)
    hung = [spots[index] for index in np.flatnonzero(behind & ~hidden & ~in_door).tolist()]
    hung.sort(key=lambda spot: round(_distance_m(spot.centre_m, around.doors), 2))
    return [_piece("Temperature", room, room.number, spot) for spot in hung[:1]]
