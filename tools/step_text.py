"""IFC4 written as STEP text: fast, with the same bytes each time.

Entities are appended to a list of lines and named by `Ref`; the line number is the entity's number.

References
----------
ISO 10303-21 (the exchange structure), IFC4 ADD2 TC1 (the entities).
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

GUID_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"
GUID_LENGTH: Final = 22
ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
STAMP: Final = "2026-01-01T00:00:00"
"""Written into every file in place of the clock, so that a file made again is the same file."""


@dataclass(frozen=True, slots=True)
class Ref:
    """The number of an entity."""

    number: int


@dataclass(frozen=True, slots=True)
class Enum:
    """A value of an enumeration, or a logical."""

    word: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A value with its type written out, as selects need it: IFCLABEL('a')."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Star:
    """An attribute that a subtype derives."""


DERIVED: Final = Star()

Value: TypeAlias = "Ref | Enum | Star | Typed | str | float | int | Sequence[Value] | None"


def text_of(value: Value) -> str:
    """The value as Part 21 writes it."""
    match value:
        case None:
            return "$"
        case Ref():
            return f"#{value.number}"
        case Star():
            return "*"
        case Enum():
            return f".{value.word}."
        case Typed():
            return f"{value.name}({text_of(value.value)})"
        case str():
            return _string(value)
        case bool():
            return ".T." if value else ".F."
        case int():
            return str(value)
        case float():
            return _real(value)
    return f"({','.join(map(text_of, value))})"


def _string(text: str) -> str:
    """Part 21 section 6.4.3: apostrophes doubled, what is not ASCII as UTF-16 in hex."""
    plain = text.replace("\\", "\\\\").replace("'", "''")
    written = (
        character
        if " " <= character <= "~"
        else f"\\X2\\{character.encode('utf-16-be').hex().upper()}\\X0\\"
        for character in plain
    )
    return f"'{''.join(written)}'"


def _real(number: float) -> str:
    """Shortest form to a tenth of a micrometre; a real has a point."""
    text = f"{number:.7f}".rstrip("0")
    return "0." if text == "-0." else text


def add(lines: list[str], name: str, *values: Value) -> Ref:
    """Append an entity."""
    lines.append(f"{name}({','.join(map(text_of, values))})")
    return Ref(len(lines))


def global_id(*words: str) -> str:
    """GlobalId that belongs to these words: the same for ever, 128 bits of their hash."""
    number = int.from_bytes(hashlib.sha256("/".join(words).encode()).digest()[:16], "big")
    digits = []
    for _ in range(GUID_LENGTH):
        number, digit = divmod(number, 64)
        digits.append(GUID_ALPHABET[digit])
    return "".join(reversed(digits))


def add_points(lines: list[str], points_m_n3: NDArray[np.float64]) -> Ref:
    """A coordinate list, to a tenth of a millimetre."""
    rows = ",".join(f"({x:.4f},{y:.4f},{z:.4f})" for x, y, z in points_m_n3.tolist())
    lines.append(f"IFCCARTESIANPOINTLIST3D(({rows}))")
    return Ref(len(lines))


def add_face_set(
    lines: list[str], points_m_n3: NDArray[np.float64], triangles_n3: NDArray[np.int64]
) -> Ref:
    """A closed face set; triangles count from 0."""
    coordinates = add_points(lines, points_m_n3)
    rows = ",".join(f"({a},{b},{c})" for a, b, c in (triangles_n3 + 1).tolist())
    lines.append(f"IFCTRIANGULATEDFACESET({text_of(coordinates)},$,.T.,({rows}),$)")
    return Ref(len(lines))


def add_style(lines: list[str], item: Ref, style: Ref) -> None:
    """Give a style to a representation item."""
    add(lines, "IFCSTYLEDITEM", item, [style], None)


def add_surface_style(lines: list[str], name: str, rgba: tuple[float, float, float, float]) -> Ref:
    """A surface style of one colour, display sRGB and opacity, 0..1."""
    red, green, blue, opacity = rgba
    colour = add(lines, "IFCCOLOURRGB", None, float(red), float(green), float(blue))
    shading = add(lines, "IFCSURFACESTYLESHADING", colour, float(1.0 - opacity))
    return add(lines, "IFCSURFACESTYLE", name, Enum("BOTH"), [shading])


def file_text(lines: Iterable[str], *, name: str, description: str) -> str:
    """The whole file."""
    header = (
        "ISO-10303-21;\nHEADER;\n"
        f"FILE_DESCRIPTION(('ViewDefinition [ReferenceView_V1.2]',{_string(description)}),'2;1');\n"
        f"FILE_NAME({_string(name)},'{STAMP}',('metaviewer'),('metaviewer'),"
        "'metaviewer tools','metaviewer tools','');\n"
        "FILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n"
    )
    body = "".join(f"#{number}={line};\n" for number, line in enumerate(lines, start=1))
    return f"{header}{body}ENDSEC;\nEND-ISO-10303-21;\n"


def write(path: Path, text: str) -> None:
    """Write an .ifc file, or an .ifczip that holds one of the same name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix != ".ifczip":
        path.write_text(text, encoding="ascii", newline="\n")
        return
    entry = zipfile.ZipInfo(f"{path.stem}.ifc", date_time=ZIP_TIME)
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, text, compress_type=zipfile.ZIP_DEFLATED, compresslevel=9)
