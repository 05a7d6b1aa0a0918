"""The simulator: the same moment, the same values; and every fault a feed can have is in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaviewer.twin import KINDS, Placed, Standing, limits_s, read, simulator, standings

ROOMS = [f"1D{number:02d}" for number in range(40)]


def hospital(rooms=ROOMS):
    """Rooms with a sensor each; every second room has a bed with its monitor and pump."""
    for index, room in enumerate(rooms):
        yield Placed(model_id="m", global_id=f"R{room}", ifc_class="IfcSpace", name=room)
        yield Placed(
            model_id="m", global_id=f"S{room}", ifc_class="IfcSensor", name=f"Temperature {room}"
        )
        if index % 2 == 0:
            for word, ifc_class in (
                ("Bed", "IfcFurniture"),
                ("Monitor", "IfcMedicalDevice"),
                ("Pump", "IfcMedicalDevice"),
            ):
                yield Placed(
                    model_id="m",
                    global_id=f"{word[0]}{room}",
                    ifc_class=ifc_class,
                    name=f"{word} {room}-1",
                )


@pytest.fixture(scope="module")
def feed():
    return simulator(hospital(), seed=7)


def values_by_name(columns):
    return dict(zip((point.name for point in columns.points), columns.values, strict=True))


def test_a_moment_can_be_made_again(feed):
    """A counter or a random state inside would differ: frames left out, another start."""
    feed.columns_at(at_s=17.0)
    one, two = feed.columns_at(at_s=5000.0), simulator(hospital(), seed=7).columns_at(at_s=5000.0)
    for name in ("values", "quality", "source_s", "received_s", "changed_s"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_another_seed_is_another_hospital(feed):
    other = simulator(hospital(), seed=8)
    assert (feed.columns_at(at_s=50.0).values != other.columns_at(at_s=50.0).values).any()


def test_a_place_keeps_its_values_when_the_building_grows(feed):
    """Values that depend on the row would all change with one more room."""
    bigger = simulator(hospital(["0A01", "0A02", *ROOMS]), seed=7)
    few, many = (values_by_name(each.columns_at(at_s=900.0)) for each in (feed, bigger))
    assert (
        sum(few[name] != many[name] for name in few if "bed_state" in name) <= 1
    )  # the alarm may move


def test_nothing_new_within_a_tick_is_the_same_object(feed):
    """What is drawn from it is left as it is when the object is the same."""
    assert feed.columns_at(at_s=10.1) is feed.columns_at(at_s=10.9)
    assert read([feed], at=None, now_s=10.5) is feed.columns_at(at_s=10.1)


def test_the_time_cursor_looks_back(feed):
    np.testing.assert_array_equal(
        read([feed], at=33.0, now_s=99999.0).values, feed.columns_at(at_s=33.0).values
    )


def test_exactly_one_bed_has_an_alarm_and_somebody_lies_in_it(feed):
    said = values_by_name(feed.columns_at(at_s=0.0))
    high = KINDS["alarm"].states.index("high")
    places = [
        name.split("/")[1] for name, value in said.items() if "alarm" in name and value == high
    ]
    assert len(places) == 1
    occupied = KINDS["bed_state"].states.index("occupied")
    assert said[f"device/{places[0]}/bed_state"] == occupied
    assert said[f"device/{places[0]}/heart_rate"] > 110


@settings(max_examples=25, deadline=None)
@given(now_s=st.floats(0, 1e6), seed=st.integers(0, 5))
def test_at_any_moment_every_fault_is_seen_and_most_is_fresh(now_s, seed):
    feed = simulator(hospital(), seed=seed)
    columns = feed.columns_at(at_s=now_s)
    stand = standings(columns, now_s=now_s, limit_s=limits_s(feed.points))
    assert (stand == Standing.BAD).sum() == 2  # a sensor and its room
    assert (stand == Standing.NO_DATA).any()
    assert (stand == Standing.FRESH).mean() > 0.5
    heard = ~np.isnan(columns.received_s)
    assert (columns.received_s[heard] <= now_s).all()
    assert (columns.source_s[heard] < columns.received_s[heard]).all()
    assert (columns.changed_s[heard] <= columns.received_s[heard]).all()


def test_silent_sensors_turn_stale_and_come_back():
    feed = simulator(hospital([f"2A{number:03d}" for number in range(300)]), seed=1)
    limit_s, row = limits_s(feed.points), np.flatnonzero(feed.silent & ~feed.unheard)[0]
    seen = {
        int(standings(feed.columns_at(at_s=now_s), now_s=now_s, limit_s=limit_s)[row])
        for now_s in range(0, 1800, 15)
    }
    assert {Standing.FRESH, Standing.STALE} <= seen


def test_people_in_beds_count_as_people_in_the_room(feed):
    occupied = KINDS["bed_state"].states.index("occupied")
    for now_s in (0.0, 2000.0, 4000.0):
        said = values_by_name(feed.columns_at(at_s=now_s))
        for room in ROOMS[::2]:
            # The room reports every 15 s, the bed every 60: ask both well after a change.
            if said[f"device/{room}-1/bed_state"] == occupied and np.isfinite(
                said[f"room/{room}/occupancy"]
            ):
                assert said[f"room/{room}/occupancy"] >= 1 or _just_changed(feed, room, now_s)


def _just_changed(feed, room, now_s):
    columns = feed.columns_at(at_s=now_s)
    row = [point.name for point in columns.points].index(f"device/{room}-1/bed_state")
    silent = [point.name for point in columns.points].index(f"room/{room}/occupancy")
    return now_s - columns.changed_s[row] < 120.0 or feed.silent[silent]


def test_a_state_is_a_whole_number_with_a_word(feed):
    columns = feed.columns_at(at_s=777.0)
    for point, value in zip(columns.points, columns.values, strict=True):
        if point.states and np.isfinite(value):
            assert value == int(value)
            assert 0 <= value < len(point.states)


def test_a_building_without_devices_has_no_points():
    assert simulator([], seed=1).columns_at(at_s=1.0).points == ()
    room = Placed(model_id="m", global_id="R", ifc_class="IfcSpace", name="1")
    assert simulator([room], seed=1).points == ()


def test_room_and_sensor_say_the_same_and_belong_to_their_own_elements(feed):
    said = values_by_name(feed.columns_at(at_s=300.0))
    elements = {point.name: point.global_id for point in feed.points}
    assert elements["room/1D03/temperature"] == "R1D03"
    assert elements["device/1D03/temperature"] == "S1D03"
    np.testing.assert_equal(said["room/1D03/temperature"], said["device/1D03/temperature"])


def test_the_room_of_the_sensors_own_model_is_fed():
    """The same room stands in the architects' model, without a body: its colour is never seen."""
    elements = [
        Placed(model_id="furnished", global_id="R", ifc_class="IfcSpace", name="1"),
        Placed(model_id="furnished", global_id="S", ifc_class="IfcSensor", name="Temperature 1"),
        Placed(model_id="architects", global_id="R", ifc_class="IfcSpace", name="1"),
    ]
    assert {point.model_id for point in simulator(elements, seed=1).points} == {"furnished"}
