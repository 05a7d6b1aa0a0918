"""Every broken file of the sample set, by the one way that `check` takes: doors, rooms, words.

The rooms prove their own readers on these files, without a jail. Here one process with one set of
doors reads them all, one after the other, and what a person sees is held against the manifests.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from metaviewer import resources
from metaviewer.errors import WORDS
from tests.faults.said import check, check_line

pytestmark = pytest.mark.slow

MANIFEST = resources.samples_dir() / "medical.json"
ENTRIES = {
    entry["path"]: entry["expect"]
    for entry in (json.loads(MANIFEST.read_text()) if MANIFEST.is_file() else [])
    if entry["kind"] in ("malformed", "malformed_series")
}
VERDICT_OF_STATUS = {"ok": "open", "degraded": "open_with_warning", "refused": "refuse"}

WORDS_OF_REASON = {
    "BAD_CODESTREAM": {"format", "size"},
    "BAD_GEOMETRY": {"geometry", "numbers"},
    "BAD_IMAGE": {"numbers", "format"},
    "BAD_INDEX": {"numbers"},
    "BAD_ORIENTATION": {"geometry", "numbers"},
    "BAD_POSITION": {"geometry", "numbers"},
    "BAD_REGISTRATION": {"geometry", "numbers"},
    "BAD_RESCALE": {"numbers"},
    "BAD_SPACING": {"geometry", "numbers"},
    "BAD_STRUCTURE": {"format", "numbers", "size", "empty"},
    "BOMB": {"size"},
    "DEGENERATE": {"empty", "geometry"},
    "DUPLICATE_SLICE": {"geometry", "identity"},
    "EMPTY": {"empty", "geometry"},
    "IMPLAUSIBLE_SIZE": {"geometry", "numbers"},
    "IMPLAUSIBLE_SPACING": {"geometry", "numbers"},
    "INCONSISTENT": {"geometry"},
    "LENGTH_MISMATCH": {"size"},
    "MISSING_FILE": {"path"},
    "NOT_DICOM": {"format"},
    "NOT_FINITE": {"numbers"},
    "NO_ORIENTATION": {"geometry"},
    "NO_PIXELS": {"empty", "format"},
    "NO_POSITION": {"geometry"},
    "NO_SPACING": {"geometry"},
    "OTHER_FRAME": {"geometry", "identity"},
    "OTHER_PATIENT": {"identity"},
    "PATH_ESCAPE": {"path"},
    "REMOTE_URL": {"path"},
    "SHEAR": {"geometry"},
    "TOO_DEEP": {"size"},
    "TRUNCATED": {"size", "format", "empty"},
    "UNSUPPORTED": {"format"},
    "WRONG_NAME": {"format"},
}
"""The words that make sense for a reason of the manifest."""


@pytest.fixture(scope="module")
def said(samples):
    """One run over all of them: whatever one file does, the next must still be read."""
    return check(*(samples / path for path in ENTRIES), unit="mm")


@pytest.mark.parametrize("path", ENTRIES or ["(no samples)"])
def test_a_broken_file_ends_as_the_manifest_says(path, said, samples):
    """Bug: a file that must open is refused, or the other way round, or by a wrong word."""
    expect = ENTRIES[path]
    found = said.of(samples / path)
    assert found, "nothing was said of it"
    statuses = {one["status"] for one in found}
    worst = next(status for status in ("refused", "degraded", "ok") if status in statuses)
    verdicts = {VERDICT_OF_STATUS[worst]}
    if worst == "refused":
        verdicts.add("open_2d_uncalibrated")  # what cannot be measured is no volume in space
    elif len(found) > 1:
        verdicts.add("split")
    assert verdicts & {expect["must"], *expect.get("also_ok", [])}, (expect, found)
    for one in found:
        word = one["reason"].partition(": ")[0]
        if one["status"] == "refused":
            assert word in WORDS_OF_REASON[expect["reason"]], one
        elif one["status"] == "degraded":
            assert word in WORDS, one


def test_each_refusal_is_one_line_for_people(said, samples):
    """Bug: a refusal without a remedy, two lines for one, or a traceback among them."""
    assert said.code == 2
    refused = [one for one in said.findings if one["status"] == "refused"]
    assert len(said.errors) == len(refused) > 100
    for one, line in zip(refused, said.errors, strict=True):
        check_line(line, Path(one["path"]))
        assert samples in Path(one["path"]).parents


def test_the_wheels_go_on_turning(said, samples):
    """Bug: the last file is refused because an earlier one took the zygote with it."""
    assert not [one for one in said.findings if one["reason"].startswith(("jail", "crash", "time"))]


IFC = {
    "errorfile.ifc": ({"refused"}, "empty"),
    "empty.ifc": ({"refused"}, "empty"),
    "SixSpaces.ifcxml": ({"refused"}, "format"),
    "ADT-FZK-Haus_IFC2X_FINAL.ifczip": ({"refused"}, "format"),
    "KIT-Simple-Road_IFC4X3_RC2.ifczip": ({"refused"}, "format"),
    "RioleringTestArkey_ports.ifc": ({"ok", "degraded", "refused"}, "empty"),
    "doubleguids.ifc": ({"ok", "degraded"}, ""),
}
"""Models that the manifest calls broken, foreign or without a body."""


@pytest.fixture(scope="module")
def said_of_models(samples):
    return check(*(samples / "ifc" / name for name in IFC))


@pytest.mark.parametrize("name", IFC)
def test_a_model_that_is_broken_or_foreign_ends_in_words(name, said_of_models, samples):
    """Bug: an unknown schema is a traceback, and a file without a project an empty picture."""
    statuses, word = IFC[name]
    (found,) = said_of_models.of(samples / "ifc" / name)
    assert found["status"] in statuses, found
    lines = said_of_models.errors_of(samples / "ifc" / name)
    if found["status"] == "refused":
        assert found["reason"].startswith(f"{word}: "), found
        (line,) = lines
        check_line(line, samples / "ifc" / name)
    else:
        assert not lines
        assert found["building"]["elements"] >= 0


MESHES = {"empty.stl": "refused", "busted.STL": "ok", "nancolor.obj": "ok"}


@pytest.mark.parametrize("name", MESHES)
def test_a_mesh_that_its_manifest_calls_broken(name, samples):
    """Bug: colours that are no numbers refuse a sound shape; a file of no triangle opens."""
    said = check(samples / "meshes" / name, unit="mm")
    (found,) = said.findings
    assert found["status"] == MESHES[name]
    assert said.code == (2 if found["status"] == "refused" else 0)
