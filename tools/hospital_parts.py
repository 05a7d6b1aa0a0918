"""What a generated hospital is filled with: shared shapes, and where in a bay they stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from solids import Rgba, Solid, box, cylinder, moved, turned
from step_text import Enum, Value

WHITE: Final[Rgba] = (0.93, 0.93, 0.92, 1.0)
LINEN: Final[Rgba] = (0.80, 0.84, 0.87, 1.0)
STEEL: Final[Rgba] = (0.66, 0.68, 0.70, 1.0)
DARK: Final[Rgba] = (0.17, 0.18, 0.20, 1.0)
WOOD: Final[Rgba] = (0.72, 0.60, 0.46, 1.0)
GLASS: Final[Rgba] = (0.70, 0.82, 0.88, 0.35)
DUCT: Final[Rgba] = (0.74, 0.76, 0.78, 1.0)
COPPER: Final[Rgba] = (0.70, 0.50, 0.38, 1.0)
CONCRETE: Final[Rgba] = (0.68, 0.68, 0.67, 1.0)
BAY_M: Final = 4.0
STOREY_M: Final = 4.2
TREADS: Final = 14


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Part:
    """A kind of element: its class, the attributes after Tag, its shape.

    `suffix` ends the place in its name: "-1" where the simulator counts beds.
    """

    ifc_class: str
    rest: list[Value]
    solids: tuple[Solid, ...]
    suffix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Where a part stands: x along the corridor, y away from it, z from the floor."""

    part: str
    x_m: float
    y_m: float
    z_m: float
    turn_rad: float = 0.0


def _at(part: str, x_m: float, y_m: float, z_m: float, turn_rad: float = 0.0) -> Feature:
    return Feature(part=part, x_m=x_m, y_m=y_m, z_m=z_m, turn_rad=turn_rad)


_CEILING: Final = (
    *(_at("Light", x, y, 2.72) for x in (1.3, 2.9) for y in (1.8, 4.4)),
    *(_at("Sprinkler", x, 3.1, 2.72) for x in (1.2, 3.0)),
    *(_at("Diffuser", x, 4.9, 2.75) for x in (1.3, 2.9)),
    _at("Grille", 2.1, 1.0, 2.75),
    _at("Smoke detector", 2.1, 3.1, 2.74),
    _at("Branch duct", 2.1, 2.4, 3.15, math.pi / 2),
    _at("Duct bend", 2.1, 4.6, 3.15),
    _at("Branch pipe", 0.6, 2.4, 3.35, math.pi / 2),
)

FEATURES: Final[dict[str, tuple[Feature, ...]]] = {
    "corridor": (
        _at("Main duct", 0.0, -0.55, 3.3),
        _at("Main duct", 0.0, 0.55, 3.3),
        *(_at("Main pipe", 0.0, y, 3.0) for y in (-1.05, -0.95, 0.95, 1.05)),
        _at("Cable tray", 0.0, 0.0, 3.1),
        *(_at("Light", x, 0.0, 2.72) for x in (1.0, 3.0)),
        _at("Sprinkler", 2.0, 0.0, 2.72),
        _at("Handrail", 2.5, -1.26, 0.9),
        _at("Handrail", 2.5, 1.26, 0.9),
        *(_at("Column", 0.0, y, 0.0) for y in (-7.1, -1.3, 1.3, 7.1)),
        *(_at("Beam", 0.0, y, 3.6) for y in (-7.1, -1.3, 1.3, 7.1)),
        _at("Fire damper", 2.0, 0.55, 3.3),
        _at("Valve", 2.0, 0.95, 3.0),
    ),
    "room": (
        _at("Door", 1.8, 0.07, 0.0),
        _at("Window", 2.07, 5.93, 0.9),
        _at("Bed", 1.35, 3.6, 0.0, math.pi / 2),
        _at("Monitor", 0.5, 4.6, 0.0),
        _at("Pump", 0.5, 2.6, 0.0),
        _at("Temperature", 2.7, 0.17, 1.5),
        _at("Headwall", 0.17, 3.6, 1.5),
        _at("Chair", 3.4, 5.0, 0.0),
        _at("Cupboard", 3.65, 2.2, 0.0),
        _at("Basin", 3.0, 0.45, 0.85),
        _at("Radiator", 2.1, 5.75, 0.15),
        *(_at("Outlet", 0.17, y, 0.4) for y in (1.5, 2.9, 4.3)),
        _at("Switch", 2.6, 0.17, 1.1),
        *_CEILING,
    ),
    "theatre": (
        _at("Door", 1.8, 0.07, 0.0),
        _at("Window", 2.07, 5.93, 0.9),
        _at("Operating table", 2.1, 3.1, 0.0),
        _at("Operating lamp", 1.8, 3.1, 0.0),
        _at("Operating lamp", 2.5, 3.3, 0.0),
        _at("Monitor", 0.8, 4.2, 0.0),
        _at("Pump", 0.8, 2.2, 0.0),
        _at("Temperature", 2.7, 0.17, 1.5),
        *(_at("Cupboard", 3.65, y, 0.0) for y in (1.8, 2.6, 3.4)),
        *(_at("Outlet", 0.17, y, 0.4) for y in (1.5, 2.3, 3.1, 3.9)),
        *_CEILING,
    ),
}
"""In a bay: parts of the corridor, of a patient room, of a theatre."""


