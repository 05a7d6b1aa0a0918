"""The only writer of State: pure, total, and the same for every seat."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np

from metaviewer.errors import GeometryError
from metaviewer.frames import frozen, inverse, is_right_handed
from metaviewer.scene import command as do
from metaviewer.scene.state import Item, ItemId, State, View, ViewId

UNDO_STEPS_MAX: Final = 100
CLIP_PLANES_MAX: Final = 6
VIEWS_MAX: Final = 16
UNIT_TOLERANCE: Final = 1e-6

UNDONE: Final = (
    do.PlaceItem,
    do.RemoveItem,
    do.SetLook,
    do.SetVisible,
    do.MoveItem,
    do.SetClip,
)
"""What a person expects undo to take back: the scene, not where they looked from."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Applied:
    """What came of a command: the new State, what is left to do, or why it was not done."""

    state: State
    effects: tuple[do.Effect, ...] = ()
    refusal: str = ""


def apply(state: State, command: do.Command) -> Applied:
    """Return the State after `command`; a command that makes no sense is refused in words."""
    action = command.action
    if isinstance(action, do.Undo):
        return _undone(state)
    if isinstance(action, do.Redo):
        return _redone(state)
    if isinstance(action, do.OpenPlaces | do.SaveScene | do.SavePicture | do.Quit):
        return Applied(state=state, effects=(action,))
    step: Callable[[State, Any], Applied] = STEPS[type(action)]
    applied = step(state, action)
    if applied.refusal or applied.state is state or not isinstance(action, UNDONE):
        return applied
    return replace(applied, state=_remembering(applied.state, state, command.gesture))


def apply_all(
    state: State, commands: Iterable[do.Command]
) -> tuple[State, tuple[do.Effect, ...], tuple[str, ...]]:
    """Apply commands in order; return the last State, all effects and all refusals."""
    effects: list[do.Effect] = []
    refusals: list[str] = []
    for command in commands:
        applied = apply(state, command)
        state = applied.state
        effects.extend(applied.effects)
        if applied.refusal:
            refusals.append(applied.refusal)
    return state, tuple(effects), tuple(refusals)


# --- undo ---------------------------------------------------------------------------------------


def _remembering(after: State, before: State, gesture: str) -> State:
    if gesture and gesture == before.last_gesture and before.past:
        return replace(after, future=(), last_gesture=gesture)
    past = (*before.past, _memory(before))[-UNDO_STEPS_MAX:]
    return replace(after, past=past, future=(), last_gesture=gesture)


def _memory(state: State) -> State:
    return replace(state, past=(), future=(), last_gesture="")


def _undone(state: State) -> Applied:
    if not state.past:
        return Applied(state=state, refusal="there is nothing to undo")
    *past, memory = state.past
    restored = _with_content(state, memory)
    future = (*state.future, _memory(state))
    return Applied(state=replace(restored, past=tuple(past), future=future, last_gesture=""))


def _redone(state: State) -> Applied:
    if not state.future:
        return Applied(state=state, refusal="there is nothing to do again")
    *future, memory = state.future
    restored = _with_content(state, memory)
    past = (*state.past, _memory(state))
    return Applied(state=replace(restored, past=past, future=tuple(future), last_gesture=""))


def _with_content(state: State, memory: State) -> State:
    """What undo restores: items, cuts and a selection that still exists; not the cameras."""
    selection = state.selection
    if selection is not None and memory.item(selection.item) is None:
        selection = None
    return replace(state, items=memory.items, clip=memory.clip, selection=selection)


# --- one function an action -----------------------------------------------------------------------


def _place(state: State, action: do.PlaceItem) -> Applied:
    item = action.item
    if state.item(item.id) is not None:
        return Applied(state=state, refusal=f"the scene already holds an item {item.id!r}")
    if reason := _placement_fault(item.world_from_item):
        return Applied(state=state, refusal=reason)
    others = {other.patient for other in state.items if other.patient}
    if item.patient and others and item.patient not in others and not action.confirmed:
        return Applied(state=state, effects=(do.AskSecondPatient(item=item),))
    return Applied(state=replace(state, items=(*state.items, item)))


def _remove(state: State, action: do.RemoveItem) -> Applied:
    if state.item(action.item) is None:
        return _no_item(state, action.item)
    kept = tuple(item for item in state.items if action.item not in (item.id, item.anchor))
    ids = {item.id for item in kept}
    selection = state.selection if state.selection and state.selection.item in ids else None
    return Applied(state=replace(state, items=kept, selection=selection))


def _look(state: State, action: do.SetLook) -> Applied:
    item = state.item(action.item)
    if item is None:
        return _no_item(state, action.item)
    if type(item.look) is not type(action.look):
        return Applied(state=state, refusal=f"item {item.id!r} has no {type(action.look).__name__}")
    numbers = [
        value
        for value in (getattr(action.look, field.name) for field in fields(action.look))
        if isinstance(value, float)
    ]
    if not np.all(np.isfinite(numbers)):
        return Applied(state=state, refusal="a look has a number that is not finite")
    return Applied(state=_with_item(state, replace(item, look=action.look)))


def _visible(state: State, action: do.SetVisible) -> Applied:
    item = state.item(action.item)
    if item is None:
        return _no_item(state, action.item)
    return Applied(state=_with_item(state, replace(item, visible=action.visible)))


