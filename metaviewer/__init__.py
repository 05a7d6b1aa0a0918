"""A hospital with its live state and a patient's scan in one 3D space.

Three verbs, as on the command line: `metaviewer.open`, `metaviewer.shot` and `metaviewer.check`.
Importing this package loads nothing of what they need.
"""

from __future__ import annotations

__all__ = ["check", "open", "shot"]


def __getattr__(name: str) -> object:
    """Return one of the three verbs, which are joined in `app`, when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from metaviewer import app

    return getattr(app, name)


def __dir__() -> list[str]:
    """Return the names that help and completion show."""
    return [*globals(), *__all__]
