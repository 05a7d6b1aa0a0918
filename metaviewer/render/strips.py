"""A fine picture in strips: one a frame, so that nobody waits for all of it.

The volumes are what takes long. Their strips gather in the volume target while the window shows the
last picture; with the last strip the new one is put together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from panda3d.core import DisplayRegion, DrawableRegion, GraphicsOutput, NodePath, ScissorAttrib

from metaviewer.render.passes import FloatTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Strip `number` of `count`, counted from the bottom."""

    number: int
    count: int

    @property
    def is_last(self) -> bool:
        """Whether the picture is whole with it."""
        return self.number == self.count - 1

    def frame(self, *, rows: int) -> tuple[float, float, float, float]:
        """Left, right, bottom and top as shares of a view of so many rows: whole rows.

        Panda3D rounds the height of a scissor apart from its place, so that a share that ends
        within a row may leave that row to neither strip.
        """
        bottom, top = (rows * number // self.count for number in (self.number, self.number + 1))
        return 0.0, 1.0, bottom / rows, top / rows


def cut(quads: Iterable[tuple[NodePath[Any], DisplayRegion]], strip: Strip | None) -> None:
    """Draw this strip of the quads in their regions only; all of them with None."""
    for quad, region in quads:
        if strip is None:
            quad.clear_attrib(ScissorAttrib.get_class_type())
        else:
            frame = strip.frame(rows=max(region.get_pixel_height(), 1))
            quad.set_attrib(ScissorAttrib.make(*frame))


def resting(
    outputs: Iterable[GraphicsOutput],
    strip: Strip,
    *,
    volume: GraphicsOutput,
    picture: GraphicsOutput,
) -> list[GraphicsOutput]:
    """Outputs that sit this frame out: the picture until the last strip, others after the first."""
    return [
        output
        for output in outputs
        if output.is_active()
        and output != volume
        and (not strip.is_last if output == picture else strip.number > 0)
    ]


def clear(target: FloatTarget, *, clears: bool) -> None:
    """Whether the target is wiped before it is drawn to: not between strips."""
    target.buffer.set_clear_color_active(clears)
    target.buffer.set_clear_active(DrawableRegion.RTP_aux_float_0, clears)
