"""What tools must know of an item without holding its data."""

from __future__ import annotations

from dataclasses import dataclass

from metaviewer.frames import Float64Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ItemFacts:
    """Size and grain of an item.

    Parameters
    ----------
    bounds_world_m : array (2, 3)
    voxel_mm : (float, float, float)
        Steps along patient x, y and z that scrolling takes; (0, 0, 0) for what is no volume.
    window : (float, float)
        Grey window (centre, width) that its look begins with.
    slice_range_mm : array (3, 2)
        Lowest and highest place of a slice along patient x, y and z.
    storeys : tuple of str
        Names of a building's storeys from the lowest; empty for what is none.
    storey_bases_m : tuple of float
        World heights of their floors.
    """

    bounds_world_m: Float64Array
    voxel_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    extent_mm: float = 0.0
    slice_range_mm: Float64Array | None = None
    window: tuple[float, float] = (40.0, 400.0)
    storeys: tuple[str, ...] = ()
    storey_bases_m: tuple[float, ...] = ()
