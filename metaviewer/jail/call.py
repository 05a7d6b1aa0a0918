"""One call of the jail, and how each way it can end is said."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from metaviewer.errors import Refused
from metaviewer.jail.answer import Lie, NotFinite
from metaviewer.jail.door import Arrays, Json
from metaviewer.jail.limits import Limits
from metaviewer.jail.locks import LAYERS
from metaviewer.jail.packing import Table
from metaviewer.jobs import Cancelled

# Signal numbers of Linux: a child reports them, and not every platform names them.
CPU_SIGNAL: Final = 24  # SIGXCPU
KILL_SIGNAL: Final = 9

REMEDY: Final = {"parser": "export the file again", "computation": "report it with the file"}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Call:
    """One reader to run, or one computation on `arrays`, and who listens while it runs."""

    reader: str
    places: tuple[str, ...]
    arguments: Mapping[str, Json]
    limits: Limits
    place: str
    on_progress: Callable[[float], None] | None = None
    cancelled: Callable[[], bool] | None = None
    arrays: Arrays | None = None

    def request(self, table: Table) -> dict[str, Any]:
        """What the child is told; `table` says how the call's arrays lie in their memory."""
        return {
            "reader": self.reader,
            "places": self.places,
            "arguments": self.arguments,
            "limits": asdict(self.limits),
            "arrays": None if self.arrays is None else table,
        }

    @property
    def subject(self) -> str:
        """Who is to blame where there is no answer."""
        return "parser" if self.arrays is None else "computation"


def check_still_wanted(call: Call, deadline_s: float) -> None:
    """Raise `Cancelled` or `Refused` where the call has to end now."""
    if call.cancelled is not None and call.cancelled():
        raise Cancelled
    if time.monotonic() >= deadline_s:
        raise Refused(
            call.place,
            "time",
            f"it took more than {call.limits.wall_s:.0f} s",
            remedy="read fewer or smaller files",
        )


def tell_progress(done: object, call: Call) -> None:
    """Pass on how far a child says it is, if that is a share."""
    if call.on_progress is not None and isinstance(done, int | float) and 0 <= done <= 1:
        call.on_progress(float(done))


def missing_layers(locks: object) -> tuple[str, ...]:
    """Layers that a child did not report."""
    reported = locks if isinstance(locks, list) else []
    return tuple(layer for layer in LAYERS if layer not in reported)


def ended(how: object, call: Call) -> Refused:
    """The refusal for a child that ended without an answer."""
    fields = how if isinstance(how, dict) else {}
    by_signal, exit_code, cpu_s = (
        _number(fields.get(name)) for name in ("signal", "exit", "cpu_s")
    )
    if by_signal == CPU_SIGNAL or cpu_s >= call.limits.cpu_s:
        return Refused(
            call.place,
            "time",
            f"it needs more than {call.limits.cpu_s} s of computing",
            remedy="read fewer or smaller files",
        )
    if not by_signal:
        reason = f"the {call.subject} ended without an answer (exit code {exit_code:.0f})"
    elif by_signal == KILL_SIGNAL:
        reason = f"the system ended the {call.subject}, probably because memory ran out"
    else:
        reason = f"the {call.subject} crashed ({_signal_name(by_signal)})"
    return Refused(call.place, "crash", reason, remedy=REMEDY[call.subject])


def wrong_answer(error: Exception, call: Call) -> Refused:
    """The refusal for an answer that did not pass the checks."""
    if isinstance(error, NotFinite):
        reason = "a number in it is infinite or not a number"
        return Refused(call.place, "numbers", reason, remedy=REMEDY[call.subject])
    detail = str(error) if isinstance(error, Lie) else type(error).__name__
    return Refused(
        call.place, "answer", f"the answer of the {call.subject} does not hold ({detail})"
    )


def _number(value: object) -> float:
    """A number as it is, anything else as 0: a child may send what it likes."""
    return float(value) if isinstance(value, int | float) and abs(value) < 1 << 53 else 0.0


def _signal_name(number: float) -> str:
    try:
        return signal.Signals(int(number)).name
    except ValueError:
        return "unknown signal"
