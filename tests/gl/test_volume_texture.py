"""What is on the card is what is in the array."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.render import volume_texture
from metaviewer.render.volume_texture import VolumeTexture, halved, halvings_needed, upload_values


@pytest.fixture
def back(evaluate_glsl):
    """Values as the shader reads them, voxel by voxel."""

    def read(uploaded: VolumeTexture, shape_kji) -> np.ndarray:
        kji = np.indices(shape_kji).reshape(3, -1).T.astype(float)
        expression = "texelFetch(t_volume, ivec3(x.z, x.y, x.x), 0).r * u_scale"
        return evaluate_glsl(
            "medical/window.glsl",
            expression,
            kji,
            t_volume=uploaded.texture,
            u_scale=uploaded.value_scale,
        )

    return read


def test_sixteen_bits_stay_sixteen_bits(gl_context, back):
    """T_short with F_red is 8 bit in silence: -1000 HU comes back as -1032."""
    values = np.array([-32767, -1024, -1000, -1, 0, 1, 37, 3071, 32767, 9, 8, 7], dtype=np.int16)
    uploaded = upload_values(gl_context, values.reshape(2, 3, 2))
    np.testing.assert_array_equal(np.rint(back(uploaded, (2, 3, 2))), values)


def test_floats_stay_floats(gl_context, back):
    values = np.array([-1.5, 0.0, 1e-6, 123456.75, 7.25, -3e8, 1, 2], dtype=np.float32)
    uploaded = upload_values(gl_context, values.reshape(2, 2, 2))
    np.testing.assert_array_equal(back(uploaded, (2, 2, 2)), values)


def test_what_the_driver_cannot_hold_is_halved_and_said(gl_context, monkeypatch):
    """F25: Panda3D halves beyond the longest edge in silence, and aborts beyond the memory."""
    monkeypatch.setattr(volume_texture, "BYTES_MAX", 4 * 4 * 4 * 2)
    whole = upload_values(gl_context, np.ones((4, 4, 4), dtype=np.int16))
    small = upload_values(gl_context, np.ones((8, 8, 8), dtype=np.int16))
    assert (whole.halvings, small.halvings) == (0, 1)
    assert small.texture.get_x_size() == 4


@pytest.mark.parametrize(
    ("shape", "wanted"), [((10, 10, 10), 0), ((2049, 4, 4), 1), ((4, 4097, 4), 2)]
)
def test_halvings_follow_the_longest_edge(shape, wanted):
    assert halvings_needed(shape, item_bytes=2, edge_max=2048) == wanted


def test_halving_keeps_a_constant_and_the_last_voxel():
    values = np.full((3, 5, 7), -1000, dtype=np.int16)
    assert (halved(values) == -1000).all()
    assert halved(values).shape == (2, 3, 4)
