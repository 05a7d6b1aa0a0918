"""The look of what is selected: a volume, a surface or a building."""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import imgui

from metaviewer.panels.content import Content, Pressed
from metaviewer.panels.phrases import say
from metaviewer.render.overlay_words import preset_word
from metaviewer.render.written import window_parts
from metaviewer.scene import (
    BuildingLook,
    Chosen,
    Item,
    ItemFacts,
    Language,
    Look,
    Peel,
    SetClip,
    SetLook,
    SurfaceLook,
    VolumeLook,
    level_at,
    levels_of,
    peel_of,
    peeled,
)

CONTROL_SHARE = 0.58
"""Of the width; the rest is for the words beside it."""
SHIFT_MAX = 500.0
CLASSES_SHOWN_MAX = 24
CUT_HEIGHT_M = 1.4
"""Below door heads and above beds and worktops: what makes a plan readable."""


def describe_look(content: Content, pressed: Pressed) -> None:
    """Controls for the selected item; each drag on a slider is one step of undo."""
    language = content.state.language
    imgui.separator_text(say(language, "look"))
    imgui.push_item_width(CONTROL_SHARE * imgui.get_content_region_avail().x)
    item = content.selected_item
    if item is None:
        imgui.text_disabled(say(language, "choose_item"))
    else:
        imgui.text_wrapped(item.title or item.kind)
        facts = content.lookup.get(item.id)
        look = _edited(item, facts, content)
        if look is not None and look != item.look:
            action = SetLook(item=item.id, look=look)
            pressed.chosen.append(Chosen(action=action, gesture=_gesture(item)))
    if item is not None and item.kind == "building":
        _storeys(content, pressed)
    if content.state.clip and imgui.button(say(language, "end_cut")):
        pressed.chosen.append(Chosen(action=SetClip(planes=())))
    imgui.pop_item_width()


def _gesture(item: Item) -> str:
    """One name while a slider is held, another for its next drag."""
    if not imgui.is_any_item_active():
        return ""
    return f"look-{item.id}-{imgui.get_io().mouse_clicked_time[0]:.3f}"


def _edited(item: Item, facts: ItemFacts | None, content: Content) -> Look | None:
    look, language = item.look, content.state.language
    if isinstance(look, VolumeLook):
        return _volume_look(look, facts, content, unit=content.units.get(item.id, ""))
    if isinstance(look, SurfaceLook):
        return _surface_look(look, language)
    return _building_look(look, content)


def _volume_look(
    look: VolumeLook, facts: ItemFacts | None, content: Content, *, unit: str
) -> VolumeLook:
    language = content.state.language
    if imgui.begin_combo(say(language, "preset"), preset_word(look.preset, language=language)):
        for name in content.presets:
            if imgui.selectable(preset_word(name, language=language), name == look.preset)[0]:
                look = replace(look, preset=name, value_shift=0.0)
        imgui.end_combo()
    _, opacity = imgui.slider_float(say(language, "opacity"), look.opacity, 0.0, 3.0, "%.2f")
    _, shift = imgui.slider_float(
        say(language, "shift"), look.value_shift, -SHIFT_MAX, SHIFT_MAX, "%.0f"
    )
    center, width = (40.0, 400.0) if facts is None else facts.window
    center = center if look.window_center is None else look.window_center
    width = width if look.window_width is None else look.window_width
    parts = window_parts(width, unit=unit)
    step, form = 10.0**-parts, f"%.{parts}f"
    moved, center = imgui.drag_float(say(language, "window_center"), center, step, 0.0, 0.0, form)
    widened, width = imgui.drag_float(say(language, "window_width"), width, step, 1.0, 1e6, form)
    if moved or widened:
        look = replace(look, window_center=center, window_width=max(width, 1.0))
    imgui.align_text_to_frame_padding()
    imgui.text(say(language, "shading"))
    imgui.same_line()
    if imgui.radio_button(say(language, "lit"), look.shading == "lit"):
        look = replace(look, shading="lit")
    imgui.same_line()
    if imgui.radio_button(say(language, "diagnostic"), look.shading == "diagnostic"):
        look = replace(look, shading="diagnostic")
    return replace(look, opacity=opacity, value_shift=shift)


def _surface_look(look: SurfaceLook, language: Language) -> SurfaceLook:
    _, opacity = imgui.slider_float(say(language, "opacity"), look.opacity, 0.0, 1.0, "%.2f")
    start = look.colour_rgb or (0.8, 0.8, 0.8)
    changed, colour = imgui.color_edit3(say(language, "colour"), list(start))
    if changed:
        look = replace(look, colour_rgb=(float(colour[0]), float(colour[1]), float(colour[2])))
    return replace(look, opacity=opacity)


def _building_look(look: BuildingLook, content: Content) -> BuildingLook:
    language = content.state.language
    changed, spaces = imgui.checkbox(say(language, "rooms"), look.show_spaces)
    if changed:
        look = replace(look, show_spaces=spaces)
    imgui.align_text_to_frame_padding()
    imgui.text(say(language, "colour_by"))
    imgui.same_line()
    if imgui.radio_button(say(language, "material"), look.colour_by == "material"):
        look = replace(look, colour_by="material")
    imgui.same_line()
    if imgui.radio_button(say(language, "live"), look.colour_by == "live"):
        look = replace(look, colour_by="live")
    if content.classes and imgui.collapsing_header(say(language, "classes")):
        look = _classes(look, content.classes[:CLASSES_SHOWN_MAX])
    return look


def _storeys(content: Content, pressed: Pressed) -> None:
    """One choice for the whole scene: the models of a building are peeled together."""
    language, state = content.state.language, content.state
    levels = levels_of(state, content.lookup)
    if not levels:
        return
    peel = peel_of(state, content.lookup)
    wanted = peel
    now = None if peel.base_m is None else level_at(levels, peel.base_m)
    shown = say(language, "all_storeys") if now is None else levels[now].name
    if imgui.begin_combo(say(language, "storeys"), shown):
        if imgui.selectable(say(language, "all_storeys"), peel.base_m is None)[0]:
            wanted = Peel()
        for number, level in reversed(list(enumerate(levels))):
            if imgui.selectable(f"{level.name}##{number}", number == now)[0]:
                wanted = replace(peel, base_m=level.base_m)
        imgui.end_combo()
    if peel.base_m is not None:
        wanted = _storey_options(wanted, language)
    if wanted != peel:
        gesture = f"peel-{imgui.get_io().mouse_clicked_time[0]:.3f}"
        actions = peeled(state, content.lookup, wanted)
        pressed.chosen.extend(Chosen(action=action, gesture=gesture) for action in actions)


def _storey_options(peel: Peel, language: Language) -> Peel:
    changed, only = imgui.checkbox(say(language, "only_this"), peel.only)
    if changed:
        peel = replace(peel, only=only)
    changed, cut = imgui.checkbox(say(language, "cut_walls"), peel.cut_height_m is not None)
    if changed:
        peel = replace(peel, cut_height_m=CUT_HEIGHT_M if cut else None)
    if peel.cut_height_m is not None:
        _, height = imgui.slider_float(
            say(language, "cut_height"), peel.cut_height_m, 0.2, 4.0, "%.1f"
        )
        peel = replace(peel, cut_height_m=height)
    return peel


def _classes(look: BuildingLook, classes: tuple[str, ...]) -> BuildingLook:
    hidden = set(look.hidden_classes)
    for name in classes:
        changed, _ = imgui.checkbox(name.removeprefix("Ifc"), name not in hidden)
        if changed:
            hidden ^= {name}
            look = replace(look, hidden_classes=tuple(sorted(hidden)))
    return look
