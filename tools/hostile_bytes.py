"""Make hostile binary files: STL, PLY, GLB, NIfTI and volumes behind a text header.

A mutant is a pure function of a sound file and a number; see `hostile_dicom.py`. Most changes go
to the first bytes, where counts, offsets and sizes stand, and to the JSON of a GLB. For tests.
"""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

import hostile_text

CHANGE_COUNTS: Final = (1, 1, 1, 2, 3, 6)
WHOLE_NUMBERS: Final = (0, 1, 2, 7, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
REALS: Final = (0.0, -1.0, float("nan"), float("inf"), -float("inf"), 3e38, 1e-38, 1e30, 1e-3)
HEAD_REACH: Final = (16, 100, 400, 1 << 30)
GLB_HEAD_BYTES: Final = 20
JSON_VALUES: Final[tuple[Any, ...]] = (
    *(-1, 0, 1, 2**31, 2**32 - 1, 2_000_000_000, 1e300, -0.5, 5120, 5123, 5126, 9999, None, True),
    *("", "../x.bin", "/etc/passwd", "VEC3", "VEC4", "SCALAR", "MAT4", [], {}, [0], [[[[]]]]),
)


def mutant(seed: bytes, number: int) -> bytes:
    """The file number `number` bent from a sound one."""
    drawn = random.Random(number)  # noqa: S311 - repeatable, not secret
    content = bytearray(seed)
    for _ in range(drawn.choice(CHANGE_COUNTS)):
        if len(content) < GLB_HEAD_BYTES:
            break
        drawn.choice(CHANGES)(content, drawn)
    return bytes(content)


def glb_mutant(seed: bytes, number: int) -> bytes:
    """The GLB number `number`: two in three have another JSON, whose lengths are right again."""
    drawn = random.Random(number)  # noqa: S311 - repeatable, not secret
    if drawn.randrange(3) == 0:
        return mutant(seed, number)
    (length,) = struct.unpack_from("<I", seed, 12)
    document = json.loads(seed[GLB_HEAD_BYTES : GLB_HEAD_BYTES + length])
    for _ in range(drawn.choice(CHANGE_COUNTS)):
        _change_json(document, drawn)
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = seed[GLB_HEAD_BYTES + length :]
    size = GLB_HEAD_BYTES + len(text) + len(rest)
    return struct.pack("<4sIIII", b"glTF", 2, size, len(text), 0x4E4F534A) + text + rest


def headed_mutant(seed: bytes, number: int) -> bytes:
    """A volume behind a text header (NRRD, MetaImage), or a PLY: bent in the text or in all."""
    drawn = random.Random(number)  # noqa: S311 - repeatable, not secret
    head, end, values = seed.partition(_end_of_header(seed))
    if not end or drawn.randrange(4) == 0:
        return mutant(seed, number)
    return hostile_text.mutant(head, number) + end + values


def _end_of_header(seed: bytes) -> bytes:
    if seed.startswith(b"NRRD"):
        return b"\n\n"
    return b"end_header\n" if seed.startswith(b"ply") else b"ElementDataFile = LOCAL\n"


def _change_json(document: Any, drawn: random.Random) -> None:  # noqa: ANN401 - any JSON value
    """Change, drop, double or swap one value somewhere in the tree."""
    places: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting:
        node = waiting.pop()
        keys = node if isinstance(node, dict) else range(len(node))
        places += [(node, key) for key in keys]
        waiting += [node[key] for key in keys if isinstance(node[key], dict | list)]
    if not places:
        return
    node, key = drawn.choice(places)
    kind = drawn.randrange(5)
    if kind == 0:
        del node[key]
    elif kind == 1 and isinstance(node, list):
        node += [deepcopy(node[key]) for _ in range(drawn.choice((1, 100)))]
    elif kind == 2:
        other, name = drawn.choice(places)
        node[key] = deepcopy(other[name])
    else:
        node[key] = deepcopy(drawn.choice(JSON_VALUES))


def _place(content: bytearray, drawn: random.Random, size: int) -> int:
    return drawn.randrange(min(len(content) - size, drawn.choice(HEAD_REACH)))


def _put_whole(content: bytearray, drawn: random.Random) -> None:
    at = _place(content, drawn, 4)
    form = drawn.choice(("<H", "<I", ">I"))
    most = 0xFFFF if form == "<H" else 0xFFFFFFFF
    struct.pack_into(form, content, at, drawn.choice(WHOLE_NUMBERS) & most)


def _put_real(content: bytearray, drawn: random.Random) -> None:
    struct.pack_into(
        drawn.choice("<>") + "f", content, _place(content, drawn, 4), drawn.choice(REALS)
    )


def _put_byte(content: bytearray, drawn: random.Random) -> None:
    content[_place(content, drawn, 1)] = drawn.randrange(256)


def _cut(content: bytearray, drawn: random.Random) -> None:
    del content[drawn.randrange(len(content)) :]


def _cut_out(content: bytearray, drawn: random.Random) -> None:
    at = _place(content, drawn, 4)
    del content[at : at + drawn.choice((1, 2, 4, 50))]


def _put_in(content: bytearray, drawn: random.Random) -> None:
    at = _place(content, drawn, 4)
    content[at:at] = content[at : at + 50] * drawn.choice((1, 3, 100))


Change = Callable[[bytearray, random.Random], None]
CHANGES: Final[tuple[Change, ...]] = (
    *(_put_whole, _put_whole, _put_real, _put_real, _put_byte, _cut, _cut_out, _put_in),
)
