"""Surfaces of regions: one mesh that is measured, one that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import GeometryError
from metaviewer.frames import Float64Array, moved
from metaviewer.surface.between_slices import surface_between_slices
from metaviewer.surface.marching import mask_surface, windowed_sinc
from metaviewer.surface.mesh import Mesh
from metaviewer.surface.palette import Rgb, region_rgb
from metaviewer.surface.simplify import simplified
from metaviewer.surface.triangles import volume_of

VOLUME_ERROR_MAX: Final = 0.02
"""Share of the measured volume by which the shown mesh may differ (medical_io section 3)."""
PASS_BANDS: Final = (0.1, 0.3, 0.6)
"""From smooth to gentle: a small or thin region takes only the gentle ones without shrinking."""
SHOWN_TRIANGLES_MAX: Final = 200_000


class MaskedRegion(Protocol):
    """A region as voxels: what `medical.Segment` is."""

    @property
    def number(self) -> int:
        """Number of the region in its file."""

    @property
    def name(self) -> str:
        """What the region is called."""

    @property
    def colour_rgb(self) -> Rgb | None:
        """The region's own colour, display sRGB."""

    @property
    def mask_kji(self) -> NDArray[np.bool_]:
        """True inside, shape (slices, rows, columns)."""

    @property
    def lps_from_ijk(self) -> Float64Array:
        """Voxel centres to LPS in mm."""


class Whose(Protocol):
    """Whose picture it is: what `medical.Identity` is."""

    @property
    def patient(self) -> str:
        """Token of the patient; "" where unknown."""


class MaskedRegions(Protocol):
    """Regions of one object: what `medical.Segments` is."""

    @property
    def segments(self) -> Sequence[MaskedRegion]:
        """The regions; they may overlap."""

    @property
    def frame_of_reference(self) -> str:
        """Token of the frame in which the regions lie."""

    @property
    def identity(self) -> Whose:
        """Whose regions they are."""

    @property
    def badges(self) -> tuple[str, ...]:
        """What must be said about the regions."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Organ:
    """A region's surface, twice.

    Parameters
    ----------
    measured : Mesh
        Unsmoothed; every number on screen comes from it.
    shown : Mesh
        Smoothed and, where large, simplified; its volume is within `VOLUME_ERROR_MAX` of the
        measured one, else it *is* the measured one.
    volume_mm3 : float
        Volume inside the measured mesh.
    """

    number: int
    name: str
    measured: Mesh
    shown: Mesh
    volume_mm3: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What a mesh carries besides its triangles."""

    name: str
    colour_rgb: Rgb | None = None
    frame_of_reference: str = ""
    patient: str = ""
    badges: tuple[str, ...] = ()


def from_mask(
    mask_kji: NDArray[np.bool_],
    *,
    lps_from_ijk: Float64Array,
    naming: Naming,
    number: int = 1,
) -> Organ:
    """Surface around the voxels of a mask, in LPS mm, triangles outward.

    The surface runs half way between voxel centres inside and outside (discrete flying edges), so
    sheared and anisotropic grids are exact.

    Parameters
    ----------
    mask_kji : bool array of shape (slices, rows, columns)
    lps_from_ijk : array of shape (4, 4)
        Voxel centres to LPS in mm; determinant above zero, may be sheared.

    Raises
    ------
    GeometryError
        If the mask is empty, or the grid is mirrored or flat.

    References
    ----------
    IBSI reference manual, morphological features: mesh-based volume at level 0.5.
    """
    if not np.linalg.det(lps_from_ijk[:3, :3]) > 0.0:
        raise GeometryError("a mask's axes are mirrored or flat: left and right would swap")
    if not mask_kji.any():
        raise GeometryError("a mask without a voxel has no surface")
    points_ijk, triangles = mask_surface(mask_kji)
    points_mm = moved(points_ijk, target_from_source=lps_from_ijk)
    volume_mm3 = volume_of(points_mm, triangles)
    measured = _mesh(points_mm, triangles, naming)
    shown = _shown_between_slices(
        mask_kji, lps_from_ijk, volume_mm3=volume_mm3, naming=naming
    ) or _shown(points_mm, triangles, volume_mm3=volume_mm3, naming=naming)
    return Organ(
        number=number,
        name=naming.name,
        measured=measured,
        shown=measured if shown is None else shown,
        volume_mm3=volume_mm3,
    )


def from_segments(regions: MaskedRegions, *, finding_rgb: Rgb | None = None) -> tuple[Organ, ...]:
    """One organ for each region that has a voxel.

    Parameters
    ----------
    finding_rgb : colour or None
        Colour of every finding instead of the file's own, for scenes where green means the finding.

    Raises
    ------
    GeometryError
        If a region's grid is mirrored or flat.
    """
    return tuple(
        from_mask(
            region.mask_kji,
            lps_from_ijk=region.lps_from_ijk,
            naming=Naming(
                name=region.name,
                colour_rgb=region_rgb(
                    region.name, index=index, own_rgb=region.colour_rgb, finding_rgb=finding_rgb
                ),
                frame_of_reference=regions.frame_of_reference,
                patient=regions.identity.patient,
                badges=regions.badges,
            ),
            number=region.number,
        )
        for index, region in enumerate(regions.segments)
        if region.mask_kji.any()
    )


def _shown(
    points_mm: Float64Array, triangles: NDArray[np.int32], *, volume_mm3: float, naming: Naming
) -> Mesh | None:
    """The smoothest mesh that keeps the volume; None where even the gentlest does not."""
    for pass_band in PASS_BANDS:
        smooth_mm = windowed_sinc(points_mm, triangles, pass_band=pass_band)
        shown = _simple(smooth_mm, triangles, volume_mm3=volume_mm3)
        if shown is not None:
            return _mesh(*shown, naming)
    return None


def _shown_between_slices(
    mask_kji: NDArray[np.bool_], lps_from_ijk: Float64Array, *, volume_mm3: float, naming: Naming
) -> Mesh | None:
    """A mesh without the steps of thick slices; None where it does not keep shape and volume."""
    surface = surface_between_slices(mask_kji, lps_from_ijk=lps_from_ijk, volume_mm3=volume_mm3)
    if surface is None:
        return None
    points_mm = moved(surface[0], target_from_source=lps_from_ijk)
    shown = _simple(points_mm, surface[1], volume_mm3=volume_mm3)
    return None if shown is None else _mesh(*shown, naming)


def _simple(
    points_mm: Float64Array, triangles: NDArray[np.int32], *, volume_mm3: float
) -> tuple[NDArray[np.float32], NDArray[np.int32]] | None:
    """The mesh, simplified where large; None where its volume is not the measured one."""
    shown = simplified(
        points_mm.astype(np.float32), triangles, triangle_count_max=SHOWN_TRIANGLES_MAX
    )
    is_true = abs(volume_of(*shown) / volume_mm3 - 1.0) <= VOLUME_ERROR_MAX
    return shown if is_true else None


def _mesh(
    points_mm: NDArray[np.float32] | Float64Array, triangles: NDArray[np.int32], naming: Naming
) -> Mesh:
    return Mesh(
        name=naming.name,
        points_mm_n3=points_mm.astype(np.float32),
        triangles_n3=triangles,
        colour_rgb=naming.colour_rgb,
        frame_of_reference=naming.frame_of_reference,
        patient=naming.patient,
        badges=naming.badges,
    )
