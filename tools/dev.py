"""The one entry for developers: `python3 tools/dev.py COMMAND`.

It needs Python 3.11 and nothing else; what a command needs, it installs first (`dev_setup.py`).
Pre-commit and CI call this file and nothing else.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence

import dev_setup
from dev_setup import ROOT, SetupStoppedError, say, venv_tool

PYTHON_VERSION_MIN = (3, 11)
UNMARKED = "not gl and not picture and not process and not samples and not slow"
FAST = "not picture and not process and not slow"
# The slowest first, since they run side by side.
CHECKS: dict[str, tuple[str, ...]] = {
    "tidy and pure tests": ("pytest", "-q", "-m", UNMARKED),
    "types": ("mypy",),
    "contracts": ("lint-imports",),
    "lint": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
}
CHECKS_AT_ONCE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code of one command."""
    if sys.version_info < PYTHON_VERSION_MIN:
        say("python", f"3.11 or newer is needed, this is {sys.version.split()[0]}")
        return 2
    chosen, passed_on = parser().parse_known_args(arguments)
    if passed_on and chosen.command != "demo":
        parser().error(f"{chosen.command} does not know {' '.join(passed_on)}")
    try:
        return run(chosen, passed_on)
    except SetupStoppedError as stopped:
        say("stopped", str(stopped))
        return 2
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="tools/dev.py", description="What developers run.")
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("setup", help="install what running and testing need")
    commands.add_parser("demo", help="install what running needs, then run `metaviewer demo`")
    test = commands.add_parser("test", help="set up, check, then the whole suite")
    test.add_argument(
        "--fast", action="store_true", help="leave out pictures, processes, slow tests"
    )
    commands.add_parser("check", help="format, lint, types, import contracts, tidy and pure tests")
    bench = commands.add_parser("bench", help="run the benchmarks, or one")
    bench.add_argument(
        "case", nargs="?", metavar="CASE", help="series, ifc, building, volume or headset"
    )
    bench.add_argument("--json", action="store_true", help="JSON lines instead of a table")
    bench.add_argument(
        "--readme", action="store_true", help="keep the lines and write the table of the README"
    )
    pictures = commands.add_parser("pictures", help="draw the test pictures, list what changed")
    pictures.add_argument(
        "--accept", metavar="NAME", help="take one changed picture as the new one"
    )
    commands.add_parser("readme", help="make every picture of the README again")
    return top


def run(chosen: argparse.Namespace, passed_on: list[str]) -> int:
    """Exit code of the chosen command, its set-up included."""
    if chosen.command == "demo":
        dev_setup.set_up(("run",))
        return call("python", "-m", "metaviewer", "demo", *passed_on)
    dev_setup.set_up(("run", "test"))
    if chosen.command == "setup":
        return 0
    if chosen.command == "test":
        return check() or pytest("-m", FAST if chosen.fast else "")
    if chosen.command == "check":
        return check()
    return run_shown(chosen)


def run_shown(chosen: argparse.Namespace) -> int:
    """Exit code of the commands that make tables and pictures."""
    # These want modules that python3-minimal lacks, so they are imported after the set-up.
    import dev_bench
    import dev_pictures

    if chosen.command == "bench":
        return dev_bench.bench(chosen.case, as_json=chosen.json, in_readme=chosen.readme)
    if chosen.command == "readme":
        return dev_pictures.make_readme_pictures()
    if chosen.accept:
        return dev_pictures.accept(chosen.accept)
    drawn = pytest("-q", "-m", "picture")
    return dev_pictures.list_changed() or drawn


def check() -> int:
    """0 where all checks hold; every check runs, so that one look shows all that is wrong."""
    # Python3-minimal lacks it; by now the whole library is there.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(CHECKS_AT_ONCE) as pool:
        held = dict(zip(CHECKS, pool.map(holds, CHECKS), strict=True))
    failed = [name for name, holding in held.items() if not holding]
    if failed:
        say("check", f"failed: {', '.join(failed)}")
    return 1 if failed else 0


def holds(name: str) -> bool:
    """Whether one check passes; what it wrote is shown only where it does not."""
    command = CHECKS[name]
    started_s = time.monotonic()
    done = subprocess.run(
        [*venv_tool(command[0]), *command[1:]],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    took_s = time.monotonic() - started_s
    said = done.stdout.decode("utf-8", "replace") if done.returncode else ""
    sys.stdout.write(said)
    say("check", f"{name}: {'FAILED' if done.returncode else 'ok'} ({took_s:.1f} s)")
    return done.returncode == 0


def pytest(*arguments: str) -> int:
    """Exit code of pytest, whose closing line is the last thing printed."""
    return call("pytest", *arguments)


def call(tool: str, *arguments: str) -> int:
    """Exit code of a tool of `.venv`, which speaks for itself."""
    sys.stdout.flush()
    return subprocess.run([*venv_tool(tool), *arguments], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
