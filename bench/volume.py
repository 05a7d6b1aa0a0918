"""The chest phantom by our ray marcher and by VTK's mappers, on the same software OpenGL.

`volume_vs_vtk.py` does the measuring; here its cases are held against what is to be reached: times,
how near the pictures are to VTK's, and how near the quick shadings are to our own exact one.

    python bench/volume.py [--size 128|256|512] [--rounds N] [--cases soft_plain,...]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from _lines import Target, alone, compared, say

MEASURING = Path(__file__).with_name("volume_vs_vtk.py")
PEERS = {"gpu": "VTK GPU mapper", "cpu": "VTK fixed-point mapper"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a case is called in the table, and what it has to reach."""

    title: str
    peer: str = "gpu"
    times: float | None = None
    psnr_db: float | None = None
    psnr_own_exact_db: float | None = None


GOALS = {
    "soft_plain": Goal(title="soft tissue, unshaded", times=3.0, psnr_db=60.0),
    "soft_exact": Goal(title="soft tissue, exact shading", psnr_db=55.0),
    "soft_half": Goal(title="soft tissue, interactive", times=5.0, psnr_own_exact_db=30.0),
    "soft_segments": Goal(title="soft tissue, shaded by segments", psnr_own_exact_db=34.0),
    "bone_exact": Goal(title="bone, exact shading", psnr_db=55.0),
    "bone_segments": Goal(title="bone, shaded by segments", psnr_own_exact_db=34.0),
    "bone_half": Goal(title="bone, interactive", times=10.0, psnr_own_exact_db=30.0),
    "mip": Goal(title="MIP", times=2.0),
    "soft_half_cpu": Goal(title="soft tissue, interactive", peer="cpu", times=1.0),
    "bone_half_cpu": Goal(title="bone, interactive", peer="cpu", times=1.0),
    "soft_plain_cpu": Goal(title="soft tissue, unshaded", peer="cpu"),
    "mip_cpu": Goal(title="MIP", peer="cpu"),
}


def main() -> None:
    """Measure and print the lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, choices=(128, 256, 512), default=512)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", default=",".join(GOALS))
    chosen = parser.parse_args()
    command = [sys.executable, str(MEASURING), "--size", str(chosen.size)]
    command += ["--rounds", str(chosen.rounds), "--cases", chosen.cases]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as measuring:
        for text in measuring.stdout or ():
            say_case(json.loads(text))
    if measuring.returncode:
        sys.exit(f"volume: the measuring ended with {measuring.returncode}")


def say_case(found: dict[str, Any]) -> None:
    """Print the lines of one case: its time, and each nearness that has a goal."""
    goal = GOALS[found["case"]]
    about = {"against": PEERS[goal.peer], "renderer": found["renderer"]}
    title = f"volume {found['volume']}, {goal.title}"
    ours, peer = zip(*found["rounds_cpu_ms"], strict=True)
    target = None if goal.times is None else Target(value=goal.times)
    say(compared(title, ours, peer, unit="CPU ms", target=target, **about))
    for key, least, what in (
        ("psnr_db", goal.psnr_db, PEERS[goal.peer]),
        ("psnr_own_exact_db", goal.psnr_own_exact_db, "our exact shading"),
    ):
        if least is not None and found[key] is not None:
            name, wanted = f"{title}, nearness to {what}", Target(value=least)
            say(alone(name, [found[key]], unit="dB", target=wanted))


if __name__ == "__main__":
    main()
