"""The answer of a child, checked by the viewer as if an attacker had written it."""

from __future__ import annotations

import json
import math
import mmap
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from metaviewer.errors import WORDS, Refused
from metaviewer.jail.door import (
    ARRAY_COUNT_MAX,
    AXIS_COUNT_MAX,
    DTYPES,
    MAY_BE_NAN,
    NAME_LENGTH_MAX,
    AnyArray,
    Arrays,
    Header,
)
from metaviewer.jail.wire import HEADER_BYTES_MAX, is_sealed, plain

PLACE_LENGTH_MAX: Final = 200
REASON_LENGTH_MAX: Final = 300
REMEDY_LENGTH_MAX: Final = 200

HEADER_VALUES_MAX: Final = 4_000_000  # a value costs about 60 bytes once it is a Python object
HEADER_DEPTH_MAX: Final = 32
COUNT_MAX: Final = 1 << 62
FINITE_CHUNK: Final = 1 << 20  # values looked at in one go, so that the check needs no second copy

_CLASS_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Answer:
    """What a reader found.

    Parameters
    ----------
    header : dict
        JSON values; every number is finite.
    arrays : dict of name to array
        Read-only, little-endian, C-contiguous; they lie in the sealed memory of the answer, which
        is given back when the last of them is gone.
    missing_layers : tuple of str
        Locks that this machine could not put on the child. Not empty: badge `jail_layer_missing`.
    """

    header: Header
    arrays: Arrays
    missing_layers: tuple[str, ...] = ()


class Lie(Exception):
    """The answer contradicts itself: the child was taken over, or its reader is wrong."""


class NotFinite(Exception):
    """A number of the answer is NaN or infinite where that means nothing."""


def take_answer(
    memory: int, message: Mapping[str, Any], *, bytes_max: int
) -> tuple[Header, Arrays]:
    """Header and arrays that lie in `memory`.

    Parameters
    ----------
    memory : int
        Descriptor; stays open.
    message : mapping
        The child's last message: `header_offset` and `header_bytes`.
    bytes_max : int
        More than this cannot have been made honestly.

    Raises
    ------
    Lie
        If memory, header and arrays do not fit together.
    NotFinite
        If a number is not finite.
    """
    if not is_sealed(memory):
        raise Lie("memory is not sealed")
    size = os.fstat(memory).st_size
    if not 0 < size <= bytes_max:
        raise Lie("memory is larger than the call may use")
    # Private: before Linux 6.7 a shared mapping of memory sealed against writing is refused, even
    # for reading. Nothing is ever written, so nothing is copied.
    return take_bytes(mmap.mmap(memory, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ), message)


def take_bytes(content: bytes | mmap.mmap, message: Mapping[str, Any]) -> tuple[Header, Arrays]:
    """Header and arrays that lie in `content`, which nobody else can change; see `take_answer`."""
    offset, count = (_count(message.get(name)) for name in ("header_offset", "header_bytes"))
    if count > HEADER_BYTES_MAX or offset + count > len(content):
        raise Lie("header is too large")
    found = parse_header(bytes(content[offset : offset + count]))
    header, table = found.get("header"), found.get("arrays")
    if not isinstance(header, dict) or not isinstance(table, list):
        raise Lie("header has another form")
    if len(table) > ARRAY_COUNT_MAX:
        raise Lie("too many arrays")
    arrays = dict(_array(content, row) for row in table)
    if len(arrays) != len(table):
        raise Lie("two arrays of one name")
    check_finite(header, arrays)
    return header, arrays


def parse_header(content: bytes) -> dict[str, Any]:
    """The JSON object in `content`, every number of it finite.

    Raises
    ------
    Lie
        If it is no JSON object, nests too deep or holds too many values.
    NotFinite
        If it holds NaN or an infinity, written out or as 1e999.
    """
    if content.count(b",") + content.count(b"[") + content.count(b"{") > HEADER_VALUES_MAX:
        raise Lie("header holds too many values")
    try:
        value = json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError) as exc:
        raise Lie("header is no JSON") from exc
    if not isinstance(value, dict):
        raise Lie("header is no JSON object")
    _check_values(value)
    return value


