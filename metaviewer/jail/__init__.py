"""Where foreign files are parsed: locked processes and checked answers."""

from __future__ import annotations

from metaviewer.jail.answer import Answer
from metaviewer.jail.door import AnyArray, Arrays, Door, Header, Json, Reader
from metaviewer.jail.here import here
from metaviewer.jail.jail import Jail
from metaviewer.jail.layers import layers
from metaviewer.jail.limits import Limits
from metaviewer.jail.locks import leave_no_core
from metaviewer.jail.workshop import Workshop

__all__ = [
    "Answer",
    "AnyArray",
    "Arrays",
    "Door",
    "Header",
    "Jail",
    "Json",
    "Limits",
    "Reader",
    "Workshop",
    "here",
    "layers",
    "leave_no_core",
]