def parts() -> dict[str, Part]:
    """Every part by its name."""
    return {**_furniture(), **_fabric(), **_services()}


def _part(ifc_class: str, kind: str, *solids: Solid, suffix: str = "") -> Part:
    return Part(ifc_class=ifc_class, rest=[Enum(kind)], solids=solids, suffix=suffix)


def _legs(x_m: float, y_m: float, height_m: float) -> list[Solid]:
    ends = [(x, y) for x in (-x_m, x_m) for y in (-y_m, y_m)]
    return [box((x - 0.03, y - 0.03, 0), (x + 0.03, y + 0.03, height_m), DARK) for x, y in ends]


def _furniture() -> dict[str, Part]:
    bed = (
        *_legs(0.4, 0.9, 0.35),
        box((-0.45, -1.0, 0.35), (0.45, 1.0, 0.5), STEEL),
        box((-0.43, -0.97, 0.5), (0.43, 0.97, 0.66), LINEN),
        box((-0.3, 0.5, 0.66), (0.3, 0.9, 0.76), WHITE),
        box((-0.46, 1.0, 0.3), (0.46, 1.05, 1.1), WOOD),
        box((-0.46, -1.05, 0.3), (0.46, -1.0, 0.9), WOOD),
    )
    pole = cylinder((0, 0), 0.02, (0.05, 1.9), STEEL)
    foot = box((-0.22, -0.22, 0), (0.22, 0.22, 0.05), DARK)
    screen = box((-0.2, -0.05, 1.2), (0.2, 0.05, 1.5), DARK)
    seat = box((-0.25, -0.25, 0.4), (0.25, 0.25, 0.48), WOOD)
    back = box((-0.25, 0.2, 0.48), (0.25, 0.26, 0.9), WOOD)
    lamp = (
        cylinder((0, 0), 0.35, (2.05, 2.2), WHITE),
        cylinder((0, 0), 0.03, (2.2, 2.8), STEEL),
    )
    table = (
        box((-0.2, -0.3, 0), (0.2, 0.3, 0.75), STEEL),
        box((-0.28, -1.0, 0.75), (0.28, 1.0, 0.87), DARK),
    )
    cupboard = box((-0.3, -0.4, 0), (0.3, 0.4, 2.0), WHITE)
    return {
        "Bed": _part("IFCFURNITURE", "BED", *bed, suffix="-1"),
        "Chair": _part("IFCFURNITURE", "CHAIR", *_legs(0.2, 0.2, 0.4), seat, back),
        "Cupboard": _part("IFCFURNITURE", "NOTDEFINED", cupboard),
        "Monitor": _part("IFCMEDICALDEVICE", "NOTDEFINED", foot, pole, screen, suffix="-1"),
        "Pump": _part(
            "IFCMEDICALDEVICE", "NOTDEFINED", foot, pole,
            box((-0.1, -0.12, 1.0), (0.1, 0.05, 1.25), WHITE), suffix="-1",
        ),
        "Operating lamp": _part("IFCMEDICALDEVICE", "NOTDEFINED", *lamp),
        "Operating table": _part("IFCMEDICALDEVICE", "NOTDEFINED", *table),
        "Headwall": _part(
            "IFCMEDICALDEVICE", "NOTDEFINED", box((-0.02, -0.8, -0.1), (0.06, 0.8, 0.1), WHITE)
        ),
    }  # fmt: skip


