"""The frame of a generated IFC4 building: project, units, storeys, shared shapes, elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from solids import Rgba, Solid
from step_text import (
    DERIVED,
    Enum,
    Ref,
    Value,
    add,
    add_face_set,
    add_style,
    add_surface_style,
    global_id,
)

BODY: Final = "Body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The entities that everything else in a building refers to.

    Parameters
    ----------
    lines : list of str
        The file under construction; everything here appends to it.
    space : str
        Begins every GlobalId that is made here: two files of different `space` share none.
    """

    lines: list[str]
    space: str
    context: Ref
    origin: Ref
    up: Ref
    identity: Ref
    building: Ref
    building_placement: Ref
    styles: dict[Rgba, Ref] = field(default_factory=dict)
    headings: dict[float, Ref] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A storey and its placement."""

    storey: Ref
    placement: Ref
    elevation_m: float


def begin(*, space: str, name: str, description: str) -> Frame:
    """A file with one project in metres, one site and one building."""
    lines: list[str] = []
    point = add(lines, "IFCCARTESIANPOINT", (0.0, 0.0, 0.0))
    up = add(lines, "IFCDIRECTION", (0.0, 0.0, 1.0))
    origin = add(lines, "IFCAXIS2PLACEMENT3D", point, None, None)
    whole = (None, "Model", 3, 1e-5, origin, None)
    world = add(lines, "IFCGEOMETRICREPRESENTATIONCONTEXT", *whole)
    part = (
        BODY,
        "Model",
        DERIVED,
        DERIVED,
        DERIVED,
        DERIVED,
        world,
        None,
        Enum("MODEL_VIEW"),
        None,
    )
    context = add(lines, "IFCGEOMETRICREPRESENTATIONSUBCONTEXT", *part)
    identity = add(lines, "IFCCARTESIANTRANSFORMATIONOPERATOR3D", None, None, point, 1.0, None)
    project = _add_project(lines, world, space=space, name=name, description=description)
    site_at = add(lines, "IFCLOCALPLACEMENT", None, origin)
    building_at = add(lines, "IFCLOCALPLACEMENT", site_at, origin)
    site = add(
        lines, "IFCSITE", global_id(space, "site"), None, "Site", None, None, site_at,
        None, None, Enum("ELEMENT"), None, None, None, None, None,
    )  # fmt: skip
    building = add(
        lines, "IFCBUILDING", global_id(space, "building"), None, name, None, None, building_at,
        None, None, Enum("ELEMENT"), None, None, None,
    )  # fmt: skip
    frame = Frame(
        lines=lines, space=space, context=context, origin=origin, up=up, identity=identity,
        building=building, building_placement=building_at,
    )  # fmt: skip
    aggregate(frame, project, [site], name="project")
    aggregate(frame, site, [building], name="site")
    return frame


def _add_project(lines: list[str], context: Ref, *, space: str, name: str, description: str) -> Ref:
    units = [
        add(lines, "IFCSIUNIT", DERIVED, Enum(kind), None, Enum(unit))
        for kind, unit in (
            ("LENGTHUNIT", "METRE"),
            ("AREAUNIT", "SQUARE_METRE"),
            ("VOLUMEUNIT", "CUBIC_METRE"),
            ("PLANEANGLEUNIT", "RADIAN"),
        )
    ]
    assignment = add(lines, "IFCUNITASSIGNMENT", units)
    return add(
        lines, "IFCPROJECT", global_id(space, "project"), None, name, description,
        None, name, None, [context], assignment,
    )  # fmt: skip


def add_levels(frame: Frame, storeys: Sequence[tuple[str, float]]) -> list[Level]:
    """Storeys of the building by name and elevation."""
    levels = []
    for name, elevation_m in storeys:
        placement = placed(frame, frame.building_placement, (0.0, 0.0, elevation_m))
        storey = add(
            frame.lines, "IFCBUILDINGSTOREY", global_id(frame.space, "storey", name), None, name,
            None, None, placement, None, name, Enum("ELEMENT"), float(elevation_m),
        )  # fmt: skip
        levels.append(Level(storey=storey, placement=placement, elevation_m=elevation_m))
    aggregate(frame, frame.building, [level.storey for level in levels], name="building")
    return levels


def placed(frame: Frame, parent: Ref, position_m: Sequence[float], *, turn_rad: float = 0.0) -> Ref:
    """A placement relative to another, turned about the vertical."""
    point = add(frame.lines, "IFCCARTESIANPOINT", tuple(float(value) for value in position_m))
    axes = (frame.up, _heading(frame, turn_rad)) if turn_rad else (None, None)
    axis = add(frame.lines, "IFCAXIS2PLACEMENT3D", point, *axes)
    return add(frame.lines, "IFCLOCALPLACEMENT", parent, axis)


def _heading(frame: Frame, turn_rad: float) -> Ref:
    if turn_rad not in frame.headings:
        ratios = (float(np.cos(turn_rad)), float(np.sin(turn_rad)), 0.0)
        frame.headings[turn_rad] = add(frame.lines, "IFCDIRECTION", ratios)
    return frame.headings[turn_rad]


def add_shape_map(frame: Frame, solids: Sequence[Solid]) -> Ref:
    """A shape that elements can share."""
    return add(frame.lines, "IFCREPRESENTATIONMAP", frame.origin, _add_body(frame, solids))


def add_shape(frame: Frame, solids: Sequence[Solid]) -> Ref:
    """The shape of one element alone."""
    return add(frame.lines, "IFCPRODUCTDEFINITIONSHAPE", None, None, [_add_body(frame, solids)])


def _add_body(frame: Frame, solids: Sequence[Solid]) -> Ref:
    items = []
    for solid in solids:
        item = add_face_set(frame.lines, solid.points_m_n3, solid.triangles_n3)
        add_style(frame.lines, item, _style(frame, solid.rgba))
        items.append(item)
    return add(frame.lines, "IFCSHAPEREPRESENTATION", frame.context, BODY, "Tessellation", items)


def _style(frame: Frame, rgba: Rgba) -> Ref:
    if rgba not in frame.styles:
        frame.styles[rgba] = add_surface_style(frame.lines, f"colour {len(frame.styles)}", rgba)
    return frame.styles[rgba]


def add_shared_shape(frame: Frame, shape_map: Ref) -> Ref:
    """The shape of one element that takes a shared one as it is."""
    item = add(frame.lines, "IFCMAPPEDITEM", shape_map, frame.identity)
    body = (frame.context, BODY, "MappedRepresentation", [item])
    representation = add(frame.lines, "IFCSHAPEREPRESENTATION", *body)
    return add(frame.lines, "IFCPRODUCTDEFINITIONSHAPE", None, None, [representation])


def aggregate(frame: Frame, whole: Ref, parts: Sequence[Ref], *, name: str) -> None:
    """Make `parts` parts of `whole`; `name` tells the relation from others."""
    relation = global_id(frame.space, "aggregates", name)
    add(frame.lines, "IFCRELAGGREGATES", relation, None, None, None, whole, list(parts))


def contain(frame: Frame, where: Ref, elements: Sequence[Ref], *, name: str) -> None:
    """Put elements into a storey or a room."""
    relation = global_id(frame.space, "contains", name)
    contained: tuple[Value, ...] = (relation, None, None, None, list(elements), where)
    add(frame.lines, "IFCRELCONTAINEDINSPATIALSTRUCTURE", *contained)
