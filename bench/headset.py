"""What the headset costs beside drawing: events, wait, eyes, hands, copies, end.

The scripted runtime of the tests answers at once, so what is measured is ours: processor time of
the main thread, a frame.

    python bench/headset.py [--frames N] [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "xr"))

from _lines import Target, alone, say
from scripted import build_runtime

if TYPE_CHECKING:
    from metaviewer.render import Context
    from metaviewer.xr import Entered

MEDIAN_TARGET_MS = Target(value=0.3, is_least=False)
P99_TARGET_MS = Target(value=1.0, is_least=False)
EYES_PX = (1024, 512)
SETTLED = 30
"""Frames before the session has the focus, and a few more."""


def main() -> None:
    """Measure and print the lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runtime = build_runtime(Path(folder))
        os.environ["XR_RUNTIME_JSON"] = str(runtime.manifest)
        runtime.script.eye_width, runtime.script.eye_height = EYES_PX[0] // 2, EYES_PX[1]
        from metaviewer.render import open_context

        with open_context((16, 16), on_screen=False) as context:
            rounds = [costs_ms(context, chosen.frames) for _ in range(chosen.rounds)]
    medians = [statistics.median(one) for one in rounds]
    p99s = [statistics.quantiles(one, n=100)[-1] for one in rounds]
    about = {"frames": chosen.frames, "unit": "CPU ms"}
    say(
        alone("headset, a frame without drawing, median", medians, target=MEDIAN_TARGET_MS, **about)
    )
    say(alone("headset, a frame without drawing, p99", p99s, target=P99_TARGET_MS, **about))


def costs_ms(context: Context, frames: int) -> list[float]:
    """Processor time of each frame of one session, from its first picture on."""
    from metaviewer.render import Gl
    from metaviewer.render.passes import Sort, make_picture_target
    from metaviewer.xr import Entered

    gl = Gl(context)
    entered = Entered(gl)
    target = make_picture_target(context, "eyes", size=EYES_PX, sort=Sort.PICTURE)
    context.render_frame()
    name = gl.name_of(target.colour)
    entered.wish(is_wished=True)
    costs = [
        _turn_ms(entered, lambda image: gl.copy(name, image, size=EYES_PX), now_s=0.01 * turn)
        for turn in range(frames + SETTLED)
    ]
    assert entered.life.has_input, entered.says
    entered.close()
    gl.close()
    target.close()
    return costs[SETTLED:]


def _turn_ms(entered: Entered, draw: Callable[[int], None], *, now_s: float) -> float:
    begun_ns = time.thread_time_ns()
    entered.turn(now_s=now_s)
    frame = entered.begin_frame(now_s=now_s)
    if frame is not None:
        entered.end_frame(frame, draw if frame.eyes is not None else None, now_s=now_s)
    return (time.thread_time_ns() - begun_ns) / 1e6


if __name__ == "__main__":
    main()
