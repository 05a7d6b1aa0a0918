"""The grey window on both sides, and against the standard."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.medical.window import voi_window_linear


@pytest.mark.parametrize(("center", "width"), [(40, 400), (300, 1500), (0, 2), (40, 1)])
def test_shader_window_agrees_with_its_cpu_twin(evaluate_glsl, center, width):
    """(x - c) / w + 0.5 is LINEAR_EXACT: 0.0025 off at width 400, 0.5 off at widths 1 and 2."""
    values = np.arange(center - width, center + width + 1, 0.5)
    on_gpu = evaluate_glsl(
        "medical/window.glsl",
        "voi_window_linear(x, u_center, u_width)",
        values,
        u_center=float(center),
        u_width=float(width),
    )
    on_cpu = voi_window_linear(values, center=center, width=width)
    np.testing.assert_allclose(on_gpu, on_cpu, atol=1e-5)


def test_the_window_is_that_of_the_standard():
    """PS3.3 C.11.2.1.2.1: centre 2048, width 4096 maps 0 to 0 and 4095 to 1; note 3 for width 1."""
    ends = voi_window_linear([0, 4095], center=2048, width=4096)
    np.testing.assert_allclose(ends, (0.0, 1.0), atol=1e-12)
    assert voi_window_linear([99.5, 99.6], center=100, width=1).tolist() == [0.0, 1.0]
