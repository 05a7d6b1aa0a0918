"""How live values are coloured: rules as data, for the shader, the legend and the labels alike.

No element is coloured on the CPU. A point's value goes to the GPU as it is (`point_texels`), beside
it how it stands; an element knows which point it shows, which alarm stands above it, and on which
scale (`element_binding`). The shader looks the colour up. So a frame costs one copy of the columns,
whatever the rate of the feed (evidence: 0.1 ms for 100,000 points).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.render.element_palette import NORMAL, Rgb8
from metaviewer.twin import KINDS, Columns, Point

NO_POINT: Final = -1
SIGN_OF_UNIT: Final[Mapping[str, str]] = {"Cel": "°C", "1": "", "/min": "/min", "mL/h": "ml/h"}
"""How UCUM codes are written for people; others stand as they are."""

POINTS_MAX: Final = 1 << 24
"""Rows are told to the shader as float32, exact up to here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendEntry:
    """One line of the legend: colour, word and glyph say the same thing.

    Parameters
    ----------
    kind : str
        Kind of point ("temperature"), or "standing" for the looks of age.
    label : str
        English; panels translate by this word.
    pattern : str
        "solid", "lined", "hatched" or "dotted".
    """

    kind: str
    label: str
    colour: Rgb8
    glyph: str = ""
    pattern: str = "solid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Colours along a value: whole numbers for states, a range for measures.

    Parameters
    ----------
    low, high : float
        Values of the first and the last colour; between them colours are mixed.
    colours : tuple of Rgb8
        At least two, evenly spaced from low to high.
    states : tuple of str
        The word of each colour; empty for a measure.
    stops : tuple of (float, Rgb8)
        What the colours of a measure were made from; the legend names these values.
    """

    kind: str
    unit: str
    low: float
    high: float
    colours: tuple[Rgb8, ...]
    states: tuple[str, ...] = ()
    stops: tuple[tuple[float, Rgb8], ...] = ()


GLYPH_OF_ALARM: Final[Mapping[str, str]] = {"low": "●", "medium": "◆", "high": "▲"}
QUIET_ALARM: Final = "none"
SAMPLES: Final = 66
"""Colours that a measure's scale is sampled to: 65 steps hit stops at fifths and at sixteenths."""

KINDS_SHOWN: Final = ("bed_state", "temperature", "occupancy", "heart_rate", "pump_rate")
"""Which point colours an element that has several: the first of these; alarms stand above all."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ElementBinding:
    """Which points each element shows, for the shader; made once for a model and its points.

    Parameters
    ----------
    texels : float32 array (elements, 4)
        Row of the value point, row of its scale, row of the alarm point, row of the alarm scale;
        `NO_POINT` for none.
    scale_texels : float32 array (scales, 4)
        Low, high, first colour, count of colours.
    colour_texels : uint8 array (colours, 4)
        Display sRGB of all scales end to end.
    """

    texels: NDArray[np.float32]
    scale_texels: NDArray[np.float32]
    colour_texels: NDArray[np.uint8]
    scales: tuple[Scale, ...]


@dataclass(slots=True)
class _Scales:
    """The scales met so far, each once."""

    rows: dict[Scale, int] = field(default_factory=dict)

    def row(self, scale: Scale) -> int:
        return self.rows.setdefault(scale, len(self.rows))


def scale_of(point: Point) -> Scale | None:
    """The scale that colours a point; None where no rule knows its kind, unit and states."""
    kind = KINDS.get(point.kind)
    if kind is None or (point.unit, point.states) != (kind.unit, kind.states):
        return None
    return _scale_of_kind(point.kind)


@cache
def _scale_of_kind(name: str) -> Scale:
    """Thousands of points share a few kinds."""
    kind = KINDS[name]
    if kind.states:
        return Scale(
            kind=kind.name,
            unit=kind.unit,
            low=0.0,
            high=len(kind.states) - 1.0,
            colours=kind.fills,
            states=kind.states,
        )
    values = np.array([value for value, _ in kind.stops])
    colours = np.array([colour for _, colour in kind.stops], dtype=np.float64)
    samples = np.linspace(values[0], values[-1], SAMPLES)
    sampled = np.column_stack([np.interp(samples, values, column) for column in colours.T])
    return Scale(
        kind=kind.name,
        unit=kind.unit,
        low=float(values[0]),
        high=float(values[-1]),
        colours=tuple(_rgb8(row) for row in sampled),
        stops=kind.stops,
    )


def element_binding(
    points: Sequence[Point],
    global_ids: Sequence[str],
    *,
    kinds: Sequence[str] = KINDS_SHOWN,
) -> ElementBinding:
    """Which points the elements of one model show.

    Parameters
    ----------
    kinds : sequence of str
        Kinds that may colour an element; of several the first of the list wins.
    """
    assert len(points) < POINTS_MAX
    element_of = {global_id: row for row, global_id in enumerate(global_ids) if global_id}
    texels = np.full((len(global_ids), 4), NO_POINT, dtype=np.float32)
    best = np.full(len(global_ids), len(kinds), dtype=np.int64)
    scales = _Scales()
    for row, point in enumerate(points):
        element, scale = element_of.get(point.global_id), scale_of(point)
        if element is None or scale is None:
            continue
        if point.kind == "alarm":
            texels[element, 2:] = row, scales.row(scale)
        elif point.kind in kinds and kinds.index(point.kind) < best[element]:
            best[element] = kinds.index(point.kind)
            texels[element, :2] = row, scales.row(scale)
    return _frozen_binding(texels, tuple(scales.rows))


def no_binding(element_count: int) -> ElementBinding:
    """What a building shows before any feed is known: nothing."""
    texels = np.full((element_count, 4), NO_POINT, dtype=np.float32)
    return _frozen_binding(texels, ())


def point_texels(columns: Columns, standing: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Value and standing of each point, float32 (points, 2); what the shader reads.

    Parameters
    ----------
    standing : uint8 array (points,)
        `metaviewer.twin.standings` of the columns.
    """
    texels = np.zeros((len(columns.values), 2), dtype=np.float32)
    texels[:, 0] = np.nan_to_num(columns.values, nan=0.0)
    texels[:, 1] = np.where(np.isnan(columns.values), UNKNOWN, np.minimum(standing, UNKNOWN))
    return texels


