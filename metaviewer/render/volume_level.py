"""A volume at one resolution as it is drawn: its textures, made when data or look changes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from panda3d.core import Texture

from metaviewer.frames import Float64Array
from metaviewer.medical.blocks import leap_map
from metaviewer.medical.light import cell_voxels, packed_light, shadow
from metaviewer.medical.making import make_drawn, make_light, make_normals
from metaviewer.medical.normals import gradient_lps_from_tex
from metaviewer.medical.transfer import TransferFunction, sampled
from metaviewer.medical.volume import Volume
from metaviewer.render.bench import Arrays, Bench, Task, Work
from metaviewer.render.context import Context
from metaviewer.render.volume_table import table_of
from metaviewer.render.volume_texture import (
    VolumeTexture,
    upload_bytes,
    upload_normals,
    upload_table,
    upload_values,
)

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


class VolumeLevel:
    """Textures and matrices of one grid of values.

    What takes longer than a frame is asked of the bench: until it is made, what was there before
    is drawn.

    Parameters
    ----------
    name : hashable
        By which the bench tells its tasks from those of others.
    """

    def __init__(self, context: Context, bench: Bench, *, name: Hashable, volume: Volume) -> None:
        self.volume = volume
        self.transfer: TransferFunction | None = None
        """The look that is drawn."""
        self.wanted: TransferFunction | None = None
        """The look that is asked for."""
        self.drawn: NDArray[Any] | None = None
        """Values as they are drawn: without the table, without noise."""
        self.halvings = 0
        self._name = name
        self._context = context
        self._bench = bench
        self._values: VolumeTexture | None = None
        self._bounds: tuple[NDArray[Any], NDArray[Any]] | None = None
        self._samples: NDArray[Any] | None = None
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
    def is_drawable(self) -> bool:
        """Whether there is a picture of it, with its light: that would change it a moment later."""
        has_light = self._normals is not None and self._extinction is not None
        is_made = not self._bench.is_elsewhere or self.is_maximum or has_light
        return self._values is not None and is_made

    @property
    def is_complete(self) -> bool:
        """Whether it looks as it was asked to, light included."""
        is_lit = self.is_maximum or self._lit_of[0] is self.transfer
        return self.is_drawable and self.wanted is self.transfer and is_lit

    @property
    def is_maximum(self) -> bool:
        """Whether it is a maximum projection."""
        return self.transfer is not None and self.transfer.projection == "maximum"

    @property
    def parts(self) -> tuple[object, ...]:
        """Other objects than before whenever the views must be told."""
        return self._values, self._normals, self.transfer, self._open

    def make(self) -> None:
        """Ask for what the present look lacks, and take what is there."""
        assert self.wanted is not None
        if self.transfer is None or self.transfer.region != self.wanted.region:
            made = self._ask_drawn()
            if made is not None:
                self._upload(made)
                self._retable(self.wanted)
        elif self.wanted is not self.transfer:
            self._retable(self.wanted)
        if self._bench.is_elsewhere and self.transfer is not None and not self.is_maximum:
            self._make_normals()
            self._make_light()

    def slot(
        self,
        world_from_lps: Float64Array,
        *,
        step_m: float,
        is_diagnostic: bool,
        needs_normals: bool,
        toward_light: Float64Array,
    ) -> VolumeSlot:
        """Everything the pass needs, for one place in the world, step length and light."""
        assert self.transfer is not None
        assert self._values is not None
        assert self._leap is not None
        if needs_normals:
            self._make_normals()
        if not is_diagnostic and not self.is_maximum:
            self._relight(np.linalg.inv(world_from_lps[:3, :3]) @ toward_light)
        world_per_mm = float(abs(np.linalg.det(world_from_lps[:3, :3])) ** (1.0 / 3.0))
        dims = np.asarray(self.volume.shape_ijk, dtype=np.float64)
        world_from_ijk = world_from_lps @ self.volume.lps_from_ijk
        tex_from_ijk = np.diag([*(1.0 / dims), 1.0])
        tex_from_ijk[:3, 3] = 0.5 / dims
        rotation = world_from_lps[:3, :3] / world_per_mm
        gradient = rotation @ gradient_lps_from_tex(self.volume) * self._values.value_scale
        low, high = self.transfer.domain
        table = self._table(step_mm=step_m / world_per_mm, is_diagnostic=is_diagnostic)
        entries = table.get_x_size()
        scale = (entries - 1.0) / entries / (high - low)
        return VolumeSlot(
            values=self._values.texture,
            leap=self._leap,
            normals=self._normals,
            light=self._light,
            table=table,
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
        """Free every texture, stop what is being made; safe to call twice."""
        for name in ("drawn", "normals", "light"):
            self._bench.forget((self._name, name))
        self._free_tables()
        if self._values is not None:
            self._values.texture.release_all()
        self._leap = _freed(self._leap)
        self._normals = _freed(self._normals)
        self._light = _freed(self._light)
        self._values = self.drawn = self._samples = self._bounds = None
        self._extinction = self._open = self.transfer = None

    def _free_tables(self) -> None:
        for table in self._tables.values():
            table.release_all()
        self._tables.clear()

    def _ask_drawn(self) -> Arrays | None:
        """Normals come along where nobody waits for them: a second task would send all again."""
        assert self.wanted is not None
        region, full = self.wanted.region, _gradient_full(self.wanted)
        arguments = {**self._place, "region": region, "cell_ijk": list(self._cells())}
        if self._bench.is_elsewhere and self.wanted.projection != "maximum":
            arguments["gradient_full"] = full
        arrays = {"values": self.volume.values}
        return self._ask("drawn", make_drawn, arrays, arguments, of=(region, full))

    @property
    def _place(self) -> dict[str, Any]:
        return {"lps_from_ijk": self.volume.lps_from_ijk.ravel().tolist()}

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
            name=(self._name, name),
            made_of=(self.volume, *of),
            work=work,
            arrays=arrays,
            arguments=arguments,
        )
        return self._bench.ask(task)

    def _upload(self, made: Arrays) -> None:
        assert self.wanted is not None
        if self._values is not None:
            self._values.texture.release_all()
        self.drawn = made.get("drawn", self.volume.values)
        self._values = upload_values(self._context, self.drawn)
        self.halvings = self._values.halvings
        self._bounds, self._samples = (made["low"], made["high"]), made["samples"]
        self._normals = _freed(self._normals)
        if "normals" in made:
            self._take_normals(made["normals"], full=_gradient_full(self.wanted))

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
        assert self.transfer is not None
        assert self.drawn is not None
        full = _gradient_full(self.transfer)
        if self._normals is not None and self._normals_full == full:
            return
        arguments = {**self._place, "gradient_full": full}
        made = self._ask(
            "normals", make_normals, {"drawn": self.drawn}, arguments, of=(self._samples, full)
        )
        if made is not None:
            self._take_normals(made["normals"], full=full)

    def _take_normals(self, normals: NDArray[np.uint8], *, full: float) -> None:
        _freed(self._normals)
        self._normals = upload_normals(normals)
        self._normals_full = full

    def _make_light(self) -> None:
        """Ask for the cells of the present table and values."""
        assert self.transfer is not None
        if self._lit_of[0] is self.transfer and self._lit_of[1] is self._samples:
            return
        assert self._samples is not None
        _, opacities = sampled(self.transfer)
        cells = self._cells()
        arguments = {
            "domain": list(self.transfer.domain),
            "cell_ijk": list(cells),
            "cell_mm_ijk": (self.volume.spacing_mm * cells).tolist(),
        }
        arrays = {"samples": self._samples, "opacities_per_mm": opacities}
        of = (self.transfer, self._samples)
        made = self._ask("light", make_light, arrays, arguments, of=of)
        if made is not None:
            self._extinction, self._open = made["extinction"], made["openness"]
            self._baked_toward_lps = None
            self._lit_of = of

    def _table(self, *, step_mm: float, is_diagnostic: bool) -> Texture:
        """The premultiplied table, corrected for the step, in the light of the look."""
        assert self.transfer is not None
        key = (round(step_mm, 6), is_diagnostic)
        if key not in self._tables:
            table = table_of(self.transfer, step_mm=step_mm, is_diagnostic=is_diagnostic)
            self._tables[key] = upload_table(table)
        return self._tables[key]

    def _relight(self, toward_lps: Float64Array) -> None:
        self._make_light()
        if self._extinction is None or self._open is None:
            return
        toward_lps = toward_lps / np.linalg.norm(toward_lps)
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

    def _cells(self) -> tuple[int, int, int]:
        return cell_voxels(self.volume.spacing_mm, self.volume.shape_ijk)

    def _light_scale(self) -> Float64Array:
        dims = np.asarray(self.volume.shape_ijk, dtype=np.float64)
        cells = np.asarray(self._cells(), dtype=np.float64)
        return np.append(dims / (cells * np.ceil(dims / cells)), 0.0)


def _gradient_full(transfer: TransferFunction) -> float:
    return transfer.gradient_range[1] * GRADIENT_FULL_SHARE


def _four(matrix_33: Float64Array) -> Float64Array:
    matrix = np.eye(4)
    matrix[:3, :3] = matrix_33
    return matrix


def _freed(texture: Texture | None) -> Texture | None:
    """Free a texture and answer what stands in its place: nothing."""
    if texture is not None:
        texture.release_all()
    return None
