"""Whether what the jail answered can be a building: judged once, as if an attacker had written it.

Behind this door every index leads somewhere and every list has its length.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, TypeGuard

import numpy as np

from metaviewer.building.ifc_rows import NOTHING, SUBSTITUTE
from metaviewer.building.model import NO_INDEX
from metaviewer.errors import Refused
from metaviewer.jail import Answer, AnyArray

SENSELESS: Final = "the parser gave an answer that makes no sense"
STOREY_TEXTS: Final = ("name", "global_id")
STOREY_HEIGHTS: Final = ("elevation_m", "placed_m")
TABLE_TEXTS: Final = ("global_ids", "classes", "names", "long_names", "systems")
TABLE_FORMS: Final = {
    "step_ids": np.int64,
    "storey": np.int32,
    "parent": np.int32,
    "is_space": np.bool_,
    "is_drawing": np.bool_,
}
SHAPE_FORMS: Final[Mapping[str, tuple[type[np.generic], tuple[int, ...]]]] = {
    "points_m_n3": (np.float32, (3,)),
    "point_start": (np.int64, ()),
    "triangles_n3": (np.int32, (3,)),
    "triangle_start": (np.int64, ()),
    "triangle_material": (np.int32, ()),
    "materials_rgba": (np.float32, (4,)),
    "placed_shape": (np.int32, ()),
    "placed_element": (np.int32, ()),
    "site_from_shape": (np.float64, (4, 4)),
}
"""What is at each place of an array, and its axes after the first."""


def check_whole(answer: Answer, place: str) -> None:
    """Check what `read_ifc` or `read_glb_building` answered.

    Raises
    ------
    Refused
        "answer".
    """
    header, arrays = answer.header, answer.arrays
    states = arrays.get("states")
    row_count = len(states) if states is not None and states.ndim == 1 else 0
    storeys = header.get("storeys")
    is_fine = (
        isinstance(storeys, list)
        and all(_is_storey(one) for one in storeys)
        and all(_is_texts(header.get(name), row_count) for name in TABLE_TEXTS)
        and all(type(header.get(name)) is bool for name in ("unit_stated", "map_conversion"))
        and all(isinstance(header.get(name), str) for name in ("schema", "length_unit"))
        and _is_count(header.get("cycle_count"))
        and _is_seconds(header.get("open_cpu_s"))
        and all(_is_array(arrays, name, dtype) for name, dtype in TABLE_FORMS.items())
        and all(len(arrays[name]) == row_count for name in TABLE_FORMS)
        and _is_within(arrays["storey"], len(storeys), least=NO_INDEX)
        and _is_within(arrays["parent"], row_count, least=NO_INDEX)
    )
    if not (is_fine and _is_built(answer, row_count)):
        raise Refused(place, "answer", SENSELESS)


def check_part(answer: Answer, place: str, *, row_count: int) -> None:
    """Check what `read_shapes` answered for a table of `row_count` rows.

    Raises
    ------
    Refused
        "answer".
    """
    if not (_is_seconds(answer.header.get("cpu_s")) and _is_built(answer, row_count)):
        raise Refused(place, "answer", SENSELESS)


def check_boxes(answer: Answer, place: str, *, row_count: int) -> None:
    """Check what `read_boxes` answered for a table of `row_count` rows.

    Raises
    ------
    Refused
        "answer".
    """
    arrays = answer.arrays
    if not (
        _is_array(arrays, "rows", np.int32)
        and _is_within(arrays["rows"], row_count)
        and _is_array(arrays, "bounds_site_m", np.float64, (2, 3))
        and len(arrays["bounds_site_m"]) == len(arrays["rows"])
        and _is_array(arrays, "rgba", np.float32)
        and len(arrays["rgba"]) == 4
    ):
        raise Refused(place, "answer", SENSELESS)


def _is_built(answer: Answer, row_count: int) -> bool:
    """Whether states, reasons, openings and shapes fit a table of that many rows."""
    header, arrays = answer.header, answer.arrays
    return (
        _is_array(arrays, "states", np.int8)
        and len(arrays["states"]) == row_count
        and _is_within(arrays["states"], SUBSTITUTE + 1, least=NOTHING)
        and _is_rows(header.get("reasons"), 1, row_count)
        and _is_rows(header.get("uncut_openings"), 2, row_count)
        and all(_is_array(arrays, name, *form) for name, form in SHAPE_FORMS.items())
        and _is_texts(header.get("material_names"), len(arrays["materials_rgba"]))
        and _are_shapes(arrays, row_count)
    )


def _are_shapes(arrays: Mapping[str, AnyArray], row_count: int) -> bool:
    """Whether each shape owns points and triangles, and every index leads to something."""
    points, triangles = arrays["point_start"], arrays["triangle_start"]
    shape_count = len(points) - 1
    if not (
        len(triangles) == len(points)
        and _is_divided(points, len(arrays["points_m_n3"]))
        and _is_divided(triangles, len(arrays["triangles_n3"]))
    ):
        return False
    corner_counts = np.repeat(np.diff(points), np.diff(triangles))
    corners = arrays["triangles_n3"]
    placements = {len(arrays[n]) for n in ("placed_shape", "placed_element", "site_from_shape")}
    return (
        bool((corners >= 0).all() and (corners < corner_counts[:, None]).all())
        and len(arrays["triangle_material"]) == len(corners)
        and _is_within(arrays["triangle_material"], len(arrays["materials_rgba"]))
        and len(placements) == 1
        and _is_within(arrays["placed_shape"], shape_count)
        and _is_within(arrays["placed_element"], row_count)
    )


def _is_array(
    arrays: Mapping[str, AnyArray],
    name: str,
    dtype: type[np.generic],
    axes: tuple[int, ...] = (),
) -> bool:
    found = arrays.get(name)
    return (
        found is not None
        and found.dtype == dtype
        and found.ndim == 1 + len(axes)
        and found.shape[1:] == axes
    )


def _is_within(indices: AnyArray, count: int, *, least: int = 0) -> bool:
    return not len(indices) or bool(indices.min() >= least and indices.max() < count)


def _is_divided(starts: AnyArray, count: int) -> bool:
    return bool(
        len(starts) and starts[0] == 0 and starts[-1] == count and (np.diff(starts) >= 0).all()
    )


def _is_texts(value: object, count: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == count
        and all(isinstance(one, str) for one in value)
    )


def _is_rows(value: object, text_count: int, row_count: int) -> bool:
    """Whether each is a row of the table, followed by so many texts."""
    return isinstance(value, list) and all(
        isinstance(one, list)
        and len(one) == 1 + text_count
        and type(one[0]) is int
        and 0 <= one[0] < row_count
        and all(isinstance(text, str) for text in one[1:])
        for one in value
    )


def _is_storey(value: object) -> bool:
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(key), str) for key in STOREY_TEXTS)
        and all(key in value for key in STOREY_HEIGHTS)
        and all(value[key] is None or _is_number(value[key]) for key in STOREY_HEIGHTS)
    )


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and type(value) is not bool and math.isfinite(value)


def _is_seconds(value: object) -> bool:
    return _is_number(value) and value >= 0


def _is_count(value: object) -> bool:
    return isinstance(value, int) and type(value) is not bool and value >= 0
