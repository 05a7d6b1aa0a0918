"""Loaded into a zygote: a machine whose system calls have no numbers here."""

from metaviewer.jail import locks

locks.machine = lambda: None
