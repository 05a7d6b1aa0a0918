"""Raw window events become what a person did, and nothing that a panel claimed."""

from __future__ import annotations

from metaviewer.desktop.translate import Frame, Hand, translate
from metaviewer.desktop.window_seat import let_go, view_at
from metaviewer.interact import Tools, step
from metaviewer.render import RawEvent
from metaviewer.scene import Camera, Pointer, Press, State, View, ViewId


def down(name: str) -> RawEvent:
    return RawEvent(kind="down", name=name)


def up(name: str) -> RawEvent:
    return RawEvent(kind="up", name=name)


def frame(*events, at=(100.0, 100.0), now_s=1.0, on_panel=False, typing=False) -> Frame:
    return Frame(
        events=events,
        pointer_px=at,
        now_s=now_s,
        seconds=0.02,
        panels_want_pointer=on_panel,
        panels_want_keys=typing,
    )


def test_two_quick_presses_at_one_place_are_a_double_click_and_a_third_begins_anew():
    hand, clicks = Hand(), []
    for now_s in (1.0, 1.2, 1.4):
        given = translate(hand, frame(down("mouse1"), up("mouse1"), now_s=now_s))
        clicks += [act.clicks for act in given.acts if act.deed == "press"]
        hand = given.hand
    assert clicks == [1, 2, 1]


def test_a_press_on_a_panel_never_reaches_the_picture_but_reaches_the_panel():
    given = translate(Hand(), frame(down("mouse1"), down("wheel_up"), on_panel=True))
    assert [act.deed for act in given.acts] == ["move"]
    assert given.panel_input.buttons == ((0, True),)
    assert given.panel_input.wheel == 1.0


def test_a_drag_that_began_on_the_picture_ends_there_even_over_a_panel():
    """Otherwise the patient goes on turning after the button is up."""
    hand = translate(Hand(), frame(down("mouse1"))).hand
    given = translate(hand, frame(up("mouse1"), on_panel=True))
    assert [act.deed for act in given.acts] == ["release"]


def test_right_is_secondary_for_the_picture_and_button_one_for_panels():
    """Panda3D counts left, middle, right; ImGui left, right, middle."""
    given = translate(Hand(), frame(down("mouse3")))
    assert given.acts[-1].button == "secondary"
    assert given.panel_input.buttons == ((1, True),)


def test_control_and_z_are_one_key_and_type_nothing():
    given = translate(
        Hand(),
        frame(down("control"), down("lcontrol"), RawEvent(kind="typed", name="z"), down("z")),
    )
    assert given.keys == ("control-z",)
    assert given.panel_input.typed == ""


def test_letters_typed_into_a_field_do_nothing_else():
    given = translate(Hand(), frame(RawEvent(kind="typed", name="f"), down("f"), typing=True))
    assert given.keys == ()
    assert given.panel_input.typed == "f"


def test_flying_keys_act_while_they_are_held():
    given = translate(Hand(), frame(down("w"), down("d")))
    assert given.fly_axes == (1.0, 1.0, 0.0)
    assert translate(given.hand, frame(up("w"), up("d"))).fly_axes == (0.0, 0.0, 0.0)


def test_the_view_under_the_pointer_is_found_with_y_down():
    camera = Camera(eye_m=(0.0, -2.0, 0.0), target_m=(0.0, 0.0, 0.0))
    top = View(id=ViewId("top"), kind="space", camera=camera, rect=(0.0, 0.5, 1.0, 0.5))
    low = View(id=ViewId("low"), kind="space", camera=camera, rect=(0.0, 0.0, 1.0, 0.5))
    state = State(views=(top, low))
    assert view_at(state, (10.0, 10.0), (200, 200)) is top
    assert view_at(state, (10.0, 190.0), (200, 200)) is low
    assert view_at(state, (-1.0, 10.0), (200, 200)) is None


def test_who_enters_the_headset_in_a_drag_lets_go_of_it_and_clicks_nothing():
    """Left open, the drag turns the scene when the pointer moves after the headset."""
    camera = Camera(eye_m=(0.0, -2.0, 0.0), target_m=(0.0, 0.0, 0.0))
    state = State(views=(View(id=ViewId("space"), kind="space", camera=camera),))
    at = Pointer(view=ViewId("space"), position=(0.5, 0.5))
    hand = translate(Hand(), frame(down("mouse1"), down("mouse3"))).hand
    pressed, _ = step(state, Tools(), [Press(pointer=at, button="primary")], {})
    assert pressed.drag is not None
    hand, releases = let_go(hand)
    tools, commands = step(state, pressed, releases, {})
    assert (tools.drag, commands) == (None, ())
    assert [release.button for release in releases] == ["primary", "secondary"]
    given = translate(hand, frame(up("mouse1"), up("mouse3")))
    assert given.acts == ()
