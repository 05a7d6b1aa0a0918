"""The graph of references of a STEP file, read from its text: cycles, depth, absurd numbers.

A parser that follows a placement relative to itself never comes back, or dies. So the references
are followed here first, all at once and without recursion: leaves are taken away round by round,
and what is left after `DEPTH_MAX` rounds is a cycle, a chain too deep, or leans on one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

DEPTH_MAX: Final = 400
"""Longest chain of references followed; real files stay under 60."""
DIGITS_MAX: Final = 10
NUMBER_BYTES_MAX: Final = 40
LARGE_DIGITS: Final = 7
"""Digits before the point from which a number is looked at closer."""
NO_NUMBERS: Final = (b"NAN", b"INF")

_HASH, _EQUALS, _POINT, _BLANK, _MINUS = b"#=. -"
_ZERO = ord("0")
_REAL_BYTES = frozenset(b"0123456789.+-eE")
_BEFORE_NUMBER = frozenset(b"(, +-")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class References:
    """Who refers to whom, as positions in `ids`.

    Parameters
    ----------
    ids : int64 array, sorted
        Step ids that the file defines.
    starts : int64 array
        Byte where each of them is defined.
    sources, targets : int32 arrays
        One entry a reference.
    """

    ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    sources: NDArray[np.int32]
    targets: NDArray[np.int32]


def references(text: NDArray[np.uint8], inside: NDArray[np.bool_]) -> References:
    """All references of a STEP text, those inside strings left out."""
    at = np.flatnonzero((text == _HASH) & ~inside)
    numbers, is_definition = _numbers_after(text, at)
    known = numbers >= 0
    at, numbers, is_definition = at[known], numbers[known], is_definition[known]
    defined = np.flatnonzero(is_definition)
    ids, first = np.unique(numbers[defined], return_index=True)
    starts = at[defined][first]
    if not len(ids):
        none = np.zeros(0, np.int32)
        return References(ids=ids, starts=starts, sources=none, targets=none)
    owner = np.cumsum(is_definition) - 1  # the definition that each hash sign stands in
    used = np.flatnonzero(~is_definition & (owner >= 0))
    sources = np.searchsorted(ids, numbers[defined][owner[used]])
    targets = np.minimum(np.searchsorted(ids, numbers[used]), len(ids) - 1)
    real = ids[targets] == numbers[used]
    return References(
        ids=ids,
        starts=starts,
        sources=sources[real].astype(np.int32),
        targets=targets[real].astype(np.int32),
    )


def endless(graph: References) -> NDArray[np.int64]:
    """Step ids that lie on a cycle or on a chain longer than `DEPTH_MAX`, or lean on one."""
    count = len(graph.ids)
    waiting = np.bincount(graph.sources, minlength=count)
    order = np.argsort(graph.targets, kind="stable")
    referrers = graph.sources[order]
    first = np.searchsorted(graph.targets[order], np.arange(count + 1))
    frontier = np.flatnonzero(waiting == 0)
    left = np.ones(count, dtype=np.bool_)
    for _ in range(DEPTH_MAX):
        if not len(frontier):
            break
        left[frontier] = False
        touched = referrers[_spans(first[frontier], first[frontier + 1])]
        waiting -= np.bincount(touched, minlength=count) if len(touched) else 0
        frontier = np.unique(touched[waiting[touched] == 0])
    return graph.ids[left]


def leaning_on(graph: References, bad_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Step ids that reach one of `bad_ids` by references, these included."""
    count = len(graph.ids)
    reached = np.isin(graph.ids, bad_ids)
    while True:
        more = np.zeros(count, dtype=np.bool_)
        more[graph.sources[reached[graph.targets]]] = True
        more &= ~reached
        if not more.any():
            return graph.ids[reached]
        reached |= more


def holding_numbers_above(
    text: NDArray[np.uint8], inside: NDArray[np.bool_], graph: References, *, limit: float
) -> NDArray[np.int64]:
    """Step ids whose definition writes a real number larger than `limit`, or NAN, or INF.

    The parser passes over NAN, which shifts the numbers behind it to the left.
    """
    places = [at for at in _large_numbers(text, inside) if _is_above(text, at, limit)]
    places += _no_numbers(text, inside)
    if not places or not len(graph.ids):
        return np.zeros(0, np.int64)
    order = np.argsort(graph.starts)
    owner = np.searchsorted(graph.starts[order], places, side="right") - 1
    return np.unique(graph.ids[order][owner[owner >= 0]])


def _numbers_after(
    text: NDArray[np.uint8], at: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The number behind each hash sign, -1 for none, and whether an equals sign follows it."""
    padded = np.concatenate([text, np.zeros(DIGITS_MAX + 4, np.uint8)])
    numbers = np.zeros(len(at), np.int64)
    length = np.zeros(len(at), np.int64)
    going = np.ones(len(at), dtype=np.bool_)
    for step in range(1, DIGITS_MAX + 1):
        digit = padded[at + step].astype(np.int64) - _ZERO
        going &= (digit >= 0) & (digit <= 9)
        numbers = np.where(going, numbers * 10 + digit, numbers)
        length += going
    after = at + 1 + length
    for _ in range(2):
        after = after + (padded[after] == _BLANK)
    return np.where(length > 0, numbers, -1), padded[after] == _EQUALS


def _spans(start: NDArray[np.int64], stop: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices of the ranges start[i]..stop[i], one after the other."""
    counts = stop - start
    total = int(counts.sum())
    if not total:
        return np.zeros(0, np.int64)
    base = np.repeat(start - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return base + np.arange(total)


def _large_numbers(text: NDArray[np.uint8], inside: NDArray[np.bool_]) -> list[int]:
    """Bytes at a decimal point after many digits, or at an exponent that is not negative."""
    points = np.flatnonzero((text == _POINT) & ~inside)
    points = points[points >= LARGE_DIGITS]
    for back in range(1, LARGE_DIGITS + 1):
        digit = text[points - back]
        points = points[(digit >= _ZERO) & (digit <= _ZERO + 9)]
    upper = text & 0xDF
    exponents = np.flatnonzero((upper == ord("E")) & ~inside)
    exponents = exponents[(exponents > 0) & (exponents < len(text) - 1)]
    before, after = text[exponents - 1], text[exponents + 1]
    numeric = ((before >= _ZERO) & (before <= _ZERO + 9)) | (before == _POINT)
    exponents = exponents[numeric & (after != _MINUS)]
    return [int(at) for at in np.concatenate([points, exponents])]


def _no_numbers(text: NDArray[np.uint8], inside: NDArray[np.bool_]) -> list[int]:
    """Bytes where NAN or INF stands in place of a number."""
    upper = text & 0xDF
    found: list[int] = []
    for word in NO_NUMBERS:
        matches = (upper[:-2] == word[0]) & (upper[1:-1] == word[1]) & (upper[2:] == word[2])
        found += [int(at) for at in np.flatnonzero(matches & ~inside[:-2])]
    return [at for at in found if at and int(text[at - 1]) in _BEFORE_NUMBER]


def _is_above(text: NDArray[np.uint8], at: int, limit: float) -> bool:
    """Whether the number around byte `at` is larger than `limit` or cannot be told."""
    low, high = at, at + 1
    while low > 0 and at - low < NUMBER_BYTES_MAX and int(text[low - 1]) in _REAL_BYTES:
        low -= 1
    while high < len(text) and high - at < NUMBER_BYTES_MAX and int(text[high]) in _REAL_BYTES:
        high += 1
    try:
        return not abs(float(text[low:high].tobytes())) <= limit
    except ValueError:
        return False
