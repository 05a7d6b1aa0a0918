"""A jail without walls: readers run in this process, behind the same checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from metaviewer.errors import Refused
from metaviewer.jail import Answer, Json, here


class OpenJail:
    """What `Jail.call` does, without a process."""

    def call(
        self,
        reader: str,
        places: Sequence[Path],
        arguments: Mapping[str, Json] | None = None,
        *,
        place: str = "",
    ) -> Answer:
        try:
            return here(reader, places, arguments)
        except Refused as refused:
            raise Refused(place, refused.word, refused.reason, remedy=refused.remedy) from refused


@pytest.fixture
def open_jail() -> OpenJail:
    return OpenJail()
