"""What the fault tests share: a disk that is full."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@pytest.fixture
def full_disk():
    """`with full_disk(bytes):` no file of this process grows beyond so many bytes.

    The system answers as on a full disk, with OSError at the write that finds no room; root and
    user, with and without a disk to fill, see the same.
    """
    return _full_disk


@contextmanager
def _full_disk(room_bytes: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # A module first imported meanwhile would leave its compiled form cut off, for every later run.
    writes_compiled, sys.dont_write_bytecode = not sys.dont_write_bytecode, True
    resource.setrlimit(resource.RLIMIT_FSIZE, (room_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        sys.dont_write_bytecode = not writes_compiled
