"""The three faults that Panda3D hides are errors here, with file and line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from metaviewer import resources
from metaviewer.errors import ShaderError
from metaviewer.render.context import Context
from metaviewer.render.load_shader import load_shader

VERTEX = "#version 330\nin vec4 p3d_Vertex;\nvoid main() { gl_Position = p3d_Vertex; }\n"


@dataclass
class One:
    u_one: float = 1.0


@dataclass
class Two:
    u_one: float = 1.0
    u_two: float = 2.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr(resources, "shaders_dir", lambda: tmp_path)
    (tmp_path / "a.vert").write_text(VERTEX)
    return tmp_path


def load(context: Context, folder: Path, text: str, *, inputs=(One,), defines=None):
    (folder / "a.frag").write_text(text)
    return load_shader(context, vertex="a.vert", fragment="a.frag", inputs=inputs, defines=defines)


GOOD = """#version 330
uniform float u_one;
out vec4 o_colour;
void main() {
    o_colour = vec4(u_one);
}
"""


def test_a_good_shader_loads(gl_context, folder):
    assert load(gl_context, folder, GOOD).uniforms == {"u_one"}


def test_a_fault_in_the_file_is_named_by_line(gl_context, folder):
    """`Shader.make` answers an object that looks fine; the picture is drawn without the shader."""
    with pytest.raises(ShaderError, match=r"a\.frag:5.*u_won"):
        load(gl_context, folder, GOOD.replace("vec4(u_one)", "vec4(u_won)"))


def test_a_fault_in_an_included_file_is_named_by_that_file(gl_context, folder):
    (folder / "part.glsl").write_text("float twice(float x) {\n    return 2.0 * z;\n}\n")
    text = GOOD.replace("out vec4", '#pragma include "part.glsl"\nout vec4')
    with pytest.raises(ShaderError, match=r"part\.glsl:2"):
        load(gl_context, folder, text)


def test_a_line_behind_an_include_keeps_its_number(gl_context, folder):
    (folder / "part.glsl").write_text("float twice(float x) {\n    return 2.0 * x;\n}\n")
    text = GOOD.replace("out vec4", '#pragma include "part.glsl"\nout vec4')
    with pytest.raises(ShaderError, match=r"a\.frag:6"):
        load(gl_context, folder, text.replace("vec4(u_one)", "vec4(u_won)"))


def test_stages_that_do_not_fit_are_refused(gl_context, folder):
    """Panda3D calls it a warning: the varying is then whatever was in the register."""
    text = GOOD.replace("out vec4", "in vec3 v_gone;\nout vec4").replace(
        "(u_one)", "(v_gone, u_one)"
    )
    with pytest.raises(ShaderError, match="v_gone"):
        load(gl_context, folder, text)


def test_an_input_that_nobody_reads_is_refused(gl_context, folder):
    with pytest.raises(ShaderError, match="`u_two` is given but not declared"):
        load(gl_context, folder, GOOD, inputs=(Two,))


def test_an_input_that_nobody_gives_is_refused(gl_context, folder):
    """Panda3D: an AssertionError out of the first frame that draws it."""
    text = GOOD.replace("out vec4", "uniform float u_two, u_three[2];\nout vec4")
    with pytest.raises(ShaderError, match="`u_three` is declared but never given, `u_two`"):
        load(gl_context, folder, text)


def test_a_missing_file_is_refused(gl_context, folder):
    text = GOOD.replace("out vec4", '#pragma include "gone.glsl"\nout vec4')
    with pytest.raises(ShaderError, match=r"a\.frag:3: the file gone\.glsl is missing"):
        load(gl_context, folder, text)


def test_a_missing_version_line_is_refused(gl_context, folder):
    with pytest.raises(ShaderError, match=r"a\.frag:1"):
        load(gl_context, folder, GOOD.removeprefix("#version 330\n"))


def test_defines_choose_the_variant(gl_context, folder):
    text = GOOD.replace("vec4(u_one)", "vec4(FACTOR * u_one)")
    load(gl_context, folder, text, defines={"FACTOR": 2})
    with pytest.raises(ShaderError, match="FACTOR"):
        load(gl_context, folder, text)
