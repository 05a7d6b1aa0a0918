"""Rays and boxes on both sides."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.render.march import box_span, clip_span, leap_steps

MARCH = "medical/march.glsl"
LOW, HIGH = np.array([-0.2, 0.1, 0.3]), np.array([0.7, 0.6, 0.9])


def rays(count: int = 200) -> np.ndarray:
    """Directions, those along an axis among them: there 1 / 0 is the likely slip."""
    n = np.random.default_rng(1).normal(size=(count, 3))
    n = np.concatenate([n, np.eye(3), -np.eye(3)])
    return n / np.linalg.norm(n, axis=1, keepdims=True)


@pytest.mark.parametrize("origin", [(0.2, 0.3, 0.5), (-1.0, 0.3, 0.5), (5.0, 5.0, 5.0)])
def test_box_spans_agree(evaluate_glsl, origin):
    expression = "box_span(u_origin, x, u_low, u_high)"
    on_gpu = evaluate_glsl(
        MARCH, expression, rays(), gives=2, u_origin=origin, u_low=LOW, u_high=HIGH
    )
    on_cpu = box_span(origin, rays(), low=LOW, high=HIGH)
    met = on_cpu[:, 0] <= on_cpu[:, 1]
    assert ((on_gpu[:, 0] <= on_gpu[:, 1]) == met).mean() > 0.98
    np.testing.assert_allclose(on_gpu[met], on_cpu[met], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("plane", [(1, 0, 0, -0.3), (0, -0.6, 0.8, 0.1), (0, 0, 1, 0)])
def test_clip_spans_agree(evaluate_glsl, plane):
    """A swapped inequality keeps the wrong half."""
    origin = (0.1, -1.0, 0.2)
    expression = "clip_span(vec2(0.5, 4.0), u_origin, x, u_plane)"
    on_gpu = evaluate_glsl(MARCH, expression, rays(), gives=2, u_origin=origin, u_plane=plane)
    on_cpu = [clip_span((0.5, 4.0), origin, ray, plane=plane) for ray in rays()]
    np.testing.assert_allclose(on_gpu, on_cpu, rtol=1e-4, atol=1e-5)


def test_a_leap_ends_in_the_next_cell_that_may_hold_matter():
    """One step too far jumps over matter, one too short only costs time."""
    generator = np.random.default_rng(2)
    for _ in range(300):
        place = generator.uniform(0.0, 20.0, 3)
        step = generator.normal(size=3) * 0.1
        distance = int(generator.integers(1, 5))
        steps = leap_steps(place, step, distance)
        cells = np.floor(place + np.arange(int(steps))[:, None] * step) - np.floor(place)
        assert np.abs(cells).max() < distance


@pytest.mark.parametrize("distance", [1.0, 3.0])
def test_leaps_agree(evaluate_glsl, distance):
    place = np.random.default_rng(4).uniform(0.0, 20.0, (200, 3))
    step = (0.11, -0.07, 0.003)
    expression = "leap_steps(x, inverse_step(u_step), u_distance)"
    on_gpu = evaluate_glsl(MARCH, expression, place, u_step=step, u_distance=distance)
    on_cpu = [leap_steps(row, step, distance) for row in place]
    assert (np.abs(on_gpu - on_cpu) > 0.5).mean() < 0.01
