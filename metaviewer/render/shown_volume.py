"""One volume as it is drawn: coarse at once, then fine, each level with textures of its own."""

from __future__ import annotations

from typing import Final

import numpy as np

from metaviewer.frames import Float64Array, frozen
from metaviewer.medical.coarse import coarse_strides, coarse_volume
from metaviewer.medical.light import COARSE_CELL_MM
from metaviewer.medical.making import make_coarse
from metaviewer.medical.presets import transfer_function
from metaviewer.medical.transfer import TransferFunction, adjusted
from metaviewer.medical.volume import Volume
from metaviewer.render.bench import Arrays, Task
from metaviewer.render.shown import StageParts
from metaviewer.render.volume_level import VolumeLevel, VolumeSlot
from metaviewer.render.volume_pick import first_notable
from metaviewer.render.volume_table import windowed
from metaviewer.scene import Hit, Item, ItemId, Library, Ray, VolumeLook
from metaviewer.twin.columns import Columns

COARSE_STEP: Final = 0.6
"""A ray through a coarse level takes shorter steps, measured in its voxels."""


class ShownVolume:
    """The levels of one volume item: the fine one, and a coarse one until the fine one is made.

    Where the bench makes what is asked of it at once there is no coarse level, so that no picture
    file and no film ever shows one.
    """

    def __init__(self, parts: StageParts, item: Item) -> None:
        self.item_id: ItemId = item.id
        self.context = parts.context
        self.item = item
        self.made = object()
        """Another one whenever textures have come that the views must be told of."""
        self.volume: Volume | None = None
        self._bench = parts.bench
        self._wanted: TransferFunction | None = None
        self._fine: VolumeLevel | None = None
        self._coarse: VolumeLevel | None = None

    @property
    def is_visible(self) -> bool:
        """Whether it takes part in the picture."""
        return self.item.visible and self._level is not None

    @property
    def is_coarse(self) -> bool:
        """Whether fewer voxels are drawn than there are, because the fine level is being made."""
        return self._level is not None and self._level is self._coarse

    @property
    def is_settled(self) -> bool:
        """Whether nothing better comes: every voxel is drawn, and in the look that is asked for."""
        fine = self._fine
        is_fine = fine is not None and fine is self._level and fine.has_own_normals
        return not self.item.visible or (is_fine and not self.is_behind)

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
        return self._level is not None and self._level.is_maximum

    @property
    def transfer(self) -> TransferFunction | None:
        """The look that is drawn."""
        return None if self._level is None else self._level.transfer

    @property
    def halvings(self) -> int:
        """How often the volume had to be halved to fit the card."""
        return 0 if self._level is None else self._level.halvings

    @property
    def world_per_mm(self) -> float:
        """Metres of the world per mm of the patient: scale of the item."""
        linear = self.item.world_from_item[:3, :3]
        return float(abs(np.linalg.det(linear)) ** (1.0 / 3.0))

    @property
    def voxel_min_m(self) -> float:
        """Shortest voxel edge of what is drawn, in the world, of axes with more than one voxel.

        Less where that is coarse: a step of 3 mm leaves the place of a surface to the noise.
        """
        assert self._level is not None
        drawn = self._level.volume
        edges = [
            edge for edge, count in zip(drawn.spacing_mm, drawn.shape_ijk, strict=True) if count > 1
        ]
        share = COARSE_STEP if self.is_coarse else 1.0
        return float(min(edges or [1.0])) * self.world_per_mm * share

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
        if is_new:
            self.close()
            self.volume = volume
            name = (self.item_id, "fine")
            self._fine = VolumeLevel(self.context, self._bench, name=name, volume=volume)
        self._wanted = windowed(transfer, look)
        self._make()

    def update_live(self, live: Columns | None) -> None:
        """A volume shows no live values; what its bench has made meanwhile is taken."""
        if self._bench.is_elsewhere and self.volume is not None:
            had = self._parts
            self._make()
            if any(now is not before for now, before in zip(self._parts, had, strict=True)):
                self.made = object()

    def pick(self, ray: Ray) -> Hit | None:
        """First place along the ray that looks solid, with the value of the finest voxel there."""
        level = self._level
        if not self.is_visible or level is None or level.drawn is None or level.transfer is None:
            return None
        assert self.volume is not None
        return first_notable(
            ray,
            item=self.item,
            volume=self.volume,
            drawn=(level.volume, level.drawn),
            transfer=level.transfer,
        )

    def slot(
        self, *, step_m: float, is_diagnostic: bool, needs_normals: bool, toward_light: Float64Array
    ) -> VolumeSlot:
        """Everything the pass needs, for one step length and one light."""
        assert self._level is not None
        return self._level.slot(
            self.item.world_from_item,
            step_m=step_m,
            is_diagnostic=is_diagnostic,
            needs_normals=needs_normals,
            toward_light=toward_light,
        )

    def close(self) -> None:
        """Free every texture; safe to call twice."""
        self._bench.forget((self.item_id, "coarse values"))
        for level in (self._coarse, self._fine):
            if level is not None:
                level.close()
        self.volume = self._coarse = self._fine = None

    @property
    def _level(self) -> VolumeLevel | None:
        """The level that is drawn: the fine one, or the coarse one until the fine one is whole."""
        fine, coarse = self._fine, self._coarse
        if coarse is not None:
            return coarse if coarse.is_drawable else None
        return fine if fine is not None and fine.is_drawable else None

    @property
    def _parts(self) -> tuple[object, ...]:
        """Other objects than before whenever the views must be told."""
        return (self._level, *(() if self._level is None else self._level.parts))

    def _make(self) -> None:
        """Ask for what the levels lack: the coarse one first, the fine one once that is whole.

        The fine level takes the picture over when it is whole too, light included: nothing jumps.
        """
        assert self._fine is not None
        assert self._wanted is not None
        if self._coarse is None and not self._fine.is_drawable and not self._make_coarse():
            return
        if self._coarse is not None:
            was_complete = self._coarse.is_complete
            self._make_level(self._coarse)
            if not was_complete:
                # The coarse picture is drawn before the fine one takes the processors.
                if self._coarse.is_complete:
                    self._bench.remind()
                return
        self._make_level(self._fine)
        if self._coarse is not None and self._fine.is_complete:
            self._coarse.close()
            self._coarse = None

    def _make_level(self, level: VolumeLevel) -> None:
        level.wanted = self._wanted
        level.make()

    def _make_coarse(self) -> bool:
        """Begin with a coarse level, where one is worth it; False while its values are made."""
        assert self.volume is not None
        strides_kji = coarse_strides(self.volume)
        if not self._bench.is_elsewhere or strides_kji == (1, 1, 1):
            return True
        padding = self.volume.padding_kji
        arrays: Arrays = {"values": self.volume.values}
        made = self._bench.ask(
            Task(
                name=(self.item_id, "coarse values"),
                made_of=(self.volume,),
                work=make_coarse,
                arrays=arrays if padding is None else {**arrays, "padding": padding},
                arguments={"strides_kji": list(strides_kji)},
                is_near=True,
            )
        )
        if made is None:
            return False
        volume = coarse_volume(self.volume, values=made["values"], strides_kji=strides_kji)
        self._coarse = VolumeLevel(
            self.context,
            self._bench,
            name=(self.item_id, "coarse"),
            volume=volume,
            cell_mm=COARSE_CELL_MM,
        )
        return True
