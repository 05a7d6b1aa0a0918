"""From intents to commands: one pure step, the same for mouse, controller and hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from metaviewer.frames import SLICE_AXES, Float64Array
from metaviewer.interact import camera_moves
from metaviewer.interact.keys import actions_of_key
from metaviewer.scene import (
    Action,
    Camera,
    Chosen,
    Command,
    Held,
    Intent,
    Item,
    ItemFacts,
    ItemId,
    Key,
    Move,
    Picked,
    Pointer,
    Press,
    Release,
    Scroll,
    Select,
    SetCamera,
    SetClip,
    SetLook,
    SetSlice,
    State,
    View,
    VolumeLook,
)

TURN_DEG_PER_HEIGHT: Final = 180.0
"""A drag over the height of the view turns by half a circle."""
ZOOM_PER_NOTCH: Final = 0.87
ZOOM_PER_HEIGHT: Final = 4.0
CLICK_PX: Final = 4.0
"""A press that moves less than this is a click."""
FOCUS_SHARE: Final = 0.35
"""A double click comes this much of the way it was away."""
WINDOW_PER_HEIGHT: Final = 1.5
"""A drag over the height of the view changes the window by this many widths."""
FLY_M_PER_S: Final = 1.4  # a brisk walk in a corridor
FLY_FAST: Final = 5.0

DragKind = Literal["window", "clip", "look", "orbit", "pan", "zoom", "scroll", "slice-pan"]
TOOL_DRAGS: Final[dict[str, DragKind]] = {"window": "window", "clip": "clip", "look": "look"}
"""What the tools do in a 3D view; every other one goes around it."""

Lookup = Mapping[ItemId, ItemFacts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drag:
    """A gesture in progress: what was pressed where, and what things were then."""

    kind: DragKind
    start: Pointer
    view: View
    clip: tuple[tuple[float, float, float, float], ...] = ()
    look: VolumeLook | None = None
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Immutable memory of gestures; `count` names them one by one."""

    drag: Drag | None = None
    count: int = 0


def step(
    state: State, tools: Tools, intents: Iterable[Intent], lookup: Lookup, *, who: str = "window"
) -> tuple[Tools, tuple[Command, ...]]:
    """Return what the intents do to `state`, and the gestures that go on.

    Commands of one drag carry one gesture name, so that undo takes the drag back as a whole.
    """
    commands: list[Command] = []
    for intent in intents:
        tools, actions = _one(state, tools, intent, lookup)
        gesture = f"drag-{tools.count}" if tools.drag is not None else ""
        if isinstance(intent, Chosen):
            gesture = intent.gesture
        commands.extend(Command(action=action, who=who, gesture=gesture) for action in actions)
    return tools, tuple(commands)


def _one(
    state: State, tools: Tools, intent: Intent, lookup: Lookup
) -> tuple[Tools, tuple[Action, ...]]:
    if isinstance(intent, Chosen):
        return tools, (intent.action,)
    if isinstance(intent, Key):
        return tools, actions_of_key(state, intent, lookup)
    if isinstance(intent, Held):
        return tools, _fly(state, intent)
    if isinstance(intent, Press):
        return _press(state, tools, intent)
    if isinstance(intent, Scroll):
        return tools, _scroll(state, intent, lookup)
    if isinstance(intent, Release):
        return _release(tools, intent)
    return _move(tools, intent, lookup, state)


def _press(state: State, tools: Tools, intent: Press) -> tuple[Tools, tuple[Action, ...]]:
    pointer = intent.pointer
    view = state.view(pointer.view)
    if view is None:
        return tools, ()
    if intent.button == "primary" and intent.clicks == 2 and pointer.hit is not None:
        return replace(tools, drag=None), _focus(view, pointer)
    kind = _drag_kind(state, view, intent)
    look = _volume_look(state, view, pointer)
    drag = Drag(kind=kind, start=pointer, view=view, clip=state.clip, look=look)
    return Tools(drag=drag, count=tools.count + 1), ()


