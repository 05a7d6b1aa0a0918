"""The still seat: one picture without a window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.render import Stage, open_context, open_stage

CONTEXT_SIZE: Final = (64, 64)
"""Nobody looks at the output of a context without a screen: the stage has targets of its own."""


def still(show: Callable[[Stage], None], *, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Picture of what `show` puts on a stage: (height, width, 3), display sRGB, top row first.

    Raises
    ------
    RenderError
        Where this machine cannot draw.
    """
    with (
        open_context(CONTEXT_SIZE, on_screen=False) as context,
        open_stage(context, size=size) as stage,
    ):
        show(stage)
        stage.draw()
        return stage.picture()
