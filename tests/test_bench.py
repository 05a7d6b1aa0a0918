"""The benchmarks run in their smallest form, and their table reaches the README and nothing else.

How fast anything is, is for `tools/dev.py bench`: here the bounds are so wide that only a benchmark
that measures the wrong thing (nothing, or one side twice) leaves them.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import dev
import dev_bench
import make_hospital
import pytest
from dev_setup import SetupStoppedError

BENCH = Path(__file__).parents[1] / "bench"
KEYS = {"name", "unit", "rounds", "ours", "target", "held", "machine", "commit"}
SOFTWARE_GL = {"LIBGL_ALWAYS_SOFTWARE": "1"}


def lines_of(case, *arguments):
    """The lines of a benchmark in its smallest form, each of the agreed form."""
    done = subprocess.run(
        [sys.executable, str(BENCH / f"{case}.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **SOFTWARE_GL},
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        assert line.keys() >= KEYS
        assert math.isfinite(line["ours"])
        assert "cores" in line["machine"]
        if "peer" in line:
            ratio = line["ratio"]
            assert line["peer"] > 0
            assert 0 < ratio["min"] <= ratio["median"] <= ratio["max"] < math.inf
    return {line["name"]: line for line in lines}


@pytest.mark.process
def test_the_series_is_read_by_both_and_the_jail_is_counted(tmp_path):
    """Without the jail's processes we look a hundred times faster: the viewer's own part of two
    calls is one millisecond, their two forks alone are more."""
    size = ("--slices", 12, "--side", 64, "--rounds", 1, "--folder", tmp_path)
    lines = lines_of("series", *size)
    read = lines["series, 12 x 64 x 64"]
    assert 3.0 < read["ours"] < 1000.0
    assert 0.02 < read["ratio"]["median"] < 20.0
    cold = lines["series, from nothing, 12 x 64 x 64"]
    assert cold["ours"] > read["ours"]
    assert lines["series, memory while reading, 12 x 64 x 64"]["ours"] > 0.9


@pytest.mark.process
def test_a_building_is_converted_by_both_to_the_same_elements(tmp_path):
    """An element list that is empty on one side makes any time look good."""
    model = tmp_path / "small.ifc"
    made = [sys.executable, make_hospital.__file__, "-o", str(model), "--elements", "150"]
    subprocess.run([*made, "--storeys", "1"], check=True, capture_output=True)
    lines = lines_of("ifc", "--place", model)
    converted = lines["ifc conversion, small.ifc, 1 files"]
    assert converted["elements"] > 100
    assert converted["ids_of_one_only"] == 0
    assert converted["areas_differ"] == 0
    assert 0.05 < converted["ratio"]["median"] < 500.0
    cached = lines["ifc from the cache, small.ifc, 1 files"]
    assert cached["same_ids_and_shapes"] is True
    assert cached["ratio"]["median"] > 2.0


@pytest.mark.process
def test_a_small_building_is_drawn_both_ways():
    """A way that draws nothing costs nothing: its ratio is zero, or has no end."""
    small = ("--elements", 2000, "--peer-elements", 2000, "--rounds", 1, "--peer-rounds", 2)
    lines = lines_of("building", *small, "--moving-rounds", 1, "--moving-frames", 3)
    moving, standing = lines["demo scene, moving frame"], lines["demo scene, standing frame"]
    assert 20.0 < moving["ours"] < standing["ours"]
    assert moving["scale"] < standing["scale"] == 1.0
    submit = lines["building, submit, 2000 elements"]
    assert submit["renderer"] == "NOOP"
    assert submit["batches"] <= 150
    assert submit["ours"] < 10.0
    # One small round on a busy machine says little of speed; bench/results.jsonl holds the ratio.
    assert lines["building, frame, 2000 elements"]["ratio"]["median"] > 0.3


@pytest.mark.process
def test_volumes_of_both_are_the_same_picture():
    """Another camera or table than VTK's: fewer rays that hit, and 15 dB instead of 60."""
    lines = lines_of("volume", "--size", 128, "--rounds", 1, "--cases", "soft_plain")
    assert lines["volume 128, soft tissue, unshaded, nearness to VTK GPU mapper"]["ours"] > 55.0
    assert 1.5 < lines["volume 128, soft tissue, unshaded"]["ratio"]["median"] < 30.0


