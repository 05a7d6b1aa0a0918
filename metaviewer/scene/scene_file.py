"""Scene files: what stands where, in TOML with units in the keys (DESIGN.md section 8).

All faults of a file are told at once, as ``file: key: reason``.
"""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from metaviewer.errors import Refused, RefusedTogether
from metaviewer.scene.apply import UNIT_TOLERANCE, VIEWS_MAX
from metaviewer.scene.scene_names import WITH_ID, files_named, name_faults
from metaviewer.units import LengthUnit

SCENE_BYTES_MAX: Final = 1 << 20
"""A scene names files, it holds none: a megabyte is a thousand times what people write."""
ENTRIES_MAX: Final = 1000
FAULTS_TOLD_MAX: Final = 50
FIX: Final = "correct the scene file"
PLAIN_WORDS: Final = {
    "extra_forbidden": "there is no such key",
    "missing": "it is missing",
    "tuple_type": "it should be a list",
    "too_short": "it holds too little",
    "too_long": "it holds too much",
}
"""What pydantic says in the words of a programmer, by its type of error."""
PATH_CHARACTERS_MAX: Final = 4096
IDS_MAX: Final = 20_000
CUT_PLANES_MAX: Final = 6
EYE_M_MAX: Final = 1e7
"""An eye may stand far outside of what it looks at."""
SITE_M_MAX: Final = 10_000.0
"""Nothing is drawn farther than this from its origin (DESIGN.md section 3)."""

