"""One jail for all tests of buildings."""

from __future__ import annotations

import pytest

from metaviewer.jail import Jail


@pytest.fixture(scope="session")
def building_jail():
    with Jail("building") as jail:
        yield jail


@pytest.fixture
def opened(building_jail, tmp_path, monkeypatch):
    """Opens a made file through the jail, with a cache of its own."""
    from metaviewer.building import open_building
    from tests.building.ifc_made import write_ifc

    monkeypatch.setenv("METAVIEWER_CACHE", str(tmp_path / "cache"))

    def open_(lines, **options):
        unit = options.pop("unit", None)
        return open_building(building_jail, write_ifc(tmp_path, lines, **options), unit=unit)

    return open_
