"""Which locks of the jail hold on this machine: for `doctor`."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from metaviewer.errors import Refused
from metaviewer.jail.jail import CAN_FORK, Jail
from metaviewer.jail.locks import LAYERS

ATTEMPTS: Final = (
    "reads_no_other_file",
    "writes_no_file",
    "opens_no_socket",
    "starts_no_program",
)
"""What `read_layers` tries in a locked child."""


def layers(*, can_fork: bool = CAN_FORK) -> Mapping[str, bool]:
    """Whether each layer holds, measured in a locked child of this machine.

    Names of layers: "zygote" (processes are forked from a warm one), those of `locks.LAYERS`, and
    `ATTEMPTS`, which the child tried and was refused. A machine on which no child answers has none.
    """
    with tempfile.NamedTemporaryFile() as file, Jail("doctor", can_fork=can_fork) as jail:
        try:
            answer = jail.call("metaviewer.jail.read_layers:read_layers", [Path(file.name)])
        except Refused:
            return MappingProxyType(dict.fromkeys(("zygote", *LAYERS, *ATTEMPTS), False))
    return MappingProxyType(
        {
            "zygote": can_fork,
            **{layer: layer not in answer.missing_layers for layer in LAYERS},
            **{attempt: answer.header.get(attempt) is True for attempt in ATTEMPTS},
        }
    )
