"""Heavy computing on our own arrays, in a process that never holds GL.

The same zygote as for foreign files, for trusted functions: normals, light volumes, filters. The
interpreter of the viewer stays free, and a computation can be ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from metaviewer.closing import Closing
from metaviewer.jail.answer import Answer
from metaviewer.jail.call import Call
from metaviewer.jail.door import AnyArray, Json
from metaviewer.jail.jail import CAN_FORK, Jail
from metaviewer.jail.limits import WORK, Limits
from metaviewer.jail.readers import is_callable_in, room_called


class Workshop(Closing):
    """A zygote for computations. Every method may be called from any thread."""

    def __init__(self, *, can_fork: bool = CAN_FORK) -> None:
        self._jail = Jail(WORK, can_fork=can_fork)

    def __enter__(self) -> Workshop:
        """Start the zygote and do not wait for it."""
        self._jail.__enter__()
        return self

    def close(self) -> None:
        """End the zygote and every computation."""
        self._jail.close()

    def compute(  # noqa: PLR0913 - one sentence: what to do with what, and who listens
        self,
        function: str,
        arrays: Mapping[str, AnyArray],
        arguments: Mapping[str, Json] | None = None,
        *,
        limits: Limits | None = None,
        place: str = "",
        on_progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """What `function(arrays, arguments, door)` made.

        Parameters
        ----------
        function : str
            `"metaviewer.<room>.<module>:<function>"`; it returns header and arrays like a reader.
        arrays : mapping of name to array
            Copied once on the way in. What the function writes into them nobody else sees.
        limits, place, on_progress, cancelled
            As in `Jail.call`.

        Raises
        ------
        Refused
            If there is no result: "memory", "time", or "crash" for a mistake of ours.
        Cancelled
            If `cancelled` said so.
        """
        assert is_callable_in(WORK, function), function
        return self._jail.run(
            Call(
                reader=function,
                places=(),
                arguments=arguments or {},
                limits=limits or room_called(WORK).limits,
                place=place or "computation",
                on_progress=on_progress,
                cancelled=cancelled,
                arrays=dict(arrays),
            )
        )
