"""What each kind of controller suggests for what a person means. Pure tables.

An action is named for the intent, never for a button: the runtime may bind it otherwise, and what
the person has set there is honoured, because only actions are ever read.

References
----------
OpenXR 1.1, section 6.4 (Interaction Profile Paths); XR_EXT_hand_interaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

HandName = Literal["left", "right"]
HANDS: Final[tuple[HandName, HandName]] = ("left", "right")
ActionKind = Literal["pose", "float", "bool", "vector", "haptic"]
ActionName = Literal["grip", "aim", "grab", "point", "menu", "clip", "move", "tick"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """An action: how its state is read, and what the runtime's own settings call it."""

    kind: ActionKind
    words: str


ACTIONS: Final[Mapping[ActionName, Meant]] = MappingProxyType(
    {
        "grip": Meant(kind="pose", words="Where the hand is"),
        "aim": Meant(kind="pose", words="Where the hand points"),
        "grab": Meant(kind="float", words="Grab and hold"),
        "point": Meant(kind="float", words="Choose what is pointed at"),
        "menu": Meant(kind="bool", words="Open the menu"),
        "clip": Meant(kind="bool", words="Hold the cutting plane"),
        "move": Meant(kind="vector", words="Walk and turn"),
        "tick": Meant(kind="haptic", words="Feel a snap"),
    }
)

SIMPLE: Final = "/interaction_profiles/khr/simple_controller"
TOUCH: Final = "/interaction_profiles/oculus/touch_controller"
INDEX: Final = "/interaction_profiles/valve/index_controller"
VIVE: Final = "/interaction_profiles/htc/vive_controller"
MOTION: Final = "/interaction_profiles/microsoft/motion_controller"
HAND: Final = "/interaction_profiles/ext/hand_interaction_ext"

NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        SIMPLE: "simple controllers",
        TOUCH: "Touch controllers",
        INDEX: "Index controllers",
        VIVE: "Vive wands",
        MOTION: "motion controllers",
        HAND: "hands",
    }
)
"""What a person calls them."""

NEEDS: Final[Mapping[str, str]] = MappingProxyType({HAND: "XR_EXT_hand_interaction"})
"""Profiles that an extension brings."""

_BOTH: Final[Mapping[str, Mapping[ActionName, str]]] = {
    SIMPLE: {"grab": "select/click", "point": "select/click", "menu": "menu/click"},
    TOUCH: {"grab": "squeeze/value", "point": "trigger/value", "move": "thumbstick"},
    INDEX: {
        "grab": "squeeze/value",
        "point": "trigger/value",
        "menu": "b/click",
        "clip": "a/click",
        "move": "thumbstick",
    },
    VIVE: {
        "grab": "squeeze/click",
        "point": "trigger/value",
        "menu": "menu/click",
        "clip": "trackpad/click",
        "move": "trackpad",
    },
    MOTION: {
        "grab": "squeeze/click",
        "point": "trigger/value",
        "menu": "menu/click",
        "clip": "trackpad/click",
        "move": "thumbstick",
    },
    HAND: {"grab": "grasp_ext/value", "point": "pinch_ext/value"},
}
_SIDE: Final[Mapping[tuple[str, HandName], Mapping[ActionName, str]]] = {
    # The right Touch controller keeps its menu button for the system.
    (TOUCH, "left"): {"menu": "y/click", "clip": "x/click"},
    (TOUCH, "right"): {"menu": "b/click", "clip": "a/click"},
}


def suggested(profile: str) -> tuple[tuple[ActionName, str], ...]:
    """What a profile suggests: actions and the paths they are bound to."""
    pairs: list[tuple[ActionName, str]] = []
    for hand in HANDS:
        pairs += [("grip", _input(hand, "grip/pose")), ("aim", _input(hand, "aim/pose"))]
        chosen = {**_BOTH[profile], **_SIDE.get((profile, hand), {})}
        pairs += [(action, _input(hand, path)) for action, path in chosen.items()]
        if profile != HAND:
            pairs.append(("tick", f"/user/hand/{hand}/output/haptic"))
    return tuple(pairs)


def _input(hand: HandName, path: str) -> str:
    return f"/user/hand/{hand}/input/{path}"
