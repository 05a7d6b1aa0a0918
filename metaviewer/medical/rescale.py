"""Stored values to modality values, one slice at a time, in place where that is exact."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.medical.dicom_facts import Layout

INT16_MIN: Final = -32768
INT16_MAX: Final = 32767


class DoesNotFit(Exception):
    """A modality value is outside int16: the volume needs float32."""


def without_high_bits(stored: NDArray[Any], layout: Layout) -> NDArray[Any]:
    """Stored values alone: overlays and junk above HighBit are cut, the sign is extended.

    References
    ----------
    DICOM PS3.5 section 8.1.1 (bits allocated, stored, high bit).
    """
    above = layout.bits_allocated - 1 - layout.high_bit
    below = layout.bits_allocated - layout.bits_stored
    if layout.number == "float" or below == 0:
        return stored
    if above:
        stored <<= above
    stored >>= below  # arithmetic for signed types, logical for unsigned ones
    return stored


def padding_mask(stored: NDArray[Any], layout: Layout) -> NDArray[np.bool_] | None:
    """True where the scanner measured nothing; None where it measured everything."""
    if layout.padding is None or layout.number == "float":
        return None
    low, high = layout.padding
    mask = stored == low if low == high else (stored >= low) & (stored <= high)
    return mask if mask.any() else None


def rescale_into(
    out: NDArray[Any],
    stored: NDArray[Any],
    *,
    slope: float,
    intercept: float,
    mask: NDArray[np.bool_] | None,
) -> float:
    """Write ``stored * slope + intercept`` to `out` and return the lowest value that was measured.

    Parameters
    ----------
    out : int16 or float32 array of shape (rows, columns)
        May share memory with `stored`.
    mask : bool array or None
        Where nothing was measured: such values neither count as lowest nor may they overflow.
        They are left undefined; the caller fills them.

    Raises
    ------
    DoesNotFit
        If `out` is int16 and a value is outside.
    """
    if mask is not None:
        if mask.all():
            out[...] = 0
            return float("inf")
        stored[mask] = stored[~mask].min()
    low = float(stored.min())
    # Values of int16 that are only lowered, as those of CT are, cannot leave it above.
    is_lowered = stored.dtype == np.int16 and slope == 1.0 and intercept <= 0
    high = low if is_lowered else float(stored.max())
    ends = sorted((low * slope + intercept, high * slope + intercept))
    if out.dtype != np.int16:
        # float64 inside: 2^24 and more times a small slope loses digits in float32.
        np.copyto(out, stored * np.float64(slope) + intercept, casting="same_kind")
        return ends[0]
    if ends[0] < INT16_MIN or ends[1] > INT16_MAX:
        raise DoesNotFit
    if slope == 1.0:
        if not np.may_share_memory(out, stored):
            np.copyto(out, stored, casting="unsafe")
        # Two's complement: an unsigned 40000 - 10000 is right although 40000 is no int16.
        if intercept:
            out += np.int16(intercept)
        return ends[0]
    np.copyto(out, stored.astype(np.int64) * int(slope) + int(intercept), casting="unsafe")
    return ends[0]


def mixed(
    first: NDArray[Any],
    second: NDArray[Any],
    *,
    weight: float,
    first_mask: NDArray[np.bool_] | None,
    second_mask: NDArray[np.bool_] | None,
) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
    """Linear mixture of two slices and its mask; padding is never mixed into tissue.

    Where one of the two measured nothing, the other stands alone, and the nearer one decides
    whether the place counts as measured.
    """
    one, two = first.astype(np.float64), second.astype(np.float64)
    if first_mask is not None:
        one = np.where(first_mask, two, one)
    if second_mask is not None:
        two = np.where(second_mask, one, two)
    nearer = first_mask if weight < 0.5 else second_mask
    return (1.0 - weight) * one + weight * two, nearer
