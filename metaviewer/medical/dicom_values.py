"""Values of DICOM elements, text to numbers, strictly: what is no number is refused."""

from __future__ import annotations

import math
import re
import struct
from functools import lru_cache
from typing import Final

from metaviewer.errors import Refused

# PS3.5 table 6.2-1. Python's float() also takes "nan", "inf", "1_0" and Arabic digits.
_DECIMAL: Final = re.compile(rb"[ \0]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \0]*")
_WHOLE: Final = re.compile(rb"[ \0]*[+-]?\d{1,18}[ \0]*")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069<>]")

VALUE_COUNT_MAX: Final = 200_000


@lru_cache(maxsize=128)  # as the other values: the same bytes come with every file
def text(raw: bytes | None) -> str:
    """The value as text, padding left out; "" where it is absent. For comparing, never for logs."""
    return raw.decode("latin-1").strip(" \0") if raw else ""


@lru_cache(maxsize=64)
def words(raw: bytes | None) -> tuple[str, ...]:
    """The parts of a value of several parts."""
    return tuple(part.strip(" \0") for part in text(raw).split("\\")) if raw else ()


@lru_cache(maxsize=64)  # the slices of a series repeat most of their numbers
def decimals(raw: bytes | None, *, name: str, count: int | None = None) -> tuple[float, ...]:
    """The numbers of a decimal string; () where the value is absent or empty.

    Raises
    ------
    Refused
        If a part is no finite number, or there are not `count` of them.
    """
    if not raw or not raw.strip(b" \0"):
        return ()
    parts = raw.split(b"\\")
    if len(parts) > VALUE_COUNT_MAX:
        raise Refused("", "size", f"{name} has more than {VALUE_COUNT_MAX} values")
    if count is not None and len(parts) != count:
        raise Refused("", "numbers", f"{count} numbers are due in {name}, and it has {len(parts)}")
    if not all(_DECIMAL.fullmatch(part) for part in parts):
        raise Refused("", "numbers", f"{name} is not written as a number")
    numbers = tuple(float(part.strip(b" \0")) for part in parts)
    if not all(map(math.isfinite, numbers)):
        raise Refused("", "numbers", f"{name} is not finite")
    return numbers


def decimal(raw: bytes | None, *, name: str) -> float | None:
    """One number of a decimal string; None where it is absent."""
    numbers = decimals(raw, name=name)
    return numbers[0] if numbers else None


def whole(raw: bytes | None, *, name: str) -> int | None:
    """The whole number of an integer string; None where it is absent."""
    if not raw or not raw.strip(b" \0"):
        return None
    first = raw.split(b"\\")[0]
    if not _WHOLE.fullmatch(first):
        raise Refused("", "numbers", f"{name} is not written as a whole number")
    return int(first.strip(b" \0"))


def shorts(raw: bytes | None, *, little: bool, signed: bool = False) -> tuple[int, ...]:
    """Numbers of 16 bits; () where absent."""
    if not raw or len(raw) < 2:
        return ()
    count = len(raw) // 2
    return struct.unpack_from(f"{'<' if little else '>'}{count}{'h' if signed else 'H'}", raw)


def longs(raw: bytes | None, *, little: bool) -> tuple[int, ...]:
    """Unsigned numbers of 32 bits; () where absent."""
    if not raw or len(raw) < 4:
        return ()
    return struct.unpack_from(f"{'<' if little else '>'}{len(raw) // 4}I", raw)


def doubles(raw: bytes | None, *, little: bool) -> tuple[float, ...]:
    """Finite numbers of 64 bits; () where absent or not finite."""
    if not raw or len(raw) < 8:
        return ()
    numbers = struct.unpack_from(f"{'<' if little else '>'}{len(raw) // 8}d", raw)
    return numbers if all(map(math.isfinite, numbers)) else ()


@lru_cache(maxsize=8)  # the files of a series name one patient
def is_suspicious(raw: bytes | None) -> bool:
    """Whether text for people holds control characters, markup or a change of direction.

    ISO 2022 changes its character set by ESC and one of ``$ ( ) - . / *``, which is no attack
    (PS3.5 section 6.1.2.5).
    """
    if not raw:
        return False
    plain = re.sub(rb"\x1b[$()\-./*][\x20-\x7e]", b"", raw.rstrip(b"\0"))
    for encoding in ("utf-8", "latin-1"):
        try:
            shown = plain.decode(encoding)
        except UnicodeDecodeError:
            continue
        return bool(_CONTROL.search(shown)) or "\n" in shown or "\r" in shown
    return True
