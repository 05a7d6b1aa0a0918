"""Light on samples and surfaces on both sides."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.render.shading import (
    head_lit_colour,
    lit_colour,
    rim_opacity,
    surface_light,
    surface_share,
)

RGB = (0.8, 0.5, 0.2)
TOWARD = np.array([0.0, 0.6, 0.8])
LIGHT = np.array([-0.48, -0.6, 0.64])
NORMALS = np.random.default_rng(8).normal(size=(60, 3))
NORMALS /= np.linalg.norm(NORMALS, axis=1, keepdims=True)


def test_surface_share_agrees(evaluate_glsl):
    strength = np.linspace(0.0, 200.0, 101)
    on_gpu = evaluate_glsl("medical/shading.glsl", "surface_share(x, vec2(15.0, 110.0))", strength)
    on_cpu = surface_share(strength, gradient_range=(15.0, 110.0))
    np.testing.assert_allclose(on_gpu, on_cpu, atol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_lit_colour_agrees(evaluate_glsl, share):
    """A normal that is not turned to the viewer is black on one side of every organ."""
    expression = "lit_colour(u_rgb, x, u_share, u_toward, u_light, vec2(0.7, 0.5))"
    on_gpu = evaluate_glsl(
        "medical/shading.glsl",
        expression,
        NORMALS,
        gives=3,
        u_rgb=RGB,
        u_share=share,
        u_toward=TOWARD,
        u_light=LIGHT,
    )
    on_cpu = [
        lit_colour(RGB, n, share=share, toward=TOWARD, light=LIGHT, open_reach=(0.7, 0.5))
        for n in NORMALS
    ]
    np.testing.assert_allclose(on_gpu, on_cpu, atol=2e-5)


def test_head_light_agrees(evaluate_glsl):
    on_gpu = evaluate_glsl(
        "medical/shading.glsl",
        "head_lit_colour(u_rgb, x, u_toward)",
        NORMALS,
        gives=3,
        u_rgb=RGB,
        u_toward=TOWARD,
    )
    on_cpu = [head_lit_colour(RGB, n, toward=TOWARD) for n in NORMALS]
    np.testing.assert_allclose(on_gpu, on_cpu, atol=1e-5)


def test_surface_light_agrees(evaluate_glsl):
    on_gpu = evaluate_glsl(
        "medical/surface_light.glsl",
        "surface_light(u_rgb, x, u_eye, u_light)",
        NORMALS,
        gives=3,
        u_rgb=RGB,
        u_eye=-TOWARD,
        u_light=LIGHT,
    )
    on_cpu = [surface_light(RGB, n, eye=-TOWARD, light=LIGHT) for n in NORMALS]
    np.testing.assert_allclose(on_gpu, on_cpu, atol=2e-5)


def test_rim_opacity_agrees(evaluate_glsl):
    facing = np.linspace(0.0, 1.0, 51)
    on_gpu = evaluate_glsl("medical/surface_light.glsl", "rim_opacity(0.3, x)", facing)
    np.testing.assert_allclose(on_gpu, rim_opacity(0.3, facing), atol=1e-5)
