"""Mesh files into arrays: STL, OBJ, PLY, GLB and glTF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from metaviewer.errors import Refused
from metaviewer.jail import Arrays, Door, Header, Json
from metaviewer.surface.answered import answer, parts_of
from metaviewer.surface.parts import FILE_BYTES_MAX

COMPANION_BYTES_MAX: Final = 256 << 20


def read_mesh(
    places: Sequence[Path], arguments: Mapping[str, Json], door: Door
) -> tuple[Header, Arrays]:
    """The mesh in the first of `places`; the others lie beside it and are read where it names them.

    Parameters
    ----------
    arguments : {"mm_per_unit": float}
        Length of the file's unit.

    Returns
    -------
    header, arrays
        As `answered.answer` gives them.

    Raises
    ------
    Refused
        As `open_meshes`.
    """
    kind = places[0].suffix.lower().removeprefix(".")
    companions = _Beside({path.name: path for path in places[1:]})
    file = parts_of(_read(places[0], FILE_BYTES_MAX), kind=kind, companions=companions)
    return answer(file, kind=kind, mm_per_unit=float(str(arguments["mm_per_unit"])), door=door)


class _Beside(Mapping[str, bytes]):
    """Files that lie beside the mesh, read when they are asked for by name."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = paths

    def __getitem__(self, name: str) -> bytes:
        return _read(self._paths[name], COMPANION_BYTES_MAX)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _read(path: Path, bytes_max: int) -> bytes:
    try:
        stored_bytes = path.stat().st_size
        if stored_bytes > bytes_max:
            raise Refused(
                "",
                "size",
                f"{stored_bytes} bytes, the limit is {bytes_max}",
                remedy="simplify the mesh",
            )
        return path.read_bytes()
    except OSError as error:
        raise Refused(
            "", "path", f"cannot be read ({type(error).__name__})", remedy="check the path"
        ) from error
