"""Headers of a series: most of their bytes repeat, and are compared instead of walked over again.

A scanner writes the same elements in the same order into every slice, and only some of them differ:
position, number, times. Once two headers have been walked, one comparison stands for all elements
between two that differ. A header that does not match byte for byte is walked as if it were the
first, so the outcome is that of `walk` for every file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from metaviewer.medical.dicom_walk import (
    DEFLATED,
    EXPLICIT,
    PIXEL_TAGS,
    SHORT_VRS,
    SYNTAX_TAG,
    UNDEFINED,
    Bytes,
    Overrun,
    Walked,
    elements,
    short_header,
    walk,
    walk_data_set,
)

META_START: Final = 132
LAST_META_TAG: Final = 0x0002FFFF
LEARNT_COUNT_MAX: Final = 32
"""Headers taken apart in one scan: 0.3 ms each, in vain where files of many series alternate."""


class _Part(NamedTuple):
    """One whole element."""

    tag: int
    is_short: bool
    octets: bytes


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Pattern:
    """What the headers so far have in common.

    Parameters
    ----------
    stretches : tuple of (bytes, tag)
        Elements that were always equal, and the short element behind them that was not.
    tail : bytes
        Equal elements behind the last that differs.
    last_tag : int
        Where the pattern ends; what follows is walked.
    values : dict
        Those that `walk` kept of one of the headers, up to there.
    """

    stretches: tuple[tuple[bytes, int], ...]
    tail: bytes
    last_tag: int
    syntax: str
    values: dict[int, bytes]


@dataclass(slots=True, eq=False, kw_only=True)
class Repeats:
    """The headers of one scan, walked one after the other."""

    wanted: frozenset[int]
    _parts: list[_Part] = field(default_factory=list)
    _differing: set[int] = field(default_factory=set)
    _pattern: _Pattern | None = None
    _learnt_count: int = 0

    def walk(self, octets: Bytes, *, size: int) -> Walked:
        """See `dicom_walk.walk`."""
        if self._pattern is not None and isinstance(octets, bytes):
            matched = _matched(octets, self._pattern, size=size, wanted=self.wanted)
            if matched is not None:
                return matched
        walked = walk(octets, size=size, wanted=self.wanted)
        is_plain = walked.has_meta and walked.coding == EXPLICIT and walked.syntax != DEFLATED
        if is_plain and isinstance(octets, bytes) and self._learnt_count < LEARNT_COUNT_MAX:
            self._learn(octets, walked)
        return walked

    def _learn(self, octets: bytes, walked: Walked) -> None:
        """Compare with the header before, and keep what both have in common."""
        self._learnt_count += 1
        before, parts = self._parts, _parts_of(octets, self.wanted)
        self._parts, self._pattern = parts, None
        if [part.tag for part in parts] != [part.tag for part in before]:
            self._differing.clear()
            return
        pairs = zip(before, parts, strict=True)
        self._differing |= {new.tag for old, new in pairs if old.octets != new.octets}
        if SYNTAX_TAG not in self._differing:
            self._pattern = _pattern_of(parts, self._differing, walked)


def _parts_of(octets: bytes, wanted: frozenset[int]) -> list[_Part]:
    """The elements from the meta group on, up to the first that only a walk can judge."""
    parts: list[_Part] = []
    at, last_tag = META_START, 0
    try:
        for tag, vr, start, length in elements(octets, coding=EXPLICIT, start=at, stop=len(octets)):
            is_placed = vr == b"SQ" and tag in wanted
            end = start + length
            if length == UNDEFINED or is_placed or tag in PIXEL_TAGS or tag <= last_tag:
                break
            if end > len(octets):
                break
            parts.append(_Part(tag, vr in SHORT_VRS, octets[at:end]))
            at, last_tag = end, tag
    except Overrun:  # a long element whose length lies behind the bytes at hand
        return parts
    return parts


def _pattern_of(parts: list[_Part], differing: set[int], walked: Walked) -> _Pattern | None:
    stretches: list[tuple[bytes, int]] = []
    equal: list[bytes] = []
    last_tag = 0
    for part in parts:
        if part.tag not in differing:
            equal.append(part.octets)
        elif part.is_short:
            stretches.append((b"".join(equal), part.tag))
            equal = []
        else:
            break
        last_tag = part.tag
    if last_tag <= LAST_META_TAG:
        return None
    return _Pattern(
        stretches=tuple(stretches),
        tail=b"".join(equal),
        last_tag=last_tag,
        syntax=walked.syntax,
        values={tag: value for tag, value in walked.values.items() if tag <= last_tag},
    )


def _matched(
    octets: bytes, pattern: _Pattern, *, size: int, wanted: frozenset[int]
) -> Walked | None:
    """The walk over a header that follows the pattern; None where it does not."""
    if octets[128:META_START] != b"DICM":
        return None
    at, values = META_START, dict(pattern.values)
    for stretch, tag in pattern.stretches:
        start = at + len(stretch)
        if octets[at:start] != stretch or start + 8 > len(octets):
            return None
        found, length = short_header(octets, start)
        at = start + 8 + length
        if found != tag or at > len(octets):
            return None
        if tag in values:
            values[tag] = octets[start + 8 : at]
    end = at + len(pattern.tail)
    if octets[at:end] != pattern.tail:
        return None
    # The data set starts earlier; the rest of it starts here, and nobody walks it again.
    walked = Walked(syntax=pattern.syntax, coding=EXPLICIT, data_start=end, values=values)
    return walk_data_set(octets, walked, size=size, wanted=wanted, before=pattern.last_tag)
