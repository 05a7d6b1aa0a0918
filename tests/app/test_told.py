"""What the panel of properties is told of a picked element and of a whole model."""

# Chinese punctuation looks like Latin and is not:
# ruff: noqa: RUF001

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from metaviewer.app.effects import Effects
from metaviewer.app.told import content_of
from metaviewer.frames import translation
from metaviewer.jobs import Jobs
from metaviewer.panels import Phrase
from metaviewer.scene import BuildingLook, Item, Picked, State
from tests.building.buildings_made import boxes, placed

PIPE = 1
NO_BENCH = SimpleNamespace(is_making=False, is_busy=False)


@pytest.fixture
def effects():
    """Two elements, the second in a system; no file behind them, so no property sets."""
    building = boxes([placed((0, 0, 0)), placed((3, 0, 0))])
    building = dataclasses.replace(building, report=("2 elements", "1 stands as a box: too slow"))
    with Jobs() as jobs:
        made = Effects(None, jobs, NO_BENCH)
        made.library = made.library.with_datum("house", building)
        yield made


HOUSE = Item(
    id="house",
    kind="building",
    data_id="house",
    look=BuildingLook(),
    world_from_item=translation(np.zeros(3)),
)


def rows_of(effects, element):
    state = State(items=(HOUSE,), selection=Picked(item="house", element=element))
    return content_of(state, {}, effects).properties.rows


def test_an_element_in_a_system_says_which_and_one_in_none_says_nothing(effects):
    assert ("System", "Supply 1") in rows_of(effects, PIPE)
    assert not [row for row in rows_of(effects, 0) if row[0] == "System"]


def test_while_sets_are_read_nothing_is_said_of_them_and_without_any_that_is_said(effects):
    assert not [row for row in rows_of(effects, PIPE) if row[0] == "Properties"]
    effects.properties["house", PIPE] = ()
    assert rows_of(effects, PIPE)[-1] == ("Properties", "no property sets")
    assert rows_of(effects, 0)[-1] == ("Storey", "floor 0")


def test_a_model_selected_as_a_whole_shows_its_load_report(effects):
    """The report named what was lost, and only `check` of a degraded model showed it."""
    assert rows_of(effects, None) == (
        ("Load report", "2 elements"),
        ("", "1 stands as a box: too slow"),
    )


def test_property_sets_that_were_asked_for_before_the_last_session_came_back_are_nobodys(effects):
    """Bug: items take their old names over, so another building's element gets these sets."""
    ended = []
    effects.bench = SimpleNamespace(take=ended.append)
    effects.sources["house"] = "house.ifc"
    effects.ask_properties(HOUSE, PIPE)
    effects.begin_anew()
    while not any(job.is_over for job in ended):
        effects.poll(State(), aspect=1.0)
    assert effects.properties == {}


def test_a_note_follows_the_language_that_is_on(effects):
    """A notice of a saved picture stayed English after the switch to Chinese."""
    effects.note(Phrase(key="saved", place="picture-2.png"))
    effects.note("scan.dcm: words from outside")
    told = [content_of(State(language=name), {}, effects).notes for name in ("en", "zh")]
    assert told[0] == ("picture-2.png: saved", "scan.dcm: words from outside")
    assert told[1] == ("picture-2.png：已保存", "scan.dcm: words from outside")
