"""Every function of the building's shared GLSL, against its numpy twin."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.render import building_tone, edges_ink, element_look
from metaviewer.render.building_geoms import buffer_texture
from metaviewer.render.building_vertices import direction_of, octahedral
from metaviewer.render.colour import filmic, srgb_from_linear
from metaviewer.render.element_live import (
    colour_of_value,
    element_binding,
    point_texels,
    scale_of,
)
from metaviewer.render.element_state import GHOST, LIVE, PAINTED, SELECTED, VISIBLE
from metaviewer.twin import KINDS, Columns, Point, Standing

NORMAL = np.array([0.48, -0.6, 0.64])
FAR_M = np.array([[0.3, 0.1, 0.5], [-0.4, 0.9, -0.2], [0.0, 0.0, 2.0], [1.2, -0.4, 0.1], [5, 1, 2]])


def directions() -> np.ndarray:
    """All octants, the poles and the edges where the octahedron folds."""
    grid = np.array(np.meshgrid(*[[-1.0, -0.3, 0.0, 0.7]] * 3)).reshape(3, -1).T
    grid = grid[np.abs(grid).sum(axis=1) > 0.0]
    return grid / np.linalg.norm(grid, axis=1, keepdims=True)


def test_a_direction_of_two_bytes_comes_back_on_the_gpu(evaluate_glsl):
    """A fold with the sign of zero wrong turns normals under the horizon around: seen on floors."""
    steps = octahedral(directions())
    on_gpu = evaluate_glsl("building/octahedral.glsl", "direction_of(x)", steps, gives=3)
    np.testing.assert_allclose(on_gpu, direction_of(steps), atol=1e-5)
    assert (on_gpu * directions()).sum(axis=1).min() > np.cos(np.radians(1.0))


def test_a_colour_asked_for_is_the_colour_shown(evaluate_glsl):
    """Without the inverse of the curve a legend's blue is another blue in the building."""
    grey = np.linspace(0.0, 1.0, 101)
    asked = np.column_stack([grey, grey[::-1], grey])
    on_gpu = evaluate_glsl("building/tone.glsl", "scene_from_display(x)", asked, gives=3)
    np.testing.assert_allclose(
        on_gpu, building_tone.scene_from_display(asked), rtol=2e-4, atol=1e-6
    )
    shown = srgb_from_linear(filmic(on_gpu))
    np.testing.assert_allclose(shown, np.minimum(asked, building_tone.DISPLAY_MAX), atol=2e-3)


def test_light_falls_alike(evaluate_glsl):
    toward_eye = np.array([0.6, -0.8, 0.0])
    on_gpu = evaluate_glsl(
        "building/tone.glsl",
        "building_light(x, u_toward_eye)",
        directions(),
        u_toward_eye=toward_eye,
    )
    on_cpu = building_tone.building_light(directions(), toward_eye[None])
    np.testing.assert_allclose(on_gpu, on_cpu, atol=1e-5)


@pytest.mark.parametrize("pixel_m", [0.001, 0.02, 0.07, 0.5])
def test_ink_and_occlusion_agree(evaluate_glsl, pixel_m):
    """Edges that do not fade with distance blacken a building seen from afar."""
    radius_m = edges_ink.occlusion_radius_m(pixel_m)

    def on_gpu(expression: str, x) -> np.ndarray:
        return evaluate_glsl("building/ink.glsl", expression, x, u_n=NORMAL, u_pixel_m=pixel_m)

    radius = on_gpu("occlusion_radius_m(u_pixel_m) + 0.0 * (x + u_n.x)", [0.0])
    np.testing.assert_allclose(radius, radius_m, rtol=1e-5)
    np.testing.assert_allclose(
        on_gpu("occluded(u_n, x, occlusion_radius_m(u_pixel_m))", FAR_M),
        edges_ink.occluded(NORMAL, FAR_M, radius_m=radius_m),
        atol=1e-5,
    )
    np.testing.assert_allclose(
        on_gpu("plane_ink(u_n, x, u_pixel_m, 0.4)", FAR_M * pixel_m),
        edges_ink.plane_ink(NORMAL, FAR_M * pixel_m, pixel_m=pixel_m, facing=0.4),
        atol=1e-5,
    )
    np.testing.assert_allclose(
        on_gpu("turn_ink(u_n, x, u_pixel_m)", directions()),
        edges_ink.turn_ink(NORMAL, directions(), pixel_m=pixel_m),
        atol=1e-5,
    )
    ids = np.array([0.0, 1.0, 7.0, 8.0, 2.0**23 + 1])
    np.testing.assert_allclose(
        on_gpu("id_ink(7.0, x, u_pixel_m) + 0.0 * u_n.x", ids),
        edges_ink.id_ink(7.0, ids, pixel_m=pixel_m),
        atol=1e-6,
    )


def test_dither_has_no_mean(evaluate_glsl):
    pixels = np.indices((16, 16)).reshape(2, -1).T + 0.5
    on_gpu = evaluate_glsl("building/ink.glsl", "dither(x)", pixels)
    # The fraction of a product of large factors: float32 keeps about four digits of it.
    np.testing.assert_allclose(on_gpu, edges_ink.dither(pixels), atol=2e-3)
    assert abs(on_gpu.mean()) < 0.02


