"""How an item looks: small values a Command can carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rgb = tuple[float, float, float]
Shading = Literal["lit", "diagnostic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeLook:
    """A volume's look.

    Parameters
    ----------
    preset : str
        Name of a transfer function ("bone", "lung", "mip", ...), see `metaviewer.medical.presets`.
    window_center, window_width : float or None
        Grey window of slices, and of the maximum projection; None takes the file's or the preset's.
    opacity : float
        Factor on the preset's opacity, 0..1 and above.
    value_shift : float
        Added to the preset's control values: the window drag in 3D.
    shading : "lit" or "diagnostic"
        Diagnostic: window and colour map only, no light, no tone curve.
    """

    preset: str = ""
    window_center: float | None = None
    window_width: float | None = None
    opacity: float = 1.0
    value_shift: float = 0.0
    shading: Shading = "lit"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceLook:
    """A surface's look; None takes the colour of the source."""

    colour_rgb: Rgb | None = None
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingLook:
    """A building's look.

    Parameters
    ----------
    hidden_classes, ghost_classes : tuple of str
        IFC classes that are not drawn, or drawn as a veil.
    storey_top : int or None
        Storeys above this index are peeled away (roof first); None shows all.
    hidden_elements, ghost_elements : tuple of int
        Rows of the element table.
    storey_only : bool
        Show only the storey `storey_top`.
    show_spaces : bool
        Draw the rooms' floors as tints.
    colour_by : "material" or "live"
    cut_height_m : float or None
        Horizontal cut above the top storey's floor, for a readable plan.
    """

    hidden_classes: tuple[str, ...] = ()
    ghost_classes: tuple[str, ...] = ()
    storey_top: int | None = None
    storey_only: bool = False
    cut_height_m: float | None = None
    hidden_elements: tuple[int, ...] = ()
    ghost_elements: tuple[int, ...] = ()
    show_spaces: bool = True
    colour_by: Literal["material", "live"] = "material"


Look = VolumeLook | SurfaceLook | BuildingLook