Coordinate = Annotated[float, Field(ge=-SITE_M_MAX, le=SITE_M_MAX, allow_inf_nan=False)]
Point = tuple[Coordinate, Coordinate, Coordinate]
FarCoordinate = Annotated[float, Field(ge=-EYE_M_MAX, le=EYE_M_MAX, allow_inf_nan=False)]
FarPoint = tuple[FarCoordinate, FarCoordinate, FarCoordinate]
Name = Annotated[str, Field(min_length=1, max_length=200)]
FileName = Annotated[str, Field(min_length=1, max_length=PATH_CHARACTERS_MAX)]
Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Direction = Annotated[float, Field(ge=-1.0, le=1.0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Turn = Annotated[float, Field(ge=-360.0, le=360.0, allow_inf_nan=False)]
Scale = Annotated[float, Field(gt=0.0, le=100.0, allow_inf_nan=False)]
Rgb = tuple[Share, Share, Share]
Files = Annotated[tuple[FileName, ...], Field(min_length=1, max_length=ENTRIES_MAX)]
Ids = Annotated[tuple[Name, ...], Field(max_length=IDS_MAX)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SceneHead(_Strict):
    """The whole scene's words and choices."""

    title: Annotated[str, Field(max_length=200)] = ""
    language: Literal["en", "zh"] = "en"
    theme: Literal["dark", "light"] = "dark"
    camera: Name | None = None
    """Name of the camera that a picture takes first."""
    show_labels: bool = True
    show_legend: bool = True
    time_s: Finite | None = None
    """Moment of the live values; None is now."""
    cut_planes_m: Annotated[
        tuple[tuple[Direction, Direction, Direction, FarCoordinate], ...],
        Field(max_length=CUT_PLANES_MAX),
    ] = ()
    """(x, y, z, d) in world metres: where the sum of both products and d is below 0 is cut away."""

    @model_validator(mode="after")
    def _cuts_have_directions(self) -> SceneHead:
        for x, y, z, _ in self.cut_planes_m:
            if abs(math.hypot(x, y, z) - 1.0) > UNIT_TOLERANCE:
                raise ValueError("cut_planes_m: x, y, z of a plane have length 1 together")
        return self


class BuildingEntry(_Strict):
    """One building of one or several models that share an origin."""

    id: Name
    files: Files
    unit: LengthUnit | None = None
    visible: bool = True
    position_m: Point = (0.0, 0.0, 0.0)
    turn_deg: Turn = 0.0
    hidden_classes: tuple[Name, ...] = ()
    ghost_classes: tuple[Name, ...] = ()
    hidden_elements: Ids = ()
    """GlobalIds."""
    ghost_elements: Ids = ()
    storey: Annotated[str, Field(max_length=200)] | None = None
    """Top storey that is shown, by name; those above are peeled away."""
    storey_only: bool = False
    cut_height_m: Annotated[float, Field(gt=0.0, le=100.0)] | None = None
    show_spaces: bool = True
    colour_by: Literal["material", "live"] = "material"


class _Part(_Strict):
    """One of several things that an entry's files hold, where it differs from the entry."""

    number: Annotated[int, Field(ge=1)]
    """Counted in the order in which they are found."""
    leave_out: bool = False


class RegionPart(_Part):
    """One region: its look, which else is the file's own."""

    visible: bool = True
    colour_rgb: Rgb | None = None
    opacity: Share = 1.0


class _VolumeLook(_Strict):
    """Place and look of a volume."""

    visible: bool = True
    preset: Name | None = None
    position_m: Point | None = None
    """World place of the volume's middle; None leaves the patient's own coordinates."""
    turn_deg: Turn = 0.0
    """Turn about the vertical, counter-clockwise seen from above."""
    scale: Scale = 1.0
    opacity: Annotated[float, Field(ge=0.0, le=10.0, allow_inf_nan=False)] = 1.0
    shading: Literal["lit", "diagnostic"] = "lit"
    window_center: Finite | None = None
    window_width: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    value_shift: Finite = 0.0


class VolumePart(_VolumeLook, _Part):
    """One of several volumes."""

    id: Name | None = None


class VolumeEntry(_VolumeLook):
    """One scanner's volume and the regions drawn in it."""

    id: Name
    files: Files
    regions: Annotated[tuple[FileName, ...], Field(max_length=ENTRIES_MAX)] = ()
    """SEG, RT structure set or label map files placed by their own geometry."""
    region_badges: tuple[Name, ...] = ()
    part: Annotated[tuple[VolumePart, ...], Field(max_length=ENTRIES_MAX)] = ()
    region: Annotated[tuple[RegionPart, ...], Field(max_length=ENTRIES_MAX)] = ()


class _SurfaceLook(_Strict):
    """Place and look of a surface."""

    visible: bool = True
    position_m: Point | None = None
    turn_deg: Turn = 0.0
    scale: Scale = 1.0
    colour_rgb: Rgb | None = None
    opacity: Share = 1.0


class SurfacePart(_SurfaceLook, _Part):
    """One of several meshes."""

    id: Name | None = None


class SurfaceEntry(_SurfaceLook):
    """One mesh file."""

    id: Name
    files: Files
    unit: LengthUnit | None = None
    volume: Name | None = None
    """The volume whose patient it lies in."""
    part: Annotated[tuple[SurfacePart, ...], Field(max_length=ENTRIES_MAX)] = ()


class FeedEntry(_Strict):
    """Where live values come from."""

    kind: Literal["simulator"]
    seed: Annotated[int, Field(ge=0, le=2**31)] = 0


class CameraEntry(_Strict):
    """A camera to come back to."""

    name: Name
    eye_m: FarPoint
    target_m: FarPoint
    up: tuple[Direction, Direction, Direction] = (0.0, 0.0, 1.0)
    fov_deg: Annotated[float, Field(ge=1.0, le=120.0, allow_inf_nan=False)] = 35.0
    orthographic_height_m: Annotated[float, Field(gt=0.0, le=EYE_M_MAX)] | None = None

    @model_validator(mode="after")
    def _looks_somewhere(self) -> CameraEntry:
        if self.eye_m == self.target_m:
            raise ValueError("eye_m and target_m are the same point: it looks nowhere")
        return self


class ViewEntry(_Strict):
    """One view of the window, a 3D picture or a slice; the first camera is seen in it."""

    id: Name
    kind: Literal["space", "axial", "coronal", "sagittal"]
    rect: tuple[Share, Share, Share, Share] = (0.0, 0.0, 1.0, 1.0)
    """Left, bottom, width, height as shares of the window."""
    volume: Name | None = None
    """The volume that a slice cuts."""
    slice_mm: Finite = 0.0
    zoom: Annotated[float, Field(ge=0.05, le=50.0)] = 1.0
    pan_mm: tuple[Finite, Finite] = (0.0, 0.0)


class SceneFile(_Strict):
    """A scene file as read: names of files, not yet the files."""

    scene: SceneHead = SceneHead()
    building: Annotated[tuple[BuildingEntry, ...], Field(max_length=ENTRIES_MAX)] = ()
    volume: Annotated[tuple[VolumeEntry, ...], Field(max_length=ENTRIES_MAX)] = ()
    surface: Annotated[tuple[SurfaceEntry, ...], Field(max_length=ENTRIES_MAX)] = ()
    feed: Annotated[tuple[FeedEntry, ...], Field(max_length=ENTRIES_MAX)] = ()
    camera: Annotated[tuple[CameraEntry, ...], Field(max_length=ENTRIES_MAX)] = ()
    view: Annotated[tuple[ViewEntry, ...], Field(max_length=VIEWS_MAX)] = ()


def read_scene_file(place: Path) -> SceneFile:
    """Scene of a TOML file, with the paths in it resolved against its folder.

    Raises
    ------
    RefusedTogether
        With one fault per wrong key; files that are named but missing are among them.
    """
    document = _parsed(place)
    folder = place.resolve().parent
    faults: list[Refused] = []
    try:
        scene = SceneFile.model_validate(document)
    except ValidationError as error:
        faults += [
            Refused(
                str(place),
                "format",
                f"{_key(fault['loc'])}: {_words(fault['type'], fault['msg'])}",
                remedy=FIX,
            )
            for fault in error.errors()
        ]
    faults += [
        Refused(str(place), "format", reason, remedy=FIX) for reason in name_faults(document)
    ]
    faults += [
        Refused(str(place), "path", f"{key}: {name} is not there", remedy="check the path")
        for key, name in files_named(document)
        # Path.exists raises for a name of more than 255 bytes.
        if not os.path.exists(folder / name)
    ]
    if faults:
        raise _together(place, faults)
    return _resolved(scene, folder)


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


def _resolved(scene: SceneFile, folder: Path) -> SceneFile:
    def resolved(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(folder / name) for name in names)

    update: dict[str, object] = {}
    for kind in WITH_ID:
        entries: tuple[BuildingEntry | VolumeEntry | SurfaceEntry, ...] = getattr(scene, kind)
        changed = []
        for entry in entries:
            change = {"files": resolved(entry.files)}
            if isinstance(entry, VolumeEntry):
                change["regions"] = resolved(entry.regions)
            changed.append(entry.model_copy(update=change))
        update[kind] = tuple(changed)
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


def _words(kind: str, message: str) -> str:
    told = message.removeprefix("Value error, ").rstrip(".")
    return PLAIN_WORDS.get(kind, told.replace("Input should be", "it should be"))
