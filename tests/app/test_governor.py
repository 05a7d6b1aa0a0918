"""The governor: quick while it moves, fine when it stands, and it never oscillates."""

from __future__ import annotations

from itertools import pairwise

import pytest

from metaviewer.app.governor import (
    SCENE_SCALE_MIN,
    STILL_S_MAX,
    TARGET_S,
    Governor,
    choose,
    finest,
    ladder,
    learned,
    moving,
    strip_count,
    work_of,
)
from metaviewer.render import FINE, INTERACTIVE, STILL


def driven(unit_s: float, frames: int, governor: Governor | None = None) -> Governor:
    """A governor after frames on a machine where work 1 takes `unit_s`."""
    governor = governor or Governor()
    for frame in range(frames):
        governor, quality = choose(governor, now_s=frame * 0.05, is_new=True)
        assert quality is not None
        governor = learned(governor, quality=quality, cost_s=unit_s * work_of(quality))
    return governor


def test_each_rung_costs_a_quarter_more_than_the_one_below():
    costs = [work_of(quality) for quality in ladder()]
    assert [b / a for a, b in pairwise(costs)] == pytest.approx([1.25] * (len(costs) - 1))
    assert costs[-1] == pytest.approx(work_of(INTERACTIVE))


def test_a_slow_machine_drops_at_once_to_what_it_can_draw_in_time():
    governor = driven(unit_s=0.4, frames=2)
    assert 0.4 * work_of(ladder()[governor.rung]) <= TARGET_S


def test_a_quick_machine_climbs_to_the_top_and_stays():
    assert driven(unit_s=0.01, frames=60).rung == len(ladder()) - 1


def test_at_a_steady_cost_the_rung_stands_still():
    """A governor that climbs into what it cannot afford flickers between two sizes."""
    governor = driven(unit_s=0.12, frames=40)
    later = driven(unit_s=0.12, frames=20, governor=governor)
    assert later.rung == governor.rung


def test_what_stands_is_drawn_once_more_and_finely():
    governor = driven(unit_s=0.3, frames=5)
    governor, early = choose(governor, now_s=0.25, is_new=False)
    assert early is None
    governor, fine = choose(governor, now_s=2.0, is_new=False)
    assert fine == STILL
    _, again = choose(governor, now_s=3.0, is_new=False)
    assert again is None


@pytest.mark.parametrize("unit_s", [0.1, 4.0, 10.0, 60.0, 300.0])
def test_no_strip_of_the_fine_picture_holds_a_person_up(unit_s):
    governor = driven(unit_s=unit_s, frames=10)
    quality = finest(governor)
    count = strip_count(governor, quality)
    assert governor.cost.of_strip(quality, count=count) <= STILL_S_MAX
    assert (quality == STILL) == (unit_s <= 4.0)
    assert (quality == FINE) == (unit_s == 10.0)


def test_a_building_that_no_rung_makes_quicker_does_not_make_the_patient_coarse():
    """All cost on the volume: with a building of 0.4 s the patient would stay at a quarter size."""
    governor = Governor()
    for frame in range(80):
        governor, quality = choose(governor, now_s=frame * 0.5, is_new=True)
        cost_s = 0.4 + 0.02 * work_of(quality)
        governor = learned(governor, quality=quality, cost_s=cost_s)
    assert governor.cost.base_s == pytest.approx(0.4, rel=0.15)
    assert governor.rung == len(ladder()) - 1


def test_the_shade_goes_while_it_moves_and_comes_back_when_it_stands():
    governor = Governor()
    for frame in range(20):
        governor, quality = choose(governor, now_s=frame * 0.5, is_new=True)
        cost_s = 0.03 + 0.1 * quality.has_shade
        governor = learned(governor, quality=quality, cost_s=cost_s)
    assert not moving(governor).has_shade
    assert finest(governor).has_shade
    quick = driven(unit_s=0.005, frames=20)
    assert moving(quick).has_shade


def test_a_slow_building_is_drawn_in_fewer_pixels_while_it_moves():
    """Left at full size, a hospital of 0.3 s a frame does not follow the hand."""
    governor = Governor()
    for frame in range(10):
        governor, quality = choose(governor, now_s=frame * 0.3, is_new=True)
        cost_s = 0.02 + 0.3 * quality.scene_scale**2
        governor = learned(governor, quality=quality, cost_s=cost_s)
    assert moving(governor).scene_scale == SCENE_SCALE_MIN
    assert finest(governor).scene_scale == 1.0


def test_a_steady_picture_never_changes_its_size_again():
    """Where alike frames outweigh what was learnt before, the rung comes and goes every second."""
    governor, rungs = Governor(), []
    for frame in range(160):
        governor, quality = choose(governor, now_s=frame * 0.5, is_new=True)
        cost_s = 0.4 + 0.02 * work_of(quality)
        governor = learned(governor, quality=quality, cost_s=cost_s)
        rungs.append(governor.rung)
    assert len(set(rungs[60:])) == 1


@pytest.mark.parametrize("target_s", [1.0 / 90.0, TARGET_S])
def test_a_headset_gets_what_its_own_frames_leave_time_for(target_s: float):
    """At the desktop's 20 frames a second the world in a headset swims."""
    governor = Governor()
    for _ in range(60):
        quality = moving(governor, target_s=target_s)
        cost_s = 0.002 + 0.04 * work_of(quality)
        governor = learned(governor, quality=quality, cost_s=cost_s, target_s=target_s)
    assert cost_s <= target_s
    rungs = ladder()
    finer = rungs[min(governor.rung + 2, len(rungs) - 1)]
    assert 0.002 + 0.04 * work_of(finer) > target_s * 0.7
