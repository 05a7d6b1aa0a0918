"""Where labels stand: quads of their letters, and which of them there is room for.

Everything a label is made of is either a letter or a box with round corners (plate, stripe, leader,
dot), so all labels of a view are one Geom. Places are pixels from the projected anchor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array
from metaviewer.render.labels_text import RANK_BED, Label

QUAD_DTYPE: Final = np.dtype(
    [
        ("anchor", "<f4", 3),
        ("offset", "<f4", 2),
        ("uv", "<f4", 2),
        ("half", "<f4", 2),
        ("colour", "u1", 4),
        ("label", "<u4"),
    ]
)
"""`uv` is a place in the atlas for letters, pixels from the box's middle for boxes (`half` > 0)."""

CORNERS: Final = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
PAD_PX: Final = (7.0, 4.0)
LEADER_PX: Final = 16.0
LEADER_HALF_PX: Final = 0.6
DOT_HALF_PX: Final = 2.6
STRIPE_HALF_PX: Final = 1.6
CORNER_PX: Final = 5.0
CELL_PX: Final = 6
FLOOR_SHARE: Final = 1.05
LABELS_MAX: Final = 120
"""More than this nobody reads in one view."""

Rgba8 = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyph:
    """A letter in the atlas; lengths in pixels from the pen on the base line, uv 0..1."""

    left: float
    bottom: float
    right: float
    top: float
    uv: tuple[float, float, float, float]
    advance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelStyle:
    """Colours and sizes of labels in one theme."""

    ink: Rgba8
    faint_ink: Rgba8
    plate: Rgba8
    leader: Rgba8
    floor_plate: Rgba8
    floor_inks: tuple[Rgba8, Rgba8]
    line_px: float
    ascent_px: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LabelQuads:
    """All labels as quads of four vertices each.

    Parameters
    ----------
    vertices : structured array (4 * quads,) of `QUAD_DTYPE`
    boxes_px : float64 array (labels, 4)
        Left, bottom, right, top of each plate, from the projected anchor.
    """

    vertices: NDArray[np.void]
    boxes_px: Float64Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LabelPiece:
    """One label's quads, before it has a place, and its plate."""

    vertices: NDArray[np.void]
    box_px: Float64Array


Pieces = dict[tuple[str, bool, tuple[int, int, int] | None], LabelPiece]
"""Pieces by text, whether there is a leader, and colour of the badge."""


def label_quads(
    labels: Sequence[Label],
    anchors: Float64Array,
    *,
    glyphs: Mapping[str, Glyph],
    style: LabelStyle,
    known: Pieces | None = None,
) -> LabelQuads:
    """Quads of all labels; letters the atlas lacks are left out.

    Parameters
    ----------
    anchors : float64 array (labels, 3)
        In the frame of the node that will hold the labels.
    known : dict, optional
        Pieces made before with the same glyphs and style; new ones are added.
    """
    pieces = {} if known is None else known
    made = [_piece(label, pieces, glyphs=glyphs, style=style) for label in labels]
    counts = [len(piece.vertices) for piece in made]
    label_of = np.repeat(np.arange(len(labels)), counts)
    none = np.zeros(0, dtype=QUAD_DTYPE)
    vertices = np.concatenate([none, *(piece.vertices for piece in made)])
    vertices["anchor"] = anchors[label_of]
    vertices["label"] = label_of
    boxes = np.array([piece.box_px for piece in made]).reshape(-1, 4)
    return LabelQuads(vertices=vertices, boxes_px=boxes)


def _piece(
    label: Label, known: Pieces, *, glyphs: Mapping[str, Glyph], style: LabelStyle
) -> LabelPiece:
    """The quads of one label: most that a live scene writes were written before."""
    has_leader = label.floor_site_m is None
    key = (label.text, has_leader, label.badge)
    if key not in known:
        box = _plate_box(
            text_size_px(label.text, glyphs=glyphs, style=style), has_leader=has_leader
        )
        inks = (style.ink, style.faint_ink) if has_leader else style.floor_inks
        quads = _plate_quads(box, label, style)
        quads += _letter_quads(label.text, box, glyphs, style, inks)
        vertices = np.zeros((len(quads), 4), dtype=QUAD_DTYPE)
        for row, (places, uv, half, colour) in zip(vertices, quads, strict=True):
            row["offset"], row["uv"], row["half"], row["colour"] = places, uv, half, colour
        known[key] = LabelPiece(vertices=vertices.reshape(-1), box_px=box)
    return known[key]