def _drag_kind(state: State, view: View, intent: Press) -> DragKind:
    if view.kind != "space":
        if intent.button == "secondary" or state.tool == "window":
            return "window"
        return "slice-pan" if intent.button == "middle" or intent.pointer.shift else "scroll"
    if intent.button == "middle" or (intent.button == "primary" and intent.pointer.shift):
        return "pan"
    if intent.button == "secondary":
        return "zoom"
    return TOOL_DRAGS.get(state.tool, "orbit")


def _move(
    tools: Tools, intent: Move, lookup: Lookup, state: State
) -> tuple[Tools, tuple[Action, ...]]:
    drag = tools.drag
    if drag is None or intent.pointer.view != drag.start.view:
        return tools, ()
    right = (intent.pointer.position[0] - drag.start.position[0]) * drag.start.aspect
    up = intent.pointer.position[1] - drag.start.position[1]
    moved = drag.moved or np.hypot(right, up) * drag.start.height_px > CLICK_PX
    if not moved:
        return tools, ()
    actions = _dragged(drag, right, up, lookup, state)
    return replace(tools, drag=replace(drag, moved=True)), actions


def _dragged(
    drag: Drag, right: float, up: float, lookup: Lookup, state: State
) -> tuple[Action, ...]:
    """What a drag of `right` and `up` heights of the view does, counted from where it began."""
    if drag.kind == "window":
        return _window(drag, right, up, state, lookup)
    if drag.kind == "clip":
        return _clip(drag, up, lookup)
    if drag.kind in ("scroll", "slice-pan"):
        return _slice_drag(drag, right, up, lookup)
    return (SetCamera(view=drag.view.id, camera=_camera_drag(drag, right, up)),)


def _camera_drag(drag: Drag, right: float, up: float) -> Camera:
    camera = drag.view.camera
    if drag.kind == "pan":
        return camera_moves.panned(camera, right=-right, up=-up)
    if drag.kind == "zoom":
        return camera_moves.zoomed(camera, factor=ZOOM_PER_HEIGHT ** (-up))
    turn_deg, tilt_deg = -right * TURN_DEG_PER_HEIGHT, -up * TURN_DEG_PER_HEIGHT
    move = camera_moves.turned if drag.kind == "look" else camera_moves.orbited
    return move(camera, turn_deg=turn_deg, tilt_deg=tilt_deg)


def _release(tools: Tools, intent: Release) -> tuple[Tools, tuple[Action, ...]]:
    drag = tools.drag
    done = replace(tools, drag=None)
    if drag is None or drag.moved or intent.button != "primary" or not intent.is_click:
        return done, ()
    hit = intent.pointer.hit
    picked = None if hit is None else Picked(item=hit.item, element=hit.element)
    return done, (Select(picked=picked),)


def _focus(view: View, pointer: Pointer) -> tuple[Action, ...]:
    hit = pointer.hit
    assert hit is not None  # the caller asked
    camera = camera_moves.focused(
        view.camera,
        point_m=np.asarray(hit.point_world_m),
        distance_m=max(hit.distance_m * FOCUS_SHARE, camera_moves.DISTANCE_M_MIN),
    )
    return (
        Select(picked=Picked(item=hit.item, element=hit.element)),
        SetCamera(view=view.id, camera=camera),
    )


def _scroll(state: State, intent: Scroll, lookup: Lookup) -> tuple[Action, ...]:
    pointer = intent.pointer
    view = state.view(pointer.view)
    if view is None:
        return ()
    if view.kind == "space":
        about_m = None if pointer.hit is None else np.asarray(pointer.hit.point_world_m)
        factor = ZOOM_PER_NOTCH**intent.notches
        camera = camera_moves.zoomed(view.camera, factor=factor, about_m=about_m)
        return (SetCamera(view=view.id, camera=camera),)
    if pointer.control:
        return (SetSlice(view=view.id, zoom=_zoom(view, 1.0 / ZOOM_PER_NOTCH**intent.notches)),)
    step_mm = _slice_step_mm(view, lookup)
    slice_mm = _within_scan(view, view.slice_mm + intent.notches * step_mm, lookup)
    return (SetSlice(view=view.id, slice_mm=slice_mm),)


