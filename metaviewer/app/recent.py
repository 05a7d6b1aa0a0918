"""Places opened lately: paths a person chose, kept on this machine for that person only."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from metaviewer import resources

RECENT_MAX: Final = 12
FILE_NAME: Final = "recent.json"
FILE_BYTES_MAX: Final = 1 << 16


def recent_places() -> tuple[str, ...]:
    """Places opened lately that are still there, the newest first."""
    path = resources.state_dir() / FILE_NAME
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            return ()
        places = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    if not isinstance(places, list):
        return ()
    return tuple(place for place in places if isinstance(place, str) and os.path.exists(place))


def remember(place: str) -> None:
    """Put a place first; a disk that cannot be written is no reason to stop anybody."""
    place = str(Path(place).absolute())
    places = [place, *(other for other in recent_places() if other != place)][:RECENT_MAX]
    path = resources.state_dir() / FILE_NAME
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with resources.whole_file(path, mode=0o600) as stream:
            stream.write(json.dumps(places).encode())
