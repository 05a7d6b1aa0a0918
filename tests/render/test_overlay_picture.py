"""What must stand in every picture stands in it, on every kind of view and in both languages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaviewer.frames import WORLD_FROM_LPS
from metaviewer.medical.slices import box_lps_mm
from metaviewer.render import overlay_marks
from metaviewer.render.eye import eye_of, picture_point
from metaviewer.render.overlay_layout import BADGE_INK, FAINT_INK, WARNING_INK
from metaviewer.render.overlay_marks import length_words, scale_bar, side_letters
from metaviewer.render.overlay_words import BADGE_WORDS_ZH, badge_line, hidden_line
from metaviewer.render.shown_volume import ShownVolume
from metaviewer.render.stage import Stage
from metaviewer.scene import Camera, Library, VolumeLook
from tests.render.gl import ball_volume, front_view, state_of, volume_item

SIZE = (320, 240)
BADGES = (
    "lossy", "resampled", "sheared", "irregular_spacing", "gap", "reduced", "single_slice",
    "derived", "unit_assumed", "unregistered", "ai_not_reviewed", "made", "incomplete",
    "substituted", "decomposition_cycle", "far_from_origin", "jail_layer_missing", "coarse",
)  # fmt: skip


@pytest.fixture
def stage(gl_context):
    with Stage(gl_context, size=SIZE, makers={"volume": ShownVolume}) as stage:
        yield stage


def inked(picture: np.ndarray, ink: tuple[int, ...]) -> np.ndarray:
    """Pixels of a thin stroke of that ink: bright, and of its hue (small letters are all edges)."""
    red, green, blue = np.moveaxis(picture.astype(float), 2, 0)
    is_warm = ink[0] > 1.5 * ink[2]
    hue = (red > 1.3 * blue) & (np.abs(green / np.maximum(red, 1.0) - ink[1] / ink[0]) < 0.09)
    return (red > 90) & (hue if is_warm else (blue > red))


def picture_of(stage: Stage, state) -> np.ndarray:
    stage.sync(None, state, Library({"volume": ball_volume()}), None)
    stage.draw()
    return stage.picture()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["space", "axial", "coronal", "sagittal"])
def test_every_view_says_that_it_is_not_for_diagnosis(stage, kind, language):
    """Lower right, in the colour of a warning; a slice view has its own path to the picture."""
    view = replace(front_view(), kind=kind, slice_volume="volume")
    picture = picture_of(stage, state_of(volume_item(), view=view, language=language))
    assert inked(picture, WARNING_INK)[-30:, 160:].sum() > 60
    assert inked(picture, WARNING_INK)[:40].sum() < 5


def test_each_of_several_views_says_it(stage):
    views = [replace(front_view(), id=f"v{n}", rect=(n / 2, 0.0, 0.5, 1.0)) for n in (0, 1)]
    state = replace(state_of(volume_item()), views=tuple(views))
    picture = picture_of(stage, state)
    for half in (picture[:, :160], picture[:, 160:]):
        assert inked(half, WARNING_INK)[-30:].sum() > 60


def test_an_empty_scene_says_it(stage):
    assert inked(picture_of(stage, state_of()), WARNING_INK)[-30:].sum() > 60


def test_badges_and_the_patient_stand_in_the_corner(stage, monkeypatch):
    """All of the upper left is theirs: the look beside them is broken before it reaches here."""
    monkeypatch.setattr(overlay_marks, "BODY_PX_MIN", np.inf)  # the S stands in the very middle
    item = volume_item(patient="3fa9c2d1", badges=("lossy",))
    with_both = picture_of(stage, state_of(item))[:60, :160]
    without = picture_of(stage, state_of(replace(item, patient="", badges=())))[:60, :160]
    assert inked(with_both, BADGE_INK).sum() > 30
    assert inked(without, BADGE_INK).sum() == 0
    assert inked(with_both, FAINT_INK).sum() > 60
    assert inked(without, FAINT_INK).sum() == 0


def test_the_look_that_is_on_is_named(stage):
    """Lit and diagnostic pictures differ in what they may be used for; their words differ too."""
    lit = picture_of(stage, state_of(volume_item()))[:30, 160:]
    look = VolumeLook(preset="bone", shading="diagnostic")
    diagnostic = picture_of(stage, state_of(volume_item(look=look)))[:30, 160:]
    assert inked(lit, FAINT_INK).sum() > 60
    assert (inked(lit, FAINT_INK) ^ inked(diagnostic, FAINT_INK)).sum() > 40


def letters_from(camera: Camera) -> dict[str, tuple[float, float]]:
    eye = eye_of(camera, aspect=4 / 3)
    found = side_letters(ball_volume(), volume_item(), eye=eye, size_px=SIZE)
    return {letter.letter: (letter.x, letter.y) for letter in found}


def test_letters_stand_on_the_sides_they_name():
    """From the front the patient's left is on the right; from behind it changes sides."""
    front = letters_from(Camera(eye_m=(0, -0.2, 0), target_m=(0, 0, 0)))
    assert front["L"][0] > 0.6 > 0.4 > front["R"][0]
    assert front["S"][1] > 0.6 > 0.4 > front["I"][1]
    assert "P" not in front
    back = letters_from(Camera(eye_m=(0, 0.2, 0), target_m=(0, 0, 0)))
    assert back["L"][0] < 0.4 < 0.6 < back["R"][0]
    assert "A" not in back


