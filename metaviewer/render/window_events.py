"""The window's raw events, drained once a frame into a list: no callback reaches anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from panda3d.core import (
    ButtonThrower,
    DataGraphTraverser,
    EventQueue,
    GraphicsWindow,
    MouseAndKeyboard,
    NodePath,
    WindowProperties,
)

from metaviewer.render.context import Context
from metaviewer.render.window_show import draw_only

EVENTS_PER_FRAME_MAX: Final = 512
"""A frozen program that wakes up does not replay a minute of typing."""

DOWN: Final = "metaviewer-down"
UP: Final = "metaviewer-up"
TYPED: Final = "metaviewer-typed"
REPEAT: Final = "metaviewer-repeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEvent:
    """One thing the window saw.

    Parameters
    ----------
    kind : "down", "up", "repeat" or "typed"
    name : str
        Panda3D's button name ("mouse1", "wheel_up", "a", "lcontrol"), or the character typed.
    """

    kind: str
    name: str


class WindowEvents:
    """Reads the window's pointer, buttons and keys."""

    def __init__(self, context: Context) -> None:
        window = context.output
        if not isinstance(window, GraphicsWindow):
            raise TypeError("only a window has events")
        self._context = context
        self._window = window
        self._queue = EventQueue.get_global_event_queue()
        self._traverser = DataGraphTraverser()
        self._root: NodePath[Any] = NodePath("events")
        device = self._root.attach_new_node(MouseAndKeyboard(window, 0, "mouse"))
        thrower = ButtonThrower("buttons")
        thrower.set_button_down_event(DOWN)
        thrower.set_button_up_event(UP)
        thrower.set_button_repeat_event(REPEAT)
        thrower.set_keystroke_event(TYPED)
        device.attach_new_node(thrower)

    def drain(self) -> tuple[RawEvent, ...]:
        """Everything that happened since the last call, oldest first."""
        # Panda3D asks a window for its events in a frame only, and a standing picture draws none.
        draw_only(self._context, ())
        self._traverser.traverse(self._root.node())
        kinds = {DOWN: "down", UP: "up", REPEAT: "repeat", TYPED: "typed"}
        events: list[RawEvent] = []
        while not self._queue.is_queue_empty():
            event = self._queue.dequeue_event()
            kind = kinds.get(event.get_name())
            if (
                kind is None
                or len(events) >= EVENTS_PER_FRAME_MAX
                or not event.get_num_parameters()
            ):
                continue
            parameter = event.get_parameter(0)
            name = (
                parameter.get_wstring_value() if kind == "typed" else parameter.get_string_value()
            )
            events.append(RawEvent(kind=kind, name=str(name)))
        return tuple(events)

    @property
    def pointer_px(self) -> tuple[float, float] | None:
        """Pointer in pixels, y down; None while it is outside the window."""
        pointer = self._window.get_pointer(0)
        if not pointer.get_in_window():
            return None
        return float(pointer.get_x()), float(pointer.get_y())

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the window now."""
        return int(self._window.get_x_size()), int(self._window.get_y_size())

    @property
    def is_open(self) -> bool:
        """False once the person closed the window."""
        return bool(self._window.get_properties().get_open()) and not self._window.is_closed()

    @property
    def is_seen(self) -> bool:
        """False while the window is minimised."""
        return not self._window.get_properties().get_minimized()

    def set_full_screen(self, *, full: bool, size: tuple[int, int]) -> None:
        """Fill the screen, or go back to a window of `size`."""
        wanted = WindowProperties()
        wanted.set_fullscreen(full)
        if full:
            pipe = self._context.pipe
            size = pipe.get_display_width() or size[0], pipe.get_display_height() or size[1]
        wanted.set_size(*size)
        self._window.request_properties(wanted)
