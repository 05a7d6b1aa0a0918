"""A thing held in the hand: it moves and turns with it. Pure; the same for every controller.

One thing is held at a time, by the hand that took it first; the moves of one hold are one step of
undo. A hand that vanishes, or whose input goes to somebody else, lets go: the thing stays where it
was. A building is where people stand, not what they take up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from metaviewer.frames import Float64Array, frozen
from metaviewer.scene import Chosen, Hit, Item, ItemId, MoveItem, Ray, State
from metaviewer.scene.camera import vector

GRAB_ON, GRAB_OFF = 0.7, 0.4
"""A hand that closes beyond the first takes; it lets go once it is open below the second."""
STILL: Final = 1e-9
"""A hand whose pose differs by less has not moved."""

Pick = Callable[[Ray], Hit | None]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HandInWorld:
    """A hand in one frame.

    Parameters
    ----------
    world_from_grip, world_from_aim : array of shape (4, 4) or None
        Where the palm is, and from where it points along +y; None where that is not known.
    grab : float
        How far it is closed, 0 to 1.
    """

    world_from_grip: Float64Array | None = None
    world_from_aim: Float64Array | None = None
    grab: float = 0.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Holding:
    """What is held, by which hand, and where that hand was last."""

    hand: int
    item: ItemId
    grip_from_item: Float64Array
    world_from_grip: Float64Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Hold:
    """Immutable memory of the hands.

    Parameters
    ----------
    is_closed : (bool, bool)
        Of each hand: one that closed on nothing must open before it can take something.
    count : int
        Names the holds one by one.
    """

    holding: Holding | None = None
    is_closed: tuple[bool, bool] = (False, False)
    count: int = 0


def hold_step(
    memory: Hold, hands: Sequence[HandInWorld], state: State, pick: Pick
) -> tuple[Hold, tuple[Chosen, ...]]:
    """Take, move or let go.

    Parameters
    ----------
    pick : callable
        What a ray meets first; asked once, when an empty hand closes.
    """
    left, right = (
        _is_closed(hand, was=was) for hand, was in zip(hands, memory.is_closed, strict=True)
    )
    closing = [now and not was for now, was in zip((left, right), memory.is_closed, strict=True)]
    holding, count = memory.holding, memory.count
    if holding is not None and not ((left, right)[holding.hand] and state.item(holding.item)):
        holding = None
    moves: tuple[Chosen, ...] = ()
    if holding is not None:
        holding, moves = _moved(holding, hands[holding.hand], count)
    else:
        for number in (number for number in (0, 1) if closing[number]):
            holding = _taken(number, hands[number], state, pick)
            if holding is not None:
                count += 1
                break
    return Hold(holding=holding, is_closed=(left, right), count=count), moves


def _is_closed(hand: HandInWorld, *, was: bool) -> bool:
    if hand.world_from_grip is None:
        return False
    return hand.grab > (GRAB_OFF if was else GRAB_ON)


def _taken(number: int, hand: HandInWorld, state: State, pick: Pick) -> Holding | None:
    if hand.world_from_grip is None or hand.world_from_aim is None:
        return None
    hit = pick(aim_ray(hand.world_from_aim))
    item = None if hit is None else _whole(state, hit.item)
    if item is None or item.kind == "building":
        return None
    world_from_grip = _rigid(hand.world_from_grip)
    return Holding(
        hand=number,
        item=item.id,
        grip_from_item=frozen(np.linalg.inv(world_from_grip) @ item.world_from_item),
        world_from_grip=world_from_grip,
    )


def _moved(holding: Holding, hand: HandInWorld, count: int) -> tuple[Holding, tuple[Chosen, ...]]:
    assert hand.world_from_grip is not None  # such a hand is not closed
    world_from_grip = _rigid(hand.world_from_grip)
    if np.abs(world_from_grip - holding.world_from_grip).max() < STILL:
        return holding, ()
    move = MoveItem(
        item=holding.item, world_from_item=frozen(world_from_grip @ holding.grip_from_item)
    )
    chosen = Chosen(action=move, gesture=f"hold-{count}")
    return replace(holding, world_from_grip=world_from_grip), (chosen,)


def aim_ray(world_from_aim: Float64Array) -> Ray:
    """Where a hand points."""
    forward = world_from_aim[:3, 1]
    return Ray(
        origin_m=vector(world_from_aim[:3, 3]),
        direction=vector(forward / np.linalg.norm(forward)),
    )


def _whole(state: State, name: ItemId) -> Item | None:
    """What a thing is part of: a surface comes with the patient that it lies in."""
    item = state.item(name)
    if item is None or item.anchor is None:
        return item
    return state.item(item.anchor) or item


def _rigid(world_from_grip: Float64Array) -> Float64Array:
    """Without the person's own scale: what is held keeps its size."""
    rigid = world_from_grip.copy()
    rigid[:3, :3] /= np.linalg.norm(rigid[:3, 0])
    return frozen(rigid)
