"""From raw window events to what the panels get and what the person did to the picture: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from metaviewer.panels import PanelInput
from metaviewer.render import RawEvent
from metaviewer.scene import Button

DOUBLE_CLICK_S: Final = 0.4
DOUBLE_CLICK_PX: Final = 6.0

BUTTONS: Final[dict[str, Button]] = {
    "mouse1": "primary",
    "mouse2": "middle",
    "mouse3": "secondary",
}
PANEL_BUTTONS: Final = {"mouse1": 0, "mouse2": 2, "mouse3": 1}
MODIFIERS: Final = {
    "shift": "shift",
    "lshift": "shift",
    "rshift": "shift",
    "control": "control",
    "lcontrol": "control",
    "rcontrol": "control",
    "alt": "alt",
    "lalt": "alt",
    "ralt": "alt",
}
PANEL_KEYS: Final = {
    "tab": "tab",
    "arrow_left": "left_arrow",
    "arrow_right": "right_arrow",
    "arrow_up": "up_arrow",
    "arrow_down": "down_arrow",
    "home": "home",
    "end": "end",
    "backspace": "backspace",
    "delete": "delete",
    "enter": "enter",
    "escape": "escape",
    "control": "mod_ctrl",
    "shift": "mod_shift",
    "a": "a",
    "c": "c",
    "v": "v",
    "x": "x",
    "z": "z",
}
FLY_KEYS: Final = {
    "w": (0.0, 1.0, 0.0),
    "s": (0.0, -1.0, 0.0),
    "a": (-1.0, 0.0, 0.0),
    "d": (1.0, 0.0, 0.0),
    "q": (0.0, 0.0, -1.0),
    "e": (0.0, 0.0, 1.0),
}

Deed = Literal["press", "move", "release", "scroll"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something done with the pointer to the picture, in window pixels, y down."""

    deed: Deed
    at_px: tuple[float, float]
    button: Button = "primary"
    clicks: int = 1
    notches: float = 0.0
    shift: bool = False
    control: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Immutable memory of the keyboard and mouse: what is held, where it was."""

    modifiers: frozenset[str] = frozenset()
    flying: frozenset[str] = frozenset()
    buttons: frozenset[str] = frozenset()
    """Buttons that went down on the picture; their release belongs to it wherever it happens."""
    at_px: tuple[float, float] | None = None
    pressed_s: float = -1.0
    pressed_px: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """One frame of input, sorted by whom it is for."""

    hand: Hand
    panel_input: PanelInput
    acts: tuple[Act, ...]
    keys: tuple[str, ...]

    @property
    def fly_axes(self) -> tuple[float, float, float]:
        """Right, forward, up of the held flying keys."""
        right, forward, up = (
            sum(FLY_KEYS[name][axis] for name in self.hand.flying) for axis in range(3)
        )
        return right, forward, up


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the window saw in one frame, and what the panels claim of it."""

    events: Sequence[RawEvent]
    pointer_px: tuple[float, float] | None
    now_s: float
    seconds: float
    panels_want_pointer: bool = False
    panels_want_keys: bool = False


def translate(hand: Hand, frame: Frame) -> Translated:
    """Sort the events of one frame; what panels want never reaches the picture."""
    at_px = frame.pointer_px if frame.pointer_px is not None else hand.at_px
    acts: list[Act] = []
    keys: list[str] = []
    buttons: list[tuple[int, bool]] = []
    panel_keys: list[tuple[str, bool]] = []
    typed, wheel = "", 0.0
    if at_px is not None and at_px != hand.at_px:
        acts.append(_act(hand, "move", at_px))
        hand = replace(hand, at_px=at_px)
    for event in frame.events:
        if event.kind == "typed":
            typed += event.name if event.name.isprintable() else ""
        elif event.name in BUTTONS:
            buttons.append((PANEL_BUTTONS[event.name], event.kind == "down"))
            hand, act = _button(hand, event, frame, at_px)
            acts.extend(act)
        elif event.name in ("wheel_up", "wheel_down"):
            notches = _notches(event)
            wheel += notches
            if notches and at_px is not None and not frame.panels_want_pointer:
                acts.append(replace(_act(hand, "scroll", at_px), notches=notches))
        else:
            if event.name in PANEL_KEYS and event.kind != "repeat":
                panel_keys.append((PANEL_KEYS[event.name], event.kind == "down"))
            hand, key = _key(hand, event, typing=frame.panels_want_keys)
            keys.extend(key)
    panel_input = PanelInput(
        pointer_px=frame.pointer_px,
        seconds=frame.seconds,
        buttons=tuple(buttons),
        wheel=wheel,
        keys=tuple(panel_keys),
        typed="" if hand.modifiers & {"control", "alt"} else typed,
    )
    return Translated(hand=hand, panel_input=panel_input, acts=tuple(acts), keys=tuple(keys))


def _button(
    hand: Hand, event: RawEvent, frame: Frame, at_px: tuple[float, float] | None
) -> tuple[Hand, tuple[Act, ...]]:
    if at_px is None:
        return hand, ()
    button = BUTTONS[event.name]
    if event.kind == "down" and not frame.panels_want_pointer:
        near = _distance(at_px, hand.pressed_px) <= DOUBLE_CLICK_PX
        clicks = 2 if near and frame.now_s - hand.pressed_s <= DOUBLE_CLICK_S else 1
        act = replace(_act(hand, "press", at_px), button=button, clicks=clicks)
        # A third click of a row begins anew.
        pressed_s = -1.0 if clicks == 2 else frame.now_s
        hand = replace(hand, pressed_s=pressed_s, pressed_px=at_px)
        return replace(hand, buttons=hand.buttons | {event.name}), (act,)
    if event.kind == "up" and event.name in hand.buttons:
        act = replace(_act(hand, "release", at_px), button=button)
        return replace(hand, buttons=hand.buttons - {event.name}), (act,)
    return hand, ()


def _key(hand: Hand, event: RawEvent, *, typing: bool) -> tuple[Hand, tuple[str, ...]]:
    modifier = MODIFIERS.get(event.name)
    if modifier is not None:
        change = {modifier}
        held = hand.modifiers | change if event.kind == "down" else hand.modifiers - change
        return replace(hand, modifiers=held), ()
    if event.kind == "up":
        return replace(hand, flying=hand.flying - {event.name}), ()
    if typing:
        return hand, ()
    if event.name in FLY_KEYS and "control" not in hand.modifiers:
        return replace(hand, flying=hand.flying | {event.name}), ()
    prefix = "".join(f"{name}-" for name in ("control", "alt") if name in hand.modifiers)
    if "shift" in hand.modifiers and prefix:
        prefix += "shift-"
    return hand, (prefix + event.name,)


def _notches(event: RawEvent) -> float:
    if event.kind != "down":
        return 0.0
    return 1.0 if event.name == "wheel_up" else -1.0


def _act(hand: Hand, deed: Deed, at_px: tuple[float, float]) -> Act:
    return Act(
        deed=deed,
        at_px=at_px,
        shift="shift" in hand.modifiers,
        control="control" in hand.modifiers,
    )


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)
