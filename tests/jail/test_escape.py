"""What a parser under an attacker's control can still do: nothing that matters."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from metaviewer.jail import Jail
from metaviewer.jail.door import OpenDoor
from metaviewer.jail.seccomp import filter_program
from metaviewer.jail.system_calls import MACHINES, NUMBERS

HERE = Path(__file__).parent
HOSTILE = HERE / "hostile_readers.py"

OTHERWISE_REFUSED = {
    "thread": "RuntimeError",
    "raise limits": "ValueError",
    "1000 open files": "OSError",  # too many
    "clone3": "OSError",  # not there, so that the C library takes clone
}


@pytest.mark.parametrize(
    "user", [[], [HERE / "unprivileged.py"]], ids=["as we are", "unprivileged"]
)
def test_every_attempt_is_refused(file, user):
    """Bug: one of the locks is not put on, as root or as an ordinary user."""
    let_everyone_in(file)
    mode, changed_ns = file.stat().st_mode, file.stat().st_mtime_ns
    with Jail("test", extra_readers=[HOSTILE, *user]) as jail:
        answer = jail.call("hostile_readers:tries", [file], {"temp": tempfile.gettempdir()})
    assert answer.missing_layers == ()
    outcome = {name: OTHERWISE_REFUSED.get(name, "PermissionError") for name in answer.header}
    assert {name: how.split()[0] for name, how in answer.header.items()} == outcome
    assert len(outcome) > 35
    assert sorted(os.listdir(file.parent)) == ["beside", "scan"]
    assert (file.stat().st_mode, file.stat().st_mtime_ns) == (mode, changed_ns)
    assert file.read_bytes() == b"scan, 16 bytes.."
    for folder in (tempfile.gettempdir(), "/dev/shm"):  # noqa: S108 - looked at
        assert not Path(folder, "jail-was-here").exists()


def let_everyone_in(file):
    """Or the mode of the folders, not the jail, would keep another user out."""
    file.chmod(0o666)
    file.parent.chmod(0o777)
    for folder in file.parent.parents:
        if tempfile.gettempdir() in map(str, folder.parents):
            folder.chmod(0o755)


@pytest.mark.parametrize("missing", ["landlock", "seccomp"])
def test_either_lock_alone_keeps_files_from_being_changed(file, missing):
    """Bug: one lock hides that the other is open; an old kernel has only one of them."""
    with Jail("test", extra_readers=[HOSTILE, HERE / f"without_{missing}.py"]) as jail:
        outcome = jail.call("hostile_readers:writes", [file]).header
    assert {name for name, how in outcome.items() if "WORKED" in how} == set()
    assert sorted(os.listdir(file.parent)) == ["beside", "scan"]


def test_these_attempts_succeed_without_a_jail(file, monkeypatch):
    """Bug: an attempt that fails anywhere (a wrong call) counts as refused."""
    monkeypatch.syspath_prepend(str(HERE))
    import hostile_readers

    outcome, _ = hostile_readers.writes([file], {}, OpenDoor())
    assert {name for name, how in outcome.items() if "WORKED" not in how} == set()


@pytest.mark.parametrize("machine", MACHINES)
def test_no_two_calls_share_a_number(machine):
    """Bug: a number copied into the wrong line denies another call than it names."""
    numbers = [entry.on(machine) for entry in NUMBERS.values() if entry.on(machine) is not None]
    assert len(set(numbers)) == len(numbers)
    assert len(numbers) > 80


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("threads", [True, False])
def test_the_filter_decides_as_written(machine, threads):
    """Bug: a jump that is one step off allows a call, or denies its neighbour.

    The filter runs here on a small interpreter of its five instructions, for the other machine too.
    """
    denied, absent, allowed = 0x00050001, 0x00050026, 0x7FFF0000
    program = filter_program(machine, threads=threads)
    verdict = lambda name, *arguments: run_filter(  # noqa: E731
        program, machine, NUMBERS[name].on(machine), arguments
    )
    for name in ("execve", "kill", "socket", "truncate", "fchmod", "memfd_create", "bpf"):
        assert verdict(name) == denied, name
    assert verdict("openat", 0, 0, 0) == allowed
    for changing in (1, 2, 0o100, 0o1000):
        assert verdict("openat", 0, 0, changing) == denied
    assert verdict("prlimit64", 0) == allowed
    assert verdict("prlimit64", 17) == denied
    assert verdict("clone3") == absent
    assert verdict("clone", 0x10000) == (allowed if threads else denied)
    assert verdict("clone", 17) == denied
    assert (
        run_filter(program, machine, {"x86_64": 0, "aarch64": 63}[machine], ()) == allowed
    )  # read
    assert run_filter(program, "other", 0, ()) == 0x80000000


def run_filter(program, machine, number, arguments):
    import struct

    from metaviewer.jail.system_calls import AUDIT_ARCH

    values = [*arguments, *[0] * (6 - len(arguments))]
    seen = struct.pack("<IIQ6Q", number, AUDIT_ARCH.get(machine, 1), 0, *values)
    steps = list(struct.iter_unpack("<HBBI", program))
    at = word = 0
    while True:
        code, if_true, if_false, constant = steps[at]
        at += 1
        if code == 0x06:
            return constant
        if code == 0x20:
            word = struct.unpack_from("<I", seen, constant)[0]
            continue
        is_true = {0x15: word == constant, 0x35: word >= constant, 0x45: bool(word & constant)}
        at += if_true if is_true[code] else if_false
