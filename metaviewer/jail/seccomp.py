"""The filter that stands before every system call of a child (seccomp, classic BPF).

It lists what is denied, not what is allowed: parsers are large libraries whose calls change with
the C library, and a call denied by mistake shows as a wrong file. What the list leaves open,
Landlock, the limits and the lost capabilities close.
"""

from __future__ import annotations

import errno
import struct
from typing import Final, NamedTuple

from metaviewer.jail.system_calls import AUDIT_ARCH, DENIED, NUMBERS

# Instructions of linux/bpf_common.h, values of linux/seccomp.h.
LOAD_WORD: Final = 0x20
JUMP_IF_EQUAL: Final = 0x15
JUMP_IF_AT_LEAST: Final = 0x35
JUMP_IF_ANY_BIT: Final = 0x45
RETURN: Final = 0x06

KILL_PROCESS: Final = 0x80000000
ALLOW: Final = 0x7FFF0000
ERROR: Final = 0x00050000
NOT_PERMITTED: Final = ERROR | errno.EPERM
NOT_THERE: Final = ERROR | errno.ENOSYS

# struct seccomp_data: number, machine, instruction pointer, six arguments of 64 bits.
AT_NUMBER: Final = 0
AT_MACHINE: Final = 4
AT_ARGUMENTS: Final = 16

X32_NUMBERS_FROM: Final = 0x40000000  # a second numbering of x86-64, which would pass every compare
OPEN_CHANGES: Final = 0o1 | 0o2 | 0o100 | 0o1000  # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC
CLONE_THREAD: Final = 0x10000


class Instruction(NamedTuple):
    """One step of the filter: code, how far to jump if true and if false, and its constant."""

    code: int
    if_true: int
    if_false: int
    constant: int


def filter_program(machine: str, *, threads: bool) -> bytes:
    """The filter as the kernel takes it: one `struct sock_filter` after another.

    Parameters
    ----------
    machine : str
        A name of `system_calls.MACHINES`.
    threads : bool
        Whether the child may start threads of its own; processes it may never start.
    """
    steps = [
        Instruction(LOAD_WORD, 0, 0, AT_MACHINE),
        Instruction(JUMP_IF_EQUAL, 1, 0, AUDIT_ARCH[machine]),
        Instruction(RETURN, 0, 0, KILL_PROCESS),
        Instruction(LOAD_WORD, 0, 0, AT_NUMBER),
    ]
    if machine == "x86_64":
        steps += [
            Instruction(JUMP_IF_AT_LEAST, 0, 1, X32_NUMBERS_FROM),
            Instruction(RETURN, 0, 0, KILL_PROCESS),
        ]
    for name in DENIED:
        steps += _when(machine, name, [Instruction(RETURN, 0, 0, NOT_PERMITTED)])
    steps += _when(machine, "open", _denied_if_any_bit(argument=1, bits=OPEN_CHANGES))
    steps += _when(machine, "openat", _denied_if_any_bit(argument=2, bits=OPEN_CHANGES))
    steps += _when(machine, "prlimit64", _allowed_if_zero(argument=0))
    # The C library falls back to clone, whose flags a filter can read; those of clone3 it cannot.
    steps += _when(machine, "clone3", [Instruction(RETURN, 0, 0, NOT_THERE)])
    if threads:
        steps += _when(machine, "clone", _allowed_if_any_bit(argument=0, bits=CLONE_THREAD))
    else:
        steps += _when(machine, "clone", [Instruction(RETURN, 0, 0, NOT_PERMITTED)])
    steps.append(Instruction(RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _when(machine: str, name: str, verdict: list[Instruction]) -> list[Instruction]:
    """The verdict for one call, jumped over by every other; it must end in a return."""
    number = NUMBERS[name].on(machine)
    if number is None:
        return []
    return [Instruction(JUMP_IF_EQUAL, 0, len(verdict), number), *verdict]


def _denied_if_any_bit(*, argument: int, bits: int) -> list[Instruction]:
    return [
        _load(argument),
        Instruction(JUMP_IF_ANY_BIT, 0, 1, bits),
        Instruction(RETURN, 0, 0, NOT_PERMITTED),
        Instruction(RETURN, 0, 0, ALLOW),
    ]


def _allowed_if_any_bit(*, argument: int, bits: int) -> list[Instruction]:
    return [
        _load(argument),
        Instruction(JUMP_IF_ANY_BIT, 0, 1, bits),
        Instruction(RETURN, 0, 0, ALLOW),
        Instruction(RETURN, 0, 0, NOT_PERMITTED),
    ]


def _allowed_if_zero(*, argument: int) -> list[Instruction]:
    """Process 0 is the caller itself: a child may lower its own limits, not the viewer's."""
    return [
        _load(argument),
        Instruction(JUMP_IF_EQUAL, 0, 1, 0),
        Instruction(RETURN, 0, 0, ALLOW),
        Instruction(RETURN, 0, 0, NOT_PERMITTED),
    ]


def _load(argument: int) -> Instruction:
    """The lower half of an argument: both machines are little-endian, and no flag lies above it."""
    return Instruction(LOAD_WORD, 0, 0, AT_ARGUMENTS + 8 * argument)
