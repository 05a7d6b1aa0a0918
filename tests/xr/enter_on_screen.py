"""A program of its own for `test_on_screen.py`: enters the headset from a window, and tells."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from scripted import build_runtime

from metaviewer.render import Gl, open_context
from metaviewer.render.passes import Sort, make_picture_target
from metaviewer.xr import Entered

TURNS = 12


def main() -> None:
    """Draw a dozen turns into both eyes and print what the runtime got."""
    runtime = build_runtime(Path(tempfile.mkdtemp()))
    os.environ["XR_RUNTIME_JSON"] = str(runtime.manifest)
    runtime.script.captures = 1
    with open_context((320, 200), on_screen=True) as context:
        gl = Gl(context)
        entered = Entered(gl)
        size = 2 * runtime.script.eye_width, runtime.script.eye_height
        target = make_picture_target(context, "eyes", size=size, sort=Sort.PICTURE)
        target.buffer.set_clear_color((128 / 255, 64 / 255, 191 / 255, 1.0))
        entered.wish(is_wished=True)
        shown = 0
        for turn in range(TURNS):
            entered.turn(now_s=0.01 * turn)
            frame = entered.begin_frame(now_s=0.01 * turn)
            context.render_frame()
            if frame is None:
                continue
            name = gl.name_of(target.colour)
            shown += entered.end_frame(
                frame, lambda image, name=name: gl.copy(name, image, size=size), now_s=0.01 * turn
            )
        told = {
            "platform": gl.handles.platform,
            "shown": shown,
            "says": entered.says,
            "violations": runtime.first_violation,
            "left": runtime.pixels(view=0)[0, 0].tolist(),
            "right": runtime.pixels(view=1)[-1, -1].tolist(),
        }
        entered.close()
        gl.close()
        told["alive"] = runtime.alive()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
