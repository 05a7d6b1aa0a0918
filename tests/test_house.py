"""The house stands: configuration, pinned packages and what the tests may skip."""

from __future__ import annotations

from metaviewer import resources


def test_nothing_was_skipped_but_for_absent_samples(skipped):
    """A skip that nobody reads is a test that no longer runs; conftest puts this test last."""
    wrong = [
        f"{nodeid}: {reason}"
        for nodeid, reason in skipped
        if not reason.startswith(f"no sample folder {resources.samples_dir()}")
    ]
    assert wrong == []
