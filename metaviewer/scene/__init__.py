"""What is shown: State, Command, apply."""

from metaviewer.scene.camera import Camera, framing
from metaviewer.scene.library import Datum, Library
from metaviewer.scene.look import BuildingLook, Look, SurfaceLook, VolumeLook
from metaviewer.scene.ray import Hit, Ray
from metaviewer.scene.state import (
    DataId,
    Item,
    ItemId,
    NamedCamera,
    Picked,
    Plane,
    State,
    View,
    ViewId,
)

__all__ = [
    "BuildingLook",
    "Camera",
    "DataId",
    "Datum",
    "Hit",
    "Item",
    "ItemId",
    "Library",
    "Look",
    "NamedCamera",
    "Picked",
    "Plane",
    "Ray",
    "State",
    "SurfaceLook",
    "View",
    "ViewId",
    "VolumeLook",
    "framing",
]
