"""What must be seen for a label to be shown, and what no label may cover.

A room is named where enough of its floor is seen: behind a wall its name would hang over another
room. Alarms are told wherever they stand. Over a patient there are no words at all but alarms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.frames import Float64Array, corners_of, moved
from metaviewer.medical import Volume
from metaviewer.render.eye import Eye
from metaviewer.render.labels_layout import projected_px
from metaviewer.render.labels_text import RANK_BED, Label
from metaviewer.render.shown import SeenScene
from metaviewer.render.view_inputs import eye_distance_mm

SIGHTS_A_LABEL: Final = 9
"""Points looked at; the same in ``labels/sight.glsl``."""
SEEN_LEAST: Final = 2
GRAZING_SHARE: Final = 0.01
"""Of the distance, granted beside the tolerance: a pixel of a grazed floor is long."""
CORNER_SHARE: Final = 0.7
"""How far towards the corners of a floor they lie: walls stand on the corners themselves."""
SIDE_ENDS: Final = ([0, 0, 1, 2], [1, 2, 3, 3])
"""The two corners of each side, of (low, low), (low, high), (high, low), (high, high)."""
WHATEVER_IS_BEFORE: Final = -1.0
"""Stands for the tolerance of a label that is shown through anything."""
TOLERANCE_M: Final = 0.3
"""What stands this little before a point does not hide it: skirting, a mattress under a leader."""


def sight_texels(
    labels: Sequence[Label], anchors_world_m: Float64Array, floors_world_m: Float64Array
) -> NDArray[np.float32]:
    """Points in world metres and their tolerance, (labels * SIGHTS_A_LABEL, 4).

    Parameters
    ----------
    floors_world_m : float64 array (labels, 4, 3)
        Corners; NaN for labels that stand on a leader.
    """
    texels = np.zeros((len(labels), SIGHTS_A_LABEL, 4), dtype=np.float32)
    texels[:, :, :3] = anchors_world_m[:, None]
    on_floor = np.isfinite(floors_world_m).all(axis=(1, 2))
    middles = anchors_world_m[on_floor, None]
    toward_corners = CORNER_SHARE * (floors_world_m[on_floor] - middles)
    toward_sides = (toward_corners[:, SIDE_ENDS[0]] + toward_corners[:, SIDE_ENDS[1]]) / 2.0
    texels[on_floor, 1:5, :3] = middles + toward_corners
    texels[on_floor, 5:, :3] = middles + toward_sides
    ranks = np.array([label.rank for label in labels], dtype=np.int64)
    texels[:, :, 3] = np.where(ranks < RANK_BED, WHATEVER_IS_BEFORE, TOLERANCE_M)[:, None]
    return texels.reshape(-1, 4)


def in_sight(
    texels: NDArray[np.float32], clip_from_world: Float64Array, *, eye: Eye, opaque_mm: Float64Array
) -> NDArray[np.bool_]:
    """Which labels are shown past what is opaque; as in ``labels/sight.glsl``.

    Parameters
    ----------
    texels : float32 array (labels * SIGHTS_A_LABEL, 4)
        `sight_texels`.
    opaque_mm : float64 array (height, width)
        Eye distance of what is opaque, top row first.
    """
    height, width = opaque_mm.shape
    points = texels[:, :3].astype(np.float64)
    places, depth = projected_px(points, clip_from_world, size_px=(width, height))
    inside = (depth > 0.0) & ((places >= 0.0) & (places <= (width, height))).all(axis=1)
    column, row = np.clip(places, 0.0, (width - 1, height - 1)).astype(np.int64).T
    away_mm = eye_distance_mm(points, eye=eye)
    before_mm = away_mm - opaque_mm[height - 1 - row, column]
    seen = inside & (before_mm < 1000.0 * texels[:, 3] + GRAZING_SHARE * away_mm)
    is_told_anyhow = texels[::SIGHTS_A_LABEL, 3] < 0.0
    enough = seen.reshape(-1, SIGHTS_A_LABEL).sum(axis=1) >= SEEN_LEAST
    return np.asarray(is_told_anyhow | enough)


def volume_boxes_px(
    seen: SeenScene, clip_from_world: Float64Array, *, size_px: tuple[int, int]
) -> Float64Array:
    """Left, bottom, right, top (n, 4) of the visible volumes before the eye, in pixels."""
    boxes = []
    for corners in _volume_corners(seen):
        places, depth = projected_px(corners, clip_from_world, size_px=size_px)
        if (depth > 0.0).all():
            boxes.append([*places.min(axis=0), *places.max(axis=0)])
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def _volume_corners(seen: SeenScene) -> Iterator[Float64Array]:
    """Corners (8, 3) of each visible volume, world metres."""
    for item in seen.state.items:
        volume = seen.library.get(item.data_id)
        if item.visible and isinstance(volume, Volume):
            last_ijk = np.array(volume.shape_ijk, dtype=np.float64) - 0.5
            corners_ijk = corners_of(np.stack([np.full(3, -0.5), last_ijk]))
            world_from_ijk = item.world_from_item @ volume.lps_from_ijk
            yield moved(corners_ijk, target_from_source=world_from_ijk)
