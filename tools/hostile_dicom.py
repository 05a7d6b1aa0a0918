"""Make hostile DICOM: a mutant is a pure function of a sound file and a number.

A finding is therefore kept as two words, seed and number, and comes back at will. Seven changes in
ten go to the fields that size or place something. For tests.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

LONG_TYPES: Final = frozenset(b"OB OW OF OD OL OV SQ UC UN UR UT SV UV".split())
ITEM: Final = 0xFFFEE000
PIXELS: Final = 0x7FE00010
SYNTAX: Final = 0x00020010
UNDEFINED: Final = 0xFFFFFFFF
IMPLICIT: Final = b"1.2.840.10008.1.2"
PREAMBLE_BYTES: Final = 132
CHANGE_COUNTS: Final = (1, 1, 1, 2, 3, 6)
TO_IMAGE_FIELDS: Final = 0.7
"""Share of the changes that go to the fields of `IMAGE_FIELDS`."""

LENGTHS: Final = (
    *(0, 1, 2, 3, 7, 0x7F, 0xFF, 0xFFFE, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000),
    *(0xFFFFFFF0, 0xFFFFFFFE, 0xFFFFFFFF),
)
WHOLE_NUMBERS: Final = (
    *(0, 1, 2, 3, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 64, 255, 256, 4096),
    *(32767, 32768, 65534, 65535),
)
TEXTS: Final = (
    *(b"nan", b"inf", b"-0", b"1e400", b"1e-400", b"-1", b"0", b"", b"\\", b"\\\\\\\\", b"0\\0"),
    *(b"9" * 16, b"2147483648", b"1\\2\\3\\4\\5\\6\\7", b"0.5\\0.5", b"1,5\\1,5", b"1e-9\\1e-9"),
    *(b"%s%n", b"\xff\xfe\x00", b"\x1b$B", b"ISO 2022 IR 149", b"MONOCHROME1", b"MONOCHROME9"),
    *(b"PALETTE COLOR", b"YBR_FULL_422", b"../../x", b"MR", b"PT", b"SEG", b"RTSTRUCT"),
)
SYNTAXES: Final = tuple(
    b"1.2.840.10008.1.2" + tail
    for tail in b" .1 .2 .1.99 .5 .4.50 .4.51 .4.57 .4.70 .4.80 .4.81 .4.90 .4.91 .4.201 .9".split(
        b" "
    )
)
TYPES: Final = (*b"PN SQ OB OW UN DS IS US FD AT ZZ UT".split(), b"\0\0")
STREAM_BYTES: Final = (0, 1, 0x7F, 0x80, 0xFF)
NESTING: Final = (3, 60, 400)
IMAGE_FIELDS: Final = frozenset(
    (
        *(0x00080005, 0x00080016, 0x00080060, 0x00180050, 0x00180088, 0x00200013, 0x0020000E),
        *(0x00200032, 0x00200037, 0x00200052, 0x00280002, 0x00280004, 0x00280006, 0x00280008),
        *(0x00280010, 0x00280011, 0x00280030, 0x00280100, 0x00280101, 0x00280102, 0x00280103),
        *(0x00280120, 0x00281052, 0x00281053, 0x00281101, 0x00281201, 0x30060050, 0x00620002),
        PIXELS,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element as it stands in the file; `length` is what it says, `value` what is there.

    Parameters
    ----------
    vr : bytes
        Its type; empty in the implicit syntax and for items.
    is_fragment : bool
        Whether it is one part of compressed pixels.
    """

    tag: int
    vr: bytes
    length: int
    value: bytes
    is_fragment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A file in parts; anything odd stands in a value or in the tail, unread."""

    head: bytes
    elements: tuple[Element, ...]
    tail: bytes


def mutant(seed: bytes, number: int) -> bytes:
    """The file number `number` bent from a sound one."""
    drawn = random.Random(number)  # noqa: S311 - repeatable, not secret
    parsed = parse(seed)
    elements = list(parsed.elements)
    for _ in range(drawn.choice(CHANGE_COUNTS)):
        if not elements:
            break
        if drawn.random() < 1 / len(CHANGES):
            whole = build(replace(parsed, elements=tuple(elements)))
            return whole[: drawn.randrange(len(whole))]
        at = _chosen(elements, drawn)
        drawn.choice(CHANGES)(elements, at, drawn)
    return build(replace(parsed, elements=tuple(elements)))


def series_mutant(seeds: Sequence[bytes], number: int) -> tuple[bytes, ...]:
    """The files of a series, of which some are bent, repeated, lost, moved or another's."""
    drawn = random.Random(number)  # noqa: S311 - repeatable, not secret
    files = list(seeds)
    for _ in range(drawn.choice(CHANGE_COUNTS)):
        at = drawn.randrange(len(files))
        kind = drawn.randrange(6)
        if kind == 0:
            files[at] = mutant(files[at], number)
        elif kind == 1:
            files[at] = _with_value(files[at], drawn)
        elif kind == 2 and len(files) > 1:
            del files[at]
        elif kind == 3:
            files.append(files[at])
        elif kind == 4:
            files[at] = files[at][: drawn.randrange(len(files[at]))]
        else:
            drawn.shuffle(files)
    return tuple(files)


