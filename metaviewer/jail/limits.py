"""How much one call may use, and what each room's zygote holds ready."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

GIB: Final = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one child may use before it is ended.

    Parameters
    ----------
    memory_bytes : int
        Memory of the child on top of the parsers it starts with, its answer included.
    cpu_s : int
        Seconds of processor time. A busy machine does not use them up.
    wall_s : float
        Seconds until the viewer stops waiting.
    file_count : int
        Files open at the same time.
    threads : bool
        Whether the child may start threads. No parser of ours needs them.
    """

    memory_bytes: int = 4 * GIB
    cpu_s: int = 60
    wall_s: float = 180.0
    file_count: int = 64
    threads: bool = False

    def __post_init__(self) -> None:
        """Refuse limits that the kernel would take as none."""
        assert self.memory_bytes > 0
        assert self.cpu_s >= 1
        assert 0 < self.wall_s < float("inf")
        assert self.file_count >= 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What one zygote serves: its limits, and the modules it imports before the first call."""

    limits: Limits
    preload: tuple[str, ...]


WORK: Final = "work"
"""The room of trusted computing on our own arrays; see `workshop.py`."""

ROOMS: Final = MappingProxyType(
    {
        "medical": Room(
            limits=Limits(memory_bytes=8 * GIB, cpu_s=180, wall_s=400.0),
            preload=(
                "pydicom",
                "pydicom.encaps",
                "pydicom.pixels",
                "pydicom.pixels.decoders",
                "openjpeg",
                "rle",
                "jpeg_ls",
                "gdcm",
                "nibabel",
            ),
        ),
        "surface": Room(
            limits=Limits(),
            preload=("trimesh", "PIL.Image", "PIL.PngImagePlugin", "PIL.JpegImagePlugin"),
        ),
        # Geometry of one large model takes minutes; its reader is called for batches of elements.
        "building": Room(
            limits=Limits(cpu_s=300, wall_s=700.0),
            preload=(
                "ifcopenshell",
                "ifcopenshell.geom",
                "ifcopenshell.util.element",
                "ifcopenshell.util.placement",
                "ifcopenshell.util.unit",
            ),
        ),
        "twin": Room(
            limits=Limits(memory_bytes=2 * GIB, cpu_s=30, wall_s=90.0),
            preload=("openpyxl", "rdflib"),
        ),
        WORK: Room(
            limits=Limits(memory_bytes=8 * GIB, cpu_s=600, wall_s=900.0, threads=True),
            preload=(
                "scipy.ndimage",
                "vtkmodules.util.numpy_support",
                "vtkmodules.vtkFiltersCore",
                "vtkmodules.vtkFiltersGeneral",
            ),
        ),
    }
)

BARE_ROOM: Final = Room(limits=Limits(), preload=())
"""A room of no parsers, for tests and for asking what the machine can lock."""