def text_size_px(
    text: str, *, glyphs: Mapping[str, Glyph], style: LabelStyle
) -> tuple[float, float]:
    """Width and height of the letters."""
    lines = text.split("\n")
    width = max(sum(glyphs[c].advance for c in line if c in glyphs) for line in lines)
    return width, len(lines) * style.line_px


def box_cover(p_px: Float64Array, half_px: Float64Array) -> Float64Array:
    """Share of pixels at `p_px` (n, 2) from a box's middle that it covers; as in `label.frag`."""
    corner_px = min(CORNER_PX, float(half_px.min()))
    over = np.abs(p_px) - (half_px - corner_px)
    inside = np.minimum(over.max(axis=-1), 0.0)
    outside_px = np.linalg.norm(np.maximum(over, 0.0), axis=-1) + inside - corner_px
    return np.asarray(np.clip(0.5 - outside_px, 0.0, 1.0))


def triangles_of(quad_count: int) -> NDArray[np.uint32]:
    """Corner indices (6 * quads,) of quads of four vertices."""
    corners = np.array([0, 1, 2, 0, 2, 3], dtype=np.uint32)
    return (corners + 4 * np.arange(quad_count, dtype=np.uint32)[:, None]).ravel()


def projected_px(
    points_n3: Float64Array, clip_from_points: Float64Array, *, size_px: tuple[int, int]
) -> tuple[Float64Array, Float64Array]:
    """Pixels (n, 2) from the lower left, and depth along the view (n,), not positive behind it."""
    clip = points_n3 @ clip_from_points[:, :3].T + clip_from_points[:, 3]
    depth = clip[:, 3]
    safe = np.where(depth > 0.0, depth, 1.0)
    return (clip[:, :2] / safe[:, None] * 0.5 + 0.5) * size_px, depth


def fits_floor(
    boxes_px: Float64Array, corners_px_n42: Float64Array, corner_depth_n4: Float64Array
) -> NDArray[np.bool_]:
    """Which plates are no larger than the floor they are written on, as it is seen.

    Parameters
    ----------
    corners_px_n42 : float64 array (n, 4, 2)
        Projected corners of the floors; NaN for labels that stand on a leader and always fit.
    corner_depth_n4 : float64 array (n, 4)
        Not positive behind the view.
    """
    seen_px = corners_px_n42.max(axis=1) - corners_px_n42.min(axis=1)
    plate_px = boxes_px[:, 2:] - boxes_px[:, :2]
    in_front = (corner_depth_n4 > 0.0).all(axis=1)
    stands = np.isnan(corners_px_n42).any(axis=(1, 2))
    return np.asarray(stands | (in_front & (plate_px <= FLOOR_SHARE * seen_px).all(axis=1)))


def uncluttered(
    places_px: Float64Array,
    depth: Float64Array,
    boxes_px: Float64Array,
    rank: NDArray[np.integer],
    *,
    size_px: tuple[int, int],
    kept_clear_px: Float64Array | None = None,
) -> NDArray[np.bool_]:
    """Which labels are shown so that no two plates touch: low rank first, then the nearer.

    Parameters
    ----------
    places_px : float64 array (n, 2)
        Projected anchors, from the lower left.
    depth : float64 array (n,)
        Not positive where a label must not be shown.
    boxes_px : float64 array (n, 4)
        Plates, from the anchor.
    kept_clear_px : float64 array (m, 4), optional
        Where nothing but alarms may stand: left, bottom, right, top from the lower left.
    """
    low = np.floor((places_px + boxes_px[:, :2]) / CELL_PX).astype(np.int64)
    high = np.ceil((places_px + boxes_px[:, 2:]) / CELL_PX).astype(np.int64)
    cells = np.ceil(np.array(size_px) / CELL_PX).astype(np.int64)
    fits = (depth > 0.0) & (low >= 0).all(axis=1) & (high <= cells).all(axis=1)
    taken = np.zeros(cells, dtype=np.bool_)
    clear = _cells_of(kept_clear_px, cells)
    shown = np.zeros(len(depth), dtype=np.bool_)
    order = np.lexsort((depth, rank))
    for label in order[fits[order]].tolist():
        (x0, y0), (x1, y1) = low[label], high[label]
        is_over_clear = rank[label] >= RANK_BED and clear[x0:x1, y0:y1].any()
        if not is_over_clear and not taken[x0:x1, y0:y1].any():
            taken[x0:x1, y0:y1] = True
            shown[label] = True
            if np.count_nonzero(shown) >= LABELS_MAX:
                break
    return shown


