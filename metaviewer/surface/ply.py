"""PLY, text and binary: points, polygons and whatever else a writer declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import Refused
from metaviewer.surface.parts import (
    AGAIN,
    TEXT_BYTES_MAX,
    MeshFile,
    Rgb,
    check_counts,
    checked_part,
    fans,
)

HEADER_BYTES_MAX: Final = 1 << 16
CORNER_COUNT_MAX: Final = 100_000
KINDS: Final = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1",
    "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
ORDERS: Final = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
CORNER_LISTS: Final = ("vertex_indices", "vertex_index")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Property:
    """One column; `length_kind` is "" unless it is a list."""

    name: str
    kind: str
    length_kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Element:
    """One table of the file."""

    name: str
    count: int
    properties: tuple[_Property, ...]

    @property
    def is_flat(self) -> bool:
        return not any(column.length_kind for column in self.properties)

    @property
    def row_bytes_min(self) -> int:
        kinds = (column.length_kind or column.kind for column in self.properties)
        return sum(np.dtype(kind).itemsize for kind in kinds)


def ply_parts(content: bytes) -> MeshFile:
    """The one part of a PLY file, polygons cut into triangles.

    Raises
    ------
    Refused
        "format" for a broken header, "size" where the declared rows are not there, "numbers" for
        coordinates and corners that are none, "empty" where there is no face.
    """
    if not content:
        raise Refused("", "empty", "holds 0 bytes", remedy=AGAIN)
    order, elements, body_at, remark = _header(content)
    found = {element.name: element for element in elements}
    if "vertex" not in found or not found["vertex"].count:
        raise Refused("", "empty", "holds no point", remedy=AGAIN)
    if "face" not in found or not found["face"].count:
        raise Refused("", "empty", "holds points but no face", remedy=AGAIN)
    check_counts(triangle_count=found["face"].count)
    body = _TextBody(content[body_at:]) if not order else _BinaryBody(content[body_at:], order)
    vertices, (corners, counts) = _tables(elements, body)
    if counts.min() < 3:
        raise Refused("", "geometry", f"a face of {counts.min()} corners", remedy=AGAIN)
    check_counts(triangle_count=int((counts - 2).sum()))
    points = np.stack([vertices[axis] for axis in "xyz"], axis=1)
    part = checked_part(
        name="", points_n3=points, triangles_n3=fans(corners, counts), colour_rgb=_colour(vertices)
    )
    return MeshFile(parts=(part,), remark=remark)


def _tables(
    elements: list[_Element], body: _TextBody | _BinaryBody
) -> tuple[dict[str, NDArray[np.float64]], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Columns of the points, and the corners of the faces; other tables are passed over."""
    vertices: dict[str, NDArray[np.float64]] = {}
    faces: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
    for element in elements:
        body.check_room(element)
        if element.name == "face":
            faces = body.lists(element, wanted=CORNER_LISTS)
        elif element.is_flat:
            columns = body.flat(element)
            vertices = columns if element.name == "vertex" else vertices
        else:
            body.lists(element, wanted=())
        if vertices and faces is not None:
            break
    if faces is None or not all(axis in vertices for axis in "xyz"):
        raise Refused("", "format", "its points have no x, y and z", remedy=AGAIN)
    return vertices, faces


def _header(content: bytes) -> tuple[str, list[_Element], int, str]:
    """Byte order ("" for text), tables, where the rows begin, and the comments."""
    head = content[:HEADER_BYTES_MAX]
    end = head.find(b"end_header")
    line_end = head.find(b"\n", end)
    if not head.startswith(b"ply") or end < 0 or line_end < 0:
        raise Refused("", "format", "no PLY header with its end", remedy=AGAIN)
    order, elements, comments = None, [], []
    for line in head[:end].decode("latin-1").splitlines()[1:]:
        words = line.split()
        match words:
            case ["format", str(name), _] if name in ORDERS:
                order = ORDERS[name]
            case ["element", str(name), str(count)] if count.isdecimal():
                elements.append(_Element(name=name, count=int(count), properties=()))
            case ["property", "list", str(length), str(kind), str(name)] if elements:
                column = _Property(name=name, kind=_kind(kind), length_kind=_kind(length))
                elements[-1] = _with(elements[-1], column)
            case ["property", str(kind), str(name)] if elements:
                elements[-1] = _with(elements[-1], _Property(name=name, kind=_kind(kind)))
            case ["comment" | "obj_info", *_]:
                comments.append(line)
            case []:
                pass
            case _:
                raise Refused("", "format", "a PLY header line of unknown form", remedy=AGAIN)
    if order is None:
        raise Refused("", "format", "the PLY header names no format", remedy=AGAIN)
    return order, elements, line_end + 1, "\n".join(comments)


def _with(element: _Element, column: _Property) -> _Element:
    return _Element(
        name=element.name, count=element.count, properties=(*element.properties, column)
    )


def _kind(name: str) -> str:
    if name not in KINDS:
        raise Refused("", "format", "a PLY property of unknown type", remedy=AGAIN)
    return KINDS[name]