FRESH, AGEING, STALE, UNKNOWN = 0.0, 1.0, 2.0, 3.0
"""The four looks of age; bad, out of service and no data are all drawn as unknown."""


def legend_entries(points: Sequence[Point]) -> tuple[LegendEntry, ...]:
    """What the legend of these points says, each line once, then the four looks of age."""
    entries: dict[LegendEntry, None] = {}
    for kind in ("alarm", *KINDS_SHOWN):
        for scale in {scale_of(point): None for point in points if point.kind == kind}:
            for entry in _entries_of(scale) if scale is not None else ():
                entries.setdefault(entry)
    return (*entries, *STANDING_ENTRIES) if entries else ()


STANDING_ENTRIES: Final = (
    LegendEntry(kind="standing", label="ageing", colour=NORMAL, pattern="lined"),
    LegendEntry(kind="standing", label="stale", colour=NORMAL, pattern="hatched"),
    LegendEntry(kind="standing", label="unknown", colour=NORMAL, pattern="dotted"),
)


def colour_of_value(scale: Scale, value: float) -> Rgb8:
    """Display colour of a value, for labels and panels; what `live.glsl` computes."""
    share = np.clip((value - scale.low) / (scale.high - scale.low), 0.0, 1.0)
    stops = np.array(scale.colours, dtype=np.float64)
    at = share * (len(stops) - 1)
    return _rgb8([np.interp(at, np.arange(len(stops)), column) for column in stops.T])


def _entries_of(scale: Scale) -> tuple[LegendEntry, ...]:
    if scale.kind == "alarm":
        ranks = zip(scale.states, scale.colours, strict=True)
        return tuple(
            LegendEntry(kind="alarm", label=state, colour=colour, glyph=GLYPH_OF_ALARM[state])
            for state, colour in reversed(list(ranks))
            if state != QUIET_ALARM
        )
    if scale.states:
        return tuple(
            LegendEntry(kind=scale.kind, label=state, colour=colour)
            for state, colour in zip(scale.states, scale.colours, strict=True)
        )
    sign = SIGN_OF_UNIT.get(scale.unit, scale.unit)
    return tuple(
        LegendEntry(kind=scale.kind, label=f"{value:g} {sign}".strip(), colour=colour)
        for value, colour in scale.stops
    )


def _rgb8(channels: Iterable[float]) -> Rgb8:
    red, green, blue = (round(float(channel)) for channel in channels)
    return red, green, blue


def _frozen_binding(texels: NDArray[np.float32], scales: tuple[Scale, ...]) -> ElementBinding:
    counts = [len(scale.colours) for scale in scales]
    firsts = np.cumsum([0, *counts])
    rows = [
        (scale.low, scale.high, first, count)
        for scale, first, count in zip(scales, firsts, counts, strict=False)
    ]
    colours = [(*colour, 255) for scale in scales for colour in scale.colours]
    scale_texels = np.array(rows, dtype=np.float32).reshape(-1, 4)
    colour_texels = np.array(colours, dtype=np.uint8).reshape(-1, 4)
    for array in (texels, scale_texels, colour_texels):
        array.setflags(write=False)
    return ElementBinding(
        texels=texels, scale_texels=scale_texels, colour_texels=colour_texels, scales=scales
    )
