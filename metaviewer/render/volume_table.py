"""The table a ray reads: premultiplied colour and opacity of one step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metaviewer.frames import Float64Array
from metaviewer.medical.transfer import TransferFunction, sampled, step_opacities
from metaviewer.render.colour import linear_from_srgb
from metaviewer.scene import VolumeLook


def table_of(transfer: TransferFunction, *, step_mm: float, is_diagnostic: bool) -> Float64Array:
    """Colours times opacity of a step, and that opacity, shape (n, 4), in the light of the look.

    Linear light for the lit look, display sRGB for the diagnostic one.
    """
    is_maximum = transfer.projection == "maximum"
    colours, opacities = sampled(transfer)
    alpha = (opacities if is_maximum else step_opacities(opacities, step_mm=step_mm))[:, None]
    if is_maximum:  # the grey of the window, added like light
        light = colours * alpha if is_diagnostic else linear_from_srgb(colours * alpha)
    else:
        light = (colours if is_diagnostic else linear_from_srgb(colours)) * alpha
    return np.concatenate([light, alpha], axis=1)


def windowed(transfer: TransferFunction, look: VolumeLook) -> TransferFunction:
    """The transfer function of a look.

    The diagnostic look shows values as they were measured, noise and all. A maximum projection
    takes the look's grey window.
    """
    if look.shading == "diagnostic" and transfer.region == "calm_body":
        transfer = replace(transfer, region="body")
    if transfer.projection != "maximum" or look.window_center is None or look.window_width is None:
        return transfer
    half = max(look.window_width, 1.0) / 2.0
    low, high = transfer.domain
    share = (transfer.values - low) / (high - low)
    return replace(transfer, values=look.window_center - half + share * 2.0 * half)
