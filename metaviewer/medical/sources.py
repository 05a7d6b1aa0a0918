"""The files behind a place: single ones, those of a folder, members of a zip; never written."""

from __future__ import annotations

import mmap
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from metaviewer.errors import Refused
from metaviewer.jail import Json
from metaviewer.jail.sizes import GIB, zip_contents

Bytes: TypeAlias = "bytes | memoryview"

FILE_COUNT_MAX: Final = 100_000
FILE_BYTES_MAX: Final = 16 * GIB
FOLDER_DEPTH_MAX: Final = 16
HEAD_BYTES: Final = 16384
"""The headers of most CT and MR images end within this (measured: 300 series of five makers)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file: which of the call's places, the path below it, and the member of a zip."""

    place: int
    below: str = ""
    member: str = ""

    def path(self, places: Sequence[Path]) -> Path:
        """Where the file, or the zip that holds it, is."""
        return places[self.place] / self.below if self.below else places[self.place]

    def path_text(self, places: Sequence[Path]) -> str:
        """The same as text: for who opens hundreds."""
        place = str(places[self.place])
        return os.path.join(place, self.below) if self.below else place

    @property
    def name(self) -> str:
        """File name in small letters, for its suffix; of the member where there is one."""
        return (self.member or self.below).rpartition("/")[2].lower()

    def folder(self, places: Sequence[Path]) -> tuple[Path, str]:
        """Where the file lies: its folder; of a member the zip, and the folder in it."""
        path = self.path(places)
        return (path, self.member.rpartition("/")[0]) if self.member else (path.parent, "")

    def row(self) -> list[Json]:
        """As JSON."""
        return [self.place, self.below, self.member]


def source_from(row: Json) -> Source:
    """The Source that `Source.row` wrote; what it names stays below its place."""
    assert isinstance(row, list)
    place, below, member = row
    assert isinstance(place, int)
    assert isinstance(below, str)
    assert isinstance(member, str)
    if os.path.isabs(below) or (".." in below and ".." in Path(below).parts):
        raise Refused("", "path", "a file lies outside its folder")
    return Source(place=place, below=below, member=member)


@dataclass(slots=True, eq=False, kw_only=True)
class Content:
    """An open file: its first bytes at once, all of it when asked for."""

    head: bytes
    size: int
    _file: int = -1
    _inflated: bytes | None = None
    _mapped: mmap.mmap | None = None

    def whole(self) -> Bytes:
        """All bytes; pages of a file are read as they are touched."""
        if self._inflated is not None:
            return self._inflated
        if self.size <= len(self.head):
            return self.head
        if self._mapped is None:
            self._mapped = mmap.mmap(self._file, self.size, prot=mmap.PROT_READ)
        return memoryview(self._mapped)


@contextmanager
def opened(source: Source, places: Sequence[Path]) -> Iterator[Content]:
    """Content of one file; a member of a zip is inflated in memory, within the limits."""
    if source.member:
        path = source.path(places)
        content = next(iter(zip_contents(path, (source.member,))), ("", b""))[1]
        yield Content(head=content[:HEAD_BYTES], size=len(content), _inflated=content)
        return
    descriptor = os.open(source.path_text(places), os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        if size > FILE_BYTES_MAX:
            raise Refused("", "size", f"a file of {size / GIB:.0f} GiB")
        yield Content(head=os.pread(descriptor, HEAD_BYTES, 0), size=size, _file=descriptor)
    finally:
        os.close(descriptor)


def is_dicom_head(head: bytes, *, name: str) -> bool:
    """Whether a file begins as DICOM does: by the mark, or as a data set that has no meta group."""
    if head[128:132] == b"DICM":
        return True
    return "." not in name and head[:2] == b"\x08\x00" and head[3:4] == b"\x00"


def sources_of(places: Sequence[Path]) -> Iterator[Source]:
    """Every regular file of the places, by name; links are not followed out of them.

    Hidden files are left alone: what a Mac writes beside each file it copies ends in .dcm too.
    """
    count = 0
    for index, place in enumerate(places):
        for below in _files_below(place) if place.is_dir() else [""]:
            count += 1
            if count > FILE_COUNT_MAX:
                raise Refused("", "size", f"more than {FILE_COUNT_MAX} files")
            yield Source(place=index, below=below)


def _files_below(folder: Path) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        inside = Path(root).relative_to(folder)
        depth, lead = len(inside.parts), str(inside) if inside.parts else ""
        is_deep = depth >= FOLDER_DEPTH_MAX
        folders[:] = [] if is_deep else sorted(name for name in folders if name[0] != ".")
        for file in sorted(files):
            path = os.path.join(root, file)  # a Path takes four times as long, a file
            if file[0] != "." and _is_regular(path):
                yield os.path.join(lead, file)


def _is_regular(path: str) -> bool:
    """Whether it is a file itself, neither a link to one nor gone by now."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False
