"""Colours: what a file's styles say, and quiet greys by class where it says nothing.

Runs in the jail. Colour is kept for meaning (ISA-101, quiet displays), so what has no style of its
own is drawn in warm off-white, neutral grey or glass.
"""

from __future__ import annotations

from typing import Final

from metaviewer.building.ifc_entity import Entity, attribute, entities, number, text
from metaviewer.building.ifc_shapes import Rgba

NEUTRAL: Final[Rgba] = (0.78, 0.77, 0.75, 1.0)
SPACE: Final[Rgba] = (0.74, 0.80, 0.84, 0.3)
ROOM_CLASSES: Final = frozenset(("IfcSpace", "IfcSpatialZone"))
"""Drawn as tinted air whatever style the file gives them: one must see what stands in them."""
SUBSTITUTED: Final[Rgba] = (0.72, 0.62, 0.50, 0.5)
STYLE_DEPTH_MAX: Final = 4

CLASS_COLOURS: Final[tuple[tuple[str, Rgba], ...]] = (
    ("IfcWall", (0.90, 0.89, 0.86, 1.0)),
    ("IfcCurtainWall", (0.80, 0.84, 0.86, 0.6)),
    ("IfcSlab", (0.76, 0.76, 0.75, 1.0)),
    ("IfcRoof", (0.70, 0.69, 0.67, 1.0)),
    ("IfcCovering", (0.86, 0.86, 0.85, 1.0)),
    ("IfcWindow", (0.70, 0.80, 0.86, 0.45)),
    ("IfcPlate", (0.72, 0.80, 0.85, 0.5)),
    ("IfcDoor", (0.72, 0.66, 0.58, 1.0)),
    ("IfcBeam", (0.66, 0.67, 0.69, 1.0)),
    ("IfcColumn", (0.66, 0.67, 0.69, 1.0)),
    ("IfcMember", (0.66, 0.67, 0.69, 1.0)),
    ("IfcFooting", (0.68, 0.67, 0.65, 1.0)),
    ("IfcStair", (0.74, 0.73, 0.71, 1.0)),
    ("IfcRamp", (0.74, 0.73, 0.71, 1.0)),
    ("IfcRailing", (0.58, 0.59, 0.61, 1.0)),
    ("IfcFurni", (0.76, 0.71, 0.64, 1.0)),
    ("IfcDuct", (0.68, 0.72, 0.74, 1.0)),
    ("IfcPipe", (0.66, 0.70, 0.72, 1.0)),
    ("IfcFlow", (0.68, 0.71, 0.73, 1.0)),
    ("IfcSite", (0.72, 0.74, 0.68, 1.0)),
    ("IfcGeographicElement", (0.72, 0.74, 0.68, 1.0)),
)


def class_colour(class_name: str) -> Rgba:
    """Colour of an element whose file gives it none."""
    for prefix, rgba in CLASS_COLOURS:
        if class_name.startswith(prefix):
            return rgba
    return NEUTRAL


def item_colour(item: Entity) -> tuple[Rgba, str] | None:
    """Colour and style name of a representation item; None where it has no surface style."""
    for styled in entities(item, "StyledByItem"):
        for style in _surface_styles(styled, STYLE_DEPTH_MAX):
            for shading in entities(style, "Styles"):
                rgba = _shading_colour(shading)
                if rgba is not None:
                    return rgba, text(style, "Name")
    return None


def _surface_styles(entity: Entity, depth: int) -> list[Entity]:
    """Surface styles below a styled item; IFC2x3 has an assignment in between."""
    found: list[Entity] = []
    for style in entities(entity, "Styles"):
        if style.is_a("IfcSurfaceStyle"):
            found.append(style)
        elif style.is_a("IfcPresentationStyleAssignment") and depth:
            found.extend(_surface_styles(style, depth - 1))
    return found


def _shading_colour(shading: Entity) -> Rgba | None:
    colour = attribute(shading, "SurfaceColour")
    parts = (
        [number(colour, name) for name in ("Red", "Green", "Blue")] if colour is not None else []
    )
    red, green, blue = parts if len(parts) == 3 else (None, None, None)
    if red is None or green is None or blue is None:
        return None
    transparency = number(shading, "Transparency")
    return red, green, blue, 1.0 - (transparency or 0.0)
