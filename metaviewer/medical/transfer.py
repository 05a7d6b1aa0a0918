"""What a grey value looks like: colour and opacity over modality values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import GeometryError
from metaviewer.frames import Float64Array

Projection = Literal["composite", "maximum"]
Region = Literal["all", "body", "calm_body", "lungs"]

OPACITY_MAX: Final = 0.9999
TABLE_ENTRIES: Final = 2048


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TransferFunction:
    """Piecewise linear colour and opacity.

    Parameters
    ----------
    values : float64 array of shape (n,), strictly rising
        Modality values of the control points.
    colours_rgb_n3 : float64 array of shape (n, 3)
        Display sRGB, 0..1.
    opacities_per_mm : float64 array of shape (n,)
        Share of light lost over one millimetre, 0..1.
    projection : "composite" or "maximum"
        Light through matter, or the highest value along the ray (MIP).
    gradient_range : (float, float)
        Values per mm between which a place turns from noise (lit evenly) to a surface (lit by its
        normal).
    region : "all", "body", "calm_body" or "lungs"
        What is drawn (`metaviewer.medical.body`): a table hides a back, a chest wall the lungs, and
        noise the smooth matter of a body.
    """

    name: str
    values: NDArray[np.float64]
    colours_rgb_n3: NDArray[np.float64]
    opacities_per_mm: NDArray[np.float64]
    projection: Projection = "composite"
    shaded: bool = True
    gradient_range: tuple[float, float] = (15.0, 110.0)
    region: Region = "all"

    def __post_init__(self) -> None:
        """Check that values rise and shapes agree."""
        count = len(self.values)
        if count < 2 or not np.all(np.diff(self.values) > 0.0):
            raise GeometryError(f"transfer function {self.name}: its values must rise")
        if self.colours_rgb_n3.shape != (count, 3) or self.opacities_per_mm.shape != (count,):
            raise GeometryError(f"transfer function {self.name}: {count} values, other colours")

    @property
    def domain(self) -> tuple[float, float]:
        """First and last control value."""
        return float(self.values[0]), float(self.values[-1])


def adjusted(transfer: TransferFunction, *, opacity: float, value_shift: float) -> TransferFunction:
    """The same with its opacity multiplied and its control values moved (the drag in 3D)."""
    return replace(
        transfer,
        values=transfer.values + value_shift,
        opacities_per_mm=np.clip(transfer.opacities_per_mm * opacity, 0.0, 1.0),
    )


def sampled(
    transfer: TransferFunction, *, count: int = TABLE_ENTRIES
) -> tuple[Float64Array, Float64Array]:
    """Colours (count, 3) in display sRGB and opacities per mm (count,), evenly over the domain."""
    at = np.linspace(*transfer.domain, count)
    columns = [np.interp(at, transfer.values, column) for column in transfer.colours_rgb_n3.T]
    return np.stack(columns, axis=1), np.interp(at, transfer.values, transfer.opacities_per_mm)


def step_opacities(opacities_per_mm: Float64Array, *, step_mm: float) -> Float64Array:
    """Opacity of one step: what is lost over `step_mm` of the same matter."""
    return np.asarray(1.0 - (1.0 - np.minimum(opacities_per_mm, OPACITY_MAX)) ** step_mm)
