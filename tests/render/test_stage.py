"""The stage: what has not changed costs nothing, what is gone is freed, every size draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaviewer.errors import RenderError
from metaviewer.render import context as context_module
from metaviewer.render.context import clamped_size, open_context
from metaviewer.render.shown_surface import ShownSurface
from metaviewer.render.shown_volume import ShownVolume
from metaviewer.render.stage import Stage
from metaviewer.render.strips import Strip
from metaviewer.render.volume_level import VolumeLevel
from metaviewer.scene import Library, State, VolumeLook
from tests.render.gl import ball_volume, front_view, state_of, volume_item

MAKERS = {"volume": ShownVolume, "surface": ShownSurface}


@pytest.fixture
def stage(gl_context):
    with Stage(gl_context, size=(64, 48), makers=MAKERS) as stage:
        yield stage


def test_ten_loads_leave_nothing_behind(gl_context, stage):
    """Panda3D keeps every texture until states are collected: 4.4 MB a volume, for ever."""
    objects = gl_context.gsg.get_prepared_objects()
    counts = []
    for _ in range(10):
        library = Library({"volume": ball_volume(24)})
        stage.sync(None, state_of(volume_item()), library, None)
        stage.draw()
        stage.sync(None, State(), Library(), None)
        for _ in range(3):
            stage.draw()
        counts.append((objects.get_num_prepared_textures(), objects.get_num_prepared_shaders()))
    assert counts[-1] == counts[2]


def test_a_closed_stage_leaves_no_textures(gl_context):
    objects = gl_context.gsg.get_prepared_objects()
    counts = []
    for _ in range(4):
        with Stage(gl_context, size=(64, 48), makers=MAKERS) as stage:
            stage.sync(None, state_of(volume_item()), Library({"volume": ball_volume(24)}), None)
            stage.draw()
        for _ in range(3):
            gl_context.render_frame()
        counts.append(objects.get_num_prepared_textures())
    assert counts[-1] == counts[1]


def test_the_same_state_again_touches_nothing(stage, monkeypatch):
    """By identity: equal but new objects are work, the same objects are none."""
    state, library = state_of(volume_item()), Library({"volume": ball_volume(24)})
    stage.sync(None, state, library, None)
    made = []
    monkeypatch.setattr(ShownVolume, "update", lambda *_, **__: made.append("update"))
    monkeypatch.setattr("metaviewer.render.stage_views.bind", lambda *_: made.append("bind"))
    monkeypatch.setattr("metaviewer.render.volume_pass.bind", lambda *_: made.append("bind"))
    stage.sync(state, state, library, None)
    assert made == []
    camera = replace(state.views[0].camera, eye_m=(0.0, -0.2, 0.0))
    moved = replace(state, views=(replace(state.views[0], camera=camera),))
    stage.sync(state, moved, library, None)
    assert sorted(set(made)) == ["bind"]


def test_another_look_is_drawn_without_another_upload(stage, monkeypatch):
    state, library = state_of(volume_item()), Library({"volume": ball_volume(24)})
    stage.sync(None, state, library, None)
    stage.draw()
    first = stage.picture()
    uploads = []
    monkeypatch.setattr(VolumeLevel, "_upload", lambda self, _: uploads.append(self))
    softer = replace(state, items=(volume_item(look=VolumeLook(preset="bone", opacity=0.2)),))
    stage.sync(state, softer, library, None)
    stage.draw()
    assert uploads == []
    assert (first != stage.picture()).any()


def test_a_moved_item_moves(stage):
    """`before` and `after` differ by the place alone: the look is the same object."""
    state, library = state_of(volume_item()), Library({"volume": ball_volume(24)})
    stage.sync(None, state, library, None)
    stage.draw()
    first = stage.picture()
    place = state.items[0].world_from_item.copy()
    place[0, 3] += 0.02
    moved = replace(state, items=(replace(state.items[0], world_from_item=place),))
    stage.sync(state, moved, library, None)
    stage.draw()
    assert (first != stage.picture()).any()


def test_a_hidden_item_is_not_drawn(stage):
    library = Library({"volume": ball_volume(24)})
    stage.sync(None, state_of(volume_item(visible=False)), library, None)
    stage.draw()
    hidden = stage.picture()
    stage.sync(None, State(views=(front_view(),)), library, None)
    stage.draw()
    np.testing.assert_array_equal(hidden, stage.picture())


@pytest.mark.parametrize("size", [(0, 0), (1, 0), (-3, 4), (65, 33), (64, 48)])
def test_every_size_draws(stage, size):
    """F26: a buffer of 0 pixels keeps its old picture for ever, one of -3 is not even refused."""
    stage.sync(None, state_of(volume_item()), Library({"volume": ball_volume(24)}), None)
    stage.resize(size)
    stage.draw()
    assert stage.picture().shape == (max(size[1], 1), max(size[0], 1), 3)
    stage.resize((64, 48))
    stage.draw()
    assert stage.picture().std() > 5


def test_sizes_are_clamped_to_the_driver():
    assert clamped_size((20_000, 0), edge_max_px=16_384) == (16_384, 1)


def test_no_opengl_is_an_error_with_a_remedy(monkeypatch):
    """F27: Panda3D answers None, and the first use of it says AttributeError."""
    monkeypatch.setattr(context_module, "HEADLESS_MODULE", "p3nothing")
    with pytest.raises(RenderError, match="doctor"):
        open_context((16, 16), on_screen=False)


def test_a_window_without_a_screen_is_an_error_with_a_remedy(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(context_module, "SCREEN_MODULE", "p3nothing")
    with pytest.raises(RenderError, match="metaviewer shot"):
        open_context((16, 16), on_screen=True)


@pytest.mark.parametrize("height_px", [48, 42, 41, 47])
def test_strips_make_the_very_picture_that_is_drawn_at_once(stage, height_px):
    """A strip that wipes the last one, an edge drawn twice, or by neither: a line across the
    patient. Heights that the strips do not divide are where the last one hides."""
    stage.resize((64, height_px))
    library = Library({"volume": ball_volume(24)})
    state = state_of(volume_item())
    stage.sync(None, state, library, None)
    stage.draw()
    whole = stage.picture()
    turned = state_of(volume_item(), view=replace(front_view(), rect=(0.1, 0.0, 0.8, 1.0)))
    stage.sync(state, turned, library, None)
    stage.draw()
    other = stage.picture()
    stage.sync(turned, state, library, None)
    for number in range(5):
        stage.draw_strip(Strip(number=number, count=5))
        seen = stage.picture()
        assert np.array_equal(seen, whole if number == 4 else other)
    stage.sync(state, turned, library, None)
    stage.draw_strip(Strip(number=0, count=5))
    stage.sync(turned, state, library, None)
    stage.draw()
    assert np.array_equal(stage.picture(), whole), "strips that were given up left a trace"
