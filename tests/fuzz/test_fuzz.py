"""Hostile files by the thousand: the viewer lives, nothing stalls, and what opens is in the file.

A hostile file is a pure function of (kind, seed, number). What was found once stands in
findings.txt and is tried first. METAVIEWER_FUZZ_FILES (2000) says how many, METAVIEWER_FUZZ_FIRST
(0) which number comes first: another one tries files that nobody has seen.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import hostile_bytes
import hostile_dicom
import hostile_text
import pytest

from metaviewer.app.doors import open_doors
from metaviewer.app.finding import Finding
from metaviewer.app.reading import Reading, read
from metaviewer.app.scene_reading import read_scene
from metaviewer.errors import WORDS
from tests.fuzz import specimens
from tests.fuzz.truths import check

pytestmark = pytest.mark.slow

FILE_COUNT = int(os.environ.get("METAVIEWER_FUZZ_FILES", "2000"))
FIRST = int(os.environ.get("METAVIEWER_FUZZ_FIRST", "0"))
FINDINGS = Path(__file__).parent / "findings.txt"
LANES = 4  # they wait for the children of the zygotes, which compute
STALL_S = 40.0  # none takes one second alone; two busy cores make them wait
OUR_FAULTS = {"time", "jail", "answer"}
"""Words that a small file must never cause: it stalled, ended a zygote, or our reader lied."""

Files = Mapping[str, bytes]
Cases = Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Kind:
    """One kind of hostile file: its sound seeds, how they are bent, and its share of all files."""

    seeds: Callable[[], Mapping[str, bytes]]
    bend: Callable[[bytes, int], bytes]
    ending: str
    share: float


def bend_mesh(seed: bytes, number: int) -> bytes:
    if seed.startswith(b"glTF"):
        return hostile_bytes.glb_mutant(seed, number)
    if seed.startswith(b"ply"):
        return hostile_bytes.headed_mutant(seed, number)
    is_text = seed.startswith((b"solid", b"mtllib"))
    return (hostile_text if is_text else hostile_bytes).mutant(seed, number)


def bend_grid(seed: bytes, number: int) -> bytes:
    return hostile_bytes.headed_mutant(seed, number)


KINDS = {
    "dicom": Kind(specimens.dicom, hostile_dicom.mutant, ".dcm", 0.4),
    "series": Kind(lambda: {"six": b""}, lambda seed, number: seed, "", 0.08),
    "ifc": Kind(specimens.ifc, hostile_text.mutant, ".ifc", 0.15),
    "mesh": Kind(specimens.meshes, bend_mesh, "", 0.2),
    "grid": Kind(specimens.grids, bend_grid, "", 0.1),
    "scene": Kind(lambda: {"ward": specimens.SCENE}, hostile_text.mutant, ".toml", 0.07),
}


@cache
def seeds_of(kind: str) -> Mapping[str, bytes]:
    return KINDS[kind].seeds()


def hostile(kind: str, seed: str, number: int) -> Files:
    """Files by name of one case."""
    if kind == "series":
        bent = hostile_dicom.series_mutant(specimens.series(), number)
        return {f"{at}.dcm": content for at, content in enumerate(bent)}
    bent = KINDS[kind].bend(seeds_of(kind)[seed], number)
    ending = KINDS[kind].ending or Path(seed).suffix
    if kind == "scene":
        beside = {"wall.ifc": specimens.ifc()["wall"], "box.stl": specimens.meshes()["binary.stl"]}
        return {f"case{ending}": bent, **beside}
    return {f"case{ending}": bent}


def tried(doors, kind: str, case: tuple[str, int], folder: Path) -> tuple[list[Finding], float]:
    """What came of one case, held against its bytes, and the seconds it took."""
    files = hostile(kind, *case)
    place = folder / f"{abs(hash(case))}-{case[1]}"
    place.mkdir()
    for name, content in files.items():
        (place / name).write_bytes(content)
    start_s = time.monotonic()
    first = place / next(iter(files))
    if kind == "scene":
        found = list(read_scene(doors, first).findings)
    else:
        found = list(read(doors, str(place if kind == "series" else first), Reading()))
    took_s = time.monotonic() - start_s
    for one in found:
        assert one.status in ("ok", "degraded", "refused")
        if one.status == "refused":
            assert one.reason.partition(": ")[0] in WORDS, one.reason
            assert not one.data
        elif kind != "scene":
            check(one, first.name, list(files.values()))
    for path in place.iterdir():
        path.unlink()
    return found, took_s


def try_all(
    doors, kind: str, cases: Cases, folder: Path, *, never: set[str] = OUR_FAULTS
) -> Counter[str]:
    """Try cases in several lanes; a failure names its case as findings.txt would."""
    words: Counter[str] = Counter()
    faults: list[str] = []

    def attempt(case: tuple[str, int]) -> None:
        name = f"{kind} {case[0]} {case[1]}"
        try:
            found, took_s = tried(doors, kind, case, folder)
        except Exception as error:  # noqa: BLE001 - only Refused may escape, and as a finding
            faults.append(f"{name}: {type(error).__name__}: {str(error)[:300]}")
            return
        for one in found:
            word = one.reason.partition(": ")[0] if one.status == "refused" else one.status
            words[word] += 1
            if word in never:
                faults.append(f"{name}: {one.reason}")
        if not found:
            faults.append(f"{name}: nothing was said of it")
        if took_s > STALL_S:
            faults.append(f"{name}: {took_s:.0f} s")

    with ThreadPoolExecutor(LANES) as pool:
        list(pool.map(attempt, cases))
    assert not faults, "\n".join(sorted(faults))
    return words


@pytest.fixture(scope="module")
def doors():
    with open_doors() as opened:
        yield opened


def found_before(kind: str) -> list[tuple[str, int]]:
    lines = [line.split() for line in FINDINGS.read_text().splitlines() if not line.startswith("#")]
    known = seeds_of(kind)
    return [(seed, int(number)) for name, seed, number in lines if name == kind and seed in known]


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_found_before_stays_found(kind, doors, tmp_path):
    """Bug: one that was mended comes back."""
    never = OUR_FAULTS | {"parser", "crash", "memory"}
    try_all(doors, kind, found_before(kind), tmp_path, never=never)


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_files_end_in_words_or_show_what_is_in_them(kind, doors, tmp_path, capsys):
    """Bug: an exception leaves a room, a zygote dies, a file stalls, or what opens is made up."""
    names = sorted(seeds_of(kind))
    count = max(round(FILE_COUNT * KINDS[kind].share), 8)
    cases = [(names[n % len(names)], n) for n in range(FIRST, FIRST + count)]
    zygotes = (doors.medical.zygote_pid, doors.surface.zygote_pid, doors.building.zygote_pid)
    words = try_all(doors, kind, cases, tmp_path)
    with capsys.disabled():
        sys.stdout.write(f"\n{kind}: {count} files of {len(names)} seeds: {dict(words)}\n")
    assert sum(words.values()) >= count
    after = (doors.medical.zygote_pid, doors.surface.zygote_pid, doors.building.zygote_pid)
    assert after == zygotes, "a zygote was lost"
    # A maker whose files are all refused proves nothing, and one whose files all open neither.
    assert 0 < words["ok"] + words["degraded"] < sum(words.values())


@pytest.mark.parametrize("kind", KINDS)
def test_the_seeds_themselves_are_sound(kind, doors, tmp_path):
    """Bug: a seed that is refused for its own fault, so that no bent one gets any further."""
    if kind == "series":
        files = {f"{at}.dcm": content for at, content in enumerate(specimens.series())}
        cases = {"six": files}
    else:
        cases = {name: {f"case{KINDS[kind].ending or Path(name).suffix}": content}
                 for name, content in seeds_of(kind).items() if "/" not in name}  # fmt: skip
    for name, files in cases.items():
        place = tmp_path / name
        place.mkdir()
        for file, content in (files | hostile("scene", "ward", 0) | files).items():
            if kind == "scene" or file in files:
                (place / file).write_bytes(content)
        first = place / next(iter(files))
        if kind == "scene":
            found = list(read_scene(doors, first).findings)
        else:
            found = list(read(doors, str(place if kind == "series" else first), Reading()))
        assert found, name
        for one in found:
            assert one.status in ("ok", "degraded"), (name, one.reason)
            if kind != "scene":
                check(one, first.name, list(files.values()))


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_is_a_pure_function_of_its_name(kind):
    """Bug: a finding of yesterday is another file today."""
    seed = sorted(seeds_of(kind))[0]
    first = [dict(hostile(kind, seed, number)) for number in range(20)]
    again = [dict(hostile(kind, seed, number)) for number in reversed(range(20))]
    assert first == again[::-1]
    assert len({tuple(files.values()) for files in first}) > 10
