"""Elements of a DICOM file, found by walking over it: no tree, no recursion, nothing decoded.

Why not a parser's tree: a series has hundreds of files of which a few numbers each are wanted, and
a tree of 200,000 nested sequences ends a process. A level is walked by `elements`, the items of one
sequence by `items`; whoever asks decides how deep.

References
----------
DICOM PS3.5 section 7 (elements, sequences), annex A (transfer syntaxes), PS3.10 section 7 (meta).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from metaviewer.errors import Refused

Bytes: TypeAlias = "bytes | memoryview"

DEPTH_MAX: Final = 64
ELEMENT_COUNT_MAX: Final = 500_000
_TOO_MANY: Final = f"more than {ELEMENT_COUNT_MAX} elements at one level"
SEQUENCE_ITEM_COUNT_MAX: Final = 200_000

UNDEFINED: Final = 0xFFFFFFFF
ITEM: Final = 0xFFFEE000
ITEM_END: Final = 0xFFFEE00D
SEQUENCE_END: Final = 0xFFFEE0DD
SYNTAX_TAG: Final = 0x00020010
PIXEL_TAGS: Final = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))

IMPLICIT_LITTLE: Final = "1.2.840.10008.1.2"
EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG: Final = "1.2.840.10008.1.2.2"

# PS3.5 table 7.1-1: these have two reserved bytes and a length of four.
LONG_VRS: Final = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
SHORT_VRS: Final = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split()
)
NO_VR: Final = b""
ENDLESS_VRS: Final = frozenset((b"SQ", b"UN", b"OB", b"OW", NO_VR))


class Overrun(Exception):
    """The walk left the bytes at hand: look at more of the file."""


class Coding(NamedTuple):
    """How elements are written: with or without their type, and in which byte order."""

    explicit: bool
    little: bool


class Element(NamedTuple):
    """One element: `length` bytes of value from `start` on; UNDEFINED where an end mark tells."""

    tag: int
    vr: bytes
    start: int
    length: int


@dataclass(slots=True, eq=False, kw_only=True)
class Walked:
    """What one walk over a file's top level kept."""

    syntax: str
    coding: Coding
    data_start: int
    values: dict[int, bytes] = field(default_factory=dict)
    sequences: dict[int, Element] = field(default_factory=dict)
    pixels: Element | None = None
    is_ordered: bool = True
    has_meta: bool = True


EXPLICIT: Final = Coding(explicit=True, little=True)
IMPLICIT: Final = Coding(explicit=False, little=True)
BIG: Final = Coding(explicit=True, little=False)


def coding_of(syntax: str) -> Coding:
    """How the data set of a transfer syntax is written: all but two are explicit little endian."""
    if syntax == IMPLICIT_LITTLE:
        return IMPLICIT
    return BIG if syntax == EXPLICIT_BIG else EXPLICIT


def elements(octets: Bytes, *, coding: Coding, start: int, stop: int) -> Iterator[Element]:
    """Elements of one level between two offsets; sequences without a length are stepped over.

    Raises
    ------
    Overrun
        If an element goes on behind the bytes at hand, but not behind `stop`.
    Refused
        If the bytes are no elements, or a length reaches beyond `stop`.
    """
    at, count = start, 0
    read = _reader_of(coding)
    while at + 8 <= stop:
        element = read(octets, at)
        if element.tag == ITEM_END:
            return
        yield element
        count += 1
        if count > ELEMENT_COUNT_MAX:
            raise Refused("", "size", _TOO_MANY)
        if element.length == UNDEFINED:
            at = end_of_undefined(octets, element, coding=coding, stop=stop)
        else:
            at = element.start + element.length
        if at > stop:
            raise Refused("", "size", "an element is longer than the file", remedy=CUT_SHORT)


CUT_SHORT: Final = "the file is cut short: export or copy it again"


