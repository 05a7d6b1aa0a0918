"""A compressed series in several parts at once: each is decoded in a child of its own, then joined.

The codecs hold Python's lock (two threads of JPEG 2000 take as long as one, measured), and a child
may not start processes. So the viewer asks for several ranges of slices, one a processor. Each
child has the limits of a call; what is joined is what one child would have answered.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import Refused
from metaviewer.jail import Answer, Jail, Json
from metaviewer.jobs import Cancelled
from metaviewer.medical.codestreams import NOT_DECODABLE
from metaviewer.medical.dicom_tags import DECODED_SYNTAXES

READER: Final = "metaviewer.medical.read_series:read_series"
PART_SLICES_MIN: Final = 16
"""Below this a child of its own (10 ms) is a good share of the decoding (2 to 30 ms a slice)."""
UNREADABLE_SHARE_MAX: Final = 0.1
"""Up to this share of the slices may be damaged; their places stay empty."""
ASK_EVERY_S: Final = 0.05

Plan = Mapping[str, Any]


def part_count(plan: Plan) -> int:
    """In how many parts a series is best read: one, where nothing is to be decoded."""
    if not any(layout["syntax"] in DECODED_SYNTAXES for layout in plan["layouts"]):
        return 1
    return max(1, min(core_count(), int(plan["shape"][0]) // PART_SLICES_MIN))


def core_count() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux says
        return os.cpu_count() or 1


def read_parts(  # noqa: PLR0913 - as `Jail.call`, and in how many parts
    jail: Jail,
    places: Sequence[Path],
    plan: Plan,
    *,
    count: int,
    place: str,
    on_progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Answer:
    """What `read_series` answers to `plan`, read by `count` children at once.

    Raises
    ------
    Refused
        As one of the parts is, or where too many slices of all are damaged.
    Cancelled
        If `cancelled` said so.
    """
    stop = Event()
    plans = parts_of(plan, count)
    done = [0.0] * len(plans)

    def read(number: int) -> Answer:
        def tell(fraction: float) -> None:
            done[number] = fraction

        return jail.call(
            READER,
            places,
            plans[number],
            place=place,
            on_progress=tell,
            cancelled=stop.is_set,
        )

    with ThreadPoolExecutor(len(plans)) as pool:
        parts = [pool.submit(read, number) for number in range(len(plans))]
        try:
            _follow(parts, done, on_progress=on_progress, cancelled=cancelled)
        finally:
            stop.set()  # after a refusal nobody wants the other parts
    answers = [part.result() for part in parts]
    parts.clear()
    return joined(answers, plan, place=place)


def parts_of(plan: Plan, count: int) -> list[dict[str, Any]]:
    """Plans of neighbouring ranges of slices, of nearly equal length."""
    ends = np.linspace(0, plan["shape"][0], count + 1).round().astype(int).tolist()
    return [
        {
            **plan,
            "shape": [last - first, *plan["shape"][1:]],
            **{name: plan[name][first:last] for name in ("lower", "upper", "weight")},
            "is_part": True,
        }
        for first, last in pairwise(ends)
    ]


def joined(answers: list[Answer], plan: Plan, *, place: str) -> Answer:
    """One answer of those of all parts, each judged as if an attacker had written it.

    Parameters
    ----------
    answers : list of Answer
        Emptied: the whole and all its parts would take twice the memory.
    """
    missing = tuple(dict.fromkeys(name for one in answers for name in one.missing_layers))
    if any(one.header.get("fits") is False for one in answers):
        return Answer(header={"fits": False}, arrays={}, missing_layers=missing)
    shape = tuple(int(n) for n in plan["shape"])
    dtype = np.dtype("int16" if plan["dtype"] == "int16" else "float32")
    values: NDArray[Any] = np.zeros(shape, dtype)
    padding: NDArray[np.bool_] | None = None
    damaged: set[int] = set()
    lowest, at = float("inf"), 0
    for part in parts_of(plan, len(answers)):
        answer = answers.pop(0)  # its memory goes back before that of the next is copied
        end = at + len(part["lower"])
        found, mask = answer.arrays.get("values"), answer.arrays.get("padding")
        if not _is_part(found, mask, shape=(end - at, *shape[1:]), dtype=dtype):
            raise Refused(place, "answer", "the parser gave an answer that makes no sense")
        assert found is not None
        values[at:end] = found
        if mask is not None:
            padding = np.zeros(shape, bool) if padding is None else padding
            padding[at:end] = mask
        low, damage = _judged(answer, len(plan["slices"]), dtype, place=place)
        lowest, at = min(lowest, low), end
        damaged |= damage
    check_damaged(len(damaged), len(plan["slices"]), place=place)
    arrays: dict[str, NDArray[Any]] = {"values": values}
    if padding is not None:
        fill_padding(values, padding, lowest=lowest)
        arrays["padding"] = padding
    for array in arrays.values():
        array.setflags(write=False)
    header: dict[str, Json] = {"fits": True, "unreadable": len(damaged)}
    return Answer(header=header, arrays=arrays, missing_layers=missing)


def check_damaged(damaged_count: int, slice_count: int, *, place: str = "") -> None:
    """Refuse a series of which too much cannot be decoded."""
    most = max(1, UNREADABLE_SHARE_MAX * slice_count)
    if damaged_count and (damaged_count == slice_count or damaged_count > most):
        raise Refused(
            place,
            "format",
            f"{damaged_count} of {slice_count} compressed slices cannot be decoded",
            remedy=NOT_DECODABLE,
        )


def fill_padding(values: NDArray[Any], padding: NDArray[np.bool_], *, lowest: float) -> None:
    """Give what was not measured the lowest value that was, or 0 where nothing was."""
    fill = values.dtype.type(lowest if np.isfinite(lowest) else 0)
    for k in range(len(values)):
        values[k][padding[k]] = fill


def _follow(
    parts: Sequence[Future[Answer]],
    done: Sequence[float],
    *,
    on_progress: Callable[[float], None] | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Wait for all parts, and raise the first refusal; both listeners run in this thread."""
    waiting = set(parts)
    while waiting:
        finished, waiting = wait(waiting, timeout=ASK_EVERY_S, return_when=FIRST_COMPLETED)
        for part in finished:
            part.result()
        if cancelled is not None and cancelled():
            raise Cancelled
        if on_progress is not None:
            on_progress(sum(done) / len(done))


def _is_part(
    values: NDArray[Any] | None,
    mask: NDArray[Any] | None,
    *,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
) -> bool:
    if values is None or values.shape != shape or values.dtype != dtype:
        return False
    return mask is None or (mask.shape == shape and mask.dtype == bool)


def _judged(
    answer: Answer, slice_count: int, dtype: np.dtype[Any], *, place: str
) -> tuple[float, set[int]]:
    """Lowest measured value and damaged slices that a part tells, if they can be."""
    low, damaged = answer.header.get("lowest"), answer.header.get("damaged")
    ends = np.iinfo(dtype) if dtype.kind == "i" else np.finfo(dtype)
    is_low = low is None or (isinstance(low, int | float) and ends.min <= low <= ends.max)
    indices = damaged if isinstance(damaged, list) else [None]
    if not is_low or not all(type(n) is int and 0 <= n < slice_count for n in indices):
        raise Refused(place, "answer", "the parser gave an answer that makes no sense")
    return (float("inf") if low is None else float(str(low))), set(indices)
