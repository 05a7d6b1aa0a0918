"""Volumes that lie in one another: which are shown at first, and how.

One anatomy fills the space it lies in; a second one over it shows neither. So of the volumes in one
frame of reference one is drawn, and uptake (PET) in it: the anatomy thin, what takes up the tracer
hot, outlines as veils. Of several readings of one structure the first is drawn. What is hidden is
loaded, and one click away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from metaviewer.medical import Volume
from metaviewer.scene import Datum, Item, SurfaceLook, VolumeLook
from metaviewer.surface import REGION_RGB, Mesh, readings

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
    shown = [
        _shown(item, datum, anatomy_of.get(frame), has_uptake=frame in uptakes)
        for item, datum in placed
        for frame in (_frame(datum),)
    ]
    return tuple(_one_reading(shown, [datum for _, datum in placed]))


def _one_reading(items: Sequence[Item], shapes: Sequence[Datum]) -> list[Item]:
    """The items, with the first of several readings of a structure shown.

    The others wait as veils in colours of their own: who shows them too sees each through the next.
    """
    shown = list(items)
    places = [index for index, datum in enumerate(shapes) if isinstance(datum, Mesh)]
    meshes = [datum for datum in shapes if isinstance(datum, Mesh)]
    for group in readings(meshes):
        taken = {meshes[group[0]].colour_rgb}
        for number in group[1:]:
            own_rgb = meshes[number].colour_rgb
            free = next((rgb for rgb in REGION_RGB if rgb not in taken), REGION_RGB[0])
            rgb = free if own_rgb in taken else own_rgb
            taken.add(rgb)
            look = SurfaceLook(colour_rgb=rgb, opacity=OUTLINE_OPACITY)
            shown[places[number]] = replace(shown[places[number]], visible=False, look=look)
    return shown


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
