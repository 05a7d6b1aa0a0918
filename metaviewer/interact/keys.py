"""What each key does; the help panel reads the same table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from metaviewer.frames import Float64Array
from metaviewer.scene import (
    EYE_DIRECTIONS,
    Action,
    ItemFacts,
    ItemId,
    Key,
    Redo,
    Select,
    SetCamera,
    SetClip,
    SetLook,
    SetOptions,
    SetTool,
    Shading,
    State,
    Undo,
    View,
    VolumeLook,
    framing,
    level_at,
    levels_of,
    peel_of,
    peeled,
)

Lookup = Mapping[ItemId, ItemFacts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One key: what it is called in help, and what it does."""

    key: str
    words: str
    """Key of the phrase in `panels.phrases`."""
    act: Callable[[State, Key, Lookup], tuple[Action, ...]]


def actions_of_key(state: State, key: Key, lookup: Lookup) -> tuple[Action, ...]:
    """Return what a key does; nothing for a key without a binding."""
    binding = BINDINGS.get(key.name)
    return () if binding is None else binding.act(state, key, lookup)


def scene_bounds(state: State, lookup: Lookup) -> Float64Array | None:
    """Lowest and highest corner of everything visible, world metres; None for an empty scene."""
    boxes = [
        lookup[item.id].bounds_world_m for item in state.items if item.visible and item.id in lookup
    ]
    if not boxes:
        return None
    corners = np.stack(boxes)
    return np.stack([corners[:, 0].min(axis=0), corners[:, 1].max(axis=0)])


def _view(state: State, key: Key) -> View | None:
    wanted = next((view for view in state.views if view.id == key.view), None)
    if wanted is not None and wanted.kind == "space":
        return wanted
    return next((view for view in state.views if view.kind == "space"), None)


def _look_from(word: str) -> Callable[[State, Key, Lookup], tuple[Action, ...]]:
    def act(state: State, key: Key, lookup: Lookup) -> tuple[Action, ...]:
        view, bounds = _view(state, key), _bounds_of_interest(state, lookup)
        if view is None or bounds is None:
            return ()
        camera = framing(bounds, direction=EYE_DIRECTIONS[word], fov_deg=view.camera.fov_deg)
        return (SetCamera(view=view.id, camera=camera),)

    return act


def _frame(state: State, key: Key, lookup: Lookup) -> tuple[Action, ...]:
    view, bounds = _view(state, key), _bounds_of_interest(state, lookup)
    if view is None or bounds is None:
        return ()
    away = np.subtract(view.camera.eye_m, view.camera.target_m)
    x, y, z = (float(part) for part in away)
    camera = framing(bounds, direction=(x, y, z), fov_deg=view.camera.fov_deg)
    return (SetCamera(view=view.id, camera=camera),)


def _bounds_of_interest(state: State, lookup: Lookup) -> Float64Array | None:
    if state.selection is not None and state.selection.item in lookup:
        return lookup[state.selection.item].bounds_world_m
    return scene_bounds(state, lookup)


def _parallel(state: State, key: Key, lookup: Lookup) -> tuple[Action, ...]:
    view = _view(state, key)
    if view is None:
        return ()
    camera = view.camera
    if camera.orthographic_height_m is not None:
        return (SetCamera(view=view.id, camera=replace(camera, orthographic_height_m=None)),)
    distance_m = float(np.linalg.norm(np.subtract(camera.eye_m, camera.target_m)))
    height_m = 2.0 * distance_m * float(np.tan(np.radians(camera.fov_deg) / 2.0))
    return (SetCamera(view=view.id, camera=replace(camera, orthographic_height_m=height_m)),)


def _peel(change: int) -> Callable[[State, Key, Lookup], tuple[Action, ...]]:
    def act(state: State, key: Key, lookup: Lookup) -> tuple[Action, ...]:
        levels = levels_of(state, lookup)
        if not levels:
            return ()
        peel = peel_of(state, lookup)
        bases_m = [level.base_m for level in levels]
        now = len(levels) - 1 if peel.base_m is None else level_at(levels, peel.base_m)
        wanted = min(max(now + change, 0), len(levels) - 1)
        base_m = None if wanted == len(levels) - 1 else bases_m[wanted]
        return peeled(state, lookup, replace(peel, base_m=base_m))

    return act


def _diagnostic(state: State, key: Key, lookup: Lookup) -> tuple[Action, ...]:
    looks = [(item.id, item.look) for item in state.items if isinstance(item.look, VolumeLook)]
    lit = any(look.shading == "lit" for _, look in looks)
    shading: Shading = "diagnostic" if lit else "lit"
    return tuple(SetLook(item=item, look=replace(look, shading=shading)) for item, look in looks)


def _tool(name: str) -> Callable[[State, Key, Lookup], tuple[Action, ...]]:
    def act(state: State, key: Key, lookup: Lookup) -> tuple[Action, ...]:
        return (SetTool(tool="orbit" if state.tool == name else name),)

    return act


def _escape(state: State, key: Key, lookup: Lookup) -> tuple[Action, ...]:
    if state.show_help:
        return (SetOptions(show_help=False),)
    if state.tool != "orbit":
        return (SetTool(tool="orbit"),)
    if state.selection is not None:
        return (Select(picked=None),)
    return (SetClip(planes=()),) if state.clip else ()


BINDINGS: Final[dict[str, Binding]] = {
    binding.key: binding
    for binding in (
        Binding(key="f", words="key_frame", act=_frame),
        Binding(key="1", words="key_front", act=_look_from("front")),
        Binding(key="2", words="key_back", act=_look_from("back")),
        Binding(key="3", words="key_left", act=_look_from("left")),
        Binding(key="4", words="key_right", act=_look_from("right")),
        Binding(key="5", words="key_top", act=_look_from("top")),
        Binding(key="6", words="key_iso", act=_look_from("iso")),
        Binding(key="o", words="key_parallel", act=_parallel),
        Binding(key="page_down", words="key_peel", act=_peel(-1)),
        Binding(key="page_up", words="key_unpeel", act=_peel(+1)),
        Binding(key="v", words="key_window", act=_tool("window")),
        Binding(key="c", words="key_clip", act=_tool("clip")),
        Binding(key="g", words="key_look", act=_tool("look")),
        Binding(key="x", words="key_diagnostic", act=_diagnostic),
        Binding(
            key="n",
            words="key_labels",
            act=lambda state, key, lookup: (SetOptions(show_labels=not state.show_labels),),
        ),
        Binding(
            key="l",
            words="key_language",
            act=lambda state, key, lookup: (
                SetOptions(language="zh" if state.language == "en" else "en"),
            ),
        ),
        Binding(
            key="f1",
            words="key_help",
            act=lambda state, key, lookup: (SetOptions(show_help=not state.show_help),),
        ),
        Binding(key="control-z", words="key_undo", act=lambda state, key, lookup: (Undo(),)),
        Binding(key="control-y", words="key_redo", act=lambda state, key, lookup: (Redo(),)),
        Binding(key="escape", words="key_escape", act=_escape),
    )
}
