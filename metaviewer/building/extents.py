"""Boxes and areas of placed shapes, in numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metaviewer.building.model import Building, Shapes
from metaviewer.frames import Float64Array

SQUARE: float = 1e-6
"""Departure from an axis turned by quarters, or from a rigid matrix, that rounding explains."""


def shape_bounds(shapes: Shapes) -> Float64Array:
    """Lowest and highest corner of each shape in its own frame, shape (shapes, 2, 3)."""
    return _bounds_by_group(shapes.points_m_n3.astype(np.float64), shapes.point_start)


def placed_bounds(shapes: Shapes) -> Float64Array:
    """Lowest and highest corner of each placement in the site, shape (placements, 2, 3)."""
    local = shape_bounds(shapes)[shapes.placed_shape]
    matrices = shapes.site_from_shape
    if not len(matrices):
        return np.zeros((0, 2, 3))
    # Where axes map to axes the corners of the box are enough; elsewhere the points decide.
    spread = np.abs(matrices[:, :3, :3])
    centre = np.einsum("nij,nj->ni", matrices[:, :3, :3], local.mean(axis=1)) + matrices[:, :3, 3]
    half = np.einsum("nij,nj->ni", spread, (local[:, 1] - local[:, 0]) / 2.0)
    bounds = np.stack([centre - half, centre + half], axis=1)
    largest = spread.max(axis=2)
    turned = (spread.sum(axis=2) - largest > SQUARE * np.maximum(largest, SQUARE)).any(axis=1)
    for at in np.flatnonzero(turned):
        shape = shapes.placed_shape[at]
        points = shapes.points_m_n3[shapes.point_start[shape] : shapes.point_start[shape + 1]]
        if len(points):
            there = points @ matrices[at, :3, :3].T
            bounds[at] = [there.min(axis=0), there.max(axis=0)]
            bounds[at] += matrices[at, :3, 3]
    return bounds


def element_bounds(shapes: Shapes, element_count: int) -> Float64Array:
    """Box of each element over its placements, NaN where it has none; shape (elements, 2, 3)."""
    low = np.full((element_count, 3), np.inf)
    high = np.full((element_count, 3), -np.inf)
    placed = placed_bounds(shapes)
    has_points = np.diff(shapes.point_start)[shapes.placed_shape] > 0
    np.minimum.at(low, shapes.placed_element[has_points], placed[has_points, 0])
    np.maximum.at(high, shapes.placed_element[has_points], placed[has_points, 1])
    bounds = np.stack([low, high], axis=1)
    bounds[~np.isfinite(bounds).all(axis=(1, 2))] = np.nan
    return bounds


def element_areas_m2(building: Building) -> Float64Array:
    """Surface of each element in square metres."""
    shapes = building.shapes
    areas = _shape_areas_m2(shapes, np.eye(3))[shapes.placed_shape]
    linear = shapes.site_from_shape[:, :3, :3]
    gram = np.einsum("nji,njk->nik", linear, linear)
    for at in np.flatnonzero(np.abs(gram - np.eye(3)).max(axis=(1, 2), initial=0.0) > SQUARE):
        areas[at] = _areas_m2(shapes, int(shapes.placed_shape[at]), linear[at]).sum()
    totals = np.bincount(shapes.placed_element, weights=areas, minlength=len(building.elements))
    return totals.astype(np.float64)


def surface_area_m2(building: Building) -> float:
    """Surface of all elements in square metres, rooms and substituted elements left out."""
    counted = ~building.elements.is_space
    counted[[found.element for found in building.substituted]] = False
    return float(element_areas_m2(building)[counted].sum())


def _shape_areas_m2(shapes: Shapes, linear: Float64Array) -> Float64Array:
    counts = np.diff(shapes.triangle_start)
    base = np.repeat(shapes.point_start[:-1], counts)
    corners = shapes.points_m_n3[shapes.triangles_n3 + base[:, None]].astype(np.float64) @ linear.T
    sums = np.concatenate([[0.0], np.cumsum(_triangle_areas_m2(corners))])
    return np.diff(sums[shapes.triangle_start])


def _areas_m2(shapes: Shapes, shape: int, linear: Float64Array) -> Float64Array:
    return _triangle_areas_m2(shape_corners(shapes, shape) @ linear.T)


def shape_corners(shapes: Shapes, shape: int) -> Float64Array:
    """Corners of a shape's triangles in its own frame, shape (triangles, 3, 3)."""
    first, last = shapes.triangle_start[shape], shapes.triangle_start[shape + 1]
    points = shapes.points_m_n3[shapes.point_start[shape] : shapes.point_start[shape + 1]]
    return points[shapes.triangles_n3[first:last]].astype(np.float64)


def _triangle_areas_m2(corners: Float64Array) -> Float64Array:
    crossed = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.asarray(np.linalg.norm(crossed, axis=1) / 2.0, dtype=np.float64)


def _bounds_by_group(points_n3: Float64Array, start: NDArray[np.int64]) -> Float64Array:
    """Box of points[start[i] : start[i + 1]] for each i; zeros for an empty group."""
    bounds = np.zeros((len(start) - 1, 2, 3))
    filled = np.flatnonzero(np.diff(start) > 0)
    if len(filled):
        at = start[:-1][filled]
        bounds[filled, 0] = np.minimum.reduceat(points_n3, at, axis=0)
        bounds[filled, 1] = np.maximum.reduceat(points_n3, at, axis=0)
    return bounds
