"""Values get into columns whole, with their three times."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.twin import Point, Quality, Update, empty_columns, joined, written

POINTS = tuple(
    Point(name=f"p{row}", kind="k", model_id="m", global_id=f"g{row}", unit="Cel", limit_s=30.0)
    for row in range(4)
)


def update(rows, values, *, received_s, changed_s=None):
    count = len(rows)
    return Update(
        rows=np.array(rows, dtype=np.int64),
        values=np.array(values, dtype=np.float64),
        quality=np.full(count, Quality.GOOD, dtype=np.uint8),
        source_s=np.full(count, received_s - 0.5),
        received_s=np.full(count, received_s),
        changed_s=None if changed_s is None else np.full(count, changed_s),
    )


def test_nothing_was_received_before_the_first_update():
    columns = empty_columns(POINTS)
    assert np.isnan(columns.values).all()
    assert np.isnan(columns.received_s).all()
    assert (columns.quality == Quality.NO_DATA).all()


def test_a_repeated_value_refreshes_the_age_and_not_the_change():
    """home-assistant/core#81069: "last updated" that means "last changed" hides a dead sensor."""
    first = written(empty_columns(POINTS), update([1], [20.0], received_s=100.0))
    again = written(first, update([1], [20.0], received_s=110.0))
    assert again.received_s[1] == 110.0
    assert again.changed_s[1] == 100.0
    moved = written(again, update([1], [20.1], received_s=120.0))
    assert moved.changed_s[1] == 120.0


def test_a_source_that_knows_since_when_is_believed():
    """A bed is occupied since the admission, not since the viewer was started."""
    columns = written(empty_columns(POINTS), update([0], [1.0], received_s=100.0, changed_s=7.0))
    assert columns.changed_s[0] == 7.0


def test_the_columns_before_stay_as_they_were_and_nobody_can_write_into_them():
    before = empty_columns(POINTS)
    after = written(before, update([2], [5.0], received_s=1.0))
    assert np.isnan(before.values[2])
    for array in (after.values, after.quality, after.source_s, after.received_s, after.changed_s):
        assert not array.flags.writeable


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-50, 50)), min_size=1, max_size=20))
def test_of_a_row_that_comes_twice_the_last_counts(said):
    rows, values = zip(*said, strict=True)
    columns = written(empty_columns(POINTS), update(rows, values, received_s=3.0))
    for row, value in dict(said).items():
        assert columns.values[row] == value


def test_joined_columns_keep_the_order_of_the_feeds():
    one = written(empty_columns(POINTS[:1]), update([0], [1.0], received_s=1.0))
    two = written(empty_columns(POINTS[1:3]), update([1], [2.0], received_s=2.0))
    both = joined([one, two])
    assert both.points == POINTS[:3]
    np.testing.assert_array_equal(both.values, [1.0, np.nan, 2.0])
    np.testing.assert_array_equal(both.received_s, [1.0, np.nan, 2.0])
    assert joined([one]) is one
