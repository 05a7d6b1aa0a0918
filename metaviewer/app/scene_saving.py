"""From a State to a scene file: what stands where, with the files it came from."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from metaviewer.app.compose import volume_bounds_lps_mm
from metaviewer.errors import Refused
from metaviewer.frames import moved
from metaviewer.medical import Volume
from metaviewer.scene import (
    BuildingLook,
    DataId,
    Item,
    Library,
    State,
    SurfaceLook,
    VolumeLook,
)


def scene_document(
    state: State, library: Library, sources: Mapping[DataId, str], folder: Path
) -> dict[str, Any]:
    """The TOML document of a scene; paths are relative to `folder` where they lie below it."""
    document: dict[str, Any] = {
        "scene": {"title": state.title, "language": state.language, "theme": state.theme}
    }
    for item in state.items:
        source = sources.get(item.data_id)
        if source is None:
            continue
        place = _relative(Path(source), folder)
        if isinstance(item.look, BuildingLook):
            document.setdefault("building", []).append(_building(item, place))
        elif isinstance(item.look, VolumeLook):
            datum = library.get(item.data_id)
            if isinstance(datum, Volume):
                document.setdefault("volume", []).append(_volume(item, datum, place))
    for item in state.items:
        source = sources.get(item.data_id)
        if source is None or not isinstance(item.look, SurfaceLook):
            continue
        place = _relative(Path(source), folder)
        owner = next((v for v in document.get("volume", ()) if v["id"] == item.anchor), None)
        if owner is not None and Path(source).suffix.lower() not in (".stl", ".obj", ".ply"):
            regions = owner.setdefault("regions", [])
            if place not in regions:
                regions.append(place)
        else:
            document.setdefault("surface", []).append(
                {"id": item.id, "files": [place], "opacity": item.look.opacity}
            )
    document["camera"] = _cameras(state)
    return document


def save_scene(place: Path, document: Mapping[str, Any]) -> None:
    """Write a scene file whole or not at all.

    Raises
    ------
    Refused
        "path" where the place cannot be written; what stood there stands there still.
    """
    draft = None
    try:
        descriptor, draft = tempfile.mkstemp(dir=place.parent, prefix=".metaviewer-")
        with os.fdopen(descriptor, "wb") as stream:
            tomli_w.dump(document, stream)
        Path(draft).replace(place)
    except BaseException as error:  # Ctrl-C too leaves nothing half-written
        if draft is not None:
            Path(draft).unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        reason = f"the scene cannot be written ({error.strerror or type(error).__name__})"
        raise Refused(
            str(place), "path", reason, remedy="choose a folder that exists and has room"
        ) from error


def _building(item: Item, place: str) -> dict[str, Any]:
    look = item.look
    assert isinstance(look, BuildingLook)
    entry: dict[str, Any] = {
        "id": item.id,
        "files": [place],
        "hidden_classes": list(look.hidden_classes),
        "ghost_classes": list(look.ghost_classes),
        "storey_only": look.storey_only,
        "show_spaces": look.show_spaces,
        "colour_by": look.colour_by,
    }
    if look.cut_height_m is not None:
        entry["cut_height_m"] = look.cut_height_m
    return entry


def _volume(item: Item, volume: Volume, place: str) -> dict[str, Any]:
    look = item.look
    assert isinstance(look, VolumeLook)
    linear = item.world_from_item[:3, :3]
    scale = float(np.cbrt(np.linalg.det(linear))) * 1000.0
    turn_deg = float(np.degrees(np.arctan2(linear[1, 0], linear[0, 0])))
    middle = volume_bounds_lps_mm(volume).mean(axis=0)
    return {
        "id": item.id,
        "files": [place],
        "preset": look.preset,
        "opacity": look.opacity,
        "shading": look.shading,
        "position_m": [float(x) for x in moved(middle, target_from_source=item.world_from_item)],
        "turn_deg": turn_deg,
        "scale": scale,
    }


def _cameras(state: State) -> list[dict[str, Any]]:
    named = [(one.name, one.camera) for one in state.cameras]
    view = next((view for view in state.views if view.kind == "space"), None)
    if view is not None:
        named.insert(0, (_free_name("saved", [name for name, _ in named]), view.camera))
    entries = []
    for name, camera in named:
        entry: dict[str, Any] = {
            "name": name,
            "eye_m": list(camera.eye_m),
            "target_m": list(camera.target_m),
            "fov_deg": camera.fov_deg,
        }
        if camera.orthographic_height_m is not None:
            entry["orthographic_height_m"] = camera.orthographic_height_m
        entries.append(entry)
    return entries


def _free_name(name: str, taken: list[str]) -> str:
    number = 1
    free = name
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free


def _relative(path: Path, folder: Path) -> str:
    path = path.resolve()
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