def parse(content: bytes) -> Parsed:
    """Flat list of elements; sequences and items stand in it as elements without a value."""
    found: list[Element] = []
    at = PREAMBLE_BYTES
    while at + 8 <= len(content):
        element, start = _element_at(content, at, found)
        found.append(element)
        at = start + len(element.value)
    return Parsed(head=content[:PREAMBLE_BYTES], elements=tuple(found), tail=content[at:])


def build(parsed: Parsed) -> bytes:
    """The file of the parts; lengths stand as each element says."""
    parts = [parsed.head]
    for element in parsed.elements:
        parts.append(struct.pack("<HH", element.tag >> 16, element.tag & 0xFFFF))
        if not element.vr:
            parts.append(struct.pack("<I", element.length & UNDEFINED))
        elif element.vr in LONG_TYPES:
            parts.append(element.vr + b"\0\0" + struct.pack("<I", element.length & UNDEFINED))
        else:
            parts.append(element.vr + struct.pack("<H", element.length & 0xFFFF))
        parts.append(element.value)
    return b"".join(parts) + parsed.tail


def _element_at(content: bytes, at: int, before: Sequence[Element]) -> tuple[Element, int]:
    """The element at a place, and where its value starts."""
    group, number = struct.unpack_from("<HH", content, at)
    is_typed = group != ITEM >> 16 and (group == 2 or not _is_implicit(before))
    vr = content[at + 4 : at + 6] if is_typed else b""
    if not vr:
        (length,), start = struct.unpack_from("<I", content, at + 4), at + 8
    elif vr in LONG_TYPES:
        length = int.from_bytes(content[at + 8 : at + 12], "little")
        start = at + 12
    else:
        (length,), start = struct.unpack_from("<H", content, at + 6), at + 8
    last = before[-1] if before else None
    is_fragment = (
        last is not None
        and group == ITEM >> 16
        and (last.tag == PIXELS or (last.tag == ITEM and last.is_fragment))
    )
    tag = group << 16 | number
    is_flat = length == UNDEFINED or vr == b"SQ" or (tag == ITEM and not is_fragment)
    value = b"" if is_flat else content[start : start + length]
    return Element(tag=tag, vr=vr, length=length, value=value, is_fragment=is_fragment), start


def _is_implicit(elements: Sequence[Element]) -> bool:
    syntax = next((one.value for one in elements if one.tag == SYNTAX), b"")
    return syntax.rstrip(b"\0 ") == IMPLICIT


def _chosen(elements: Sequence[Element], drawn: random.Random) -> int:
    likely = [n for n, one in enumerate(elements) if one.tag in IMAGE_FIELDS or one.is_fragment]
    if likely and drawn.random() < TO_IMAGE_FIELDS:
        return drawn.choice(likely)
    return drawn.randrange(len(elements))


def _holding(element: Element, value: bytes) -> Element:
    value += b" " * (len(value) % 2)
    return replace(element, value=value, length=len(value))


Change = Callable[[list[Element], int, random.Random], None]


