"""What a locked child can still do, found by trying: the measured answer behind `layers`."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from metaviewer.jail.door import Arrays, Door, Header, Json

UNNAMED_FILE: Final = "/etc/passwd"  # readable by everyone on every Unix, named by no call


def read_layers(
    places: Sequence[Path], arguments: Mapping[str, Json], door: Door
) -> tuple[Header, Arrays]:
    """Header with one truth value for each attempt: whether it was refused, as it should be."""
    attempts: dict[str, Callable[[], object]] = {
        "reads_no_other_file": lambda: Path(UNNAMED_FILE).read_bytes(),
        "writes_no_file": lambda: (places[0] if places else Path("x")).open("ab").close(),
        "opens_no_socket": lambda: socket.socket().close(),
        "starts_no_program": lambda: os.execv("/nowhere", ["nowhere"]),  # noqa: S606
    }
    return {name: _is_refused(attempt) for name, attempt in attempts.items()}, {}


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except PermissionError:
        return True
    except OSError:
        return False
    return False
