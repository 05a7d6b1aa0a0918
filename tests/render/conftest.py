"""One OpenGL context for every test that draws: a second one proves nothing."""

from __future__ import annotations

import pytest

from metaviewer.render.context import Context
from tests.render.gl import shared_context


@pytest.fixture(scope="session")
def gl_context() -> Context:
    return shared_context()
