"""A program of its own for `test_open_in_headset.py`: `open --xr` on the scripted runtime.

A thread of it is the world outside: it does what the test asks for by a file of that name in the
folder, and answers with a file of the same name and the suffix .npz.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from scripted import Runtime, build_runtime

from metaviewer.cli import main as metaviewer

LOOK_S = 0.05


def answer(runtime: Runtime, folder: Path, is_over: threading.Event) -> None:
    """Do what is asked for until the window is closed."""
    while not is_over.wait(LOOK_S):
        for asked in sorted(folder.glob("ask-*.json")):
            wish = json.loads(asked.read_text())
            for name, value in wish.get("script", {}).items():
                put(runtime, name, value)
            for call, result in wish.get("fail", {}).items():
                runtime.fail(call, result, after=runtime.uses(call) + 2)
            for kind, value in wish.get("tell", ()):
                runtime.tell(kind, value)
            if "frames" in wish:
                wait_for_frames(runtime, int(wish["frames"]), is_over)
            seen = {}
            if wish.get("look"):
                seen = {"left": runtime.pixels(view=0), "right": runtime.pixels(view=1)}
            written = asked.with_suffix(".part.npz")
            np.savez(written, frames=runtime.script.frames_with_layers, **seen)
            asked.unlink()
            written.rename(folder / f"{asked.stem.removeprefix('ask-')}.npz")


def put(runtime: Runtime, name: str, value: object) -> None:
    """Set a field of the script: "hands.1.squeeze"."""
    *way, last = name.split(".")
    place = runtime.script
    for step in way:
        place = place[int(step)] if step.isdecimal() else getattr(place, step)
    if isinstance(value, list):
        getattr(place, last)[:] = value
    else:
        setattr(place, last, value)


def wait_for_frames(runtime: Runtime, count: int, is_over: threading.Event) -> None:
    """Until so many more frames were shown to the eyes."""
    wanted = runtime.script.frames_with_layers + count
    while runtime.script.frames_with_layers < wanted and not is_over.is_set():
        time.sleep(LOOK_S)


def main() -> int:
    """Open what is named after the folder, in the headset."""
    folder, *places = sys.argv[1:]
    runtime = build_runtime(Path(folder))
    os.environ["XR_RUNTIME_JSON"] = str(runtime.manifest)
    runtime.script.captures = 1
    runtime.script.keeps_time = 1
    is_over = threading.Event()
    outside = threading.Thread(target=answer, args=(runtime, Path(folder), is_over))
    outside.start()
    try:
        return metaviewer(["open", *places, "--xr"])
    finally:
        is_over.set()
        outside.join()
        told = {"violations": runtime.first_violation, "alive": runtime.alive()}
        sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    sys.exit(main())
