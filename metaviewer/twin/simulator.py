"""A hospital that lives by a seed: the same moment always gives the same values.

Every value is a closed function of (seed, name of the place, time), so that a picture of a moment
can be made again, a replay needs no recording, and leaving out frames changes nothing. Values pass
through `written` like those of any feed, with the faults of real feeds: sensors that fall silent,
one that never spoke, one that reports itself broken, monitors in standby.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array
from metaviewer.twin.columns import Columns, Point, Quality
from metaviewer.twin.kinds import KINDS, Kind
from metaviewer.twin.update import Update, empty_columns, written

TICK_S: Final = 1.0
"""Within a tick the simulator says nothing new; a feed process hands on in batches as well."""

LATENCY_S: Final = 0.2
"""From the source to us."""

REPORTS_KNOWN: Final = 12
"""How many reports back it is looked for when a measured value last changed."""

SILENT_SHARE: Final = 0.06
"""Share of room sensors that speak only for a third of each `SILENCE_CYCLE_S`."""

SILENCE_CYCLE_S: Final = 1800.0
SPEAKING_SHARE: Final = 1.0 / 3.0
BLOCKED_SHARE: Final = 0.07
CLEANING_S: Final = 480.0
PUMP_STEPS_ML_H: Final = np.array([5.0, 10.0, 21.0, 42.0, 83.0, 125.0])
HASH_SCALE: Final = float(2**53)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An element of a building that may be fed: what a building's table says of it.

    Elements are told apart by class and by the first word of their name; the rest of the name is
    the place ("Monitor 1D09-1" hangs at bed 1D09-1, which stands in room 1D09).
    """

    model_id: str
    global_id: str
    ifc_class: str
    name: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Simulator:
    """A feed made of a seed; arrays of length n, one row a point, read-only.

    Parameters
    ----------
    chances_n4 : float64 array (n, 4), 0..1
        Four numbers that belong to the place of the point and to the seed.
    rows : dict
        The rows of each kind.
    alarmed, silent, unheard, broken, warm : bool arrays
        The one bed with an alarm; sensors that speak a third of the time, never, or of a fault; the
        room whose cooling has failed.
    room_row, bed_row : int64 arrays
        Pairs: the occupancy of a room, and a bed that stands in it.
    """

    points: tuple[Point, ...]
    chances_n4: Float64Array
    period_s: Float64Array
    rows: dict[str, NDArray[np.int64]]
    alarmed: NDArray[np.bool_]
    silent: NDArray[np.bool_]
    unheard: NDArray[np.bool_]
    broken: NDArray[np.bool_]
    warm: NDArray[np.bool_]
    room_row: NDArray[np.int64]
    bed_row: NDArray[np.int64]

    def columns_at(self, *, at_s: float) -> Columns:
        """What was known at that moment; the same object within one tick."""
        return _columns_of_tick(self, int(at_s // TICK_S))


def simulator(elements: Iterable[Placed], *, seed: int) -> Simulator:
    """A feed for the beds, monitors, pumps, sensors and rooms among `elements`.

    A room is fed by its sensor: a room without one has no points.
    """
    pairs = list(_points(list(elements)))
    places, points = [place for place, _ in pairs], tuple(point for _, point in pairs)
    chances = _chances(places, seed=seed)
    kinds = np.array([point.kind for point in points], dtype=np.str_)
    of_room = np.array([KINDS[point.kind].of_room for point in points], dtype=np.bool_)

    def drawn(kind: str, nth: int) -> NDArray[np.bool_]:
        return _drawn(places, chances, kinds == kind, nth=nth)

    room_row, bed_row = _beds_in_rooms(places, kinds)
    return Simulator(
        points=points,
        chances_n4=chances,
        period_s=np.array([KINDS[point.kind].period_s for point in points], dtype=np.float64),
        rows={kind: np.flatnonzero(kinds == kind) for kind in KINDS},
        alarmed=drawn("alarm", 0),
        silent=of_room & (chances[:, 2] < SILENT_SHARE),
        unheard=drawn("temperature", 1) & of_room,
        broken=drawn("temperature", 0) & (kinds == "temperature"),
        warm=drawn("temperature", 2),
        room_row=room_row,
        bed_row=bed_row,
    )


def update_at(feed: Simulator, *, now_s: float) -> Update:
    """The last report of every point that had one at `now_s`."""
    reported_s = _report_times(feed, now_s)
    heard = np.flatnonzero(~feed.unheard)
    values, since_s = _values(feed, reported_s)
    return Update(
        rows=heard,
        values=values[heard],
        quality=_quality(feed, reported_s)[heard],
        source_s=reported_s[heard] - LATENCY_S,
        received_s=reported_s[heard],
        changed_s=since_s[heard],
    )


@lru_cache(maxsize=16)
def _columns_of_tick(feed: Simulator, tick: int) -> Columns:
    return written(empty_columns(feed.points), update_at(feed, now_s=tick * TICK_S))


# What is fed


def _points(elements: Sequence[Placed]) -> Iterator[tuple[str, Point]]:
    # The room of a sensor is that of its own model: another discipline's has no body to colour.
    rooms = {(item.model_id, item.name): item for item in elements if item.ifc_class == "IfcSpace"}
    for item in elements:
        word, _, place = item.name.rpartition(" ")
        for kind in KINDS.values():
            if word and (word, item.ifc_class) == (kind.element_word, kind.ifc_class):
                yield place, _point(kind, place, item)
            if kind.of_room and word == "Temperature" and (item.model_id, place) in rooms:
                yield place, _point(kind, place, rooms[item.model_id, place])


def _point(kind: Kind, place: str, item: Placed) -> Point:
    where = "room" if item.ifc_class == "IfcSpace" else "device"
    return Point(
        name=f"{where}/{place}/{kind.name}",
        kind=kind.name,
        model_id=item.model_id,
        global_id=item.global_id,
        unit=kind.unit,
        limit_s=kind.limit_s,
        states=kind.states,
    )


def _chances(places: Sequence[str], *, seed: int) -> Float64Array:
    """Four uniform numbers a place, by hash: they do not depend on what else is there."""
    words = np.array([zlib.crc32(place.encode()) for place in places], dtype=np.uint64)
    mixed: NDArray[np.uint64] = words[:, None] * np.uint64(0x9E3779B97F4A7C15)
    mixed = mixed + np.arange(1, 5, dtype=np.uint64) * np.uint64(0xD1342543DE82EF95)
    mixed ^= np.uint64(seed * 0xA0761D6478BD642F % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)  # splitmix64
    mixed ^= mixed >> np.uint64(31)
    chances = (mixed >> np.uint64(11)).astype(np.float64) / HASH_SCALE
    chances.setflags(write=False)
    return chances


def _drawn(
    places: Sequence[str], chances_n4: Float64Array, of_kind: NDArray[np.bool_], *, nth: int
) -> NDArray[np.bool_]:
    """All points of one place, drawn by lot among places of a kind: the nth highest last chance."""
    lots = sorted({(-chances_n4[row, 3], places[row]) for row in np.flatnonzero(of_kind).tolist()})
    place = lots[nth][1] if nth < len(lots) else None
    return np.array([name == place for name in places], dtype=np.bool_)


def _beds_in_rooms(
    places: Sequence[str], kinds: NDArray[np.str_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the occupancy of a room, and of a bed in it: "1D09-1" stands in "1D09"."""
    rooms = {places[row]: row for row in np.flatnonzero(kinds == "occupancy").tolist()}
    pairs = [
        (rooms[room], bed)
        for bed in np.flatnonzero(kinds == "bed_state").tolist()
        if (room := places[bed].rpartition("-")[0]) in rooms
    ]
    room_row, bed_row = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return room_row, bed_row


# When it was last heard


def _report_times(feed: Simulator, now_s: float) -> Float64Array:
    """Time of the last report of each point."""
    phase_s = feed.chances_n4[:, 0] * feed.period_s
    into_s = np.mod(now_s - feed.chances_n4[:, 1] * SILENCE_CYCLE_S, SILENCE_CYCLE_S)
    quiet_s = np.maximum(into_s - SPEAKING_SHARE * SILENCE_CYCLE_S, 0.0)
    spoken_s = now_s - np.where(feed.silent, quiet_s, 0.0)
    reported_s: Float64Array = np.floor((spoken_s - phase_s) / feed.period_s)
    return reported_s * feed.period_s + phase_s


# What was said


def _quality(feed: Simulator, reported_s: Float64Array) -> NDArray[np.uint8]:
    quality = np.full(len(feed.points), Quality.GOOD, dtype=np.uint8)
    quality[feed.broken] = Quality.BAD
    for kind in ("heart_rate", "pump_rate"):
        rows = feed.rows[kind]
        standby = ~_occupied(feed, rows, reported_s[rows])
        quality[rows[standby]] = Quality.OUT_OF_SERVICE
    return quality


def _values(feed: Simulator, reported_s: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Values at the reports, and since when each stands so."""
    values, since_s = _values_alone(feed, reported_s), reported_s.copy()
    unchanged = np.ones(len(values), dtype=np.bool_)
    for back in range(1, REPORTS_KNOWN + 1):
        earlier_s = reported_s - back * feed.period_s
        unchanged &= _values_alone(feed, earlier_s) == values
        since_s[unchanged] = earlier_s[unchanged]
    beds = feed.rows["bed_state"]
    since_s[beds] = _bed_states(feed, beds, reported_s[beds])[1]
    return values, since_s


def _values_alone(feed: Simulator, at_s: Float64Array) -> Float64Array:
    values = np.zeros(len(feed.points))
    for kind, said in SAID.items():
        rows = feed.rows[kind]
        values[rows] = said(feed, rows, at_s[rows])
    return values


def _wave(
    at_s: Float64Array, *, period_s: Float64Array | float, turn: Float64Array
) -> Float64Array:
    """Sine of that period, shifted by a share of a turn."""
    wave: Float64Array = np.sin(2.0 * np.pi * (at_s / period_s + turn))
    return wave


def _temperatures(feed: Simulator, rows: NDArray[np.int64], at_s: Float64Array) -> Float64Array:
    """Degrees Celsius: a set point a room, a slow swing, one room whose cooling has failed."""
    _, turn, length, level = feed.chances_n4[rows].T
    degrees = 20.6 + 2.4 * level + 0.45 * _wave(at_s, period_s=1500.0 + 900.0 * length, turn=turn)
    rounded: Float64Array = np.round(degrees + 4.8 * feed.warm[rows], 1)
    return rounded


def _bed_states(
    feed: Simulator, rows: NDArray[np.int64], at_s: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """State of the beds at these places (free, occupied, cleaning, blocked), and since when."""
    stay, gap, turn, lot = feed.chances_n4[rows].T
    free_at_s = 2400.0 + 3000.0 * stay + CLEANING_S
    cycle_s = free_at_s + 600.0 + 1200.0 * gap
    into_s = np.mod(at_s + turn * cycle_s, cycle_s)
    freed, leaving = into_s >= free_at_s, into_s >= free_at_s - CLEANING_S
    state = np.where(freed, 0.0, np.where(leaving, 2.0, 1.0))
    began_s = np.where(freed, free_at_s, np.where(leaving, free_at_s - CLEANING_S, 0.0))
    alarmed, blocked = feed.alarmed[rows], lot < BLOCKED_SHARE
    state = np.where(alarmed, 1.0, np.where(blocked, 3.0, state))
    since_s = np.where(alarmed | blocked, np.minimum(0.0, at_s), at_s - into_s + began_s)
    return state, since_s


def _bed_values(feed: Simulator, rows: NDArray[np.int64], at_s: Float64Array) -> Float64Array:
    return _bed_states(feed, rows, at_s)[0]


def _occupied(feed: Simulator, rows: NDArray[np.int64], at_s: Float64Array) -> NDArray[np.bool_]:
    """Whether somebody lies at the place of these points: all at one place share its chances."""
    occupied: NDArray[np.bool_] = _bed_states(feed, rows, at_s)[0] == 1.0
    return occupied


def _occupancies(feed: Simulator, rows: NDArray[np.int64], at_s: Float64Array) -> Float64Array:
    """People in a room: those in its beds, and those who come and go."""
    crowd, turn, length, _ = feed.chances_n4[rows].T
    tide = _wave(at_s, period_s=700.0 + 500.0 * length, turn=turn) + 1.6 * crowd - 0.4
    people = np.zeros(len(feed.points))
    people[rows] = np.floor(1.6 * np.maximum(0.0, tide))
    asked_s = np.zeros(len(feed.points))
    asked_s[rows] = at_s
    lying = _occupied(feed, feed.bed_row, asked_s[feed.room_row])
    np.add.at(people, feed.room_row, lying.astype(np.float64))
    return people[rows]


def _heart_rates(feed: Simulator, rows: NDArray[np.int64], at_s: Float64Array) -> Float64Array:
    """Beats a minute; much too fast at the bed with the alarm."""
    turn, other, level, _ = feed.chances_n4[rows].T
    swing = _wave(at_s, period_s=47.0, turn=turn) + _wave(at_s, period_s=33.0, turn=other)
    rates: Float64Array = np.round(62.0 + 26.0 * level + 2.5 * swing + 58.0 * feed.alarmed[rows])
    return rates


def _alarms(feed: Simulator, rows: NDArray[np.int64], at_s: Float64Array) -> Float64Array:
    """Level of the alarm: high at one bed, none elsewhere."""
    del at_s  # the alarm stands: what ends it is a person, and that is not simulated
    high = KINDS["alarm"].states.index("high")
    return high * feed.alarmed[rows].astype(np.float64)


def _pump_rates(feed: Simulator, rows: NDArray[np.int64], at_s: Float64Array) -> Float64Array:
    """Millilitres an hour: one of the usual steps while somebody lies there."""
    index = (feed.chances_n4[rows, 2] * len(PUMP_STEPS_ML_H)).astype(np.int64)
    rates: Float64Array = PUMP_STEPS_ML_H[index] * _occupied(feed, rows, at_s)
    return rates


SAID: Final[dict[str, Callable[[Simulator, NDArray[np.int64], Float64Array], Float64Array]]] = {
    "temperature": _temperatures,
    "occupancy": _occupancies,
    "bed_state": _bed_values,
    "heart_rate": _heart_rates,
    "alarm": _alarms,
    "pump_rate": _pump_rates,
}
