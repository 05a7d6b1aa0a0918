"""3D textures of volumes, exact or reduced, never in silence.

``T_short`` with ``F_r16`` keeps all 16 bits and filters linearly; ``F_red`` is 8 bit in silence
(measured). Beyond the driver's longest edge Panda3D halves a texture without a word, and beyond its
memory it aborts, so both are checked before the upload.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from panda3d.core import PTA_uchar, SamplerState, Texture

from metaviewer.render.context import Context

BYTES_MAX: Final = 2 << 30
"""One volume's texture; the largest chest CT at full size takes a quarter of it."""

TexelLayout = Literal["short", "float", "byte", "two_bytes", "four_bytes"]
LAYOUTS: Final[dict[TexelLayout, tuple[Any, Any]]] = {
    "short": (Texture.T_short, Texture.F_r16),
    "float": (Texture.T_float, Texture.F_r32),
    "byte": (Texture.T_unsigned_byte, Texture.F_red),
    "two_bytes": (Texture.T_unsigned_byte, Texture.F_rg),
    "four_bytes": (Texture.T_unsigned_byte, Texture.F_rgba8),
}

SHORT_MAX: Final = 32767.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VolumeTexture:
    """Values on the graphics card.

    Parameters
    ----------
    value_scale : float
        Modality value of 1.0 as the shader reads it.
    halvings : int
        0 where every voxel is there, 1 where each axis was halved, ...
    """

    texture: Texture
    value_scale: float
    halvings: int


def halvings_needed(shape_kji: tuple[int, ...], *, item_bytes: int, edge_max: int) -> int:
    """How often a volume must be halved to fit the driver and the budget."""
    count = 0
    edges = list(shape_kji)
    while max(edges) > edge_max or int(np.prod(edges, dtype=np.int64)) * item_bytes > BYTES_MAX:
        edges = [(edge + 1) // 2 for edge in edges]
        count += 1
    return count


def halved(values_kji: NDArray[Any]) -> NDArray[Any]:
    """Means of 2 x 2 x 2 voxels, rounded to the type; an odd axis counts its last voxel twice."""
    odd = [(0, edge % 2) for edge in values_kji.shape]
    even = np.pad(values_kji, odd, mode="edge")
    total = np.zeros(tuple(edge // 2 for edge in even.shape), dtype=np.float32)
    for k, j, i in np.ndindex(2, 2, 2):
        total += even[k::2, j::2, i::2]
    mean = total / np.float32(8.0)
    return (np.rint(mean) if values_kji.dtype.kind == "i" else mean).astype(values_kji.dtype)


def upload_values(context: Context, values_kji: NDArray[Any]) -> VolumeTexture:
    """int16 or float32 values as a linear texture, halved as often as it must be."""
    return upload_and_keep(context, values_kji)[0]


def upload_and_keep(
    context: Context, values_kji: NDArray[Any]
) -> tuple[VolumeTexture, NDArray[Any]]:
    """The texture, and the values (all of them) where Panda3D takes them from.

    Whoever goes on with those may let the given ones go: there is one copy less.
    """
    halvings = halvings_needed(
        values_kji.shape, item_bytes=values_kji.itemsize, edge_max=context.volume_edge_max
    )
    kept = values_kji
    for _ in range(halvings):
        values_kji = halved(values_kji)
    is_short = values_kji.dtype == np.int16
    memory: Any = PTA_uchar.empty_array(values_kji.nbytes)  # a buffer, which its types do not say
    uploaded = np.frombuffer(memory, dtype=values_kji.dtype).reshape(values_kji.shape)
    uploaded[:] = values_kji
    uploaded.setflags(write=False)
    texture = _texture_3d(uploaded, layout="short" if is_short else "float", memory=memory)
    shown = VolumeTexture(
        texture=texture, value_scale=SHORT_MAX if is_short else 1.0, halvings=halvings
    )
    return shown, kept if halvings else uploaded


def upload_bytes(values_kji: NDArray[np.uint8], *, is_linear: bool) -> Texture:
    """uint8 values (k, j, i) or (k, j, i, 2) as 0..1 in the shader, in channel order."""
    if values_kji.ndim == 3:
        return _texture_3d(values_kji, layout="byte", is_linear=is_linear)
    # Panda3D keeps two channels as GR.
    return _texture_3d(values_kji[..., ::-1], layout="two_bytes", is_linear=is_linear)


def upload_normals(context: Context, normals_kjic: NDArray[np.uint8]) -> Texture:
    """Normals (k, j, i, 4) of z, y, x, strength as x, y, z, strength in the shader.

    Panda3D keeps colours as BGRA, so that they lie as they come: to turn the bytes of a chest CT
    around takes longer than a frame. They go to the card before all else in the next frame,
    so that Panda3D's copy of them is gone when the values come.
    """
    texture = _texture_3d(normals_kjic, layout="four_bytes")
    texture.prepare(context.gsg.get_prepared_objects())
    return texture


def upload_table(rgba_n4: NDArray[np.float64]) -> Texture:
    """A colour table as a linear half-float texture."""
    texture = Texture("table")
    texture.setup_1d_texture(len(rgba_n4), Texture.T_half_float, Texture.F_rgba16)
    texture.set_ram_image(np.ascontiguousarray(rgba_n4[:, [2, 1, 0, 3]], dtype=np.float16))
    _filter(texture, is_linear=True)
    return texture


def upload_tile(tile: NDArray[np.uint8]) -> Texture:
    """A small 2D tile of bytes, nearest and repeated."""
    texture = Texture("tile")
    texture.setup_2d_texture(tile.shape[1], tile.shape[0], Texture.T_unsigned_byte, Texture.F_red)
    texture.set_ram_image(np.ascontiguousarray(tile))
    texture.set_minfilter(SamplerState.FT_nearest)
    texture.set_magfilter(SamplerState.FT_nearest)
    return texture


def _texture_3d(
    values_kji: NDArray[Any],
    *,
    layout: TexelLayout,
    is_linear: bool = True,
    memory: PTA_uchar | None = None,
) -> Texture:
    """The texture of an array; `memory` is Panda3D's own where the array lies in it."""
    slices, rows, columns = values_kji.shape[:3]
    texture = Texture("volume")
    texture.setup_3d_texture(columns, rows, slices, *LAYOUTS[layout])
    contiguous = np.ascontiguousarray(values_kji)
    assert contiguous.nbytes == texture.get_expected_ram_image_size()
    texture.set_ram_image(contiguous if memory is None else memory)
    _filter(texture, is_linear=is_linear)
    texture.set_keep_ram_image(False)
    return texture


def _filter(texture: Texture, *, is_linear: bool) -> None:
    texture.set_minfilter(SamplerState.FT_linear if is_linear else SamplerState.FT_nearest)
    texture.set_magfilter(SamplerState.FT_linear if is_linear else SamplerState.FT_nearest)
    for wrap in (texture.set_wrap_u, texture.set_wrap_v, texture.set_wrap_w):
        wrap(SamplerState.WM_clamp)
