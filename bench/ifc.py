"""IFC files to buildings: processor time against the parser's default kernel, and from the cache.

Each way runs in a process of its own, by turns; parsing is counted, importing is not. The ids of
the elements must be equal and every element's area within 2 %, or the line says how many are not.
What is read again from the cache must have the ids and shapes that were kept.

    python bench/ifc.py [--set ifc|clinic] [--rounds N] [--by-file]
    python bench/ifc.py --place model.ifc
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from _lines import Target, compared, in_process, say

from metaviewer import resources
from metaviewer.errors import Refused

if TYPE_CHECKING:
    from metaviewer.building.model import Building

SETS = {"ifc": "ifc/*.ifc*", "clinic": "ifc_hospital/clinic_*.ifczip"}
TARGETS = {"ifc": Target(value=1.7), "clinic": Target(value=20.0)}
CACHE_TARGET = Target(value=20.0)
AREA_TOLERANCE = 0.02
LEAST_AREA_M2 = 1e-3
SHAPES_COMPARED = ("points_m_n3", "triangles_n3", "placed_shape", "placed_element")
# No result of the peer within 100 s: sampling an alignment (evidence in the reader's settings).
SLOW_FOR_THE_PEER = "bsi_cls000_civil3d_slow_alignment.ifc"


def main() -> None:
    """Compare the sets and print the lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=sorted(SETS))
    parser.add_argument("--place", type=Path, action="append", help="files instead of the sets")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--by-file", action="store_true", help="a line for each file as well")
    parser.add_argument("--one", nargs=2, metavar=("WAY", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--answer", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        way, file = chosen.one
        try:
            answer = (ours if way == "ours" else peer)(Path(file))
        except Refused:
            answer = {}
        chosen.answer.write_text(json.dumps(answer), encoding="utf-8")
        return
    sets = {name: sorted(resources.samples_dir().glob(pattern)) for name, pattern in SETS.items()}
    if chosen.place:
        sets = {", ".join(place.name for place in chosen.place): chosen.place}
    for name, places in sets.items():
        if chosen.set in (None, name) or chosen.place:
            compare_set(name, places, rounds=chosen.rounds, by_file=chosen.by_file)


def compare_set(name: str, places: Sequence[Path], *, rounds: int, by_file: bool) -> None:
    """Print the lines of one set of files: conversion and cache."""
    files = []
    for place in places:
        runs = [] if place.name == SLOW_FOR_THE_PEER else rounds_of(place, rounds)
        if not runs:  # refused by us or by the peer, which the tests of broken files look at
            continue
        files.append((place.name, runs))
        if by_file:
            say(conversion_line(f"ifc conversion, {place.name}", [runs], None))
    if not files:
        sys.exit(f"ifc: no file of {name} could be read by both")
    all_runs = [runs for _, runs in files]
    title = f"{name}, {len(files)} files"
    say(conversion_line(f"ifc conversion, {title}", all_runs, TARGETS.get(name)))
    say(
        {
            **compared(
                f"ifc from the cache, {title}",
                _sums(all_runs, "ours", "cached_cpu_s"),
                _sums(all_runs, "ours", "cpu_s"),
                unit="CPU s",
                target=CACHE_TARGET,
            ),
            "against": "conversion",
            "same_ids_and_shapes": all(one["ours"]["is_same"] for runs in all_runs for one in runs),
        }
    )


def rounds_of(place: Path, rounds: int) -> list[dict[str, Any]]:
    """Both ways by turns; empty where we refuse the file or the peer gives up."""
    found = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            environment = {resources.CACHE_VARIABLE: folder}
            answers = {
                way: in_process(__file__, way, str(place), environment=environment)
                for way in ("ours", "peer")
            }
        if answers["ours"] is None:
            sys.exit(f"ifc: our conversion of {place.name} ended without an answer")
        if not all(answers.values()):
            return []
        found.append(answers)
    return found


def conversion_line(
    name: str, files: Sequence[list[dict[str, Any]]], target: Target | None
) -> dict[str, object]:
    """The line of a comparison over some files, with what differs between the two ways."""
    line = compared(
        name,
        _sums(files, "ours", "cpu_s"),
        _sums(files, "peer", "cpu_s"),
        unit="CPU s",
        target=target,
    )
    pairs = [(runs[0]["ours"]["areas"], runs[0]["peer"]["areas"]) for runs in files]
    return {
        **line,
        "against": "ifcopenshell, opencascade, 1 thread",
        "elements": sum(len(mine) for mine, _ in pairs),
        "ids_of_one_only": sum(len(mine.keys() ^ theirs.keys()) for mine, theirs in pairs),
        "areas_differ": sum(
            abs(mine[key] - theirs[key]) > max(AREA_TOLERANCE * theirs[key], LEAST_AREA_M2)
            for mine, theirs in pairs
            for key in mine.keys() & theirs.keys()
        ),
    }


def _sums(files: Sequence[list[dict[str, Any]]], way: str, key: str) -> list[float]:
    """Over the files, for each round."""
    return [sum(one[way][key] for one in runs) for runs in zip(*files, strict=True)]


def ours(place: Path) -> dict[str, Any]:
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
    cache.store(replace(building, content_id=key))
    stored_s = time.process_time()
    again = cache.load(cache.content_id((place,), unit=None))
    cached_s = time.process_time() - stored_s
    areas = element_areas_m2(building)
    rows = np.unique(building.shapes.placed_element)
    rows = rows[~building.elements.is_space[rows]]
    return {
        "cpu_s": converted_s - start_s,
        "cached_cpu_s": cached_s,
        "is_same": again is not None and is_same(building, again),
        "areas": {int(building.elements.step_ids[row]): float(areas[row]) for row in rows},
    }


def is_same(one: Building, other: Building) -> bool:
    """Whether both have the same elements and the same shapes, place by place."""
    arrays = [
        (one.elements.step_ids, other.elements.step_ids),
        *((getattr(one.shapes, name), getattr(other.shapes, name)) for name in SHAPES_COMPARED),
    ]
    return tuple(one.elements.global_ids) == tuple(other.elements.global_ids) and all(
        np.array_equal(a, b) for a, b in arrays
    )


def peer(place: Path) -> dict[str, Any]:
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


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(str(refused))
