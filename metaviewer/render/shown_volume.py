"""One volume as it is drawn: its textures, made when the data or the look changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from panda3d.core import Texture

from metaviewer.frames import Float64Array, frozen
from metaviewer.medical.blocks import block_bounds, leap_map
from metaviewer.medical.body import drawn_values
from metaviewer.medical.light import (
    cell_voxels,
    extinction,
    openness,
    packed_light,
    shadow,
)
from metaviewer.medical.normals import gradient_lps_from_tex, half_normals
from metaviewer.medical.presets import transfer_function
from metaviewer.medical.transfer import TransferFunction, adjusted, sampled, step_opacities
from metaviewer.medical.volume import Volume
from metaviewer.render.colour import linear_from_srgb
from metaviewer.render.shown import StageParts
from metaviewer.render.volume_pick import first_notable
from metaviewer.render.volume_texture import (
    VolumeTexture,
    upload_bytes,
    upload_table,
    upload_values,
)
from metaviewer.scene import Hit, Item, ItemId, Library, Ray, VolumeLook
from metaviewer.twin.columns import Columns

RELIGHT_COS: Final = 0.90
"""The shadow is made anew when the key light has turned by more than 26 degrees."""

GRADIENT_FULL_SHARE: Final = 2.5
"""Strongest gradient the normal texture tells apart, as a factor of the surface threshold."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VolumeSlot:
    """What the volume pass needs of one volume; see ``medical/volume.frag``."""

    values: Texture
    leap: Texture
    normals: Texture | None
    light: Texture | None
    table: Texture
    tex_from_world: Float64Array
    gradient_world_from_tex: Float64Array
    world_from_lps_normal: Float64Array
    dims: Float64Array
    normals_scale: Float64Array
    light_scale: Float64Array
    table_map: Float64Array