def _slice_drag(drag: Drag, right: float, up: float, lookup: Lookup) -> tuple[Action, ...]:
    view = drag.view
    facts = lookup.get(view.slice_volume) if view.slice_volume is not None else None
    if facts is None:
        return ()
    height_mm = facts.extent_mm / view.slice_zoom
    if drag.kind == "slice-pan":
        pan = (view.slice_pan_mm[0] - right * height_mm, view.slice_pan_mm[1] - up * height_mm)
        return (SetSlice(view=view.id, pan_mm=pan),)
    slice_mm = _within_scan(view, view.slice_mm + up * height_mm, lookup)
    return (SetSlice(view=view.id, slice_mm=slice_mm),)


def _slice_step_mm(view: View, lookup: Lookup) -> float:
    facts = lookup.get(view.slice_volume) if view.slice_volume is not None else None
    if facts is None:
        return 1.0
    return facts.voxel_mm[SLICE_AXES[view.kind]]


def _within_scan(view: View, slice_mm: float, lookup: Lookup) -> float:
    """The place, or the end of the scan beyond which it lies: the way back begins at once."""
    facts = lookup.get(view.slice_volume) if view.slice_volume is not None else None
    if facts is None or facts.slice_range_mm is None:
        return slice_mm
    low_mm, high_mm = facts.slice_range_mm[SLICE_AXES[view.kind]]
    return float(np.clip(slice_mm, low_mm, high_mm))


def _zoom(view: View, factor: float) -> float:
    return float(np.clip(view.slice_zoom * factor, 0.1, 40.0))


def _window(
    drag: Drag, right: float, up: float, state: State, lookup: Lookup
) -> tuple[Action, ...]:
    """Right widens, up brightens (the centre falls): what radiology workstations do."""
    item = _window_item(state, drag.view, drag.start)
    if item is None or drag.look is None:
        return ()
    facts = lookup.get(item.id)
    center, width = _window_of(drag.look, facts)
    span = max(width, 1.0)
    look = replace(
        drag.look,
        window_width=max(width + right * WINDOW_PER_HEIGHT * span, 1.0),
        window_center=center - up * WINDOW_PER_HEIGHT * span,
    )
    if drag.view.kind == "space":
        shift = drag.look.value_shift - up * WINDOW_PER_HEIGHT * span * 0.5
        look = replace(drag.look, value_shift=shift)
    return (SetLook(item=item.id, look=look),)


def _window_of(look: VolumeLook, facts: ItemFacts | None) -> tuple[float, float]:
    if look.window_center is not None and look.window_width is not None:
        return look.window_center, look.window_width
    return (40.0, 400.0) if facts is None else facts.window


def _window_item(state: State, view: View, pointer: Pointer) -> Item | None:
    if view.slice_volume is not None:
        return state.item(view.slice_volume)
    hit = pointer.hit
    found = state.item(hit.item) if hit is not None else None
    if found is not None and found.kind == "volume":
        return found
    return next((item for item in state.items if item.kind == "volume"), None)


def _volume_look(state: State, view: View, pointer: Pointer) -> VolumeLook | None:
    item = _window_item(state, view, pointer)
    return item.look if item is not None and isinstance(item.look, VolumeLook) else None


def _clip(drag: Drag, up: float, lookup: Lookup) -> tuple[Action, ...]:
    """A plane that faces the person, pushed into the scene by dragging up."""
    camera = drag.view.camera
    forward: Float64Array = camera.world_from_camera[:3, 1]
    start_m = drag.start.hit.point_world_m if drag.start.hit is not None else camera.target_m
    depth_m = float(np.dot(forward, start_m)) + up * camera_moves.seen_height_m(camera)
    x, y, z = (float(part) for part in forward)
    return (SetClip(planes=((x, y, z, -depth_m),)),)


def _fly(state: State, intent: Held) -> tuple[Action, ...]:
    view = state.view(intent.view)
    if view is None or view.kind != "space":
        return ()
    way_m = FLY_M_PER_S * intent.seconds * (FLY_FAST if intent.fast else 1.0)
    right, forward, up = (axis * way_m for axis in intent.axes)
    camera = camera_moves.flown(view.camera, right_m=right, forward_m=forward, up_m=up)
    return (SetCamera(view=view.id, camera=camera),)
