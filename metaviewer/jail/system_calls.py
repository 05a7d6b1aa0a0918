"""Numbers of Linux system calls on the two machines we serve, and which of them a child is denied.

Python names none of them, and libseccomp is not on every machine. Numbers are kernel interface and
never change; these were compared with the kernel's headers `asm/unistd_64.h` and
`asm-generic/unistd.h`.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from typing import Final

MACHINES: Final = ("x86_64", "aarch64")

AUDIT_ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""What seccomp sees as the machine (linux/audit.h): ELF machine, 64 bit, little-endian."""


def machine() -> str | None:
    """The machine's name where its numbers are known, `None` elsewhere."""
    name = platform.machine()
    return name if sys.platform == "linux" and name in MACHINES else None


def number(name: str) -> int | None:
    """Number of a system call on this machine; `None` where the call does not exist."""
    here = machine()
    return None if here is None else NUMBERS[name].on(here)


@dataclass(frozen=True, slots=True)
class Numbers:
    """One call's number on each machine; `None` where an older call was left out."""

    x86_64: int | None
    aarch64: int | None

    def on(self, name: str) -> int | None:
        """The number on the machine called `name`."""
        return self.x86_64 if name == "x86_64" else self.aarch64


_PROCESSES: Final = {
    "fork": Numbers(57, None),
    "vfork": Numbers(58, None),
    "execve": Numbers(59, 221),
    "execveat": Numbers(322, 281),
    "kill": Numbers(62, 129),
    "tkill": Numbers(200, 130),
    "tgkill": Numbers(234, 131),
    "rt_sigqueueinfo": Numbers(129, 138),
    "rt_tgsigqueueinfo": Numbers(297, 240),
    "ptrace": Numbers(101, 117),
    "process_vm_readv": Numbers(310, 270),
    "process_vm_writev": Numbers(311, 271),
    "process_madvise": Numbers(440, 440),
    "process_mrelease": Numbers(448, 448),
    "pidfd_open": Numbers(434, 434),
    "pidfd_getfd": Numbers(438, 438),
    "pidfd_send_signal": Numbers(424, 424),
    "kcmp": Numbers(312, 272),
    "setpriority": Numbers(141, 140),
    "ioprio_set": Numbers(251, 30),
    "sched_setparam": Numbers(142, 118),
    "sched_setscheduler": Numbers(144, 119),
    "sched_setaffinity": Numbers(203, 122),
    "sched_setattr": Numbers(314, 274),
    "migrate_pages": Numbers(256, 238),
    "move_pages": Numbers(279, 239),
    "personality": Numbers(135, 92),
    "unshare": Numbers(272, 97),
    "setns": Numbers(308, 268),
    "seccomp": Numbers(317, 277),
}
"""Starting, ending, watching or slowing another process."""

_NETWORK: Final = {
    "socket": Numbers(41, 198),
    "socketpair": Numbers(53, 199),
    "connect": Numbers(42, 203),
    "accept": Numbers(43, 202),
    "accept4": Numbers(288, 242),
    "bind": Numbers(49, 200),
    "listen": Numbers(50, 201),
    "shutdown": Numbers(48, 210),
    "setsockopt": Numbers(54, 208),
    "sendmmsg": Numbers(307, 269),
}
"""Sockets: the one on which the child answers is open already."""

_FILES: Final = {
    "truncate": Numbers(76, 45),
    "creat": Numbers(85, None),
    "openat2": Numbers(437, 437),
    "open_by_handle_at": Numbers(304, 265),
    "name_to_handle_at": Numbers(303, 264),
    "mknod": Numbers(133, None),
    "mknodat": Numbers(259, 33),
    "mkdir": Numbers(83, None),
    "mkdirat": Numbers(258, 34),
    "rmdir": Numbers(84, None),
    "unlink": Numbers(87, None),
    "unlinkat": Numbers(263, 35),
    "link": Numbers(86, None),
    "linkat": Numbers(265, 37),
    "symlink": Numbers(88, None),
    "symlinkat": Numbers(266, 36),
    "rename": Numbers(82, None),
    "renameat": Numbers(264, 38),
    "renameat2": Numbers(316, 276),
    "chmod": Numbers(90, None),
    "fchmod": Numbers(91, 52),
    "fchmodat": Numbers(268, 53),
    "fchmodat2": Numbers(452, 452),
    "chown": Numbers(92, None),
    "fchown": Numbers(93, 55),
    "lchown": Numbers(94, None),
    "fchownat": Numbers(260, 54),
    "utime": Numbers(132, None),
    "utimes": Numbers(235, None),
    "futimesat": Numbers(261, None),
    "utimensat": Numbers(280, 88),
    "setxattr": Numbers(188, 5),
    "lsetxattr": Numbers(189, 6),
    "fsetxattr": Numbers(190, 7),
    "setxattrat": Numbers(463, 463),
    "removexattr": Numbers(197, 14),
    "lremovexattr": Numbers(198, 15),
    "fremovexattr": Numbers(199, 16),
    "removexattrat": Numbers(466, 466),
    "ioctl": Numbers(16, 29),
    "fanotify_init": Numbers(300, 262),
}
"""Changing a file or its facts. Landlock knows neither owner, mode, time nor attributes."""

