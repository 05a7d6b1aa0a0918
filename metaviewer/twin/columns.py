"""Live data as columns: one array an attribute, one row a point.

A value never travels without its time and its quality: what reads a value reads the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array


class Quality(IntEnum):
    """How much of a value can be believed (what the *source* and the link say)."""

    GOOD = 0
    UNCERTAIN = 1
    STALE = 2
    BAD = 3
    OUT_OF_SERVICE = 4
    NO_DATA = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What one row is: fixed while the feed runs.

    Parameters
    ----------
    name : str
        Topic-like name, for example "room/1D09/temperature". Patients are opaque tokens.
    model_id, global_id : str
        The element it belongs to, "" for none.
    unit : str
        UCUM code ("Cel", "%", "1"), "" for states.
    limit_s : float
        Age beyond which the value is stale.
    states : tuple of str
        Words for whole-number values ("free", "occupied"), empty for measures.
    """

    name: str
    kind: str
    model_id: str
    global_id: str
    unit: str
    limit_s: float
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Columns:
    """Values of n points at one moment; arrays of length n, read-only.

    Times are seconds of a clock that counts suspend; NaN where nothing was ever received.
    """

    points: tuple[Point, ...]
    values: Float64Array
    quality: NDArray[np.uint8]
    source_s: Float64Array
    received_s: Float64Array
    changed_s: Float64Array
