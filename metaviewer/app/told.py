"""What the panels are told: gathered once a frame from State, data and live values."""

from __future__ import annotations

import tomllib
from collections import Counter
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from metaviewer import resources
from metaviewer.app.effects import Effects, element_row
from metaviewer.building import Building
from metaviewer.interact import BINDINGS, Lookup
from metaviewer.medical import Volume, preset_names
from metaviewer.panels import Content, Credit, LegendRow, Properties, said, say
from metaviewer.render import legend_entries
from metaviewer.scene import BuildingLook, Item, ItemId, Language, State
from metaviewer.twin import Point

CLASSES_MAX: Final = 40


def content_of(
    state: State,
    lookup: Lookup,
    effects: Effects,
    *,
    offers_last_session: bool = False,
    is_in_headset: bool = False,
) -> Content:
    """Everything the panels show in this frame."""
    content = Content(state=state)
    item = content.selected_item
    datum = None if item is None else effects.library.get(item.data_id)
    return Content(
        state=state,
        lookup=lookup,
        progress=effects.progress,
        properties=_properties(state, effects),
        presets=preset_names(datum) if isinstance(datum, Volume) else (),
        classes=_classes(datum) if isinstance(datum, Building) else (),
        legend=_legend(state, effects),
        recent=effects.recent,
        credits=credits(),
        units=_units(state, effects),
        question=effects.questions[0] if effects.questions else None,
        offers_last_session=offers_last_session,
        is_in_headset=is_in_headset,
        notes=tuple(said(state.language, note) for note in effects.notes),
        is_making=effects.bench.is_busy,
        version=program_version(),
        keys=tuple((binding.key, binding.words) for binding in BINDINGS.values()),
    )


def _units(state: State, effects: Effects) -> dict[ItemId, str]:
    found = ((item.id, effects.library.get(item.data_id)) for item in state.items)
    return {name: datum.unit or "" for name, datum in found if isinstance(datum, Volume)}


@lru_cache(maxsize=1)
def program_version() -> str:
    """Version of the installed program; "" where it runs without being installed."""
    try:
        return version("metaviewer")
    except PackageNotFoundError:
        return ""


@lru_cache(maxsize=1)
def credits() -> tuple[Credit, ...]:
    """Whose data and fonts ship with the program."""
    text = (resources.assets_dir() / "CREDITS.toml").read_text(encoding="utf-8")
    return tuple(
        Credit(title=entry["title"], licence=entry["licence"], text=entry["credit"])
        for entry in tomllib.loads(text)["credit"]
    )


@lru_cache(maxsize=16)
def _classes(building: Building) -> tuple[str, ...]:
    table = building.elements
    counted = Counter(
        name for name, is_space in zip(table.classes, table.is_space, strict=True) if not is_space
    )
    return tuple(name for name, _ in counted.most_common(CLASSES_MAX))


def _legend(state: State, effects: Effects) -> tuple[LegendRow, ...]:
    is_live = any(
        isinstance(item.look, BuildingLook) and item.look.colour_by == "live"
        for item in state.items
    )
    if not is_live:
        return ()
    points = tuple(point for feed in effects.feeds for point in feed.points)
    return _legend_rows(points, state.language)


@lru_cache(maxsize=4)
def _legend_rows(points: tuple[Point, ...], language: Language) -> tuple[LegendRow, ...]:
    return tuple(
        LegendRow(
            colour_rgb=(
                entry.colour[0] / 255.0,
                entry.colour[1] / 255.0,
                entry.colour[2] / 255.0,
            ),
            words=entry.label,
            is_hatched=entry.pattern != "solid",
        )
        for entry in legend_entries(points)
    )


def _properties(state: State, effects: Effects) -> Properties | None:
    picked = state.selection
    item = None if picked is None else state.item(picked.item)
    if picked is None or item is None:
        return None
    if picked.element is None:
        return _load_report(state, effects, item)
    return _element_properties(state, effects, item, picked.element)


def _load_report(state: State, effects: Effects, item: Item) -> Properties | None:
    """What was found, lost and replaced when a selected model was read."""
    building = effects.library.get(item.data_id)
    if not isinstance(building, Building):
        return None
    words = (say(state.language, "load_report"), *[""] * len(building.report))
    return Properties(title=item.title, rows=tuple(zip(words, building.report, strict=False)))


def _element_properties(
    state: State, effects: Effects, item: Item, element: int
) -> Properties | None:
    found = element_row(effects.library, item, element)
    if found is None:
        return None
    building, row = found
    table, language = building.elements, state.language
    global_id = table.global_ids[row]
    sets = effects.ask_properties(item, row)
    storey = int(table.storey[row])
    name = table.names[row]
    if table.long_names and table.long_names[row]:
        name = f"{name} {table.long_names[row]}"
    rows = [
        (say(language, "class"), table.classes[row]),
        (say(language, "name"), name),
        (say(language, "global_id"), global_id),
    ]
    if 0 <= storey < len(building.storeys):
        rows.append((say(language, "storey"), building.storeys[storey].name))
    if table.systems and table.systems[row]:
        rows.append((say(language, "system"), table.systems[row]))
    if sets == ():  # read, and there are none
        rows.append((say(language, "properties"), say(language, "no_properties")))
    return Properties(title=item.title, rows=tuple(rows), sets=sets or ())
