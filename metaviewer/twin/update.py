"""How values get into columns: a feed says what it received, `written` gives the next columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array
from metaviewer.twin.columns import Columns, Point, Quality


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Update:
    """What a feed received since it was asked last; arrays of length m.

    Parameters
    ----------
    rows : int64 array
        Rows of the columns, in the order of arrival: of a row that comes twice the last one counts.
    values : float64 array
        In the unit of the point; a state is its index in `Point.states`.
    quality : uint8 array of `Quality`
    source_s : float64 array
        When the source measured it.
    received_s : float64 array
        When it reached us.
    changed_s : float64 array or None
        Since when the value stands, where the source knows better than the moment we first saw it
        (an encounter has a start); NaN or None where it does not.
    """

    rows: NDArray[np.int64]
    values: Float64Array
    quality: NDArray[np.uint8]
    source_s: Float64Array
    received_s: Float64Array
    changed_s: Float64Array | None = None

    def __post_init__(self) -> None:
        """Hold the arrays together."""
        assert self.values.shape == self.quality.shape == self.rows.shape
        assert self.source_s.shape == self.received_s.shape == self.rows.shape
        assert self.changed_s is None or self.changed_s.shape == self.rows.shape


def empty_columns(points: Sequence[Point]) -> Columns:
    """Columns in which nothing was ever received."""
    count = len(points)
    return _columns(
        tuple(points),
        np.full(count, np.nan),
        np.full(count, Quality.NO_DATA, dtype=np.uint8),
        np.full((3, count), np.nan),
    )


def written(before: Columns, update: Update) -> Columns:
    """The columns after `update`; `before` stays as it is.

    A value that comes again unchanged refreshes its age and leaves `changed_s` (Home Assistant's
    core#81069: a sensor that repeats itself is alive, one that stopped is not).
    """
    values, quality = before.values.copy(), before.quality.copy()
    times = np.array([before.source_s, before.received_s, before.changed_s])
    said = np.full(update.rows.shape, np.nan) if update.changed_s is None else update.changed_s
    differs = values[update.rows] != update.values  # NaN, the never received, differs from all
    since_s = np.where(differs, update.received_s, times[2, update.rows])
    times[2, update.rows] = np.where(np.isnan(said), since_s, said)
    values[update.rows], quality[update.rows] = update.values, update.quality
    times[0, update.rows], times[1, update.rows] = update.source_s, update.received_s
    return _columns(before.points, values, quality, times)


def joined(parts: Sequence[Columns]) -> Columns:
    """The columns of several feeds as one, in their order."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return empty_columns(())
    return _columns(
        tuple(point for part in parts for point in part.points),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.quality for part in parts]),
        np.concatenate(
            [(part.source_s, part.received_s, part.changed_s) for part in parts], axis=1
        ),
    )


def _columns(
    points: tuple[Point, ...], values: Float64Array, quality: NDArray[np.uint8], times: Float64Array
) -> Columns:
    for array in (values, quality, times):
        array.setflags(write=False)
    return Columns(
        points=points,
        values=values,
        quality=quality,
        source_s=times[0],
        received_s=times[1],
        changed_s=times[2],
    )
