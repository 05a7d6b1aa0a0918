"""`evaluate_glsl`: one GLSL expression over a row of numbers, read back as floats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from panda3d.core import Camera, OrthographicLens, SamplerState, Texture

from metaviewer import resources
from metaviewer.render.context import Context
from metaviewer.render.load_shader import LoadedShader, compiled, panda_value
from metaviewer.render.passes import FloatTarget, Sort, make_float_target, quad_node
from metaviewer.render.shader_source import ShaderSource, read_source
from tests.render.gl import shared_context

ROW_MAX = 4096
TEXTURE_ROW = "t_x"


@pytest.fixture(scope="session")
def gl_context() -> Context:
    return shared_context()


@dataclass
class _Row:
    """A float target of one row, reused while its width fits."""

    context: Context
    targets: dict[int, FloatTarget]

    def target(self, width: int) -> FloatTarget:
        if width not in self.targets:
            self.targets[width] = make_float_target(
                self.context, f"row_{width}", size=(width, 1), sort=Sort.PICTURE
            )
        return self.targets[width]


@pytest.fixture(scope="session")
def evaluate_glsl(gl_context: Context) -> Callable[..., np.ndarray]:
    """`evaluate_glsl(file, expression, x, **uniforms)`: x is a float or a vector of 2 to 4 a row.

    The expression sees `x`; uniforms that the file does not declare itself are declared here. The
    answer has shape (n,) for a float, (n, components) for a vector of `gives` components.
    """
    row = _Row(gl_context, {})

    def evaluate(file: str, expression: str, x, *, gives: int = 1, defines=None, **uniforms):
        x = np.atleast_1d(np.asarray(x, dtype=np.float64))
        columns = 1 if x.ndim == 1 else x.shape[1]
        source = _source(
            file, expression, columns=columns, gives=gives, defines=defines, uniforms=uniforms
        )
        answer = _drawn(
            gl_context, row.target(len(x)), source, x.reshape(len(x), columns), uniforms
        )
        return answer[:, 0] if gives == 1 else answer[:, :gives]

    return evaluate


def _source(file, expression, *, columns, gives, defines, uniforms) -> ShaderSource:
    source = read_source(file, folder=resources.shaders_dir(), defines=defines, needs_version=False)
    kind = {1: "float", 2: "vec2", 3: "vec3", 4: "vec4"}
    declared = [
        f"uniform {_glsl_kind(value)} {name};"
        for name, value in uniforms.items()
        if name not in source.uniforms
    ]
    answer = {1: "vec4(y, 0.0, 0.0, 0.0)", 2: "vec4(y, 0.0, 0.0)", 3: "vec4(y, 0.0)", 4: "y"}[gives]
    out = "" if "o_place" in source.text else "layout(location = 1) out vec4 o_place;"
    body = f"""
uniform sampler2D {TEXTURE_ROW};
{out}
{chr(10).join(declared)}
void main() {{
    vec4 row = texelFetch({TEXTURE_ROW}, ivec2(int(gl_FragCoord.x), 0), 0);
    {kind[columns]} x = row.{"rgba"[:columns]};
    {kind[gives]} y = {expression};
    o_place = {answer};
}}
"""
    return ShaderSource(text=source.text + body, files=source.files)


def _glsl_kind(value) -> str:
    if isinstance(value, Texture):
        return "sampler3D"
    array = np.asarray(value)
    if array.shape == ():
        return "float"
    return {(2,): "vec2", (3,): "vec3", (4,): "vec4", (4, 4): "mat4", (3, 3): "mat3"}[array.shape]


def _drawn(context, target, source, x, uniforms) -> np.ndarray:
    vertex = read_source("common/fullscreen.vert", folder=resources.shaders_dir())
    shader = LoadedShader(
        name="test",
        shader=compiled(context, name="test", vertex=vertex, fragment=source),
        uniforms=source.uniforms,
    )
    texels = np.zeros((len(x), 4), dtype=np.float32)
    texels[:, : x.shape[1]] = x
    values = Texture("x")
    values.setup_2d_texture(len(x), 1, Texture.T_float, Texture.F_rgba32)
    values.set_ram_image(np.ascontiguousarray(texels[:, [2, 1, 0, 3]]))
    values.set_minfilter(SamplerState.FT_nearest)
    values.set_magfilter(SamplerState.FT_nearest)
    quad = quad_node("row")
    quad.set_shader(shader.shader)
    quad.set_shader_inputs(
        **{TEXTURE_ROW: values}, **{name: panda_value(value) for name, value in uniforms.items()}
    )
    region = target.region((0.0, 0.0, 1.0, 1.0))
    region.set_camera(quad.attach_new_node(Camera("row", OrthographicLens())))
    target.buffer.set_active(True)
    context.render_frame()
    answer = target.pixels(target.place)[0]
    target.buffer.remove_display_region(region)
    target.buffer.set_active(False)
    values.release_all()
    return answer
