"""Scene files: what stands where, in TOML with units in the keys (DESIGN.md section 8).

All faults of a file are told at once, as ``file: key: reason``.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from metaviewer.errors import Refused, RefusedTogether
from metaviewer.units import LengthUnit

SCENE_BYTES_MAX: Final = 1 << 20
"""A scene names files, it holds none: a megabyte is a thousand times what people write."""
ENTRIES_MAX: Final = 1000
FAULTS_TOLD_MAX: Final = 50
FIX: Final = "correct the scene file"
SITE_M_MAX: Final = 10_000.0
"""Nothing is drawn farther than this from its origin (DESIGN.md section 3)."""

Coordinate = Annotated[float, Field(ge=-SITE_M_MAX, le=SITE_M_MAX, allow_inf_nan=False)]
Point = tuple[Coordinate, Coordinate, Coordinate]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Files = Annotated[tuple[Name, ...], Field(min_length=1, max_length=ENTRIES_MAX)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SceneHead(_Strict):
    """The whole scene's words and choices."""

    title: Annotated[str, Field(max_length=200)] = ""
    language: Literal["en", "zh"] = "en"
    theme: Literal["dark", "light"] = "dark"
    camera: Name | None = None
    """Name of the camera that a picture takes first."""


class BuildingEntry(_Strict):
    """One building of one or several models that share an origin."""

    id: Name
    files: Files
    unit: LengthUnit | None = None
    position_m: Point = (0.0, 0.0, 0.0)
    turn_deg: Annotated[float, Field(ge=-360.0, le=360.0, allow_inf_nan=False)] = 0.0
    hidden_classes: tuple[Name, ...] = ()
    ghost_classes: tuple[Name, ...] = ()
    storey: Name | None = None
    """Top storey that is shown, by name; those above are peeled away."""
    storey_only: bool = False
    cut_height_m: Annotated[float, Field(gt=0.0, le=100.0)] | None = None
    show_spaces: bool = True
    colour_by: Literal["material", "live"] = "material"


class VolumeEntry(_Strict):
    """One scanner's volume and the regions drawn in it."""

    id: Name
    files: Files
    regions: tuple[Name, ...] = ()
    """SEG, RT structure set or label map files placed by their own geometry."""
    region_badges: tuple[Name, ...] = ()
    preset: Name | None = None
    position_m: Point | None = None
    """World place of the volume's middle; None leaves the patient's own coordinates."""
    turn_deg: Annotated[float, Field(ge=-360.0, le=360.0, allow_inf_nan=False)] = 0.0
    """Turn about the vertical, counter-clockwise seen from above."""
    scale: Annotated[float, Field(gt=0.0, le=100.0, allow_inf_nan=False)] = 1.0
    opacity: Annotated[float, Field(ge=0.0, le=10.0, allow_inf_nan=False)] = 1.0
    shading: Literal["lit", "diagnostic"] = "lit"
    window_center: Annotated[float, Field(allow_inf_nan=False)] | None = None
    window_width: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    value_shift: Annotated[float, Field(allow_inf_nan=False)] = 0.0


class SurfaceEntry(_Strict):
    """One mesh file."""

    id: Name
    files: Files
    unit: LengthUnit | None = None
    volume: Name | None = None
    """The volume whose patient it lies in."""
    position_m: Point | None = None
    scale: Annotated[float, Field(gt=0.0, le=100.0, allow_inf_nan=False)] = 1.0
    colour_rgb: tuple[Share, Share, Share] | None = None
    opacity: Share = 1.0


class FeedEntry(_Strict):
    """Where live values come from."""

    kind: Literal["simulator"]
    seed: Annotated[int, Field(ge=0, le=2**31)] = 0


class CameraEntry(_Strict):
    """A camera to come back to."""

    name: Name
    eye_m: Point
    target_m: Point
    fov_deg: Annotated[float, Field(ge=1.0, le=120.0, allow_inf_nan=False)] = 35.0
    orthographic_height_m: Annotated[float, Field(gt=0.0, le=SITE_M_MAX)] | None = None

    @model_validator(mode="after")
    def _looks_somewhere(self) -> CameraEntry:
        if self.eye_m == self.target_m:
            raise ValueError("eye_m and target_m are the same point: it looks nowhere")
        return self


