"""One hostile jail for all tests that do not kill it, and looks at processes from outside."""

from __future__ import annotations

import os
import select
from pathlib import Path

import pytest

from metaviewer.jail import Jail

HOSTILE = Path(__file__).parent / "hostile_readers.py"


@pytest.fixture(scope="session")
def shared_jail():
    with Jail("test", extra_readers=[HOSTILE]) as jail:
        yield jail


@pytest.fixture
def file(tmp_path) -> Path:
    """A file that a call may read, beside one that it may not."""
    (tmp_path / "beside").write_bytes(b"not yours")
    place = tmp_path / "scan"
    place.write_bytes(b"scan, 16 bytes..")
    return place


@pytest.fixture
def children():
    return _children


@pytest.fixture
def descriptor_count():
    return lambda pid: len(os.listdir(f"/proc/{pid}/fd"))


@pytest.fixture
def ends_within():
    return _ends_within


@pytest.fixture
def all_children_end():
    return _all_children_end


def _children(pid: int) -> list[int]:
    """Process numbers of the children of `pid`."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _ends_within(pid_descriptor: int, seconds: float) -> bool:
    """Whether a process ends in time. By descriptor: a number may be given to another."""
    poll = select.poll()
    poll.register(pid_descriptor, select.POLLIN)
    try:
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(pid_descriptor)


def _all_children_end(pid: int, seconds: float) -> bool:
    """Whether every child that `pid` has now ends in time."""
    left = []
    for child in _children(pid):
        try:
            left.append(os.pidfd_open(child))
        except ProcessLookupError:
            continue
    return all([_ends_within(descriptor, seconds) for descriptor in left])
