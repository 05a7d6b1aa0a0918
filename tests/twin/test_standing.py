"""A value is never shown younger or better than it is."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.twin import Columns, Point, Quality, Standing, age_text, limits_s, standings

LIMIT_S = 30.0
POINT = Point(name="p", kind="k", model_id="m", global_id="g", unit="Cel", limit_s=LIMIT_S)


def stands(*, received_s, quality=Quality.GOOD, now_s=1000.0):
    one = np.array([received_s])
    columns = Columns(
        points=(POINT,),
        values=np.array([20.0]),
        quality=np.array([quality], dtype=np.uint8),
        source_s=one,
        received_s=one,
        changed_s=one,
    )
    return Standing(standings(columns, now_s=now_s, limit_s=limits_s(columns.points))[0])


@pytest.mark.parametrize(
    ("age_s", "wanted"),
    [
        (0.0, Standing.FRESH),
        (10.0, Standing.FRESH),
        (10.1, Standing.AGEING),
        (30.0, Standing.AGEING),
        (30.1, Standing.STALE),
        (1e9, Standing.STALE),
    ],
)
def test_age_alone_makes_a_value_ageing_then_stale(age_s, wanted):
    assert stands(received_s=1000.0 - age_s) is wanted


def test_a_value_from_the_future_is_stale():
    """After a clock step its age is a fiction: a negative age would look fresh for ever."""
    assert stands(received_s=1003.0) is Standing.STALE
    assert stands(received_s=1001.0) is Standing.FRESH  # the reader's clock was taken first


@pytest.mark.parametrize("quality", list(Quality))
@pytest.mark.parametrize("age_s", [0.0, 20.0, 1e6])
def test_a_fresh_age_never_hides_a_bad_quality_nor_the_reverse(quality, age_s):
    wanted = {
        Quality.GOOD: Standing.FRESH,
        Quality.UNCERTAIN: Standing.AGEING,
        Quality.STALE: Standing.STALE,
        Quality.BAD: Standing.BAD,
        Quality.OUT_OF_SERVICE: Standing.OUT_OF_SERVICE,
        Quality.NO_DATA: Standing.NO_DATA,
    }[quality]
    by_age = {0.0: Standing.FRESH, 20.0: Standing.AGEING, 1e6: Standing.STALE}[age_s]
    assert stands(received_s=1000.0 - age_s, quality=quality) is max(wanted, by_age)


def test_what_never_came_is_no_data_whatever_its_quality_says():
    assert stands(received_s=np.nan, quality=Quality.GOOD) is Standing.NO_DATA


def test_a_feed_that_stops_turns_stale_by_our_clock_alone():
    """Nothing is written any more; only now_s moves."""
    assert [stands(received_s=0.0, now_s=now_s) for now_s in (5.0, 15.0, 31.0)] == [
        Standing.FRESH,
        Standing.AGEING,
        Standing.STALE,
    ]


@pytest.mark.parametrize(
    ("age_s", "wanted"),
    [
        (0.2, "0 s"),
        (42.4, "42 s"),
        (119.0, "119 s"),
        (180.0, "3 min"),
        (7200.0, "2 h"),
        (86400.0 * 3, "3 d"),
        (np.nan, "?"),
        (-0.5, "0 s"),
    ],
)
def test_age_in_words(age_s, wanted):
    assert age_text(age_s) == wanted
