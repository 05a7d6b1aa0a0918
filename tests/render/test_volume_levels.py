"""A large volume is drawn coarse at once and fine when it is made; a picture file only fine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaviewer.medical import coarse
from metaviewer.render import MOVING
from metaviewer.render.shown_volume import ShownVolume
from metaviewer.render.stage import Stage
from metaviewer.scene import Library, Ray, VolumeLook
from tests.render.gl import ball_volume, state_of, volume_item

MAKERS = {"volume": ShownVolume}
SIZE = (240, 180)
EDGE = 48


class Later:
    """A bench that makes a task when it is told to, and remembers what it was asked."""

    is_elsewhere = True

    def __init__(self):
        self.asked = []
        self.waiting = {}
        self.made = {}
        self.reminders = 0

    def ask(self, task):
        if task.name in self.made:
            return self.made.pop(task.name)
        if task.name not in self.waiting:
            self.asked.append(task)
            self.waiting[task.name] = task
        return None

    def forget(self, name):
        self.waiting.pop(name, None)
        self.made.pop(name, None)

    def remind(self):
        self.reminders += 1

    def work(self):
        for name, task in self.waiting.items():
            self.made[name] = task.work(task.arrays, task.arguments)[1]
        self.waiting.clear()


@pytest.fixture(autouse=True)
def _worth_it(monkeypatch):
    """The ball is as large as a chest CT, so to say."""
    monkeypatch.setattr(coarse, "VOXELS_WANTED", (EDGE // 3) ** 3)


@pytest.fixture
def bench():
    return Later()


@pytest.fixture
def stage(gl_context, bench):
    with Stage(gl_context, size=SIZE, makers=MAKERS, bench=bench) as stage:
        stage.quality = MOVING
        yield stage


STATE = state_of(volume_item())
LIBRARY = Library({"volume": ball_volume(EDGE, radius=14.0)})


def shown_in(stage):
    (shown,) = stage._volumes()
    return shown


def synced(stage, state=STATE):
    stage.sync(state, state, LIBRARY, None)
    return shown_in(stage)


def worked_until(stage, bench, is_there, state=STATE):
    """Frames and work by turns; what each frame showed."""
    frames = []
    for _ in range(20):
        shown = synced(stage, state)
        stage.draw()
        frames.append((shown.is_visible, shown.is_coarse, stage.picture()))
        if is_there(shown):
            return frames
        bench.work()
    raise AssertionError("it never comes")


def test_coarse_comes_first_then_fine_and_never_nothing_between(stage, bench):
    """Freed before the fine level was whole, the coarse one leaves black frames behind it."""
    stage.sync(None, STATE, LIBRARY, None)
    frames = worked_until(stage, bench, lambda shown: shown.is_settled)
    kinds = ["coarse" if is_coarse else "fine" if seen else "-" for seen, is_coarse, _ in frames]
    assert sorted(kinds) == sorted(kinds, key=["-", "coarse", "fine"].index)
    assert set(kinds) == {"-", "coarse", "fine"}
    assert kinds[-1] == "fine"
    assert kinds.count("fine") == 1
    coarse_pictures = [picture for _, is_coarse, picture in frames if is_coarse]
    assert all((picture == coarse_pictures[0]).all() for picture in coarse_pictures)
    # The fine level takes over with its light: what changes is edges, not the whole ball.
    last_coarse, fine = (picture.astype(float) for _, _, picture in frames[-2:])
    middle = (slice(75, 105), slice(105, 135))
    assert np.abs(last_coarse[middle] - fine[middle]).mean() < 24.0


def test_the_fine_level_is_asked_for_when_the_coarse_one_is_whole(stage, bench):
    """Both at once, and the coarse one waits for a processor that makes the fine one."""
    stage.sync(None, STATE, LIBRARY, None)
    worked_until(stage, bench, lambda shown: shown.is_settled)
    levels = [task.name[0][1] for task in bench.asked if isinstance(task.name[0], tuple)]
    assert levels == sorted(levels, key=["coarse", "fine"].index)
    assert bench.reminders == 1


def test_the_coarse_picture_is_drawn_before_the_fine_one_is_begun(stage, bench):
    """Begun in the same frame, the fine one takes both processors from the first picture."""
    stage.sync(None, STATE, LIBRARY, None)
    frames = worked_until(stage, bench, lambda shown: shown.is_coarse and bench.reminders)
    assert frames[-1][1]
    assert not any(task.name[0][1] == "fine" for task in bench.asked if task.name[0] != "volume")


def test_the_coarse_ball_lies_where_the_fine_one_lies(stage, bench):
    """Half a coarse voxel is 2.6 pixels here: a picture that jumps when the fine one comes."""
    stage.sync(None, STATE, LIBRARY, None)
    ((_, _, coarse_picture), (_, _, fine_picture)) = worked_until(
        stage, bench, lambda shown: shown.is_settled
    )[-2:]
    centres = []
    for picture in (coarse_picture, fine_picture):
        # Below and between the letters, which lie over the picture.
        rows, columns = np.nonzero(picture[70:130, 85:155].astype(int).sum(axis=2) > 120)
        centres.append((rows.mean(), columns.mean()))
    np.testing.assert_allclose(*centres, atol=1.2)


def warned(picture):
    """Orange pixels in the corner where warnings stand."""
    corner = picture[:70, :300].astype(int)
    return int((corner[..., 0] - corner[..., 2] > 60).sum())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_picture_says_that_it_is_coarse(gl_context, bench, language):
    """A coarse picture that says nothing passes for all there is of a fracture."""
    state = replace(STATE, language=language)
    with Stage(gl_context, size=(640, 360), makers=MAKERS, bench=bench) as stage:
        stage.sync(None, state, LIBRARY, None)
        frames = worked_until(stage, bench, lambda shown: shown.is_settled, state)
    coarse_frames = [warned(picture) for _, is_coarse, picture in frames if is_coarse]
    assert min(coarse_frames) > 150
    assert warned(frames[-1][2]) == 0


def test_what_is_touched_while_it_is_coarse_has_the_fine_value(stage, bench):
    """The value under the pointer is a measured one, never a mean."""
    values = LIBRARY["volume"].values.copy()
    values[values > 0] = 700 + (np.arange((values > 0).sum()) % 200).astype(np.int16)
    library = Library({"volume": replace(LIBRARY["volume"], values=values)})
    stage.sync(None, STATE, library, None)
    for _ in range(20):
        stage.sync(STATE, STATE, library, None)
        if shown_in(stage).is_coarse:
            break
        bench.work()
    hit = stage.pick(Ray(origin_m=(0.0, -0.15, 0.0), direction=(0.0, 1.0, 0.0)))
    assert hit is not None
    lps_mm = np.array(hit.point_world_m) * 1000.0
    i, j, k = np.rint(lps_mm + (EDGE - 1) / 2.0).astype(int)
    assert hit.value == values[k, j, i]


def test_another_look_while_it_is_coarse_is_drawn_in_the_end(stage, bench):
    """The level that waits must not keep the look it was first asked for."""
    stage.sync(None, STATE, LIBRARY, None)
    worked_until(stage, bench, lambda shown: shown.is_coarse)
    other = replace(STATE, items=(volume_item(look=VolumeLook(preset="skin")),))
    stage.sync(STATE, other, LIBRARY, None)
    worked_until(stage, bench, lambda shown: shown.is_settled, other)
    assert shown_in(stage).transfer.name == "skin"


def test_another_region_takes_the_last_ones_place_and_nothing_stands_between(
    gl_context, stage, bench
):
    """Bug: with the values the normals go, and nothing is drawn until a second has made new ones.

    In the end the picture is the one of a stage that never drew anything else.
    """
    stage.sync(None, STATE, LIBRARY, None)
    worked_until(stage, bench, lambda shown: shown.is_settled)
    lungs = replace(STATE, items=(volume_item(look=VolumeLook(preset="lung")),))
    stage.sync(STATE, lungs, LIBRARY, None)
    frames = worked_until(stage, bench, lambda shown: shown.is_settled, lungs)
    assert [(is_visible, is_coarse) for is_visible, is_coarse, _ in frames] == [
        (True, False) for _ in frames
    ]
    own_bench = Later()
    with Stage(gl_context, size=SIZE, makers=MAKERS, bench=own_bench) as other:
        other.quality = MOVING
        other.sync(None, lungs, LIBRARY, None)
        alone = worked_until(other, own_bench, lambda shown: shown.is_settled, lungs)
    np.testing.assert_array_equal(frames[-1][2], alone[-1][2])


def test_pictures_of_a_file_are_never_coarse(gl_context):
    """`shot`, films and tests draw where they are: the first frame is the fine one."""
    with Stage(gl_context, size=SIZE, makers=MAKERS) as stage:
        stage.sync(None, STATE, LIBRARY, None)
        assert shown_in(stage).is_visible
        assert not shown_in(stage).is_coarse
        assert stage.is_settled


def test_a_volume_that_goes_while_it_is_coarse_leaves_nothing(gl_context, stage, bench):
    """The coarse level has textures of its own."""
    objects = gl_context.gsg.get_prepared_objects()
    counts = []
    for _ in range(4):
        stage.sync(None, STATE, LIBRARY, None)
        worked_until(stage, bench, lambda shown: shown.is_coarse)
        stage.sync(None, state_of(), Library(), None)
        for _ in range(3):
            stage.draw()
        counts.append(objects.get_num_prepared_textures())
        assert not bench.waiting
    assert counts[-1] == counts[1]
