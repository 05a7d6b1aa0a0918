"""Make a machine ready: system packages, `.venv`, pinned packages, the project itself.

Standard library only, and of that only what Debian's python3-minimal carries (no json, no shutil):
this runs before anything is installed. What is already there is not done again.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV_DIR = ROOT / ".venv"
BIN_DIR = VENV_DIR / ("Scripts" if os.name == "nt" else "bin")
EXE = ".exe" if os.name == "nt" else ""
STAMP_FILE = VENV_DIR / "metaviewer-setup.txt"
CONSTRAINTS_FILE = ROOT / "constraints.txt"
CONFIG_FILE = ROOT / "setup.cfg"
SYSTEM_FILE = ROOT / "packages.apt"
APT_GET = "/usr/bin/apt-get"
APT_LOCK_SECONDS = 300
# What each tool of `.venv` is as a module, where its start script would tie us to a path.
MODULES = {"python": (), "pytest": ("-m", "pytest"), "mypy": ("-m", "mypy"), "ruff": ("-m", "ruff")}


class SetupStoppedError(Exception):
    """The set-up cannot go on; the message tells the person what to run."""


def say(step: str, text: str) -> None:
    """One line for the person who waits."""
    print(f"dev: {step}: {text}", flush=True)


def set_up(parts: Sequence[str]) -> None:
    """Install what the parts need: `run` for the program, `test` for its tests.

    Raises
    ------
    SetupStoppedError
        Where something is missing that this user may not install, or an installation failed.
    """
    install_system_packages(parts)
    wanted = {part for part in parts if part != "run"}
    key = setup_key()
    done = stamped_extras(key)
    if done is not None and wanted <= done:
        say("packages", "already there")
        return
    make_venv()
    install_python_packages(sorted(wanted | (done or set())))
    STAMP_FILE.write_text("\n".join([key, *sorted(wanted | (done or set()))]), encoding="utf-8")


def venv_tool(tool: str) -> list[str]:
    """Command line that starts a tool of `.venv`."""
    if tool in MODULES:
        return [str(BIN_DIR / f"python{EXE}"), *MODULES[tool]]
    return [str(BIN_DIR / f"{tool}{EXE}")]


# --- system packages ------------------------------------------------------------------------------


def install_system_packages(parts: Sequence[str]) -> None:
    """Install the packages of `packages.apt` that are missing, on Debian and its kin."""
    if not sys.platform.startswith("linux"):
        say("system", f"nothing to install on {sys.platform}")
        return
    if not Path(APT_GET).exists():
        say("system", "no apt-get here: packages.apt names what is needed, by its Debian names")
        return
    missing = missing_packages(parts)
    if not missing:
        say("system", "already there")
        return
    say("system", f"installing {' '.join(missing)}")
    update = [APT_GET, "-qq", "update"]
    lock = f"DPkg::Lock::Timeout={APT_LOCK_SECONDS}"
    install = [APT_GET, "-qq", "-y", "-o", lock, "install", "--no-install-recommends", *missing]
    # A failed update is no reason to stop: the lists at hand may do.
    as_root(update)
    if not as_root(install):
        raise SetupStoppedError(
            "system packages are missing; run this line, then the command again: "
            f"sudo apt-get install -y --no-install-recommends {' '.join(missing)}"
        )


def missing_packages(parts: Sequence[str]) -> list[str]:
    """Packages of these parts that are not installed, python3-venv where this Python lacks it."""
    installed = installed_packages()
    wanted = listed_packages(SYSTEM_FILE.read_text(encoding="utf-8"), parts)
    if not (VENV_DIR.exists() or can_make_venv()):
        wanted = ["python3-venv", *wanted]
    return [name for name in wanted if name not in installed]


def listed_packages(text: str, parts: Iterable[str]) -> list[str]:
    """Package names under the `[part]` headings of packages.apt, in order."""
    names: list[str] = []
    part = ""
    for line in text.splitlines():
        entry = line.partition("#")[0].strip()
        if entry.startswith("["):
            part = entry.strip("[]")
        elif entry and part in parts:
            names.append(entry)
    return names


def installed_packages() -> set[str]:
    """Names of installed packages, and the names that they stand for (`Provides`)."""
    shown = subprocess.run(
        ["/usr/bin/dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}, ${Provides}\n"],
        capture_output=True,
        text=True,
        check=False,
    )
    names: set[str] = set()
    for line in shown.stdout.splitlines():
        status, _, rest = line.partition(" ")
        if status == "installed":
            names.update(re.findall(r"(?:^|, )([a-z0-9][a-z0-9.+-]*)", rest))
    return names


def can_make_venv() -> bool:
    """Whether this Python brings venv and pip; Debian's does not without python3-venv."""
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def as_root(command: list[str]) -> bool:
    """Whether the command ran well as root, by sudo where this user is not root."""
    # dpkg refuses to run without sbin in its path, and a bare environment lacks it.
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/bin", "/bin"])
    settings = [f"PATH={path}", "DEBIAN_FRONTEND=noninteractive"]
    sudo = [] if os.geteuid() == 0 else ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    try:
        return ran_well([*sudo, "/usr/bin/env", *settings, *command])
    except FileNotFoundError:
        return False


# --- Python packages ------------------------------------------------------------------------------


def setup_key() -> str:
    """Changes whenever what is installed would change, or the folder has moved."""
    digest = hashlib.sha256(f"{sys.version}\n{ROOT}\n".encode())
    for file in (CONSTRAINTS_FILE, CONFIG_FILE):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def stamped_extras(key: str) -> set[str] | None:
    """Extras that a finished set-up with this key installed; None where there was none."""
    if not STAMP_FILE.exists():
        return None
    stamped_key, *extras = STAMP_FILE.read_text(encoding="utf-8").splitlines()
    return set(extras) if stamped_key == key else None


def make_venv() -> None:
    """Make `.venv`, unless one of this Python's version stands there with a working pip."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if (BIN_DIR / f"python{EXE}").exists():
        probe = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
        told = subprocess.run([*venv_tool("python"), "-c", probe], capture_output=True, check=False)
        if told.stdout.decode().strip() == version:
            return
    say("venv", f"making {VENV_DIR.name} with Python {version}")
    python = getattr(sys, "_base_executable", sys.executable)
    if not ran_well([python, "-m", "venv", "--clear", str(VENV_DIR)]):
        raise SetupStoppedError("the virtual environment could not be made")


def install_python_packages(extras: Sequence[str]) -> None:
    """Install the pinned packages and the project itself, editable."""
    started_s = time.monotonic()
    say("packages", "installing what constraints.txt pins; the first time takes a few minutes")
    pip = [*venv_tool("python"), "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    # Wheels only: a bare machine has no compiler.
    pinned = ["--only-binary", ":all:", "-c", str(CONSTRAINTS_FILE)]
    project = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    # No build isolation: setuptools is pinned like the rest, and is not fetched a second time.
    for what in (["setuptools"], ["--no-build-isolation", "-e", project]):
        if not ran_well([*pip, *pinned, *what]):
            raise SetupStoppedError("pip could not install the packages; its words stand above")
    say("packages", f"installed in {time.monotonic() - started_s:.0f} s")


def ran_well(command: list[str]) -> bool:
    """Whether the command succeeded; what it wrote is shown only where it did not."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.stdout.write(done.stdout.decode("utf-8", "replace"))
    return done.returncode == 0
