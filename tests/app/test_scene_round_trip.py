"""A scene that is saved and opened again: State to TOML to State, equal in all that a person sets.

The files are empty; what they would give is handed out where the jails are asked.
"""

from __future__ import annotations

import time
from dataclasses import replace
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metaviewer.app import scene_reading, session
from metaviewer.app.effects import Effects
from metaviewer.app.finding import Finding
from metaviewer.app.scene_saving import SAVED
from metaviewer.jobs import Jobs
from metaviewer.medical import Identity, Volume
from metaviewer.scene import (
    BuildingLook,
    Camera,
    Command,
    NameCamera,
    NamedCamera,
    OpenPlaces,
    RemoveItem,
    SaveScene,
    SetCamera,
    SetClip,
    SetLook,
    SetOptions,
    SetSlice,
    SetTime,
    SetVisible,
    State,
    SurfaceLook,
    VolumeLook,
    apply_all,
)
from metaviewer.surface import Mesh
from tests.building.buildings_made import boxes, placed

PAUSE = Event()
NO_BENCH = SimpleNamespace(take=lambda job: None)
SHARES = st.sampled_from([0.0, 0.25, 0.5, 1.0])
NUMBERS = st.sampled_from([-1000.0, -3.5, 0.0, 40.25, 812.0])
POINTS = st.tuples(NUMBERS, NUMBERS, st.sampled_from([1.0, 2.0]))


def volume(modality: str, frame: str) -> Volume:
    affine = np.diag([1.0, 2.0, 3.0, 1.0])
    affine[:3, 3] = (-30.0, 10.0, -500.0)
    values = np.full((4, 6, 8), -1000, dtype=np.int16)
    values[1:3, 2:4, 2:6] = 200
    return Volume(
        values=values,
        lps_from_ijk=affine,
        modality=modality,
        unit="HU",
        frame_of_reference=frame,
        identity=Identity(patient="p1"),
    )