@pytest.mark.process
def test_the_headsets_frame_is_measured_without_its_drawing():
    """Copies left out, or a session without focus, would look ten times faster than we are."""
    lines = lines_of("headset", "--frames", 100, "--rounds", 1)
    assert 0.02 < lines["headset, a frame without drawing, median"]["ours"] < 20.0
    assert len(lines) == 2


# --- the table ------------------------------------------------------------------------------------

LINE = {
    "name": "mip",
    "unit": "CPU ms",
    "rounds": 3,
    "ours": 12.34567,
    "peer": 30.0,
    "against": "another",
    "ratio": {"median": 2.43, "min": 2.4, "max": 2.5},
    "target": ">= 2",
    "held": True,
    "machine": "a processor, 2 cores",
    "commit": "abc",
}


def test_the_table_replaces_what_stands_between_the_marks_and_nothing_else(tmp_path):
    """Writing it twice would append, or eat the chapter behind it."""
    readme = tmp_path / "README.md"
    marks = f"{dev_bench.TABLE_BEGIN}\nold\n{dev_bench.TABLE_END}"
    readme.write_text(f"# a\n\n{marks}\n\n## b\n", encoding="utf-8")
    dev_bench.write_table(readme, [LINE])
    once = readme.read_text(encoding="utf-8")
    dev_bench.write_table(readme, [LINE])
    assert readme.read_text(encoding="utf-8") == once
    assert once.startswith("# a\n\n")
    assert once.endswith(f"{dev_bench.TABLE_END}\n\n## b\n")
    assert "old" not in once
    wanted = "| mip | 12.35 CPU ms | 30 CPU ms (another) | 2.43 (2.4 to 2.5) | >= 2 | yes |"
    assert wanted in once
    assert "a processor, 2 cores, commit abc" in once


def test_a_readme_without_marks_is_left_alone(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("# a\n", encoding="utf-8")
    with pytest.raises(SetupStoppedError, match=r"README\.md has no"):
        dev_bench.write_table(readme, [LINE])
    assert readme.read_text(encoding="utf-8") == "# a\n"


def test_what_was_not_reached_is_said_in_the_table():
    """A miss that reads like a hit is worse than no table."""
    assert "| >= 2 | **no** |" in dev_bench.table([{**LINE, "held": False}])


def test_a_new_run_of_one_case_leaves_the_lines_of_the_others(tmp_path):
    file = tmp_path / "results.jsonl"
    dev_bench.keep(file, "volume", [json.dumps(LINE)])
    dev_bench.keep(file, "series", [json.dumps({**LINE, "name": "old"})])
    dev_bench.keep(file, "series", [json.dumps({**LINE, "name": "new"})])
    kept = [(line["case"], line["name"]) for line in dev_bench.kept_lines(file)]
    assert kept == [("series", "new"), ("volume", "mip")]


def test_every_case_has_its_script_and_another_name_is_refused(capsys):
    assert all((BENCH / f"{case}.py").is_file() for case in dev_bench.CASES)
    assert dev_bench.bench("nothing", as_json=False) == 2
    assert "series, ifc, building, volume, headset" in capsys.readouterr().out
    assert dev.parser().parse_args(["bench", "ifc", "--readme"]).readme


def test_the_readme_shows_the_kept_run():
    """Somebody wrote a nicer number into the page by hand."""
    lines = dev_bench.kept_lines(dev_bench.RESULTS_FILE)
    readme = dev_bench.README_FILE.read_text(encoding="utf-8")
    assert {line["case"] for line in lines} == set(dev_bench.CASES)
    assert f"{dev_bench.TABLE_BEGIN}\n{dev_bench.table(lines)}\n{dev_bench.TABLE_END}" in readme
