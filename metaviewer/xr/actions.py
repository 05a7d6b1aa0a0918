"""Actions of the hands: made and suggested once a session, read once a frame."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_int64, c_uint64, cast, pointer
from typing import Final

from metaviewer.frames import Float64Array
from metaviewer.xr.calls import Calls, Foreign
from metaviewer.xr.hands import NO_HAND, HandInput, placed, share, stick, with_joints
from metaviewer.xr.joints import open_joints
from metaviewer.xr.profiles import (
    ACTIONS,
    HAND,
    HANDS,
    NAMES,
    NEEDS,
    ActionName,
    HandName,
    suggested,
)
from metaviewer.xr.results import PATH_UNSUPPORTED, SESSION_NOT_FOCUSED, XrFailed, checked
from metaviewer.xr.runtime import Headset, Runtime
from metaviewer.xr.views import pose_of

SET_NAME: Final = b"hands"
NS_PER_S: Final = 1_000_000_000


class Actions:
    """The one action set of a session, its spaces, and the hands it reads."""

    def __init__(
        self, runtime: Runtime, headset: Headset, session: Foreign, base_space: Foreign
    ) -> None:
        """Make, suggest and attach them.

        Raises
        ------
        XrFailed
            Where the runtime fails; what was made is given back.
        """
        import xr

        self._xr: Foreign = xr
        self._calls: Calls = runtime.calls
        self._instance, self._session, self._base = runtime.instance, session, base_space
        self._set = self._made_set()
        try:
            self._paths = {hand: self._path(f"/user/hand/{hand}") for hand in HANDS}
            self._actions = {name: self._made_action(name) for name in ACTIONS}
            self._suggest(runtime)
            self._attach()
            self._spaces = {
                (hand, name): self._made_space(hand, name)
                for hand in HANDS
                for name in ("grip", "aim")
            }
            self._joints = open_joints(runtime, headset, session, base_space)
            self._make_structures()
        except BaseException:
            self.close()
            raise
        self._profiles: dict[HandName, str] = dict.fromkeys(HANDS, "")
        self.has_new_profiles = True

    def read(self, display_ns: int) -> tuple[HandInput, HandInput]:
        """Both hands, as they will be at that moment; nothing is pressed while input is not ours.

        Raises
        ------
        XrFailed
            Where the runtime fails.
        """
        synced = checked("xrSyncActions", self._sync(self._session, self._r_sync))
        if synced == SESSION_NOT_FOCUSED:
            return NO_HAND, NO_HAND
        if self.has_new_profiles:
            self._profiles = {hand: self._profile(hand) for hand in HANDS}
            self.has_new_profiles = False
        self._at.value = display_ns
        left, right = (self._hand(hand, display_ns) for hand in HANDS)
        return left, right

    def tick(self, hand: HandName, *, seconds: float = 0.02, strength: float = 0.6) -> None:
        """Let a hand feel something; a runtime that has no such thing is no fault."""
        xr = self._xr
        buzz = xr.HapticVibration(
            duration=int(seconds * NS_PER_S), frequency=xr.FREQUENCY_UNSPECIFIED, amplitude=strength
        )
        info = xr.HapticActionInfo(action=self._actions["tick"], subaction_path=self._paths[hand])
        feedback = cast(pointer(buzz), ctypes.POINTER(xr.HapticBaseHeader))
        self._calls.get("xrApplyHapticFeedback")(self._session, byref(info), feedback)

    def close(self) -> None:
        """Give the set back; its actions go with it, spaces and trackers with the session."""
        self._calls.get("xrDestroyActionSet")(self._set)

    def _made_set(self) -> Foreign:
        info = self._xr.ActionSetCreateInfo(
            action_set_name=SET_NAME.decode(), localized_action_set_name="metaviewer", priority=0
        )
        made = self._xr.ActionSet()
        self._calls("xrCreateActionSet", self._instance, byref(info), byref(made))
        return made

    def _made_action(self, name: ActionName) -> Foreign:
        kinds = self._xr.ActionType
        kind = {
            "pose": kinds.POSE_INPUT,
            "float": kinds.FLOAT_INPUT,
            "bool": kinds.BOOLEAN_INPUT,
            "vector": kinds.VECTOR2F_INPUT,
            "haptic": kinds.VIBRATION_OUTPUT,
        }[ACTIONS[name].kind]
        hands = (self._xr.Path * 2)(*(self._paths[hand] for hand in HANDS))
        info = self._xr.ActionCreateInfo(
            action_name=name,
            action_type=kind,
            subaction_paths=list(hands),
            localized_action_name=ACTIONS[name].words,
        )
        made = self._xr.Action()
        self._calls("xrCreateAction", self._set, byref(info), byref(made))
        return made

    def _suggest(self, runtime: Runtime) -> None:
        """For every kind of controller; a runtime that knows one not simply leaves it out."""
        for profile in NAMES:
            needed = NEEDS.get(profile)
            if needed is not None and needed not in runtime.extensions:
                continue
            pairs = [
                self._xr.ActionSuggestedBinding(
                    action=self._actions[name], binding=self._path(path)
                )
                for name, path in suggested(profile)
            ]
            info = self._xr.InteractionProfileSuggestedBinding(
                interaction_profile=self._path(profile), suggested_bindings=pairs
            )
            try:
                self._calls("xrSuggestInteractionProfileBindings", self._instance, byref(info))
            except XrFailed as failure:
                if failure.result != PATH_UNSUPPORTED:
                    raise

    def _attach(self) -> None:
        info = self._xr.SessionActionSetsAttachInfo(action_sets=[self._set])
        self._calls("xrAttachSessionActionSets", self._session, byref(info))

    def _made_space(self, hand: HandName, name: ActionName) -> Foreign:
        info = self._xr.ActionSpaceCreateInfo(
            action=self._actions[name],
            subaction_path=self._paths[hand],
            pose_in_action_space=self._xr.Posef(),
        )
        made = self._xr.Space()
        self._calls("xrCreateActionSpace", self._session, byref(info), byref(made))
        return made

    def _make_structures(self) -> None:
        """What the calls of a frame read and write."""
        xr, get = self._xr, self._calls.get
        self._sync, self._locate = get("xrSyncActions"), get("xrLocateSpace")
        self._get_float, self._get_bool = (
            get("xrGetActionStateFloat"),
            get("xrGetActionStateBoolean"),
        )
        self._get_vector = get("xrGetActionStateVector2f")
        self._active = xr.ActiveActionSet(action_set=self._set, subaction_path=0)
        self._sync_info = xr.ActionsSyncInfo(active_action_sets=[self._active])
        self._r_sync = byref(self._sync_info)
        self._asked = {
            (hand, name): pointer(
                xr.ActionStateGetInfo(action=self._actions[name], subaction_path=self._paths[hand])
            )
            for hand in HANDS
            for name, meant in ACTIONS.items()
            if meant.kind in ("float", "bool", "vector")
        }
        self._float, self._bool = xr.ActionStateFloat(), xr.ActionStateBoolean()
        self._vector, self._location = xr.ActionStateVector2f(), xr.SpaceLocation()
        self._r_float, self._r_bool = byref(self._float), byref(self._bool)
        self._r_vector, self._r_location = byref(self._vector), byref(self._location)
        self._at = c_int64()

    def _hand(self, hand: HandName, display_ns: int) -> HandInput:
        grab, is_bound = self._number(hand, "grab")
        point, points = self._number(hand, "point")
        read = HandInput(
            is_there=is_bound or points,
            profile=self._profiles[hand],
            stage_from_grip=self._place(hand, "grip"),
            stage_from_aim=self._place(hand, "aim"),
            grab=grab,
            point=point,
            menu=self._is_pressed(hand, "menu"),
            clip=self._is_pressed(hand, "clip"),
            move=self._stick(hand),
        )
        holds_controller = read.is_there and read.profile != HAND
        if self._joints is None or holds_controller:
            return read
        return with_joints(read, self._joints.read(hand, display_ns))

    def _number(self, hand: HandName, name: ActionName) -> tuple[float, bool]:
        info, state = self._asked[hand, name], self._float
        checked("xrGetActionStateFloat", self._get_float(self._session, info, self._r_float))
        return (share(state.current_state), True) if state.is_active else (0.0, False)

    def _is_pressed(self, hand: HandName, name: ActionName) -> bool:
        info, state = self._asked[hand, name], self._bool
        checked("xrGetActionStateBoolean", self._get_bool(self._session, info, self._r_bool))
        return bool(state.is_active and state.current_state)

    def _stick(self, hand: HandName) -> tuple[float, float]:
        info, state = self._asked[hand, "move"], self._vector
        read = self._get_vector(self._session, info, self._r_vector)
        checked("xrGetActionStateVector2f", read)
        at = state.current_state
        return stick(at.x, at.y) if state.is_active else (0.0, 0.0)

    def _place(self, hand: HandName, name: ActionName) -> Float64Array | None:
        location = self._location
        read = self._locate(self._spaces[hand, name], self._base, self._at, self._r_location)
        checked("xrLocateSpace", read)
        return placed(pose_of(location.pose), flags=int(location._location_flags))

    def _profile(self, hand: HandName) -> str:
        state = self._xr.InteractionProfileState()
        path = c_uint64(self._paths[hand])
        self._calls("xrGetCurrentInteractionProfile", self._session, path, byref(state))
        number = int(state.interaction_profile)
        if not number:
            return ""
        known = {self._path(profile): profile for profile in NAMES}
        return known.get(number, "unknown")

    def _path(self, name: str) -> int:
        path = c_uint64()
        self._calls("xrStringToPath", self._instance, name.encode(), byref(path))
        return int(path.value)
