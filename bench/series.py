"""A CT series from its folder to a volume, jail included, against SimpleITK's series reader.

300 slices of 512 x 512, uncompressed, made by `tools/make_phantom.py` and kept in `out/bench`: with
a rescale intercept of -1024 and about a hundred elements a header, as a scanner writes them (the
chest CT of the samples has 96); "lean" is the phantom as it comes, with 36 and no intercept.
Each round starts a fresh process for either way. Not counted: imports of either, and the start of
the process that holds our parsers, which the program does once, before anything is opened; the
line "from nothing" counts them all. The sums of the values must agree.

    python bench/series.py [--slices N] [--side N] [--rounds N] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from _lines import OUT, Target, alone, compared, family_cpu_s, in_process, running_cpu_s, say

CPU_TARGET = Target(value=4.0)
MEMORY_TARGET = Target(value=1.25, is_least=False)
PICTURE_TARGET_S = Target(value=1.0, is_least=False)
SAMPLE_EVERY_S = 0.004
STORED_OFFSET = 1024
MAKERS_ELEMENTS = 60
PICTURE_PX = (640, 360)


def main() -> None:
    """Measure by turns and print the lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=OUT, help="where the series are kept")
    parser.add_argument("--one", nargs=2, metavar=("WAY", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--answer", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        way, folder = chosen.one
        chosen.answer.write_text(json.dumps(WAYS[way](Path(folder))), encoding="utf-8")
        return
    voxels = f"{chosen.slices} x {chosen.side} x {chosen.side}"
    lean, full = series_folders(chosen.folder, slices=chosen.slices, side=chosen.side)
    _say_times(full, voxels, chosen.rounds, CPU_TARGET)
    _say_times(lean, f"{voxels}, lean headers", chosen.rounds, None)
    memory = _answered("memory", full)
    first = _answered("picture", full)
    if not first["is_drawn"]:
        sys.exit("series: the first picture is empty")
    share = memory["grown_bytes"] / (chosen.slices * chosen.side * chosen.side * 2)
    say(
        alone(
            f"series, memory while reading, {voxels}",
            [share],
            unit="x voxels, over idle",
            target=MEMORY_TARGET,
        )
    )
    name = f"series, from opening to the first picture, {voxels}"
    say(alone(name, [first["cpu_s"]], unit="CPU s", target=PICTURE_TARGET_S))


def series_folders(folder: Path, *, slices: int, side: int) -> tuple[Path, Path]:
    """The series with lean headers, and as a scanner writes it; made where they are not there."""
    import make_phantom

    lean = folder / f"series_{slices}x{side}x{side}"
    full = lean.with_name(f"{lean.name}_full")
    if not (lean / "volumes.json").exists():
        made = make_phantom.phantom(make_phantom.grid_of((side, side, slices), None), seed=7)
        make_phantom.write_series(made, lean, seed=7)
    if not (full / "volumes.json").exists():
        full.mkdir(parents=True, exist_ok=True)
        for file in sorted(lean.glob("*.dcm")):
            _write_as_a_scanner_does(file, full / file.name)
        shutil.copy(lean / "volumes.json", full)
    return lean, full


def _write_as_a_scanner_does(lean: Path, full: Path) -> None:
    """The same values: stored from 0 on, with an intercept, and elements of the maker's own."""
    import pydicom

    slice_ = pydicom.dcmread(lean)
    slice_.RescaleIntercept = str(-STORED_OFFSET)
    slice_.PixelData = (slice_.pixel_array + STORED_OFFSET).astype("<i2").tobytes()
    block = slice_.private_block(0x0029, "METAVIEWER BENCH", create=True)
    for number in range(MAKERS_ELEMENTS):
        block.add_new(number, "LO", f"value {number}")
    slice_.save_as(full)


def _answered(way: str, folder: Path) -> dict[str, Any]:
    answer = in_process(__file__, way, str(folder))
    if answer is None:
        sys.exit(f"series: {way} gave no answer")
    return answer


def _say_times(folder: Path, what: str, count: int, target: Target | None) -> None:
    """Both ways by turns; the sums of what they read must agree."""
    rounds = [{way: _answered(way, folder) for way in ("ours", "simpleitk")} for _ in range(count)]
    sums = {one["sum"] for ways in rounds for one in ways.values()}
    if len(sums) != 1:
        sys.exit(f"series: the readers disagree about the values: {sums}")
    for key, title, wanted in (
        ("cpu_ms", "series", target),
        ("all_cpu_ms", "series, from nothing", None),
    ):
        mine, theirs = ([ways[way][key] for ways in rounds] for way in ("ours", "simpleitk"))
        line = compared(f"{title}, {what}", mine, theirs, unit="CPU ms", target=wanted)
        say({**line, "against": "SimpleITK ImageSeriesReader"})


def ours(folder: Path) -> dict[str, Any]:
    """Scan and open, as the program does it."""
    from metaviewer.jail import Jail
    from metaviewer.medical import open_volume, scan

    with Jail("medical") as jail:
        zygote_cpu_s = _warm(jail)
        before_s = family_cpu_s()
        found = scan(jail, [folder])
        (wanted,) = [one for one in found if one.kind == "volume"]
        volume = open_volume(jail, wanted)
        own_s = family_cpu_s() - before_s
        _wait_for_children_of(jail.zygote_pid)
        before_close_s = family_cpu_s()
    # The jail is closed and waited for: what its processes used after they were ready counts.
    jail_s = family_cpu_s() - before_close_s - zygote_cpu_s
    total_s = family_cpu_s()
    return {
        "cpu_ms": (own_s + jail_s) * 1e3,
        "jail_ms": jail_s * 1e3,
        "all_cpu_ms": total_s * 1e3,
        "sum": int(volume.values.sum(dtype="int64")),
    }


def _warm(jail: Any) -> float:  # noqa: ANN401 - a Jail, imported late
    """Wait until the parsers are imported; what that took, seconds."""
    jail._ready_zygote()
    return running_cpu_s(jail.zygote_pid)


def _wait_for_children_of(zygote_pid: int) -> None:
    """Until the zygote has waited for its children: of others the time would be lost."""
    while _children(zygote_pid):
        time.sleep(SAMPLE_EVERY_S)


def _children(zygote_pid: int) -> list[int]:
    text = Path(f"/proc/{zygote_pid}/task/{zygote_pid}/children").read_text(encoding="ascii")
    return [int(pid) for pid in text.split()]


def simpleitk(folder: Path) -> dict[str, Any]:
    """The peer as its documentation reads a series: names in order, then one reader."""
    import SimpleITK

    before_s = family_cpu_s()
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(names)
    image = reader.Execute()
    cpu_s, total_s = family_cpu_s() - before_s, family_cpu_s()
    values = SimpleITK.GetArrayViewFromImage(image)
    return {
        "cpu_ms": cpu_s * 1e3,
        "all_cpu_ms": total_s * 1e3,
        "sum": int(values.sum(dtype="int64")),
    }


def memory(folder: Path) -> dict[str, Any]:
    """Most memory over idle while reading: of the viewer, the parsers' process and their child.

    Private pages and pages of files, shared ones divided among who shares them, and the nameless
    memory of the answer once, whole from the beginning: it grows while it is filled.
    """
    from metaviewer.jail import Jail
    from metaviewer.medical import open_volume, scan

    with Jail("medical") as jail:
        _warm(jail)
        peak, found_answer = [0], threading.Event()
        idle = _family_bytes(jail.zygote_pid)
        watcher = threading.Thread(
            target=_watch, args=(jail.zygote_pid, peak, found_answer), daemon=True
        )
        watcher.start()
        (wanted,) = [one for one in scan(jail, [folder]) if one.kind == "volume"]
        volume = open_volume(jail, wanted)
        found_answer.set()
        watcher.join()
        answers = volume.values.nbytes
    return {"grown_bytes": peak[0] - idle + answers}


def picture(folder: Path) -> dict[str, Any]:
    """From opening to the first picture, of moving quality; window and parsers were there before.

    The program draws nothing coarser meanwhile. Processor time of all threads and processes: on a
    machine that does nothing else the clock shows less.
    """
    from metaviewer.frames import WORLD_FROM_LPS
    from metaviewer.jail import Jail
    from metaviewer.medical import open_volume, scan
    from metaviewer.render import MOVING
    from metaviewer.render.context import open_context
    from metaviewer.render.shown_volume import ShownVolume
    from metaviewer.render.stage import Stage
    from metaviewer.scene import Item, Library, State, View, VolumeLook, framing

    context = open_context((16, 16), on_screen=False)
    stage = Stage(context, size=PICTURE_PX, makers={"volume": ShownVolume})
    stage.quality = MOVING
    with Jail("medical") as jail:
        zygote_cpu_s = _warm(jail)
        before_s = family_cpu_s()
        (wanted,) = [one for one in scan(jail, [folder]) if one.kind == "volume"]
        volume = open_volume(jail, wanted)
        look = VolumeLook(preset="bone")
        item = Item(id="v", kind="volume", data_id="v", look=look, world_from_item=WORLD_FROM_LPS)
        ends_ijk = np.array([(0, 0, 0, 1), (*volume.shape_ijk, 1)], dtype=float)
        bounds_m = np.sort((ends_ijk @ (WORLD_FROM_LPS @ volume.lps_from_ijk).T)[:, :3], axis=0)
        camera = framing(bounds_m, direction=(0.0, 1.0, 0.2), aspect=16 / 9)
        state = State(items=(item,), views=(View(id="view", kind="space", camera=camera),))
        stage.sync(None, state, Library({"v": volume}), None)
        stage.draw()
        is_drawn = bool(stage.picture().std() > 1.0)
        own_s = family_cpu_s() - before_s
        _wait_for_children_of(jail.zygote_pid)
        before_close_s = family_cpu_s()
    jail_s = family_cpu_s() - before_close_s - zygote_cpu_s
    return {"cpu_s": own_s + jail_s, "is_drawn": is_drawn}


def _watch(zygote_pid: int, peak: list[int], done: threading.Event) -> None:
    while not done.wait(SAMPLE_EVERY_S):
        peak[0] = max(peak[0], _family_bytes(zygote_pid))


def _family_bytes(zygote_pid: int) -> int:
    """Private and file pages of this process, the zygote and its children."""
    return sum(map(_pages_bytes, (os.getpid(), zygote_pid, *_children(zygote_pid))))


def _pages_bytes(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:  # it has ended by now
        return 0
    rows = dict(line.split(":", 1) for line in text.splitlines()[1:])
    return 1024 * sum(int(rows[name].split()[0]) for name in ("Pss_Anon", "Pss_File"))


WAYS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "ours": ours,
    "simpleitk": simpleitk,
    "memory": memory,
    "picture": picture,
}


if __name__ == "__main__":
    main()
