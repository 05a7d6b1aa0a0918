"""Looks for volumes: CT anchored in Hounsfield units, everything else by percentiles.

A percentile preset states its control points as shares of the span from background to the 99.9th
percentile of what is not background, because MR and PET numbers differ from scanner to scanner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import Refused
from metaviewer.medical.transfer import Projection, Region, TransferFunction
from metaviewer.medical.volume import GreyWindow, Volume

Row = tuple[float, float, float, float, float]
"""Value, red, green, blue in display sRGB, opacity per mm."""

SAMPLES_MAX: Final = 200_000
"""Voxels looked at for percentiles: enough for a tenth of a per cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A look by name; `rows` are in HU, or in shares of the volume's own span."""

    rows: tuple[Row, ...]
    projection: Projection = "composite"
    gradient_range: tuple[float, float] = (15.0, 110.0)
    region: Region = "calm_body"


BONE: Final = Preset(
    rows=(
        (-1024, 0.86, 0.66, 0.55, 0.0),
        (-220, 0.86, 0.66, 0.55, 0.0),
        (-120, 0.86, 0.66, 0.55, 0.0030),
        (-40, 0.84, 0.60, 0.50, 0.0024),
        (30, 0.80, 0.44, 0.36, 0.0050),
        (120, 0.76, 0.34, 0.26, 0.0090),
        (180, 0.84, 0.42, 0.31, 0.026),
        (250, 0.93, 0.74, 0.58, 0.22),
        (350, 0.97, 0.89, 0.77, 0.55),
        (700, 1.00, 0.97, 0.91, 0.88),
        (3071, 1.00, 1.00, 1.00, 0.97),
    ),
    gradient_range=(30.0, 160.0),
)
SKELETON: Final = Preset(
    rows=(
        (-1024, 0.84, 0.42, 0.31, 0.0),
        (150, 0.84, 0.42, 0.31, 0.0),
        (200, 0.88, 0.56, 0.43, 0.040),
        (250, 0.93, 0.74, 0.58, 0.22),
        (350, 0.97, 0.89, 0.77, 0.55),
        (700, 1.00, 0.97, 0.91, 0.88),
        (3071, 1.00, 1.00, 1.00, 0.97),
    ),
    gradient_range=(30.0, 160.0),
)
"""Bone without the veil of flesh around it."""
LUNG: Final = Preset(
    rows=(
        (-1024, 0.20, 0.40, 0.72, 0.0),
        (-960, 0.22, 0.42, 0.74, 0.0),
        (-900, 0.24, 0.45, 0.76, 0.0032),
        (-780, 0.32, 0.52, 0.80, 0.0042),
        (-650, 0.44, 0.58, 0.80, 0.0060),
        (-520, 0.80, 0.60, 0.55, 0.030),
        (-350, 0.93, 0.52, 0.42, 0.20),
        (-150, 0.96, 0.58, 0.46, 0.34),
        (60, 0.98, 0.66, 0.52, 0.42),
        (400, 1.00, 0.86, 0.76, 0.55),
        (3071, 1.00, 1.00, 1.00, 0.60),
    ),
    gradient_range=(30.0, 160.0),
    region="lungs",
)
VESSELS: Final = Preset(
    rows=(
        (-1024, 0.5, 0.02, 0.02, 0.0),
        (110, 0.55, 0.04, 0.03, 0.0),
        (170, 0.76, 0.10, 0.07, 0.10),
        (240, 0.90, 0.24, 0.15, 0.45),
        (360, 0.98, 0.62, 0.45, 0.70),
        (520, 1.00, 0.93, 0.82, 0.85),
        (3071, 1.00, 1.00, 1.00, 0.95),
    ),
)
SOFT: Final = Preset(
    rows=(
        (-1024, 0.8, 0.6, 0.45, 0.0),
        (-140, 0.85, 0.62, 0.44, 0.0),
        (-60, 0.90, 0.70, 0.50, 0.006),
        (10, 0.86, 0.46, 0.36, 0.020),
        (60, 0.80, 0.30, 0.24, 0.10),
        (140, 0.90, 0.46, 0.34, 0.26),
        (260, 0.97, 0.82, 0.66, 0.60),
        (600, 1.00, 0.96, 0.88, 0.90),
        (3071, 1.00, 1.00, 1.00, 0.95),
    ),
)
SKIN: Final = Preset(
    # Opaque only over several samples: within one, skin shows the rings of its sampling.
    rows=(
        (-1024, 0.92, 0.72, 0.62, 0.0),
        (-450, 0.92, 0.72, 0.62, 0.0),
        (-300, 0.94, 0.76, 0.66, 0.12),
        (-120, 0.97, 0.80, 0.70, 0.45),
        (60, 0.98, 0.82, 0.72, 0.70),
        (3071, 1.00, 0.90, 0.82, 0.98),
    ),
)
MIP: Final = Preset(
    rows=((-200, 1.0, 1.0, 1.0, 0.0), (1200, 1.0, 1.0, 1.0, 1.0)),
    projection="maximum",
    region="body",
)
MR_HEAD: Final = Preset(
    rows=(
        (-0.02, 0.40, 0.26, 0.22, 0.0),
        (0.10, 0.66, 0.49, 0.41, 0.0),
        (0.15, 0.72, 0.55, 0.46, 0.12),
        (0.24, 0.70, 0.54, 0.46, 0.38),
        (0.40, 0.69, 0.56, 0.49, 0.62),
        (0.55, 0.73, 0.64, 0.58, 0.76),
        (0.75, 0.87, 0.79, 0.72, 0.86),
        (1.00, 0.98, 0.93, 0.87, 0.92),
    ),
    gradient_range=(0.010, 0.060),
    region="all",
)
PET: Final = Preset(
    rows=(
        (0.0, 0.10, 0.00, 0.02, 0.0),
        (0.16, 0.35, 0.02, 0.04, 0.0),
        (0.26, 0.62, 0.06, 0.03, 0.012),
        (0.42, 0.92, 0.28, 0.04, 0.06),
        (0.65, 1.00, 0.68, 0.12, 0.20),
        (1.00, 1.00, 0.97, 0.75, 0.50),
    ),
    gradient_range=(1.0e6, 2.0e6),  # uptake has no surface: it glows evenly
    region="all",
)
GREY_MIP: Final = Preset(
    rows=((0.02, 1.0, 1.0, 1.0, 0.0), (0.85, 1.0, 1.0, 1.0, 1.0)),
    projection="maximum",
    region="all",
)

