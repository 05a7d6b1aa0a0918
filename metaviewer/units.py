"""Lengths a person may state, in metres and millimetres."""

from __future__ import annotations

from typing import Final, Literal, get_args

LengthUnit = Literal["mm", "cm", "m", "in", "ft"]
LENGTH_UNITS: Final[tuple[str, ...]] = get_args(LengthUnit)

MM_PER_UNIT: Final[dict[str, float]] = {
    "mm": 1.0,
    "cm": 10.0,
    "m": 1000.0,
    "in": 25.4,  # exact since 1959 (international yard and pound agreement)
    "ft": 304.8,
}


def mm_from(value: float, unit: LengthUnit) -> float:
    """Return `value` of `unit` in millimetres."""
    return value * MM_PER_UNIT[unit]
