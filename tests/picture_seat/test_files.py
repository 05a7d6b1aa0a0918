"""Pictures and films reach the disk whole, or not at all, and say nothing about anybody."""

from __future__ import annotations

import av
import numpy as np
import pytest
from PIL import Image

from metaviewer.errors import Refused
from metaviewer.picture import check_png_place, write_film, write_png


def gradient(height: int = 36, width: int = 64) -> np.ndarray:
    """Red rises to the right, green downwards: a flip or a swap of channels shows."""
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    picture[..., 0] = np.linspace(0, 255, width).astype(np.uint8)
    picture[..., 1] = np.linspace(0, 255, height).astype(np.uint8)[:, None]
    return picture


def test_a_picture_comes_back_as_it_was_with_no_words_in_it(tmp_path):
    place = tmp_path / "x.png"
    write_png(place, gradient())
    with Image.open(place) as back:
        np.testing.assert_array_equal(np.asarray(back), gradient())
        assert back.info == {}
    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]


@pytest.mark.parametrize("name", ["x.jpg", "gone/x.png", "folder.png"])
def test_a_place_that_no_picture_fits_is_refused_before_one_is_made(tmp_path, name):
    """A minute of loading for a name that cannot be is a minute lost."""
    (tmp_path / "folder.png").mkdir()
    check_png_place(tmp_path / "x.png")
    with pytest.raises(Refused, match=r"FILE\.png|folder that exists"):
        check_png_place(tmp_path / name)


def test_a_picture_into_a_folder_that_is_not_there_is_refused_in_one_line(tmp_path):
    with pytest.raises(Refused, match="cannot be written"):
        write_png(tmp_path / "gone" / "x.png", gradient())


def test_a_film_has_its_frames_its_size_and_its_length_and_the_right_way_up(tmp_path):
    place = tmp_path / "x.mp4"
    count = write_film(place, (gradient() for _ in range(30)), width=64, height=36, rate_hz=15)
    assert count == 30
    with av.open(str(place)) as film:
        stream = film.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)]
        assert stream.average_rate == 15
    assert len(frames) == 30
    assert frames[0].shape == (36, 64, 3)
    difference = np.abs(frames[0].astype(int) - gradient()).mean()
    assert difference < 6.0  # lossy, but neither flipped nor with red and blue swapped


def test_a_film_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(Refused):
        write_film(tmp_path / "gone" / "x.mp4", [gradient()], width=64, height=36, rate_hz=15)
    assert list(tmp_path.iterdir()) == []
