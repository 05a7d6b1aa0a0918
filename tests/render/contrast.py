"""How well a text is read: contrast of its ink against its plate, whatever lies under both."""

from __future__ import annotations

import numpy as np

CONTRAST_MIN = 4.5
"""WCAG 2.2, 1.4.3, level AA."""

GROUNDS = ((255, 255, 255), (0, 0, 0), (236, 226, 210), (20, 30, 48))
"""White, black, a wall or bone, the backdrop."""


def luminance(rgb: np.ndarray) -> float:
    """Relative luminance of display sRGB 0..255 (WCAG 2.2)."""
    share = np.asarray(rgb, dtype=float) / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(ink: tuple[int, ...], plate: tuple[int, ...], ground: tuple[int, ...]) -> float:
    """Ratio of the brighter to the darker, the plate blended over the ground."""
    alpha = plate[3] / 255.0
    seen = np.array(plate[:3]) * alpha + np.array(ground) * (1.0 - alpha)
    dark, bright = sorted((luminance(seen), luminance(np.array(ink[:3]))))
    return (bright + 0.05) / (dark + 0.05)
