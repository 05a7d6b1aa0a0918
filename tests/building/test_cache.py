"""The cache gives back what was put in, notices damage, and leaves nothing half-written."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest

from metaviewer.building import bake_building, building_facts, cache, open_building
from metaviewer.errors import Refused
from tests.building.buildings_made import boxes, placed
from tests.building.ifc_made import good_wall, write_ifc

KEY = "a" * 64


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("METAVIEWER_CACHE", str(tmp_path / "cache"))


def made():
    rows = [placed((3 * k, 1, 2), turn_deg=10 * k) for k in range(5)]
    return dataclasses.replace(
        boxes(rows), content_id=KEY, badges=("substituted",), not_drawn=(3,), report=("ü \udc81",)
    )


def test_a_building_comes_back_as_it_was():
    """Names with stray bytes, badges and every array."""
    building = made()
    cache.store(building)
    back = cache.load(KEY)
    for field in ("badges", "not_drawn", "report", "storeys", "schema", "content_id"):
        assert getattr(back, field) == getattr(building, field)
    for name in cache.SHAPE_ARRAYS:
        np.testing.assert_array_equal(getattr(back.shapes, name), getattr(building.shapes, name))
    for name in cache.TABLE_ARRAYS:
        np.testing.assert_array_equal(
            getattr(back.elements, name), getattr(building.elements, name)
        )
    for name in cache.TABLE_TEXTS:
        assert getattr(back.elements, name) == getattr(building.elements, name)
    assert not back.shapes.points_m_n3.flags.writeable


@pytest.mark.parametrize("share", [0.0, 0.001, 0.02, 0.3, 0.6, 0.999])
def test_one_changed_byte_anywhere_is_noticed(share):
    cache.store(made())
    place = cache.cached_place(KEY)
    content = bytearray(place.read_bytes())
    content[int(share * (len(content) - 1))] ^= 0x40
    place.write_bytes(content)
    assert cache.load(KEY) is None
    assert not place.exists()


@pytest.mark.parametrize("kept", [0, 5, 20, 300, 0.5, 0.999])
def test_a_file_cut_short_is_noticed(kept):
    cache.store(made())
    place = cache.cached_place(KEY)
    content = place.read_bytes()
    place.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    assert cache.load(KEY) is None


def test_f30_a_full_disk_leaves_the_old_file_and_no_other(monkeypatch):
    """Written in place, the old building would be gone."""
    cache.store(made())
    before = cache.cached_place(KEY).read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refused) as refused:
        cache.store(dataclasses.replace(made(), report=("another",)))
    assert refused.value.word == "size"
    assert "No space left" in refused.value.reason
    folder = cache.cached_place(KEY).parent
    assert [path.name for path in folder.iterdir()] == [f"{KEY}.mvb"]
    assert cache.cached_place(KEY).read_bytes() == before


def test_with_a_full_disk_a_model_still_opens_but_is_not_baked(
    building_jail, tmp_path, monkeypatch
):
    place = write_ifc(tmp_path, good_wall(100))

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert open_building(building_jail, place).elements_built == 1
    with pytest.raises(Refused, match="cache"):
        bake_building(building_jail, place)


def test_a_second_opening_asks_no_parser_and_says_the_same(building_jail, tmp_path):
    place = write_ifc(tmp_path, good_wall(100))
    first = open_building(building_jail, place)
    second = open_building(None, place)
    assert building_facts(second) == building_facts(first)
    assert second.content_id == first.content_id


def test_another_content_or_unit_has_another_name(tmp_path):
    place = write_ifc(tmp_path, good_wall(100))
    keys = {cache.content_id((place,), unit=unit) for unit in (None, "mm", "ft")}
    write_ifc(tmp_path, good_wall(100, at=(1, 0, 0)))
    keys.add(cache.content_id((place,), unit=None))
    assert len(keys) == 4
