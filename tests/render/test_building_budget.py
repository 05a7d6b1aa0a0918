"""What a frame of a large building costs the processor: the budget of the issue, in a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "building_100k.py"
SUBMIT_MS_MAX = 1.0
RECOLOUR_MS_MAX = 4.0
BATCHES_MAX = 150
TRIES = 3
"""Who shares the processor's caches adds to a time and never takes from it: the least counts."""


@pytest.mark.process
def test_a_hundred_thousand_elements_stay_within_the_budget():
    """A node an element costs 1,600 ms to submit; colouring on the processor 90 ms. Mesa's `noop`
    driver leaves only what a fast graphics card would leave to the processor."""
    for _ in range(TRIES):
        numbers = measured()
        assert numbers["renderer"] == "NOOP"
        assert numbers["elements"] == 100_000
        assert numbers["batches"] <= BATCHES_MAX
        if is_within(numbers):
            break
    assert is_within(numbers), numbers


def measured() -> dict[str, Any]:
    answer = subprocess.run(
        [sys.executable, str(BENCH), "--rounds", "25"],
        env={**os.environ, "GALLIUM_NOOP": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(answer.stdout)


def is_within(numbers: dict[str, Any]) -> bool:
    submit_ms, recolour_ms = numbers["submit_ms"], numbers["recolour_and_frame_ms"]
    return submit_ms <= SUBMIT_MS_MAX and recolour_ms <= RECOLOUR_MS_MAX
