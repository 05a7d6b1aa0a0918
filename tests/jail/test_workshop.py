"""Computing on our own arrays in another process."""

from __future__ import annotations

import numpy as np
import pytest

from metaviewer.errors import Refused
from metaviewer.jail import Workshop


@pytest.fixture(scope="module")
def workshop():
    with Workshop() as workshop:
        yield workshop


VOXELS = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def arrays_given():
    return {
        "voxels": VOXELS,
        "mirrored": VOXELS[::-1, :, ::2],
        "nothing": np.zeros((0, 2), np.int16),
        "big": np.arange(5, dtype=">i4"),
    }


@pytest.mark.parametrize("can_fork", [True, False])
def test_arrays_go_there_and_come_back(can_fork):
    """Bug: a mirrored, empty or big-endian array arrives with other values."""
    with Workshop(can_fork=can_fork) as workshop:
        answer = workshop.compute("metaviewer.jail.echo:echo", arrays_given(), {"scale": 2})
    for name, array in arrays_given().items():
        np.testing.assert_array_equal(answer.arrays[name], array)
    assert answer.header == {"scale": 2}
    assert answer.missing_layers == ()


def test_a_mistake_of_ours_is_not_called_a_parsers(workshop):
    """Bug: a bug in a filter tells the user to export the file again."""
    with pytest.raises(Refused) as caught:
        workshop.compute("metaviewer.jail.echo:no_such_function", {}, place="light")
    assert caught.value.word == "crash"
    assert "computation gave up (AttributeError)" in caught.value.reason
    assert caught.value.place == "light"


def test_only_our_functions_can_be_named(workshop):
    """Bug: the workshop runs any function of any module."""
    for name in ("os:system", "metaviewer.jail.echo", "metaviewer.jail.echo:_private"):
        with pytest.raises(AssertionError):
            workshop.compute(name, {})
