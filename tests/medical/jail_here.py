"""A jail of one wall: readers run in this process, so that a failing test shows where."""

from __future__ import annotations

from metaviewer.jail import here


class JailHere:
    """Has `call` of `metaviewer.jail.Jail`; the real one runs in test_faults.py."""

    def call(self, reader, places, arguments=None, **listeners):
        return here(reader, places, arguments, on_progress=listeners.get("on_progress"))
