"""All targets of one picture size, made and freed together."""

from __future__ import annotations

from dataclasses import dataclass

from panda3d.core import SamplerState

from metaviewer.render.context import Context, Size
from metaviewer.render.passes import (
    FloatTarget,
    Sort,
    Target,
    make_float_target,
    make_picture_target,
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Targets:
    """The targets of DESIGN.md section 6, in the order they are drawn."""

    opaque: FloatTarget
    layers: tuple[FloatTarget, FloatTarget]
    glass: FloatTarget
    volume: FloatTarget
    picture: Target

    @property
    def all(self) -> tuple[Target, ...]:
        """Every one of them."""
        return (self.opaque, *self.layers, self.glass, self.volume, self.picture)

    def close(self) -> None:
        """Free them all."""
        for target in self.all:
            target.close()


def make_targets(context: Context, *, size: Size) -> Targets:
    """Targets of `size` pixels, each part of the window its own view."""
    volume = make_float_target(
        context, "volume", size=size, sort=Sort.VOLUME, clear_place=(0.0, 0.0, 0.0, 0.0)
    )
    opaque = make_float_target(context, "opaque", size=size, sort=Sort.OPAQUE)
    for coarser in (volume, opaque):
        coarser.colour.set_minfilter(SamplerState.FT_linear)
        coarser.colour.set_magfilter(SamplerState.FT_linear)
    return Targets(
        opaque=opaque,
        layers=(
            make_float_target(context, "layer_0", size=size, sort=Sort.LAYER_0),
            make_float_target(context, "layer_1", size=size, sort=Sort.LAYER_1),
        ),
        glass=make_float_target(
            context,
            "glass",
            size=size,
            sort=Sort.GLASS,
            clear_colour=(0.0, 0.0, 0.0, 1.0),
            clear_place=(0.0, 0.0, 0.0, 0.0),
        ),
        volume=volume,
        picture=make_picture_target(context, "picture", size=size, sort=Sort.PICTURE),
    )