def _fabric() -> dict[str, Part]:
    opening: list[Value] = [2.1, 1.2, Enum("DOOR"), Enum("SINGLE_SWING_LEFT"), None]
    glazing: list[Value] = [1.4, 3.8, Enum("WINDOW"), Enum("SINGLE_PANEL"), None]
    leaf = box((-0.6, -0.03, 0), (0.6, 0.03, 2.1), WOOD)
    rise, going = STOREY_M / TREADS, 0.28
    treads = [
        box((-2.2 + n * going, -0.7, n * rise), (-1.92 + n * going, 0.7, (n + 1) * rise), CONCRETE)
        for n in range(TREADS)
    ]
    frame = [
        box((-1.92, -0.05, 0), (1.92, 0.05, 0.06), WHITE),
        box((-1.92, -0.05, 1.34), (1.92, 0.05, 1.4), WHITE),
        box((-1.92, -0.01, 0.06), (1.92, 0.01, 1.34), GLASS),
    ]
    shaft = [
        box((-1.2, -1.2, 0), (-1.1, 1.2, STOREY_M - 0.01), CONCRETE),
        box((1.1, -1.2, 0), (1.2, 1.2, STOREY_M - 0.01), CONCRETE),
    ]
    return {
        "Door": Part(ifc_class="IFCDOOR", rest=opening, solids=(leaf,)),
        "Window": Part(ifc_class="IFCWINDOW", rest=glazing, solids=tuple(frame)),
        "Column": _part("IFCCOLUMN", "COLUMN", box((-0.15, -0.15, 0), (0.15, 0.15, 3.6), CONCRETE)),
        "Beam": _part("IFCBEAM", "BEAM", box((0, -0.15, 0), (BAY_M, 0.15, 0.3), CONCRETE)),
        "Handrail": _part(
            "IFCRAILING", "HANDRAIL", box((-0.05, -0.03, 0), (1.5, 0.03, 0.06), WOOD)
        ),
        "Stair": _part("IFCSTAIR", "STRAIGHT_RUN_STAIR", *treads),
        "Lift": _part(
            "IFCTRANSPORTELEMENT", "ELEVATOR", box((-1.0, -1.0, 0.05), (1.0, 1.0, 2.4), STEEL)
        ),
        "Lift shaft": _part("IFCWALL", "SHEAR", *shaft),
        "Lift door": Part(
            ifc_class="IFCDOOR",
            rest=opening,
            solids=(box((-0.6, -0.05, 0), (0.6, 0.05, 2.1), STEEL),),
        ),
    }


def _along_x(radius_m: float, length_m: float, rgba: Rgba) -> Solid:
    rod = cylinder((0, 0), radius_m, (0, length_m), rgba)
    return turned(rod, axis=1, angle_rad=np.pi / 2)


def _services() -> dict[str, Part]:
    def plate(x_m: float, y_m: float, depth_m: float, rgba: Rgba = WHITE) -> Solid:
        return box((-x_m, -y_m, 0), (x_m, y_m, depth_m), rgba)

    bend: Sequence[Solid] = (
        plate(0.15, 0.15, 0.2, DUCT),
        moved(plate(0.12, 0.12, 0.4, DUCT), (0, 0, -0.4)),
    )
    head = cylinder((0, 0), 0.04, (0, 0.08), STEEL)
    tray = box((0, -0.15, 0), (BAY_M, 0.15, 0.06), STEEL)
    main = box((0, -0.25, 0), (BAY_M, 0.25, 0.28), DUCT)
    branch = box((-1.1, -0.12, 0), (1.9, 0.12, 0.2), DUCT)
    return {
        "Light": _part("IFCLIGHTFIXTURE", "DIRECTIONSOURCE", plate(0.3, 0.3, 0.06)),
        "Sprinkler": _part("IFCFIRESUPPRESSIONTERMINAL", "SPRINKLER", head),
        "Diffuser": _part("IFCAIRTERMINAL", "DIFFUSER", plate(0.25, 0.25, 0.05)),
        "Grille": _part("IFCAIRTERMINAL", "GRILLE", plate(0.2, 0.2, 0.05, STEEL)),
        "Smoke detector": _part(
            "IFCSENSOR", "SMOKESENSOR", cylinder((0, 0), 0.06, (0, 0.05), WHITE)
        ),
        "Temperature": _part("IFCSENSOR", "TEMPERATURESENSOR", plate(0.045, 0.015, 0.09)),
        "Branch duct": _part("IFCDUCTSEGMENT", "RIGIDSEGMENT", branch),
        "Main duct": _part("IFCDUCTSEGMENT", "RIGIDSEGMENT", main),
        "Riser duct": _part("IFCDUCTSEGMENT", "RIGIDSEGMENT", plate(0.35, 0.35, STOREY_M, DUCT)),
        "Duct bend": _part("IFCDUCTFITTING", "BEND", *bend),
        "Branch pipe": _part("IFCPIPESEGMENT", "RIGIDSEGMENT", _along_x(0.02, 2.4, COPPER)),
        "Main pipe": _part("IFCPIPESEGMENT", "RIGIDSEGMENT", _along_x(0.04, BAY_M, COPPER)),
        "Cable tray": _part("IFCCABLECARRIERSEGMENT", "CABLETRAYSEGMENT", tray),
        "Fire damper": _part("IFCDAMPER", "FIREDAMPER", plate(0.27, 0.27, 0.3, STEEL)),
        "Valve": _part("IFCVALVE", "ISOLATING", _along_x(0.07, 0.15, DARK)),
        "Outlet": _part("IFCOUTLET", "POWEROUTLET", plate(0.01, 0.04, 0.08)),
        "Switch": _part("IFCSWITCHINGDEVICE", "TOGGLESWITCH", plate(0.04, 0.01, 0.08)),
        "Basin": _part("IFCSANITARYTERMINAL", "WASHHANDBASIN", plate(0.25, 0.2, 0.15)),
        "Radiator": _part("IFCSPACEHEATER", "RADIATOR", plate(0.6, 0.05, 0.6)),
    }