_MEMORY: Final = {
    "memfd_create": Numbers(319, 279),
    "memfd_secret": Numbers(447, 447),
    "shmget": Numbers(29, 194),
    "shmat": Numbers(30, 196),
    "semget": Numbers(64, 190),
    "msgget": Numbers(68, 186),
    "mq_open": Numbers(240, 180),
    "userfaultfd": Numbers(323, 282),
}
"""Memory that RLIMIT_AS does not count, or that outlives the child."""

_MACHINE: Final = {
    "mount": Numbers(165, 40),
    "umount2": Numbers(166, 39),
    "pivot_root": Numbers(155, 41),
    "chroot": Numbers(161, 51),
    "open_tree": Numbers(428, 428),
    "move_mount": Numbers(429, 429),
    "fsopen": Numbers(430, 430),
    "fsconfig": Numbers(431, 431),
    "fsmount": Numbers(432, 432),
    "fspick": Numbers(433, 433),
    "mount_setattr": Numbers(442, 442),
    "quotactl": Numbers(179, 60),
    "swapon": Numbers(167, 224),
    "swapoff": Numbers(168, 225),
    "acct": Numbers(163, 89),
    "syslog": Numbers(103, 116),
    "reboot": Numbers(169, 142),
    "kexec_load": Numbers(246, 104),
    "kexec_file_load": Numbers(320, 294),
    "init_module": Numbers(175, 105),
    "finit_module": Numbers(313, 273),
    "delete_module": Numbers(176, 106),
    "bpf": Numbers(321, 280),
    "perf_event_open": Numbers(298, 241),
    "io_setup": Numbers(206, 0),
    "io_uring_setup": Numbers(425, 425),
    "io_uring_enter": Numbers(426, 426),
    "io_uring_register": Numbers(427, 427),
    "add_key": Numbers(248, 217),
    "request_key": Numbers(249, 218),
    "keyctl": Numbers(250, 219),
    "settimeofday": Numbers(164, 170),
    "clock_settime": Numbers(227, 112),
    "clock_adjtime": Numbers(305, 266),
    "adjtimex": Numbers(159, 171),
    "sethostname": Numbers(170, 161),
    "setdomainname": Numbers(171, 162),
    "iopl": Numbers(172, None),
    "ioperm": Numbers(173, None),
    "modify_ldt": Numbers(154, None),
    "uselib": Numbers(134, None),
}
"""What belongs to the machine, and doors into the kernel that no parser needs."""

DENIED: Final = {**_PROCESSES, **_NETWORK, **_FILES, **_MEMORY, **_MACHINE}
"""Answered with EPERM whatever the arguments."""

_JUDGED: Final = {
    "open": Numbers(2, None),
    "openat": Numbers(257, 56),
    "clone": Numbers(56, 220),
    "clone3": Numbers(435, 435),
    "prlimit64": Numbers(302, 261),
}
"""Allowed or denied by their arguments, in `seccomp.py`."""

_OURS: Final = {
    "capset": Numbers(126, 91),
    "landlock_create_ruleset": Numbers(444, 444),
    "landlock_add_rule": Numbers(445, 445),
    "landlock_restrict_self": Numbers(446, 446),
}
"""Called by `locks.py` itself."""

NUMBERS: Final = {**DENIED, **_JUDGED, **_OURS}