def items(octets: Bytes, sequence: Element, *, coding: Coding, stop: int) -> Iterator[Element]:
    """Items of one sequence; each as an Element whose value is the item's content."""
    at = sequence.start
    end = stop if sequence.length == UNDEFINED else sequence.start + sequence.length
    if end > stop:
        raise Refused("", "size", "a sequence is longer than the file", remedy=CUT_SHORT)
    for _ in range(SEQUENCE_ITEM_COUNT_MAX):
        if at + 8 > end:
            return
        tag, length = _item_at(octets, at, coding)
        if tag == SEQUENCE_END:
            return
        if tag != ITEM:
            raise Refused("", "format", "a sequence holds something other than items")
        item = Element(ITEM, NO_VR, at + 8, length)
        after = end_of_undefined(octets, item, coding=coding, stop=end, is_item=True)
        # The value of an item without a length ends before its own end mark of eight bytes.
        value_bytes = after - item.start - (8 if length == UNDEFINED else 0)
        if after > end or value_bytes < 0:
            raise Refused("", "size", "an item is longer than its sequence", remedy=CUT_SHORT)
        yield Element(ITEM, NO_VR, item.start, value_bytes)
        at = after
    raise Refused("", "size", f"a sequence of more than {SEQUENCE_ITEM_COUNT_MAX} items")


def end_of_undefined(
    octets: Bytes, element: Element, *, coding: Coding, stop: int, is_item: bool = False
) -> int:
    """Offset behind the end mark that belongs to an element without a length.

    A stack of two kinds takes the place of recursion: True for an item (elements follow), False for
    a sequence (items follow). Values with a length are stepped over whole, whatever they hold.
    """
    if element.length != UNDEFINED:
        return element.start + element.length
    if not is_item and element.vr not in ENDLESS_VRS:
        raise Refused("", "format", "an element that is no sequence has no length")
    # PS3.5 section 6.2.2: what stands inside an unknown value without a length is implicit.
    stack = [(is_item, IMPLICIT if element.vr == b"UN" else coding)]
    at = element.start
    for _ in range(ELEMENT_COUNT_MAX):
        inside_item, inner = stack[-1]
        if at + 8 > stop:
            raise Refused("", "size", "a sequence has no end", remedy=CUT_SHORT)
        child = _child_at(octets, at, inner, inside_item=inside_item)
        at = child.start
        if child.tag == (ITEM_END if inside_item else SEQUENCE_END):
            stack.pop()
            if not stack:
                return at
        elif child.length == UNDEFINED:
            stack.append((not inside_item, IMPLICIT if child.vr == b"UN" else inner))
            if len(stack) > DEPTH_MAX:
                raise Refused("", "size", f"sequences are nested more than {DEPTH_MAX} deep")
        else:
            at += child.length
    raise Refused("", "size", f"a sequence of more than {ELEMENT_COUNT_MAX} elements")


def _child_at(octets: Bytes, at: int, coding: Coding, *, inside_item: bool) -> Element:
    """Next element of an item, or next item of a sequence."""
    if inside_item:
        child = _reader_of(coding)(octets, at)
        if child.length == UNDEFINED and child.vr not in ENDLESS_VRS:
            raise Refused("", "format", "an element that is no sequence has no length")
        return child
    tag, length = _item_at(octets, at, coding)
    if tag not in (ITEM, SEQUENCE_END):
        raise Refused("", "format", "a sequence holds something other than items")
    return Element(tag, NO_VR, at + 8, length)


def walk(octets: Bytes, *, size: int, wanted: frozenset[int]) -> Walked:
    """Meta group and top level of a file: the wanted values, and where the pixels are.

    Parameters
    ----------
    octets : bytes or memoryview
        The file's beginning; more is asked for by `Overrun`.
    size : int
        Bytes of the whole file.
    wanted : frozenset of int
        Tags to keep, as group << 16 | element; sequences among them are kept by place.

    Returns
    -------
    Walked
        Of a deflated file the meta group alone: its data set must be inflated first.
    """
    walked = _start(octets, size)
    if walked.syntax == DEFLATED:
        return walked
    return walk_data_set(octets, walked, size=size, wanted=wanted)


