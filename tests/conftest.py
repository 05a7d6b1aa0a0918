"""What every test shares: the sample folder, markers by folder, and the rule about skipping."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from metaviewer import resources
from tests.accepted import check_picture

TESTS_DIR = Path(__file__).parent
MARKER_OF_FOLDER = {"gl": "gl", "picture": "picture", "process": "process"}
MARKER_OF_FIXTURE = {"gl_context": "gl", "same_picture": "picture", "samples": "samples"}
NO_SKIP_TEST = "test_nothing_was_skipped_but_for_absent_samples"
SKIPPED_KEY: pytest.StashKey[list[tuple[str, str]]] = pytest.StashKey()

# The same examples in every run: a failure seen by one person is seen by all. No deadline, because
# two cores are shared with whatever else runs.
settings.register_profile("metaviewer", deadline=None, derandomize=True, database=None)
settings.load_profile("metaviewer")


@pytest.fixture(scope="session", autouse=True)
def _own_places(tmp_path_factory: pytest.TempPathFactory):
    """Caches and journals of the tests lie apart from those of the person who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        if not os.environ.get(resources.CACHE_VARIABLE):
            patch.setenv(resources.CACHE_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        if not os.environ.get(resources.STATE_VARIABLE):
            patch.setenv(resources.STATE_VARIABLE, str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def samples() -> Path:
    """Folder of the real sample files; the test is skipped, by name, where it is absent."""
    folder = resources.samples_dir()
    if not folder.is_dir():
        pytest.skip(skip_reason(folder))
    return folder


@pytest.fixture
def same_picture() -> Callable[..., None]:
    """`same_picture(name, picture_hw3)` holds a drawn picture against the accepted one."""
    return check_picture


@pytest.fixture
def skipped(pytestconfig: pytest.Config) -> list[tuple[str, str]]:
    """What was skipped so far: node id and reason."""
    return pytestconfig.stash[SKIPPED_KEY]


def skip_reason(folder: Path) -> str:
    return f"no sample folder {folder}: set {resources.SAMPLES_VARIABLE}"


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SKIPPED_KEY] = []
    config.pluginmanager.register(_SkipLog(config.stash[SKIPPED_KEY]))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark by folder and by fixture; the test that counts what was skipped runs last."""
    for item in items:
        folder = item.path.relative_to(TESTS_DIR).parts[0]
        if folder in MARKER_OF_FOLDER:
            item.add_marker(MARKER_OF_FOLDER[folder])
        for fixture in MARKER_OF_FIXTURE.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(MARKER_OF_FIXTURE[fixture])
    items.sort(key=lambda item: getattr(item, "originalname", "") == NO_SKIP_TEST)


class _SkipLog:
    """Notes each skipped test with its reason."""

    def __init__(self, skipped: list[tuple[str, str]]) -> None:
        self.skipped = skipped

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.note(report)

    def note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        self.skipped.append((report.nodeid, reason.removeprefix("Skipped: ")))
