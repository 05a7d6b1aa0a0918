"""Quiet materials: the source's colours pulled towards greys, so that colour is free for meaning.

Done once, when a building is loaded: what the shaders get is already the shown colour. Lightness
and chroma are moved in OKLab, where an equal step looks equal; hue stays what the source says, so
brick stays brick and wood stays wood, only softer. Authoring tools fill whole classes with one
default grey or a loud green, therefore the class decides the tone and the source only leans on it.

References
----------
B. Ottosson, "A perceptual color space for image processing" (2020): the OKLab matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array
from metaviewer.render.colour import linear_from_srgb, srgb_from_linear

_LMS_FROM_LINEAR: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OKLAB_FROM_LMS: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """How a class of elements is calmed; all numbers in OKLab.

    Parameters
    ----------
    lightness : float
        Where the lightness goes, 0..1.
    lightness_kept : float
        Share of the source's departure from `lightness` that stays.
    chroma_kept : float
        Share of the source's chroma that stays.
    chroma_max : float
        Most that may be left.
    warmth : (float, float)
        a and b added to what is nearly grey: warm plaster, cool steel.
    """

    lightness: float
    lightness_kept: float = 0.15
    chroma_kept: float = 0.35
    chroma_max: float = 0.035
    warmth: tuple[float, float] = (0.0, 0.0)


WALL: Final = Tone(
    lightness=0.93, lightness_kept=0.08, chroma_kept=0.22, chroma_max=0.022, warmth=(0.0015, 0.007)
)
SLAB: Final = Tone(lightness=0.86, lightness_kept=0.08, warmth=(0.0, 0.002))
ROOF: Final = Tone(lightness=0.74, lightness_kept=0.10, chroma_kept=0.14, chroma_max=0.024)
CEILING: Final = Tone(lightness=0.955, lightness_kept=0.05, warmth=(0.0, 0.003))
STRUCTURE: Final = Tone(lightness=0.70, lightness_kept=0.15, warmth=(0.0, -0.004))
FRAME: Final = Tone(lightness=0.60, lightness_kept=0.20, warmth=(-0.001, -0.004))
JOINERY: Final = Tone(
    lightness=0.74, lightness_kept=0.30, chroma_kept=0.60, chroma_max=0.055, warmth=(0.004, 0.016)
)
GLASS: Final = Tone(lightness=0.80, lightness_kept=0.20, chroma_kept=0.35, warmth=(-0.008, -0.012))
SERVICES: Final = Tone(
    lightness=0.76, lightness_kept=0.12, chroma_kept=0.3, warmth=(-0.012, -0.034)
)
DEVICE: Final = Tone(
    lightness=0.84, lightness_kept=0.20, chroma_kept=0.45, chroma_max=0.05, warmth=(0.004, 0.018)
)
FURNITURE: Final = Tone(
    lightness=0.83, lightness_kept=0.45, chroma_kept=0.6, chroma_max=0.055, warmth=(0.002, 0.010)
)
ROOM: Final = Tone(lightness=0.90, lightness_kept=0.0, chroma_kept=0.15, warmth=(-0.002, -0.004))
OTHER: Final = Tone(lightness=0.82, lightness_kept=0.35, chroma_kept=0.45, chroma_max=0.05)

TONE_OF_CLASS: Final[dict[str, Tone]] = {
    "IfcWall": WALL,
    "IfcWallStandardCase": WALL,
    "IfcWallElementedCase": WALL,
    "IfcSlab": SLAB,
    "IfcSlabStandardCase": SLAB,
    "IfcRamp": SLAB,
    "IfcRampFlight": SLAB,
    "IfcStair": SLAB,
    "IfcStairFlight": SLAB,
    "IfcSite": SLAB,
    "IfcRoof": ROOF,
    "IfcCovering": CEILING,
    "IfcColumn": STRUCTURE,
    "IfcBeam": STRUCTURE,
    "IfcFooting": STRUCTURE,
    "IfcPile": STRUCTURE,
    "IfcMember": FRAME,
    "IfcRailing": FRAME,
    "IfcDoor": JOINERY,
    "IfcWindow": GLASS,
    "IfcPlate": GLASS,
    "IfcCurtainWall": GLASS,
    "IfcFurnishingElement": FURNITURE,
    "IfcFurniture": FURNITURE,
    "IfcSystemFurnitureElement": FURNITURE,
    "IfcFlowTerminal": DEVICE,
    "IfcLightFixture": DEVICE,
    "IfcOutlet": DEVICE,
    "IfcSanitaryTerminal": DEVICE,
    "IfcMedicalDevice": DEVICE,
    "IfcSensor": DEVICE,
    "IfcSpace": ROOM,
}
"""Classes not named here: what flows is `SERVICES`, the rest `OTHER`."""

_SERVICE_WORDS: Final = ("Flow", "Duct", "Pipe", "Cable", "Valve", "Pump", "Fan", "Energy", "Distr")
_GREY_CHROMA: Final = 0.03
"""Below this a colour says nothing of its hue, and the tone's own warmth decides."""

