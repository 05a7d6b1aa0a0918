"""Shaders, compiled and checked: the only place that makes one (DESIGN.md section 6).

Panda3D 1.10 hides three faults: a shader that does not compile, an input that is missing, and one
that nobody reads. Here each of them is a ShaderError that names file and line.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
from panda3d.core import (
    LMatrix3f,
    LMatrix4f,
    LVecBase2f,
    LVecBase3f,
    LVecBase4f,
    NodePath,
    Notify,
    PTA_float,
    PTA_LMatrix4f,
    PTA_LVecBase4f,
    Shader,
    StringStream,
    Texture,
    UnalignedLMatrix4f,
    UnalignedLVecBase4f,
)

from metaviewer import resources
from metaviewer.errors import ShaderError
from metaviewer.render.context import Context
from metaviewer.render.shader_source import Defines, ShaderSource, read_source


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LoadedShader:
    """A shader that compiled, with the inputs it must be given."""

    name: str
    shader: Shader
    uniforms: frozenset[str]


def load_shader(
    context: Context,
    *,
    vertex: str,
    fragment: str,
    inputs: tuple[type, ...],
    defines: Defines | None = None,
) -> LoadedShader:
    """The shader of two files under ``shaders/``, compiled, linked, its inputs compared.

    Parameters
    ----------
    inputs : tuple of dataclasses
        Their fields together must be exactly the uniforms that the two files declare.

    Raises
    ------
    ShaderError
        Names the file, and the line where there is one.
    """
    folder = resources.shaders_dir()
    sources = [read_source(name, folder=folder, defines=defines) for name in (vertex, fragment)]
    uniforms = sources[0].uniforms | sources[1].uniforms
    check_inputs(fragment, uniforms=uniforms, inputs=inputs)
    _check_varyings(fragment, vertex=sources[0], fragment=sources[1])
    shader = compiled(context, name=fragment, vertex=sources[0], fragment=sources[1])
    return LoadedShader(name=fragment, shader=shader, uniforms=uniforms)


def check_inputs(name: str, *, uniforms: frozenset[str], inputs: tuple[type, ...]) -> None:
    """Raise ShaderError unless the uniforms are exactly the fields of the dataclasses."""
    given = {field.name for kind in inputs for field in fields(kind)}
    faults = [f"`{missing}` is declared but never given" for missing in sorted(uniforms - given)]
    faults += [f"`{unread}` is given but not declared" for unread in sorted(given - uniforms)]
    if faults:
        raise ShaderError(f"{name}: " + ", ".join(faults))


def _check_varyings(name: str, *, vertex: ShaderSource, fragment: ShaderSource) -> None:
    """Compare the stages by their text: a driver with a warm cache does not warn (measured)."""
    unwritten = sorted(fragment.varyings - vertex.varyings)
    if unwritten:
        raise ShaderError(f"{name}: `{unwritten[0]}` is read but the vertex shader never writes it")


def compiled(
    context: Context, *, name: str, vertex: ShaderSource, fragment: ShaderSource
) -> Shader:
    """A shader made of two sources; ShaderError with the compiler's own first line if it fails."""
    said = StringStream()
    notify = Notify.ptr()
    before = notify.get_ostream_ptr()
    notify.set_ostream_ptr(said, False)
    try:
        shader = Shader.make(Shader.SL_GLSL, vertex.text, fragment.text)
        shader.prepare_now(context.gsg.get_prepared_objects(), context.gsg)
    finally:
        notify.set_ostream_ptr(before, False)
    message = said.get_data().decode("utf-8", "replace")
    if shader.get_error_flag():
        source = vertex if "vertex shader" in message else fragment
        raise ShaderError(f"{name}: {_first_fault(source.traced(message))}")
    return shader


def _first_fault(message: str) -> str:
    """The compiler's first complaint; Panda3D's own line before it only says that there is one."""
    lines = [line.strip(" .") for line in message.splitlines() if "occurred while" not in line]
    faults = [line for line in lines if "error" in line.lower()]
    said = [line for line in lines if line]
    return (faults or said or ["the driver gave no reason"])[0]


def bind(node: NodePath[Any], shader: LoadedShader | None, *inputs: object) -> None:
    """Give a node its shader (None keeps the one it has) and the values of its inputs.

    Parameters
    ----------
    inputs : dataclass instances
        Numbers, tuples, numpy vectors (2, 3, 4) or (n, 4), matrices (3, 3) or (4, 4), textures.
    """
    if shader is not None:
        node.set_shader(shader.shader)
    node.set_shader_inputs(
        **{name: value for values in inputs for name, value in _input_values(values).items()}
    )


def _input_values(values: object) -> dict[str, Any]:
    assert is_dataclass(values)
    return {field.name: panda_value(getattr(values, field.name)) for field in fields(values)}


def panda_value(value: Any) -> Any:  # noqa: ANN401  the door to Panda3D, which takes many kinds
    """A value as Panda3D wants it; matrices are transposed, because Panda3D multiplies rows."""
    if isinstance(value, (Texture, int, float)):
        return value
    array = np.asarray(value, dtype=np.float64)
    if array.shape == (4, 4):
        return LMatrix4f(*array.T.ravel())
    if array.shape == (3, 3):
        return LMatrix3f(*array.T.ravel())
    if array.ndim == 3 and array.shape[1:] == (4, 4):
        return PTA_LMatrix4f([UnalignedLMatrix4f(*matrix.T.ravel()) for matrix in array])
    if array.ndim == 2 and array.shape[1] == 4:
        return PTA_LVecBase4f([UnalignedLVecBase4f(*row) for row in array])
    if array.shape in {(2,), (3,), (4,)}:
        return {2: LVecBase2f, 3: LVecBase3f, 4: LVecBase4f}[len(array)](*array)
    return PTA_float(array.ravel().tolist())
