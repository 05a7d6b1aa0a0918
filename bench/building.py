"""Buildings: 100,000 elements submitted, recoloured and drawn; the demonstration while it turns.

With ``GALLIUM_NOOP=1`` Mesa draws nothing: what is left is what a fast graphics card would leave to
the processor. `building_100k.py` and `building_moving.py` measure, in a process for each round.

    python bench/building.py [--elements N] [--peer-elements N] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from _lines import Target, alone, compared, say

MEASURING = Path(__file__).with_name("building_100k.py")
SUBMIT_TARGET_MS = Target(value=1.0, is_least=False)
RECOLOUR_TARGET_MS = Target(value=4.0, is_least=False)
FRAME_TARGET = Target(value=2.0)
MOVING_TARGET_MS = Target(value=250.0, is_least=False)
MOVING = Path(__file__).with_name("building_moving.py")
FRAMES = 40  # of which each round takes the least: noise only adds


def main() -> None:
    """Measure and print the lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elements", type=int, default=100_000)
    parser.add_argument("--peer-elements", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer-rounds", type=int, default=5)
    parser.add_argument("--moving-rounds", type=int, default=2)
    parser.add_argument("--moving-frames", type=int, default=12)
    chosen = parser.parse_args()
    say_moving(chosen.moving_rounds, chosen.moving_frames)
    noop = [
        answer("--elements", str(chosen.elements), "--rounds", str(FRAMES), noop=True)
        for _ in range(chosen.rounds)
    ]
    title = f"{chosen.elements} elements"
    about = {"batches": noop[0]["batches"], "renderer": noop[0]["renderer"]}
    for what, key, target in (
        ("submit", "submit_ms", SUBMIT_TARGET_MS),
        ("recolour all and draw", "recolour_and_frame_ms", RECOLOUR_TARGET_MS),
    ):
        values = [one[key] for one in noop]
        say(alone(f"building, {what}, {title}", values, unit="CPU ms", target=target, **about))
    many = answer(
        "--peer", "--elements", str(chosen.peer_elements), "--rounds", str(chosen.peer_rounds)
    )
    say(
        compared(
            f"building, frame, {chosen.peer_elements} elements",
            many["batched_all_ms"],
            many["one_node_each_all_ms"],
            unit="CPU ms",
            target=FRAME_TARGET,
            against="one node an element",
            renderer=many["renderer"],
        )
    )


def say_moving(rounds: int, frames: int) -> None:
    """The demonstration while it turns, and when it stands."""
    answers = [answer("--frames", str(frames), script=MOVING) for _ in range(rounds)]
    for what, key, target in (
        ("moving frame", "moving", MOVING_TARGET_MS),
        ("standing frame", "standing", None),
    ):
        cpu_ms = [ms for one in answers for ms in one[key]["cpu_ms"]]
        clock_ms = [ms for one in answers for ms in one[key]["clock_ms"]]
        about = {
            "clock_ms": round(statistics.median(clock_ms), 1),
            "scale": answers[-1]["scale"] if key == "moving" else 1.0,
            "renderer": answers[-1]["renderer"],
        }
        say(alone(f"demo scene, {what}", cpu_ms, unit="CPU ms", target=target, **about))


def answer(*arguments: str, noop: bool = False, script: Path = MEASURING) -> dict[str, Any]:
    """What one process of a measuring script prints."""
    environment = {**os.environ, **({"GALLIUM_NOOP": "1"} if noop else {})}
    command = [sys.executable, str(script), *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