CT_PRESETS: Final[dict[str, Preset]] = {
    "bone": BONE,
    "lung": LUNG,
    "vessels": VESSELS,
    "soft": SOFT,
    "skin": SKIN,
    "skeleton": SKELETON,
    "mip": MIP,
}
MR_PRESETS: Final[dict[str, Preset]] = {"mr_head": MR_HEAD, "mip": GREY_MIP}
PET_PRESETS: Final[dict[str, Preset]] = {"pet": PET, "mip": GREY_MIP}

FLESH_HU: Final = -300.0
"""Above this is the body, below air."""
CUT_OUT_SHARE: Final = 0.5
"""Of the four faces around a stack of slices: a scan of a whole patient has air there."""

CT_WINDOW: Final = GreyWindow(name="soft tissue", center=40.0, width=400.0)


def preset_names(volume: Volume) -> tuple[str, ...]:
    """Names that suit the volume; the first is what it opens with."""
    return tuple(_family(volume))


def opening_preset(volume: Volume) -> str:
    """The look a volume opens with: of a CT cut out of a body the bones alone.

    A veil of flesh shows a body's shape; where the scan ends inside the body it shows a box.
    """
    family = _family(volume)
    return "skeleton" if family is CT_PRESETS and _is_cut_out(volume) else next(iter(family))


def transfer_function(volume: Volume, *, preset: str) -> TransferFunction:
    """The look of that name for this volume; "" takes the first that suits.

    Raises
    ------
    Refused
        Where no look of that name suits the volume.
    """
    family = _family(volume)
    name = preset or next(iter(family))
    if name not in family:
        raise Refused(
            preset,
            "format",
            f"no such preset for {volume.modality or 'this volume'}",
            remedy=f"choose one of {', '.join(family)}",
        )
    chosen = family[name]
    low, span = (0.0, 1.0) if family is CT_PRESETS else _span(volume)
    rows = np.array(chosen.rows, dtype=np.float64)
    scale = 1.0 if family is CT_PRESETS else span
    return TransferFunction(
        name=name,
        values=low + rows[:, 0] * span,
        colours_rgb_n3=rows[:, 1:4].copy(),
        opacities_per_mm=rows[:, 4].copy(),
        projection=chosen.projection,
        gradient_range=(chosen.gradient_range[0] * scale, chosen.gradient_range[1] * scale),
        region=chosen.region,
    )


def grey_window(volume: Volume) -> GreyWindow:
    """The window a slice opens with: the file's first, else by modality."""
    if volume.windows:
        return volume.windows[0]
    if volume.modality == "CT":
        return CT_WINDOW
    low, span = _span(volume)
    return GreyWindow(name="percentiles", center=low + span / 2.0, width=max(span, 1.0))


def _family(volume: Volume) -> dict[str, Preset]:
    if volume.modality == "CT" and volume.unit in {"HU", None}:
        return CT_PRESETS
    return PET_PRESETS if volume.modality in {"PT", "NM"} else MR_PRESETS


def _is_cut_out(volume: Volume) -> bool:
    """Whether more flesh than air lies on the faces around the slices."""
    flesh = np.concatenate([(face > FLESH_HU).ravel() for face in _side_faces(volume.values)])
    if volume.padding_kji is not None:
        padded = _side_faces(volume.padding_kji)
        flesh &= ~np.concatenate([face.ravel() for face in padded])
    return float(flesh.mean()) > CUT_OUT_SHARE


def _side_faces(grid_kji: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    return (grid_kji[:, 0], grid_kji[:, -1], grid_kji[:, :, 0], grid_kji[:, :, -1])


def _span(volume: Volume) -> tuple[float, float]:
    """Background, and how far the brightest structures stand above it."""
    values = _some(volume)
    low = float(np.percentile(values, 1.0))
    signal = values[values > low]
    high = float(np.percentile(signal, 99.5)) if len(signal) else low
    return low, max(high - low, 1e-6)


def _some(volume: Volume) -> NDArray[np.float64]:
    stride = max(1, volume.values.size // SAMPLES_MAX)
    values = volume.values.ravel()[::stride]
    if volume.padding_kji is not None:
        measured = values[~volume.padding_kji.ravel()[::stride]]
        values = measured if len(measured) else values
    return values.astype(np.float64)
