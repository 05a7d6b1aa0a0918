"""Make hostile IFC, scene files, OBJ and headers of volumes: texts bent by a number.

A mutant is a pure function of a sound text and a number; see `hostile_dicom.py`. For tests.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Final

CHANGE_COUNTS: Final = (1, 1, 1, 2, 3, 6)
NUMBERS: Final = (
    *("0", "0.", "-1", "-1.", "1e300", "1.E300", "1e-300", "nan", "NAN", "inf", "1e400", "1E12"),
    *("2147483648", "4294967295", "9" * 20, "9" * 5000, "0x10", "1,5", "", "$", "*", "'x'"),
)
WORDS: Final = (
    *(
        "../../etc/passwd",
        "/etc/passwd",
        "/dev/zero",
        "",
        "\0",
        "x" * 3000,
        "\xe6\xbc\xa2" * 200,
        "%s%n",
    ),
    *("LIST", "http://example.invalid/x", "\\X2\\D800\\X0\\", "\x1b[31m", "'", '"', "None"),
)
NUMBER: Final = re.compile(r"(?<![\w#.])[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
REFERENCE: Final = re.compile(r"#\d+")
QUOTED: Final = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
COUNT_REPEATED: Final = (2, 10, 1000)
TEXT_BYTES_MAX: Final = 400_000


def mutant(seed: bytes, number: int) -> bytes:
    """The text number `number` bent from a sound one; what is not text in it stays as it is."""
    drawn = random.Random(number)  # noqa: S311 - repeatable, not secret
    text = seed.decode("latin-1")
    for _ in range(drawn.choice(CHANGE_COUNTS)):
        if len(text) > TEXT_BYTES_MAX or not text:
            break
        text = drawn.choice(CHANGES)(text, drawn)
    return text.encode("latin-1", "replace")


def _replaced(pattern: re.Pattern[str], text: str, word: str, drawn: random.Random) -> str:
    places = list(pattern.finditer(text))
    if not places:
        return text
    place = drawn.choice(places)
    return text[: place.start()] + word + text[place.end() :]


def _change_number(text: str, drawn: random.Random) -> str:
    return _replaced(NUMBER, text, drawn.choice(NUMBERS), drawn)


def _change_reference(text: str, drawn: random.Random) -> str:
    """An entity names itself, an ancestor, one of another class, or one that is not there."""
    known = REFERENCE.findall(text)
    return _replaced(REFERENCE, text, drawn.choice([*known, "#0", "#99999999"]), drawn)


def _point_to_itself(text: str, drawn: random.Random) -> str:
    lines = [line for line in text.splitlines() if len(REFERENCE.findall(line)) > 1]
    if not lines:
        return text
    line = drawn.choice(lines)
    own, *others = REFERENCE.findall(line)
    head, _, rest = line.partition("=")
    return text.replace(line, f"{head}={rest.replace(drawn.choice(others), own, 1)}", 1)


def _change_word(text: str, drawn: random.Random) -> str:
    word = drawn.choice(WORDS)
    quote = drawn.choice("'\"")
    return _replaced(QUOTED, text, f"{quote}{word}{quote}", drawn)


def _drop_line(text: str, drawn: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    del lines[drawn.randrange(len(lines))]
    return "".join(lines)


def _repeat_line(text: str, drawn: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    at = drawn.randrange(len(lines))
    lines[at] = lines[at] * drawn.choice(COUNT_REPEATED)
    return "".join(lines)


def _swap_lines(text: str, drawn: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    first, second = drawn.randrange(len(lines)), drawn.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return "".join(lines)


def _repeat_argument(text: str, drawn: random.Random) -> str:
    """A list grows a thousand times, or an entity has one argument more."""
    return _replaced(re.compile(r",[^,()\n]*(?=[,)])"), text, ",#1" * drawn.choice((1, 999)), drawn)


def _drop_argument(text: str, drawn: random.Random) -> str:
    return _replaced(re.compile(r",[^,()\n]*(?=[,)])"), text, "", drawn)


def _cut(text: str, drawn: random.Random) -> str:
    return text[: drawn.randrange(len(text))]


def _change_bytes(text: str, drawn: random.Random) -> str:
    letters = list(text)
    for _ in range(drawn.choice((1, 2, 8))):
        letters[drawn.randrange(len(letters))] = chr(drawn.randrange(256))
    return "".join(letters)


def _brackets(text: str, drawn: random.Random) -> str:
    at = drawn.randrange(len(text))
    return text[:at] + drawn.choice("([{") * drawn.choice((1, 50, 50_000)) + text[at:]


def _rename(text: str, drawn: random.Random) -> str:
    """A class or a key becomes another of the same file."""
    names = re.findall(r"[A-Za-z_]{3,}", text)
    return _replaced(re.compile(r"[A-Za-z_]{3,}"), text, drawn.choice(names or ["x"]), drawn)


Change = Callable[[str, random.Random], str]
CHANGES: Final[tuple[Change, ...]] = (
    *(_change_number, _change_number, _change_number, _change_reference, _change_reference),
    *(_point_to_itself, _change_word, _drop_line, _repeat_line, _swap_lines, _repeat_argument),
    *(_drop_argument, _cut, _change_bytes, _brackets, _rename),
)
