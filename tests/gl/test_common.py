"""Shared shader parts against their numpy twins, over inputs where the likely slips show."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.render import colour, place
from metaviewer.render.eye import eye_of, ray_inputs, ray_through
from metaviewer.render.load_shader import _input_values
from metaviewer.render.view_inputs import eye_distance_mm, is_clipped, toward_eye, view_inputs
from metaviewer.scene import Camera

GREYS = np.concatenate([np.linspace(0.0, 1.0, 101), [0.0031308, 0.04045, 0.00313]])
CLIP = ((0.6, 0.8, 0.0, -0.1), (0.0, 0.0, -1.0, 0.3))


def uniforms_of(*values) -> dict:
    return {name: value for one in values for name, value in _input_values(one).items()}


def directions(count: int = 300) -> np.ndarray:
    """Unit vectors all around, the axes and their seams among them."""
    n = np.random.default_rng(3).normal(size=(count, 3))
    n = np.concatenate([n, np.eye(3), -np.eye(3), [[1, 1, 0], [-1, 0, -1], [0, -1, -1]]])
    return n / np.linalg.norm(n, axis=1, keepdims=True)


@pytest.mark.parametrize("name", ["linear_from_srgb", "srgb_from_linear", "filmic"])
def test_colours_go_the_same_way_on_both_sides(evaluate_glsl, name):
    """A power of 2.2 in the place of the sRGB curve is off by 0.03 in the shadows."""
    on_gpu = evaluate_glsl("common/colour.glsl", f"{name}(vec3(x)).g", GREYS)
    np.testing.assert_allclose(on_gpu, getattr(colour, name)(GREYS), atol=2e-5)


def test_linear_and_srgb_are_inverse():
    np.testing.assert_allclose(
        colour.srgb_from_linear(colour.linear_from_srgb(GREYS)), GREYS, atol=1e-6
    )


def test_a_normal_packed_in_one_float_comes_back(evaluate_glsl):
    """`sign()` is 0 on the axes: the folded half then loses its normals (the seam directions)."""
    n = directions()
    packed = evaluate_glsl("common/place.glsl", "packed_normal(x)", n)
    assert (packed == np.floor(packed)).all()
    assert packed.max() < 2**24
    there = evaluate_glsl("common/place.glsl", "unpacked_normal(x)", packed, gives=3)
    np.testing.assert_allclose(there, place.unpacked_normal(packed), atol=1e-5)
    assert np.degrees(np.arccos(np.clip((there * n).sum(axis=1), -1.0, 1.0))).max() < 0.1


def test_packing_agrees_with_its_twin(evaluate_glsl):
    """Half a step of rounding may fall either way in float32, a swapped axis may not."""
    n = directions()
    on_gpu = place.unpacked_normal(evaluate_glsl("common/place.glsl", "packed_normal(x)", n))
    on_cpu = place.unpacked_normal(place.packed_normal(n))
    np.testing.assert_allclose(on_gpu, on_cpu, atol=2e-3)


def test_octahedral_agrees_with_its_twin(evaluate_glsl):
    on_gpu = evaluate_glsl("common/place.glsl", "octahedral(x)", directions(), gives=2)
    np.testing.assert_allclose(on_gpu, place.octahedral(directions()), atol=1e-5)


@pytest.mark.parametrize("height_m", [None, 0.4])
def test_rays_agree_with_their_twin(evaluate_glsl, height_m):
    """A swapped slope or a half-size slip moves every ray but the middle one."""
    camera = Camera(eye_m=(1, -3, 2), target_m=(0, 0.2, 0.1), orthographic_height_m=height_m)
    eye = eye_of(camera, aspect=1.5)
    uv = np.array([[0.5, 0.5], [0.1, 0.9], [0.8, 0.2], [0.0, 0.0]])
    uniforms = uniforms_of(ray_inputs(eye))
    toward = evaluate_glsl("common/ray.glsl", "ray_toward(x)", uv, gives=3, **uniforms)
    origin = evaluate_glsl("common/ray.glsl", "ray_origin_world_m(x)", uv, gives=3, **uniforms)
    rays = [ray_through(eye, x=u, y=v) for u, v in uv]
    np.testing.assert_allclose(toward, [ray.direction for ray in rays], atol=1e-6)
    np.testing.assert_allclose(origin, [ray.origin_m for ray in rays], atol=1e-6)


@pytest.mark.parametrize("height_m", [None, 2.0])
def test_view_functions_agree_with_their_twins(evaluate_glsl, height_m):
    """Distance along the view and distance from the eye differ away from the middle only."""
    camera = Camera(eye_m=(1, -3, 2), target_m=(0, 0, 0), orthographic_height_m=height_m)
    eye = eye_of(camera, aspect=1.0)
    points = np.random.default_rng(5).uniform(-1.0, 1.0, (64, 3))
    uniforms = uniforms_of(view_inputs(eye, clip=CLIP, is_diagnostic=False))
    read = {"x": points, **uniforms}
    view = "common/view.glsl"
    on_gpu = evaluate_glsl(view, "eye_distance_mm(x)", **read)
    np.testing.assert_allclose(on_gpu, eye_distance_mm(points, eye=eye), rtol=1e-5)
    on_gpu = evaluate_glsl(view, "toward_eye(x)", gives=3, **read)
    np.testing.assert_allclose(on_gpu, toward_eye(points, eye=eye), atol=1e-5)
    on_gpu = evaluate_glsl(view, "is_clipped(x) ? 1.0 : 0.0", **read)
    assert (on_gpu > 0.5).tolist() == is_clipped(points, clip=CLIP).tolist()
    assert 0.0 < on_gpu.mean() < 1.0


def test_the_opaque_layout_is_what_its_readers_expect(evaluate_glsl):
    """Edges, occlusion and the picker read by position: x distance, y element, z normal, w item."""
    eye = eye_of(Camera(eye_m=(0, -2, 0), target_m=(0, 0, 0)), aspect=1.0)
    points = np.array([[0.1, 0.2, 0.3]])
    write = "vec4(0.0); write_opaque(vec3(1.0), x, vec3(0.0, 0.0, 1.0), 7.0, 3.0); y = o_place"
    uniforms = uniforms_of(view_inputs(eye, clip=(), is_diagnostic=False))
    (there,) = evaluate_glsl("common/opaque_out.glsl", write, points, gives=4, **uniforms)
    assert there[0] == pytest.approx(eye_distance_mm(points, eye=eye)[0], rel=1e-5)
    assert place.element_rows(there[None])[0] == 6
    np.testing.assert_allclose(place.unpacked_normal(there[2]), (0, 0, 1), atol=1e-3)
    assert there[3] == 3.0


def test_glass_weights_agree_with_their_twin(evaluate_glsl):
    eye_mm = np.array([1.0, 500.0, 5_000.0, 20_000.0, 1e6])
    on_gpu = evaluate_glsl("common/glass_out.glsl", "glass_weight(0.4, x)", eye_mm)
    np.testing.assert_allclose(on_gpu, place.glass_weight(0.4, eye_mm), rtol=1e-4)
