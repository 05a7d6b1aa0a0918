"""Where a ray first meets something solid in a volume, from the array, not from the picture."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from metaviewer.medical.transfer import TransferFunction, sampled, step_opacities
from metaviewer.medical.volume import Volume
from metaviewer.render.march import box_span
from metaviewer.scene import Hit, Item, Ray
from metaviewer.scene.camera import vector

NOTABLE_OPACITY: Final = 0.30
"""Light that must be lost before a person would say that something is there."""

STEP_VOXELS: Final = 0.5


def first_notable(
    ray: Ray,
    *,
    item: Item,
    volume: Volume,
    drawn: tuple[Volume, NDArray[Any]],
    transfer: TransferFunction,
) -> Hit | None:
    """The place, its voxel's value and its distance; None where the ray meets nothing solid.

    Parameters
    ----------
    drawn : (Volume, array of shape (k, j, i))
        The grid that is drawn and its values; `volume` has the value that is told.
    """
    grid, drawn_kji = drawn
    world_from_ijk = item.world_from_item @ grid.lps_from_ijk
    ijk_from_world = np.linalg.inv(world_from_ijk)
    origin = ijk_from_world[:3, :3] @ np.asarray(ray.origin_m) + ijk_from_world[:3, 3]
    toward = ijk_from_world[:3, :3] @ np.asarray(ray.direction)
    last = np.asarray(grid.shape_ijk) - 1.0
    enter, leave = box_span(origin, toward, low=np.minimum(0.0, last), high=last + 1e-6)
    enter = max(float(enter), 0.0)
    if enter > leave:
        return None
    step_m = STEP_VOXELS / float(np.abs(toward).max())
    along_m = np.arange(enter, float(leave) + step_m, step_m)
    places = origin[:, None] + toward[:, None] * along_m
    values = ndimage.map_coordinates(
        drawn_kji, places[::-1], order=1, mode="nearest", output=np.float64
    )
    step_mm = step_m / abs(np.linalg.det(item.world_from_item[:3, :3])) ** (1.0 / 3.0)
    solid = _solid_share(values, transfer=transfer, step_mm=float(step_mm))
    found = np.flatnonzero(solid > NOTABLE_OPACITY)
    if not len(found):
        return None
    n = int(found[0])
    point = np.asarray(ray.origin_m) + np.asarray(ray.direction) * along_m[n]
    place = np.linalg.inv(item.world_from_item @ volume.lps_from_ijk) @ [*point, 1.0]
    i, j, k = np.clip(np.rint(place[:3]), 0, np.asarray(volume.shape_ijk) - 1).astype(int)
    return Hit(
        item=item.id,
        point_world_m=vector(point),
        distance_m=float(along_m[n]),
        value=float(volume.values[k, j, i]),
    )


def _solid_share(
    values: NDArray[np.float64], *, transfer: TransferFunction, step_mm: float
) -> NDArray[np.float64]:
    """Opacity gathered up to each sample; for a maximum projection the value's own."""
    _, opacities = sampled(transfer)
    domain = np.linspace(*transfer.domain, len(opacities))
    here = np.interp(values, domain, opacities)
    if transfer.projection == "maximum":
        return np.asarray(np.where(values >= values.max(), here, 0.0))
    return np.asarray(1.0 - np.cumprod(1.0 - step_opacities(here, step_mm=step_mm)))