LOUD_CHROMA: Final = (0.12, 0.20)
"""From the first to the second a colour is paint of an authoring tool ("roof", "grass"), not what
anything was built of: it loses most of what its tone would leave it, and grows a little darker."""

LOUD_CHROMA_LOST: Final = 0.62
LOUD_LIGHTNESS_LOST: Final = 0.12


def oklab_of(linear_n3: Float64Array) -> Float64Array:
    """OKLab (n, 3) of linear sRGB light (n, 3)."""
    lms = np.cbrt(linear_n3 @ _LMS_FROM_LINEAR.T)
    return np.asarray(lms @ _OKLAB_FROM_LMS.T)


def linear_of_oklab(oklab_n3: Float64Array) -> Float64Array:
    """Linear sRGB light (n, 3) of OKLab (n, 3); may leave 0..1."""
    lms = oklab_n3 @ np.linalg.inv(_OKLAB_FROM_LMS).T
    return np.asarray(lms**3 @ np.linalg.inv(_LMS_FROM_LINEAR).T)


def tone_of(ifc_class: str) -> Tone:
    """The tone of an IFC class."""
    tone = TONE_OF_CLASS.get(ifc_class)
    if tone is not None:
        return tone
    return SERVICES if any(word in ifc_class for word in _SERVICE_WORDS) else OTHER


def quiet_colours(
    colours_rgba: NDArray[np.uint8], tone_index: NDArray[np.integer], tones: Sequence[Tone]
) -> NDArray[np.uint8]:
    """Shown colours (n, 4), display sRGB; opacity is passed through.

    Parameters
    ----------
    colours_rgba : uint8 array (n, 4)
        The source's colours, display sRGB.
    tone_index : integer array (n,)
        Row of `tones` for each colour.
    """
    # Thousands of vertices share a few colours.
    keys = colours_rgba[:, :3].astype(np.int64) @ (1, 1 << 8, 1 << 16) + (
        tone_index.astype(np.int64) << 24
    )
    _, first, of_unique = np.unique(keys, return_index=True, return_inverse=True)
    shown = colours_rgba.copy()
    shown[:, :3] = _quiet_rgb(colours_rgba[first, :3], tone_index[first], tones)[of_unique]
    return shown


def _quiet_rgb(
    colours_rgb: NDArray[np.uint8], tone_index: NDArray[np.integer], tones: Sequence[Tone]
) -> NDArray[np.uint8]:
    table = np.array([_row(tone) for tone in tones], dtype=np.float64)[tone_index]
    lightness, lightness_kept, chroma_kept, chroma_max, warm_a, warm_b = table.T
    source = oklab_of(linear_from_srgb(colours_rgb / 255.0))
    chroma = np.hypot(source[:, 1], source[:, 2])
    loud = np.clip((chroma - LOUD_CHROMA[0]) / (LOUD_CHROMA[1] - LOUD_CHROMA[0]), 0.0, 1.0)
    left = np.minimum(chroma * chroma_kept, chroma_max * (1.0 - LOUD_CHROMA_LOST * loud))
    left /= np.maximum(chroma, 1e-9)
    greyness = np.clip(1.0 - chroma / _GREY_CHROMA, 0.0, 1.0)
    quiet = np.stack(
        [
            lightness + (source[:, 0] - lightness) * lightness_kept - LOUD_LIGHTNESS_LOST * loud,
            source[:, 1] * left + warm_a * greyness,
            source[:, 2] * left + warm_b * greyness,
        ],
        axis=1,
    )
    shown = np.rint(srgb_from_linear(linear_of_oklab(quiet)) * 255.0)
    return np.asarray(shown, dtype=np.uint8)


def tones_of(classes: Sequence[str]) -> tuple[NDArray[np.int32], tuple[Tone, ...]]:
    """Row of the tone of each element, and the tones."""
    tones: dict[Tone, int] = {}
    rows = [tones.setdefault(tone_of(ifc_class), len(tones)) for ifc_class in classes]
    return np.array(rows, dtype=np.int32), tuple(tones)


def _row(tone: Tone) -> tuple[float, ...]:
    return (tone.lightness, tone.lightness_kept, tone.chroma_kept, tone.chroma_max, *tone.warmth)