def mesh(name: str, *, frame: str = "", unit: str = "mm") -> Mesh:
    points = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9]], dtype=np.float32)
    triangles = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], dtype=np.int32)
    return Mesh(
        name=name, points_mm_n3=points, triangles_n3=triangles, frame_of_reference=frame, unit=unit
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A scan with its regions in one folder, two series mixed in another, meshes, two models."""
    folder = tmp_path_factory.mktemp("ward")
    for name in ("ct/seg.dcm", "pair/1.dcm", "seg.dcm", "parts.glb", "a.ifc", "b.ifc"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.fixture(scope="module")
def findings(folder):
    """What each place gives: the same data every time."""

    def found(name, kind, *data):
        return Finding(path=str(folder / name), kind=kind, status="ok", data=data)

    inner = found("ct/seg.dcm", "segmentation", mesh("lung", frame="a"), mesh("mass", frame="a"))
    outer = found("seg.dcm", "segmentation", mesh("outline", frame="a"))
    far = boxes([placed((5.0, 1.0, 0.0))] * 3, storey=[0, 1, 1], bases=(0.0, 3.0))
    return {
        "ct": (found("ct", "volume", volume("CT", "a")), inner),
        "ct/seg.dcm": (inner,),
        "seg.dcm": (outer,),
        "pair": (
            found("pair", "volume", volume("CT", "b")),
            found("pair", "volume", volume("PT", "b")),
        ),
        "parts.glb": (found("parts.glb", "surface", mesh("one"), mesh("two"), mesh("three")),),
        "a.ifc": (found("a.ifc", "building", boxes([placed((0.0, 0.0, 0.0))], storey=[0])),),
        "b.ifc": (found("b.ifc", "building", far),),
    }


@pytest.fixture
def hand_out(folder, findings, monkeypatch):
    """The jails give `findings`; what unit was stated for each place is noted."""
    units = {}

    def read_together(doors, wishes, *, on_progress=None):
        names = [str(one.place).removeprefix(f"{folder}/") for one in wishes]
        units.update({name: one.unit for name, one in zip(names, wishes, strict=True)})
        return tuple(findings[name] for name in names)

    for module in (scene_reading, session):
        monkeypatch.setattr(module, "read_together", read_together)
    return units


class Seat:
    """State and effects of a window without a window."""

    def __init__(self, jobs):
        self.state = State()
        self.effects = Effects(None, jobs, NO_BENCH)

    def do(self, *actions):
        self.state, effects, refusals = apply_all(
            self.state, [Command(action=action) for action in actions]
        )
        assert refusals == ()
        self.effects.carry_out(effects, self.state)
        end_s = time.monotonic() + 20.0
        while self.effects.is_waiting:
            assert time.monotonic() < end_s
            PAUSE.wait(0.001)
            results = self.effects.poll(self.state, aspect=1.5)
            self.state, _, refusals = apply_all(
                self.state, [Command(action=action) for action in results]
            )
            assert refusals == ()
        assert {getattr(note, "key", note) for note in self.effects.notes} <= {"saved"}

    def told(self):
        """What a person set, with data in the place of names."""
        state, library = self.state, self.effects.library
        datum_of = {item.id: id(library[item.data_id]) for item in state.items}
        items = sorted(
            (
                datum_of[item.id],
                repr(item.look),
                item.visible,
                tuple(np.round(item.world_from_item, 9).ravel() + 0.0),
                item.badges,
                datum_of.get(item.anchor),
                item.patient,
            )
            for item in state.items
        )
        views = [
            replace(view, slice_volume=datum_of.get(view.slice_volume), camera=None)
            for view in state.views
        ]
        space = [view.camera for view in state.views if view.kind == "space"]
        cameras = [one for one in state.cameras if one.name != SAVED]
        options = state.language, state.theme, state.show_labels, state.show_legend, state.title
        return items, views, space, cameras, state.clip, state.time_s, options


def cameras():
    return st.builds(
        Camera,
        eye_m=POINTS,
        target_m=st.tuples(NUMBERS, NUMBERS, st.sampled_from([-9.0, 0.0])),
        up=st.sampled_from([(0.0, 0.0, 1.0), (0.0, 1.0, 0.0)]),
        fov_deg=st.sampled_from([20.0, 35.0]),
        orthographic_height_m=st.sampled_from([None, 2.5]),
    )


def looks(item):
    if isinstance(item.look, VolumeLook):
        window = st.sampled_from([(None, None), (-600.0, 1500.0)])
        return st.builds(
            lambda window, **given: VolumeLook(
                preset=item.look.preset, window_center=window[0], window_width=window[1], **given
            ),
            window,
            opacity=st.sampled_from([0.0, 0.45, 3.0]),
            value_shift=NUMBERS,
            shading=st.sampled_from(["lit", "diagnostic"]),
        )
    if isinstance(item.look, SurfaceLook):
        return st.builds(
            SurfaceLook,
            colour_rgb=st.none() | st.tuples(SHARES, SHARES, SHARES),
            opacity=SHARES,
        )
    return st.builds(
        BuildingLook,
        hidden_classes=st.sampled_from([(), ("IfcRoof", "IfcDoor")]),
        ghost_classes=st.sampled_from([(), ("IfcWall",)]),
        storey_top=st.sampled_from([None, 0]),
        storey_only=st.booleans(),
        cut_height_m=st.sampled_from([None, 1.55]),
        hidden_elements=st.sampled_from([(), (0,)]),
        ghost_elements=st.sampled_from([(), (0,)]),
        show_spaces=st.booleans(),
        colour_by=st.sampled_from(["material", "live"]),
    )


def actions(state):
    """One thing that a person may do to what is open."""
    kinds = [
        st.builds(
            NameCamera,
            camera=st.builds(
                NamedCamera, name=st.text("ab", min_size=1, max_size=2), camera=cameras()
            ),
        ),
        st.builds(
            SetClip,
            planes=st.lists(
                st.sampled_from(
                    [(1.0, 0.0, 0.0, -0.25), (0.0, 0.6, 0.8, 2.0), (0.0, 0.0, -1.0, 1.5)]
                ),
                max_size=6,
            ).map(tuple),
        ),
        st.builds(SetTime, time_s=st.none() | NUMBERS),
        st.builds(
            SetOptions,
            language=st.sampled_from(["en", "zh"]),
            theme=st.sampled_from(["dark", "light"]),
            show_labels=st.booleans(),
            show_legend=st.booleans(),
            title=st.sampled_from(["", 'Ward "3"']),
        ),
    ]
    for view in state.views:
        kinds.append(st.builds(SetCamera, view=st.just(view.id), camera=cameras()))
        if view.kind != "space":
            kinds.append(
                st.builds(
                    SetSlice,
                    view=st.just(view.id),
                    slice_mm=NUMBERS,
                    zoom=st.sampled_from([0.5, 4.0]),
                    pan_mm=st.tuples(NUMBERS, NUMBERS),
                )
            )
    for item in state.items:
        kinds.append(st.builds(SetLook, item=st.just(item.id), look=looks(item)))
        kinds.append(st.builds(SetVisible, item=st.just(item.id), visible=st.booleans()))
        if len(state.items) > 1 and item.kind != "volume":
            kinds.append(st.builds(RemoveItem, item=st.just(item.id)))
    return st.one_of(kinds)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_saved_scene_opens_as_it_was(folder, hand_out, data):
    """Bug: a cut, what is hidden, a region's colour, a badge, a unit or the layout is forgotten."""
    names = ["ct", "seg.dcm", "pair", "parts.glb", "a.ifc", "b.ifc"]
    places = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
    unit = data.draw(st.sampled_from([None, "cm"]))
    with Jobs() as jobs:
        seat = Seat(jobs)
        seat.do(OpenPlaces(places=tuple(str(folder / name) for name in places), unit=unit))
        for _ in range(data.draw(st.integers(0, 12))):
            seat.do(data.draw(actions(seat.state)))
        place = folder / "saved.toml"
        seat.do(SaveScene(place=str(place)))
        again = Seat(jobs)
        hand_out.clear()
        again.do(OpenPlaces(places=(str(place),)))
        assert again.told() == seat.told()
        scaled = {"parts.glb", "a.ifc", "b.ifc"}
        assert all(hand_out[name] == unit for name in scaled & set(hand_out))
        again.do(SaveScene(place=str(folder / "again.toml")))
        third = Seat(jobs)
        third.do(OpenPlaces(places=(str(folder / "again.toml"),)))
        assert third.told() == again.told()


def test_what_was_removed_stays_away_and_what_was_opened_twice_is_there_twice(folder, hand_out):
    """Bug: a folder gives back the series, and the regions in it, that a person took out."""
    with Jobs() as jobs:
        seat = Seat(jobs)
        seat.do(OpenPlaces(places=(str(folder / "pair"), str(folder / "ct"))))
        seat.do(OpenPlaces(places=(str(folder / "parts.glb"),)))
        seat.do(OpenPlaces(places=(str(folder / "parts.glb"),)))
        by_title = {item.title: item.id for item in seat.state.items}
        pet = next(item.id for item in seat.state.items if "PT" in item.title or item.title == "PT")
        for name in (pet, by_title["lung"], by_title["mass"], by_title["two"]):
            seat.do(RemoveItem(item=name))
        seat.do(SaveScene(place=str(folder / "less.toml")))
        again = Seat(jobs)
        again.do(OpenPlaces(places=(str(folder / "less.toml"),)))
        assert len(again.state.items) == len(seat.state.items) == 7
        assert again.told()[0] == seat.told()[0]
