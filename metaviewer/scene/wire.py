"""Commands as text: what the journal keeps, and what shared scenes will send.

A dataclass becomes an object that names its class; tuples become lists, arrays nested lists. What
comes back is checked against the annotations: a text that fits no Command is refused whole.
"""

from __future__ import annotations

import json
import types
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, Final, Literal, NewType, Union, get_args, get_origin, get_type_hints

import numpy as np

from metaviewer.errors import MetaviewerError, Refused
from metaviewer.frames import frozen
from metaviewer.scene import camera, command, look, state

CLASS_KEY: Final = "is"
TEXT_CHARACTERS_MAX: Final = 1 << 20

CLASSES: Final[dict[str, type]] = {
    name: kind
    for module in (command, camera, look, state)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and is_dataclass(kind)
}


def text_of(given: command.Command) -> str:
    """One line of JSON for a command."""
    return json.dumps(_plain(given), separators=(",", ":"), allow_nan=False)


def command_from(text: str) -> command.Command:
    """The command that `text_of` wrote.

    Raises
    ------
    Refused
        "size" for a text that is too long, "format" for one that is no command.
    """
    if len(text) > TEXT_CHARACTERS_MAX:
        raise Refused("", "size", f"a command of more than {TEXT_CHARACTERS_MAX} characters")
    try:
        made = _made(json.loads(text), command.Command)
    except (ValueError, TypeError, KeyError, RecursionError, MetaviewerError) as error:
        raise Refused("", "format", f"no command ({type(error).__name__})") from error
    if not isinstance(made, command.Command) or made.version > command.COMMAND_VERSION:
        raise Refused("", "format", "no command of this version", remedy="update metaviewer")
    return made


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value a Command may hold
    if is_dataclass(value) and not isinstance(value, type):
        kept = {one.name: _plain(getattr(value, one.name)) for one in fields(value) if one.init}
        return {CLASS_KEY: type(value).__name__, **kept}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _made(plain: Any, wanted: Any) -> Any:  # noqa: ANN401, C901 - one case a kind of type
    """`plain` as a value of the annotated type; raises TypeError or ValueError where it is none."""
    if isinstance(wanted, NewType):
        return _made(plain, wanted.__supertype__)
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        return _first_that_fits(plain, get_args(wanted))
    if origin is Literal:
        if plain not in get_args(wanted):
            raise ValueError("not one of the words")
        return plain
    if origin is tuple:
        return _tuple(plain, get_args(wanted))
    if origin is np.ndarray:
        return frozen(plain)
    if is_dataclass(wanted) and isinstance(wanted, type):
        return _dataclass(plain, wanted)
    if wanted is types.NoneType:
        if plain is not None:
            raise TypeError("something where nothing may be")
        return None
    if wanted is float and type(plain) in (int, float):
        return float(plain)
    if type(plain) is not wanted:
        raise TypeError("another kind of value")
    return plain


def _first_that_fits(plain: Any, kinds: tuple[Any, ...]) -> Any:  # noqa: ANN401
    for kind in kinds:
        try:
            return _made(plain, kind)
        except (TypeError, ValueError, KeyError):
            continue
    raise TypeError("none of the kinds it may be")


def _tuple(plain: Any, parts: tuple[Any, ...]) -> tuple[Any, ...]:  # noqa: ANN401
    if not isinstance(plain, list):
        raise TypeError("no list")
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(_made(part, parts[0]) for part in plain)
    if len(plain) != len(parts):
        raise ValueError("a list of another length")
    return tuple(_made(part, kind) for part, kind in zip(plain, parts, strict=True))


def _dataclass(plain: Any, wanted: type) -> Any:  # noqa: ANN401
    if not isinstance(plain, dict) or plain.get(CLASS_KEY) != wanted.__name__:
        raise TypeError("another class")
    hints = _hints(wanted)
    given = {name: _made(part, hints[name]) for name, part in plain.items() if name != CLASS_KEY}
    return wanted(**given)


@lru_cache(maxsize=128)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
