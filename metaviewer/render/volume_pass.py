"""The volume pass: which volumes are drawn, in which variant of the shader, with which inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from panda3d.core import Texture

from metaviewer.frames import Float64Array
from metaviewer.render.blue_noise import blue_noise_tile
from metaviewer.render.context import Context
from metaviewer.render.eye import Eye, RayInputs, ray_inputs
from metaviewer.render.load_shader import LoadedShader, bind, load_shader
from metaviewer.render.passes import NOTHING_MM, constant_texture
from metaviewer.render.quality import Quality
from metaviewer.render.shown_volume import ShownVolume
from metaviewer.render.space_view import SpaceView
from metaviewer.render.targets import Targets
from metaviewer.render.view_inputs import ViewInputs
from metaviewer.render.volume_level import VolumeSlot
from metaviewer.render.volume_texture import upload_bytes, upload_table, upload_tile

VOLUMES_MAX: Final = 2
"""Volumes in one pass: GL 3.3 promises 16 textures to a fragment shader, and two take all."""

LIGHT_NONE: Final = 0
LIGHT_HEAD: Final = 1
LIGHT_LIT: Final = 2

Variant = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VolumePassInputs:
    """Uniforms of ``medical/volume.frag``."""

    t_opaque_place: Texture
    t_layer_0: Texture
    t_layer_0_place: Texture
    t_layer_1: Texture
    t_layer_1_place: Texture
    t_noise: Texture
    t_values_0: Texture
    t_leap_0: Texture
    t_normals_0: Texture
    t_light_0: Texture
    t_values_1: Texture
    t_leap_1: Texture
    t_normals_1: Texture
    t_light_1: Texture
    t_table_0: Texture
    t_table_1: Texture
    u_tex_from_world: Float64Array
    u_gradient_world_from_tex: Float64Array
    u_world_from_lps_normal: Float64Array
    u_dims: Float64Array
    u_normals_scale: Float64Array
    u_light_scale: Float64Array
    u_table_map: Float64Array
    u_region_origin_px: tuple[float, float]
    u_pixels_per_texel: tuple[float, float]
    u_step_m: float
    u_jitter: float
    u_jitter_shift: float
    u_stop_opacity: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SpaceFrame:
    """One frame of one 3D view: from where, how well, and where in the window.

    Parameters
    ----------
    pixels : left, bottom, width, height of the view
    """

    eye: Eye
    inputs: ViewInputs
    quality: Quality
    pixels: tuple[int, int, int, int]


class VolumePass:
    """Shader variants and the small textures all of them share."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._shaders: dict[Variant, LoadedShader] = {}
        self._noise = upload_tile(blue_noise_tile())
        self._no_volume = upload_bytes(np.zeros((1, 1, 1), dtype=np.uint8), is_linear=False)
        self._no_light = upload_bytes(np.full((1, 1, 1, 2), 255, dtype=np.uint8), is_linear=False)
        self._no_table = upload_table(np.zeros((2, 4)))
        self._no_colour = constant_texture("no_layer", (0.0, 0.0, 0.0, 0.0))
        self._no_place = constant_texture("no_layer_place", (NOTHING_MM, 0.0, 0.0, 0.0))

    def bind_view(
        self,
        space: SpaceView,
        *,
        volumes: Sequence[ShownVolume],
        targets: Targets | None,
        opaque_place: Texture,
        frame: SpaceFrame,
    ) -> None:
        """Give the view's quad the volumes of this frame, nearest first.

        Parameters
        ----------
        targets : Targets or None
            Whose layers are inserted; None where no translucent surface is drawn.
        """
        eye, inputs, quality = frame.eye, frame.inputs, frame.quality
        near = sorted(
            volumes, key=lambda shown: float(np.linalg.norm(shown.center_world_m - eye.position_m))
        )[:VOLUMES_MAX]
        is_diagnostic = inputs.u_display_space > 0.5
        step_m = min([shown.voxel_min_m for shown in near] or [1.0]) * quality.step_voxels
        slots = [
            shown.slot(
                step_m=step_m,
                is_diagnostic=is_diagnostic,
                needs_normals=quality.gradients == "half"
                and (quality.is_head_lit or not is_diagnostic),
                toward_light=inputs.u_light_world,
            )
            for shown in near
        ]
        variant = (
            *variant_of(near, quality=quality, is_diagnostic=is_diagnostic),
            ("LAYERS", int(targets is not None)),
        )
        left, bottom, width, height = frame.pixels
        texels = (round(width * quality.volume_scale), round(height * quality.volume_scale))
        bind(
            space.volume_quad,
            self._shader(variant),
            self._inputs(
                slots,
                layers=self._layers(targets),
                opaque_place=opaque_place,
                quality=quality,
                step_m=step_m,
                grid=(
                    (float(left), float(bottom)),
                    (
                        quality.scene_scale * width / max(texels[0], 1),
                        quality.scene_scale * height / max(texels[1], 1),
                    ),
                ),
            ),
            ray_inputs(eye),
            inputs,
        )

    def close(self) -> None:
        """Free the small textures."""
        for texture in (
            self._noise,
            self._no_volume,
            self._no_light,
            self._no_table,
            self._no_colour,
            self._no_place,
        ):
            texture.release_all()

    def _shader(self, variant: Variant) -> LoadedShader:
        if variant not in self._shaders:
            self._shaders[variant] = load_shader(
                self._context,
                vertex="common/fullscreen.vert",
                fragment="medical/volume.frag",
                inputs=(VolumePassInputs, RayInputs, ViewInputs),
                defines=dict(variant),
            )
        return self._shaders[variant]

    def _inputs(
        self,
        slots: Sequence[VolumeSlot],
        *,
        layers: tuple[Texture, Texture, Texture, Texture],
        opaque_place: Texture,
        quality: Quality,
        step_m: float,
        grid: tuple[tuple[float, float], tuple[float, float]],
    ) -> VolumePassInputs:
        two = [*slots, *[self._no_slot()] * (VOLUMES_MAX - len(slots))]
        first, second = two
        return VolumePassInputs(
            t_opaque_place=opaque_place,
            t_layer_0=layers[0],
            t_layer_0_place=layers[1],
            t_layer_1=layers[2],
            t_layer_1_place=layers[3],
            t_noise=self._noise,
            t_values_0=first.values,
            t_leap_0=first.leap,
            t_normals_0=first.normals or self._no_volume,
            t_light_0=first.light or self._no_light,
            t_values_1=second.values,
            t_leap_1=second.leap,
            t_normals_1=second.normals or self._no_volume,
            t_light_1=second.light or self._no_light,
            t_table_0=first.table,
            t_table_1=second.table,
            u_tex_from_world=np.stack([slot.tex_from_world for slot in two]),
            u_gradient_world_from_tex=np.stack([slot.gradient_world_from_tex for slot in two]),
            u_world_from_lps_normal=np.stack([slot.world_from_lps_normal for slot in two]),
            u_dims=np.stack([slot.dims for slot in two]),
            u_normals_scale=np.stack([slot.normals_scale for slot in two]),
            u_light_scale=np.stack([slot.light_scale for slot in two]),
            u_table_map=np.stack([slot.table_map for slot in two]),
            u_region_origin_px=grid[0],
            u_pixels_per_texel=grid[1],
            u_step_m=step_m,
            u_jitter=float(quality.is_jittered),
            u_jitter_shift=quality.jitter_shift,
            u_stop_opacity=quality.stop_opacity,
        )

    def _layers(self, targets: Targets | None) -> tuple[Texture, Texture, Texture, Texture]:
        if targets is None:
            return self._no_colour, self._no_place, self._no_colour, self._no_place
        first, second = targets.layers
        return first.colour, first.place, second.colour, second.place

    def _no_slot(self) -> VolumeSlot:
        return VolumeSlot(
            values=self._no_volume,
            leap=self._no_volume,
            normals=None,
            light=None,
            table=self._no_table,
            tex_from_world=np.eye(4),
            gradient_world_from_tex=np.eye(4),
            world_from_lps_normal=np.eye(4),
            dims=np.ones(4),
            normals_scale=np.ones(4),
            light_scale=np.ones(4),
            table_map=np.zeros(4),
        )


def variant_of(volumes: Sequence[ShownVolume], *, quality: Quality, is_diagnostic: bool) -> Variant:
    """The defines of the shader for these volumes."""
    is_single = len(volumes) == 1
    light = LIGHT_NONE if is_diagnostic else LIGHT_LIT
    if quality.is_head_lit:
        light = LIGHT_HEAD
    return (
        ("VOLUME_COUNT", len(volumes)),
        ("MAXIMUM", int(is_single and volumes[0].is_maximum)),
        ("LIGHT", light),
        ("GRADIENT", int(quality.gradients == "half")),
        ("SEGMENTS", int(is_single and quality.gradients == "segments")),
        ("SKIP", int(quality.skips_empty)),
    )
