"""The scripted runtime, chosen as the active one, and the program's headset on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from metaviewer.render import Gl
from metaviewer.render.context import Context
from metaviewer.render.passes import Sort, Target, make_picture_target
from metaviewer.xr.headset_life import Entered
from tests.render.gl import shared_context
from tests.xr.scripted import Runtime, build_runtime

LAYERS = ("XR_APILAYER_LUNARG_core_validation",)


@pytest.fixture(scope="session")
def gl_context() -> Context:
    return shared_context()


@pytest.fixture(scope="session")
def built_runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return build_runtime(tmp_path_factory.mktemp("runtime"))


@pytest.fixture
def runtime(built_runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """The scripted runtime, active and as it was; in the end nothing of it may be left alive."""
    built_runtime.reset()
    monkeypatch.setenv("XR_RUNTIME_JSON", str(built_runtime.manifest))
    monkeypatch.setenv("XR_LOADER_DEBUG", "none")
    yield built_runtime
    assert built_runtime.alive() == {}


@pytest.fixture
def validated(runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """With the validation layers of pyopenxr's wheel; what they say lies in the file."""
    layers = Path(pytest.importorskip("xr").__file__).parent / "api_layer" / "linux_x86_64"
    said = tmp_path / "validation.txt"
    monkeypatch.setenv("XR_API_LAYER_PATH", str(layers))
    monkeypatch.setenv("XR_ENABLE_API_LAYERS", ":".join(LAYERS))
    monkeypatch.setenv("XR_CORE_VALIDATION_EXPORT_TYPE", "text")
    monkeypatch.setenv("XR_CORE_VALIDATION_FILE_NAME", str(said))
    return said


@dataclass
class Worn:
    """A headset on somebody's head, in a loop of 10 ms a turn that draws one colour."""

    entered: Entered
    gl: Gl
    context: Context
    target: Target
    now_s: float = 100.0
    shown: list[bool] = field(default_factory=list)

    def turn(self, times: int = 1) -> int:
        """Go on; return how many of these turns showed the eyes a picture."""
        for _ in range(times):
            self.now_s += 0.01
            self.entered.turn(now_s=self.now_s)
            frame = self.entered.begin_frame(now_s=self.now_s)
            self.context.render_frame()
            is_shown = False
            if frame is not None:
                draw = self._draw if frame.eyes is not None else None
                is_shown = self.entered.end_frame(frame, draw, now_s=self.now_s)
            self.shown.append(is_shown)
        return sum(self.shown[-times:])

    def _draw(self, image: int) -> None:
        size = self.target.buffer.get_fb_x_size(), self.target.buffer.get_fb_y_size()
        self.gl.copy(self.gl.name_of(self.target.colour), image, size=size)


@pytest.fixture
def worn(runtime: Runtime, gl_context: Context) -> Iterator[Worn]:
    """Nobody has asked for the headset yet."""
    size = 2 * runtime.script.eye_width, runtime.script.eye_height
    target = make_picture_target(gl_context, "eyes", size=size, sort=Sort.PICTURE)
    target.buffer.set_clear_color((128 / 255, 64 / 255, 191 / 255, 1.0))
    gl = Gl(gl_context)
    worn = Worn(Entered(gl), gl, gl_context, target)
    yield worn
    runtime.heal()
    worn.entered.close()
    gl.close()
    target.close()
    gl_context.render_frame()