def _change_length(elements: list[Element], at: int, drawn: random.Random) -> None:
    true = len(elements[at].value)
    length = drawn.choice((*LENGTHS, true + 1, max(true - 1, 0), true * 2))
    elements[at] = replace(elements[at], length=length)


def _change_value(elements: list[Element], at: int, drawn: random.Random) -> None:
    if elements[at].vr == b"US":
        value = struct.pack("<H", drawn.choice(WHOLE_NUMBERS))
    else:
        value = drawn.choice(TEXTS)
    elements[at] = _holding(elements[at], value)


def _repeat_text(elements: list[Element], at: int, drawn: random.Random) -> None:
    elements[at] = _holding(elements[at], drawn.choice(TEXTS) * drawn.choice((1, 1, 50)))


def _change_type(elements: list[Element], at: int, drawn: random.Random) -> None:
    if elements[at].vr:
        elements[at] = replace(elements[at], vr=drawn.choice(TYPES))


def _drop(elements: list[Element], at: int, drawn: random.Random) -> None:
    del elements[at]


def _double(elements: list[Element], at: int, drawn: random.Random) -> None:
    elements.insert(drawn.randrange(len(elements)), elements[at])


def _move(elements: list[Element], at: int, drawn: random.Random) -> None:
    element = elements.pop(at)
    elements.insert(drawn.randrange(len(elements) + 1), element)


def _nest(elements: list[Element], at: int, drawn: random.Random) -> None:
    vr = b"SQ" if elements[at].vr else b""
    sequence = Element(tag=0x0040A730, vr=vr, length=UNDEFINED, value=b"")
    item = Element(tag=ITEM, vr=b"", length=UNDEFINED, value=b"")
    elements[at:at] = [sequence, item] * drawn.choice(NESTING)


def _change_syntax(elements: list[Element], at: int, drawn: random.Random) -> None:
    place = next((n for n, one in enumerate(elements) if one.tag == SYNTAX), at)
    elements[place] = _holding(elements[place], drawn.choice(SYNTAXES))


def _change_stream(elements: list[Element], at: int, drawn: random.Random) -> None:
    """Heads of code streams and offset tables live in the first bytes."""
    value = bytearray(elements[at].value)
    for _ in range(drawn.choice((1, 2, 8)) if len(value) > 4 else 0):
        reach = min(len(value), drawn.choice((16, 128, len(value))))
        value[drawn.randrange(reach)] = drawn.choice((*STREAM_BYTES, drawn.randrange(256)))
    elements[at] = replace(elements[at], value=bytes(value))


def _grow(elements: list[Element], at: int, drawn: random.Random) -> None:
    value = elements[at].value
    is_small = len(value) < 20_000
    elements[at] = _holding(elements[at], value * drawn.choice((2, 3, 40)) if is_small else b"")


CHANGES: Final[tuple[Change, ...]] = (
    *(_change_length, _change_value, _repeat_text, _change_type, _drop, _double, _move, _nest),
    *(_change_syntax, _change_stream, _grow),
)

PLACES: Final[Mapping[int, tuple[bytes, ...]]] = {
    0x00100020: (b"OTHER", b""),
    0x00200032: (b"0\\0\\0", b"0\\0\\1e6", b"1\\2", b"-30\\20\\2.0001"),
    0x00200037: (
        b"1\\0\\0\\0\\0\\1",
        b"1\\0\\0\\0\\-1\\0",
        b"1\\0\\0\\1\\0\\0",
        b"0\\0\\0\\0\\0\\0",
    ),
    0x00200052: (b"1.2.9", b""),
    0x00280030: (b"1\\1", b"0\\0", b"5\\5"),
    0x00281053: (b"2", b"0", b"nan"),
}
"""What one slice of a series may say that the others do not."""


def _with_value(content: bytes, drawn: random.Random) -> bytes:
    parsed = parse(content)
    places = [n for n, one in enumerate(parsed.elements) if one.tag in PLACES]
    if not places:
        return content
    at = drawn.choice(places)
    elements = list(parsed.elements)
    elements[at] = _holding(elements[at], drawn.choice(PLACES[elements[at].tag]))
    return build(replace(parsed, elements=tuple(elements)))
