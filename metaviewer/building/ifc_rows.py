"""States of a row of the element table, between the jail and the room."""

from __future__ import annotations

from typing import Final

NOTHING: Final = 0
"""It has no body."""
BUILT: Final = 1
UNFINISHED: Final = 2
"""To be asked for again."""
NOT_DRAWN: Final = 3
"""It has a body that could not be built."""
SUBSTITUTE: Final = 4
"""It stands as a box."""
