"""Which room reads which file of a place, and what is left: unread, closed or named wrongly."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from metaviewer import building, medical
from metaviewer.errors import Refused

BUILDING_SUFFIXES: Final = frozenset({".ifc", ".ifczip", ".ifcxml"})
MESH_SUFFIXES: Final = frozenset({".stl", ".obj", ".ply", ".glb", ".gltf", ".vtk", ".off"})
OWNERS_OF_COMPANIONS: Final = {
    ".mtl": (".obj",),
    ".bin": (".gltf",),
    ".raw": (".mhd", ".nhdr"),
    ".zraw": (".mhd",),
    ".gz": (".nhdr",),
    ".img": (".mhd", ".nhdr"),
}
"""What is read with another file of the same folder, or not at all."""
NO_DATA_SUFFIXES: Final = frozenset(
    {".txt", ".md", ".json", ".xml", ".csv", ".html", ".pdf", ".mtl", ".bin", ".toml", ".py"}
    | {".jpg", ".jpeg", ".png", ".gif", ".svg", ".mp4", ".yaml", ".yml", ".exe", ".ini", ".inf"}
)
"""What lies beside data in folders and on discs; only by its first bytes is it something else."""
FILES_MAX: Final = 100_000
SUFFIXES_SAID_MAX: Final = 6
SUFFIX: Final = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}")
"""An ending of another form may be a part of a name, or a date."""
HEAD_BYTES: Final = 348
"""A NIfTI header; the marks of all others come sooner."""
RIGHT_TO_READ: Final = "ask for the right to read it, or open a copy that you may read"

KNOWS_EFFECTIVE_IDS: Final = os.access in os.supports_effective_ids

Room = Literal["building", "mesh", "image", "misnamed", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The files of one place by the room that reads them.

    Parameters
    ----------
    misnamed : tuple of (Path, str)
        Files that are known by their first bytes and not by their names, and how to name them.
    closed : tuple of Path
        Files and folders that this user may not read.
    others : tuple of Path
        What no room reads.
    is_whole : bool
        Whether the folder holds images and `others` alone, so that it can be read as it is.
    """

    buildings: tuple[Path, ...] = ()
    meshes: tuple[Path, ...] = ()
    images: tuple[Path, ...] = ()
    misnamed: tuple[tuple[Path, str], ...] = ()
    closed: tuple[Path, ...] = ()
    others: tuple[Path, ...] = ()
    is_whole: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read, and nothing that should have been read."""
        return not (self.buildings or self.meshes or self.images or self.misnamed or self.closed)


def check_place(place: str) -> None:
    """Refuse a place that leads nowhere, or that this user may not ask for.

    Raises
    ------
    Refused
        "path".
    """
    try:
        mode = Path(place).stat().st_mode
    except PermissionError as error:
        raise closed_place(place) from error
    # The system cannot even ask for a name of more than 255 bytes, or with a zero in it.
    except (OSError, ValueError) as error:
        reason = "there is nothing here"
        raise Refused(place, "path", reason, remedy="check the path") from error
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise Refused(place, "path", "not a file or folder", remedy="check the path")


def closed_place(place: str) -> Refused:
    """What is said of a file or folder that this user may not read."""
    return Refused(place, "path", "cannot be read: permission denied", remedy=RIGHT_TO_READ)


def sorted_files(path: Path) -> Sorted:
    """Files of a file or folder, sorted by room and name; hidden ones are not looked at.

    Raises
    ------
    Refused
        "size" for a folder of more than `FILES_MAX` files.
    """
    walk = _Walk()
    if path.is_file():
        walk.take(path, is_named=True)
    else:
        for file in walk.files_below(path):
            walk.take(file, is_named=False)
    return walk.result()


def names_of_suffixes(files: Sequence[Path]) -> str:
    """``.jpg, .pdf, others``: the endings of files, the most frequent first."""
    counts = Counter(file.suffix.lower() for file in files if SUFFIX.fullmatch(file.suffix))
    known = [suffix for suffix, _ in counts.most_common(SUFFIXES_SAID_MAX)]
    is_all = all(file.suffix.lower() in known for file in files)
    return ", ".join(known if is_all else [*known, "others"])


@dataclass(slots=True, eq=False, kw_only=True)
class _Walk:
    """What a walk over one place found so far."""

    rooms: dict[Room, list[Path]] = field(default_factory=dict)
    right_names: list[str] = field(default_factory=list)
    closed: list[Path] = field(default_factory=list)
    has_links: bool = False

    def files_below(self, folder: Path) -> Iterator[Path]:
        """Yield every file by name, folders in their place; links lead to files, not to folders."""
        count = 0
        waiting = [folder]
        while waiting:
            folders, files = self._listed(waiting.pop())
            waiting += reversed(folders)
            count += len(files)
            if count > FILES_MAX:
                reason = f"more than {FILES_MAX:,} files"
                raise Refused(str(folder), "size", reason, remedy="choose a folder inside it")
            yield from files

    def _listed(self, folder: Path) -> tuple[list[Path], list[Path]]:
        folders: list[Path] = []
        files: list[Path] = []
        try:
            with os.scandir(folder) as entries:
                for entry in sorted(entries, key=lambda one: one.name):
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
                    elif entry.is_file():
                        files.append(Path(entry.path))
                        self.has_links = self.has_links or entry.is_symlink()
        except PermissionError:
            self.closed.append(folder)
        except OSError as error:
            reason = f"it cannot be read ({error.strerror})"
            raise Refused(
                str(folder), "path", reason, remedy="check the disk it lies on"
            ) from error
        return folders, files

    def take(self, file: Path, *, is_named: bool) -> None:
        """Give a file to the room that its name or its first bytes tell."""
        if not os.access(file, os.R_OK, effective_ids=KNOWS_EFFECTIVE_IDS):
            self.closed.append(file)
            return
        room = _room_by_name(file)
        if not room:
            room, right_name = _room_by_head(file)
            self.right_names += [right_name] if room == "misnamed" else []
        if not room and is_named and file.suffix.lower() not in NO_DATA_SUFFIXES:
            room = "image"
        self.rooms.setdefault(room, []).append(file)

    def result(self) -> Sorted:
        found = {room: tuple(files) for room, files in self.rooms.items()}
        own = ("building", "mesh", "misnamed")
        return Sorted(
            buildings=found.get("building", ()),
            meshes=found.get("mesh", ()),
            images=found.get("image", ()),
            misnamed=tuple(zip(found.get("misnamed", ()), self.right_names, strict=True)),
            closed=tuple(self.closed),
            others=_without_companions(found),
            is_whole=not (self.closed or self.has_links or any(room in found for room in own)),
        )


def _room_by_name(file: Path) -> Room:
    suffix = file.suffix.lower()
    if suffix in BUILDING_SUFFIXES or building.metadata_place(file) is not None:
        return "building"
    if suffix in MESH_SUFFIXES:
        return "mesh"
    is_image = suffix == ".zip" or (bool(suffix) and medical.is_medical_name(file))
    return "image" if is_image else ""


def _room_by_head(file: Path) -> tuple[Room, str]:
    """The room that a file's first bytes tell, and the ending it should have had."""
    try:
        with file.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return "image", ""  # its room says why it cannot be read
    if medical.is_dicom_head(head, name=file.name):
        return "image", ""
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:12] == b"ISO-10303-21":
        return "building", ""
    if head[:4] == b"glTF":
        return "misnamed", ".glb"
    if head[:4] == b"NRRD":
        return "misnamed", ".nrrd"
    if head[344:348] in (b"n+1\0", b"ni1\0") or head[4:8] == b"n+2\0":
        return "misnamed", ".nii"
    if head[:4] == b"PK\3\4" and not file.suffix:  # a document of an office is a zip, too
        return "misnamed", ".zip"
    return "", ""


def _without_companions(found: dict[Room, tuple[Path, ...]]) -> tuple[Path, ...]:
    """The unread files but those that a sound file beside them is read with."""
    owners = {(file.parent, file.suffix.lower()) for files in found.values() for file in files}
    metadata = {building.metadata_place(file) for file in found.get("building", ())}

    def is_companion(file: Path) -> bool:
        wanted = OWNERS_OF_COMPANIONS.get(file.suffix.lower(), ())
        return file in metadata or any((file.parent, owner) in owners for owner in wanted)

    return tuple(file for file in found.get("", ()) if not is_companion(file))
