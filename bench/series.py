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
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from _lines import OUT, Target, alone, compared, family_cpu_s, in_process, running_cpu_s, say

CPU_TARGET = Target(value=4.0)
MEMORY_TARGET = Target(value=1.25, is_least=False)
DRAWN_TARGET = Target(value=3.5, is_least=False)
PICTURE_TARGET_S = Target(value=1.0, is_least=False)
OWN_PAGES = ("Pss_Anon", "Pss_File")
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
    bytes_ = chosen.slices * chosen.side * chosen.side * 2
    for way, title, wanted in (
        ("memory", "memory while reading", MEMORY_TARGET),
        ("drawn", "memory until it is drawn", DRAWN_TARGET),
    ):
        share = _answered(way, full)["grown_bytes"] / bytes_
        name = f"series, {title}, {voxels}"
        say(alone(name, [share], unit="x voxels, over idle", target=wanted))
    _say_pictures(full, voxels, chosen.rounds)


def _say_pictures(folder: Path, what: str, count: int) -> None:
    """Coarse and fine picture after opening, by the clock and in processor time."""
    rounds = [_answered("picture", folder) for _ in range(count)]
    if not all(found["is_drawn"] for found in rounds):
        sys.exit("series: a picture is empty")
    for level, kind, unit, wanted in (
        ("coarse", "clock", "s", PICTURE_TARGET_S),
        ("coarse", "cpu", "CPU s", None),
        ("fine", "clock", "s", None),
        ("fine", "cpu", "CPU s", None),
    ):
        taken = [found[f"{level}_{kind}_s"] for found in rounds]
        title = f"series, from opening to the {level} picture, {what}"
        say(alone(f"{title}, {unit}", taken, unit=unit, target=wanted))


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
            target=_watch, args=((jail.zygote_pid,), peak, found_answer, OWN_PAGES), daemon=True
        )
        watcher.start()
        (wanted,) = [one for one in scan(jail, [folder]) if one.kind == "volume"]
        volume = open_volume(jail, wanted)
        found_answer.set()
        watcher.join()
        answers = volume.values.nbytes
    return {"grown_bytes": peak[0] - idle + answers}


def picture(folder: Path) -> dict[str, Any]:
    """From opening to the first coarse picture and to the fine one, both of moving quality.

    As the window does it, with the parsers, the workshop and the window there before. By the clock,
    and processor time of all threads and processes.
    """
    with _Viewer() as viewer:
        began_s, began_cpu_s = time.perf_counter(), viewer.cpu_s()
        viewer.open(folder)
        found: dict[str, Any] = {}
        for name in ("coarse", "fine"):
            is_drawn = viewer.draw_until_there(fine=name == "fine")
            found[f"{name}_clock_s"] = time.perf_counter() - began_s
            found[f"{name}_cpu_s"] = viewer.cpu_s() - began_cpu_s
            found["is_drawn"] = found.get("is_drawn", True) and is_drawn
    return found


def drawn(folder: Path) -> dict[str, Any]:
    """Most memory over idle from opening to the fine picture, on software OpenGL.

    Pages of this process, of parsers, workshop and their children, textures of software OpenGL
    among them: private ones, and shared ones divided among who shares them.
    """
    with _Viewer() as viewer:
        kinds = ("Pss_Anon", "Pss_File", "Pss_Shmem")
        pids = viewer.zygote_pids
        peak, ended = [0], threading.Event()
        idle = _family_bytes(*pids, kinds=kinds)
        watcher = threading.Thread(target=_watch, args=(pids, peak, ended, kinds), daemon=True)
        watcher.start()
        viewer.open(folder)
        viewer.draw_until_there(fine=True)
        time.sleep(10 * SAMPLE_EVERY_S)
        ended.set()
        watcher.join()
        resting = _family_bytes(*pids, kinds=kinds)
    return {"grown_bytes": peak[0] - idle, "resting_bytes": resting - idle}


def _small_volume() -> Any:  # noqa: ANN401 - a Volume, imported late
    """A cube of bone: what the program has drawn before has its shaders compiled."""
    from metaviewer.medical import Volume

    values = np.full((32, 32, 32), -1000, dtype=np.int16)
    values[8:24, 8:24, 8:24] = 800
    return Volume(values=values, lps_from_ijk=np.eye(4), modality="CT", unit="HU")


