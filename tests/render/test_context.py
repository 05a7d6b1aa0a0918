"""What a context asks of the machine before it is opened."""

from __future__ import annotations

import os
import shutil

import pytest

from metaviewer.render import context
from metaviewer.render.context import shader_cache_fits


@pytest.mark.parametrize("name", ["MESA_SHADER_CACHE_DIR", "XDG_CACHE_HOME", "HOME"])
def test_the_cache_of_shaders_needs_room_where_mesa_would_put_it(name, tmp_path, monkeypatch):
    """Bug: the disk is full, and Mesa's write into its mapped cache ends the process (SIGBUS)."""
    asked = []

    def usage(place):
        asked.append(place)
        return shutil._ntuple_diskusage(1 << 30, 1 << 30, free_bytes)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    free_bytes = context.SHADER_CACHE_BYTES_MIN
    assert shader_cache_fits({name: str(tmp_path / "not yet made")})
    free_bytes -= 1
    assert not shader_cache_fits({name: str(tmp_path / "not yet made")})
    assert asked == [tmp_path, tmp_path]


def test_a_cache_that_cannot_be_written_is_none(tmp_path, monkeypatch):
    """Bug: only the space is looked at."""
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    assert not shader_cache_fits({"XDG_CACHE_HOME": str(tmp_path)})