def walk_data_set(
    octets: Bytes, walked: Walked, *, size: int, wanted: frozenset[int], before: int = 0
) -> Walked:
    """Fill `walked` from the elements that start at its `data_start`, behind the tag `before`."""
    at = walked.data_start
    read = _reader_of(walked.coding)
    is_plain = walked.coding == EXPLICIT
    for _ in range(ELEMENT_COUNT_MAX):
        if is_plain:
            at, before = _behind_plain(octets, at, before, wanted, walked.values)
        if at + 8 > size:
            return walked
        element = read(octets, at)
        if element.tag < before:
            walked.is_ordered = False
        before = element.tag
        if element.tag in PIXEL_TAGS:
            walked.pixels = element
            # Fragments are walked by whoever decodes them. Pixels that are cut short are for the
            # series to count: the rest of this header is sound.
            if element.length == UNDEFINED or element.start + element.length >= size - 1:
                return walked
        elif element.tag in wanted:
            _keep(walked, octets, element, size)
        at = end_of_undefined(octets, element, coding=walked.coding, stop=size)
        if at > size:
            raise Refused("", "size", "an element is longer than the file", remedy=CUT_SHORT)
    raise Refused("", "size", _TOO_MANY)


def _behind_plain(
    octets: Bytes, at: int, before: int, wanted: frozenset[int], values: dict[int, bytes]
) -> tuple[int, int]:
    """Walk over elements that are short, in order and at hand: most of a header, at full speed.

    Whatever is unusual is left to the caller, who looks at it closely.
    """
    last = len(octets)
    for _ in range(ELEMENT_COUNT_MAX):
        if at + 8 > last:
            return at, before
        group, number, vr, length = _unpack_short(octets, at)
        tag, end = group << 16 | number, at + 8 + length
        if tag < before or vr not in SHORT_VRS:
            return at, before
        if tag in wanted:
            if end > last or tag in PIXEL_TAGS:
                return at, before
            values[tag] = bytes(octets[at + 8 : end])
        at, before = end, tag
    raise Refused("", "size", _TOO_MANY)


def short_header(octets: Bytes, at: int) -> tuple[int, int]:
    """Tag and length of a short element of explicit little endian; tag 0 where it is none."""
    group, number, vr, length = _unpack_short(octets, at)
    return (group << 16 | number, length) if vr in SHORT_VRS else (0, 0)


def _keep(walked: Walked, octets: Bytes, element: Element, size: int) -> None:
    """Note the value of a wanted element, or the place of a wanted sequence."""
    tag, vr, start, length = element
    if vr == b"SQ" or length == UNDEFINED:
        walked.sequences[tag] = element
        return
    _check_present(element, size)
    if start + length > len(octets):
        raise Overrun
    walked.values[tag] = bytes(octets[start : start + length])
    if not walked.coding.explicit:
        walked.sequences[tag] = element


def _check_present(element: Element, size: int) -> None:
    if element.start + element.length > size:
        raise Refused("", "size", "an element is longer than the file", remedy=CUT_SHORT)


