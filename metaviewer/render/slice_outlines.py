"""Outlines of regions on a slice, in the regions' own colours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np

from metaviewer.frames import Float64Array, moved
from metaviewer.medical.slices import SlicePicture
from metaviewer.medical.volume import Volume
from metaviewer.render.overlay_quads import Line
from metaviewer.render.shown_surface import ShownSurface, surface_rgb
from metaviewer.render.slice_view import pixel_from_uv
from metaviewer.scene import SurfaceLook, View
from metaviewer.surface import Mesh, SectionLine, section

LINE_PX: Final = 1.5
STRETCH_MIN_PX: Final = 1.0
"""Corners nearer than this are one: a mitred line needs stretches longer than it is wide."""

_Sections = WeakKeyDictionary[SlicePicture, tuple[SectionLine, ...]]
_SECTIONS: Final[WeakKeyDictionary[Mesh, _Sections]] = WeakKeyDictionary()
"""Kept as long as both the region and the slice: a closed patient leaves nothing behind."""


def slice_lines(
    surfaces: Iterable[ShownSurface],
    view: View,
    *,
    volume: Volume,
    picture: SlicePicture,
    size_px: tuple[int, int],
) -> tuple[Line, ...]:
    """Where a slice cuts the regions that are seen, in pixels of the view.

    Only regions of the volume's own frame of reference: where others lie on it nobody knows.
    """
    return tuple(
        Line(
            points_px_n2=points,
            width_px=LINE_PX,
            ink=_ink(surface),
            is_closed=line.is_closed,
        )
        for surface in surfaces
        if surface.is_visible and surface.mesh is not None
        if volume.frame_of_reference
        and surface.mesh.frame_of_reference == volume.frame_of_reference
        for line in _section(surface.mesh, picture)
        for points in (_thinned(_pixels(line.points_mm_n3, picture, view, size_px=size_px)),)
        if len(points) > 1
    )


def _section(mesh: Mesh, picture: SlicePicture) -> tuple[SectionLine, ...]:
    """Both are compared by identity: the same slice is cut once, whatever it is zoomed to."""
    known = _SECTIONS.setdefault(mesh, WeakKeyDictionary())
    if picture not in known:
        right, down, _, corner = picture.lps_from_rc[:3].T
        known[picture] = section(mesh, point_mm=corner, normal=np.cross(right, down))
    return known[picture]


def _pixels(
    points_lps_mm_n3: Float64Array, picture: SlicePicture, view: View, *, size_px: tuple[int, int]
) -> Float64Array:
    """Places (n, 2) in the view from its lower left, in pixels: what `point_lps_mm` undoes."""
    rc_from_lps = np.asarray(np.linalg.inv(_with_normal(picture)), dtype=np.float64)
    column_row = moved(points_lps_mm_n3, target_from_source=rc_from_lps)[:, :2]
    rows, columns = picture.values_rc.shape
    offset_slope = pixel_from_uv(picture, view, size_px=size_px)
    offset, slope = np.array(offset_slope[:2]), np.array(offset_slope[2:])
    uv = ((column_row + 0.5) / (columns, rows) - offset) / slope
    return np.stack([uv[:, 0] * size_px[0], (1.0 - uv[:, 1]) * size_px[1]], axis=1)


def _with_normal(picture: SlicePicture) -> Float64Array:
    """The slice's axes with the normal as the third, so that they can be inverted."""
    axes = picture.lps_from_rc.copy()
    axes[:3, 2] = np.cross(axes[:3, 0], axes[:3, 1])
    return axes


def _thinned(points_px_n2: Float64Array) -> Float64Array:
    """Corners at least about a pixel apart along the line."""
    steps = np.linalg.norm(np.diff(points_px_n2, axis=0), axis=1)
    reached = np.floor(np.concatenate([[0.0], np.cumsum(steps)]) / STRETCH_MIN_PX)
    return points_px_n2[np.diff(reached, prepend=-1.0) > 0.0]


def _ink(surface: ShownSurface) -> tuple[int, int, int, int]:
    look = surface.item.look
    assert isinstance(look, SurfaceLook)
    assert surface.mesh is not None
    red, green, blue = (round(255.0 * share) for share in surface_rgb(look, surface.mesh))
    return red, green, blue, 255
