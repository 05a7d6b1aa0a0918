"""What stands over everything until it is answered or closed."""

from __future__ import annotations

from typing import Final

from imgui_bundle import imgui

from metaviewer.panels.content import Content, Pressed, Wish
from metaviewer.panels.phrases import say
from metaviewer.scene import Chosen, SetOptions

FLAGS: Final = int(imgui.WindowFlags_.always_auto_resize | imgui.WindowFlags_.no_collapse)
NO_TITLE: Final = int(imgui.WindowFlags_.no_title_bar | imgui.WindowFlags_.no_move)
WRAP_PX: Final = 460.0
FOOT_SHARE_MAX: Final = 0.5
"""Of the window's height; what does not fit scrolls."""

MOUSE_PHRASES: Final = (
    "mouse_orbit",
    "mouse_pan",
    "mouse_zoom",
    "mouse_pick",
    "mouse_slice",
    "mouse_drop",
)
SEAT_KEYS: Final = (
    ("W A S D Q E", "key_fly"),
    ("Ctrl+O", "open_file"),
    ("Ctrl+S", "save_scene"),
    ("H", "key_headset"),
    ("F11", "key_full_screen"),
    ("F12", "key_picture"),
    ("Ctrl+Q", "quit"),
)


def describe_help(content: Content, pressed: Pressed) -> None:
    """Keys and mouse, from the very table that the keys obey."""
    language = content.state.language
    _center()
    _, is_open = imgui.begin(say(language, "keys") + "###keys", True, FLAGS)
    for phrase in MOUSE_PHRASES:
        imgui.bullet_text(say(language, phrase))
    imgui.separator()
    if imgui.begin_table("keys", 2):
        rows = [(key_name(key), words) for key, words in content.keys]
        for key, words in (*rows, *SEAT_KEYS):
            imgui.table_next_row()
            imgui.table_next_column()
            imgui.text(key)
            imgui.table_next_column()
            imgui.text(say(language, words))
        imgui.end_table()
    imgui.end()
    if not is_open:
        pressed.chosen.append(Chosen(action=SetOptions(show_help=False)))


def describe_about(content: Content) -> bool:
    """What this is, what it is not, and whose data it ships; False once closed."""
    language = content.state.language
    _center()
    _, is_open = imgui.begin(say(language, "about") + "###about", True, FLAGS)
    imgui.push_text_wrap_pos(WRAP_PX)
    imgui.text(f"metaviewer {content.version}")
    imgui.text(say(language, "about_words"))
    imgui.text_colored(imgui.ImVec4(0.95, 0.75, 0.35, 1.0), say(language, "not_for_diagnosis"))
    imgui.separator_text(say(language, "credits"))
    for credit in content.credits:
        imgui.text(f"{credit.title} ({credit.licence})")
        imgui.text_disabled(credit.text)
    imgui.pop_text_wrap_pos()
    imgui.end()
    return bool(is_open)


def describe_question(content: Content, pressed: Pressed) -> None:
    """Ask before two patients are shown together; doing nothing shows one."""
    item = content.question
    if item is None:
        return
    language = content.state.language
    first = next((other.patient for other in content.state.items if other.patient), "")
    _center()
    imgui.begin(say(language, "second_patient") + "###second", None, FLAGS)
    imgui.push_text_wrap_pos(WRAP_PX)
    imgui.text(say(language, "second_patient_words", first=first, second=item.patient))
    imgui.pop_text_wrap_pos()
    if imgui.button(say(language, "keep_one")):
        pressed.wishes.append(Wish(kind="decline"))
    imgui.same_line()
    if imgui.button(say(language, "show_both")):
        pressed.wishes.append(Wish(kind="confirm"))
    imgui.end()


def describe_foot(content: Content, pressed: Pressed, *, width_px: float, height_px: int) -> float:
    """What waits for a word of the person, at the foot of the column; the height that it takes.

    It stands in the column because every corner of the picture says something that must be read.
    """
    if not (content.notes or content.offers_last_session):
        return 0.0
    imgui.set_next_window_pos(
        imgui.ImVec2(0.0, float(height_px)), imgui.Cond_.always, imgui.ImVec2(0.0, 1.0)
    )
    highest = FOOT_SHARE_MAX * height_px
    imgui.set_next_window_size_constraints(
        imgui.ImVec2(width_px, 0.0), imgui.ImVec2(width_px, highest)
    )
    imgui.push_style_var(imgui.StyleVar_.window_rounding, 0.0)
    imgui.begin("###foot", None, FLAGS | NO_TITLE)
    if content.offers_last_session:
        _last_session(content, pressed)
    if content.notes:
        _notes(content, pressed)
    taken_px = float(imgui.get_window_height())
    imgui.end()
    imgui.pop_style_var()
    return taken_px


def _notes(content: Content, pressed: Pressed) -> None:
    """What was refused, and what was saved, in one line each, until it is closed."""
    language = content.state.language
    imgui.separator_text(say(language, "notes"))
    if imgui.button(say(language, "close")):  # over the notes: many of them scroll
        pressed.wishes.append(Wish(kind="dismiss"))
    for note in reversed(content.notes):
        imgui.text_wrapped(note)


def _last_session(content: Content, pressed: Pressed) -> None:
    """Offer what the last session left."""
    language = content.state.language
    imgui.separator_text(say(language, "last_session"))
    imgui.text_wrapped(say(language, "last_session_words"))
    if imgui.button(say(language, "go_on")):
        pressed.wishes.append(Wish(kind="go_on"))
    imgui.same_line()
    if imgui.button(say(language, "let_go")):
        pressed.wishes.append(Wish(kind="let_go"))


def _center() -> None:
    middle = imgui.get_main_viewport().get_center()
    imgui.set_next_window_pos(middle, imgui.Cond_.appearing, imgui.ImVec2(0.5, 0.5))


def key_name(key: str) -> str:
    """As the keys of the menus are written: "Ctrl+Z"."""
    words = "+".join(part.replace("_", " ").title() for part in key.split("-"))
    return words.replace("Control", "Ctrl")