def _start(octets: Bytes, size: int) -> Walked:
    """Read the meta group; where there is none, judge by the first element."""
    if bytes(octets[128:132]) != b"DICM":
        return _start_without_meta(octets, size)
    at, values = 132, {}
    while at + 8 <= min(size, len(octets)) and bytes(octets[at : at + 2]) == b"\x02\x00":
        element = _read_explicit_little(octets, at)
        at = element.start + element.length
        if element.length == UNDEFINED or at > size:
            raise Refused("", "size", "the file ends inside its meta group", remedy=CUT_SHORT)
        values[element.tag] = bytes(octets[element.start : at])
    if at + 8 > size:
        raise Refused("", "empty", "a DICOM prefix and nothing behind it", remedy=CUT_SHORT)
    if at + 8 > len(octets):
        raise Overrun
    syntax = values.get(SYNTAX_TAG, b"").decode("ascii", "replace").strip(" \0")
    if not syntax:
        explicit = bytes(octets[at + 4 : at + 6]) in LONG_VRS | SHORT_VRS
        syntax = EXPLICIT_LITTLE if explicit else IMPLICIT_LITTLE
    return Walked(syntax=syntax, coding=coding_of(syntax), data_start=at, values=values)


def _start_without_meta(octets: Bytes, size: int) -> Walked:
    """A data set written without prefix and meta group starts with an element of group 8."""
    if size < 16 or bytes(octets[0:2]) != b"\x08\x00" or bytes(octets[3:4]) != b"\x00":
        raise Refused("", "format", "this is no DICOM file", remedy="open the exported series")
    explicit = bytes(octets[4:6]) in LONG_VRS | SHORT_VRS
    syntax = EXPLICIT_LITTLE if explicit else IMPLICIT_LITTLE
    return Walked(syntax=syntax, coding=coding_of(syntax), data_start=0, has_meta=False)


def _reader_of(coding: Coding) -> Callable[[Bytes, int], Element]:
    if not coding.explicit:
        return _read_implicit
    return _read_explicit_little if coding.little else _read_explicit_big


_unpack_short: Final = struct.Struct("<HH2sH").unpack_from
_unpack_long: Final = struct.Struct("<I").unpack_from
_unpack_implicit: Final = struct.Struct("<HHI").unpack_from
_unpack_short_big: Final = struct.Struct(">HH2sH").unpack_from
_unpack_long_big: Final = struct.Struct(">I").unpack_from
_unpack_implicit_big: Final = struct.Struct(">HHI").unpack_from


def _read_explicit_little(octets: Bytes, at: int) -> Element:
    try:
        group, number, vr, length = _unpack_short(octets, at)
        if vr in SHORT_VRS:
            return Element(group << 16 | number, vr, at + 8, length)
        if vr in LONG_VRS:
            (length,) = _unpack_long(octets, at + 8)
            return Element(group << 16 | number, vr, at + 12, length)
        return _read_unusual(octets, at, group << 16 | number, IMPLICIT)
    except struct.error:
        raise Overrun from None


def _read_explicit_big(octets: Bytes, at: int) -> Element:
    try:
        group, number, vr, length = _unpack_short_big(octets, at)
        if vr in SHORT_VRS:
            return Element(group << 16 | number, vr, at + 8, length)
        if vr in LONG_VRS:
            (length,) = _unpack_long_big(octets, at + 8)
            return Element(group << 16 | number, vr, at + 12, length)
        return _read_unusual(octets, at, group << 16 | number, BIG)
    except struct.error:
        raise Overrun from None


def _read_implicit(octets: Bytes, at: int) -> Element:
    try:
        group, number, length = _unpack_implicit(octets, at)
    except struct.error:
        raise Overrun from None
    return Element(group << 16 | number, NO_VR, at + 8, length)


def _read_unusual(octets: Bytes, at: int, tag: int, coding: Coding) -> Element:
    """An end mark, which has no type in any syntax; everything else is broken."""
    if tag in (ITEM, ITEM_END, SEQUENCE_END):
        _, length = _item_at(octets, at, coding)
        return Element(tag, NO_VR, at + 8, length)
    raise Refused("", "format", "an element has no known type of value")


def _item_at(octets: Bytes, at: int, coding: Coding) -> tuple[int, int]:
    try:
        unpack = _unpack_implicit if coding.little else _unpack_implicit_big
        group, number, length = unpack(octets, at)
    except struct.error:
        raise Overrun from None
    return group << 16 | number, length
