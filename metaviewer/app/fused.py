"""Volumes that lie in one another: which are shown at first, and how.

One anatomy fills the space it lies in; a second one over it shows neither. So of the volumes in one
frame of reference one is drawn, and uptake (PET) in it: the anatomy thin, what takes up the tracer
hot, outlines as veils. What is hidden is loaded, and one click away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from metaviewer.medical import Volume
from metaviewer.scene import Datum, Item, SurfaceLook, VolumeLook
from metaviewer.surface import Mesh

UPTAKE: Final = frozenset({"PT", "NM"})
"""Modalities that show function, and need an anatomy around them."""
ANATOMY_OPACITY: Final = 0.45
OUTLINE_OPACITY: Final = 0.35


def fused(placed: Sequence[tuple[Item, Datum]]) -> tuple[Item, ...]:
    """The items, with volumes of one frame of reference shown so that they are read together."""
    anatomy_of: dict[str, Item] = {}
    uptakes: set[str] = set()
    for item, datum in sorted(placed, key=_likeness_to_anatomy):
        if isinstance(datum, Volume) and datum.frame_of_reference:
            if datum.modality in UPTAKE:
                uptakes.add(datum.frame_of_reference)
            else:
                anatomy_of[datum.frame_of_reference] = item  # the likeliest comes last
    return tuple(
        _shown(item, datum, anatomy_of.get(frame), has_uptake=frame in uptakes)
        for item, datum in placed
        for frame in (_frame(datum),)
    )


def _shown(item: Item, datum: Datum, anatomy: Item | None, *, has_uptake: bool) -> Item:
    look = item.look
    if anatomy is None:
        return item
    if isinstance(look, SurfaceLook):
        return replace(item, look=replace(look, opacity=OUTLINE_OPACITY)) if has_uptake else item
    if item is anatomy:
        if has_uptake and isinstance(look, VolumeLook):
            return replace(item, look=replace(look, opacity=ANATOMY_OPACITY))
        return item
    is_uptake = isinstance(datum, Volume) and datum.modality in UPTAKE
    return item if is_uptake else replace(item, visible=False)


def _likeness_to_anatomy(placed: tuple[Item, Datum]) -> tuple[bool, int]:
    """CT before MR, and of those the larger: a localiser is a few slices."""
    datum = placed[1]
    if not isinstance(datum, Volume):
        return False, 0
    return datum.modality == "CT", datum.values.size


def _frame(datum: Datum) -> str:
    """Frame of reference, "" where there is none or nobody knows it."""
    return datum.frame_of_reference or "" if isinstance(datum, Volume | Mesh) else ""