@pytest.mark.parametrize("look", [0.0, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("pixel_m", [0.004, 0.03])
def test_the_looks_of_age_agree(evaluate_glsl, look, pixel_m):
    """A stale value drawn fresh is the worst thing that a picture can show."""
    colour = np.array([0.39, 0.56, 0.93])
    face_m = np.array(np.meshgrid(np.arange(40), np.arange(5))).reshape(2, -1).T * pixel_m
    on_gpu = evaluate_glsl(
        "building/live.glsl",
        "aged_colour(u_colour, u_look, x, u_pixel_m)",
        face_m,
        gives=3,
        u_colour=colour,
        u_look=look,
        u_pixel_m=pixel_m,
        **live_textures(),
    )
    on_cpu = element_look.aged_colour(colour, look, face_m, pixel_m=pixel_m)
    np.testing.assert_allclose(on_gpu, on_cpu, atol=3e-3)


def test_the_face_of_a_point_is_the_one_that_it_lies_on(evaluate_glsl):
    points = directions() * (3.0, -2.0, 5.0)
    on_gpu = evaluate_glsl(
        "building/pattern.glsl", "face_of(x * vec3(3.0, -2.0, 5.0), x)", directions(), gives=2
    )
    np.testing.assert_allclose(on_gpu, element_look.face_of(points, directions()), atol=1e-5)


POINTS = (
    Point(
        name="t",
        kind="temperature",
        model_id="",
        global_id="room",
        unit="Cel",
        limit_s=45.0,
    ),
    Point(
        name="a",
        kind="alarm",
        model_id="",
        global_id="monitor",
        unit="",
        limit_s=9.0,
        states=KINDS["alarm"].states,
    ),
    Point(
        name="h",
        kind="heart_rate",
        model_id="",
        global_id="monitor",
        unit="/min",
        limit_s=9.0,
    ),
)


def columns_of(*values: float) -> Columns:
    nothing = np.zeros(len(POINTS))
    return Columns(
        points=POINTS,
        values=np.array(values),
        quality=np.zeros(len(POINTS), dtype=np.uint8),
        source_s=nothing,
        received_s=nothing,
        changed_s=nothing,
    )


def live_textures(
    values=(27.0, 0.0, 70.0), standing=(Standing.FRESH, Standing.FRESH, Standing.FRESH)
) -> dict:
    binding = element_binding(POINTS, ("wall", "room", "monitor"))
    texels = point_texels(columns_of(*values), np.array(standing, dtype=np.uint8))
    return {
        "t_binding": buffer_texture("binding", binding.texels),
        "t_points": buffer_texture("points", texels),
        "t_scales": buffer_texture("scales", binding.scale_texels),
        "t_colours": buffer_texture("colours", binding.colour_texels),
    }


@pytest.mark.parametrize(
    ("values", "standing", "shown"),
    [
        ((27.0, 0.0, 70.0), (0, 0, 0), (None, (0, 27.0, 0), (2, 70.0, 0))),
        ((27.0, 3.0, 70.0), (1, 0, 0), (None, (0, 27.0, 1), (1, 3.0, 0))),
        ((14.0, 3.0, 70.0), (2, 5, 2), (None, (0, 14.0, 2), (2, 70.0, 2))),
        ((np.nan, 1.0, np.nan), (0, 2, 0), (None, (0, 0.0, 3), (1, 1.0, 2))),
    ],
)
def test_an_element_shows_its_value_and_an_alarm_above_it(evaluate_glsl, values, standing, shown):
    """NaN cast to a colour index is undefined; an unknown alarm must not hide a known value."""
    on_gpu = evaluate_glsl(
        "building/live.glsl",
        "live_colour(int(x))",
        [0.0, 1.0, 2.0],
        gives=4,
        **live_textures(values, standing),
    )
    for found, wanted in zip(on_gpu, shown, strict=True):
        if wanted is None:
            assert found[3] < 0.0
            continue
        point, value, look = wanted
        colour = colour_of_value(scale_of(POINTS[point]), value)
        np.testing.assert_allclose(found, [*(np.array(colour) / 255.0), look], atol=5e-3)


def test_flags_are_the_same_on_both_sides(evaluate_glsl):
    """Buffer textures keep RGBA, image textures want BGRA: a swap paints red things blue."""
    states = np.array([[255, 0, 51, VISIBLE | SELECTED], [0, 102, 0, GHOST | PAINTED | LIVE]])
    texture = buffer_texture("state", states.astype(np.uint8))
    file = "building/state.glsl"
    texels = evaluate_glsl(file, "element_state(int(x))", [0.0, 1.0], gives=4, t_state=texture)
    np.testing.assert_allclose(texels[:, :3], states[:, :3] / 255.0, atol=1e-5)
    np.testing.assert_array_equal(texels[:, 3], states[:, 3])
    for name, flag in (("VISIBLE", 1), ("GHOST", 2), ("SELECTED", 4), ("PAINTED", 8), ("LIVE", 16)):
        has = evaluate_glsl(
            file,
            f"has_flag(element_state(int(x)).a, {name}) ? 1.0 : 0.0",
            [0.0, 1.0],
            t_state=texture,
        )
        np.testing.assert_array_equal(has == 1.0, (states[:, 3] & flag) != 0)