def check_finite(header: Header, arrays: Arrays) -> None:
    """Raise `NotFinite` where an array holds NaN or infinity and the header does not declare it."""
    declared = header.get(MAY_BE_NAN, [])
    may_be_nan = declared if isinstance(declared, list) else []
    for name, array in arrays.items():
        if array.dtype.kind == "f" and name not in may_be_nan and not _is_finite(array):
            raise NotFinite(name)


def refused_by_child(message: object, *, place: str) -> Refused:
    """The refusal that a child sent, cut to what may be shown.

    A reader's own sentence crosses; the text of a parser's exception cannot, because the child
    sends its class name only.
    """
    fields = message if isinstance(message, dict) else {}
    word = fields.get("word")
    reason = plain(fields.get("reason"), REASON_LENGTH_MAX)
    if not isinstance(word, str) or word not in WORDS or not reason:
        return Refused(place, "answer", "the parser gave an answer that makes no sense")
    remedy = plain(fields.get("remedy"), REMEDY_LENGTH_MAX)
    named = place or plain(fields.get("place"), PLACE_LENGTH_MAX)
    return Refused(named, word, reason, remedy=remedy)  # type: ignore[arg-type]  # word is in WORDS


def class_name(error: BaseException) -> str:
    """Name of the error's class, where it is a plain one: all that crosses of a parser's error."""
    name = type(error).__name__
    return name if _CLASS_NAME.fullmatch(name) else "Exception"


def _array(content: bytes | mmap.mmap, row: object) -> tuple[str, AnyArray]:
    """One array of the table: name, type, shape, offset."""
    if not isinstance(row, list) or len(row) != 4:
        raise Lie("array table has another form")
    name, dtype, shape, offset = row
    if not isinstance(name, str) or plain(name, NAME_LENGTH_MAX) != name or not name:
        raise Lie("array has no plain name")
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise Lie("array has a type that does not cross")
    if not isinstance(shape, list) or len(shape) > AXIS_COUNT_MAX:
        raise Lie("array has no shape")
    offset, value_bytes = _count(offset), np.dtype(dtype).itemsize
    # An axis of 2**62 beside one of 0 makes no bytes, and a stride that does not fit.
    if math.prod(max(_count(n), 1) for n in shape) * value_bytes > COUNT_MAX:
        raise Lie("array is larger than any memory")
    count = math.prod(shape)
    if offset % value_bytes or offset + count * value_bytes > len(content):
        raise Lie("array does not lie in the memory")
    array = np.frombuffer(content, np.uint8, count * value_bytes, offset)
    if dtype == "|b1" and not _is_finite(array, most=1):
        raise Lie("array of truth values holds others")
    return name, array.view(dtype).reshape(shape)


def _is_finite(array: AnyArray, *, most: int | None = None) -> bool:
    """Whether all values are finite, or at most `most`."""
    flat = array.reshape(-1)
    for start in range(0, flat.size, FINITE_CHUNK):
        chunk = flat[start : start + FINITE_CHUNK]
        fine = np.isfinite(chunk) if most is None else chunk <= most
        if not fine.all():
            return False
    return True


def _count(value: object) -> int:
    """`value`, where it is a whole number from 0 to `COUNT_MAX`; truth values are none."""
    if type(value) is not int or not 0 <= value <= COUNT_MAX:
        raise Lie("a size or a place is no count")
    return value


def _check_values(value: object) -> None:
    """Walk through a parsed header without recursion."""
    level: list[Any] = [value]
    for _ in range(HEADER_DEPTH_MAX):
        if not level:
            return
        below: list[Any] = []
        for item in level:
            kind = type(item)  # of JSON there are no subclasses; whole numbers and None are fine
            if kind is list:
                below += item
            elif kind is float:
                if not math.isfinite(item):
                    raise NotFinite("header")
            elif kind is str:
                if not _is_unicode(item):
                    raise Lie("header holds broken text")
            elif kind is dict:
                below += item.values()
                below += item.keys()
        level = below
    raise Lie("header nests too deep")


def _is_unicode(text: str) -> bool:
    """Whether `text` can be written out: JSON can smuggle in half of a surrogate pair."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _no_constant(name: str) -> float:
    raise NotFinite(name)
