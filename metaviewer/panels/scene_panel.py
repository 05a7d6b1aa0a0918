"""What is loaded, what was picked, and what the colours mean."""

from __future__ import annotations

from imgui_bundle import imgui

from metaviewer.panels.content import Content, LegendRow, Pressed, Wish
from metaviewer.panels.phrases import say
from metaviewer.render.overlay_words import badge_word, together_badges
from metaviewer.scene import Chosen, Item, Picked, RemoveItem, Select, SetVisible, State

SWATCH_PX = 16.0
HATCH_STEP_PX = 5.0
NAME_SHARE = 0.32
ANCHORED_INDENT_PX = 10.0


def describe_scene(content: Content, pressed: Pressed) -> None:
    """Items with an eye, a name and badges; loads under way with their bars."""
    language = content.state.language
    imgui.separator_text(say(language, "scene"))
    if content.state.title:
        imgui.text_wrapped(content.state.title)
    if not content.state.items and not content.progress:
        imgui.text_disabled(say(language, "empty_scene"))
    for item in content.state.items:
        _describe_item(item, content, pressed)
    if content.is_making:
        imgui.text_disabled(say(language, "making"))
    for progress in content.progress:
        imgui.push_id(f"load-{progress.number}")
        imgui.text(f"{say(language, 'loading')} {progress.title}")
        imgui.progress_bar(progress.fraction, imgui.ImVec2(180.0, 0.0))
        imgui.same_line()
        if imgui.small_button(say(language, "cancel")):
            pressed.wishes.append(Wish(kind="cancel", number=progress.number))
        imgui.pop_id()


def _describe_item(item: Item, content: Content, pressed: Pressed) -> None:
    state = content.state
    imgui.push_id(item.id)
    changed, visible = imgui.checkbox("##visible", item.visible)
    if changed:
        pressed.chosen.append(Chosen(action=SetVisible(item=item.id, visible=visible)))
    imgui.same_line()
    if item.anchor is not None:
        imgui.dummy(imgui.ImVec2(ANCHORED_INDENT_PX, 0.0))
        imgui.same_line()
    is_selected = state.selection is not None and state.selection.item == item.id
    if imgui.selectable(item.title or item.kind, is_selected)[0]:
        pressed.chosen.append(Chosen(action=Select(picked=Picked(item=item.id))))
    if imgui.begin_popup_context_item("item"):
        if imgui.menu_item(say(state.language, "remove"), "", False)[0]:
            pressed.chosen.append(Chosen(action=RemoveItem(item=item.id)))
        imgui.end_popup()
    words = [badge_word(badge, language=state.language) for badge in badges_shown(item, state)]
    if item.patient and item.kind == "volume":
        words.insert(0, f"{say(state.language, 'patient')} {item.patient}")
    if words:
        imgui.push_text_wrap_pos(0.0)
        imgui.text_disabled("      " + ", ".join(words))
        imgui.pop_text_wrap_pos()
    imgui.pop_id()


def badges_shown(item: Item, state: State) -> tuple[str, ...]:
    """Its own, and those it has from what it is shown with."""
    together = together_badges(state.items) if item.patient and item.visible else ()
    return tuple(dict.fromkeys((*item.badges, *together)))


def describe_properties(content: Content) -> None:
    """What is known of the picked element."""
    properties = content.properties
    if properties is None:
        return
    language = content.state.language
    imgui.separator_text(say(language, "properties"))
    imgui.text_wrapped(properties.title)
    _table("facts", properties.rows)
    for name, rows in properties.sets:
        if imgui.collapsing_header(name):
            _table(name, rows)


def _table(name: str, rows: tuple[tuple[str, str], ...]) -> None:
    if rows and imgui.begin_table(name, 2, int(imgui.TableFlags_.sizing_stretch_same)):
        # Shares of the width, because widths of the words are known only a frame later.
        imgui.table_setup_column("name", 0, NAME_SHARE)
        imgui.table_setup_column("value", 0, 1.0 - NAME_SHARE)
        for key, value in rows:
            imgui.table_next_row()
            imgui.table_next_column()
            imgui.text_disabled(key)
            imgui.table_next_column()
            imgui.text_wrapped(value)
        imgui.end_table()


def describe_legend(content: Content) -> None:
    """What the colours on the model mean."""
    if not content.legend:
        return
    imgui.separator_text(say(content.state.language, "legend"))
    if content.legend_title:
        imgui.text_disabled(content.legend_title)
    for row in content.legend:
        _swatch(row)
        imgui.same_line()
        imgui.text(row.words)


def _swatch(row: LegendRow) -> None:
    draw, at = imgui.get_window_draw_list(), imgui.get_cursor_screen_pos()
    right, bottom = at.x + SWATCH_PX, at.y + SWATCH_PX
    colour = imgui.get_color_u32(imgui.ImVec4(*row.colour_rgb, 1.0))
    draw.add_rect_filled(at, imgui.ImVec2(right, bottom), colour, 3.0)
    if row.is_hatched:
        ink = imgui.get_color_u32(imgui.ImVec4(0.10, 0.10, 0.10, 0.75))
        offset = HATCH_STEP_PX
        while offset < 2 * SWATCH_PX:
            over = max(offset - SWATCH_PX, 0.0)
            start = imgui.ImVec2(at.x + over, at.y + offset - over)
            end = imgui.ImVec2(at.x + offset - over, at.y + over)
            draw.add_line(start, end, ink, 1.5)
            offset += HATCH_STEP_PX
    edge = imgui.get_color_u32(imgui.ImVec4(0.5, 0.5, 0.5, 0.6))
    draw.add_rect(at, imgui.ImVec2(right, bottom), edge, 3.0)
    imgui.dummy(imgui.ImVec2(SWATCH_PX, SWATCH_PX))
