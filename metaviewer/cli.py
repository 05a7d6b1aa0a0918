"""The command line: every command is a call into `app`."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NoReturn

from metaviewer.errors import MetaviewerError, Refused, RefusedTogether, one_line
from metaviewer.units import LENGTH_UNITS

EXIT_FINE: Final = 0
EXIT_REFUSED: Final = 2
EXIT_INTERRUPTED: Final = 130
PICTURE_EDGE_MAX: Final = 65_536
SIZE: Final = re.compile(r"([0-9]{1,9})[xX]([0-9]{1,9})")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (DESIGN.md section 7).

    Errors go to standard error, one line each; a traceback only with ``--debug``.
    """
    options = _parser().parse_args(arguments)
    try:
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except KeyboardInterrupt:
        _say("interrupted")
        return EXIT_INTERRUPTED
    except MetaviewerError as error:
        if options.debug:
            raise
        for line in _lines(error):
            _say(line)
        return EXIT_REFUSED
    except Exception as error:
        if options.debug:
            raise
        # Not the error's text: it may quote a file, and a file may name a patient.
        _say(f"a fault in metaviewer itself ({type(error).__name__}): run again with --debug")
        return EXIT_REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="metaviewer", description="A hospital and a patient in one 3D space.")
    parser.set_defaults(debug=False)
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    demo = _command(commands, "demo", _demo, "show the shipped demonstration")
    demo.add_argument(
        "-o", "--output", type=_place, default="out/demo", help="folder for pictures and the film"
    )

    opened = _command(commands, "open", _open, "open files, folders and scenes in a window")
    opened.add_argument("places", nargs="*", type=_place, metavar="PLACE")
    opened.add_argument("--unit", choices=LENGTH_UNITS, help="length unit where a file states none")
    opened.add_argument(
        "--xr", action="store_true", help="enter the headset as soon as one answers"
    )

    shot = _command(commands, "shot", _shot, "make one picture without a window")
    shot.add_argument("places", nargs="+", type=_place, metavar="PLACE")
    shot.add_argument("-o", "--output", type=_place, required=True, metavar="FILE.png")
    shot.add_argument("--size", type=_size, default=(1280, 960), metavar="WxH")
    shot.add_argument(
        "--camera", help="name of a scene's camera, or front, back, left, right, top, iso"
    )
    shot.add_argument("--preset", help="look of the volumes, for example bone, lung, mip")
    shot.add_argument("--at", type=_seconds, metavar="SECONDS", help="moment of the live values")
    shot.add_argument("--unit", choices=LENGTH_UNITS, help="length unit where a file states none")

    check = _command(commands, "check", _check, "say what is there and what is wrong with it")
    check.add_argument("places", nargs="+", type=_place, metavar="PLACE")
    check.add_argument("--json", action="store_true", help="one JSON object a line")
    check.add_argument("--unit", choices=LENGTH_UNITS, help="length unit where a file states none")

    bake = _command(commands, "bake", _bake, "convert buildings and cache them ahead of time")
    bake.add_argument("places", nargs="+", type=_place, metavar="PLACE")
    bake.add_argument("-o", "--output", type=_place, required=True, metavar="DIR")
    bake.add_argument("--workers", type=int, default=1, metavar="N")
    bake.add_argument("--unit", choices=LENGTH_UNITS, help="length unit where a file states none")

    doctor = _command(commands, "doctor", _doctor, "say what this machine has")
    doctor.add_argument("--json", action="store_true")
    return parser


class _Parser(argparse.ArgumentParser):
    """Argparse that speaks in one line, like everything else."""

    def error(self, message: str) -> NoReturn:
        _say(f"{message}: see metaviewer --help")
        self.exit(EXIT_REFUSED)


def _command(
    commands: argparse._SubParsersAction[_Parser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    words: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=words, description=words)
    parser.set_defaults(run=run)
    parser.add_argument("--debug", action="store_true", default=argparse.SUPPRESS)
    return parser


# Each command imports what it needs: `metaviewer --help` opens no window and loads no parser.


def _demo(options: argparse.Namespace) -> int:
    from metaviewer.app import demo

    return demo(Path(options.output))


def _open(options: argparse.Namespace) -> int:
    from metaviewer.app import open_window

    return open_window(tuple(options.places), unit=options.unit, in_headset=options.xr)


def _shot(options: argparse.Namespace) -> int:
    from metaviewer.app import shot

    shot(
        *options.places,
        output=Path(options.output),
        size=options.size,
        camera=options.camera,
        preset=options.preset,
        at_s=options.at,
        unit=options.unit,
    )
    return EXIT_FINE


def _check(options: argparse.Namespace) -> int:
    from metaviewer.app import print_check

    return print_check(tuple(options.places), unit=options.unit, as_json=options.json)


def _bake(options: argparse.Namespace) -> int:
    from metaviewer.app import bake

    return bake(
        tuple(options.places),
        output=Path(options.output),
        workers=options.workers,
        unit=options.unit,
    )


def _doctor(options: argparse.Namespace) -> int:
    from metaviewer.app import print_doctor

    return print_doctor(as_json=options.json)


def _place(text: str) -> str:
    if not text:
        # `Path("")` is the current folder, which nobody named.
        raise argparse.ArgumentTypeError("the name is empty")
    return text


def _size(text: str) -> tuple[int, int]:
    found = SIZE.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT, for example 1280x960")
    size = int(found[1]), int(found[2])
    if not all(1 <= edge <= PICTURE_EDGE_MAX for edge in size):
        raise argparse.ArgumentTypeError(f"{text!r}: edges are 1 to {PICTURE_EDGE_MAX} pixels")
    return size


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise argparse.ArgumentTypeError(f"{text!r} is no moment in seconds")
    return seconds


def _lines(error: MetaviewerError) -> tuple[str, ...]:
    if isinstance(error, RefusedTogether):
        return tuple(str(fault) for fault in error.faults)
    if isinstance(error, Refused):
        return (str(error),)
    return (str(error) or type(error).__name__,)


def _say(line: str) -> None:
    sys.stderr.write(f"metaviewer: {one_line(line)}\n")
