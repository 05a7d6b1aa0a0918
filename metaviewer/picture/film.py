"""Films: frames of one size to an MP4 file."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from metaviewer.errors import Refused
from metaviewer.resources import whole_file

# VP9: BSD licensed on both sides and played by every browser and by VLC; the H.264 encoder that is
# at hand (x264) is under the GPL. See docs/decisions/.
CODEC: Final = "libvpx-vp9"
QUALITY: Final = "28"
"""Constant quality, 0 (best) to 63."""


def write_film(
    place: Path, frames: Iterable[NDArray[np.uint8]], *, width: int, height: int, rate_hz: int
) -> int:
    """Write frames (height, width, 3) and return how many there were.

    Raises
    ------
    Refused
        "path" where the place cannot be written.
    """
    count = 0
    try:
        with (
            whole_file(place) as draft,
            av.open(draft, "w", format="mp4") as container,
        ):
            options = {"crf": QUALITY, "b:v": "0", "deadline": "realtime", "cpu-used": "6"}
            stream = container.add_stream(CODEC, rate=rate_hz, options=options)
            stream.width, stream.height = width, height
            stream.pix_fmt = "yuv420p"
            stream.time_base = Fraction(1, rate_hz)
            for frame in frames:
                picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
                picture.pts = count
                container.mux(stream.encode(picture))
                count += 1
            container.mux(stream.encode())
    # A full disk is an OSError where the file ends, and one of FFmpeg's where a frame ends.
    except (OSError, av.error.FFmpegError) as error:
        cause = error.strerror if isinstance(error, OSError) else type(error).__name__
        reason = f"the film cannot be written ({cause})"
        raise Refused(
            str(place), "path", reason, remedy="choose a folder that exists and has room"
        ) from error
    return count
