"""How a child locks itself before it touches a file.

Every lock works without any privilege (measured as root and as an ordinary user). A lock that the
kernel lacks is left out and named in what `lock` returns: the viewer shows it as a badge.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from metaviewer.jail.limits import Limits
from metaviewer.jail.seccomp import filter_program
from metaviewer.jail.system_calls import machine, number

LAYERS: Final = (
    "limits",
    "no_core_dump",
    "no_new_privileges",
    "capabilities",
    "landlock",
    "seccomp",
)
"""What `lock` puts on, in its order."""

# linux/prctl.h
SET_PARENT_DEATH_SIGNAL: Final = 1
SET_DUMPABLE: Final = 4
SET_SECCOMP: Final = 22
SET_NO_NEW_PRIVILEGES: Final = 38
SECCOMP_MODE_FILTER: Final = 2

# linux/landlock.h: the version that first knew each right, and the number of rights known then.
RIGHTS_BY_VERSION: Final = ((5, 16), (3, 15), (2, 14), (1, 13))
NETWORK_FROM_VERSION: Final = 4
SCOPES_FROM_VERSION: Final = 6
BIND_AND_CONNECT_TCP: Final = 0b11
ABSTRACT_SOCKETS_AND_SIGNALS: Final = 0b11
READ_FILE: Final = 0b0100
READ_FILE_AND_FOLDER: Final = 0b1100
ASK_VERSION: Final = 1
RULE_PATH_BENEATH: Final = 1

CAPABILITY_VERSION_3: Final = 0x20080522
MAY_READ_ANY_FILE: Final = (
    1 << 2
)  # CAP_DAC_READ_SEARCH: root reads a file of another user, as before

SYSTEM_PLACES: Final = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/dev/urandom",
)
"""What shared libraries that a parser loads late may need."""

PACKAGE_FOLDERS: Final = ("site-packages", "dist-packages")
PACKAGE_DIR: Final = Path(__file__).parents[1]


def end_with_parent(parent_pid: int) -> None:
    """Have the kernel end this process when its parent ends.

    Only for the child of a process with one thread: the signal comes when the *thread* that
    started the child ends (man PR_SET_PDEATHSIG).
    """
    if sys.platform != "linux":
        return
    _libc().prctl(SET_PARENT_DEATH_SIGNAL, 9, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)


def lock(places: Sequence[str], limits: Limits) -> tuple[str, ...]:
    """Lock this process for the rest of its life; return the names of `LAYERS` that took hold."""
    locks: dict[str, Callable[[], bool]] = {
        "limits": lambda: _limit(limits),
        "no_core_dump": leave_no_core,
        "no_new_privileges": lambda: _linux(SET_NO_NEW_PRIVILEGES, 1),
        "capabilities": _drop_capabilities,
        "landlock": lambda: _allow_reading([*places, *installation()]),
        "seccomp": lambda: _filter_calls(threads=limits.threads),
    }
    assert tuple(locks) == LAYERS
    return tuple(name for name, put_on in locks.items() if put_on())


def leave_no_core() -> bool:
    """Have no core file written when this process crashes; whether the system agreed.

    A core file of a small DICOM reader held the patient's name three times (measured). Also for the
    viewer, at its start.
    """
    if sys.platform == "win32":
        return False
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return sys.platform != "linux" or _linux(SET_DUMPABLE, 0)


def landlock_version() -> int:
    """Version of Landlock in this kernel; 0 where it is missing or switched off."""
    create = number("landlock_create_ruleset")
    return max(0, _libc().syscall(create, None, 0, ASK_VERSION)) if create is not None else 0


@cache
def installation() -> tuple[str, ...]:
    """Folders that hold the interpreter, its packages and the libraries they load.

    Found out once, by the zygote before it forks: it takes imports of its own.
    """
    packages = (
        sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")
    )
    found = (entry for entry in sys.path if entry.endswith(PACKAGE_FOLDERS))
    places = (str(PACKAGE_DIR), sys.prefix, sys.base_prefix, *packages, *found, *SYSTEM_PLACES)
    # The prefix of a system interpreter is /usr: of that its lib folders are enough.
    return tuple(
        place for place in dict.fromkeys(places) if place not in ("/", "/usr", "/usr/local")
    )


def _limit(limits: Limits) -> bool:
    if sys.platform == "win32":
        return False
    import resource

    # One second between soft and hard: SIGXCPU names the cause, SIGKILL would not.
    wanted = [
        (resource.RLIMIT_CPU, limits.cpu_s, limits.cpu_s + 1),
        (resource.RLIMIT_FSIZE, limits.memory_bytes, limits.memory_bytes),
        (resource.RLIMIT_NOFILE, limits.file_count, limits.file_count),
        (resource.RLIMIT_AS, *(2 * [_address_space_bytes() + limits.memory_bytes])),
    ]
    done = [_set_limit(which, soft, hard) for which, soft, hard in wanted]
    return all(done)


def _set_limit(which: int, soft: int, hard: int) -> bool:
    import resource

    _, allowed = resource.getrlimit(which)
    if allowed != resource.RLIM_INFINITY:
        soft, hard = min(soft, allowed), min(hard, allowed)
    try:
        resource.setrlimit(which, (soft, hard))
    except (OSError, ValueError):  # macOS refuses or ignores RLIMIT_AS (cpython#78783)
        return False
    return True


def _address_space_bytes() -> int:
    """What the process occupies before it parses anything; 0 where the kernel does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    except OSError:
        return 1 << 30  # the largest zygote held 0.97 GB (measured)
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _drop_capabilities() -> bool:
    """Leave root with nothing but reading; a process without capabilities loses nothing."""
    call = number("capset")
    if call is None:
        return False
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    keep = MAY_READ_ANY_FILE if os.geteuid() == 0 else 0
    rights = struct.pack("=6I", keep, keep, 0, 0, 0, 0)
    if _libc().syscall(call, header, rights) == 0:
        return True
    nothing = struct.pack("=6I", 0, 0, 0, 0, 0, 0)
    return bool(_libc().syscall(call, header, nothing) == 0)


