"""Loaded into a zygote: runs a reader and tells what it took, whether it was refused or not."""

from __future__ import annotations

import resource

from metaviewer.errors import Refused
from metaviewer.jail.readers import find


def run(places, arguments, door):
    """Header and arrays of the reader that `arguments` name, with memory and time beside them."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    refused, header, arrays = [], {}, {}
    try:
        header, arrays = find(arguments["reader"])(places, arguments["arguments"], door)
    except Refused as error:
        refused = [error.word, error.reason, error.remedy]
    after = resource.getrusage(resource.RUSAGE_SELF)
    took = {
        "refused": refused,
        "grown_bytes": (after.ru_maxrss - before.ru_maxrss) * 1024,
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    }
    return {"took": took, "header": header}, arrays