def _badges(state: State, action: do.SetBadges) -> Applied:
    item = state.item(action.item)
    if item is None:
        return _no_item(state, action.item)
    if item.badges == action.badges:
        return Applied(state=state)
    return Applied(state=_with_item(state, replace(item, badges=action.badges)))


def _move(state: State, action: do.MoveItem) -> Applied:
    item = state.item(action.item)
    if item is None:
        return _no_item(state, action.item)
    if reason := _placement_fault(action.world_from_item):
        return Applied(state=state, refusal=reason)
    moved_from = action.world_from_item @ inverse(item.world_from_item)
    items = tuple(
        replace(other, world_from_item=frozen(action.world_from_item))
        if other.id == item.id
        else replace(other, world_from_item=frozen(moved_from @ other.world_from_item))
        if other.anchor == item.id
        else other
        for other in state.items
    )
    return Applied(state=replace(state, items=items))


def _camera(state: State, action: do.SetCamera) -> Applied:
    view = state.view(action.view)
    if view is None:
        return _no_view(state, action.view)
    return Applied(state=_with_view(state, replace(view, camera=action.camera)))


def _slice(state: State, action: do.SetSlice) -> Applied:
    view = state.view(action.view)
    if view is None:
        return _no_view(state, action.view)
    pan_mm = view.slice_pan_mm if action.pan_mm is None else action.pan_mm
    slice_mm = view.slice_mm if action.slice_mm is None else action.slice_mm
    zoom = view.slice_zoom if action.zoom is None else action.zoom
    if not np.all(np.isfinite((*pan_mm, slice_mm, zoom))) or not 0.05 <= zoom <= 50.0:
        return Applied(state=state, refusal="a slice cannot be shown at that place or zoom")
    shown = replace(view, slice_mm=slice_mm, slice_zoom=zoom, slice_pan_mm=pan_mm)
    return Applied(state=_with_view(state, shown))


def _views(state: State, action: do.SetViews) -> Applied:
    ids = {view.id for view in action.views}
    if not action.views or len(action.views) > VIEWS_MAX or len(ids) != len(action.views):
        return Applied(
            state=state, refusal=f"a layout has 1 to {VIEWS_MAX} views of different names"
        )
    return Applied(state=replace(state, views=action.views))


def _name_camera(state: State, action: do.NameCamera) -> Applied:
    kept = tuple(named for named in state.cameras if named.name != action.camera.name)
    return Applied(state=replace(state, cameras=(*kept, action.camera)))


def _clip(state: State, action: do.SetClip) -> Applied:
    if len(action.planes) > CLIP_PLANES_MAX:
        return Applied(state=state, refusal=f"at most {CLIP_PLANES_MAX} cutting planes")
    if action.planes:
        planes = np.asarray(action.planes, dtype=np.float64)
        lengths = np.linalg.norm(planes[:, :3], axis=1)
        if not np.all(np.isfinite(planes)) or np.any(np.abs(lengths - 1.0) > UNIT_TOLERANCE):
            return Applied(state=state, refusal="a cutting plane needs a direction of length 1")
    return Applied(state=replace(state, clip=action.planes))


def _select(state: State, action: do.Select) -> Applied:
    if action.picked is not None and state.item(action.picked.item) is None:
        return _no_item(state, action.picked.item)
    return Applied(state=replace(state, selection=action.picked))


def _tool(state: State, action: do.SetTool) -> Applied:
    return Applied(state=replace(state, tool=action.tool))


def _time(state: State, action: do.SetTime) -> Applied:
    if action.time_s is not None and not np.isfinite(action.time_s):
        return Applied(state=state, refusal="the time cursor needs a finite time")
    return Applied(state=replace(state, time_s=action.time_s))


def _options(state: State, action: do.SetOptions) -> Applied:
    given = {
        field.name: value
        for field in fields(action)
        if (value := getattr(action, field.name)) is not None
    }
    return Applied(state=replace(state, **given))


STEPS: Final[dict[type, Callable[[State, Any], Applied]]] = {
    do.PlaceItem: _place,
    do.RemoveItem: _remove,
    do.SetLook: _look,
    do.SetVisible: _visible,
    do.SetBadges: _badges,
    do.MoveItem: _move,
    do.SetCamera: _camera,
    do.SetSlice: _slice,
    do.SetViews: _views,
    do.NameCamera: _name_camera,
    do.SetClip: _clip,
    do.Select: _select,
    do.SetTool: _tool,
    do.SetTime: _time,
    do.SetOptions: _options,
}


def _with_item(state: State, changed: Item) -> State:
    items = tuple(changed if item.id == changed.id else item for item in state.items)
    return replace(state, items=items)


def _with_view(state: State, changed: View) -> State:
    views = tuple(changed if view.id == changed.id else view for view in state.views)
    return replace(state, views=views)


def _no_item(state: State, item_id: ItemId) -> Applied:
    return Applied(state=state, refusal=f"the scene holds no item {item_id!r}")


def _no_view(state: State, view_id: ViewId) -> Applied:
    return Applied(state=state, refusal=f"there is no view {view_id!r}")


def _placement_fault(world_from_item: object) -> str:
    matrix = np.asarray(world_from_item, dtype=np.float64)
    if matrix.shape != (4, 4) or not np.all(np.isfinite(matrix)):
        return "a placement needs sixteen finite numbers"
    try:
        mirrored = not is_right_handed(frozen(matrix))
    except GeometryError:
        mirrored = True
    return "a placement would mirror the item: left and right would swap" if mirrored else ""