class _Viewer:
    """The program without its window: jail, workshop, and a stage whose bench is the workshop.

    It has drawn a small volume when it is entered: that is the program at idle.
    """

    def __enter__(self) -> _Viewer:
        from metaviewer.app.background import Background
        from metaviewer.jail import Jail, Workshop
        from metaviewer.jobs import Jobs
        from metaviewer.render import MOVING
        from metaviewer.render.context import open_context
        from metaviewer.render.shown_volume import ShownVolume
        from metaviewer.render.stage import Stage

        self._ending = ExitStack()
        self._jail = self._ending.enter_context(Jail("medical"))
        workshop = self._ending.enter_context(Workshop())
        self._jobs = self._ending.enter_context(Jobs())
        self._bench = Background(workshop, self._jobs)
        _warm(self._jail)
        _warm(workshop._jail)
        self.zygote_pids = (self._jail.zygote_pid, workshop._jail.zygote_pid)
        context = open_context((16, 16), on_screen=False)
        makers = {"volume": ShownVolume}
        self._stage = Stage(context, size=PICTURE_PX, makers=makers, bench=self._bench)
        self._stage.quality = MOVING
        self._show(_small_volume())
        self.draw_until_there(fine=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def cpu_s(self) -> float:
        """Processor seconds so far of this process, parsers, workshop and their children."""
        children = [child for pid in self.zygote_pids for child in _children(pid)]
        return time.process_time() + sum(map(_process_cpu_s, (*self.zygote_pids, *children)))

    def open(self, folder: Path) -> None:
        """Read the one volume of a folder and look at it from the front."""
        from metaviewer.medical import open_volume, scan

        (wanted,) = [one for one in scan(self._jail, [folder]) if one.kind == "volume"]
        self._show(open_volume(self._jail, wanted))

    def _show(self, volume: Any) -> None:  # noqa: ANN401 - a Volume, imported late
        from metaviewer.frames import WORLD_FROM_LPS
        from metaviewer.scene import Item, Library, State, View, VolumeLook, framing

        look = VolumeLook(preset="bone")
        item = Item(id="v", kind="volume", data_id="v", look=look, world_from_item=WORLD_FROM_LPS)
        ends_ijk = np.array([(0, 0, 0, 1), (*volume.shape_ijk, 1)], dtype=float)
        bounds_m = np.sort((ends_ijk @ (WORLD_FROM_LPS @ volume.lps_from_ijk).T)[:, :3], axis=0)
        camera = framing(bounds_m, direction=(0.0, 1.0, 0.2), aspect=16 / 9)
        self._state = State(items=(item,), views=(View(id="view", kind="space", camera=camera),))
        self._library = Library({"v": volume})
        self._stage.sync(None, self._state, self._library, None)

    def draw_until_there(self, *, fine: bool) -> bool:
        """Go on as the loop does until the volume is drawn; whether there is anything to see."""
        while True:
            self._take()
            if self._bench.news():
                self._stage.sync(self._state, self._state, self._library, None)
            (shown,) = self._stage._volumes()
            if shown.is_settled if fine else shown.is_visible:
                self._stage.draw()
                return bool(self._stage.picture().std() > 1.0)
            time.sleep(SAMPLE_EVERY_S)

    def _take(self) -> None:
        """A function of its own: its last job, and what that made, go with it."""
        for job in self._jobs.poll():
            self._bench.take(job)


def _process_cpu_s(pid: int) -> float:
    """Processor seconds of a process and of its children that it has waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:  # it has ended by now, and is in the sum of its parent
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _watch(
    zygote_pids: Sequence[int], peak: list[int], done: threading.Event, kinds: Sequence[str]
) -> None:
    while not done.wait(SAMPLE_EVERY_S):
        peak[0] = max(peak[0], _family_bytes(*zygote_pids, kinds=kinds))


def _family_bytes(*zygote_pids: int, kinds: Sequence[str] = OWN_PAGES) -> int:
    """Pages of those kinds of this process, the zygotes and their children."""
    children = [child for pid in zygote_pids for child in _children(pid)]
    return sum(_pages_bytes(pid, kinds) for pid in (os.getpid(), *zygote_pids, *children))


def _pages_bytes(pid: int, kinds: Sequence[str]) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:  # it has ended by now
        return 0
    rows = dict(line.split(":", 1) for line in text.splitlines()[1:])
    return 1024 * sum(int(rows[name].split()[0]) for name in kinds)


WAYS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "ours": ours,
    "simpleitk": simpleitk,
    "memory": memory,
    "picture": picture,
    "drawn": drawn,
}


if __name__ == "__main__":
    main()
