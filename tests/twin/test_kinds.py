"""The colours of states stay apart, for every eye, and every state has one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from metaviewer.twin import KINDS
from metaviewer.twin.kinds import ALARM_HIGH

# Machado, Oliveira and Fernandes 2009, full strength, in linear light.
PROTAN = """
 0.152286  1.052583 -0.204868
 0.114503  0.786281  0.099216
-0.003882 -0.048116  1.051998
"""
DEUTAN = """
 0.367322  0.860646 -0.227968
 0.280085  0.672501  0.047413
-0.011820  0.042940  0.968881
"""
EYES = {
    "normal": np.eye(3),
    "protan": np.array(PROTAN.split(), dtype=float).reshape(3, 3),
    "deutan": np.array(DEUTAN.split(), dtype=float).reshape(3, 3),
}
XYZ_FROM_RGB = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)
DARK_SRGB = (0x1F, 0x24, 0x28)


def linear(srgb):
    share = np.array(srgb) / 255.0
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(srgb, eye):
    xyz = XYZ_FROM_RGB @ np.clip(EYES[eye] @ linear(srgb), 0, 1) / XYZ_FROM_RGB.sum(axis=1)
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@pytest.mark.parametrize("eye", EYES)
def test_states_differ_by_at_least_20_in_cie76(eye):
    """Common bed board colours fall to 3 for protan eyes: suspended looks like urgent."""
    fills = {fill for kind in KINDS.values() for fill in kind.fills}
    least = min(
        np.linalg.norm(lab(one, eye) - lab(two, eye))
        for one, two in itertools.combinations(sorted(fills), 2)
    )
    assert least >= 20.0


def test_every_fill_stands_out_from_the_dark_ground():
    """WCAG contrast of at least 3 (the light theme draws a dark line around them)."""
    luminance = XYZ_FROM_RGB[1]
    ground = luminance @ linear(DARK_SRGB) + 0.05
    for kind in KINDS.values():
        for fill in kind.fills:
            assert (luminance @ linear(fill) + 0.05) / ground >= 3.0


def test_every_state_has_a_fill_and_every_measure_an_ascending_scale():
    for kind in KINDS.values():
        assert len(kind.states) == len(kind.fills)
        assert bool(kind.states) != bool(kind.stops)
        values = [value for value, _ in kind.stops]
        assert values == sorted(set(values))
        assert bool(kind.unit) == bool(kind.stops)


def test_red_is_kept_for_the_high_alarm():
    used = [fill for kind in KINDS.values() for fill in kind.fills]
    assert used.count(ALARM_HIGH) == 1
