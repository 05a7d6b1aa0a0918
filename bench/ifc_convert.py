"""IFC files to buildings: processor time against the parser's default kernel, and from the cache.

Each way runs in a process of its own, alternately; parsing is counted, importing is not. The ids of
the elements must be equal and every element's area within 2 %, or the line says which differ. One
JSON line for each file, one for each set.

    python bench/ifc_convert.py [--set ifc|clinic] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from metaviewer import resources
from metaviewer.errors import Refused

SETS = {"ifc": "ifc/*.ifc*", "clinic": "ifc_hospital/clinic_*.ifczip"}
AREA_TOLERANCE = 0.02
LEAST_AREA_M2 = 1e-3
PEER_LIMIT_S = 300
SLOW_FOR_THE_PEER = "bsi_cls000_civil3d_slow_alignment.ifc"  # no result within 100 s


def ours(place: Path) -> dict[str, object]:
    """Convert, keep, and open again from the cache."""
    import ifcopenshell.geom

    from metaviewer.building import cache
    from metaviewer.building.assembly import assembled
    from metaviewer.building.conversion import read_raw
    from metaviewer.building.extents import element_areas_m2
    from metaviewer.jail import here

    def call(reader, places, arguments=None, *, limits=None, on_progress=None):  # noqa: ANN001, ANN202
        return here(reader, places, arguments)

    assert ifcopenshell.geom
    start_s = time.process_time()
    building = assembled(read_raw(call, place, unit=None), model_name="bench")
    converted_s = time.process_time()
    key = cache.content_id((place,), unit=None)
    cache.store(_named(building, key))
    stored_s = time.process_time()
    again = cache.load(cache.content_id((place,), unit=None))
    cached_s = time.process_time() - stored_s
    areas = element_areas_m2(building)
    rows = np.unique(building.shapes.placed_element)
    rows = rows[~building.elements.is_space[rows]]
    return {
        "cpu_s": converted_s - start_s,
        "cached_cpu_s": cached_s,
        "same": again is not None and len(again.elements) == len(building.elements),
        "areas": {int(building.elements.step_ids[row]): float(areas[row]) for row in rows},
    }


def peer(place: Path) -> dict[str, object]:
    """The parser's iterator as it comes: kernel opencascade, one thread."""
    import ifcopenshell
    import ifcopenshell.geom

    content = place.read_bytes()
    if content[:2] == b"PK":
        with zipfile.ZipFile(place) as archive:
            content = archive.read(archive.namelist()[0])
    start_s = time.process_time()
    model = ifcopenshell.file.from_string(content.decode("latin-1"))
    iterator = ifcopenshell.geom.iterator(
        ifcopenshell.geom.settings(), model, 1, exclude=["IfcOpeningElement", "IfcSpace"]
    )
    areas: dict[int, float] = {}
    going = bool(iterator.initialize())
    while going:
        element = iterator.get()
        geometry = element.geometry
        points = np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3)
        corners = points[np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3)]
        crossed = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        if len(corners):
            areas[element.id] = float(np.linalg.norm(crossed, axis=1).sum() / 2)
        going = bool(iterator.next())
    return {"cpu_s": time.process_time() - start_s, "areas": areas}


def measured(way: str, place: Path) -> dict[str, object] | None:
    """What a fresh process says; None where it refuses or takes too long."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        environment = {**os.environ, resources.CACHE_VARIABLE: folder}
        command = [sys.executable, __file__, "--one", way, str(place), str(answer)]
        try:
            # The parser's own debugging text goes to standard output.
            subprocess.run(
                command,
                env=environment,
                timeout=PEER_LIMIT_S,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
            return None
        found: dict[str, object] = json.loads(answer.read_text())
        return found


def compared(place: Path, rounds: int) -> dict[str, object] | None:
    """Median processor times of both ways and what differs; None for a file that is refused."""
    runs = [(measured("ours", place), measured("peer", place)) for _ in range(rounds)]
    pairs = [(a, b) for a, b in runs if a is not None and b is not None]
    if not pairs:
        return None
    mine, theirs = pairs[0][0]["areas"], pairs[0][1]["areas"]
    assert isinstance(mine, dict)
    assert isinstance(theirs, dict)
    differing = [
        int(key)
        for key in mine.keys() & theirs.keys()
        if abs(mine[key] - theirs[key]) > max(AREA_TOLERANCE * theirs[key], LEAST_AREA_M2)
    ]
    return {
        "file": place.name,
        "ours_cpu_s": statistics.median(float(str(a["cpu_s"])) for a, _ in pairs),
        "cached_cpu_s": statistics.median(float(str(a["cached_cpu_s"])) for a, _ in pairs),
        "opencascade_cpu_s": statistics.median(float(str(b["cpu_s"])) for _, b in pairs),
        "elements": len(mine),
        "ids_of_one_only": len(mine.keys() ^ theirs.keys()),
        "areas_differ": differing,
    }


def main() -> None:
    """Compare the sets and print the lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=sorted(SETS))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--one", nargs=3, metavar=("WAY", "FILE", "ANSWER"))
    chosen = parser.parse_args()
    if chosen.one:
        way, file, answer = chosen.one
        Path(answer).write_text(json.dumps((ours if way == "ours" else peer)(Path(file))))
        return
    for name, pattern in SETS.items():
        if chosen.set in (None, name):
            _print_set(name, pattern, chosen.rounds)


def _print_set(name: str, pattern: str, rounds: int) -> None:
    lines = []
    for place in sorted(resources.samples_dir().glob(pattern)):
        line = None if place.name == SLOW_FOR_THE_PEER else compared(place, rounds)
        if line is not None:
            lines.append(line)
            print(json.dumps({"case": "ifc_convert", **line}), flush=True)
    sums = {
        key: sum(float(str(line[key])) for line in lines)
        for key in ("ours_cpu_s", "cached_cpu_s", "opencascade_cpu_s")
    }
    total = {
        "case": "ifc_convert",
        "set": name,
        "files": len(lines),
        **{key: round(value, 3) for key, value in sums.items()},
        "times_less_than_opencascade": round(sums["opencascade_cpu_s"] / sums["ours_cpu_s"], 2),
        "times_less_when_cached": round(sums["ours_cpu_s"] / sums["cached_cpu_s"], 1),
        "machine": platform.processor() or platform.machine(),
    }
    print(json.dumps(total), flush=True)


def _named(building, key: str):  # noqa: ANN001, ANN202
    from dataclasses import replace

    return replace(building, content_id=key)


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(str(refused))
