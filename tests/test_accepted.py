"""The comparison of pictures itself: it notices what a person would want to know."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.accepted import check_picture


@pytest.fixture
def compare(tmp_path):
    """Accepts a grey ramp; compares another picture with it."""
    (tmp_path / "accepted").mkdir()
    ramp_hw3 = np.repeat(np.arange(200, dtype=np.uint8), 300).reshape(100, 200, 3)
    Image.fromarray(ramp_hw3).save(tmp_path / "accepted" / "ramp.png")

    def compare(picture_hw3, name="ramp"):
        places = {"accepted_dir": tmp_path / "accepted", "drawn_dir": tmp_path / "drawn"}
        check_picture(name, picture_hw3, **places)

    compare.ramp_hw3 = ramp_hw3
    compare.drawn_dir = tmp_path / "drawn"
    return compare


def test_the_same_picture_passes_and_leaves_nothing(compare):
    compare(compare.ramp_hw3)
    assert not compare.drawn_dir.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda ramp: ramp[::-1].copy(),
        lambda ramp: ramp[:50],
        lambda ramp: ramp + np.uint8(1),
        lambda ramp: np.where(np.arange(100)[:, None, None] < 1, 255, ramp).astype(np.uint8),
    ],
    ids=["upside down", "another size", "one step brighter all over", "one row white"],
)
def test_a_changed_picture_fails_and_is_kept_for_a_look(compare, change):
    with pytest.raises(AssertionError, match="pictures --accept ramp"):
        compare(change(compare.ramp_hw3))
    kept = {file.name for file in compare.drawn_dir.iterdir()}
    assert kept == {"ramp.png", "ramp.actual.png", "ramp.wanted.png", "ramp.difference.png"}
    compare(compare.ramp_hw3)
    assert "ramp.actual.png" not in {file.name for file in compare.drawn_dir.iterdir()}


def test_a_new_picture_is_not_accepted_by_itself(compare):
    """A black picture would otherwise equal the black that stands for none."""
    with pytest.raises(AssertionError, match="no accepted picture"):
        compare(np.zeros_like(compare.ramp_hw3), name="new")
