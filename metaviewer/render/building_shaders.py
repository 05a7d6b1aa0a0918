"""The shaders of buildings, and what they are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from panda3d.core import Texture

from metaviewer.frames import Float64Array
from metaviewer.render.context import Context
from metaviewer.render.element_palette import SELECTION
from metaviewer.render.load_shader import LoadedShader, load_shader
from metaviewer.render.space_view import GlassInputs
from metaviewer.render.view_inputs import ViewInputs

NO_CUT: Final = (0.0, 0.0, 0.0, 1.0)
"""A plane that cuts nothing."""

SELECTION_RGB: Final = tuple(channel / 255.0 for channel in SELECTION)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ElementInputs:
    """Uniforms of ``building/state.glsl`` and ``building/live.glsl``: one texel an element."""

    t_state: Texture
    t_binding: Texture
    t_points: Texture
    t_scales: Texture
    t_colours: Texture


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SurfaceInputs:
    """Uniforms of ``building/surface.glsl``."""

    u_cut_plane: tuple[float, float, float, float]
    u_selection_rgb: tuple[float, ...] = SELECTION_RGB


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ItemInputs:
    """Uniform of ``building/solid.frag``: number of the item in the place target."""

    u_item: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PlacementInputs:
    """Uniform of ``building/solid.vert``: where the copies of a shape stand."""

    t_placements: Texture


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SectionInputs:
    """Uniforms of ``building/section_sum.frag``: planes to fill, in world metres."""

    u_section_planes: Float64Array
    u_first_id: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PassShaders:
    """One shader for batches, one for shapes at many places."""

    batch: LoadedShader
    instanced: LoadedShader


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BuildingShaders:
    """Every variant; compiled once a context."""

    solid: PassShaders
    glass: PassShaders
    ghost: PassShaders
    section: PassShaders


def load_building_shaders(context: Context) -> BuildingShaders:
    """Compile them all, about 50 ms each on software GL."""
    shared = (ElementInputs, SurfaceInputs, PlacementInputs, ViewInputs)
    solid = (*shared, ItemInputs)
    glass = (*shared, GlassInputs)
    section = (ElementInputs, PlacementInputs, ViewInputs, SectionInputs)
    return BuildingShaders(
        solid=_pass(context, "building/solid.frag", solid, is_glass=False, ghosts=False),
        glass=_pass(context, "building/glass.frag", glass, is_glass=True, ghosts=False),
        ghost=_pass(context, "building/glass.frag", glass, is_glass=True, ghosts=True),
        section=_pass(context, "building/section_sum.frag", section, is_glass=False, ghosts=False),
    )


def _pass(
    context: Context, fragment: str, inputs: tuple[type, ...], *, is_glass: bool, ghosts: bool
) -> PassShaders:
    batch, instanced = (
        load_shader(
            context,
            vertex="building/solid.vert",
            fragment=fragment,
            inputs=inputs,
            defines={"INSTANCED": one, "GLASS": int(is_glass), "GHOSTS": int(ghosts)},
        )
        for one in (0, 1)
    )
    return PassShaders(batch=batch, instanced=instanced)
