"""Drawn pictures against accepted ones, as tight as llvmpipe, which repeats itself, allows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
ACCEPTED_DIR = ROOT / "tests" / "picture" / "accepted"
DRAWN_DIR = ROOT / "out" / "pictures"

# Measured with 160 steps of ray-march: one per cent fewer of them moves 6.6 % of the pixels by more
# than 2 of 255 and the mean by 0.5, while two runs on llvmpipe are equal to the bit.
STEP_MAX = 2
SHARE_OFF_MAX = 0.001
MEAN_OFF_MAX = 0.1
DIFFERENCE_GAIN = 8


def check_picture(
    name: str,
    picture_hw3: np.ndarray,
    *,
    accepted_dir: Path = ACCEPTED_DIR,
    drawn_dir: Path = DRAWN_DIR,
) -> None:
    """Fail unless the picture (height, width, 3; uint8, top row first) is as it was accepted.

    Where it is not, `NAME.actual.png`, `NAME.wanted.png`, `NAME.difference.png` (times eight) and
    the three side by side as `NAME.png` stay in out/pictures for a person to look at.
    """
    assert picture_hw3.dtype == np.uint8, picture_hw3.dtype
    assert picture_hw3.ndim == 3, picture_hw3.shape
    for stale in drawn_dir.glob(f"{name}.*png"):
        stale.unlink()
    wanted_hw3 = accepted_picture(accepted_dir / f"{name}.png", picture_hw3)
    fault = fault_of(picture_hw3, wanted_hw3)
    if fault is None and (accepted_dir / f"{name}.png").is_file():
        return
    write_for_a_look(name, picture_hw3, wanted_hw3, drawn_dir)
    said = fault or "there is no accepted picture"
    raise AssertionError(
        f"{name}: {said}: look at out/pictures/{name}.png, "
        f"then python3 tools/dev.py pictures --accept {name}"
    )


def accepted_picture(file: Path, like_hw3: np.ndarray) -> np.ndarray:
    """The accepted picture; black of the same size where there is none yet."""
    if not file.is_file():
        return np.zeros_like(like_hw3)
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


def fault_of(actual_hw3: np.ndarray, wanted_hw3: np.ndarray) -> str | None:
    """What is wrong in words and numbers; None where the two pictures count as the same."""
    if actual_hw3.shape != wanted_hw3.shape:
        return f"its shape is {actual_hw3.shape}, accepted was {wanted_hw3.shape}"
    off_hw3 = np.abs(actual_hw3.astype(np.int16) - wanted_hw3)
    share_off = float((off_hw3.max(axis=2) > STEP_MAX).mean())
    mean_off = float(np.abs(actual_hw3.mean(axis=(0, 1)) - wanted_hw3.mean(axis=(0, 1))).max())
    if share_off <= SHARE_OFF_MAX and mean_off <= MEAN_OFF_MAX:
        return None
    return (
        f"{share_off:.2%} of its pixels are off by more than {STEP_MAX}, its mean by {mean_off:.2f}"
    )


def write_for_a_look(
    name: str, actual_hw3: np.ndarray, wanted_hw3: np.ndarray, drawn_dir: Path
) -> None:
    """Write actual, wanted, difference, and the three side by side."""
    drawn_dir.mkdir(parents=True, exist_ok=True)
    height = min(actual_hw3.shape[0], wanted_hw3.shape[0])
    width = min(actual_hw3.shape[1], wanted_hw3.shape[1])
    actual_hw3, wanted_hw3 = (picture[:height, :width] for picture in (actual_hw3, wanted_hw3))
    off_hw3 = np.abs(actual_hw3.astype(np.int16) - wanted_hw3) * DIFFERENCE_GAIN
    shown = {
        ".actual": actual_hw3,
        ".wanted": wanted_hw3,
        ".difference": np.clip(off_hw3, 0, 255).astype(np.uint8),
    }
    for part, picture_hw3 in {**shown, "": np.hstack(list(shown.values()))}.items():
        Image.fromarray(np.ascontiguousarray(picture_hw3)).save(drawn_dir / f"{name}{part}.png")
