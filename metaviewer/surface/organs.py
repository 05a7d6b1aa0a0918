"""Surfaces of regions: one mesh that is measured, one that is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import GeometryError
from metaviewer.frames import Float64Array, moved
from metaviewer.jail import AnyArray, Arrays, Door, Header, Json, Workshop
from metaviewer.surface.between_slices import surface_between_slices
from metaviewer.surface.marching import mask_surface, windowed_sinc
from metaviewer.surface.mesh import Mesh
from metaviewer.surface.palette import Rgb, region_colours
from metaviewer.surface.simplify import simplified
from metaviewer.surface.triangles import volume_of

VOLUME_ERROR_MAX: Final = 0.02
"""Share of the measured volume by which the shown mesh may differ (medical_io section 3)."""
PASS_BANDS: Final = (0.1, 0.3, 0.6)
"""From smooth to gentle: a small or thin region takes only the gentle ones without shrinking."""
SHOWN_TRIANGLES_MAX: Final = 200_000

_Shape = tuple[NDArray[np.float32], NDArray[np.int32]]
"""Points and triangles."""


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


class Regions(Protocol):
    """What all regions of one object say together."""

    @property
    def frame_of_reference(self) -> str:
        """Token of the frame in which the regions lie."""

    @property
    def identity(self) -> Whose:
        """Whose regions they are."""

    @property
    def badges(self) -> tuple[str, ...]:
        """What must be said about the regions."""


class MaskedRegions(Regions, Protocol):
    """Regions of one object: what `medical.Segments` is."""

    @property
    def segments(self) -> Sequence[MaskedRegion]:
        """The regions; they may overlap."""


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
    workshop: Workshop | None = None,
) -> Organ:
    """Surface around the voxels of a mask, in LPS mm, triangles outward.

    The surface runs half way between voxel centres inside and outside (discrete flying edges), so
    sheared and anisotropic grids are exact.

    Parameters
    ----------
    mask_kji : bool array of shape (slices, rows, columns)
    lps_from_ijk : array of shape (4, 4)
        Voxel centres to LPS in mm; determinant above zero, may be sheared.
    workshop : Workshop or None
        Where to compute, so that this process goes on drawing; None for here.

    Raises
    ------
    GeometryError
        If the mask is empty, or the grid is mirrored or flat.
    Refused
        If the workshop has no memory or time for it.

    References
    ----------
    IBSI reference manual, morphological features: mesh-based volume at level 0.5.
    """
    if not np.linalg.det(lps_from_ijk[:3, :3]) > 0.0:
        raise GeometryError("a mask's axes are mirrored or flat: left and right would swap")
    if not mask_kji.any():
        raise GeometryError("a mask without a voxel has no surface")
    arrays: Arrays = {"mask_kji": mask_kji}
    arguments: Header = {"lps_from_ijk": lps_from_ijk.ravel().tolist()}
    if workshop is None:
        header, found = mask_shapes(arrays, arguments)
    else:
        answer = workshop.compute(f"{__name__}:mask_shapes", arrays, arguments)
        header, found = answer.header, answer.arrays
    measured = _mesh(found, "measured", naming)
    shown = _mesh(found, "shown", naming) if "shown_points" in found else measured
    return Organ(
        number=number,
        name=naming.name,
        measured=measured,
        shown=shown,
        volume_mm3=float(str(header["volume_mm3"])),
    )


def from_segments(
    regions: MaskedRegions, *, finding_rgb: Rgb | None = None, workshop: Workshop | None = None
) -> tuple[Organ, ...]:
    """One organ for each region that has a voxel.

    Parameters
    ----------
    finding_rgb : colour or None
        Colour of the finding instead of the file's own, where the object holds just one: several
        (the outlines of several readers) keep the colours that tell them apart.
    workshop : Workshop or None
        Where to compute, so that this process goes on drawing; None for here.

    Raises
    ------
    GeometryError
        If a region's grid is mirrored or flat.
    Refused
        If the workshop has no memory or time for a region.
    """
    names = [region.name for region in regions.segments]
    own = [region.colour_rgb for region in regions.segments]
    return tuple(
        from_mask(
            region.mask_kji,
            lps_from_ijk=region.lps_from_ijk,
            naming=Naming(
                name=region.name,
                colour_rgb=colour_rgb,
                frame_of_reference=regions.frame_of_reference,
                patient=regions.identity.patient,
                badges=regions.badges,
            ),
            number=region.number,
            workshop=workshop,
        )
        for region, colour_rgb in zip(
            regions.segments, region_colours(names, own, finding_rgb=finding_rgb), strict=True
        )
        if region.mask_kji.any()
    )


def mask_shapes(
    arrays: Mapping[str, AnyArray], arguments: Mapping[str, Json], _door: Door | None = None
) -> tuple[Header, Arrays]:
    """Measured and shown surface of one mask, in mm: the part that may run in the workshop.

    Parameters
    ----------
    arrays : {"mask_kji": bool array with a voxel set}
    arguments : {"lps_from_ijk": 16 numbers, row by row}

    Returns
    -------
    header : {"volume_mm3": float}
    arrays : {"measured_points", "measured_triangles", "shown_points", "shown_triangles"}
        float32 (n, 3) and int32 (m, 3); nothing is shown where the measured surface is.
    """
    mask_kji = arrays["mask_kji"]
    lps_from_ijk = np.array(arguments["lps_from_ijk"], dtype=np.float64).reshape(4, 4)
    points_ijk, triangles = mask_surface(mask_kji)
    points_mm = moved(points_ijk, target_from_source=lps_from_ijk)
    volume_mm3 = volume_of(points_mm, triangles)
    found: Arrays = {
        "measured_points": points_mm.astype(np.float32),
        "measured_triangles": triangles,
    }
    between = surface_between_slices(mask_kji, lps_from_ijk=lps_from_ijk, volume_mm3=volume_mm3)
    shown = None
    if between is not None:
        between_mm = moved(between[0], target_from_source=lps_from_ijk)
        shown = _simple(between_mm, between[1], volume_mm3=volume_mm3)
    if shown is None:
        shown = _smoothed(points_mm, triangles, volume_mm3=volume_mm3)
    if shown is not None:
        found |= {"shown_points": shown[0], "shown_triangles": shown[1]}
    return {"volume_mm3": volume_mm3}, found


def _smoothed(
    points_mm: Float64Array, triangles: NDArray[np.int32], *, volume_mm3: float
) -> _Shape | None:
    """The smoothest surface that keeps the volume; None where even the gentlest does not."""
    for pass_band in PASS_BANDS:
        smooth_mm = windowed_sinc(points_mm, triangles, pass_band=pass_band)
        shown = _simple(smooth_mm, triangles, volume_mm3=volume_mm3)
        if shown is not None:
            return shown
    return None


def _simple(
    points_mm: Float64Array, triangles: NDArray[np.int32], *, volume_mm3: float
) -> _Shape | None:
    """The surface, simplified where large; None where its volume is not the measured one."""
    shown = simplified(
        points_mm.astype(np.float32), triangles, triangle_count_max=SHOWN_TRIANGLES_MAX
    )
    is_true = abs(volume_of(*shown) / volume_mm3 - 1.0) <= VOLUME_ERROR_MAX
    return shown if is_true else None


def _mesh(found: Mapping[str, AnyArray], which: str, naming: Naming) -> Mesh:
    return Mesh(
        name=naming.name,
        points_mm_n3=found[f"{which}_points"],
        triangles_n3=found[f"{which}_triangles"],
        colour_rgb=naming.colour_rgb,
        frame_of_reference=naming.frame_of_reference,
        patient=naming.patient,
        badges=naming.badges,
    )