class SceneFile(_Strict):
    """A scene file as read: names of files, not yet the files."""

    scene: SceneHead = SceneHead()
    building: Annotated[tuple[BuildingEntry, ...], Field(max_length=ENTRIES_MAX)] = ()
    volume: Annotated[tuple[VolumeEntry, ...], Field(max_length=ENTRIES_MAX)] = ()
    surface: Annotated[tuple[SurfaceEntry, ...], Field(max_length=ENTRIES_MAX)] = ()
    feed: Annotated[tuple[FeedEntry, ...], Field(max_length=ENTRIES_MAX)] = ()
    camera: Annotated[tuple[CameraEntry, ...], Field(max_length=ENTRIES_MAX)] = ()

    @model_validator(mode="after")
    def _names_are_different_and_known(self) -> SceneFile:
        ids = [entry.id for entry in self.building]
        ids += [entry.id for entry in self.volume]
        ids += [entry.id for entry in self.surface]
        if repeated := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"the id {repeated[0]!r} stands {ids.count(repeated[0])} times")
        volumes = {entry.id for entry in self.volume}
        for entry in self.surface:
            if entry.volume is not None and entry.volume not in volumes:
                raise ValueError(f"surface {entry.id!r} names a volume that is not in the scene")
        cameras = {entry.name for entry in self.camera}
        if self.scene.camera is not None and self.scene.camera not in cameras:
            raise ValueError("scene.camera names a camera that is not in the scene")
        return self


def read_scene_file(place: Path) -> SceneFile:
    """Scene of a TOML file, with the paths in it resolved against its folder.

    Raises
    ------
    RefusedTogether
        With one fault per wrong key; files that are named but missing are among them.
    """
    document = _parsed(place)
    try:
        scene = SceneFile.model_validate(document)
    except ValidationError as error:
        faults = [
            Refused(
                str(place), "format", f"{_key(fault['loc'])}: {_words(fault['msg'])}", remedy=FIX
            )
            for fault in error.errors()
        ]
        raise _together(place, faults) from error
    return _resolved(scene, place)


def _parsed(place: Path) -> dict[str, object]:
    try:
        with place.open("rb") as stream:
            raw = stream.read(SCENE_BYTES_MAX + 1)
    except OSError as error:
        reason = f"the scene file cannot be read ({type(error).__name__})"
        raise Refused(str(place), "path", reason, remedy="check the path") from error
    if len(raw) > SCENE_BYTES_MAX:
        reason = f"a scene file holds at most {SCENE_BYTES_MAX:,} bytes"
        raise Refused(str(place), "size", reason, remedy="name files in it, do not embed them")
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        # Beside its own errors tomllib lets through those of int(), for numbers of 4300 digits.
        where = f" ({error})" if isinstance(error, tomllib.TOMLDecodeError) else ""
        reason = f"not a TOML file{where}"
        raise Refused(str(place), "format", reason, remedy=FIX) from error


def _resolved(scene: SceneFile, place: Path) -> SceneFile:
    folder = place.resolve().parent
    faults: list[Refused] = []

    def resolved(key: str, names: tuple[str, ...]) -> tuple[str, ...]:
        paths = [folder / name for name in names]
        faults.extend(
            Refused(str(place), "path", f"{key}: {name} is not there", remedy="check the path")
            for name, path in zip(names, paths, strict=True)
            # Path.exists raises for a name of more than 255 bytes.
            if not os.path.exists(path)
        )
        return tuple(str(path) for path in paths)

    update: dict[str, object] = {}
    for kind in ("building", "volume", "surface"):
        entries: tuple[BuildingEntry | VolumeEntry | SurfaceEntry, ...] = getattr(scene, kind)
        changed = []
        for index, entry in enumerate(entries):
            change = {"files": resolved(f"{kind}[{index}].files", entry.files)}
            if isinstance(entry, VolumeEntry):
                change["regions"] = resolved(f"{kind}[{index}].regions", entry.regions)
            changed.append(entry.model_copy(update=change))
        update[kind] = tuple(changed)
    if faults:
        raise _together(place, faults)
    return scene.model_copy(update=update)


def _together(place: Path, faults: Sequence[Refused]) -> RefusedTogether:
    """All faults of a file, up to a number that a person would mend before trying again."""
    told = list(faults[:FAULTS_TOLD_MAX])
    if len(faults) > FAULTS_TOLD_MAX:
        more = f"and {len(faults) - FAULTS_TOLD_MAX} more faults"
        told.append(Refused(str(place), "format", more, remedy=FIX))
    return RefusedTogether(tuple(told))


def _key(location: tuple[int | str, ...]) -> str:
    """``building[0].files`` for ("building", 0, "files")."""
    words = ""
    for part in location:
        words += f"[{part}]" if isinstance(part, int) else f".{part}" if words else str(part)
    return words or "scene"


def _words(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".")
