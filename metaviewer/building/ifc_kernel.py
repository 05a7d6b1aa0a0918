"""Bodies through the parser's geometry kernels, whose module is an argument. Runs in the jail."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.building.ifc_colours import ROOM_CLASSES, SPACE, class_colour
from metaviewer.building.ifc_entity import Entity, Model
from metaviewer.building.ifc_shapes import Palette, ShapeStack
from metaviewer.frames import Float64Array

FAST_KERNEL: Final = "hybrid-cgal-simple-opencascade"
"""A third of the processor time of opencascade, the same areas, but some bodies come back empty."""
SURE_KERNEL: Final = "opencascade"
FUNCTION_STEP: Final = 100.0
"""Steps of an alignment curve: the default needs minutes for a 176 KB road (evidence)."""
NO_STYLE: Final = "DefaultMaterial"


@dataclass(slots=True)
class Built:
    """What became of each row that a kernel was asked for."""

    built: list[int] = field(default_factory=list)
    faceless: list[int] = field(default_factory=list)
    """Came back without a triangle."""
    missing: list[int] = field(default_factory=list)
    """Did not come back."""
    unfinished: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Workbench:
    """Where results of a kernel go, and what they need."""

    geometry: Any
    model: Model
    stack: ShapeStack
    palette: Palette
    unit_correction: float
    """1, or metres per unit where the person states the unit that the file lacks."""
    cpu_limit_s: float
    """Reading of the process clock after which no further element is begun."""


def build(bench: Workbench, products: dict[int, Entity], *, kernel: str) -> Built:
    """Build the products given by row; stops between two elements when the time is used up."""
    outcome = Built()
    if not products:
        return outcome
    rows = {product.id(): row for row, product in products.items()}
    settings = bench.geometry.settings()
    settings.set("function-step-param", FUNCTION_STEP)
    settings.set("use-material-names", True)
    iterator = bench.geometry.iterator(
        settings, bench.model, 1, include=list(products.values()), geometry_library=kernel
    )
    shapes: dict[tuple[str, str], int | None] = {}
    going = bool(iterator.initialize()) if time.process_time() < bench.cpu_limit_s else False
    seen: set[int] = set()
    while going:
        element = iterator.get()
        row = rows.get(element.id)
        if row is not None and row not in seen:
            seen.add(row)
            _take(bench, element, row, shapes, outcome)
        going = time.process_time() < bench.cpu_limit_s and bool(iterator.next())
    missing = [row for row in products if row not in seen]
    out_of_time = time.process_time() >= bench.cpu_limit_s
    (outcome.unfinished if out_of_time else outcome.missing).extend(missing)
    return outcome


def _take(
    bench: Workbench,
    element: Any,  # noqa: ANN401 - the kernel's own object, untyped
    row: int,
    shapes: dict[tuple[str, str], int | None],
    outcome: Built,
) -> None:
    """Put one element of the iterator on the stack."""
    key = (str(element.geometry.id), str(element.type))
    try:
        if key not in shapes:
            shapes[key] = _shape(bench, element)
        shape = shapes[key]
        if shape is None:
            outcome.faceless.append(row)
            return
        matrix = np.array(element.transformation.matrix, dtype=np.float64).reshape(4, 4).T
        matrix[:3, 3] *= bench.unit_correction
        bench.stack.place(shape, row, matrix)
    except ValueError as exc:
        outcome.failed[row] = str(exc)
        return
    outcome.built.append(row)


def _shape(bench: Workbench, element: Any) -> int | None:  # noqa: ANN401 - as above
    """Number of the element's shape; None where it has no triangle."""
    geometry = element.geometry
    triangles: NDArray[np.int32] = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3)
    if not len(triangles):
        return None
    points: Float64Array = np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3)
    numbers: NDArray[np.int32] = np.frombuffer(geometry.material_ids_buffer, np.int32)
    materials = _materials(bench.palette, geometry, str(element.type))
    if len(numbers) != len(triangles):
        numbers = np.full(len(triangles), -1, np.int32)
    numbers = np.where((numbers < 0) | (numbers >= len(materials) - 1), -1, numbers)
    return bench.stack.add(
        points * bench.unit_correction, triangles, np.array(materials, np.int32)[numbers]
    )


def _materials(palette: Palette, geometry: Any, class_name: str) -> list[int]:  # noqa: ANN401
    """Palette numbers of the geometry's materials; the last one is for triangles without any."""
    fallback = SPACE if class_name in ROOM_CLASSES else class_colour(class_name)
    found = []
    for material in geometry.materials:
        name = str(material.name)
        if class_name in ROOM_CLASSES or name.startswith(NO_STYLE):
            found.append(palette.index(fallback, ""))
            continue
        colour = material.diffuse
        transparency = float(material.transparency)
        opacity = 1.0 - transparency if np.isfinite(transparency) else 1.0
        rgba = (float(colour.r()), float(colour.g()), float(colour.b()), opacity)
        found.append(palette.index(rgba, name))
    return [*found, palette.index(fallback, "")]
