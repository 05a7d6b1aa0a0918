"""One volume as it is drawn: its textures, made when the data or the look changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from panda3d.core import Texture

from metaviewer.frames import Float64Array, frozen
from metaviewer.medical.blocks import leap_map
from metaviewer.medical.light import cell_voxels, packed_light, shadow
from metaviewer.medical.making import make_drawn, make_light, make_normals
from metaviewer.medical.normals import gradient_lps_from_tex
from metaviewer.medical.presets import transfer_function
from metaviewer.medical.transfer import TransferFunction, adjusted, sampled
from metaviewer.medical.volume import Volume
from metaviewer.render.bench import Arrays, Task, Work
from metaviewer.render.shown import StageParts
from metaviewer.render.volume_pick import first_notable
from metaviewer.render.volume_table import table_of, windowed
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
    """Textures and matrices of one volume item.

    What takes longer than a frame is asked of the bench: until it is made, what was there before
    is drawn, at first nothing but the slices, which need no making.
    """

    def __init__(self, parts: StageParts, item: Item) -> None:
        self.item_id: ItemId = item.id
        self.context = parts.context
        self.item = item
        self.made = object()
        """Another one whenever textures have come that the views must be told of."""
        self._bench = parts.bench
        self._wanted: TransferFunction | None = None
        self.volume: Volume | None = None
        self.transfer: TransferFunction | None = None
        self.halvings = 0
        self._values: VolumeTexture | None = None
        self._drawn: NDArray[Any] | None = None
        self._bounds: tuple[NDArray[Any], NDArray[Any]] | None = None
        self._extinction: NDArray[np.float32] | None = None
        self._open: NDArray[np.float32] | None = None
        self._lit_of: tuple[object, object] = (None, None)
        self._baked_toward_lps: Float64Array | None = None
        self._leap: Texture | None = None
        self._normals: Texture | None = None
        self._normals_full = 1.0
        self._light: Texture | None = None
        self._tables: dict[tuple[float, bool], Texture] = {}

    @property
    def is_visible(self) -> bool:
        """Whether it takes part in the picture."""
        is_made = not self._bench.is_elsewhere or self.is_maximum or self._normals is not None
        return self.item.visible and self._values is not None and is_made

    @property
    def is_behind(self) -> bool:
        """Whether it is still drawn as it looked before, because its new look is being made."""
        return self._wanted is not self.transfer

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
        transfer = windowed(transfer, look)
        if is_new:
            self._free()
        self.volume, self._wanted = volume, transfer
        self._make()

    def update_live(self, live: Columns | None) -> None:
        """A volume shows no live values; what its bench has made meanwhile is taken."""
        if self._bench.is_elsewhere and self.volume is not None:
            had = self._values, self._normals, self.transfer, self._open
            self._make()
            if self.is_visible and not self.is_maximum and not self.is_diagnostic:
                self._make_light()
            has = self._values, self._normals, self.transfer, self._open
            if any(now is not before for now, before in zip(has, had, strict=True)):
                self.made = object()

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
        if needs_normals:
            self._make_normals()
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
            normals_scale=np.append(dims / (2.0 * np.ceil(dims / 2.0)), self._normals_full),
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
        self._free()
        self.volume = None

    def _free(self) -> None:
        """Free what was made of the present data."""
        for name in ("drawn", "normals", "light"):
            self._bench.forget((self.item_id, name))
        self._free_tables()
        if self._values is not None:
            self._values.texture.release_all()
        self._leap = _freed(self._leap)
        self._normals = _freed(self._normals)
        self._light = _freed(self._light)
        self._values = self._drawn = self._bounds = self.transfer = self._wanted = None
        self._extinction = self._open = self._baked_toward_lps = None
        self._lit_of = (None, None)

    def _free_tables(self) -> None:
        for table in self._tables.values():
            table.release_all()
        self._tables.clear()

    @property
    def _gradient_full(self) -> float:
        assert self.transfer is not None
        return self.transfer.gradient_range[1] * GRADIENT_FULL_SHARE

    def _make(self) -> None:
        """Ask for what the present data and look lack, and take what is there."""
        assert self.volume is not None
        assert self._wanted is not None
        region = self._wanted.region
        if self.transfer is None or self.transfer.region != region:
            arguments = {**self._place, "region": region}
            made = self._ask(
                "drawn", make_drawn, {"values": self.volume.values}, arguments, of=(region,)
            )
            if made is not None:
                self._upload(made)
                self._retable(self._wanted)
        elif self.is_behind:
            self._retable(self._wanted)
        if self._bench.is_elsewhere and self.transfer is not None and not self.is_maximum:
            self._make_normals()

    def _ask(
        self,
        name: str,
        work: Work,
        arrays: Arrays,
        arguments: Mapping[str, Any],
        *,
        of: tuple[object, ...],
    ) -> Arrays | None:
        """What the bench made of the volume and of `of`; None while it makes it."""
        task = Task(
            name=(self.item_id, name),
            made_of=(self.volume, *of),
            work=work,
            arrays=arrays,
            arguments=arguments,
        )
        return self._bench.ask(task)

    @property
    def _place(self) -> dict[str, list[float]]:
        assert self.volume is not None
        return {"lps_from_ijk": self.volume.lps_from_ijk.ravel().tolist()}

    def _upload(self, made: Arrays) -> None:
        assert self.volume is not None
        if self._values is not None:
            self._values.texture.release_all()
        self._drawn = made.get("drawn", self.volume.values)
        self._values = upload_values(self.context, self._drawn)
        self.halvings = self._values.halvings
        self._bounds = made["low"], made["high"]

    def _retable(self, transfer: TransferFunction) -> None:
        """Draw by that table; light and normals of the last one stay until they are made anew."""
        assert self._bounds is not None
        self._free_tables()
        self.transfer = transfer
        _, opacities = sampled(transfer)
        _freed(self._leap)
        leap = leap_map(*self._bounds, opacities=opacities, domain=transfer.domain)
        self._leap = upload_bytes(leap, is_linear=False)

    def _make_normals(self) -> None:
        assert self.volume is not None
        full = self._gradient_full
        if self._normals is not None and self._normals_full == full:
            return
        arguments = {**self._place, "gradient_full": full}
        made = self._ask(
            "normals", make_normals, {"values": self.volume.values}, arguments, of=(full,)
        )
        if made is not None:
            _freed(self._normals)
            self._normals = upload_bytes(made["normals"], is_linear=True)
            self._normals_full = full

    def _table(self, *, step_m: float, is_diagnostic: bool) -> Texture:
        """The premultiplied table, corrected for the step, in the light of the look."""
        assert self.transfer is not None
        step_mm = step_m / self.world_per_mm
        key = (round(step_mm, 6), is_diagnostic)
        if key not in self._tables:
            table = table_of(self.transfer, step_mm=step_mm, is_diagnostic=is_diagnostic)
            self._tables[key] = upload_table(table)
        return self._tables[key]

    def _relight(self, toward_light_world: Float64Array) -> None:
        assert self.volume is not None
        self._make_light()
        if self._extinction is None or self._open is None:
            return
        toward_lps = np.linalg.inv(self.item.world_from_item[:3, :3]) @ toward_light_world
        toward_lps /= np.linalg.norm(toward_lps)
        if self._baked_toward_lps is not None and (
            float(self._baked_toward_lps @ toward_lps) > RELIGHT_COS
        ):
            return
        axes = self.volume.lps_from_ijk[:3, :3] / self.volume.spacing_mm
        lit = shadow(
            self._extinction,
            cell_mm_ijk=self.volume.spacing_mm * self._cells(),
            toward_light_ijk=np.linalg.inv(axes) @ toward_lps,
        )
        _freed(self._light)
        self._light = upload_bytes(packed_light(self._open, lit), is_linear=True)
        self._baked_toward_lps = toward_lps

    def _make_light(self) -> None:
        """Ask for the cells of the present table and values."""
        assert self.volume is not None
        assert self.transfer is not None
        assert self._drawn is not None
        if self._lit_of[0] is self.transfer and self._lit_of[1] is self._drawn:
            return
        _, opacities = sampled(self.transfer)
        cells = self._cells()
        arguments = {
            "domain": list(self.transfer.domain),
            "cell_ijk": list(cells),
            "cell_mm_ijk": (self.volume.spacing_mm * cells).tolist(),
        }
        arrays = {"drawn": self._drawn, "opacities_per_mm": opacities}
        of = (self.transfer, self._drawn)
        made = self._ask("light", make_light, arrays, arguments, of=of)
        if made is not None:
            self._extinction, self._open = made["extinction"], made["openness"]
            self._baked_toward_lps = None
            self._lit_of = of

    def _cells(self) -> tuple[int, int, int]:
        assert self.volume is not None
        return cell_voxels(self.volume.spacing_mm, self.volume.shape_ijk)

    def _light_scale(self) -> Float64Array:
        assert self.volume is not None
        dims = np.asarray(self.volume.shape_ijk, dtype=np.float64)
        cells = np.asarray(self._cells(), dtype=np.float64)
        return np.append(dims / (cells * np.ceil(dims / cells)), 0.0)


def _four(matrix_33: Float64Array) -> Float64Array:
    matrix = np.eye(4)
    matrix[:3, :3] = matrix_33
    return matrix


def _freed(texture: Texture | None) -> Texture | None:
    """Free a texture and answer what stands in its place: nothing."""
    if texture is not None:
        texture.release_all()
    return None
