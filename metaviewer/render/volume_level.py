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
from metaviewer.medical.light import CELL_MM, cell_voxels, light_samples, packed_light, shadow
from metaviewer.medical.making import make_drawn, make_light, make_normals
from metaviewer.medical.normals import gradient_lps_from_tex
from metaviewer.medical.transfer import TransferFunction, sampled
from metaviewer.medical.volume import Volume
from metaviewer.render.bench import Arrays, Bench, Task, Work
from metaviewer.render.context import Context
from metaviewer.render.volume_table import table_of
from metaviewer.render.volume_texture import (
    VolumeTexture,
    upload_and_keep,
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
    cell_mm : float
        Wanted edge of a light cell.
    """

    def __init__(
        self,
        context: Context,
        bench: Bench,
        *,
        name: Hashable,
        volume: Volume,
        cell_mm: float = CELL_MM,
    ) -> None:
        self.volume = volume
        self._cell_mm = cell_mm
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
        """Values that light is made of, once it had to be made for a second look."""
        self._extinction: NDArray[np.float32] | None = None
        self._open: NDArray[np.float32] | None = None
        self._lit_of: tuple[object, object] = (None, None)
        self._baked_toward_lps: Float64Array | None = None
        self._leap: Texture | None = None
        self._normals: Texture | None = None
        self._normals_full = 1.0
        self._normals_of: NDArray[Any] | None = None
        """Values that the normals were made of: those of the last region until new ones come."""
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
        return self.is_drawable and self.has_own_normals and self.wanted is self.transfer and is_lit

    @property
    def has_own_normals(self) -> bool:
        """Whether what is drawn is shaded by its own normals, not by those of another region."""
        return self.is_maximum or self._normals is None or self._normals_of is self.drawn

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
        self._values = self.drawn = self._samples = self._bounds = self._normals_of = None
        self._extinction = self._open = self.transfer = None

    def _free_tables(self) -> None:
        for table in self._tables.values():
            table.release_all()
        self._tables.clear()

    def _ask_drawn(self) -> Arrays | None:
        """Light comes along where nobody waits for it: it is made of the same values.

        Normals do not: an answer that holds both is more memory than either, and lies beside the
        copy that Panda3D takes.
        """
        assert self.wanted is not None
        region = self.wanted.region
        arguments: dict[str, Any] = {**self._place, "region": region}
        arrays: dict[str, NDArray[Any]] = {"values": self.volume.values}
        if self._bench.is_elsewhere and self.wanted.projection != "maximum":
            arguments |= self._light_arguments(self.wanted)
            arrays["opacities_per_mm"] = sampled(self.wanted)[1]
        return self._ask("drawn", make_drawn, arrays, arguments, of=(region,))

    def _light_arguments(self, transfer: TransferFunction) -> dict[str, Any]:
        cells = self._cells()
        return {
            "domain": list(transfer.domain),
            "cell_ijk": list(cells),
            "cell_mm_ijk": (self.volume.spacing_mm * cells).tolist(),
        }

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
        """Take what was made of the values. All is copied: views would hold the whole answer."""
        assert self.wanted is not None
        if self._values is not None:
            self._values.texture.release_all()
        self._values = self.drawn = self._samples = None
        if "drawn" in made:
            self._values, self.drawn = upload_and_keep(self._context, made["drawn"])
        else:
            self.drawn = self.volume.values
            self._values = upload_values(self._context, self.drawn)
        self.halvings = self._values.halvings
        self._bounds = made["low"].copy(), made["high"].copy()
        self._lit_of = None, None
        if "extinction" in made:
            is_same = np.array_equal(made["opacities_per_mm"], sampled(self.wanted)[1])
            self._take_light(made, of=self.wanted if is_same else None)

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
        if self._normals_of is self.drawn and self._normals_full == full:
            return
        arguments = {**self._place, "gradient_full": full}
        made = self._ask(
            "normals", make_normals, {"drawn": self.drawn}, arguments, of=(self.drawn, full)
        )
        if made is not None:
            _freed(self._normals)
            self._normals = upload_normals(self._context, made["normals"])
            self._normals_full, self._normals_of = full, self.drawn

    def _make_light(self) -> None:
        """Ask for the cells of the present table and values."""
        assert self.transfer is not None
        assert self.drawn is not None
        if self._lit_of[0] is self.transfer and self._lit_of[1] is self.drawn:
            return
        arguments = self._light_arguments(self.transfer)
        if self._samples is None:
            self._samples = light_samples(self.drawn, cell_ijk=self._cells())
        arrays = {"samples": self._samples, "opacities_per_mm": sampled(self.transfer)[1]}
        of = (self.transfer, self.drawn)
        made = self._ask("light", make_light, arrays, arguments, of=of)
        if made is not None:
            self._take_light(made, of=self.transfer)

    def _take_light(self, made: Arrays, *, of: TransferFunction | None) -> None:
        self._extinction, self._open = made["extinction"].copy(), made["openness"].copy()
        self._baked_toward_lps = None
        self._lit_of = of, self.drawn

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
        spacing_mm, shape_ijk = self.volume.spacing_mm, self.volume.shape_ijk
        return cell_voxels(spacing_mm, shape_ijk, cell_mm=self._cell_mm)

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
