"""Labels: their words, their places, and that no two touch; drawn in one Geom."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaviewer.render.building_cull import clip_from_world
from metaviewer.render.building_shown import BuildingMaker
from metaviewer.render.eye import eye_of
from metaviewer.render.labels_building import building_labels
from metaviewer.render.labels_font import load_label_font
from metaviewer.render.labels_layout import (
    CELL_PX,
    LABELS_MAX,
    LEADER_PX,
    PAD_PX,
    Glyph,
    LabelStyle,
    box_cover,
    fits_floor,
    label_quads,
    projected_px,
    uncluttered,
)
from metaviewer.render.labels_shown import LETTER_PX, label_style
from metaviewer.render.labels_text import (
    RANK_ALARM,
    RANK_ROOM,
    RANK_ROOM_BY_CONTENTS,
    Label,
    LiveTexts,
    room_labels,
    room_title,
    value_text,
)
from metaviewer.render.stage import Stage
from metaviewer.scene import BuildingLook, Camera, Item, Library, State, View
from metaviewer.twin import KINDS, Columns, Point, Standing
from tests.render.boxes import Box, building_of
from tests.render.contrast import CONTRAST_MIN, GROUNDS, contrast

TEMPERATURE = Point(
    name="t", kind="temperature", model_id="", global_id="room", unit="Cel", limit_s=45.0
)
ALARM = Point(
    name="a",
    kind="alarm",
    model_id="",
    global_id="monitor",
    unit="",
    limit_s=9.0,
    states=KINDS["alarm"].states,
)
BED = Point(
    name="b",
    kind="bed_state",
    model_id="",
    global_id="bed",
    unit="",
    limit_s=60.0,
    states=KINDS["bed_state"].states,
)


@pytest.mark.parametrize(
    ("standing", "text"),
    [
        (Standing.FRESH, "21.4 °C"),
        (Standing.AGEING, "21.4 °C  42 s"),
        (Standing.STALE, "[21.4] 42 s"),
        (Standing.BAD, "?"),
        (Standing.OUT_OF_SERVICE, "?"),
        (Standing.NO_DATA, "?"),
    ],
)
def test_a_value_never_comes_without_its_age_once_it_ages(standing, text):
    assert value_text(TEMPERATURE, 21.4, standing, 42.0) == text


def test_states_are_words_and_no_value_is_a_question():
    assert value_text(BED, 2.0, Standing.FRESH, 1.0) == "cleaning"
    assert value_text(BED, 9.0, Standing.FRESH, 1.0) == "?"
    assert value_text(TEMPERATURE, np.nan, Standing.FRESH, 1.0) == "?"


def ward(*more: Box):
    return building_of(
        Box(
            low=(0, 0, 0), high=(6, 4, 3), ifc_class="IfcSpace", name="1D09", long_name="EXAM ROOM"
        ),
        Box(low=(6, 0, 0), high=(7, 4, 3), ifc_class="IfcSpace", name="1D10", long_name="WC"),
        Box(low=(1, 1, 0), high=(2, 3, 1), name="Bed 1", global_id="bed"),
        Box(low=(2, 2, 1), high=(2.2, 2.2, 1.5), name="Monitor 1", global_id="monitor"),
        *more,
    )


def test_a_room_is_called_by_number_and_name_and_small_rooms_may_go_by_number():
    building = ward()
    assert room_title(building.elements, 0) == "1D09\nExam room"
    texts = [(label.text, label.rank) for label in room_labels(building)]
    assert texts == [
        ("1D09\nExam room", RANK_ROOM),
        ("1D09", RANK_ROOM + 1),
        ("1D10\nWC", RANK_ROOM),
        ("1D10", RANK_ROOM + 1),
    ]


def live(*values: float, standing: int = 0) -> LiveTexts:
    points = (TEMPERATURE, ALARM, BED)
    nothing = np.zeros(len(points))
    columns = Columns(
        points=points,
        values=np.array(values),
        quality=np.zeros(len(points), dtype=np.uint8),
        source_s=nothing,
        received_s=nothing,
        changed_s=nothing,
    )
    return LiveTexts(
        columns=columns, standing=np.full(len(points), standing, dtype=np.uint8), now_s=12.0
    )


def test_an_alarm_is_told_even_under_a_roof_first_of_all_and_with_its_glyph():
    nothing_hidden = np.zeros(4, dtype=bool)
    (alarm,) = building_labels(
        ward(), BuildingLook(), hidden=nothing_hidden, live=live(21.0, 3.0, 1.0)
    )
    assert alarm.text.startswith("▲ Monitor 1")
    assert alarm.rank == RANK_ALARM + 1
    assert alarm.badge == KINDS["alarm"].fills[3]
    look = BuildingLook(storey_top=0, colour_by="live")
    labels = building_labels(ward(), look, hidden=nothing_hidden, live=live(21.0, 1.0, 2.0))
    assert [label.text.split("\n")[0] for label in labels[:2]] == ["● Monitor 1", "cleaning"]
    quiet = building_labels(
        ward(), BuildingLook(), hidden=nothing_hidden, live=live(21.0, 0.0, 1.0)
    )
    assert quiet == ()


def test_what_is_hidden_has_no_label():
    hidden = np.array([True, False, True, True])
    look = BuildingLook(storey_top=0, colour_by="live")
    labels = building_labels(ward(), look, hidden=hidden, live=live(21.0, 3.0, 1.0))
    assert {label.element for label in labels} == {1}


# Places

GLYPHS = {
    letter: Glyph(left=1, bottom=0, right=7, top=9, uv=(0, 0, 0.1, 0.1), advance=8)
    for letter in "ab"
}
INK = (1, 2, 3, 255)
STYLE = LabelStyle(
    ink=INK,
    faint_ink=INK,
    plate=(9, 9, 9, 200),
    leader=INK,
    floor_plate=(8, 8, 8, 99),
    floor_inks=(INK, INK),
    line_px=16.0,
    ascent_px=11.0,
)


def label(text: str, **fields) -> Label:
    return Label(anchor_site_m=(0, 0, 0), text=text, rank=0, element=0, **fields)


def test_letters_stand_inside_their_plate_on_whole_pixels_above_the_leader():
    made = label_quads([label("ab\nb")], np.zeros((1, 3)), glyphs=GLYPHS, style=STYLE)
    left, bottom, right, top = made.boxes_px[0]
    assert bottom == LEADER_PX
    assert right - left == 2 * 8 + 2 * PAD_PX[0]
    letters = made.vertices[made.vertices["half"][:, 0] == 0.0]
    assert len(letters) == 3 * 4
    assert (letters["offset"][:, 0] >= left).all()
    assert (letters["offset"][:, 0] <= right).all()
    assert (letters["offset"][:, 1] >= bottom).all()
    assert (letters["offset"][:, 1] <= top).all()
    assert (letters["offset"] % 1 == 0).all()  # off the grid letters blur


def test_a_label_that_was_laid_out_before_is_the_same_at_another_place_and_of_another_colour():
    """Pieces kept by their text alone would give an alarm the stripe of the one before."""
    red, blue = (200, 0, 0), (0, 0, 200)
    labels = [label("AB", badge=red), label("AB", badge=blue), label("AB")]
    places = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    known: dict = {}
    for at in (places, places[::-1]):
        fresh = label_quads(labels, at, glyphs=GLYPHS, style=STYLE)
        again = label_quads(labels, at, glyphs=GLYPHS, style=STYLE, known=known)
        np.testing.assert_array_equal(fresh.vertices, again.vertices)
        np.testing.assert_array_equal(fresh.boxes_px, again.boxes_px)
        for number in range(3):
            of_label = again.vertices[again.vertices["label"] == number]
            assert (of_label["anchor"] == at[number]).all()
            for colour, owner in ((red, 0), (blue, 1)):
                has_stripe = (of_label["colour"][:, :3] == colour).all(axis=1).any()
                assert has_stripe == (number == owner)
    assert len(known) == 3


def test_letters_that_the_font_lacks_are_left_out_and_do_not_fail():
    made = label_quads([label("a\u2603b")], np.zeros((1, 3)), glyphs=GLYPHS, style=STYLE)
    assert (made.vertices["half"][:, 0] == 0.0).sum() == 2 * 4


@given(
    places=st.lists(st.tuples(st.floats(-50, 450), st.floats(-50, 350)), max_size=60),
    data=st.data(),
)
def test_no_two_shown_labels_touch_and_none_leaves_the_picture(places, data):
    count = len(places)
    at = np.array(places).reshape(-1, 2)
    sizes = np.array(
        data.draw(
            st.lists(
                st.tuples(st.floats(10, 120), st.floats(10, 50)), min_size=count, max_size=count
            )
        )
    ).reshape(-1, 2)
    boxes = np.hstack([-sizes / 2, sizes / 2])
    rank = np.arange(count) % 3
    depth = np.linspace(1, 9, count)
    shown = np.flatnonzero(uncluttered(at, depth, boxes, rank, size_px=(400, 300)))
    low, high = at + boxes[:, :2], at + boxes[:, 2:]
    assert (low[shown] >= -CELL_PX).all()
    assert (high[shown] <= np.array([400, 300]) + CELL_PX).all()
    for one in shown:
        for other in shown[shown > one]:
            apart = (high[one] <= low[other]) | (high[other] <= low[one])
            assert apart.any()


def test_the_important_label_stays_and_there_is_an_end_to_them():
    at, boxes = np.full((2, 2), 100.0), np.tile([-20.0, -8.0, 20.0, 8.0], (2, 1))
    far_alarm = uncluttered(
        at, np.array([1.0, 50.0]), boxes, np.array([RANK_ROOM, RANK_ALARM]), size_px=(400, 300)
    )
    assert far_alarm.tolist() == [False, True]
    behind = uncluttered(at, np.array([-1.0, -1.0]), boxes, np.array([0, 0]), size_px=(400, 300))
    assert not behind.any()
    grid = np.indices((30, 30)).reshape(2, -1).T * 40.0 + 30.0
    many = uncluttered(
        grid,
        np.ones(900),
        np.tile([-9.0, -9, 9, 9], (900, 1)),
        np.zeros(900, int),
        size_px=(1300, 1300),
    )
    assert many.sum() == LABELS_MAX


def test_a_floor_smaller_than_its_words_carries_none():
    boxes = np.array([[-30.0, -10, 30, 10]] * 3)
    wide = np.array([(0, 0), (0, 40), (70, 0), (70, 40)], dtype=float)
    corners = np.array([wide, wide * 0.5, np.full((4, 2), np.nan)])
    fits = fits_floor(boxes, corners, np.ones((3, 4)))
    assert fits.tolist() == [True, False, True]


def test_anchors_project_to_the_pixels_of_the_picture():
    eye = eye_of(Camera(eye_m=(0, -10, 0), target_m=(0, 0, 0), orthographic_height_m=10), aspect=2)
    at, depth = projected_px(
        np.array([(0.0, 0, 0), (5.0, 3, 2.5)]), clip_from_world(eye), size_px=(400, 200)
    )
    np.testing.assert_allclose(at, [(200, 100), (300, 150)])
    assert (depth > 0).all()


def test_a_box_covers_its_middle_and_half_of_its_edge():
    half = np.array([20.0, 8.0])
    cover = box_cover(np.array([(0.0, 0), (20, 0), (0, 8), (20, 8), (22, 0)]), half)
    np.testing.assert_allclose(cover, [1, 0.5, 0.5, 0, 0])


# Drawn


def test_the_shipped_font_has_the_letters_that_labels_use(gl_context):
    """An absent letter is a hole in a label: digits, units, glyphs of alarms, Chinese."""
    letters = set("0123456789[]?.°C/min▲◆●…病房监护")
    assert set(load_label_font(LETTER_PX).glyphs(letters)) == letters


SIZE = (320, 240)
ABOVE = Camera(
    eye_m=(4.0, 2.0, 30.0), target_m=(4.0, 2.0, 0.0), up=(0, 1, 0), orthographic_height_m=9.0
)


def pictures(gl_context, *, names: tuple[str, ...] = ("ward",), **fields) -> tuple:
    """The plan of the ward without labels, and with them."""
    building = ward()
    library = Library()
    for name in names:
        library = library.with_datum(name, building)
    items = tuple(
        Item(id=name, kind="building", data_id=name, look=BuildingLook(storey_top=0))
        for name in names
    )
    drawn = []
    with Stage(gl_context, size=SIZE, makers={"building": BuildingMaker()}) as stage:
        before = None
        for show in (False, True):
            view = View(id="view", kind="space", camera=ABOVE)
            state = State(items=items, views=(view,), show_labels=show, **fields)
            stage.sync(before, state, library, None)
            stage.draw()
            drawn.append(stage.picture().astype(int))
            before = state
    return tuple(drawn)


def test_a_room_s_name_is_written_on_its_floor_and_only_there(gl_context):
    """Dark letters near the middle of the room; elsewhere nothing changes, and two models that know
    the same room name it once."""
    without, with_labels = pictures(gl_context)
    changed = np.abs(with_labels - without).max(axis=2) > 8
    rows = np.nonzero(changed)[0]
    middle = (SIZE[1] / 2, SIZE[0] / 2 - (4.0 - 3.0) / 9.0 * SIZE[1])
    assert abs(rows.mean() - middle[0]) < 12
    assert changed[:, : int(middle[1] - 60)].sum() == 0
    assert with_labels[changed].min() < 90
    twice = pictures(gl_context, names=("one", "two"))[1]
    np.testing.assert_allclose(twice, with_labels, atol=3)


def test_rooms_by_their_contents_give_way_to_rooms_with_a_body():
    building = ward()
    placed = building.shapes.placed_element.copy()
    object.__setattr__(building.shapes, "placed_element", np.full_like(placed, 2))
    assert {label.rank for label in room_labels(building)} == {
        RANK_ROOM_BY_CONTENTS,
        RANK_ROOM_BY_CONTENTS + 1,
    }


def test_a_blank_takes_room_but_has_no_box():
    """Panda3D leaves the box of a blank uninitialised: a label then reaches to infinity."""
    glyphs = load_label_font(20.0).glyphs({" ", "A"})
    blank = glyphs[" "]
    assert (blank.left, blank.bottom, blank.right, blank.top) == (0.0, 0.0, 0.0, 0.0)
    assert blank.advance > 0.0
    assert glyphs["A"].top > glyphs["A"].bottom


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_label_is_read_over_bright_walls_and_dark_floors(theme, ground):
    """The second line of a room's label had 2.7 to 1 over a hatched floor."""
    style = label_style(theme, load_label_font(LETTER_PX))
    pairs = [(ink, style.plate) for ink in (style.ink, style.faint_ink)]
    pairs += [(ink, style.floor_plate) for ink in style.floor_inks]
    for ink, plate in pairs:
        assert contrast(ink, plate, ground) >= CONTRAST_MIN, (ink, plate)
