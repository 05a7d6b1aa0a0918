"""The length unit of an IFC file: stated, or absent; never assumed."""

from __future__ import annotations

import math
from typing import Final

from metaviewer.building.ifc_entity import Entity, Model, attribute, entities, text

PREFIXES: Final = {
    "EXA": 1e18,
    "PETA": 1e15,
    "TERA": 1e12,
    "GIGA": 1e9,
    "MEGA": 1e6,
    "KILO": 1e3,
    "HECTO": 1e2,
    "DECA": 1e1,
    "DECI": 1e-1,
    "CENTI": 1e-2,
    "MILLI": 1e-3,
    "MICRO": 1e-6,
    "NANO": 1e-9,
    "PICO": 1e-12,
    "FEMTO": 1e-15,
    "ATTO": 1e-18,
}
METRES_PER_UNIT_RANGE: Final = (1e-7, 1e5)
"""A length unit outside of it is a slip: nobody measures buildings in atoms or light-seconds."""
CONVERSION_DEPTH_MAX: Final = 4


def length_unit(model: Model) -> tuple[str, float] | None:
    """Name of the file's length unit and its metres; None where it states none or a broken one."""
    for assignment in _assignments(model):
        for unit in entities(assignment, "Units"):
            if attribute(unit, "UnitType") == "LENGTHUNIT":
                metres = metres_of(unit)
                return (_name_of(unit), metres) if metres is not None else None
    return None


def metres_of(unit: Entity) -> float | None:
    """Metres of one length unit; None where it is broken."""
    factor = 1.0
    for _ in range(CONVERSION_DEPTH_MAX):
        if unit.is_a("IfcSIUnit"):
            prefix = attribute(unit, "Prefix")
            if attribute(unit, "Name") != "METRE" or (
                prefix is not None and prefix not in PREFIXES
            ):
                return None
            return _checked(factor * PREFIXES.get(prefix or "", 1.0))
        conversion = attribute(unit, "ConversionFactor")
        value = attribute(attribute(conversion, "ValueComponent"), "wrappedValue")
        unit = attribute(conversion, "UnitComponent")
        if not isinstance(value, int | float) or unit is None:
            return None
        factor *= float(value)
    return None


def _assignments(model: Model) -> list[Entity]:
    """The project's unit assignment; any assignment of the file where no project names one."""
    named = [attribute(project, "UnitsInContext") for project in model.by_type("IfcProject")]
    return [found for found in named if found is not None] or list(
        model.by_type("IfcUnitAssignment")
    )


def _name_of(unit: Entity) -> str:
    """METRE, MILLIMETRE, or the name that a conversion based unit gives itself."""
    prefix = text(unit, "Prefix")
    return f"{prefix}{text(unit, 'Name')}"


def _checked(metres: float) -> float | None:
    low, high = METRES_PER_UNIT_RANGE
    return metres if math.isfinite(metres) and low <= metres <= high else None
