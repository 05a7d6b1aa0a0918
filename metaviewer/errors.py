"""The one error family of metaviewer.

MetaviewerError
├── Refused            something foreign (file, feed, scene, limit) was not taken in
├── GeometryError      numbers that describe no valid geometry
├── RenderError        the picture could not be made
│   └── ShaderError    a shader does not compile, link, or get its inputs
└── XrError            the headset could not be used
    └── XrUnavailable  there is no headset to use: the desktop goes on
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

Word = Literal[
    "time",
    "memory",
    "crash",
    "parser",
    "answer",
    "jail",
    "format",
    "size",
    "path",
    "numbers",
    "geometry",
    "units",
    "identity",
    "empty",
]
"""Why something foreign was refused: the closed list of DESIGN.md section 5."""

WORDS: Final[frozenset[str]] = frozenset(get_args(Word))

REMEDIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "time": "try again with less else running, or open a smaller file",
        "memory": "close other programs, or open a smaller file",
        "crash": "export the file again",
        "parser": "export the file again",
        "answer": "export the file again",
        "jail": "run metaviewer doctor",
        "format": "export the file again",
        "size": "copy or export the file again",
        "path": "check the path",
        "numbers": "export the file again",
        "geometry": "export the file again",
        "units": "state the unit with --unit",
        "identity": "open one patient at a time",
        "empty": "choose another file or folder",
    }
)
"""What to do where the one who refuses knows nothing better: no line ends without it."""


class MetaviewerError(Exception):
    """What every error of ours is."""


class Refused(MetaviewerError):
    """Something foreign was not taken in.

    Parameters
    ----------
    place : str
        What the user named, said back to that user; never read from inside a file.
    word : Word
        The kind of reason.
    reason : str
        What is wrong, with the numbers; one sentence without a full stop.
    remedy : str
        What the person can do next; by default that of `REMEDIES`.
    """

    def __init__(self, place: str, word: Word, reason: str, *, remedy: str = "") -> None:
        remedy = remedy or REMEDIES.get(word, "")
        super().__init__(place, word, reason, remedy)
        self.place = place
        self.word: Word = word
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        """Return the line of DESIGN.md section 7 without the program's name."""
        return one_line(": ".join(part for part in (self.place, self.reason, self.remedy) if part))


class RefusedTogether(Refused):
    """Several faults of one thing; `faults` holds them all, the first one speaks for them."""

    def __init__(self, faults: tuple[Refused, ...]) -> None:
        first = faults[0]
        super().__init__(first.place, first.word, first.reason, remedy=first.remedy)
        self.faults = faults


def one_line(text: str) -> str:
    """`text` with each sign that breaks, bends or colours a line written as its escape.

    For every path that is printed: a name may hold a line break, the codes of a terminal, a mark
    that turns the writing round, or bytes that are no text.
    """
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


class GeometryError(MetaviewerError):
    """Numbers that describe no valid geometry."""


class RenderError(MetaviewerError):
    """The picture could not be made."""


class ShaderError(RenderError):
    """A shader does not compile, does not link, or was not given its inputs."""


class XrError(MetaviewerError):
    """The headset could not be used."""


class XrUnavailable(XrError):
    """There is no headset to use; the desktop goes on."""
