"""From a State to a scene file: what stands where, with the files it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import tomli_w

from metaviewer.app.compose import shared_origin_m, volume_bounds_lps_mm
from metaviewer.building import Building
from metaviewer.errors import Refused
from metaviewer.frames import Float64Array, moved
from metaviewer.medical import Volume
from metaviewer.resources import whole_file
from metaviewer.scene import (
    BuildingLook,
    DataId,
    Item,
    Library,
    State,
    SurfaceLook,
    VolumeLook,
)
from metaviewer.scene.scene_file import FeedEntry
from metaviewer.surface import Mesh

SAVED: Final = "saved"
"""Name of the camera the scene was saved with; it opens with that one."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Origins:
    """Where a scene's contents came from: files by data, and the feeds as they were named."""

    files: Mapping[DataId, str]
    feeds: Sequence[FeedEntry] = ()


def scene_document(
    state: State, library: Library, origins: Origins, folder: Path
) -> dict[str, Any]:
    """The TOML document of a scene; paths are relative to `folder` where they lie below it."""
    document: dict[str, Any] = {
        "scene": {"title": state.title, "language": state.language, "theme": state.theme}
    }
    shown = [item for item in state.items if item.data_id in origins.files]
    shared_m = shared_origin_m([library[item.data_id] for item in shown if item.data_id in library])
    for item in sorted(shown, key=lambda item: item.kind == "surface"):  # regions after volumes
        datum, place = library.get(item.data_id), Path(origins.files[item.data_id])
        where = _relative(place, folder)
        if isinstance(datum, Building):
            entry = _building(item, datum, where, shared_m=shared_m)
            document.setdefault("building", []).append(entry)
        elif isinstance(datum, Volume):
            document.setdefault("volume", []).append(_volume(item, datum, where))
        elif isinstance(datum, Mesh):
            _add_surface(document, item, datum, where)
    if origins.feeds:
        document["feed"] = [{"kind": feed.kind, "seed": feed.seed} for feed in origins.feeds]
    document["camera"] = _cameras(state)
    return document


def _add_surface(document: dict[str, Any], item: Item, mesh: Mesh, place: str) -> None:
    """A mesh file of its own, or the regions of the volume it lies in."""
    owner = next((one for one in document.get("volume", ()) if one["id"] == item.anchor), None)
    if owner is None or Path(place).suffix.lower() in (".stl", ".obj", ".ply"):
        document.setdefault("surface", []).append(_surface(item, mesh, place))
    elif place not in owner.setdefault("regions", []):
        owner["regions"].append(place)


def save_scene(place: Path, document: Mapping[str, Any]) -> None:
    """Write a scene file whole or not at all.

    Raises
    ------
    Refused
        "path" where the place cannot be written; what stood there stands there still.
    """
    try:
        with whole_file(place) as stream:
            tomli_w.dump(document, stream)
    except OSError as error:
        reason = f"the scene cannot be written ({error.strerror or type(error).__name__})"
        raise Refused(
            str(place), "path", reason, remedy="choose a folder that exists and has room"
        ) from error


def _surface(item: Item, mesh: Mesh, place: str) -> dict[str, Any]:
    look = item.look
    assert isinstance(look, SurfaceLook)
    middle_mm = mesh.bounds_mm.mean(axis=0)
    entry: dict[str, Any] = {
        "id": item.id,
        "files": [place],
        "opacity": look.opacity,
        "scale": _scale(item.world_from_item) * 1000.0,
        "position_m": _point(moved(middle_mm, target_from_source=item.world_from_item)),
    }
    if look.colour_rgb is not None:
        entry["colour_rgb"] = list(look.colour_rgb)
    return entry


def _building(item: Item, model: Building, place: str, *, shared_m: Float64Array) -> dict[str, Any]:
    look = item.look
    assert isinstance(look, BuildingLook)
    placement = item.world_from_item
    offset_m = placement[:3, :3] @ (model.origin_site_m - shared_m)
    entry: dict[str, Any] = {
        "id": item.id,
        "files": [place],
        "position_m": _point(placement[:3, 3] - offset_m),
        "turn_deg": _turn_deg(placement),
        "hidden_classes": list(look.hidden_classes),
        "ghost_classes": list(look.ghost_classes),
        "storey_only": look.storey_only,
        "show_spaces": look.show_spaces,
        "colour_by": look.colour_by,
    }
    if look.storey_top is not None and look.storey_top < len(model.storeys):
        entry["storey"] = model.storeys[look.storey_top].name
    if look.cut_height_m is not None:
        entry["cut_height_m"] = look.cut_height_m
    return entry


def _volume(item: Item, volume: Volume, place: str) -> dict[str, Any]:
    look = item.look
    assert isinstance(look, VolumeLook)
    middle = volume_bounds_lps_mm(volume).mean(axis=0)
    entry: dict[str, Any] = {
        "id": item.id,
        "files": [place],
        "preset": look.preset,
        "opacity": look.opacity,
        "shading": look.shading,
        "value_shift": look.value_shift,
        "position_m": _point(moved(middle, target_from_source=item.world_from_item)),
        "turn_deg": _turn_deg(item.world_from_item),
        "scale": _scale(item.world_from_item) * 1000.0,
    }
    if look.window_center is not None and look.window_width is not None:
        entry |= {"window_center": look.window_center, "window_width": look.window_width}
    return entry


def _scale(placement: Float64Array) -> float:
    return float(np.cbrt(np.linalg.det(placement[:3, :3])))


def _turn_deg(placement: Float64Array) -> float:
    return float(np.degrees(np.arctan2(placement[1, 0], placement[0, 0])))


def _point(numbers: Float64Array) -> list[float]:
    return [float(number) for number in numbers]


def _cameras(state: State) -> list[dict[str, Any]]:
    named = [(one.name, one.camera) for one in state.cameras if one.name != SAVED]
    view = next((view for view in state.views if view.kind == "space"), None)
    if view is not None:
        named.insert(0, (SAVED, view.camera))
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


def _relative(path: Path, folder: Path) -> str:
    path = path.resolve()
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
