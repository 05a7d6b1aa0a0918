"""Finding the function that a call names, inside zygote and child.

The name comes from our own program, never from a file: `metaviewer.<room>.read_*:function` for
foreign files, `metaviewer.<room>.<module>:function` in the room of work.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from metaviewer.jail.limits import BARE_ROOM, ROOMS, WORK, Room
from metaviewer.jail.locks import installation

_READER: Final = re.compile(r"metaviewer\.(\w+)\.read_\w+:[a-z]\w*")
_WORK: Final = re.compile(r"metaviewer(\.\w+)+:[a-z]\w*")
_EXTRA: Final = re.compile(r"\w+:[a-z]\w*")


def room_called(name: str) -> Room:
    """Limits and parsers of a room; a room without parsers where the name is not in the table."""
    return ROOMS.get(name, BARE_ROOM)


def is_callable_in(room: str, reader: str, *, extra: Sequence[str] = ()) -> bool:
    """Whether `reader` names a function that `room` may run.

    Parameters
    ----------
    extra : sequence of str
        Module names that were loaded by file path, in tests.
    """
    if _EXTRA.fullmatch(reader) and reader.partition(":")[0] in extra:
        return True
    if room == WORK:
        return _WORK.fullmatch(reader) is not None
    match = _READER.fullmatch(reader)
    return match is not None and match[1] in (room, "jail")


GARBAGE_AFTER: Final = 20_000  # new objects between two looks for cycles


def find(reader: str) -> Callable[..., Any]:
    """The function called `reader`."""
    module_name, _, function_name = reader.partition(":")
    module = sys.modules.get(module_name) or importlib.import_module(module_name)
    function: Callable[..., Any] = getattr(module, function_name)
    return function


def preload(room: str, extra_readers: Iterable[Path]) -> tuple[str, ...]:
    """Import what the room's children will need; return what could not be imported.

    An import that fails here fails again in the child that needs it, and is refused there.
    """
    # A parser's warning holds the value it warns of, which may be a patient's name.
    warnings.simplefilter("ignore")
    names = [*room_called(room).preload, *_reader_modules(room), "metaviewer.jail.read_layers"]
    missing = tuple(name for name in names if not _can_import(name))
    installation()
    for path in extra_readers:
        _load(path)
    # What is here stays for ever: the collector need not touch it, so children share its pages.
    gc.collect()
    gc.freeze()
    # A reader builds tens of thousands of small objects and no cycles among them: to look for some
    # after every 700 took a tenth of a scan (measured).
    gc.set_threshold(GARBAGE_AFTER)
    return missing


def _can_import(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:  # noqa: BLE001 - worker boundary: a broken parser must not stop the others
        return False
    return True


def _reader_modules(room: str) -> list[str]:
    folder = Path(__file__).parents[1] / room
    return [f"metaviewer.{room}.{path.stem}" for path in sorted(folder.glob("read_*.py"))]


def _load(path: Path) -> None:
    """Import a file under its bare name."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
