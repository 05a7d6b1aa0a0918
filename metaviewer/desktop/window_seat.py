"""The window seat: a person with a mouse, a keyboard and a screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from metaviewer.desktop.clipboard import clipboard_text
from metaviewer.desktop.translate import BUTTONS, Act, Frame, Hand, Translated, translate
from metaviewer.panels import Content, PanelInput, Panels, Pressed, Under
from metaviewer.render import Context, PanelSurface, Stage, Strip, WindowEvents, WindowShow
from metaviewer.render.window_show import WHOLE
from metaviewer.scene import (
    Held,
    Hit,
    Intent,
    Key,
    Move,
    Pointer,
    Press,
    Release,
    Scroll,
    State,
    View,
    ViewId,
)
from metaviewer.scene.state import Rect

INTENTS_PER_FRAME_MAX: Final = 256
SEAT_KEYS: Final = frozenset(
    {"h", "f11", "f12", "control-o", "control-shift-o", "control-s", "control-q"}
)
"""Keys the seat answers itself, because they concern the window and files, not the scene."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a person did since the last frame."""

    intents: tuple[Intent, ...]
    pressed: Pressed
    seat_keys: tuple[str, ...]
    has_new_size: bool = False
    has_new_panels: bool = False
    """Whether the panels look different from what the window shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """The part of the window that the picture fills, in pixels from the lower left."""

    left: int
    bottom: int
    width: int
    height: int


class WindowSeat:
    """Polls the window and draws on it; everything it learns leaves as intents."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._events = WindowEvents(context)
        self._size = self._events.size_px
        self._surface = PanelSurface(context, size=self._size)
        self._panels = Panels(size=self._size)
        self._show = WindowShow(context)
        self._hand = Hand()
        self._area = Area(left=0, bottom=0, width=self._size[0], height=self._size[1])
        self._mirrored: Rect | None = None
        self._let_go: tuple[Release, ...] = ()
        self._is_full = False
        self._windowed_size = self._size

    @property
    def aspect(self) -> float:
        """Width of the picture by its height."""
        return self._area.width / self._area.height

    @property
    def is_open(self) -> bool:
        """False once the person closed the window."""
        return self._events.is_open

    @property
    def is_seen(self) -> bool:
        """False while it is minimised: then nothing needs to be drawn."""
        return self._events.is_seen

    def poll(self, stage: Stage, content: Content, *, now_s: float, seconds: float) -> Polled:
        """Read input, run the panels, and say what was meant."""
        has_new_size = self._follow_size(stage)
        frame = Frame(
            events=self._events.drain(),
            pointer_px=self._events.pointer_px,
            now_s=now_s,
            seconds=seconds,
            panels_want_pointer=self._panels.frame.wants_pointer,
            panels_want_keys=self._panels.frame.wants_keys,
        )
        given = translate(self._hand, frame)
        self._hand = given.hand
        panel_input = given.panel_input
        if frame.panels_want_keys and "control" in self._hand.modifiers and _pastes(panel_input):
            panel_input = replace(panel_input, clipboard=clipboard_text())
        under = self._under(stage, content.state)
        drawing, pressed = self._panels.run(panel_input, replace(content, under=under))
        has_new_panels = self._surface.show(drawing)
        intents = *self._let_go, *self._intents(given, stage, content.state, seconds)
        self._let_go = ()
        wants_full = any(wish.kind == "full_screen" for wish in pressed.wishes)
        if wants_full or "f11" in given.keys:
            self.toggle_full_screen()
        seat_keys = tuple(key for key in given.keys if key in SEAT_KEYS)
        chosen = tuple(pressed.chosen)
        return Polled(
            intents=(*intents, *chosen)[:INTENTS_PER_FRAME_MAX],
            pressed=pressed,
            seat_keys=seat_keys,
            has_new_size=has_new_size,
            has_new_panels=has_new_panels,
        )

    def draw(self, stage: Stage) -> None:
        """Draw one frame of the stage with the panels over it."""
        self._lay(stage)
        stage.draw()

    def draw_strip(self, stage: Stage, strip: Strip) -> None:
        """Draw one strip of the stage; the window shows its picture with the last one."""
        self._lay(stage)
        stage.draw_strip(strip)

    def draw_slices(self, stage: Stage) -> None:
        """Draw the slices anew; the 3D views keep what their passes drew last."""
        self._lay(stage)
        self._show.draw_only(stage.picture_buffer, self._surface.buffer)

    def draw_panels(self, stage: Stage) -> None:
        """Draw the panels anew over the picture that the stage drew last."""
        self._lay(stage)
        self._show.draw_only(self._surface.buffer)

    def mirror(self, stage: Stage, part: Rect | None) -> None:
        """Show only this part of what the stage draws: one of the eyes it draws for.

        The stage has the size that those want then, and the pointer meets nothing but panels.
        A button that is held on the picture is let go: its release may come after the mirror.
        None takes the stage back, at the size of the window.
        """
        if part is not None and self._mirrored is None:
            self._hand, self._let_go = let_go(self._hand)
        if part is None and self._mirrored is not None:
            stage.resize((self._area.width, self._area.height))
        self._mirrored = part

    def toggle_full_screen(self) -> None:
        """Fill the screen, or come back to the window's former size."""
        if not self._is_full:
            self._windowed_size = self._size
        self._is_full = not self._is_full
        self._events.set_full_screen(full=self._is_full, size=self._windowed_size)

    def close(self) -> None:
        """Give everything back; the context is its owner's to close."""
        self._panels.close()
        self._surface.close()
        self._show.close()

    def _lay(self, stage: Stage) -> None:
        area = self._area
        width, height = self._size
        rect = area.left / width, area.bottom / height, area.width / width, area.height / height
        part = WHOLE if self._mirrored is None else cut_to(self._mirrored, stage.size, area)
        self._show.show(
            picture=stage.picture_texture, rect=rect, panels=self._surface.texture, part=part
        )

    def _under(self, stage: Stage, state: State) -> Under | None:
        """What lies under the pointer on a slice; None elsewhere."""
        if self._hand.at_px is None or self._panels.frame.wants_pointer or self._mirrored:
            return None
        at_px = self._in_picture(self._hand.at_px)
        view = view_at(state, at_px, stage.size)
        if view is None or view.kind == "space":
            return None
        x, y = place_in(view, at_px, stage.size)
        found = stage.value_at(view, x=x, y=y)
        item = None if view.slice_volume is None else state.item(view.slice_volume)
        if found is None or item is None:
            return None
        return Under(item=item.id, value=found.value, point_lps_mm=found.point_lps_mm)

    def _follow_size(self, stage: Stage) -> bool:
        size = self._events.size_px
        if min(size) <= 0:
            return False
        if size != self._size:
            self._size = size
            self._surface.resize(size)
            self._panels.resize(size)
        area = Area(
            left=self._panels.dock_px,
            bottom=0,
            width=max(size[0] - self._panels.dock_px, 1),
            height=max(size[1] - self._panels.menu_px, 1),
        )
        if area == self._area:
            return False
        self._area = area
        if self._mirrored is None:
            stage.resize((area.width, area.height))
        return True

    def _intents(
        self, given: Translated, stage: Stage, state: State, seconds: float
    ) -> tuple[Intent, ...]:
        if self._mirrored is not None:
            return tuple(Key(name=key, view=None) for key in given.keys if key not in SEAT_KEYS)
        intents: list[Intent] = []
        for act in given.acts:
            at_px = self._in_picture(act.at_px)
            view = view_at(state, at_px, stage.size)
            if view is not None:
                intents.append(_intent(replace(act, at_px=at_px), view, stage))
        hand_px = self._hand.at_px
        at_px = (-1.0, -1.0) if hand_px is None else self._in_picture(hand_px)
        view = view_at(state, at_px, stage.size)
        named = None if view is None else view.id
        intents.extend(Key(name=key, view=named) for key in given.keys if key not in SEAT_KEYS)
        if view is not None and any(given.fly_axes):
            fast = "shift" in self._hand.modifiers
            intents.append(Held(view=view.id, axes=given.fly_axes, seconds=seconds, fast=fast))
        return tuple(intents)

    def _in_picture(self, at_px: tuple[float, float]) -> tuple[float, float]:
        """A window pixel as a pixel of the picture, y down in both."""
        area = self._area
        return at_px[0] - area.left, at_px[1] - (self._size[1] - area.bottom - area.height)


