"""IFC files: the element table, triangles and property sets, read in the jail.

`read_ifc` does the whole of an honest file in one call. What dies or overruns in it is asked for
again in smaller parts (`read_shapes`), by `metaviewer.building.conversion`, down to the element,
which then stands as a box (`read_boxes`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from metaviewer.building import ifc_graph
from metaviewer.building.ifc_boxes import box_of
from metaviewer.building.ifc_colours import SUBSTITUTED
from metaviewer.building.ifc_direct import DirectShapes
from metaviewer.building.ifc_entity import Entity, Model, attribute, text
from metaviewer.building.ifc_faults import Faults, disarm, find_faults
from metaviewer.building.ifc_kernel import FAST_KERNEL, SURE_KERNEL, Built, Workbench, build
from metaviewer.building.ifc_openings import uncut_openings
from metaviewer.building.ifc_placement import Placements
from metaviewer.building.ifc_properties import properties_of
from metaviewer.building.ifc_rows import BUILT, NOT_DRAWN, NOTHING, SUBSTITUTE, UNFINISHED
from metaviewer.building.ifc_shapes import FAR_M, Palette, ShapeStack
from metaviewer.building.ifc_systems import systems_of
from metaviewer.building.ifc_text import check_depth, decoded, inside_strings, step_bytes
from metaviewer.building.ifc_tree import Tree, is_linear, read_tree, storey_facts
from metaviewer.building.ifc_units import length_unit
from metaviewer.errors import Refused
from metaviewer.jail.door import Arrays, Door, Header, Json
from metaviewer.units import LENGTH_UNITS, MM_PER_UNIT


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Opened:
    """A parsed file that was found safe to walk; what is not safe is named."""

    model: Model
    tree: Tree
    unit_name: str
    metres_per_unit: float
    unit_stated: bool
    faults: Faults


def read_ifc(
    places: Sequence[Path], arguments: Mapping[str, Json], door: Door
) -> tuple[Header, Arrays]:
    """Element table and all triangles of one file.

    Parameters
    ----------
    arguments : mapping
        `unit`: length unit to use where the file states none, or None. `cpu_s`: processor seconds
        of kernels after which no further element is begun. `kernels`: False for triangles that
        need none.

    Raises
    ------
    Refused
        size, format, units, empty.
    """
    start_s = time.process_time()
    opened = _opened(places[0], arguments)
    opened_s = time.process_time()
    tree, stack, palette = opened.tree, ShapeStack(), Palette()
    door.progress(0.1)
    states = np.zeros(len(tree.products), np.int8)
    reasons: dict[int, str] = {}
    placements = Placements(opened.faults.endless)
    storeys = storey_facts(tree, placements, opened.metres_per_unit)
    pending = _direct(opened, placements, stack, palette, states, reasons)
    door.progress(0.3)
    disarm(opened.model, tree, opened.faults)
    if arguments.get("kernels", True):
        bench = _workbench(opened, stack, palette, opened_s + _seconds(arguments))
        _kernels(bench, tree, pending, states, reasons)
    door.progress(0.95)
    header = _header(opened, storeys, reasons, palette)
    header["uncut_openings"] = uncut_openings(tree.products, states, _kernel_log())
    header["open_cpu_s"] = opened_s - start_s
    return header, {**_table(tree, states), **stack.arrays(), "materials_rgba": palette.rgba()}


def read_shapes(
    places: Sequence[Path], arguments: Mapping[str, Json], door: Door
) -> tuple[Header, Arrays]:
    """Triangles of the rows in `rows` alone; other arguments as for `read_ifc`.

    Raises
    ------
    Refused
        size, format, units, empty.
    """
    opened = _opened(places[0], arguments)
    start_s = time.process_time()
    stack, palette = ShapeStack(), Palette()
    states = np.full(len(opened.tree.products), NOTHING, np.int8)
    reasons: dict[int, str] = {}
    disarm(opened.model, opened.tree, opened.faults)
    door.progress(0.2)
    pending = {row: opened.tree.products[row] for row in _asked_rows(arguments, opened)}
    states[list(pending)] = UNFINISHED
    bench = _workbench(opened, stack, palette, start_s + _seconds(arguments))
    _kernels(bench, opened.tree, pending, states, reasons)
    header: Header = {
        "reasons": _reason_list(reasons),
        "material_names": list(palette.names),
        "uncut_openings": uncut_openings(opened.tree.products, states, _kernel_log()),
        "cpu_s": time.process_time() - start_s,
    }
    return header, {"states": states, **stack.arrays(), "materials_rgba": palette.rgba()}


def read_boxes(
    places: Sequence[Path], arguments: Mapping[str, Json], door: Door
) -> tuple[Header, Arrays]:
    """Boxes that stand for the rows in `rows`: the extent of the points that their shapes name.

    Raises
    ------
    Refused
        size, format, units, empty.
    """
    opened = _opened(places[0], arguments)
    placements = Placements(opened.faults.endless)
    boxes = {}
    for row in _asked_rows(arguments, opened):
        product, body = opened.tree.products[row], opened.tree.bodies[row]
        box = box_of(body, product, placements, opened.metres_per_unit)
        if box is not None:
            boxes[row] = box
    door.progress(1.0)
    return {}, {
        "rows": np.array(list(boxes), np.int32),
        "bounds_site_m": np.array(list(boxes.values()), np.float64).reshape(-1, 2, 3),
        "rgba": np.array(SUBSTITUTED, np.float32),
    }


def read_properties(
    places: Sequence[Path], arguments: Mapping[str, Json], door: Door
) -> tuple[Header, Arrays]:
    """Property and quantity sets of one element, those of its type and its systems included.

    Parameters
    ----------
    arguments : mapping
        `global_id`, and `step_id` that tells elements of one GlobalId from each other.

    Raises
    ------
    Refused
        size, format; empty where no element has this GlobalId.
    """
    model = _parsed(places[0], step_bytes(places[0]))
    wanted, step_id = str(arguments["global_id"]), arguments.get("step_id")
    found = [p for p in model.by_type("IfcProduct") if text(p, "GlobalId") == wanted]
    if not found:
        raise Refused(str(places[0]), "empty", "no element has this GlobalId")
    door.progress(1.0)
    product = next((p for p in found if p.id() == step_id), found[0])
    return {"properties": properties_of(product)}, {}


def _opened(place: Path, arguments: Mapping[str, Json]) -> Opened:
    """The parsed file with its unit, its tree, and what in it must not be followed."""
    content = step_bytes(place)
    characters = np.frombuffer(content, np.uint8)
    inside = inside_strings(characters)
    check_depth(str(place), characters, inside)
    graph = ifc_graph.references(characters, inside)
    endless = frozenset(ifc_graph.endless(graph).tolist())
    model = _parsed(place, content) if len(graph.ids) else None
    if model is None or not model.by_type("IfcProduct"):
        reason = f"{len(graph.ids)} entities, but no element among them"
        raise Refused(str(place), "empty", reason, remedy="export the model again")
    unit_name, metres, stated = _unit(place, model, arguments)
    absurd = ifc_graph.holding_numbers_above(characters, inside, graph, limit=FAR_M / metres)
    leaning = ifc_graph.leaning_on(graph, absurd) if len(absurd) else absurd
    tree = read_tree(model)
    return Opened(
        model=model,
        tree=tree,
        unit_name=unit_name,
        metres_per_unit=metres,
        unit_stated=stated,
        faults=find_faults(tree, endless=endless, absurd=frozenset(leaning.tolist())),
    )


def _parsed(place: Path, content: bytes) -> Model:
    import ifcopenshell

    try:
        model = ifcopenshell.file.from_string(decoded(content))
    except (RuntimeError, ValueError, TypeError, ifcopenshell.Error) as exc:
        reason = f"the parser gave up ({type(exc).__name__})"
        raise Refused(str(place), "format", reason, remedy="export the model again") from exc
    try:
        model.by_type("IfcProject")
    except RuntimeError as exc:  # a damaged header is no error to the parser until it is asked
        reason = "the header is damaged: it names no schema"
        raise Refused(str(place), "format", reason, remedy="export the model again") from exc
    return model


def _unit(place: Path, model: Model, arguments: Mapping[str, Json]) -> tuple[str, float, bool]:
    """Name and metres of the length unit, and whether the file states it."""
    stated = length_unit(model)
    if stated is not None:
        return *stated, True
    unit = arguments.get("unit")
    if unit not in LENGTH_UNITS:
        reason = "the file states no length unit, or a broken one, so sizes are unknown"
        remedy = f"export it with units, or say --unit {' or '.join(LENGTH_UNITS)}"
        raise Refused(str(place), "units", reason, remedy=remedy)
    return str(unit), MM_PER_UNIT[str(unit)] / 1000.0, False


def _direct(
    opened: Opened,
    placements: Placements,
    stack: ShapeStack,
    palette: Palette,
    states: NDArray[np.int8],
    reasons: dict[int, str],
) -> dict[int, Entity]:
    """Build what needs no kernel; return the products that need one, by row."""
    direct = DirectShapes(stack, palette, opened.metres_per_unit)
    pending: dict[int, Entity] = {}
    reasons.update(opened.faults.reasons)
    states[list(opened.faults.reasons)] = SUBSTITUTE
    for row, product in enumerate(opened.tree.products):
        body = opened.tree.bodies[row]
        placement = attribute(product, "ObjectPlacement")
        if row in reasons or (body is None and not is_linear(product)):
            continue
        pieces = direct.pieces(product, body) if body is not None else None
        if pieces is None or not placements.is_whole(placement):
            states[row], pending[row] = UNFINISHED, product
            continue
        try:
            direct.build(row, pieces, placements.matrix(placement), product.is_a())
            states[row] = BUILT
        except ValueError as exc:
            states[row], reasons[row] = SUBSTITUTE, str(exc)
    return pending


def _workbench(
    opened: Opened, stack: ShapeStack, palette: Palette, cpu_limit_s: float
) -> Workbench:
    import ifcopenshell.geom

    return Workbench(
        geometry=ifcopenshell.geom,
        model=opened.model,
        stack=stack,
        palette=palette,
        unit_correction=1.0 if opened.unit_stated else opened.metres_per_unit,
        cpu_limit_s=cpu_limit_s,
    )


def _kernels(
    bench: Workbench,
    tree: Tree,
    pending: dict[int, Entity],
    states: NDArray[np.int8],
    reasons: dict[int, str],
) -> None:
    """Solids and then rooms with the fast kernel; what came back empty with the sure one."""
    for spaces in (False, True):
        group = {row: p for row, p in pending.items() if bool(tree.is_space[row]) is spaces}
        first = build(bench, group, kernel=FAST_KERNEL)
        # A curve of an alignment has no faces and is complete; a body without faces is tried again.
        curves = [row for row in first.faceless if tree.bodies[row] is None]
        bodies = [row for row in first.faceless + first.missing if tree.bodies[row] is not None]
        second = build(bench, {row: group[row] for row in bodies}, kernel=SURE_KERNEL)
        for outcome in (first, second):
            _note(outcome, states, reasons)
        for row in first.missing:
            if tree.bodies[row] is None:
                states[row] = NOTHING
        states[curves] = BUILT


def _note(
    outcome: Built,
    states: NDArray[np.int8],
    reasons: dict[int, str],
) -> None:
    states[outcome.built] = BUILT
    states[outcome.faceless + outcome.missing] = NOT_DRAWN
    states[outcome.unfinished] = UNFINISHED
    for row, reason in outcome.failed.items():
        states[row], reasons[row] = SUBSTITUTE, reason


def _header(
    opened: Opened,
    storeys: list[dict[str, str | float | None]],
    reasons: dict[int, str],
    palette: Palette,
) -> Header:
    products, systems = opened.tree.products, systems_of(opened.model)
    return {
        "schema": _schema_of(opened.model),
        "length_unit": opened.unit_name,
        "unit_stated": opened.unit_stated,
        "map_conversion": _has_map_conversion(opened.model),
        "storeys": storeys,
        "global_ids": [text(product, "GlobalId") for product in products],
        "classes": [str(product.is_a()) for product in products],
        "names": [text(product, "Name") for product in products],
        "long_names": [text(product, "LongName") for product in products],
        "systems": [systems.get(product.id(), "") for product in products],
        "cycle_count": len(opened.tree.cycle_ids),
        "reasons": _reason_list(reasons),
        "material_names": list(palette.names),
    }


def _table(tree: Tree, states: NDArray[np.int8]) -> Arrays:
    products = tree.products
    is_drawing = [product.is_a("IfcAnnotation") for product in products]
    return {
        "step_ids": np.array([product.id() for product in products], np.int64),
        "storey": tree.storeys,
        "parent": tree.parents,
        "is_space": tree.is_space,
        "is_drawing": np.array(is_drawing, dtype=np.bool_),
        "states": states,
    }


def _schema_of(model: Model) -> str:
    """IFC2X3, IFC4 or IFC4X3_ADD2, as the parser names it."""
    return str(getattr(model, "schema_identifier", model.schema))


def _has_map_conversion(model: Model) -> bool:
    try:
        return bool(model.by_type("IfcCoordinateOperation"))
    except RuntimeError:  # IFC2x3 has no such class
        return False


def _kernel_log() -> str:
    """What parser and kernels logged since the child began; no text of it may cross."""
    import ifcopenshell

    return str(ifcopenshell.get_log())  # type: ignore[no-untyped-call]  # it ships no types


def _reason_list(reasons: dict[int, str]) -> list[list[int | str]]:
    return [[row, reason] for row, reason in sorted(reasons.items())]


def _asked_rows(arguments: Mapping[str, Json], opened: Opened) -> list[int]:
    asked = arguments.get("rows", ())
    assert isinstance(asked, Sequence)
    rows = [int(row) for row in asked if isinstance(row, int)]
    assert all(0 <= row < len(opened.tree.products) for row in rows)
    return rows


def _seconds(arguments: Mapping[str, Json]) -> float:
    stated = arguments.get("cpu_s", 60.0)
    assert isinstance(stated, int | float)
    return float(stated)
