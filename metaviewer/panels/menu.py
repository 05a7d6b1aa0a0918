"""The menu bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from imgui_bundle import imgui

from metaviewer.panels.content import Content, Pressed, Wish
from metaviewer.panels.phrases import say
from metaviewer.scene import (
    Action,
    Chosen,
    NameCamera,
    NamedCamera,
    OpenPlaces,
    Quit,
    Redo,
    SavePicture,
    SaveScene,
    SetCamera,
    SetOptions,
    Undo,
    View,
)

PATH_PX: Final = 260.0


@dataclass(slots=True)
class Typed:
    """What is being typed into the menu: no State until it is sent off."""

    path: str = ""


def describe_menu(content: Content, pressed: Pressed, typed: Typed) -> bool:
    """Show the bar; True where the about panel was asked for."""
    if not imgui.begin_main_menu_bar():
        return False
    _file(content, pressed, typed)
    _edit(content, pressed)
    _view(content, pressed)
    wants_about = _help(content, pressed)
    language = content.state.language
    other = "中文" if language == "en" else "English"
    if imgui.menu_item(other, "", False)[0]:
        _do(pressed, SetOptions(language="zh" if language == "en" else "en"))
    words = say(language, "not_for_diagnosis")
    width = imgui.calc_text_size(words).x
    imgui.same_line(imgui.get_window_width() - width - 16.0)
    imgui.text_disabled(words)
    imgui.end_main_menu_bar()
    return wants_about


def _file(content: Content, pressed: Pressed, typed: Typed) -> None:
    language = content.state.language
    if not imgui.begin_menu(say(language, "file")):
        return
    if imgui.menu_item(say(language, "open_file"), "Ctrl+O", False)[0]:
        pressed.wishes.append(Wish(kind="dialog_file"))
    if imgui.menu_item(say(language, "open_folder"), "Ctrl+Shift+O", False)[0]:
        pressed.wishes.append(Wish(kind="dialog_folder"))
    _path(content, pressed, typed)
    _recent(content, pressed)
    imgui.separator()
    if imgui.menu_item(say(language, "save_scene"), "Ctrl+S", False)[0]:
        _do(pressed, SaveScene(place=""))
    if imgui.menu_item(say(language, "save_picture"), "F12", False)[0]:
        _do(pressed, SavePicture(place=""))
    imgui.separator()
    if imgui.menu_item(say(language, "quit"), "Ctrl+Q", False)[0]:
        _do(pressed, Quit())
    imgui.end_menu()


def _path(content: Content, pressed: Pressed, typed: Typed) -> None:
    """A field for a path: typed, or pasted from a file manager."""
    language = content.state.language
    imgui.set_next_item_width(PATH_PX)
    flags = int(imgui.InputTextFlags_.enter_returns_true)
    sent, typed.path = imgui.input_text_with_hint(
        "##path", say(language, "path"), typed.path, flags
    )
    imgui.same_line()
    sent = imgui.button(say(language, "open")) or sent
    place = opened_path(typed.path)
    if sent and place:
        _do(pressed, OpenPlaces(places=(place,)))
        typed.path = ""
        imgui.close_current_popup()


def opened_path(text: str) -> str:
    """The path in what was typed or pasted: without quotes, out of a file manager's address."""
    text = text.strip().strip("\"'")
    return unquote(text.removeprefix("file://")) if text.startswith("file://") else text


def _recent(content: Content, pressed: Pressed) -> None:
    language = content.state.language
    if not imgui.begin_menu(say(language, "recent")):
        return
    if not content.recent:
        imgui.text_disabled(say(language, "nothing_recent"))
    for place in content.recent:
        if imgui.menu_item(place, "", False)[0]:
            _do(pressed, OpenPlaces(places=(place,)))
    imgui.end_menu()


def _edit(content: Content, pressed: Pressed) -> None:
    state = content.state
    if not imgui.begin_menu(say(state.language, "edit")):
        return
    if imgui.menu_item(say(state.language, "undo"), "Ctrl+Z", False, bool(state.past))[0]:
        _do(pressed, Undo())
    if imgui.menu_item(say(state.language, "redo"), "Ctrl+Y", False, bool(state.future))[0]:
        _do(pressed, Redo())
    imgui.end_menu()


def _view(content: Content, pressed: Pressed) -> None:
    state = content.state
    if not imgui.begin_menu(say(state.language, "view")):
        return
    view = next((view for view in state.views if view.kind == "space"), None)
    if view is not None and imgui.begin_menu(say(state.language, "cameras")):
        _cameras(content, view, pressed)
        imgui.end_menu()
    if imgui.menu_item(say(state.language, "key_labels"), "N", state.show_labels)[0]:
        _do(pressed, SetOptions(show_labels=not state.show_labels))
    if imgui.menu_item(say(state.language, "legend"), "", state.show_legend)[0]:
        _do(pressed, SetOptions(show_legend=not state.show_legend))
    other = "light" if state.theme == "dark" else "dark"
    if imgui.menu_item(say(state.language, other), "", False)[0]:
        _do(pressed, SetOptions(theme="light" if state.theme == "dark" else "dark"))
    if imgui.menu_item(say(state.language, "full_screen"), "F11", False)[0]:
        pressed.wishes.append(Wish(kind="full_screen"))
    headset = "leave_headset" if content.is_in_headset else "enter_headset"
    if imgui.menu_item(say(state.language, headset), "H", False)[0]:
        pressed.wishes.append(Wish(kind="headset"))
    imgui.end_menu()


def _cameras(content: Content, view: View, pressed: Pressed) -> None:
    state = content.state
    for named in state.cameras:
        if imgui.menu_item(named.name, "", False)[0]:
            _do(pressed, SetCamera(view=view.id, camera=named.camera))
    if state.cameras:
        imgui.separator()
    if imgui.menu_item(say(state.language, "keep_camera"), "", False)[0]:
        name = say(state.language, "camera_n", number=len(state.cameras) + 1)
        _do(pressed, NameCamera(camera=NamedCamera(name=name, camera=view.camera)))


def _help(content: Content, pressed: Pressed) -> bool:
    state, wants_about = content.state, False
    if imgui.begin_menu(say(state.language, "help")):
        if imgui.menu_item(say(state.language, "keys"), "F1", state.show_help)[0]:
            _do(pressed, SetOptions(show_help=not state.show_help))
        wants_about = imgui.menu_item(say(state.language, "about"), "", False)[0]
        imgui.end_menu()
    return wants_about


def _do(pressed: Pressed, action: Action) -> None:
    pressed.chosen.append(Chosen(action=action))