class ShownVolume:
    """Textures and matrices of one volume item."""

    def __init__(self, parts: StageParts, item: Item) -> None:
        self.item_id: ItemId = item.id
        self.context = parts.context
        self.item = item
        self.volume: Volume | None = None
        self.transfer: TransferFunction | None = None
        self.halvings = 0
        self._values: VolumeTexture | None = None
        self._drawn: NDArray[Any] | None = None
        self._bounds: tuple[NDArray[Any], NDArray[Any]] | None = None
        self._extinction: NDArray[np.float32] | None = None
        self._open: NDArray[np.float32] | None = None
        self._baked_toward_lps: Float64Array | None = None
        self._leap: Texture | None = None
        self._normals: Texture | None = None
        self._light: Texture | None = None
        self._tables: dict[tuple[float, bool], Texture] = {}

    @property
    def is_visible(self) -> bool:
        """Whether it takes part in the picture."""
        return self.item.visible and self.volume is not None

    @property
    def is_diagnostic(self) -> bool:
        """Whether it asks for window and colour map only."""
        return isinstance(self.item.look, VolumeLook) and self.item.look.shading == "diagnostic"

    @property
    def is_maximum(self) -> bool:
        """Whether it is a maximum projection."""
        return self.transfer is not None and self.transfer.projection == "maximum"

    @property
    def world_per_mm(self) -> float:
        """Metres of the world per mm of the patient: scale of the item."""
        linear = self.item.world_from_item[:3, :3]
        return float(abs(np.linalg.det(linear)) ** (1.0 / 3.0))

    @property
    def voxel_min_m(self) -> float:
        """Shortest voxel edge in the world, of axes with more than one voxel."""
        assert self.volume is not None
        edges = [
            edge
            for edge, count in zip(self.volume.spacing_mm, self.volume.shape_ijk, strict=True)
            if count > 1
        ]
        return float(min(edges or [1.0])) * self.world_per_mm

    @property
    def center_world_m(self) -> Float64Array:
        """Middle of the grid."""
        assert self.volume is not None
        middle = (np.asarray(self.volume.shape_ijk) - 1.0) / 2.0
        return frozen((self.item.world_from_item @ self.volume.lps_from_ijk @ [*middle, 1.0])[:3])

    def update(self, before: Item | None, after: Item, *, library: Library) -> None:
        """Make textures for what changed: the datum, then what its look decides."""
        volume = library[after.data_id]
        assert isinstance(volume, Volume)
        look = after.look if isinstance(after.look, VolumeLook) else VolumeLook()
        self.item = after
        is_new = volume is not self.volume
        if not is_new and before is not None and before.look is after.look:
            return
        transfer = adjusted(
            transfer_function(volume, preset=look.preset),
            opacity=look.opacity,
            value_shift=look.value_shift,
        )
        transfer = _windowed(transfer, look)
        region = None if self.transfer is None else self.transfer.region
        self.volume, self.transfer = volume, transfer
        if is_new or region != transfer.region:
            self._upload()
        self._retable()

    def update_live(self, live: Columns | None) -> None:
        """A volume shows no live values."""

    def pick(self, ray: Ray) -> Hit | None:
        """First place along the ray that looks solid."""
        if not self.is_visible or self._drawn is None or self.transfer is None:
            return None
        assert self.volume is not None
        return first_notable(
            ray, item=self.item, volume=self.volume, drawn_kji=self._drawn, transfer=self.transfer
        )

    def slot(
        self, *, step_m: float, is_diagnostic: bool, needs_normals: bool, toward_light: Float64Array
    ) -> VolumeSlot:
        """Everything the pass needs, for one step length and one light."""
        assert self.volume is not None
        assert self.transfer is not None
        assert self._values is not None
        assert self._leap is not None
        if needs_normals and self._normals is None:
            self._normals = upload_bytes(
                half_normals(self.volume, gradient_full=self._gradient_full), is_linear=True
            )
        if not is_diagnostic and not self.is_maximum:
            self._relight(toward_light)
        world_from_lps = self.item.world_from_item
        dims = np.asarray(self.volume.shape_ijk, dtype=np.float64)
        world_from_ijk = world_from_lps @ self.volume.lps_from_ijk
        tex_from_ijk = np.diag([*(1.0 / dims), 1.0])
        tex_from_ijk[:3, 3] = 0.5 / dims
        rotation = world_from_lps[:3, :3] / self.world_per_mm
        gradient = rotation @ gradient_lps_from_tex(self.volume) * self._values.value_scale
        low, high = self.transfer.domain
        entries = self._table(step_m=step_m, is_diagnostic=is_diagnostic).get_x_size()
        scale = (entries - 1.0) / entries / (high - low)
        return VolumeSlot(
            values=self._values.texture,
            leap=self._leap,
            normals=self._normals,
            light=self._light,
            table=self._table(step_m=step_m, is_diagnostic=is_diagnostic),
            tex_from_world=tex_from_ijk @ np.linalg.inv(world_from_ijk),
            gradient_world_from_tex=_four(gradient),
            world_from_lps_normal=_four(rotation),
            dims=np.append(dims, 0.0),
            normals_scale=np.append(dims / (2.0 * np.ceil(dims / 2.0)), self._gradient_full),
            light_scale=self._light_scale(),
            table_map=np.array(
                [
                    self._values.value_scale * scale,
                    -low * scale + 0.5 / entries,
                    *self.transfer.gradient_range,
                ]
            ),
        )

    def close(self) -> None:
        """Free every texture."""
        textures = [self._leap, self._normals, self._light, *self._tables.values()]
        if self._values is not None:
            textures.append(self._values.texture)
        for texture in textures:
            if texture is not None:
                texture.release_all()
        self._tables.clear()
        self._values = self._leap = self._normals = self._light = None
        self.volume = self._drawn = self._bounds = None

    @property
    def _gradient_full(self) -> float:
        assert self.transfer is not None
        return self.transfer.gradient_range[1] * GRADIENT_FULL_SHARE

    def _upload(self) -> None:
        assert self.volume is not None
        assert self.transfer is not None
        if self._values is not None:
            self._values.texture.release_all()
        drawn = drawn_values(self.volume, region=self.transfer.region)
        self._drawn = drawn
        self._values = upload_values(self.context, drawn)
        self.halvings = self._values.halvings
        self._bounds = block_bounds(drawn)
        self._normals = _freed(self._normals)

    def _retable(self) -> None:
        """Leap map and light for the current table; tables themselves are made when asked for."""
        assert self.transfer is not None
        assert self._bounds is not None
        for table in self._tables.values():
            table.release_all()
        self._tables.clear()
        _, opacities = sampled(self.transfer)
        _freed(self._leap)
        leap = leap_map(*self._bounds, opacities=opacities, domain=self.transfer.domain)
        self._leap = upload_bytes(leap, is_linear=False)
        self._normals = _freed(self._normals)
        self._light = _freed(self._light)
        self._extinction = self._open = self._baked_toward_lps = None

    def _table(self, *, step_m: float, is_diagnostic: bool) -> Texture:
        """The premultiplied table, corrected for the step, in the light of the look."""
        assert self.transfer is not None
        step_mm = step_m / self.world_per_mm
        key = (round(step_mm, 6), is_diagnostic)
        if key not in self._tables:
            colours, opacities = sampled(self.transfer)
            alpha = (opacities if self.is_maximum else step_opacities(opacities, step_mm=step_mm))[
                :, None
            ]
            if self.is_maximum:  # the grey of the window, added like light
                light = colours * alpha if is_diagnostic else linear_from_srgb(colours * alpha)
            else:
                light = (colours if is_diagnostic else linear_from_srgb(colours)) * alpha
            self._tables[key] = upload_table(np.concatenate([light, alpha], axis=1))
        return self._tables[key]

    def _relight(self, toward_light_world: Float64Array) -> None:
        assert self.volume is not None
        assert self.transfer is not None
        assert self._drawn is not None
        toward_lps = np.linalg.inv(self.item.world_from_item[:3, :3]) @ toward_light_world
        toward_lps /= np.linalg.norm(toward_lps)
        if self._baked_toward_lps is not None and (
            float(self._baked_toward_lps @ toward_lps) > RELIGHT_COS
        ):
            return
        cells = self._cells()
        cell_mm = self.volume.spacing_mm * cells
        if self._extinction is None or self._open is None:
            _, opacities = sampled(self.transfer)
            self._extinction = extinction(
                self._drawn,
                opacities_per_mm=opacities,
                domain=self.transfer.domain,
                cell_ijk=cells,
            )
            self._open = openness(self._extinction, cell_mm_ijk=cell_mm)
        axes = self.volume.lps_from_ijk[:3, :3] / self.volume.spacing_mm
        lit = shadow(
            self._extinction,
            cell_mm_ijk=cell_mm,
            toward_light_ijk=np.linalg.inv(axes) @ toward_lps,
        )
        _freed(self._light)
        self._light = upload_bytes(packed_light(self._open, lit), is_linear=True)
        self._baked_toward_lps = toward_lps

    def _cells(self) -> tuple[int, int, int]:
        assert self.volume is not None
        return cell_voxels(self.volume.spacing_mm, self.volume.shape_ijk)

    def _light_scale(self) -> Float64Array:
        assert self.volume is not None
        dims = np.asarray(self.volume.shape_ijk, dtype=np.float64)
        cells = np.asarray(self._cells(), dtype=np.float64)
        return np.append(dims / (cells * np.ceil(dims / cells)), 0.0)


def _windowed(transfer: TransferFunction, look: VolumeLook) -> TransferFunction:
    """A maximum projection takes the look's grey window."""
    if transfer.projection != "maximum" or look.window_center is None or look.window_width is None:
        return transfer
    half = max(look.window_width, 1.0) / 2.0
    low, high = transfer.domain
    share = (transfer.values - low) / (high - low)
    return TransferFunction(
        name=transfer.name,
        values=look.window_center - half + share * 2.0 * half,
        colours_rgb_n3=transfer.colours_rgb_n3,
        opacities_per_mm=transfer.opacities_per_mm,
        projection=transfer.projection,
        region=transfer.region,
    )


def _four(matrix_33: Float64Array) -> Float64Array:
    matrix = np.eye(4)
    matrix[:3, :3] = matrix_33
    return matrix


def _freed(texture: Texture | None) -> Texture | None:
    """Free a texture and answer what stands in its place: nothing."""
    if texture is not None:
        texture.release_all()
    return None