def _cells_of(boxes_px: Float64Array | None, cells: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Cells of the picture that boxes (n, 4) touch."""
    touched = np.zeros(cells, dtype=np.bool_)
    for box in np.zeros((0, 4)) if boxes_px is None else boxes_px:
        low = np.clip(np.floor(box[:2] / CELL_PX), 0, cells).astype(np.int64)
        high = np.clip(np.ceil(box[2:] / CELL_PX), 0, cells).astype(np.int64)
        touched[low[0] : high[0], low[1] : high[1]] = True
    return touched


def _plate_box(size: tuple[float, float], *, has_leader: bool) -> Float64Array:
    width, height = np.ceil(size[0] + 2 * PAD_PX[0]), np.ceil(size[1] + 2 * PAD_PX[1])
    left = -np.floor(width / 2.0)
    bottom = LEADER_PX if has_leader else -np.floor(height / 2.0)
    return np.array([left, bottom, left + width, bottom + height])


_Quad = tuple[Float64Array, Float64Array, tuple[float, float], Rgba8]


def _plate_quads(box: Float64Array, label: Label, style: LabelStyle) -> list[_Quad]:
    plate = style.plate if label.floor_site_m is None else style.floor_plate
    quads = [_box_quad((box[:2] + box[2:]) / 2.0, (box[2:] - box[:2]) / 2.0, plate)]
    if label.floor_site_m is None:
        quads += [
            _box_quad((0.0, LEADER_PX / 2.0), (LEADER_HALF_PX, LEADER_PX / 2.0), style.leader),
            _box_quad((0.0, 0.0), (DOT_HALF_PX, DOT_HALF_PX), style.leader),
        ]
    if label.badge is not None:
        middle = (box[0] + STRIPE_HALF_PX + 1.5, (box[1] + box[3]) / 2.0)
        half = (STRIPE_HALF_PX, (box[3] - box[1]) / 2.0 - 3.0)
        quads.append(_box_quad(middle, half, (*label.badge, 255)))
    return quads


def _box_quad(middle: object, half: object, colour: Rgba8) -> _Quad:
    centre, reach = np.asarray(middle, dtype=np.float64), np.asarray(half, dtype=np.float64)
    uv = CORNERS * (reach + 1.0)  # one pixel more, for the soft edge
    return centre + uv, uv, (float(reach[0]), float(reach[1])), colour


def _letter_quads(
    text: str,
    box: Float64Array,
    glyphs: Mapping[str, Glyph],
    style: LabelStyle,
    inks: tuple[Rgba8, Rgba8],
) -> list[_Quad]:
    quads: list[_Quad] = []
    for number, line in enumerate(text.split("\n")):
        letters = [glyphs[letter] for letter in line if letter in glyphs]
        pen = np.rint((box[0] + box[2] - sum(letter.advance for letter in letters)) / 2.0)
        base = np.rint(box[3] - PAD_PX[1] - style.ascent_px - number * style.line_px)
        colour = inks[min(number, 1)]
        for letter in letters:
            low = np.array([np.rint(pen) + letter.left, base + letter.bottom])
            high = np.array([np.rint(pen) + letter.right, base + letter.top])
            share = (CORNERS + 1.0) / 2.0
            uv_low, uv_high = np.array(letter.uv[:2]), np.array(letter.uv[2:])
            places = low + share * (high - low)
            quads.append((places, uv_low + share * (uv_high - uv_low), (0.0, 0.0), colour))
            pen += letter.advance
    return quads