class _BinaryBody:
    """Rows as bytes, read front to back."""

    def __init__(self, content: bytes, order: str) -> None:
        self._content = content
        self._order = order
        self._at = 0

    def check_room(self, element: _Element) -> None:
        """Refuse a table that cannot be there, before anything is made for it."""
        needed = element.count * element.row_bytes_min
        if needed > len(self._content) - self._at:
            raise Refused(
                "",
                "size",
                f"its {element.count} rows need {needed} bytes, "
                f"{len(self._content) - self._at} are there",
                remedy=AGAIN,
            )

    def flat(self, element: _Element) -> dict[str, NDArray[np.float64]]:
        """Columns of a table without lists."""
        names = [f"c{index}" for index in range(len(element.properties))]
        kinds = [self._order + column.kind for column in element.properties]
        row = np.dtype(list(zip(names, kinds, strict=True)))
        rows = np.frombuffer(self._content, row, element.count, self._at)
        self._at += element.count * row.itemsize
        return {
            column.name: rows[name].astype(np.float64)
            for name, column in zip(names, element.properties, strict=True)
        }

    def lists(
        self, element: _Element, *, wanted: tuple[str, ...]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Corners of all rows in one run, and how many each row has."""
        even = self._even_lists(element, wanted)
        if even is not None:
            return even
        corners: list[NDArray[np.int64]] = []
        for _ in range(element.count):
            corners.append(np.zeros(0, np.int64))
            for column in element.properties:
                length = _length(self._take(column.length_kind, 1)) if column.length_kind else 1
                values = self._take(column.kind, length)
                if column.name in wanted:
                    corners[-1] = _whole(values)
        return _run(corners)

    def _even_lists(
        self, element: _Element, wanted: tuple[str, ...]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """All rows at once where the only column is a list that is as long in every row."""
        if len(element.properties) != 1 or element.properties[0].name not in wanted:
            return None
        column = element.properties[0]
        length_bytes = np.dtype(column.length_kind).itemsize
        length = _length(
            np.frombuffer(self._content, self._order + column.length_kind, 1, self._at)
        )
        row = np.dtype(
            [("n", self._order + column.length_kind), ("v", self._order + column.kind, length)]
        )
        assert row.itemsize == length_bytes + length * np.dtype(column.kind).itemsize
        if element.count * row.itemsize > len(self._content) - self._at:
            return None
        rows = np.frombuffer(self._content, row, element.count, self._at)
        if not (rows["n"] == length).all():
            return None
        self._at += element.count * row.itemsize
        return _whole(rows["v"]).ravel(), np.full(element.count, length, np.int64)

    def _take(self, kind: str, count: int) -> NDArray[np.int64] | NDArray[np.float64]:
        dtype = np.dtype(self._order + kind)
        if count * dtype.itemsize > len(self._content) - self._at:
            raise Refused("", "size", "its rows break off", remedy=AGAIN)
        values = np.frombuffer(self._content, dtype, count, self._at)
        self._at += count * dtype.itemsize
        return values


class _TextBody:
    """Rows as words, read front to back."""

    def __init__(self, content: bytes) -> None:
        if len(content) > TEXT_BYTES_MAX:
            raise Refused(
                "", "size", f"{len(content)} bytes of text, the limit is {TEXT_BYTES_MAX}"
            )
        self._words = content.split()
        self._at = 0

    def check_room(self, element: _Element) -> None:
        """See `_BinaryBody.check_room`."""
        needed = element.count * len(element.properties)
        if needed > len(self._words) - self._at:
            raise Refused(
                "",
                "size",
                f"its {element.count} rows need {needed} numbers, "
                f"{len(self._words) - self._at} are there",
                remedy=AGAIN,
            )

    def flat(self, element: _Element) -> dict[str, NDArray[np.float64]]:
        """See `_BinaryBody.flat`."""
        width = len(element.properties)
        rows = self._take(element.count * width).reshape(element.count, width)
        return {column.name: rows[:, n] for n, column in enumerate(element.properties)}

    def lists(
        self, element: _Element, *, wanted: tuple[str, ...]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """See `_BinaryBody.lists`."""
        corners: list[NDArray[np.int64]] = []
        for _ in range(element.count):
            corners.append(np.zeros(0, np.int64))
            for column in element.properties:
                length = _length(self._take(1)) if column.length_kind else 1
                values = self._take(length)
                if column.name in wanted:
                    corners[-1] = _whole(values)
        return _run(corners)

    def _take(self, count: int) -> NDArray[np.float64]:
        words = self._words[self._at : self._at + count]
        if len(words) < count:
            raise Refused("", "size", "its rows break off", remedy=AGAIN)
        self._at += count
        try:
            values = np.array(words, dtype=np.float64)
        except ValueError as error:
            raise Refused("", "numbers", "a value is no number", remedy=AGAIN) from error
        return values


def _length(values: NDArray[Any]) -> int:
    """How many numbers a list has."""
    if not 0 <= values[0] <= CORNER_COUNT_MAX:
        raise Refused("", "size", "a list longer than any face", remedy=AGAIN)
    return int(values[0])


def _whole(values: NDArray[Any]) -> NDArray[np.int64]:
    """Corners as whole numbers."""
    if values.dtype.kind == "f" and not (np.abs(values) < 2**53).all():
        raise Refused("", "numbers", "a corner is no whole number", remedy=AGAIN)
    return values.astype(np.int64)


def _run(rows: list[NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.concatenate(rows), np.array([len(row) for row in rows], dtype=np.int64)


def _colour(vertices: dict[str, NDArray[np.float64]]) -> Rgb | None:
    """Mean colour of the points, bytes in display sRGB."""
    if not all(name in vertices for name in ("red", "green", "blue")):
        return None
    mean = np.array([vertices[name].mean() for name in ("red", "green", "blue")]) / 255.0
    if not ((mean >= 0.0) & (mean <= 1.0)).all():
        return None
    return float(mean[0]), float(mean[1]), float(mean[2])