def _allow_reading(places: Iterable[str]) -> bool:
    """Landlock: these files and trees may be read; nothing may be written or run."""
    version = landlock_version()
    if not version:
        return False
    libc = _libc()
    right_count = next(count for since, count in RIGHTS_BY_VERSION if version >= since)
    handled = struct.pack(
        "=QQQ",
        (1 << right_count) - 1,
        BIND_AND_CONNECT_TCP if version >= NETWORK_FROM_VERSION else 0,
        ABSTRACT_SOCKETS_AND_SIGNALS if version >= SCOPES_FROM_VERSION else 0,
    )
    # An older kernel refuses a structure longer than it knows, unless the rest is zero.
    rules = libc.syscall(number("landlock_create_ruleset"), handled, len(handled), 0)
    if rules < 0:
        return False
    try:
        for place in places:
            _allow_place(rules, place)
        return bool(libc.syscall(number("landlock_restrict_self"), rules, 0) == 0)
    finally:
        os.close(rules)


def _allow_place(rules: int, place: str) -> None:
    try:
        at = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # a place that is not there cannot be read either
        return
    try:
        rights = READ_FILE_AND_FOLDER if os.path.isdir(place) else READ_FILE
        rule = struct.pack("=Qi", rights, at)
        _libc().syscall(number("landlock_add_rule"), rules, RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(at)


def _filter_calls(*, threads: bool) -> bool:
    here = machine()
    if here is None:
        return False
    program = ctypes.create_string_buffer(filter_program(here, threads=threads))
    count = (len(program) - 1) // 8  # a terminating zero follows
    header = struct.pack("@HP", count, ctypes.addressof(program))
    return _linux(SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.create_string_buffer(header))


def _linux(option: int, value: int, pointer: ctypes.Array[ctypes.c_char] | None = None) -> bool:
    """Ask for one `prctl`; whether the kernel did it."""
    if sys.platform != "linux":
        return False
    return bool(_libc().prctl(option, value, pointer, 0, 0) == 0)


@cache
def _libc() -> Any:  # noqa: ANN401 - ctypes knows no types
    return ctypes.CDLL(None, use_errno=True)
