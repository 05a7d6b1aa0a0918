"""The kinds of points: what they measure, how often, in which words, on which scale of colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PERIODS_TO_STALE: Final = 3.0
JITTER: Final = 1.5
"""A report may come this much later than its period before it counts as late."""

Srgb = tuple[int, int, int]
"""Display colour, 0..255."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of point.

    Parameters
    ----------
    unit : str
        UCUM code, "" for states.
    period_s : float
        How often a source of this kind reports.
    ifc_class, element_word : str
        Which elements carry it: their class and the first word of their name; "" for none.
    of_room : bool
        Whether the room of the element carries it as well.
    states : tuple of str
        The words of whole-number values; `fills` has a colour for each.
    stops : tuple of (value, colour)
        The scale of a measure, in `unit`, ascending.
    """

    name: str
    unit: str
    period_s: float
    ifc_class: str
    element_word: str
    of_room: bool = False
    states: tuple[str, ...] = ()
    fills: tuple[Srgb, ...] = ()
    stops: tuple[tuple[float, Srgb], ...] = ()

    @property
    def limit_s(self) -> float:
        """Age beyond which a value of this kind is stale."""
        return self.period_s * PERIODS_TO_STALE * JITTER


NORMAL: Final[Srgb] = (0x8F, 0x93, 0x9B)
"""What is as it should be: quiet grey (ISA-101: colour is kept for what is not)."""

FREE: Final[Srgb] = (0xF7, 0xF9, 0xFA)
OCCUPIED: Final[Srgb] = (0x63, 0x8F, 0xEE)
CLEANING: Final[Srgb] = (0xA3, 0xC6, 0xA0)
BLOCKED: Final[Srgb] = (0xDD, 0x8C, 0x19)
ALARM_HIGH: Final[Srgb] = (0xEB, 0x3D, 0x40)
ALARM_MEDIUM: Final[Srgb] = (0xFF, 0xDA, 0x13)
ALARM_LOW: Final[Srgb] = (0x49, 0xD5, 0xE5)

COLD: Final[Srgb] = (0x5B, 0x8D, 0xC9)
WARM: Final[Srgb] = (0xD9, 0x9A, 0x66)
HOT: Final[Srgb] = (0xC8, 0x55, 0x3D)

KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(
            name="temperature",
            unit="Cel",
            period_s=10.0,
            ifc_class="IfcSensor",
            element_word="Temperature",
            of_room=True,
            # Grey within 20..24: the band that ward ventilation is asked to keep.
            stops=((16.0, COLD), (20.0, NORMAL), (24.0, NORMAL), (26.0, WARM), (29.0, HOT)),
        ),
        Kind(
            name="occupancy",
            unit="1",
            period_s=15.0,
            ifc_class="IfcSpace",
            element_word="",
            of_room=True,
            stops=((0.0, NORMAL), (1.0, (0x86, 0x9D, 0xC9)), (4.0, OCCUPIED)),
        ),
        Kind(
            name="bed_state",
            unit="",
            period_s=60.0,
            ifc_class="IfcFurniture",
            element_word="Bed",
            states=("free", "occupied", "cleaning", "blocked"),
            fills=(FREE, OCCUPIED, CLEANING, BLOCKED),
        ),
        Kind(
            name="alarm",
            unit="",
            period_s=2.0,
            ifc_class="IfcMedicalDevice",
            element_word="Monitor",
            states=("none", "low", "medium", "high"),
            fills=(NORMAL, ALARM_LOW, ALARM_MEDIUM, ALARM_HIGH),
        ),
        Kind(
            name="heart_rate",
            unit="/min",
            period_s=2.0,
            ifc_class="IfcMedicalDevice",
            element_word="Monitor",
            stops=((40.0, NORMAL), (180.0, NORMAL)),
        ),
        Kind(
            name="pump_rate",
            unit="mL/h",
            period_s=5.0,
            ifc_class="IfcMedicalDevice",
            element_word="Pump",
            stops=((0.0, NORMAL), (200.0, NORMAL)),
        ),
    )
}
"""By name. The fills were searched for: any two differ by at least 20 (CIE76) in normal, protan and
deutan sight. To deutan eyes a high alarm is still duller than a medium one: shape carries rank."""
