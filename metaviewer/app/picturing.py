"""`shot`: one picture without a window."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from metaviewer import twin
from metaviewer.app.doors import open_doors
from metaviewer.app.finding import Finding, grouped, place_said, sentence_said
from metaviewer.app.session import Opened, Wanted, first_state, open_places
from metaviewer.app.terminal import ProgressLine
from metaviewer.errors import Refused, RefusedTogether, Word
from metaviewer.medical import Volume, preset_names
from metaviewer.picture import check_png_place, still, write_png
from metaviewer.scene import EYE_DIRECTIONS, Library, State
from metaviewer.units import LengthUnit

DEMO_MOMENT_S = 1000.0
"""Moment of the simulator that a picture shows unless `--at` says: pictures must repeat."""


def shot(
    *places: str,
    output: Path | None = None,
    size: tuple[int, int] = (1280, 960),
    camera: str | None = None,
    preset: str | None = None,
    at_s: float | None = None,
    unit: LengthUnit | None = None,
) -> NDArray[np.uint8]:
    """Picture of the places: (height, width, 3), display sRGB, top row first; written to `output`.

    Parameters
    ----------
    *places : str
        Files, folders, zips and scene files, shown together.
    output : Path or None
        PNG file to write; None writes none.
    size : (int, int)
        Width and height in pixels.
    camera : str or None
        A camera of the scene by its name, or "front", "back", "left", "right", "top" or "iso"; None
        for the scene's first, or one that shows everything.
    preset : str or None
        Look of the volumes that it suits, such as "bone"; None for each one's first.
    at_s : float or None
        Moment of the live values, in s of the simulator's clock; None for `DEMO_MOMENT_S`.
    unit : "mm", "cm", "m", "in", "ft" or None
        Length unit for files that state none.

    Raises
    ------
    Refused
        For places that hold nothing to be shown, for two patients in one picture, for an unknown
        camera or preset, and where the picture cannot be written.
    RenderError
        Where this machine cannot draw.
    """
    if output is not None:  # a minute of loading for a name that cannot be is a minute lost
        check_png_place(output)
    wanted = Wanted(unit=unit, preset=preset, camera=camera, aspect=size[0] / size[1])
    opened = _read(places, wanted)
    state, library = _state_of_one_patient(opened, wanted, places[0])
    moment_s = DEMO_MOMENT_S if at_s is None else at_s
    live = twin.read(opened.feeds, at=moment_s, now_s=moment_s) if opened.feeds else None
    picture = still(lambda stage: stage.sync(None, state, library, live, now_s=moment_s), size=size)
    if output is not None:
        write_png(output, picture)
    return picture


def _read(places: tuple[str, ...], wanted: Wanted) -> Opened:
    """What the places hold, all of it fit to be shown in the preset that is wanted."""
    with open_doors() as doors, ProgressLine("reading") as line:
        opened = open_places(doors, places, replace(wanted, on_progress=line.show))
    check_shown(opened, places)
    _check_preset(wanted.preset, opened, places[0])
    return opened


def _state_of_one_patient(opened: Opened, wanted: Wanted, place: str) -> tuple[State, Library]:
    """The State that is shown, from a camera that there is; a second patient is refused."""
    state, library, held_back = first_state(opened, wanted)
    if held_back:
        raise Refused(
            place,
            "identity",
            "these belong to two patients, and a picture cannot ask whether to show both",
            remedy="make one picture for each patient",
        )
    _check_camera(wanted.camera, [named.name for named in state.cameras], place)
    return state, library


def check_shown(opened: Opened, places: tuple[str, ...]) -> None:
    """Refuse where something was refused, or nothing can be shown.

    Raises
    ------
    RefusedTogether
        With one fault a refused finding: a picture that leaves out what was asked for would lie.
    """
    if opened.parts and not _named_refusals(opened, places):
        return
    told = grouped(opened.refused or opened.findings)
    faults = tuple(_fault(group, places) for group in told)
    if not faults:
        faults = (Refused(places[0], "empty", "nothing here can be shown"),)
    raise RefusedTogether(faults)


def _named_refusals(opened: Opened, places: tuple[str, ...]) -> list[Finding]:
    """Refusals of what a person named; a stray file in a folder does not stop the picture."""
    named = {str(Path(place)) for place in places if not os.path.isdir(place)}
    return [
        finding
        for finding in opened.refused
        if finding.path in named or finding.kind in ("scene", "building")
    ]


def _fault(group: Sequence[Finding], places: tuple[str, ...]) -> Refused:
    """The refusal that findings tell of, whose sentence may already end with what to do."""
    place = place_said(group[0].path, places)
    word = group[0].reason.partition(": ")[0]
    known: Word = next((one for one in get_args(Word) if one == word), "empty")
    sentence = sentence_said(group, place) or "it holds nothing that can be shown"
    reason, _, remedy = sentence.rpartition(": ")
    return Refused(place, known, reason or remedy, remedy=remedy if reason else "")


def _check_preset(preset: str | None, opened: Opened, place: str) -> None:
    volumes = [part.datum for part in opened.parts if isinstance(part.datum, Volume)]
    known = list(dict.fromkeys(name for volume in volumes for name in preset_names(volume)))
    if preset is None or preset in known:
        return
    remedy = f"choose one of {', '.join(known)}" if known else "leave it out, no volume is here"
    raise Refused(place, "format", f"there is no preset {preset!r}", remedy=remedy)


def _check_camera(camera: str | None, names: list[str], place: str) -> None:
    if camera is None or camera in names or camera in EYE_DIRECTIONS:
        return
    known = ", ".join([*names, *EYE_DIRECTIONS])
    raise Refused(
        place, "format", f"there is no camera {camera!r}", remedy=f"choose one of {known}"
    )