def let_go(hand: Hand) -> tuple[Hand, tuple[Release, ...]]:
    """The hand with no button held on the picture, and the releases that end what was begun."""
    nowhere = Pointer(view=ViewId(""), position=(0.0, 0.0))
    return replace(hand, buttons=frozenset()), tuple(
        Release(pointer=nowhere, button=BUTTONS[name], is_click=False)
        for name in sorted(hand.buttons)
    )


def cut_to(part: Rect, size: tuple[int, int], area: Area) -> Rect:
    """The middle of a part of a picture of that size, in the shape of the area."""
    left, bottom, width, height = part
    share = (area.width / area.height) / (width * size[0] / (height * size[1]))
    wide, high = min(share, 1.0) * width, min(1.0 / share, 1.0) * height
    return left + (width - wide) / 2.0, bottom + (height - high) / 2.0, wide, high


def view_at(state: State, at_px: tuple[float, float], size: tuple[int, int]) -> View | None:
    """The view under a pixel of the picture (y down), the topmost where several lie there."""
    if min(size) <= 0:
        return None
    x, y = at_px[0] / size[0], 1.0 - at_px[1] / size[1]
    for view in reversed(state.views):
        left, bottom, width, height = view.rect
        if left <= x < left + width and bottom <= y < bottom + height:
            return view
    return None


def _pastes(given: PanelInput) -> bool:
    return ("v", True) in given.keys


def place_in(view: View, at_px: tuple[float, float], size: tuple[int, int]) -> tuple[float, float]:
    """A pixel of the picture (y down) as a place in the view, (0, 0) lower left to (1, 1)."""
    left, bottom, width, height = view.rect
    x = (at_px[0] / size[0] - left) / width
    y = (1.0 - at_px[1] / size[1] - bottom) / height
    return x, y


def _intent(act: Act, view: View, stage: Stage) -> Intent:
    needs_hit = act.deed == "scroll" or act.deed in ("press", "release")
    pointer = _pointer(act, view, stage, needs_hit=needs_hit)
    if act.deed == "press":
        return Press(pointer=pointer, button=act.button, clicks=act.clicks)
    if act.deed == "release":
        return Release(pointer=pointer, button=act.button)
    if act.deed == "scroll":
        return Scroll(pointer=pointer, notches=act.notches)
    return Move(pointer=pointer)


def _pointer(act: Act, view: View, stage: Stage, *, needs_hit: bool) -> Pointer:
    size = stage.size
    _, _, width, height = view.rect
    x, y = place_in(view, act.at_px, size)
    is_space = view.kind == "space"
    ray = stage.ray(view, x=x, y=y) if is_space else None
    hit: Hit | None = None
    if needs_hit and ray is not None:
        hit = stage.pick(ray)
    return Pointer(
        view=view.id,
        position=(x, y),
        ray=ray,
        aspect=width * size[0] / (height * size[1]),
        height_px=max(int(height * size[1]), 1),
        hit=hit,
        shift=act.shift,
        control=act.control,
    )