def test_letters_turn_with_the_body():
    """They belong to the item, not to the world: turned half around, left and right change."""
    turned = WORLD_FROM_LPS @ np.diag([-1.0, -1.0, 1.0, 1.0])
    eye = eye_of(Camera(eye_m=(0.06, -0.16, 0.1), target_m=(0, 0, 0)), aspect=4 / 3)
    item = volume_item(world_from_item=turned)
    found = {s.letter: s.x for s in side_letters(ball_volume(), item, eye=eye, size_px=SIZE)}
    assert found["L"] < 0.4 < 0.6 < found["R"]
    assert "P" in found
    assert "A" not in found


def test_no_letter_stands_over_what_is_looked_at():
    """From the front an A would stand over the heart; the four around it say the same."""
    assert set(letters_from(Camera(eye_m=(0, -0.2, 0), target_m=(0, 0, 0)))) == set("LRSI")
    from_iso = letters_from(Camera(eye_m=(0.12, -0.16, 0.1), target_m=(0, 0, 0)))
    assert {"A", "L", "S"} <= set(from_iso)


def test_a_letter_stands_outside_the_body_even_on_a_side_that_is_turned_away():
    """The right side of a near cube, turned a little away, lies behind its front in the picture."""
    camera = Camera(eye_m=(0.05, -0.15, 0.02), target_m=(0, 0, 0))
    eye = eye_of(camera, aspect=4 / 3)
    corners = np.indices((2, 2, 2)).reshape(3, -1).T * 0.039 - 0.0195
    seen = np.array([picture_point(eye, corner)[:2] for corner in corners])
    assert letters_from(camera)["R"][0] < seen[:, 0].min()
    assert letters_from(camera)["L"][0] > seen[:, 0].max()


def test_a_body_far_away_has_no_letters():
    assert letters_from(Camera(eye_m=(0, -5.0, 0), target_m=(0, 0, 0))) == {}


@pytest.mark.parametrize(
    ("mm_per_px", "words"), [(1.0, "5 cm"), (0.1, "5 mm"), (0.05, "2 mm"), (50.0, "2 m")]
)
def test_the_bar_is_the_longest_round_length_that_fits(mm_per_px, words):
    bar = scale_bar(mm_per_px, width_px=320)
    assert bar is not None
    assert bar.words == words
    assert bar.length_px <= 0.24 * 320


def test_round_lengths_change_their_unit():
    assert [length_words(mm) for mm in (0.5, 5.0, 20.0, 2000.0)] == [
        "0.5 mm",
        "5 mm",
        "2 cm",
        "2 m",
    ]


def test_every_badge_has_chinese_words():
    assert set(BADGE_WORDS_ZH) == set(BADGES)


def test_badges_are_said_once_and_hidden_items_say_nothing():
    items = [volume_item(badges=("gap", "made")), volume_item(badges=("made",))]
    hidden = volume_item(badges=("lossy",), visible=False)
    assert badge_line([*items, hidden], ("reduced",), language="en") == "gap · made · reduced"


def test_scans_that_are_loaded_and_not_seen_are_named():
    """A surgeon who does not know of the MR looks no further."""
    shown, *others = (volume_item(title=f"MR {n}", visible=n == 0) for n in range(4))
    assert hidden_line([shown], language="en") == ""
    assert hidden_line([shown, others[0]], language="en") == "also loaded, hidden: MR 1"
    said = hidden_line([shown, *others], language="en")
    assert said == "also loaded, hidden: MR 1, MR 2 and 1 more"
    assert "MR 1" in hidden_line([shown, others[0]], language="zh")


def test_a_hidden_scan_is_named_on_the_picture(stage):
    item = volume_item(title="MR 9 x 9 x 9")
    hidden = replace(item, id="other", visible=False)
    plain = picture_of(stage, state_of(item))[:60, :160]
    named = picture_of(stage, state_of(item, hidden))[:60, :160]
    assert inked(named, FAINT_INK).sum() > inked(plain, FAINT_INK).sum() + 60


def test_the_box_is_that_of_the_voxel_centres():
    np.testing.assert_allclose(box_lps_mm(ball_volume()), [[-19.5] * 3, [19.5] * 3])
